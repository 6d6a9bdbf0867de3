#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::log::EventLog;
use amphi_events::person::Role;
use amphi_events::store::{DataFolder, FolderOptions, MasterKey};
use amphi_events::{Act, Subject};
use amphi_projections::ReadModels;
use amphi_web::auth::{accounts, password};

use amphi_events::meeting::access::PASSWORD;
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_web::auth::groups;
use amphi_web::auth::outside::enter::{NewTie, tie};

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
        ties: Ties::default(),
        same_logins: false,
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
        folder.keys.make_scope(&Scope::accounts()).await.unwrap();
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
    assert_eq!(counts(&report, Kind::Addresses), (6, 6, 0, 0));
    assert_eq!(counts(&report, Kind::Broadcasters), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Gateways), (2, 1, 0, 1));
    assert_eq!(counts(&report, Kind::Groups), (2, 2, 0, 0));
    assert_eq!(whys(&report.changed, Kind::Groups), [("1", Why::GroupWasFilled)]);
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
            ("2", Why::NotTied),
            ("4", Why::NewPassword),
            ("5", Why::Closed),
            ("7", Why::NewPassword)
        ]
    );
    assert_eq!(
        whys(&report.changed, Kind::Meetings),
        [
            ("10", Why::CoOwnerMissing),
            ("10", Why::ModeratorPassword),
            ("11", Why::RepeatsNoMore),
            ("11", Why::ModeratorPassword),
            ("15", Why::OptionDefault),
            ("15", Why::SlidesDropped),
            ("15", Why::ModeratorPassword),
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
        let id: MeetingId = house_id(&house, "meeting", key);
        house.aggregates.meetings.look(id).await.unwrap().state
    };
    let seminar = named("10").await;
    let details = seminar.details.unwrap();
    assert_eq!(
        (seminar.owner, details.additional_owners.as_slice()),
        (Some(bob.person), &[cleo][..])
    );
    assert!(details.is_restricted && details.recurrence.is_some() && details.options.lock_settings_disable_mic);
    // Open to the group that it was open to, whose members are those of there.
    assert_eq!(details.restrict_access_to_groups.0, ["L1".to_owned()].into());
    assert_eq!(store.groups_of(bob.person).await.unwrap(), ["L1"]);
    assert!(store.groups_of(cleo).await.unwrap().is_empty());
    let names: Vec<(String, String)> = store
        .list_groups()
        .await
        .unwrap()
        .into_iter()
        .map(|g| (g.code, g.name))
        .collect();
    let pair = |code: &str, name: &str| (code.to_owned(), name.to_owned());
    assert_eq!(names, [pair("L1", "Licence 1"), pair("webinar-admin", "webinar admin")]);
    // The word that its guests know opens it here too, sealed in the store.
    assert!(seminar.password);
    let word = store
        .get_secret(PASSWORD, &house_id::<MeetingId>(&house, "meeting", "10").to_string())
        .await
        .unwrap();
    assert_eq!(word.as_deref().map(String::as_str), Some("abcdefgh"));
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
    let sessions = read.sessions_of(house_id(&house, "meeting", "15")).await.unwrap();
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
    // Who opened it is named by their account. The others are names: also where one account alone is called so, it is nobody's.
    assert_eq!(there[0].person.participant.subject, Subject::person(cleo));
    for name in &there[1..] {
        assert!(name.person.participant.subject.0.starts_with("guest:"));
    }
    let names = report.left_out.iter().find(|l| l.why == Why::NameOnly).unwrap();
    assert_eq!((names.key.as_str(), names.detail.as_str()), ("1", "3 people"));
    assert!(report.text().contains("given to no account"), "{}", report.text());
    // Where they were written to there, they are here.
    let mails = store.mails_of(&[bob.person, cleo]).await.unwrap();
    assert_eq!(
        (mails[&bob.person].as_str(), mails[&cleo].as_str()),
        ("bob@univ.example", "cleo@univ.example")
    );
    assert!(
        read.sessions_in_hand().await.unwrap().is_empty(),
        "nothing is opened in BBB"
    );
}

#[tokio::test]
async fn groups_are_brought_once_and_what_was_changed_here_since_stays() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let (store, aggregates) = (&house.folder.store, &house.aggregates);
    let bob = store.account_by_login("bob").await.unwrap().unwrap().person;
    let meeting: MeetingId = house_id(&house, "meeting", "10");
    let act = || Act::system("test", house.sources.now());
    // Somebody was taken out, a group deleted, a password taken away.
    groups::leave(aggregates, store, act(), "L1", bob).await.unwrap();
    groups::delete(aggregates, store, act(), "webinar-admin").await.unwrap();
    let none = MeetingCommand::SetPassword { set: false };
    aggregates.meetings.execute(meeting, none, act()).await.unwrap();
    let head = house.log.head();
    let again = house.run("pod4.json", &wish(true)).await;
    assert_eq!(house.log.head(), head, "nothing is written");
    assert_eq!(counts(&again, Kind::Groups), (2, 0, 1, 1));
    assert_eq!(whys(&again.left_out, Kind::Groups), [("1", Why::GroupDeleted)]);
    assert!(store.groups_of(bob).await.unwrap().is_empty());
    assert!(!aggregates.meetings.look(meeting).await.unwrap().state.password);
}

/// Killed between two steps, the next run completes what the first had begun.
#[tokio::test]
async fn a_run_that_was_killed_is_completed_and_leaves_no_meeting_open() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let store = &house.folder.store;
    let bob = store.account_by_login("bob").await.unwrap().unwrap().person;
    // The membership's event is there, its row is not.
    store.leave_group("L1", bob).await.unwrap();
    house.run("pod4.json", &wish(true)).await;
    assert_eq!(store.groups_of(bob).await.unwrap(), ["L1"]);

    // A meeting that was planned, and then nothing.
    let house = House::new().await;
    let meeting: MeetingId = house_id(&house, "meeting", "15");
    let details = Details::new("Planned", amphi_events::Time(1_900_000_000_000), 3600, "Europe/Paris");
    let command = MeetingCommand::Schedule {
        owner: house.sources.id(),
        live: house.sources.id(),
        details: Box::new(details),
    };
    let act = Act::system("import", house.sources.now());
    house.aggregates.meetings.execute(meeting, command, act).await.unwrap();
    house.run("pod4.json", &wish(true)).await;
    assert!(house.aggregates.meetings.look(meeting).await.unwrap().state.password);
    let word = house
        .folder
        .store
        .get_secret(PASSWORD, &meeting.to_string())
        .await
        .unwrap();
    assert!(word.is_some());
}

/// A group of Django's and an access group of the same name are two groups: members of the one are not let in as the other's.
#[tokio::test]
async fn two_groups_of_one_name_stay_two() {
    let house = House::new().await;
    let text = r#"[
        {"model": "auth.user", "pk": 1, "fields": {"username": "ada", "groups": [7]}},
        {"model": "auth.user", "pk": 2, "fields": {"username": "bob", "groups": []}},
        {"model": "auth.group", "pk": 7, "fields": {"name": "maths"}},
        {"model": "authentication.owner", "pk": 5, "fields": {"user": 2, "accessgroups": ["maths"]}},
        {"model": "authentication.owner", "pk": 6, "fields": {"user": 99, "accessgroups": [3]}},
        {"model": "authentication.accessgroup", "pk": 3, "fields": {"code_name": "maths", "display_name": "Mathématiques"}},
        {"model": "authentication.accessgroup", "pk": 4, "fields": {"code_name": "a b,c", "display_name": ""}}
    ]"#;
    let dump = dump::read(text.as_bytes(), |_| ()).unwrap();
    let wish = wish(true);
    let report = run(house.tools(), &wish, &dump, |_, _, _| ()).await.unwrap();
    assert_eq!(counts(&report, Kind::Groups), (3, 3, 0, 0));
    assert_eq!(whys(&report.changed, Kind::Groups), [("3", Why::MembersMissing)]);
    let store = &house.folder.store;
    let of = async |login: &str| {
        let person = store.account_by_login(login).await.unwrap().unwrap().person;
        store.groups_of(person).await.unwrap()
    };
    assert_eq!(
        (of("ada").await, of("bob").await),
        (vec!["django-maths".to_owned()], vec!["maths".to_owned()])
    );
    assert!(store.list_groups().await.unwrap().iter().any(|g| g.code == "a-b-c"));
}

/// What was for a jury was for everybody who signs in.
#[tokio::test]
async fn nothing_is_open_to_more_people_than_it_was_there() {
    let house = House::new().await;
    let text = r#"[
        {"model": "auth.user", "pk": 1, "fields": {"username": "ada"}},
        {"model": "authentication.accessgroup", "pk": 3, "fields": {"code_name": "jury", "display_name": "Jury"}},
        {"model": "meeting.meeting", "pk": 1, "fields": {"name": "Webinar", "owner": 1, "start_at": "2030-03-05T09:00:00Z",
            "is_webinar": true, "restrict_access_to_groups": [3]}},
        {"model": "meeting.meeting", "pk": 2, "fields": {"name": "One is gone", "owner": 1, "start_at": "2030-03-04T09:00:00Z",
            "restrict_access_to_groups": [3, 4]}},
        {"model": "meeting.meeting", "pk": 3, "fields": {"name": "All are gone", "owner": 1, "start_at": "2030-03-04T09:00:00Z",
            "restrict_access_to_groups": [4, 5]}},
        {"model": "live.event", "pk": 9, "fields": {"title": "Live", "owner": 1, "start_date": "2030-05-06T12:00:00Z",
            "end_date": "2030-05-06T13:00:00Z", "restrict_access_to_groups": [3]}},
        {"model": "live.event", "pk": 10, "fields": {"title": "All are gone", "owner": 1, "start_date": "2030-05-07T12:00:00Z",
            "end_date": "2030-05-07T13:00:00Z", "restrict_access_to_groups": [4]}}
    ]"#;
    let dump = dump::read(text.as_bytes(), |_| ()).unwrap();
    let report = run(house.tools(), &wish(true), &dump, |_, _, _| ()).await.unwrap();
    assert_eq!(whys(&report.left_out, Kind::Meetings), [("3", Why::ForGroups)]);
    assert_eq!(whys(&report.left_out, Kind::Lives), [("10", Why::ForGroups)]);
    assert_eq!(whys(&report.changed, Kind::Meetings), [("2", Why::GroupMissing)]);
    let id: MeetingId = house_id(&house, "meeting", "2");
    let details = house.aggregates.meetings.look(id).await.unwrap().state.details.unwrap();
    assert!(details.is_restricted);
    assert_eq!(details.restrict_access_to_groups.0, ["jury".to_owned()].into());
    // A webinar is watched by the same people; so is a live that is no webinar's.
    let id: MeetingId = house_id(&house, "meeting", "1");
    let webinar = house.aggregates.meetings.look(id).await.unwrap().state.details.unwrap();
    assert!(webinar.is_webinar && webinar.is_restricted);
    assert_eq!(webinar.restrict_access_to_groups.0, ["jury".to_owned()].into());
    let id: amphi_events::ids::LiveId = house_id(&house, "event", "9");
    let page = house.aggregates.pages.look(id).await.unwrap().state;
    assert_eq!(page.groups, ["jury".to_owned()].into());
    assert!(
        house
            .aggregates
            .lives
            .look(id)
            .await
            .unwrap()
            .state
            .plan
            .unwrap()
            .restricted
    );
}

/// What a row there is here.
fn house_id<T: From<Ulid>>(house: &House, kind: &str, key: &str) -> T {
    let name = ["import", "pod", kind, key];
    let id = house.folder.keys.id_of(&Scope::accounts(), &name, ID_TIME_MS);
    id.unwrap().into()
}

#[tokio::test]
async fn nobody_computes_an_imported_meetings_address_from_its_number_there() {
    let (one, other) = (House::new().await, House::new().await);
    for house in [&one, &other] {
        house.run("pod4.json", &wish(true)).await;
    }
    let at = |house| house_id::<MeetingId>(house, "meeting", "10");
    let held = one.aggregates.meetings.look(at(&one)).await.unwrap();
    assert!(held.state.details.is_some());
    assert_ne!(at(&one), at(&other), "another house has another key");
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_gives_back_nothing_that_was_taken() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let head = house.log.head();
    let store = &house.folder.store;
    let cleo = store.account_by_login("cleo").await.unwrap().unwrap().person;
    // Access was closed here since.
    store.set_password(cleo, None).await.unwrap();
    let again = house.run("pod4.json", &wish(true)).await;
    assert_eq!(house.log.head(), head);
    assert_eq!(counts(&again, Kind::Groups), (2, 0, 2, 0));
    assert_eq!(counts(&again, Kind::Addresses), (6, 0, 6, 0));
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
    // Nobody is written to because they have the login of somebody of there.
    assert_eq!(counts(&report, Kind::Addresses), (2, 1, 0, 1));
    assert_eq!(
        whys(&report.left_out, Kind::Addresses),
        [("2", Why::AddressOfAccountHere)]
    );
    assert!(house.folder.store.mails_of(&[bob]).await.unwrap().is_empty());
    assert_eq!(counts(&report, Kind::Groups), (1, 1, 0, 0));
    let ada = house
        .folder
        .store
        .account_by_login("ada")
        .await
        .unwrap()
        .unwrap()
        .person;
    assert_eq!(house.folder.store.groups_of(ada).await.unwrap(), ["L1"]);
    assert_eq!(counts(&report, Kind::Meetings), (1, 1, 0, 0));
    assert_eq!(counts(&report, Kind::Lives), (1, 1, 0, 0));
    assert_eq!(counts(&report, Kind::Sessions), (1, 1, 0, 0));
    let id: MeetingId = house_id(&house, "meeting", "1");
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

/// A dump of one meeting with this log, and the subjects that those who came stand under.
async fn subjects(log: &str) -> (House, Vec<String>, Report) {
    let house = House::new().await;
    let text = format!(
        r#"[
        {{"model": "auth.user", "pk": 1, "fields": {{"username": "ada", "first_name": "Ada", "last_name": "L", "email": "ada@univ.example"}}}},
        {{"model": "auth.user", "pk": 2, "fields": {{"username": "bob", "first_name": "Bob", "last_name": "M", "email": "no address"}}}},
        {{"model": "auth.user", "pk": 3, "fields": {{"username": "bob2", "first_name": "Bob", "last_name": "M"}}}},
        {{"model": "meeting.meeting", "pk": 1, "fields": {{"name": "Jury", "owner": 1, "start_at": "2025-06-03T07:00:00Z", "expected_duration": "01:00:00"}}}},
        {{"model": "meeting.meetingsessionlog", "pk": 1, "fields": {{"meeting": 1, "creation_date": "2025-06-03T07:28:00Z", {log}}}}}
    ]"#
    );
    let dump = dump::read(text.as_bytes(), |_| ()).unwrap();
    let wish = wish(true);
    let report = run(house.tools(), &wish, &dump, |_, _, _| ()).await.unwrap();
    assert_eq!(counts(&report, Kind::Sessions), (1, 1, 0, 0), "{}", report.text());
    let read = ReadModels::open(&house.folder.path, house.log.clone(), house.sources.clone())
        .await
        .unwrap();
    read.catch_up().await.unwrap();
    let sessions = read.sessions_of(house_id(&house, "meeting", "1")).await.unwrap();
    let there = read.attendance(sessions[0].id).await.unwrap();
    let subjects = there.into_iter().map(|a| a.person.participant.subject.0).collect();
    (house, subjects, report)
}

/// It was given to whoever alone had the name: a guest who typed it was somebody's attendance.
#[tokio::test]
async fn attendance_is_given_to_nobody_for_a_name() {
    let at = |name: &str| format!(r#"["2025-06-03T07:30:00Z", "{name}"]"#);
    let ada = at("Ada L");
    // Who is surely somebody, and how many are names.
    for (log, sure, names) in [
        (
            format!(r#""creator": 1, "moderators": [{ada}], "viewers": [{}]"#, at("Bob M")),
            true,
            "1 people",
        ),
        (
            format!(r#""creator": 1, "moderators": [], "viewers": [{ada}]"#),
            false,
            "1 people",
        ),
        (
            format!(r#""creator": 1, "moderators": [{ada}], "viewers": [{}]"#, at("ada l")),
            false,
            "2 people",
        ),
        (
            format!(r#""creator": 2, "moderators": [{ada}], "viewers": []"#),
            false,
            "1 people",
        ),
        (
            format!(r#""creator": 2, "moderators": [{}], "viewers": []"#, at("Bob M")),
            false,
            "1 people",
        ),
        (format!(r#""moderators": [{ada}], "viewers": []"#), false, "1 people"),
        (
            format!(r#""creator": 1, "moderators": [{}, {ada}], "viewers": []"#, at("Zoé")),
            false,
            "2 people",
        ),
    ] {
        let (house, subjects, report) = subjects(&log).await;
        let account = house.folder.store.account_by_login("ada").await.unwrap().unwrap();
        let theirs = Subject::person(account.person).0;
        assert_eq!(subjects.contains(&theirs), sure, "{log}");
        let persons = subjects.iter().filter(|s| !s.starts_with("guest:")).count();
        assert_eq!(persons, usize::from(sure), "{log}");
        let left = report.left_out.iter().find(|l| l.why == Why::NameOnly);
        assert_eq!(left.map(|l| l.detail.as_str()), Some(names), "{log}");
        assert_eq!(whys(&report.left_out, Kind::Addresses), [("2", Why::NoAddress)]);
    }
}

/// An address that was changed or taken away here stays so; one that a killed run left half is completed.
#[tokio::test]
async fn addresses_are_brought_once_and_what_was_said_here_since_stays() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let store = &house.folder.store;
    let of = async |login: &str| store.account_by_login(login).await.unwrap().unwrap().person;
    let (ada, bob, cleo) = (of("ada").await, of("bob").await, of("cleo").await);
    let set = async |person, mail: &str| {
        let act = Act::system("test", house.sources.now()).cause("test");
        let (aggregates, keys, sources) = (&house.aggregates, &house.folder.keys, &house.sources);
        accounts::set_mail(aggregates, keys, store, sources, act, person, mail)
            .await
            .unwrap();
    };
    set(ada, "ada@elsewhere.example").await;
    set(bob, "").await;
    let head = house.log.head();
    let again = house.run("pod4.json", &wish(true)).await;
    assert_eq!(house.log.head(), head, "nothing is written");
    assert_eq!(counts(&again, Kind::Addresses), (6, 0, 6, 0));
    let mails = store.mails_of(&[ada, bob]).await.unwrap();
    assert_eq!(
        (mails.get(&ada).map(String::as_str), mails.get(&bob)),
        (Some("ada@elsewhere.example"), None)
    );
    // Killed between the event and the store.
    store.set_mail(cleo, None).await.unwrap();
    house.run("pod4.json", &wish(true)).await;
    assert_eq!(store.mails_of(&[cleo]).await.unwrap()[&cleo], "cleo@univ.example");
}

/// With this tie.
fn tying(apply: bool) -> Wish {
    Wish {
        ties: Ties::parse("CAS=cas", &["cas".to_owned()]).unwrap(),
        ..wish(apply)
    }
}

impl House {
    async fn person(&self, login: &str) -> PersonId {
        let found = self.folder.store.account_by_login(login).await.unwrap();
        found.unwrap_or_else(|| panic!("nobody is called {login}")).person
    }

    /// Somebody made by hand, whom this identity of another house signs in as.
    async fn tied(&self, login: &str, provider: &str, subject: &str) -> PersonId {
        let (aggregates, keys, store, sources) =
            (&self.aggregates, &self.folder.keys, &self.folder.store, &self.sources);
        let id = accounts::add(aggregates, keys, store, sources, login, "Somebody", Role::User, None)
            .await
            .unwrap();
        let account = store.account(id).await.unwrap().unwrap();
        let new = NewTie {
            provider,
            subject,
            since: sources.now(),
            shut: false,
        };
        let act = Act::system("test", sources.now());
        tie(aggregates, keys, store, sources, &account, new, act).await.unwrap();
        id
    }

    async fn run_text(&self, text: &str, wish: &Wish) -> Report {
        let dump = dump::read(text.as_bytes(), |_| ()).unwrap();
        run(self.tools(), wish, &dump, |_, _, _| ()).await.unwrap()
    }
}

/// Who signed in by a house there does so here, and is who they were: else they had a second account, an empty one.
#[tokio::test]
async fn who_signs_in_by_a_house_there_is_tied_to_it_here() {
    let house = House::new().await;
    let look = house.run("pod4.json", &tying(false)).await;
    let report = house.run("pod4.json", &tying(true)).await;
    assert_eq!((&look.counts, &look.changed), (&report.counts, &report.changed));
    let store = &house.folder.store;
    let bob = house.person("bob").await;
    let tied = store.identities_of(bob).await.unwrap();
    assert_eq!(
        (
            tied.len(),
            tied[0].provider.as_str(),
            tied[0].profile.subject.as_str(),
            tied[0].shut
        ),
        (1, "cas", "bob", false)
    );
    // Nobody is told that he needs a password or a tie. Who has a password there is tied to nothing.
    let of_bob: Vec<&Line> = report
        .changed
        .iter()
        .filter(|l| l.kind == Kind::People && l.key == "2")
        .collect();
    assert!(of_bob.is_empty(), "{of_bob:?}");
    assert!(store.identities_of(house.person("ada").await).await.unwrap().is_empty());
    // His login was given by the house: it is where the account began, not a way that somebody added later.
    assert_eq!(tied[0].created, store.account(bob).await.unwrap().unwrap().created);
    let head = house.log.head();
    house.run("pod4.json", &tying(true)).await;
    assert_eq!(house.log.head(), head, "once");

    // Whoever forgot it says it at a later run.
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let bob = house.person("bob").await;
    assert!(house.folder.store.identities_of(bob).await.unwrap().is_empty());
    let later = house.run("pod4.json", &tying(true)).await;
    assert_eq!(counts(&later, Kind::People), (7, 0, 6, 1));
    assert_eq!(house.folder.store.identities_of(bob).await.unwrap().len(), 1);
}

#[tokio::test]
async fn access_that_was_closed_there_or_here_is_not_opened_by_a_tie() {
    let house = House::new().await;
    let text = r#"[
        {"model": "auth.user", "pk": 1, "fields": {"username": "eve", "is_active": false, "is_superuser": true}},
        {"model": "auth.user", "pk": 2, "fields": {"username": "ana"}},
        {"model": "authentication.owner", "pk": 1, "fields": {"user": ["eve"], "auth_type": "CAS"}},
        {"model": "authentication.owner", "pk": 2, "fields": {"user": 2, "auth_type": "CAS"}}
    ]"#;
    house.run_text(text, &wish(true)).await;
    // Closed here since.
    let ana = house.person("ana").await;
    let act = Act::system("test", house.sources.now());
    let people = &house.aggregates.people;
    people
        .execute(ana, amphi_events::person::PersonCommand::CloseAccess, act)
        .await
        .unwrap();
    house.run_text(text, &tying(true)).await;
    for login in ["eve", "ana"] {
        let tied = house.folder.store.tied_identity("cas", login).await.unwrap().unwrap();
        assert!(tied.shut && tied.person == house.person(login).await, "{tied:?}");
    }
    // Who can't sign in administers nothing.
    let eve = house.folder.store.account_by_login("eve").await.unwrap().unwrap();
    assert_eq!(eve.role, Role::User);
}

/// In other houses people may choose what theirs is called: a login alone gives nobody what is somebody's there.
#[tokio::test]
async fn a_login_that_another_house_gave_takes_nothing_unless_somebody_says_so() {
    let house = House::new().await;
    let mallory = house.tied("bob", "oidc", "7f3a").await;
    let meeting: MeetingId = house_id(&house, "meeting", "10");
    let held = async || house.aggregates.meetings.look(meeting).await.unwrap().state;
    let report = house.run("pod4.json", &tying(true)).await;
    assert!(whys(&report.left_out, Kind::People).contains(&("2", Why::LoginOfAnother)));
    assert!(whys(&report.left_out, Kind::Meetings).contains(&("10", Why::NoOwner)));
    assert!(held().await.owner.is_none());
    assert!(house.folder.store.groups_of(mallory).await.unwrap().is_empty());
    // She is Bob, says an administrator; then the university signs her in, too.
    let sure = Wish {
        same_logins: true,
        ..tying(true)
    };
    let report = house.run("pod4.json", &sure).await;
    assert!(whys(&report.changed, Kind::People).contains(&("2", Why::LoginHere)));
    assert_eq!(held().await.owner, Some(mallory));
    assert_eq!(house.folder.store.identities_of(mallory).await.unwrap().len(), 2);
}

/// Two services that move in may each have a `bob`.
#[tokio::test]
async fn an_account_that_came_from_another_service_takes_nothing_unless_somebody_says_so() {
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    let other = |same_logins| Wish {
        from: "other".into(),
        same_logins,
        ..wish(true)
    };
    let text = r#"[{"model": "auth.user", "pk": 2, "fields": {"username": "bob"}}]"#;
    let report = house.run_text(text, &other(false)).await;
    assert_eq!(whys(&report.left_out, Kind::People), [("2", Why::LoginOfAnother)]);
    let report = house.run_text(text, &other(true)).await;
    assert_eq!(
        (counts(&report, Kind::People), report.left_out.len()),
        ((1, 0, 1, 0), 0)
    );
}

/// Who has signed in here by the house before the import is known by that, whatever their login is.
#[tokio::test]
async fn who_came_by_the_house_before_takes_what_is_theirs() {
    let house = House::new().await;
    let early = house.tied("bob-2", "cas", "bob").await;
    let report = house.run("pod4.json", &tying(true)).await;
    assert!(whys(&report.changed, Kind::People).contains(&("2", Why::IdentityHere)));
    let meeting: MeetingId = house_id(&house, "meeting", "10");
    let held = house.aggregates.meetings.look(meeting).await.unwrap().state;
    assert_eq!(held.owner, Some(early));
    assert!(house.folder.store.account_by_login("bob").await.unwrap().is_none());

    // Too late: the account that came and the one that signs in are two, and that is said.
    let house = House::new().await;
    house.run("pod4.json", &wish(true)).await;
    house.tied("bob-2", "cas", "bob").await;
    let report = house.run("pod4.json", &tying(true)).await;
    assert!(whys(&report.changed, Kind::People).contains(&("2", Why::IdentityTaken)));
}
