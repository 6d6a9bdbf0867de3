//! The live of a webinar, and who is told that it has no gateway.

use amphi_events::gateway::Margins;
use amphi_events::ids::{MeetingId, PersonId};
use amphi_events::meeting::{self, MeetingCommand};
use amphi_events::person::Role;
use amphi_events::recurrence::{End, Pattern, Recurrence};
use amphi_web::auth::accounts;

use super::world::{World, at};

/// Census W16: co-owners are the live's presenters from the first.
#[tokio::test]
async fn w16_co_owners_pilot_from_the_first() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let co_owner: PersonId = w.deps.sources.id();
    let mut details = World::details(at(10), at(11));
    details.additional_owners = vec![co_owner];
    let meeting = w.schedule(details).await;
    w.settle().await;
    assert!(w.live_of(meeting).await.1.is_presenter(co_owner));
}

/// Census W17: a webinar has one live, at one time; the model says so, and not the page.
#[tokio::test]
async fn w17_a_webinar_does_not_repeat() {
    let w = World::new(Margins::NONE, &[1]).await;
    let mut details = World::details(at(10), at(11));
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Count(3),
    });
    let command = MeetingCommand::Schedule {
        owner: w.owner,
        live: w.deps.sources.id(),
        details: Box::new(details),
    };
    let meetings = &w.deps.aggregates.meetings;
    let id: MeetingId = w.deps.sources.id();
    let refused = meetings.execute(id, command, w.act()).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(&meeting::Refusal::WebinarRepeats));
}

/// Census W21: one mail an administrator about a time at which none is free, however often the meeting is saved.
#[tokio::test]
async fn w21_one_mail_however_often_it_is_saved() {
    let mut w = World::new(Margins::NONE, &[]).await;
    let d = &w.deps;
    accounts::add(
        &d.aggregates,
        &d.keys,
        &d.store,
        &d.sources,
        "ada",
        "Ada",
        Role::Administrator,
        Some("hunter2hunter2"),
    )
    .await
    .unwrap();
    // Who has left, and whose access was closed, hears of no title any more.
    accounts::add(
        &d.aggregates,
        &d.keys,
        &d.store,
        &d.sources,
        "bob",
        "Bob",
        Role::Administrator,
        None,
    )
    .await
    .unwrap();
    let meeting = w.plan(at(10), at(11)).await;
    for n in 0..5 {
        w.change(meeting, w.owner, |d| d.description = format!("{n}").into())
            .await;
        w.settle().await;
    }
    w.deps.caught_up().await.unwrap();
    assert_eq!(w.deps.read.mails_in_hand().await.unwrap().len(), 1);
    w.change(meeting, w.owner, |d| d.starts_at = at(12)).await;
    w.settle().await;
    w.deps.caught_up().await.unwrap();
    assert_eq!(
        w.deps.read.mails_in_hand().await.unwrap().len(),
        2,
        "another time is another matter"
    );
}
