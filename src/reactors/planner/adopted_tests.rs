//! What becomes of the live of a session that another front end opened: one live, and nothing is held after it.
#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::elsewhere::{self, Adoption, ElsewhereCommand, ForeignRoom};
use amphi_events::gateway::Margins;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::live::{LiveCommand, StopReason};
use amphi_events::meeting::MeetingCommand;
use amphi_events::session::{EndedBy, Phase, SessionCommand};

use super::super::tests::{World, at};

/// A session is taken, found in BBB, and its picture is wanted.
async fn adopted(w: &mut World, show_chat: bool) -> (MeetingId, SessionId) {
    let (id, session): (MeetingId, SessionId) = (w.deps.sources.id(), w.deps.sources.id());
    let room = ForeignRoom {
        id: "moodle-7".into(),
        create_time: 5,
        internal_id: "abc-5".into(),
    };
    let take = ElsewhereCommand::Take {
        meeting: id,
        by: w.owner,
        internal_id: room.internal_id.clone(),
        until: at(3),
        most: 1,
    };
    let aggregates = w.deps.aggregates.clone();
    aggregates
        .elsewhere
        .execute(elsewhere::ALL, take, w.act())
        .await
        .unwrap();
    let adopt = MeetingCommand::Adopt {
        owner: w.owner,
        live: w.deps.sources.id(),
        session,
        until: at(3),
        details: Box::new(World::details(w.deps.now(), at(3))),
        adoption: Adoption { room, show_chat },
    };
    aggregates.meetings.execute(id, adopt, w.act()).await.unwrap();
    w.meetings.push(id);
    w.settle().await;
    let looked = aggregates.sessions.look(session).await.unwrap().state;
    assert_eq!(
        (looked.phase, looked.room().as_deref()),
        (Phase::Opening, Some("moodle-7"))
    );
    let opened = SessionCommand::Opened {
        create_time: 5,
        internal_id: "abc-5".into(),
        adopted: true,
    };
    aggregates.sessions.execute(session, opened, w.act()).await.unwrap();
    w.settle().await;
    (id, session)
}

async fn taken(w: &World) -> usize {
    w.deps
        .aggregates
        .elsewhere
        .look(elsewhere::ALL)
        .await
        .unwrap()
        .state
        .taken
        .len()
}

/// Its end is known: nothing is held, its place is free, and it is over in the lists.
async fn is_left(w: &World, id: MeetingId) {
    assert!(w.holds().await.is_empty(), "{:?}", w.holds().await);
    assert_eq!(taken(w).await, 0);
    let meeting = w.meeting(id).await;
    assert_eq!(meeting.session, None);
    assert_eq!(meeting.details.unwrap().ends_at(), w.deps.now());
    let plan = w.live_of(id).await.1.plan.unwrap();
    assert_eq!(plan.ends_at, w.deps.now());
}

#[tokio::test]
async fn a_stopped_live_of_a_session_leaves_it_and_frees_place_and_gateway() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    w.now(at(0));
    let (id, session) = adopted(&mut w, true).await;
    let (live, state) = w.live_of(id).await;
    assert_eq!(state.wanted.and_then(|wanted| wanted.session), Some(session));
    assert!(
        state.held.is_some() && state.wanted_picture().chat,
        "the room's chat is in the picture"
    );
    w.now(at(1));
    w.settle().await;
    assert_eq!((taken(&w).await, w.meeting(id).await.ending), (1, false));
    let aggregates = w.deps.aggregates.clone();
    let stop = LiveCommand::Stop(StopReason::Presenter);
    aggregates.lives.execute(live, stop, w.act()).await.unwrap();
    w.settle().await;
    let looked = aggregates.sessions.look(session).await.unwrap().state;
    assert_eq!(looked.phase, Phase::Ending, "the room's worker lets go of it");
    assert_eq!(taken(&w).await, 1);
    let closed = SessionCommand::Closed(EndedBy::Us);
    aggregates.sessions.execute(session, closed, w.act()).await.unwrap();
    w.settle().await;
    is_left(&w, id).await;
}

#[tokio::test]
async fn a_session_that_is_over_ends_its_live_and_the_rooms_chat_is_as_it_was_asked_for() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    w.now(at(0));
    let (id, session) = adopted(&mut w, false).await;
    assert!(!w.live_of(id).await.1.wanted_picture().chat);
    w.now(at(1));
    let closed = SessionCommand::Closed(EndedBy::Polling);
    w.deps
        .aggregates
        .sessions
        .execute(session, closed, w.act())
        .await
        .unwrap();
    w.settle().await;
    assert_eq!(w.live_of(id).await.1.wanted, None);
    is_left(&w, id).await;
    // Years later nothing of it moves.
    let before = w.deps.log.head();
    w.now(at(900));
    w.settle().await;
    assert_eq!(w.deps.log.head(), before);
}
