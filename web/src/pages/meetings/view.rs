//! One meeting: who goes where, what is reserved for it, and what can be done with it.

use amphi_events::Time;
use amphi_events::meeting::With;
use chrono::NaiveDate;
use maud::{Markup, html};

use super::dates::{self, DateLine};
use super::door;
use super::invitations::{self, InviteeLine};
pub use super::list::{MeetingLine, MeetingsView, list};
use super::{find, info, owner, recordings, slides};
use crate::api::meetings::door::DoorOut;
use crate::api::meetings::slides::SlidesOut;
use crate::i18n::{Lang, T, times};
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
    /// What its button says: a room that is open is not opened again.
    pub fn way_in(self) -> T {
        if self == Self::Open { T::EnterRoom } else { T::OpenRoom }
    }
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

/// Where a room stands, in a word.
pub fn room_badge(frame: &Frame, room: Room) -> Markup {
    html! { span class=(format!("badge room-{}", room.as_str())) { (frame.t(room.text())) } }
}

/// What was decided about a webinar's gateway.
#[derive(Debug, Clone)]
pub enum Gateway {
    /// No webinar, or one that is over or cancelled.
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
    /// The reader may open and end it (an auditor may only look).
    pub pilots: bool,
    /// The reader may invite, and move single dates: who pilots it and may plan.
    pub arranges: bool,
    /// The reader may hand it over and cancel it: its owner, and administrators.
    pub owns: bool,
    /// Names of the groups that it is open to.
    pub groups: Vec<String>,
    /// The live's id, for a webinar.
    pub event: Option<String>,
    /// The next dates of its series; none of a meeting that takes place once.
    pub dates: Vec<DateLine>,
    /// What opens its door, for those who present.
    pub door: DoorOut,
    /// A password that could be taken.
    pub password_offer: String,
    /// Its slides, for those who present.
    pub slides: Vec<SlidesOut>,
    /// Most bytes and pages of a file of slides.
    pub slides_max: (u64, u32),
    /// Who is invited, for those who may invite.
    pub invitees: Vec<InviteeLine>,
    /// Its gateway.
    pub gateway: Gateway,
    /// Address for presenters and participants.
    pub join_url: String,
    /// Address for the audience.
    pub live_url: Option<String>,
    /// What became of the last form.
    pub last: Last,
}

/// What became of the last form of the page, and what was typed in it if it was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// What went wrong.
    pub problem: Option<String>,
    /// It was just saved.
    pub saved: bool,
    /// Addresses of people to invite.
    pub addresses: String,
    /// The language to write to them in.
    pub language: Option<Lang>,
    /// What was ticked to go with the mail.
    pub with: With,
    /// The date to be moved, to when and for how many minutes.
    pub date: Option<(NaiveDate, String, String)>,
}

impl Last {
    /// Something went wrong.
    pub fn wrong(problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..Self::default()
        }
    }
}

/// Renders one meeting.
pub fn one(frame: &Frame, view: &MeetingView) -> Markup {
    let m = &view.line;
    let refresh = matches!(view.gateway, Gateway::Pending).then(|| (2, format!("/meetings/{}", m.id)));
    let modules: &[&str] = if refresh.is_some() {
        &["refresh.js", "meeting.js", "info.js", find::SCRIPT]
    } else {
        &["meeting.js", "info.js", find::SCRIPT]
    };
    let dress = Dress {
        modules,
        refresh,
        ..Dress::default()
    };
    let takes_place = m.room != Room::Cancelled;
    frame.page(&m.name, &dress, &html! {
        (parts::problem(view.last.problem.as_deref()))
        (parts::notice(view.last.saved.then_some(frame.t(if m.webinar { T::YouAreSaved } else { T::Saved }))))
        h1 { (m.name) }
        p class="facts" {
            (room_badge(frame, m.room))
            @if m.webinar { span class="badge" { (frame.t(T::Webinar)) } }
            @if view.restricted { span class="badge" { (frame.t(T::Restricted)) } }
            @if m.personal { span class="quiet" { (frame.t(T::PersonalAlways)) } }
            @else { span class="quiet" { (moment(frame, m.starts_at, &m.zone)) " · " (times::duration(m.duration_s)) @if let Some(repeats) = &m.repeats { " · " (repeats) } } }
        }
        @if m.elsewhere { p class="callout" { (frame.t(if matches!(m.room, Room::Open | Room::Opening) { T::ElsewhereRoom } else { T::ElsewhereOver })) } }
        @if takes_place {
            (gateway(frame, view))
            section aria-labelledby="where" {
                h2 id="where" { (frame.t(T::WhoGoesWhere)) }
                (addresses(frame, view))
            }
        }
        @if takes_place { (dates::section(frame, view)) }
        dl class="meeting-about" {
            dt { (frame.t(T::Owner)) } dd { (view.owner) }
            @if !view.presenters.is_empty() { dt { (frame.t(T::CoOwners)) } dd { (view.presenters.join(", ")) } }
            @if !view.groups.is_empty() { dt { (frame.t(T::Groups)) } dd { (view.groups.join(", ")) } }
            @if !view.description.is_empty() { dt { (frame.t(T::Description)) } dd class="description" { (view.description) } }
        }
        @if view.pilots && takes_place && !m.elsewhere { (slides::section(frame, view)) (door::section(frame, view)) @if view.arranges { (invitations::section(frame, view)) } }
        @if view.pilots { (actions(frame, view, takes_place)) }
    })
}

/// The two addresses, each for its own people: the mistake that empties a live page is to give the room's to everybody.
fn addresses(frame: &Frame, view: &MeetingView) -> Markup {
    let address = |id: &str, title: T, long: T, url: &str, class: &str, act: Markup| {
        html! {
            div class=(format!("panel way {class}")) {
                h3 id=(id) { (frame.t(title)) }
                p { (frame.t(long)) }
                p class="address" { a href=(url) aria-describedby=(id) { (url) } }
                div class="actions" {
                    button type="button" class="copy" data-copy=(url) data-copied=(frame.t(T::Copied)) aria-describedby=(id) hidden { (frame.t(T::CopyLink)) }
                    (act)
                    @if class == "presenters" && !view.line.personal { a class="button" href={ "/join/" (view.line.id) "/calendar.ics" } { (frame.t(T::ToCalendar)) } }
                }
            }
        }
    };
    let enter = html! {
        form method="post" action={ "/join/" (view.line.id) } { button type="submit" class=[view.pilots.then_some("main-act")] { (frame.t(view.line.room.way_in())) } }
    };
    html! {
        div class="ways" {
            @match &view.live_url {
                Some(url) => {
                    (address("for-audience", T::ForAudience, T::ForAudienceLong, url, "audience", html! { a class="button" href=(url) { (frame.t(T::OpenLivePage)) } }))
                    @if !view.line.elsewhere { (address("for-presenters", T::ForPresenters, T::ForPresentersLong, &view.join_url, "presenters", enter)) }
                }
                None => { (address("for-participants", T::ForParticipants, T::ForParticipantsLong, &view.join_url, "presenters", enter)) }
            }
        }
    }
}

fn actions(frame: &Frame, view: &MeetingView, takes_place: bool) -> Markup {
    let m = &view.line;
    html! {
        div class="actions" {
            @if takes_place {
                @if let Some(event) = &view.event { a class="button" href={ "/live/" (event) "/console" } { (frame.t(T::ToConsole)) } }
                (info::link(frame, &m.id, &m.name))
                @if m.edits { a class="button" href={ "/meetings/" (m.id) "/edit" } { (frame.t(T::Edit)) } }
            }
            @if m.recorded { (recordings::link(frame, &m.id, &m.name)) }
            @if !m.personal && !m.elsewhere { a class="button" href={ "/meetings/new?like=" (m.id) } { (frame.t(T::PlanAgain)) } }
        }
        @if takes_place && !m.personal && view.owns {
            @if !m.elsewhere { (owner::section(frame, view)) }
            details class="cancel" {
                summary { (frame.t(T::CancelMeeting)) }
                p { (frame.t(T::CancelMeetingLong)) }
                form method="post" action={ "/meetings/" (m.id) } {
                    input type="hidden" name="action" value="cancel";
                    button type="submit" class="danger" { (frame.t(T::CancelMeeting)) }
                }
            }
        }
    }
}

fn gateway(frame: &Frame, view: &MeetingView) -> Markup {
    let m = &view.line;
    html! {
        @match &view.gateway {
            Gateway::NotNeeded => {}
            Gateway::Pending => { p class="callout busy" id="gateway" role="status" { (frame.t(T::GatewayPending)) } }
            Gateway::Held { name, from, to } => {
                p class="notice" id="gateway" {
                    strong { (frame.f(T::GatewayReservedFor, &[("name", name), ("from", &times::clock(*from, &m.zone)), ("to", &times::clock(*to, &m.zone))])) }
                    " " (frame.t(T::GatewayReservedLong))
                }
            }
            Gateway::Lacking { next } => {
                div class="callout" id="gateway" {
                    p { strong { (frame.t(T::GatewayLacking)) } " " (frame.t(T::GatewayLackingLong)) }
                    @if !next.is_empty() && view.arranges {
                        p { (frame.t(T::NextFree)) }
                        div class="actions" { @for at in next {
                            form method="post" action={ "/meetings/" (m.id) } {
                                input type="hidden" name="action" value="move";
                                input type="hidden" name="starts_at" value=(at.rfc3339());
                                button type="submit" { (frame.f(T::MoveTo, &[("time", &times::full(frame.lang, *at, &m.zone))])) }
                            }
                        } }
                    }
                }
            }
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
                next: vec![at.plus_s(7200), at.plus_s(9000)],
            },
            Gateway::Lacking { next: vec![] },
        ]
        .into_iter()
        .enumerate()
        .map(|(n, gateway)| {
            let webinar = !matches!(gateway, Gateway::NotNeeded);
            Self {
                line: MeetingLine {
                    webinar,
                    personal: n == 0,
                    elsewhere: n == 3,
                    edits: n > 0,
                    ..MeetingLine::sample(if n == 4 { Room::Cancelled } else { Room::Scheduled })
                },
                description: "<script>x</script>".into(),
                owner: "Zoé <b>Martin</b>".into(),
                presenters: vec!["A & B".into()],
                restricted: true,
                pilots: n != 1,
                arranges: n != 1,
                owns: n > 2,
                groups: if n == 0 { vec!["<b>Maths</b>".into()] } else { vec![] },
                event: webinar.then(|| "01J00000000000000000000001".into()),
                dates: if n == 0 { DateLine::samples() } else { vec![] },
                door: Self::sample_door(n == 2),
                password_offer: "abc".into(),
                slides: Self::sample_slides(),
                slides_max: (30 << 20, 150),
                invitees: if n == 0 { InviteeLine::samples() } else { vec![] },
                gateway,
                join_url: "https://live.univ.example/join/x".into(),
                live_url: webinar.then(|| "https://live.univ.example/live/x".into()),
                last: Last {
                    problem: (n == 0).then(|| "<b>no</b>".into()),
                    saved: n > 1,
                    addresses: "<b>, zoe@univ.example".into(),
                    language: Some(Lang::En),
                    with: With {
                        password: true,
                        key: false,
                    },
                    date: Some((DateLine::samples()[0].date, "<i>".into(), "<i>".into())),
                },
            }
        })
        .collect()
    }
}
