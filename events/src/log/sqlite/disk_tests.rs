//! The log when its disk is full, fails, can't be written, or is somebody else's.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;
use std::time::{Duration, Instant};

use super::tests::{open, options};
use super::*;
use crate::envelope::NewEvent;
use crate::log::conformance::Events;
use crate::log::verify::verify;

fn big(e: &mut Events, size: usize) -> Vec<NewEvent> {
    let mut event = e.one(None);
    event.data = vec![b' '; size].into();
    vec![event]
}

async fn count(log: &dyn EventLog) -> usize {
    log.read_all(Position(0), &Filter::default(), 10_000)
        .await
        .unwrap()
        .events
        .len()
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_full_disk_is_lived_through() {
    let dir = tempfile::tempdir().unwrap();
    let mut small = options();
    small.max_pages = 40;
    let log = SqliteLog::open(&dir.path().join("log.db"), small).await.unwrap();
    let mut written = 0;
    let mut e = Events::new(3);
    let full = loop {
        let mut event = e.one(None);
        event.data = vec![b' '; 8_000].into();
        match log
            .append(StreamName::of("s", written), Expected::Nothing, vec![event])
            .await
        {
            Ok(_) => written += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(full, AppendError::Full), "{full}");
    assert!(written > 3 && log.refusing().is_some());
    // Those that write nothing are answered all the same, and what was written is there.
    let conflict = log.append("s-0".into(), Expected::Nothing, e.many(1)).await;
    assert!(matches!(conflict, Err(AppendError::Conflict { .. })), "{conflict:?}");
    assert_eq!(
        log.read_all(Position(0), &Filter::default(), 1000)
            .await
            .unwrap()
            .events
            .len(),
        written
    );
    log.close().await;
    let log = open(dir.path()).await;
    log.append("s-new".into(), Expected::Nothing, e.many(1)).await.unwrap();
    assert!(log.refusing().is_none());
}

/// A file system of its own, where mounting is allowed (tests run as root in CI).
struct Mounted(tempfile::TempDir);

const NAMESPACE: &str = "AMPHI_TEST_NAMESPACE";

impl Mounted {
    /// Where mounting is not allowed, the test of this name is run again in namespaces of its own, where it is.
    fn new(size: &str, test: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "tmpfs"])
            .arg(dir.path())
            .output();
        if done.is_ok_and(|o| o.status.success()) {
            return Some(Self(dir));
        }
        if std::env::var_os(NAMESPACE).is_none() {
            let inside = Command::new("unshare")
                .arg("-rm")
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", "--nocapture", &format!("log::sqlite::disk_tests::{test}")])
                .env(NAMESPACE, "1")
                .output();
            if let Ok(out) = inside {
                let said = format!(
                    "{}{}",
                    String::from_utf8_lossy(&out.stdout),
                    String::from_utf8_lossy(&out.stderr)
                );
                assert!(!said.contains("1 failed"), "{said}");
                if said.contains("1 passed") && !said.contains("is not allowed") {
                    return None;
                }
            }
        }
        eprintln!("mounting is not allowed here: only the limit of pages is tested");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// The real thing: the disk fills up, a stop is recorded all the same, and the ballast comes back when there is room.
#[tokio::test]
async fn a_stop_is_recorded_on_a_full_file_system() {
    let Some(disk) = Mounted::new("size=4m", "a_stop_is_recorded_on_a_full_file_system") else {
        return;
    };
    let filler = disk.path().join("somebody-else");
    std::fs::write(&filler, vec![1_u8; 1 << 20]).unwrap();
    let log = open(disk.path()).await;
    let ballast = disk.path().join("ballast");
    assert!(ballast.exists());
    let mut e = Events::new(3);
    let mut written = 0;
    let end = loop {
        match log
            .append(StreamName::of("s", written), Expected::Nothing, big(&mut e, 20_000))
            .await
        {
            Ok(_) => written += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(end, AppendError::Full), "{end}");
    assert!(log.refusing().is_some() && log.stats().full == 1);
    // Long enough for upkeep to have looked: with its ballast there the disk is full all the same.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(log.refusing().is_some(), "a full disk was called one with room");
    assert!(log.make_room());
    assert!(!log.make_room(), "it is there once");
    log.append("live-1".into(), Expected::Nothing, big(&mut e, 20_000))
        .await
        .unwrap();
    assert!(
        log.refusing().is_some(),
        "the ballast's room is for stops: nobody else should send"
    );
    // Upkeep tries to make it again, which must neither succeed nor get into the way of a stop.
    let start = Instant::now();
    let mut stops = 0;
    while start.elapsed() < Duration::from_millis(2_500) {
        log.append(StreamName::of("live", 10 + stops), Expected::Nothing, e.many(1))
            .await
            .unwrap();
        stops += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!ballast.exists() && log.refusing().is_some());
    std::fs::remove_file(&filler).unwrap();
    until("the ballast came back", || ballast.exists() && log.refusing().is_none()).await;
    log.append("s-last".into(), Expected::Nothing, big(&mut e, 20_000))
        .await
        .unwrap();
    let all = written + stops + 2;
    assert_eq!(count(&*log).await, all);
    log.close().await;
    let log = open(disk.path()).await;
    assert_eq!(count(&*log).await, all);
    log.close().await;
}

const CHILD: &str = "AMPHI_TEST_LIMITED_FOLDER";

/// No file of this process may be larger than 2 MiB, so a write to the write-ahead log fails in the middle of a commit,
/// not for want of room: SQLite says `SQLITE_IOERR_WRITE`, as on a failing disk.
#[tokio::test]
async fn a_failed_commit_is_unknown_and_ends_writing() {
    let Some(dir) = std::env::var_os(CHILD) else {
        let dir = tempfile::tempdir().unwrap();
        let me = std::env::current_exe().unwrap();
        // A limit holds for a whole process, so this test runs itself again in one of its own.
        let name = "log::sqlite::disk_tests::a_failed_commit_is_unknown_and_ends_writing";
        let out = Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f 4096; exec \"$0\" --exact --nocapture \"$1\"",
            ])
            .arg(me)
            .arg(name)
            .env(CHILD, dir.path())
            .output()
            .unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
        assert!(out.status.success() && said.contains("1 passed"), "{said}");
        let acknowledged: usize = std::fs::read_to_string(dir.path().join("acknowledged"))
            .unwrap()
            .parse()
            .unwrap();
        // Restarted, without the limit: all that was acknowledged, perhaps what was not, and it goes on.
        let log = open(dir.path()).await;
        let found = count(&*log).await;
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "{found} of {acknowledged}"
        );
        assert!(verify(&*log, log.head(), |_| {}).await.unwrap().problems.is_empty());
        log.append("s-new".into(), Expected::Nothing, Events::new(9).many(1))
            .await
            .unwrap();
        log.close().await;
        return;
    };
    let dir = PathBuf::from(dir);
    let log = open(&dir).await;
    let mut e = Events::new(4);
    let mut written = 0;
    let end = loop {
        match log
            .append(StreamName::of("s", written), Expected::Nothing, big(&mut e, 20_000))
            .await
        {
            Ok(_) => written += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(end, AppendError::Unknown(_)), "{end}");
    assert!(written > 10);
    let why = log.refusing().unwrap();
    assert!(why.contains("a commit failed") && why.contains("restart"), "{why}");
    for _ in 0..2 {
        let next = log.append("s-next".into(), Expected::Nothing, e.many(1)).await;
        assert!(matches!(&next, Err(AppendError::Closed(w)) if *w == why), "{next:?}");
    }
    // Reading goes on, and upkeep does not call the log well again.
    assert_eq!(count(&*log).await, written);
    tokio::time::sleep(Duration::from_millis(2_300)).await;
    assert_eq!(log.refusing(), Some(why));
    std::fs::write(dir.join("acknowledged"), written.to_string()).unwrap();
    log.close().await;
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_refused_at_start() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let path = dir.path().join("log.db");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let no = SqliteLog::open(&path, options()).await.err().unwrap();
    assert!(matches!(no, OpenError::ReadOnly { .. }), "{no}");
    assert!(no.to_string().contains("give the server's account the right"));

    let Some(disk) = Mounted::new("size=8m", "a_log_that_cannot_be_written_is_refused_at_start") else {
        return;
    };
    open(disk.path()).await.close().await;
    let remount = Command::new("mount")
        .args(["-o", "remount,bind,ro"])
        .arg(disk.path())
        .status();
    assert!(remount.unwrap().success());
    let no = SqliteLog::open(&disk.path().join("log.db"), options())
        .await
        .err()
        .unwrap();
    assert!(matches!(no, OpenError::ReadOnly { .. }), "{no}");
}

/// What SQLite says when a file became read-only under a running server, from SQLite itself.
#[tokio::test]
async fn a_file_that_became_read_only_ends_writing_with_a_clear_word() {
    use sqlx::{ConnectOptions, Connection};
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let connect = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.path().join("log.db"))
        .read_only(true);
    let mut c = connect.connect().await.unwrap();
    let e = sqlx::query("delete from events").execute(&mut c).await.unwrap_err();
    c.close().await.unwrap();
    match failure::Failure::of(&e).error() {
        AppendError::Closed(why) => assert!(why.contains("can't be written") && why.contains("restart"), "{why}"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_file_replaced_under_a_running_log_ends_writing() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    log.append("a-1".into(), Expected::Nothing, Events::new(1).many(1))
        .await
        .unwrap();
    std::fs::rename(dir.path().join("log.db"), dir.path().join("log.db.away")).unwrap();
    until("it was noticed", || log.refusing().is_some()).await;
    let next = log
        .append("a-2".into(), Expected::Nothing, Events::new(2).many(1))
        .await;
    assert!(
        matches!(&next, Err(AppendError::Closed(w)) if w.contains("moved or replaced") && w.contains("restart")),
        "{next:?}"
    );
    log.close().await;
}
