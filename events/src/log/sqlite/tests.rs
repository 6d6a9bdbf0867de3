#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::log::conformance::{self, Events};
use crate::log::verify::{Wrong, verify};

pub(super) fn options() -> SqliteOptions {
    SqliteOptions::new(Sources::system())
}

pub(super) async fn open(dir: &Path) -> Arc<SqliteLog> {
    SqliteLog::open(&dir.join("log.db"), options()).await.unwrap()
}

/// Three streams, some keys, twenty events.
async fn filled(log: &dyn EventLog) -> Vec<Arc<Recorded>> {
    let mut e = Events::new(5);
    for n in 0..20_u64 {
        let expected = if n < 3 {
            Expected::Nothing
        } else {
            Expected::Version(n / 3 - 1)
        };
        let event = e.one((n % 2 == 0).then(|| format!("k{n}")).as_deref());
        log.append(StreamName::of("s", n % 3), expected, vec![event])
            .await
            .unwrap();
    }
    log.read_all(Position(0), &Filter::default(), 100).await.unwrap().events
}

async fn edit(dir: &Path, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.join("log.db"));
    let mut c = options.connect().await.unwrap();
    sqlx::query(sql).execute(&mut c).await.unwrap();
    c.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conforms() {
    let dirs = std::sync::Mutex::new(Vec::new());
    conformance::all(|| async {
        let dir = tempfile::tempdir().unwrap();
        let log = open(dir.path()).await;
        dirs.lock().unwrap().push(dir);
        log as Arc<dyn EventLog>
    })
    .await;
}

#[tokio::test]
async fn reopens_after_a_close_and_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let before = filled(&*log).await;
    let identity = log.identity();
    log.close().await;
    let refused = log
        .append("s-9".into(), Expected::Nothing, Events::new(1).many(1))
        .await;
    assert!(matches!(refused, Err(AppendError::Closed(_))), "{refused:?}");

    let log = open(dir.path()).await;
    assert_eq!(log.identity(), identity);
    conformance::reopened(&before, &*log).await;
    // Beside a running log, and as after a crash: the files copied while it is open.
    let reader = SqliteLog::open_read_only(&dir.path().join("log.db")).await.unwrap();
    let before = log.read_all(Position(0), &Filter::default(), 100).await.unwrap().events;
    assert_eq!(
        reader
            .read_all(Position(0), &Filter::default(), 100)
            .await
            .unwrap()
            .events,
        before
    );
    assert!(
        reader
            .append("s-9".into(), Expected::Nothing, Events::new(1).many(1))
            .await
            .is_err()
    );
    let copy = tempfile::tempdir().unwrap();
    for file in ["log.db", "log.db-wal"] {
        std::fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
    }
    conformance::reopened(&before, &*open(copy.path()).await).await;
}

#[tokio::test]
async fn a_conflict_takes_those_queued_behind_it_along() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let mut e = Events::new(1);
    log.append("a-1".into(), Expected::Nothing, e.many(2)).await.unwrap();
    // One thread: all three are queued before the writer runs. The second's version is the stream's by accident.
    let answers: Vec<_> = (0..3)
        .map(|v| log.submit("a-1".into(), Expected::Version(v), e.many(1)))
        .collect();
    for answer in answers {
        let done = answer.await.unwrap();
        assert!(
            matches!(done, Err(AppendError::Conflict { actual: Some(1), .. })),
            "{done:?}"
        );
    }
    assert_eq!(
        log.append("a-1".into(), Expected::Version(1), e.many(1))
            .await
            .unwrap()
            .version,
        2
    );
}

#[tokio::test]
async fn each_changed_field_is_found_where_it_is() {
    let edits = [
        "update events set position = 100 where position = 10",
        "update events set stream = 's-7' where position = 10",
        "update events set version = 77 where position = 10",
        "update events set id = '01ARZ3NDEKTSV4RRFFQ69G5FAV' where position = 10",
        "update events set id = 'no id' where position = 10",
        "update events set kind = 'Other' where position = 10",
        "update events set schema = 2 where position = 10",
        "update events set time = time + 1 where position = 10",
        "update events set actor = 'person:x' where position = 10",
        "update events set cause = 'x' where position = 10",
        "update events set key = zeroblob(32) where position = 10",
        "update events set key = null where position = 11",
        "update events set data = x'7b7d' where position = 10",
        "update events set hash = zeroblob(32) where position = 10",
        "update events set hash = x'00' where position = 10",
        "delete from events where position = 10",
    ];
    for sql in edits {
        let dir = tempfile::tempdir().unwrap();
        let log = open(dir.path()).await;
        filled(&*log).await;
        log.close().await;
        edit(dir.path(), sql).await;
        let log = SqliteLog::open_read_only(&dir.path().join("log.db")).await.unwrap();
        let report = verify(&*log, Position(1000), |_| {}).await.unwrap();
        let at: Vec<u64> = report.problems.iter().map(|p| p.position.0).collect();
        // What is gone from its place shows at the next event of its stream (three streams in turn).
        let want = if sql.contains("set position") || sql.starts_with("delete") {
            13
        } else if sql.contains("position = 11") {
            11
        } else {
            10
        };
        assert_eq!(at.first(), Some(&want), "{sql}: {:?}", report.problems);
        assert!(at.len() <= 2, "{sql}: {:?}", report.problems);
        if sql.contains("set data") {
            assert_eq!(report.problems[0].wrong, Wrong::Hash);
        }
        log.close().await;
        // The tail's check at open finds it as well, where it is no older than the tail.
        match SqliteLog::open(&dir.path().join("log.db"), options()).await {
            Err(OpenError::Damaged { position, .. }) => assert_eq!(position.0, want, "{sql}"),
            Err(e) => panic!("{sql}: {e}"),
            Ok(_) => panic!("{sql}: not found at open"),
        }
    }
}

/// Whatever byte the write-ahead log ends at, what is left is a beginning of what was written, with whole chains.
#[tokio::test]
async fn a_cut_write_ahead_log_leaves_a_whole_beginning() {
    use rand::{Rng, SeedableRng};
    let seed = 20_260_801;
    let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let before = filled(&*log).await;
    let wal = std::fs::read(dir.path().join("log.db-wal")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let mut shortest = usize::MAX;
    for _ in 0..200 {
        let cut = rng.random_range(0..=wal.len());
        let _ = std::fs::remove_file(copy.path().join("log.db-shm"));
        std::fs::copy(dir.path().join("log.db"), copy.path().join("log.db")).unwrap();
        std::fs::write(copy.path().join("log.db-wal"), &wal[..cut]).unwrap();
        let log = open(copy.path()).await;
        let events = log.read_all(Position(0), &Filter::default(), 100).await.unwrap().events;
        assert_eq!(events, before[..events.len()], "seed {seed}, cut at {cut}");
        let report = verify(&*log, log.head(), |_| {}).await.unwrap();
        // A cut before the log's own id was written makes it another log; it has no event then.
        assert!(report.problems.is_empty(), "seed {seed}, cut at {cut}");
        shortest = shortest.min(events.len());
        log.close().await;
    }
    assert!(shortest < before.len());
}

#[tokio::test]
async fn the_write_ahead_log_is_cut_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut o = options();
    o.checkpoint_bytes = 64 << 10;
    o.truncate_bytes = 256 << 10;
    let log = SqliteLog::open(&dir.path().join("log.db"), o).await.unwrap();
    let mut e = Events::new(3);
    for n in 0..1500 {
        log.append(StreamName::of("s", n), Expected::Nothing, e.many(2))
            .await
            .unwrap();
    }
    assert!(log.stats().checkpoints > 2, "{:?}", log.stats());
    assert!(log.wal_bytes() < 4 << 20, "{}", log.wal_bytes());
    assert_eq!(log.stats().events, 3000);
}

#[tokio::test]
async fn an_epoch_is_new_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let old = log.identity();
    let new = log.new_epoch().await.unwrap();
    assert!(new.log_id == old.log_id && new.epoch != old.epoch);
    log.close().await;
    assert_eq!(open(dir.path()).await.identity(), new);
}
