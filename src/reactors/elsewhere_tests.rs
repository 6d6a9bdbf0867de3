//! What is seen of sessions that other front ends opened, and what an error of BBB does to it: nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::person::Role;
use amphi_events::store::Account;
use amphi_web::elsewhere::matching::{By, Format, Ids};

use super::super::planner::tests::World;
use super::super::settings::ReactorSettings;
use super::*;

const POLL: Duration = Duration::from_secs(30);

fn rules() -> Rules {
    Rules {
        ids: Ids {
            login: true,
            identity: true,
        },
        names: vec![Format::FirstLast, Format::LastFirst],
    }
}

async fn world() -> (World, Elsewhere) {
    let settings = ReactorSettings {
        elsewhere: Some(LookSettings {
            poll: POLL,
            rules: rules(),
            mail: true,
        }),
        ..ReactorSettings::default()
    };
    let w = World::furnished(settings, &[]).await;
    let worker = Elsewhere {
        deps: w.deps.clone(),
        hand: super::super::hands::Hands::loose(),
        failures: 0,
        looked: None,
    };
    (w, worker)
}

fn listed(id: &str, moderators: &[(&str, &str)]) -> MeetingSummary {
    MeetingSummary {
        id: id.to_owned(),
        create_time: 5,
        internal_id: format!("{id}-5"),
        running: true,
        participants: 3,
        moderators: u32::try_from(moderators.len()).unwrap(),
        name: format!(" Course\u{202e} of {id} "),
        ended: false,
        record: false,
        breakout: false,
        parent: String::new(),
        has_breakouts: false,
        moderating: moderators
            .iter()
            .map(|(i, n)| ((*i).to_owned(), (*n).to_owned()))
            .collect(),
    }
}

async fn account(w: &World, login: &str, name: &str) -> amphi_events::ids::PersonId {
    let person = w.deps.sources.id();
    let account = Account {
        person,
        login: login.to_owned(),
        name: name.to_owned(),
        role: Role::Staff,
        password_hash: None,
        created: w.deps.now(),
    };
    w.deps.store.insert_account(&account).await.unwrap();
    person
}

#[tokio::test]
async fn what_is_ours_a_room_beside_another_or_dying_is_not_offered() {
    let (w, worker) = world().await;
    let zoe = account(&w, "zoe", "Zoé Martin").await;
    let ours = w.webinar_alone().await;
    let who: &[(&str, &str)] = &[("x-1", "MARTIN Zoe")];
    let list = vec![
        listed(&ours.to_string(), who),
        MeetingSummary {
            breakout: true,
            parent: "moodle-7-5".into(),
            ..listed("moodle-7-breakout", who)
        },
        MeetingSummary {
            ended: true,
            ..listed("dying", who)
        },
        listed("empty", &[]),
        listed("a,b", who),
        listed("moodle-7", who),
        // Looks like an id of ours, and is none.
        listed("01J00000000000000000000009", &[("y", "Somebody Else")]),
    ];
    let found = worker.foreign(list, &rules()).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|s| s.room.id.0.as_str()).collect();
    assert_eq!(ids, ["moodle-7", "01J00000000000000000000009"]);
    assert_eq!(found[0].name, "Course of moodle-7");
    assert!(found[0].breakouts && !found[1].breakouts);
    assert_eq!(found[0].matched.people.get(&zoe), Some(&By::Name));
    assert!(found[1].matched.people.is_empty());
}

/// Census §10.6: an error of the API left an empty list, and stopped every live.
#[tokio::test]
async fn an_error_of_bbb_leaves_what_was_seen_and_waits_longer() {
    let (w, mut worker) = world().await;
    let who: &[(&str, &str)] = &[("x-1", "Zoé Martin")];
    let found = worker.foreign(vec![listed("moodle-7", who)], &rules()).await.unwrap();
    w.deps.board.found(found, w.deps.now());
    let mut waits = vec![];
    for _ in 0..6 {
        let Next::Wait(wait) = worker.step().await.unwrap() else {
            unreachable!("it looks again");
        };
        assert!(w.deps.board.seen().unknown_since.is_some());
        assert_eq!(w.deps.board.seen().sessions.len(), 1, "unknown, not over");
        // Woken before its time it asks nothing.
        assert!(matches!(worker.step().await.unwrap(), Next::Wait(left) if left <= wait));
        waits.push(wait);
        w.clock.move_ms(millis(wait));
    }
    assert!(
        waits.is_sorted() && waits[0] == POLL * 2 && waits[5] == WAIT_MOST,
        "{waits:?}"
    );
    // Names are kept no longer than the setting says.
    w.clock.move_ms(millis(w.deps.settings.elsewhere_names));
    worker.step().await.unwrap();
    assert!(w.deps.board.seen().sessions.is_empty());
}

/// Killed between the place and the meeting.
#[tokio::test]
async fn a_place_whose_meeting_was_never_made_is_free_again() {
    let (w, worker) = world().await;
    let take = ElsewhereCommand::Take {
        meeting: w.deps.sources.id(),
        by: w.owner,
        internal_id: "moodle-7-5".into(),
        until: w.deps.now().plus_s(3600),
        most: 1,
    };
    let all = &w.deps.aggregates.elsewhere;
    all.execute(elsewhere::ALL, take, w.act()).await.unwrap();
    let taken = async || all.look(elsewhere::ALL).await.unwrap().state.taken.len();
    w.clock.move_ms(ABANDONED_MS - 1);
    worker.free_abandoned().await.unwrap();
    assert_eq!(taken().await, 1, "it may be on its way");
    w.clock.move_ms(1);
    worker.free_abandoned().await.unwrap();
    assert_eq!(taken().await, 0);
}

#[tokio::test]
async fn where_it_is_off_nothing_is_asked() {
    let w = World::new(amphi_events::gateway::Margins::NONE, &[]).await;
    let make = worker(w.deps.clone());
    let mut worker = make(SESSIONS, &super::super::hands::Hands::loose()).unwrap();
    assert_eq!(worker.step().await.unwrap(), Next::Over);
    assert!(w.deps.board.seen().unknown_since.is_none());
}
