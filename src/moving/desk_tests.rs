#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::Actor;
use amphi_events::ids::PersonId;
use amphi_events::log::Filter;
use amphi_web::moving::{Kind, Movers as _, NotNow, Phase, Standing, Ties, Trouble, Wanted};
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::desk::{Counter, Desk, Kit};
use super::tests::House;

/// Far more than a look or an import of so small a dump takes.
const BOUND: Duration = Duration::from_secs(30);
const BYTES_MAX: u64 = 100_000;
const EMPTY: &[u8] = b"[]";

struct Room {
    house: House,
    desk: Arc<Desk>,
    counter: Counter,
    file: PathBuf,
    me: PersonId,
}

impl Room {
    async fn new() -> Self {
        let house = House::new().await;
        let folder = house.folder.path.join("import");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("dump.json");
        std::fs::write(&file, "[]").unwrap();
        let kit = Kit {
            aggregates: house.aggregates.clone(),
            keys: house.folder.keys.clone(),
            store: house.folder.store.clone(),
            sources: house.sources.clone(),
        };
        let desk = Desk::open(kit, folder, BYTES_MAX).unwrap();
        assert!(!file.exists(), "what a killed server left is gone");
        let me = house.sources.id();
        Self {
            counter: Counter(desk.clone()),
            house,
            desk,
            file,
            me,
        }
    }

    async fn take(&self, length: u64, parts: &[&[u8]]) -> Result<(), NotNow> {
        let wanted = Wanted {
            from: "pod".into(),
            site: None,
            time_zone: "Europe/Paris".into(),
            ties: Ties::default(),
            same_logins: false,
        };
        let parts: Vec<Result<Bytes, axum::Error>> = parts.iter().map(|p| Ok(Bytes::copy_from_slice(p))).collect();
        let file = futures_util::stream::iter(parts).boxed();
        self.counter.take(self.me, wanted, length, file).await
    }

    async fn upload(&self, text: &[u8]) -> Standing {
        let (head, tail) = text.split_at(text.len() / 2);
        self.take(text.len() as u64, &[head, tail]).await.unwrap();
        self.settled().await
    }

    async fn settled(&self) -> Standing {
        let waited = async {
            while self.counter.standing().phase.busy() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(BOUND, waited).await.unwrap();
        self.counter.standing()
    }
}

fn pod4() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dumps/pod4.json")).unwrap()
}

#[tokio::test]
async fn a_dump_is_looked_at_then_written_then_deleted_and_its_events_say_who_did_it() {
    let room = Room::new().await;
    let before = room.house.log.head();
    let looked = room.upload(&pod4()).await;
    assert_eq!((looked.phase, looked.by), (Phase::Looked, Some(room.me)), "{looked:?}");
    let look = looked.report.unwrap();
    assert!(!look.applied && look.counts[&Kind::People].new == 6, "{look:?}");
    assert_eq!(room.house.log.head(), before, "a look writes nothing");
    let mode = std::fs::metadata(&room.file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds passwords' hashes");

    room.counter.apply(room.me).unwrap();
    let done = room.settled().await;
    assert_eq!((done.phase, done.trouble), (Phase::Done, None));
    let report = done.report.unwrap();
    assert!(report.applied && report.counts == look.counts, "{report:?}");
    assert!(!room.file.exists());

    let page = room
        .house
        .log
        .read_all(before, &Filter::default(), 10_000)
        .await
        .unwrap();
    assert!(page.events.len() > 10);
    for event in &page.events {
        let actor = if event.stream.kind() == "session" {
            Actor::system(super::ACTOR)
        } else {
            Actor::person(room.me)
        };
        assert_eq!(
            (&event.event.actor, event.event.cause.as_str()),
            (&actor, "import:pod"),
            "{:?}",
            event.stream
        );
    }

    let head = room.house.log.head();
    room.upload(&pod4()).await;
    room.counter.apply(room.me).unwrap();
    let again = room.settled().await.report.unwrap();
    assert!(again.counts.values().all(|c| c.new == 0), "{again:?}");
    assert_eq!(room.house.log.head(), head, "a second run writes nothing");

    room.counter.discard().unwrap();
    assert_eq!(room.counter.standing().phase, Phase::Idle);
}

#[tokio::test]
async fn one_at_a_time_whoever_asks() {
    let room = Room::new().await;
    assert_eq!(room.counter.apply(room.me), Err(NotNow::NothingHere));
    let turn = room.desk.turn().unwrap();
    assert_eq!(room.take(2, &[EMPTY]).await, Err(NotNow::Busy));
    assert_eq!(room.counter.apply(room.me), Err(NotNow::Busy));
    assert_eq!(room.counter.discard(), Err(NotNow::Busy));
    drop(turn);
    assert_eq!(room.upload(b"[]").await.phase, Phase::Looked);
    room.counter.discard().unwrap();
    assert!(!room.file.exists());
    assert_eq!(room.counter.apply(room.me), Err(NotNow::NothingHere));
}

#[tokio::test]
async fn what_is_too_large_cut_off_or_no_dump_is_said_and_not_kept() {
    let room = Room::new().await;
    assert_eq!(room.take(BYTES_MAX + 1, &[EMPTY]).await, Err(NotNow::TooLarge));
    let more = vec![b' '; BYTES_MAX as usize];
    assert_eq!(
        room.take(10, &[&more, EMPTY]).await,
        Err(NotNow::TooLarge),
        "said small, came large"
    );
    assert!(!room.file.exists());
    assert_eq!(room.take(10, &[EMPTY]).await, Err(NotNow::CutOff));
    let at = room.counter.standing();
    assert_eq!((at.phase, at.trouble), (Phase::Failed, Some(Trouble::CutOff)));
    let at = room.upload(b"{\"model\": 1}").await;
    assert!(matches!(at.trouble, Some(Trouble::NoDump(_))), "{at:?}");
    assert!(at.phase == Phase::Failed && !room.file.exists());
    let sites: Vec<u8> = br#"[{"model": "meeting.meeting", "pk": 1, "fields": {"site": 1}}, {"model": "meeting.meeting", "pk": 2, "fields": {"site": 2}}]"#.to_vec();
    let at = room.upload(&sites).await;
    assert_eq!(at.trouble, Some(Trouble::Sites(vec!["1".into(), "2".into()])));
}
