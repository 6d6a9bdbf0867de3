//! Two verifiers, one written from `docs/events.md` alone: both accept a log, and both name a changed event.

use std::path::Path;
use std::sync::Arc;

use amphi_events::ids::{EventId, SeededIds};
use amphi_events::log::{EventLog, SqliteLog, SqliteOptions, verify};
use amphi_events::{Actor, Expected, Key, ManualClock, NewEvent, Sources, StreamName, Time};
use sqlx::{Connection, SqliteConnection};

fn sources() -> Sources {
    Sources {
        clock: Arc::new(ManualClock::at(Time(1_800_000_000_000))),
        ids: Arc::new(SeededIds::new(3)),
    }
}

/// Positions that each verifier finds damaged.
async fn both(path: &Path) -> (Vec<u64>, Vec<u64>) {
    let log = SqliteLog::open_read_only(path).await.unwrap();
    let until = log
        .read_all(amphi_events::Position(0), &amphi_events::log::Filter::default(), 1)
        .await
        .map_or(amphi_events::Position(u64::MAX), |_| log.head());
    let report = verify::verify(&*log, until, |_| {}).await.unwrap();
    log.close().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/verify/verify.py");
    let run = std::process::Command::new("python3")
        .arg(script)
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    let found: Vec<u64> = text
        .lines()
        .filter_map(|l| l.strip_prefix("damaged at position ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(
        run.status.code(),
        Some(i32::from(!found.is_empty())),
        "{text}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    if found.is_empty() {
        assert_eq!(
            text,
            format!("ok {} events, {} streams\n", report.events, report.streams)
        );
    }
    (report.problems.iter().map(|p| p.position.0).collect(), found)
}

#[tokio::test]
async fn both_accept_the_log_and_name_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    let sources = sources();
    let log = SqliteLog::open(&path, SqliteOptions::new(sources.clone()))
        .await
        .unwrap();
    for n in 0..12_u64 {
        let stream = StreamName::of("test", n % 3);
        let expected = n.checked_sub(3).map_or(Expected::Nothing, |v| Expected::Version(v / 3));
        let event = NewEvent {
            id: sources.id::<EventId>(),
            kind: "Tested".to_owned(),
            schema: 1,
            // Also before the epoch: the number is signed.
            time: Time(n as i64 - 5),
            actor: Actor::system("é"),
            cause: String::new(),
            key: (n % 2 == 0).then(|| Key::of(&[&n.to_string()])),
            data: format!("{{\"n\":{n}}}").into_bytes().into(),
        };
        log.append(stream, expected, vec![event]).await.unwrap();
    }
    log.close().await;
    assert_eq!(both(&path).await, (vec![], vec![]));

    let changes = [
        ("position", "100"),
        ("stream", "'test-9'"),
        ("version", "50"),
        ("id", "'00000000000000000000000001'"),
        ("kind", "'Tasted'"),
        ("schema", "2"),
        ("time", "time + 1"),
        ("actor", "'system:x'"),
        ("cause", "'x'"),
        ("key", "zeroblob(32)"),
        ("data", "cast('{\"n\":99}' as blob)"),
        ("hash", "zeroblob(32)"),
    ];
    // Version 1 of the first stream, which has a key at position 7 (version 2).
    for (column, value) in changes {
        let copy = dir.path().join(format!("{column}.db"));
        std::fs::copy(&path, &copy).unwrap();
        let mut file = SqliteConnection::connect(&format!("sqlite://{}", copy.display()))
            .await
            .unwrap();
        let change = format!("update events set {column} = {value} where position = 7");
        assert_eq!(
            sqlx::query(sqlx::AssertSqlSafe(change))
                .execute(&mut file)
                .await
                .unwrap()
                .rows_affected(),
            1
        );
        file.close().await.unwrap();
        let (ours, second) = both(&copy).await;
        let moved = if column == "position" { 100 } else { 7 };
        assert!(ours.contains(&moved), "{column}: {ours:?}");
        assert_eq!(ours, second, "{column}");
    }
}
