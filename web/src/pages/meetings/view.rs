//! A person's meetings, and one of them.

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, moment};

/// Where a meeting's room stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nothing was asked.
    Scheduled,
    /// It is being opened.
    Opening,
    /// People may come in.
    Open,
    /// It was closed.
    Closed,
    /// The meeting will not take place.
    Cancelled,
}

impl Room {
    /// As in the API and the style sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    const fn text(self) -> T {
        match self {
            Self::Scheduled => T::RoomScheduled,
            Self::Opening => T::RoomOpening,
            Self::Open => T::RoomOpen,
            Self::Closed => T::RoomClosed,
            Self::Cancelled => T::StageCancelled,
        }
    }
}

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
    /// Zone in which it was planned.
    pub zone: String,
    /// A webinar.
    pub webinar: bool,
    /// Where its room stands.
    pub room: Room,
}

/// `/meetings`.
#[derive(Debug, Clone, Default)]
pub struct MeetingsView {
    /// The person's meetings.
    pub meetings: Vec<MeetingLine>,
    /// Address of the next page, if any.
    pub more: Option<String>,
}

/// Renders the list.
pub fn list(frame: &Frame, view: &MeetingsView) -> Markup {
    frame.page(frame.t(T::MeetingsTitle), &Dress::default(), &html! {
        h1 { (frame.t(T::MeetingsTitle)) }
        p { a class="button" href="/meetings/new" { (frame.t(T::NewMeeting)) } }
        @if view.meetings.is_empty() {
            p class="quiet" { (frame.t(T::NoMeeting)) }
        } @else {
            ul class="cards" {
                @for m in &view.meetings {
                    li class="card" {
                        p { (room_badge(frame, m.room)) @if m.webinar { " " span class="badge" { (frame.t(T::Webinar)) } } }
                        h2 { a href={ "/meetings/" (m.id) } { (m.name) } }
                        p class="quiet" { (moment(frame, m.starts_at, &m.zone)) " · " (times::duration(m.duration_s)) }
                    }
                }
            }
            @if let Some(more) = &view.more { p { a href=(more) { (frame.t(T::More)) } } }
        }
    })
}

fn room_badge(frame: &Frame, room: Room) -> Markup {
    html! { span class=(format!("badge room-{}", room.as_str())) { (frame.t(room.text())) } }
}

/// What was decided about a webinar's gateway.
#[derive(Debug, Clone)]
pub enum Gateway {
    /// No webinar.
    NotNeeded,
    /// Not decided yet.
    Pending,
    /// One is held.
    Held {
        /// Its name.
        name: String,
        /// From.
        from: Time,
        /// To.
        to: Time,
    },
    /// None is free.
    Lacking {
        /// The next free starts.
        next: Vec<Time>,
    },
}

/// `/meetings/{id}`.
#[derive(Debug, Clone)]
pub struct MeetingView {
    /// The meeting.
    pub line: MeetingLine,
    /// What it is about.
    pub description: String,
    /// Owner's name.
    pub owner: String,
    /// Co-owners' names.
    pub presenters: Vec<String>,
    /// Only signed-in people.
    pub restricted: bool,
    /// The live's id, for a webinar.
    pub event: Option<String>,
    /// Its gateway.
    pub gateway: Gateway,
    /// Address for presenters and participants.
    pub join_url: String,
    /// Address for the audience.
    pub live_url: Option<String>,
    /// What went wrong with the last form.
    pub problem: Option<String>,
    /// It was just saved.
    pub saved: bool,
}

/// Renders one meeting.
pub fn one(frame: &Frame, view: &MeetingView) -> Markup {
    let m = &view.line;
    let refresh = matches!(view.gateway, Gateway::Pending).then(|| (2, format!("/meetings/{}", m.id)));
    let modules: &[&str] = if refresh.is_some() { &["refresh.js"] } else { &[] };
    frame.page(&m.name, &Dress { modules, refresh, ..Dress::default() }, &html! {
        (parts::notice(view.saved.then_some(frame.t(T::Saved))))
        (parts::problem(view.problem.as_deref()))
        h1 { (m.name) }
        p { (room_badge(frame, m.room)) @if m.webinar { " " span class="badge" { (frame.t(T::Webinar)) } }
            @if view.restricted { " " span class="badge" { (frame.t(T::Restricted)) } } }
        dl {
            dt { (frame.t(T::When)) } dd { (moment(frame, m.starts_at, &m.zone)) " · " (times::duration(m.duration_s)) }
            dt { (frame.t(T::Owner)) } dd { (view.owner) }
            @if !view.presenters.is_empty() { dt { (frame.t(T::CoOwners)) } dd { (view.presenters.join(", ")) } }
            @if !view.description.is_empty() { dt { (frame.t(T::Description)) } dd class="description" { (view.description) } }
            @if m.webinar { dt { (frame.t(T::GatewayWord)) } dd id="gateway" { (gateway(frame, &view.gateway, m)) } }
            dt { (frame.t(T::LinkPresenters)) } dd { a href=(view.join_url) { (view.join_url) } }
            @if let Some(url) = &view.live_url { dt { (frame.t(T::LinkAudience)) } dd { a href=(url) { (url) } } }
        }
        @if m.room != Room::Cancelled {
            div class="actions" {
                form method="post" action={ "/join/" (m.id) } { button type="submit" class="main-act" { (frame.t(T::OpenRoom)) } }
                @if let Some(event) = &view.event { a class="button" href={ "/live/" (event) "/console" } { (frame.t(T::ToConsole)) } }
                a class="button" href={ "/meetings/" (m.id) "/edit" } { (frame.t(T::Edit)) }
            }
            details {
                summary { (frame.t(T::CancelMeeting)) }
                p { (frame.t(T::CancelMeetingLong)) }
                form method="post" action={ "/meetings/" (m.id) } {
                    input type="hidden" name="action" value="cancel";
                    button type="submit" class="danger" { (frame.t(T::CancelMeeting)) }
                }
            }
        }
    })
}

fn gateway(frame: &Frame, gateway: &Gateway, m: &MeetingLine) -> Markup {
    html! {
        @match gateway {
            Gateway::NotNeeded => {}
            Gateway::Pending => { span role="status" { (frame.t(T::GatewayPending)) } }
            Gateway::Held { name, from, to } => {
                (frame.f(T::GatewayHeld, &[("name", name)])) " (" (times::clock(*from, &m.zone)) "–" (times::clock(*to, &m.zone)) ")"
            }
            Gateway::Lacking { next } => {
                p class="problem" { (frame.t(T::GatewayLacking)) }
                @if !next.is_empty() {
                    p { (frame.t(T::NextFree)) }
                    ul { @for at in next {
                        li { a href={ "/meetings/" (m.id) "/edit?starts_at=" (times::input(*at, &m.zone)) } { (times::full(frame.lang, *at, &m.zone)) } }
                    } }
                }
            }
        }
    }
}

impl MeetingsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                meetings: [
                    Room::Scheduled,
                    Room::Opening,
                    Room::Open,
                    Room::Closed,
                    Room::Cancelled,
                ]
                .map(MeetingLine::sample)
                .to_vec(),
                more: Some("/meetings?cursor=x".into()),
            },
        ]
    }
}

impl MeetingLine {
    fn sample(room: Room) -> Self {
        Self {
            id: "01J00000000000000000000002".into(),
            name: "<b>Cours</b> d’optique".into(),
            starts_at: Time(1_795_000_000_000),
            duration_s: 5400,
            zone: "Europe/Paris".into(),
            webinar: true,
            room,
        }
    }
}

impl MeetingView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let at = Time(1_795_000_000_000);
        [
            Gateway::NotNeeded,
            Gateway::Pending,
            Gateway::Held {
                name: "<i>gw1</i>".into(),
                from: at,
                to: at.plus_s(7200),
            },
            Gateway::Lacking {
                next: vec![at.plus_s(7200)],
            },
            Gateway::Lacking { next: vec![] },
        ]
        .into_iter()
        .map(|gateway| Self {
            line: MeetingLine {
                webinar: !matches!(gateway, Gateway::NotNeeded),
                ..MeetingLine::sample(Room::Scheduled)
            },
            description: "<script>x</script>".into(),
            owner: "Zoé <b>Martin</b>".into(),
            presenters: vec!["A & B".into()],
            restricted: true,
            event: Some("01J00000000000000000000001".into()),
            gateway,
            join_url: "https://live.univ.example/join/x".into(),
            live_url: Some("https://live.univ.example/live/x".into()),
            problem: Some("<b>no</b>".into()),
            saved: true,
        })
        .collect()
    }
}
