//! The data folder when something in it is cut, gone or put back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::erasure_tests::fast;
use super::tests::{folder, refused};
use super::*;
use crate::envelope::{Expected, Position, Recorded, StreamName};
use crate::log::conformance::Events;
use crate::log::verify::verify;
use crate::log::{EventLog, Filter};
use crate::sealed::{Scope, Sealed, Subject};

async fn all(log: &dyn EventLog) -> Vec<Arc<Recorded>> {
    log.read_all(Position(0), &Filter::default(), 1000)
        .await
        .unwrap()
        .events
}

async fn marked_at(dir: &Path, position: u64) {
    let sign = format!("\"position\":{position},");
    for _ in 0..200 {
        if std::fs::read_to_string(dir.join("log.mark")).is_ok_and(|m| m.contains(&sign)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the mark never reached {position}");
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        // The shared memory is made anew after a crash of the machine.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// The machine lost power and the file system lost the end of the write-ahead log.
#[tokio::test]
async fn a_cut_write_ahead_log_is_noticed_where_the_mark_had_seen_more() {
    const SEED: u64 = 20_260_802;
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let f = folder(dir.path(), false).await.unwrap();
    let mut e = Events::new(9);
    for n in 0..12_u64 {
        let expected = if n < 2 {
            Expected::Nothing
        } else {
            Expected::Version(n / 2 - 1)
        };
        f.log
            .append(StreamName::of("s", n % 2), expected, e.many(1))
            .await
            .unwrap();
    }
    marked_at(dir.path(), 12).await;
    let mark = std::fs::read(dir.path().join("log.mark")).unwrap();
    for n in 12..20_u64 {
        f.log
            .append(StreamName::of("s", n % 2), Expected::Version(n / 2 - 1), e.many(1))
            .await
            .unwrap();
    }
    let before = all(&*f.log).await;
    let epoch = f.log.identity().epoch;
    let crashed = tempfile::tempdir_in(fast()).unwrap();
    copy(dir.path(), crashed.path());
    std::fs::write(crashed.path().join("log.mark"), &mark).unwrap();
    f.close().await;

    let wal = std::fs::read(crashed.path().join("log.db-wal")).unwrap();
    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut went_on, mut gone) = (0, 0);
    for round in 0..200 {
        let cut = rng.random_range(0..=wal.len());
        let said = format!("seed {SEED}, round {round}, cut at {cut} of {}", wal.len());
        let at = tempfile::tempdir_in(fast()).unwrap();
        copy(crashed.path(), at.path());
        std::fs::write(at.path().join("log.db-wal"), &wal[..cut]).unwrap();
        let (f, accepted) = match folder(at.path(), false).await {
            Ok(f) => (f, false),
            Err(FolderError::EventsLost { who, head, .. }) => {
                assert_eq!(who, "log.mark", "{said}");
                assert!(head < Position(12), "{said}");
                (folder(at.path(), true).await.unwrap(), true)
            }
            Err(other) => panic!("{said}: {other}"),
        };
        let left = all(&*f.log).await;
        assert_eq!(left, before[..left.len()], "{said}");
        assert_eq!(left.len() < 12, accepted, "{said}");
        assert_eq!(
            (f.lost_events_accepted, f.log.identity().epoch != epoch),
            (accepted, accepted),
            "{said}"
        );
        assert!(
            verify(&*f.log, f.log.head(), |_| {}).await.unwrap().problems.is_empty(),
            "{said}"
        );
        f.log.append("s-9".into(), Expected::Nothing, e.many(1)).await.unwrap();
        f.close().await;
        if accepted {
            // It is told once: the next start finds nothing missing.
            folder(at.path(), false).await.unwrap().close().await;
            gone += 1;
        } else {
            went_on += 1;
        }
    }
    assert!(went_on > 20 && gone > 20, "{went_on} {gone}");
}

#[tokio::test]
async fn a_folder_without_its_log_is_refused_until_told_and_keeps_its_name() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let (who, scope) = (Subject("person:1".into()), Scope("live:chat".into()));
    let stream = StreamName::from("chat-1");
    let at = Place {
        stream: &stream,
        event: crate::ids::EventId(ulid::Ulid::from_parts(1, 1)),
        field: "text",
    };
    let f = folder(dir.path(), false).await.unwrap();
    f.log
        .append("a-1".into(), Expected::Nothing, Events::new(1).many(3))
        .await
        .unwrap();
    f.keys.make_subject(&who).await.unwrap();
    f.keys.make_scope(&scope).await.unwrap();
    let sealed: Sealed<String> = f.keys.seal(&at, &who, &scope, &"text".to_owned()).unwrap();
    f.store.put_checkpoint("relay", Position(3)).await.unwrap();
    let identity = f.log.identity();
    f.close().await;
    for file in ["log.db", "log.db-wal", "log.db-shm"] {
        let _ = std::fs::remove_file(dir.path().join(file));
    }
    for sign in ["log.mark", "keys.db"] {
        let lost = refused(folder(dir.path(), false).await);
        assert!(
            matches!(&lost, FolderError::LogMissing { sign: s, .. } if *s == sign),
            "{lost}"
        );
        assert!(lost.to_string().contains("--accept-lost-events") && lost.to_string().contains("Put log.db"));
        assert!(!dir.path().join("log.db").exists(), "a refused start makes no log");
        // Whichever of the other files is left tells.
        let _ = std::fs::rename(dir.path().join("log.mark"), dir.path().join("kept"));
    }
    std::fs::rename(dir.path().join("kept"), dir.path().join("log.mark")).unwrap();
    let f = folder(dir.path(), true).await.unwrap();
    assert!(f.lost_events_accepted && f.log.head() == Position(0));
    let now = f.log.identity();
    assert!(now.log_id == identity.log_id && now.epoch != identity.epoch);
    assert_eq!(f.keys.open(&at, &sealed).unwrap().as_deref(), Some("text"));
    assert_eq!(f.store.checkpoint("relay").await.unwrap(), Some(Position(0)));
    f.close().await;
    folder(dir.path(), false).await.unwrap().close().await;
}

#[tokio::test]
async fn a_folder_without_its_keys_is_refused_until_told() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    folder(dir.path(), false).await.unwrap().close().await;
    std::fs::remove_file(dir.path().join("keys.db")).unwrap();
    // An empty log needs no keys: a first start that was cut off between the two files goes on.
    let f = folder(dir.path(), false).await.unwrap();
    f.log
        .append("a-1".into(), Expected::Nothing, Events::new(1).many(3))
        .await
        .unwrap();
    f.close().await;
    std::fs::remove_file(dir.path().join("keys.db")).unwrap();
    let lost = refused(folder(dir.path(), false).await);
    assert!(matches!(lost, FolderError::KeysMissing { .. }), "{lost}");
    assert!(lost.to_string().contains("Put keys.db back"));
    folder(dir.path(), true).await.unwrap().close().await;
}

/// A reader of the log that had seen more than the file of the mark.
#[tokio::test]
async fn a_readers_mark_narrows_the_window() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let f = folder(dir.path(), false).await.unwrap();
    let mut e = Events::new(1);
    f.log.append("a-1".into(), Expected::Nothing, e.many(3)).await.unwrap();
    let identity = f.log.identity();
    let hash = f.log.hash_at(Position(3)).await.unwrap().unwrap();
    let mark = |epoch: &str, position, hash| Mark {
        epoch: epoch.to_owned(),
        position: Position(position),
        hash,
    };
    f.store
        .put_mark("relay", &mark(&identity.epoch, 3, hash))
        .await
        .unwrap();
    f.close().await;
    let f = folder(dir.path(), false).await.unwrap();
    f.store
        .put_mark("relay", &mark(&identity.epoch, 4, hash))
        .await
        .unwrap();
    f.close().await;
    let lost = refused(folder(dir.path(), false).await);
    assert!(
        matches!(&lost, FolderError::EventsLost { who, seen: Position(4), head: Position(3) } if who == "relay"),
        "{lost}"
    );
    let f = folder(dir.path(), true).await.unwrap();
    assert!(f.store.marks().await.unwrap().is_empty());
    // A mark of an epoch that this log never had: it was put back from before a loss that was accepted.
    f.store
        .put_mark("relay", &mark("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1, hash))
        .await
        .unwrap();
    f.close().await;
    assert!(matches!(
        refused(folder(dir.path(), false).await),
        FolderError::EventsLost { .. }
    ));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mount = |args: &[&str]| {
        let done = std::process::Command::new("mount").args(args).arg(dir.path()).status();
        done.is_ok_and(|s| s.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"]) {
        eprintln!("mounting is not allowed here: skipped");
        return;
    }
    folder(dir.path(), false).await.unwrap().close().await;
    assert!(mount(&["-o", "remount,bind,ro"]));
    let no = refused(folder(dir.path(), false).await);
    std::process::Command::new("umount").arg(dir.path()).status().unwrap();
    assert!(matches!(no, FolderError::ReadOnly { .. }), "{no}");
    assert!(no.to_string().contains("give the server's account the right"));
}
