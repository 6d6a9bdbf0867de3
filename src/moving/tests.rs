#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::log::EventLog;
use amphi_events::person::Role;
use amphi_events::store::{DataFolder, FolderOptions, MasterKey};
use amphi_events::{Act, Subject};
use amphi_projections::ReadModels;
use amphi_web::auth::{accounts, password};

use super::*;

fn dump_of(name: &str) -> Dump {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dumps")).join(name);
    read(&file, |_, _| ()).unwrap()
}

fn wish(apply: bool) -> Wish {
    Wish {
        apply,
        site: None,
        time_zone: "Europe/Paris".into(),
        from: "pod".into(),
        actor: Actor::system(ACTOR),
    }
}

pub(super) struct House {
    pub(super) folder: DataFolder,
    pub(super) aggregates: Aggregates,
    pub(super) sources: Sources,
    pub(super) log: Arc<dyn EventLog>,
    _dir: tempfile::TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sources = Sources::system();
        let options = FolderOptions {
            accept_lost_events: false,
            sources: sources.clone(),
        };
        let folder = DataFolder::open(&dir.path().join("data"), MasterKey::new(1, [7; 32]), options)
            .await
            .unwrap();
        let log: Arc<dyn EventLog> = folder.log.clone();
        Self {
            aggregates: Aggregates::new(&log, &sources),
            sources,
            log,
            folder,
            _dir: dir,
        }
    }

    fn tools(&self) -> Tools<'_> {
        Tools {
            aggregates: &self.aggregates,
            keys: &self.folder.keys,
            store: &self.folder.store,
            sources: &self.sources,
        }
    }

    async fn run(&self, dump: &str, wish: &Wish) -> Report {
        run(self.tools(), wish, &dump_of(dump), |_, _, _| ()).await.unwrap()
    }
}

fn counts(report: &Report, kind: Kind) -> (u64, u64, u64, u64) {
    let c = report.counts[&kind];
    (c.found, c.new, c.there, c.left_out)
}

fn whys(lines: &[Line], kind: Kind) -> Vec<(&str, Why)> {
    lines
        .iter()
        .filter(|l| l.kind == kind)
        .map(|l| (l.key.as_str(), l.why))
        .collect()
}

#[tokio::test]
async fn a_look_writes_nothing_and_says_what_a_run_will_do() {
    let house = House::new().await;
    let before = house.log.head();
    let look = house.run("pod4.json", &wish(false)).await;
    assert_eq!(house.log.head(), before);
    assert!(house.folder.store.account_by_login("ada").await.unwrap().is_none());
    let mut done = house.run("pod4.json", &wish(true)).await;
    assert!(house.log.head() > before);
    done.applied = false;
    assert_eq!(done, look, "the same report");
}

#[tokio::test]
async fn a_dump_of_pod_4_is_taken_over_and_what_is_not_is_said() {
    let house = House::new().await;
    let report = house.run("pod4.json", &wish(true)).await;
    assert_eq!(counts(&report, Kind::People), (7, 6, 0, 1));
    assert_eq!(counts(&report, Kind::Broadcasters), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Gateways), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Groups), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Meetings), (6, 3, 0, 3));
    assert_eq!(counts(&report, Kind::Lives), (3, 1, 0, 2));
    assert_eq!(counts(&report, Kind::Sessions), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Recordings), (1, 0, 0, 1));
    assert_eq!(
        whys(&report.left_out, Kind::Meetings),
        [("12", Why::PersonalRoom), ("13", Why::NoOwner), ("14", Why::Refused)]
    );
    assert_eq!(
        whys(&report.left_out, Kind::Lives),
        [("20", Why::OfAWebinar), ("22", Why::Draft)]
    );
    assert_eq!(
        whys(&report.changed, Kind::People),
        [
            ("2", Why::NewPassword),
            ("4", Why::NewPassword),
            ("5", Why::Closed),
            ("7", Why::NewPassword)
        ]
    );
    assert_eq!(
        whys(&report.changed, Kind::Meetings),
        [
            ("10", Why::CoOwnerMissing),
            ("10", Why::PasswordDropped),
            ("11", Why::RepeatsNoMore),
            ("11", Why::PasswordDropped),
            ("15", Why::OptionDefault),
            ("15", Why::SlidesDropped),
            ("15", Why::PasswordDropped),
        ]
    );
    assert_eq!(report.others["video.video"], 1);

    // People sign in with the password they had.
    let store = &house.folder.store;
    let ada = store.account_by_login("ada").await.unwrap().unwrap();
    assert_eq!((ada.name.as_str(), ada.role), ("Ada Lovelace", Role::Administrator));
    assert!(
        password::verify(ada.password_hash.as_deref(), "lètmein!")
            .await
            .unwrap()
    );
    let bob = store.account_by_login("bob").await.unwrap().unwrap();
    assert_eq!((bob.role, bob.password_hash), (Role::Staff, None));
    assert_eq!(store.account_by_login("dan").await.unwrap().unwrap().name, "dan");
    assert_eq!(
        store.account_by_login("eve").await.unwrap().unwrap().password_hash,
        None,
        "closed there"
    );

    let read = ReadModels::open(&house.folder.path, house.log.clone(), house.sources.clone())
        .await
        .unwrap();
    read.catch_up().await.unwrap();
    let cleo = store.account_by_login("cleo").await.unwrap().unwrap().person;
    let named = async |key: &str| {
        let id: MeetingId = house_id("meeting", key);
        house.aggregates.meetings.look(id).await.unwrap().state
    };
    let seminar = named("10").await;
    let details = seminar.details.unwrap();
    assert_eq!(
        (seminar.owner, details.additional_owners.as_slice()),
        (Some(bob.person), &[cleo][..])
    );
    assert!(details.is_restricted && details.recurrence.is_some() && details.options.lock_settings_disable_mic);
    assert_eq!(details.time_zone, "Europe/Paris");
    let groups = house.folder.store.list_groups().await.unwrap();
    assert_eq!(
        (groups[0].code.as_str(), groups[0].name.as_str(), groups[0].members),
        ("L1", "Licence 1", 2)
    );
    assert!(details.restrict_access_to_groups.0.contains("L1"));
    let webinar = named("11").await;
    assert!(webinar.live.is_some() && webinar.details.unwrap().enable_chat);

    // Who was there when, to read for whoever may.
    let sessions = read.sessions_of(house_id("meeting", "15")).await.unwrap();
    assert_eq!(sessions.len(), 1);
    let session = read.session(sessions[0].id).await.unwrap().unwrap();
    assert_eq!(
        session.opened_at,
        amphi_events::Time::parse_rfc3339("2025-06-03T07:28:00Z").ok()
    );
    assert!(session.present.is_empty(), "nobody is still there");
    let there = read.attendance(session.id).await.unwrap();
    assert_eq!(
        there.iter().map(|a| a.person.moderator).collect::<Vec<_>>(),
        [true, false, false, false]
    );
    // One person has the name: it goes with them. Two have the other: it is nobody's.
    assert_eq!(there[0].person.participant.subject, Subject::person(cleo));
    assert!(there[1].person.participant.subject.0.starts_with("guest:"));
    assert_eq!(there[3].person.participant.subject, Subject::person(ada.person));
    assert!(
        read.sessions_in_hand().await.unwrap().is_empty(),
        "nothing is opened in BBB"
    );
}

fn house_id<T: From<Ulid>>(kind: &str, key: &str) -> T {
    id_of("pod", kind, key, ID_TIME_MS)
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_gives_back_nothing_that_was_taken() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let head = house.log.head();
    let store = &house.folder.store;
    let cleo = store.account_by_login("cleo").await.unwrap().unwrap().person;
    // Somebody was taken out of a group here since.
    let out = store.members_of("L1").await.unwrap()[0];
    assert!(store.leave_group("L1", out).await.unwrap());
    // Access was closed here since.
    store.set_password(cleo, None).await.unwrap();
    let again = house.run("pod4.json", &wish(true)).await;
    assert_eq!(house.log.head(), head);
    assert_eq!(counts(&again, Kind::Groups), (2, 0, 1, 1));
    assert!(!store.members_of("L1").await.unwrap().contains(&out));
    assert_eq!(counts(&again, Kind::People), (7, 0, 6, 1));
    assert_eq!(counts(&again, Kind::Meetings), (6, 0, 3, 3));
    assert_eq!(counts(&again, Kind::Sessions), (2, 0, 1, 1));
    assert_eq!(store.account(cleo).await.unwrap().unwrap().password_hash, None);

    // An erasure holds.
    let act = Act::system("test", house.sources.now());
    accounts::erase(&house.aggregates, &house.folder.keys, store, act, cleo)
        .await
        .unwrap();
    let head = house.log.head();
    let after = house.run("pod4.json", &wish(true)).await;
    assert_eq!(house.log.head(), head);
    assert_eq!(whys(&after.left_out, Kind::People)[0], ("3", Why::Erased));
}

#[tokio::test]
async fn a_dump_of_pod_3_refers_by_names() {
    let house = House::new().await;
    // Somebody here has a login of there.
    let keys = &house.folder.keys;
    let bob = accounts::add(
        &house.aggregates,
        keys,
        &house.folder.store,
        &house.sources,
        "Bob",
        "Bob M",
        Role::Staff,
        None,
    )
    .await
    .unwrap();
    let report = house.run("pod3.json", &wish(true)).await;
    assert_eq!(counts(&report, Kind::People), (2, 1, 1, 0));
    assert_eq!(whys(&report.changed, Kind::People), [("2", Why::LoginHere)]);
    assert_eq!(counts(&report, Kind::Meetings), (1, 1, 0, 0));
    assert_eq!(counts(&report, Kind::Lives), (1, 1, 0, 0));
    assert_eq!(counts(&report, Kind::Sessions), (1, 1, 0, 0));
    let id: MeetingId = house_id("meeting", "1");
    let council = house.aggregates.meetings.look(id).await.unwrap().state;
    assert_eq!(council.owner, Some(bob));
    assert_eq!(council.details.unwrap().additional_owners.len(), 1);
    let text = report.text();
    assert!(
        text.contains("an account here has that login") && text.contains("people"),
        "{text}"
    );
}

#[tokio::test]
async fn several_sites_are_asked_about() {
    let house = House::new().await;
    let text = r#"[{"model": "meeting.meeting", "pk": 1, "fields": {"site": 1}}, {"model": "meeting.meeting", "pk": 2, "fields": {"site": 2}}]"#;
    let dump = dump::read(text.as_bytes(), |_| ()).unwrap();
    let said = run(house.tools(), &wish(false), &dump, |_, _, _| ()).await.unwrap_err();
    assert!(said.to_string().contains("--site"), "{said}");
    let mut one = wish(false);
    one.site = Some("2".into());
    let report = run(house.tools(), &one, &dump, |_, _, _| ()).await.unwrap();
    assert_eq!(counts(&report, Kind::Meetings), (1, 0, 0, 1));
    one.site = Some("3".into());
    assert!(run(house.tools(), &one, &dump, |_, _, _| ()).await.is_err());
}
