//! A person's meetings: what is on, what comes, what was.

use amphi_events::Time;
use maud::{Markup, html};

use super::view::{Room, room_badge};
use crate::i18n::{T, times};
use crate::pages::elsewhere::view::{OfferLine, offers};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, Stage};

/// One meeting in a list.
#[derive(Debug, Clone)]
pub struct MeetingLine {
    /// Its id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Planned start.
    pub starts_at: Time,
    /// Planned duration, seconds.
    pub duration_s: i64,
    /// How it repeats, in words.
    pub repeats: Option<String>,
    /// Zone in which it was planned.
    pub zone: String,
    /// A webinar.
    pub webinar: bool,
    /// Somebody's own room: its times say nothing.
    pub personal: bool,
    /// Its room is another front end's: it is not planned again.
    pub elsewhere: bool,
    /// It is recorded: its recordings have a page.
    pub recorded: bool,
    /// The reader may change it.
    pub edits: bool,
    /// Where its room stands.
    pub room: Room,
    /// For a webinar whose live is planned: its id and where it stands.
    pub live: Option<(String, Stage)>,
    /// A webinar for whose time no gateway was free.
    pub lacking: bool,
}

impl MeetingLine {
    /// Planned end.
    pub const fn ends_at(&self) -> Time {
        self.starts_at.plus_s(self.duration_s)
    }

    /// It is on: its room is, or its time has come and is not over.
    fn on(&self, now: Time) -> bool {
        match self.room {
            Room::Opening | Room::Open => true,
            Room::Scheduled | Room::Closed => self.starts_at <= now && now < self.ends_at(),
            Room::Cancelled => false,
        }
    }

    fn past(&self, now: Time) -> bool {
        self.room == Room::Cancelled || (!self.on(now) && self.ends_at() <= now)
    }

    /// An example.
    pub fn sample(room: Room) -> Self {
        Self {
            id: "01J00000000000000000000002".into(),
            name: "<b>Cours</b> d’optique".into(),
            starts_at: Time(1_795_000_000_000),
            duration_s: 5400,
            repeats: (room == Room::Open).then(|| "<i>chaque semaine</i>".into()),
            zone: "Europe/Paris".into(),
            webinar: room != Room::Closed,
            personal: false,
            elsewhere: room == Room::Closed,
            recorded: room != Room::Scheduled,
            edits: true,
            room,
            live: (room != Room::Closed).then(|| ("01J00000000000000000000001".into(), Stage::Scheduled)),
            lacking: room == Room::Scheduled,
        }
    }
}

/// `/meetings`.
#[derive(Debug, Clone, Default)]
pub struct MeetingsView {
    /// Sessions of the person's that another front end opened.
    pub offers: Vec<OfferLine>,
    /// The person's meetings, in any order.
    pub meetings: Vec<MeetingLine>,
    /// Now.
    pub now: Time,
    /// The reader may plan webinars.
    pub webinars: bool,
}

/// Past meetings that are shown; older ones are in the API.
const PAST_MOST: usize = 30;

/// Renders the list.
pub fn list(frame: &Frame, view: &MeetingsView) -> Markup {
    let (mut rooms, mut all): (Vec<_>, Vec<&MeetingLine>) = view.meetings.iter().partition(|m| m.personal);
    // One's own first.
    rooms.sort_by_key(|m| !m.edits);
    all.sort_by_key(|m| m.starts_at);
    let (mut past, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|m| m.past(view.now));
    let (on, next): (Vec<_>, Vec<_>) = rest.into_iter().partition(|m| m.on(view.now));
    past.reverse();
    past.truncate(PAST_MOST);
    let dress = Dress {
        modules: &["info.js"],
        ..Dress::default()
    };
    frame.page(frame.t(T::MeetingsTitle), &dress, &html! {
        div class="title-row" {
            h1 { (frame.t(T::MeetingsTitle)) }
            a class="button main-act" href="/meetings/new" { (frame.t(if view.webinars { T::PlanWebinar } else { T::PlanMeeting })) }
        }
        (offers(frame, &view.offers))
        @if !rooms.is_empty() {
            section aria-labelledby="rooms" { h2 id="rooms" { (frame.t(if rooms.len() == 1 { T::PersonalRoom } else { T::PersonalRooms })) } (cards(frame, view.now, &rooms)) }
        }
        @if rooms.len() == view.meetings.len() {
            div class="empty" { p { strong { (frame.t(T::NoMeeting)) } } p { (frame.t(if view.webinars { T::NoMeetingLong } else { T::NoMeetingPlain })) } }
        } @else {
            @if !on.is_empty() {
                section aria-labelledby="on" { h2 id="on" { (frame.t(T::MeetingsNow)) } (cards(frame, view.now, &on)) }
            }
            section aria-labelledby="next" {
                h2 id="next" { (frame.t(T::MeetingsNext)) }
                @if next.is_empty() { p class="quiet" { (frame.t(T::NoMeetingNext)) } } @else { (cards(frame, view.now, &next)) }
            }
            @if !past.is_empty() {
                section aria-labelledby="past" { h2 id="past" { (frame.t(T::MeetingsPast)) } (rows(frame, &past)) }
            }
        }
    })
}

fn badges(frame: &Frame, m: &MeetingLine) -> Markup {
    html! {
        p class="facts" {
            @match &m.live {
                Some((_, stage)) if matches!(stage, Stage::OnAir | Stage::Stalled | Stage::Starting | Stage::Stopping) => { (parts::badge(frame, *stage)) }
                _ => { (room_badge(frame, m.room)) }
            }
            @if m.webinar { span class="badge" { (frame.t(T::Webinar)) } }
            @if m.lacking { span class="badge warn" { (frame.t(T::WithoutGateway)) } }
        }
    }
}

fn cards(frame: &Frame, now: Time, meetings: &[&MeetingLine]) -> Markup {
    html! {
        ul class="cards" {
            @for m in meetings {
                li class="card" {
                    (badges(frame, m))
                    h3 { a href={ "/meetings/" (m.id) } { (m.name) } }
                    @if m.personal { p class="meta" { (frame.t(T::PersonalAlways)) } }
                    @else { p class="meta" { time datetime=(m.starts_at.rfc3339()) { (times::span(frame.lang, now, m.starts_at, m.ends_at(), &m.zone)) " (" (m.zone) ")" } } }
                    @if let Some(repeats) = &m.repeats { p class="meta" { (repeats) } }
                    div class="actions" {
                        @if let Some((event, _)) = &m.live { a class="button" href={ "/live/" (event) "/console" } { (frame.t(T::Console)) span class="unseen" { " : " (m.name) } } }
                        @else if !m.elsewhere { form method="post" action={ "/join/" (m.id) } { button type="submit" { (frame.t(m.room.way_in())) span class="unseen" { " : " (m.name) } } } }
                        @if m.room == Room::Open { (super::info::link(frame, &m.id, &m.name)) }
                        @if m.recorded { (super::recordings::link(frame, &m.id, &m.name)) }
                        @if m.edits { a class="button" href={ "/meetings/" (m.id) "/edit" } { (frame.t(T::Edit)) span class="unseen" { " : " (m.name) } } }
                    }
                }
            }
        }
    }
}

fn rows(frame: &Frame, meetings: &[&MeetingLine]) -> Markup {
    html! {
        ul class="past" {
            @for m in meetings {
                li {
                    a href={ "/meetings/" (m.id) } { (m.name) }
                    span class="meta" { span { (times::date(frame.lang, m.starts_at, &m.zone)) } @if m.room == Room::Cancelled { (room_badge(frame, m.room)) } }
                    @if m.recorded { a href={ "/meetings/" (m.id) "/recordings" } { (frame.t(T::Recordings)) span class="unseen" { " : " (m.name) } } }
                    @if !m.elsewhere { a href={ "/meetings/new?like=" (m.id) } { (frame.t(T::PlanAgain)) span class="unseen" { " : " (m.name) } } }
                }
            }
        }
    }
}

impl MeetingsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let lines = [
            Room::Scheduled,
            Room::Opening,
            Room::Open,
            Room::Closed,
            Room::Cancelled,
        ];
        let at = |offset_s: i64| Self {
            offers: OfferLine::samples(),
            meetings: lines.map(MeetingLine::sample).to_vec(),
            now: Time(1_795_000_000_000).plus_s(offset_s),
            webinars: true,
        };
        let room = |edits| MeetingLine {
            personal: true,
            edits,
            ..MeetingLine::sample(Room::Closed)
        };
        let rooms = Self {
            meetings: vec![room(false), room(true)],
            ..at(0)
        };
        vec![Self::default(), at(-3600), at(600), at(86_400), rooms]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meeting_stands_in_one_place() {
        for offset_s in [-3600, 0, 5399, 5400, 86_400] {
            let now = Time(1_795_000_000_000).plus_s(offset_s);
            for room in [
                Room::Scheduled,
                Room::Opening,
                Room::Open,
                Room::Closed,
                Room::Cancelled,
            ] {
                let m = MeetingLine::sample(room);
                assert!(!(m.on(now) && m.past(now)), "{room:?} at {offset_s}");
                if matches!(room, Room::Open | Room::Opening) {
                    assert!(m.on(now), "an open room is on, whatever was planned");
                }
            }
        }
        let m = MeetingLine::sample(Room::Scheduled);
        assert!(m.on(m.starts_at) && m.past(m.ends_at()));
    }
}
