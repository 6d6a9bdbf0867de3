//! Slides that nobody needs any more.

use amphi_events::Time;
use amphi_events::gateway::Margins;
use amphi_events::ids::MeetingId;
use amphi_events::meeting::{MeetingCommand, Slides};
use amphi_events::recurrence::{End, Pattern, Recurrence};

use super::world::{World, at};

/// Slides of a meeting go a year after its end, from the store and from the meeting; not a moment before, and none that somebody still needs.
#[tokio::test]
async fn slides_go_after_their_year_and_not_before() {
    let mut w = World::new(Margins::NONE, &[]).await;
    let mut plain = World::details(at(10), at(11));
    plain.is_webinar = false;
    let mut series = plain.clone();
    series.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Open,
    });
    let (once, open) = (w.schedule(plain.clone()).await, w.schedule(series).await);
    let give = async |w: &World, meeting: MeetingId| {
        let slides = Slides {
            id: w.deps.sources.id(),
            file: "a.txt".into(),
            bytes: 5,
            pages: None,
        };
        w.deps
            .shelf
            .put(meeting, slides.id, bytes::Bytes::from_static(b"hello"))
            .await
            .unwrap();
        let command = MeetingCommand::AddSlides(slides.clone());
        w.deps
            .aggregates
            .meetings
            .execute(meeting, command, w.act())
            .await
            .unwrap();
        slides.id
    };
    let (one, other) = (give(&w, once).await, give(&w, open).await);
    let there = async |w: &World, meeting: MeetingId, slides| {
        let held = w.meeting(meeting).await.slides.iter().any(|s| s.id == slides);
        let kept = w.deps.shelf.get(meeting, slides).await.is_ok();
        assert_eq!(held, kept, "the file and what the meeting says of it go together");
        held
    };
    let year = 365 * 24;
    w.now(Time(at(11 + year).0 - 1));
    w.settle().await;
    assert!(there(&w, once, one).await && there(&w, open, other).await);
    // Added late, they have a year from then on.
    let late = give(&w, once).await;
    w.now(at(11 + year));
    w.settle().await;
    assert!(!there(&w, once, one).await, "its year is over");
    assert!(there(&w, once, late).await);
    w.now(at(11 + 2 * year));
    w.settle().await;
    assert!(!there(&w, once, late).await);
    assert!(there(&w, open, other).await, "a series without an end still shows them");
}
