//! Opening, following, halting, waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amphi_events::ids::PersonId;
use amphi_events::log::{EventLog, LogIdentity, MemoryLog};
use amphi_events::mail::{About, Mail, MailEvent};
use amphi_events::person::{Person, PersonEvent, Role};
use amphi_events::{Actor, Expected, NewEvent, Position, Recorded, StreamName};
use async_trait::async_trait;
use sqlx::SqliteConnection;

use super::{LONG, World, sealed};
use crate::model::{ApplyError, Model, Space, Table};
use crate::{ReadError, ReadModels, model};

async fn person(w: &World) -> PersonId {
    let id: PersonId = w.id();
    w.tell::<Person>(
        id,
        vec![PersonEvent::PersonAdded {
            role: Role::User,
            profile: sealed(b"p"),
        }],
    )
    .await;
    id
}

/// The model of people under another version.
struct Newer(AtomicBool);

#[async_trait]
impl Model for Newer {
    fn name(&self) -> &'static str {
        "people"
    }
    fn version(&self) -> u32 {
        1000
    }
    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: "people",
            columns: "id TEXT PRIMARY KEY, seen INTEGER NOT NULL",
            indexes: &[("seen", "(seen)")],
        }]
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["person"]
    }
    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        if self.0.load(Ordering::SeqCst) {
            return Err(ApplyError::Event("it won't".to_owned()));
        }
        let rows = events
            .iter()
            .map(|e| serde_json::json!([e.event.id, e.position]))
            .collect();
        crate::rows::write(db, "INSERT", &space.table("people"), &["id", "seen"], rows).await
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let w = World::new(10);
    let read = w.open().await;
    let follower = read.start();
    let first = person(&w).await;
    read.wait(w.head(), LONG).await.expect("there");
    let at = w.head();
    follower.abort();
    drop(read);
    let second = person(&w).await;
    let read = w.open().await;
    assert_eq!(read.position(), at);
    assert!(read.person(first).await.expect("a row").is_some());
    assert!(read.person(second).await.expect("a row").is_none());
    let _follower = read.start();
    read.wait(w.head(), LONG).await.expect("there");
    assert!(read.person(second).await.expect("a row").is_some());
    assert!(
        read.health().iter().all(|m| m.halted.is_none() && m.lag == 0),
        "{:?}",
        read.health()
    );
}

#[tokio::test]
async fn waiting_ends_behind() {
    let w = World::new(11);
    let read = w.open().await;
    person(&w).await;
    let behind = read
        .wait(w.head(), Duration::from_millis(20))
        .await
        .expect_err("nobody follows");
    assert_eq!((behind.at, behind.wanted), (Position(0), w.head()));
    read.wait(Position(0), Duration::ZERO)
        .await
        .expect("there is nothing before the beginning");
}

#[tokio::test]
async fn a_model_halts_alone_and_never_skips() {
    let w = World::new(12);
    let read = w.open().await;
    let good = person(&w).await;
    let bad = NewEvent {
        id: w.id(),
        kind: "PersonFromTheFuture".to_owned(),
        schema: 9,
        time: w.sources.now(),
        actor: Actor::system("test"),
        cause: String::new(),
        key: None,
        data: b"{}"[..].into(),
    };
    w.log
        .append(
            StreamName::of("person", w.id::<PersonId>()),
            Expected::Nothing,
            vec![bad],
        )
        .await
        .expect("an append");
    let stop = w.head();
    let after = person(&w).await;
    let about = About::LiveFailed {
        live: w.id(),
        gateway: None,
    };
    w.tell::<Mail>(
        w.id::<amphi_events::ids::MailId>(),
        vec![MailEvent::MailRequested { to: Some(good), about }],
    )
    .await;
    // All in one batch: those before the bad one are taken, those after it aren't.
    read.catch_up().await.expect("caught up");
    assert!(read.person(good).await.expect("a row").is_some());
    assert!(read.person(after).await.expect("a row").is_none());
    assert_eq!(read.mails_in_hand().await.expect("ids").len(), 1);
    read.wait(w.head(), LONG).await.expect("the others are there");
    let halted: Vec<_> = read.health().into_iter().filter(|m| m.halted.is_some()).collect();
    assert_eq!(
        (halted.len(), halted[0].name.as_str(), halted[0].position),
        (1, "people", Position(stop.0 - 1))
    );
    let outcome = read.rebuild(&["people".to_owned()], |_, _, _| {}).await;
    assert!(matches!(outcome, Err(ReadError::Halted { .. })), "{outcome:?}");
    assert!(read.person(good).await.expect("the old table stays").is_some());
    drop(read);
    // A restart tries again and says the same.
    let read = w.open().await;
    read.catch_up().await.expect("caught up");
    assert_eq!(read.health().iter().filter(|m| m.halted.is_some()).count(), 1);
}

#[tokio::test]
async fn another_version_or_epoch_builds_anew() {
    let w = World::new(13);
    let read = w.open().await;
    person(&w).await;
    read.catch_up().await.expect("caught up");
    drop(read);
    let newer = Arc::new(Newer(AtomicBool::new(true)));
    let mut models = model::all();
    models.retain(|m| m.name() != "people");
    models.push(newer.clone());
    let read = ReadModels::open_with(w.folder.path(), w.log.clone(), w.sources.clone(), models)
        .await
        .expect("read models");
    assert_eq!(
        read.position(),
        Position(0),
        "only people starts anew, and all are waited for"
    );
    assert_eq!(
        read.health().iter().filter(|m| m.lag == 0).count(),
        crate::model::all().len() - 1
    );
    let _follower = read.start();
    person(&w).await;
    read.wait(w.head(), LONG).await.expect("the others");
    assert_eq!(read.dump_tables().await.expect("a dump")["people"].len(), 0);
    // Mended while serving: a rebuild lets it run again.
    newer.0.store(false, Ordering::SeqCst);
    read.rebuild(&["people".to_owned()], |_, _, _| {})
        .await
        .expect("rebuilt");
    person(&w).await;
    read.wait(w.head(), LONG).await.expect("all");
    assert_eq!(read.dump_tables().await.expect("a dump")["people"].len(), 3);
    assert!(read.health().iter().all(|m| m.halted.is_none()));

    let old = w.log.identity();
    let restored = MemoryLog::named(LogIdentity {
        log_id: old.log_id,
        epoch: "another".to_owned(),
    });
    let read = ReadModels::open(w.folder.path(), restored, w.sources.clone())
        .await
        .expect("read models");
    assert!(read.dump_tables().await.expect("a dump").values().all(Vec::is_empty));
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let w = World::new(14);
    std::fs::write(w.folder.path().join("read.db"), vec![7_u8; 8192]).expect("a file");
    let id = person(&w).await;
    let read = w.open().await;
    read.catch_up().await.expect("caught up");
    assert!(read.person(id).await.expect("a row").is_some());
}

#[tokio::test]
async fn no_such_model() {
    let w = World::new(15);
    let read = w.open().await;
    assert!(matches!(
        read.rebuild(&["nothing".to_owned()], |_, _, _| {}).await,
        Err(ReadError::NoModel(_))
    ));
}
