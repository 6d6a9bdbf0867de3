//! For how long a picture is wanted.
#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::Time;
use amphi_events::gateway::Margins;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::meeting::MeetingCommand;
use amphi_events::session::SessionCommand;

use super::tests::{World, at};

/// A room that is open in BBB.
async fn opens(w: &World, meeting: MeetingId, until: Time) {
    let session: SessionId = w.deps.sources.id();
    let start = MeetingCommand::Start { session, until };
    let meetings = &w.deps.aggregates.meetings;
    meetings.execute(meeting, start, w.act()).await.unwrap();
    w.settle().await;
    let opened = SessionCommand::Opened {
        create_time: 1,
        internal_id: "x".to_owned(),
        adopted: false,
    };
    let sessions = &w.deps.aggregates.sessions;
    sessions.execute(session, opened, w.act()).await.unwrap();
    w.settle().await;
}

/// Census W9: the watch gave up after five hours, and cut whatever lasted longer.
#[tokio::test]
async fn a_picture_is_wanted_for_as_long_as_was_planned_and_longer_where_the_end_is_moved() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let overrun = i64::try_from(w.deps.settings.overrun.as_secs()).unwrap();
    let meeting = w.plan(at(0), at(12)).await;
    opens(&w, meeting, at(12)).await;
    let wanted = async |w: &World| w.live_of(meeting).await.1.wanted.map(|wish| wish.until);
    assert_eq!(wanted(&w).await, Some(at(12).plus_s(overrun)));
    for hour in [5, 6, 11] {
        w.now(at(hour).plus_s(60));
        w.settle().await;
        assert_eq!(wanted(&w).await, Some(at(12).plus_s(overrun)), "after {hour} hours");
    }
    assert!(w.change(meeting, w.owner, |d| d.duration_s = 20 * 3600).await);
    w.settle().await;
    assert_eq!(wanted(&w).await, Some(at(20).plus_s(overrun)));
    // Over its time it goes on for as long as the house lets it.
    w.now(at(20).plus_s(overrun - 1));
    w.settle().await;
    assert_eq!(wanted(&w).await, Some(at(20).plus_s(overrun)));
}
