//! What is known of a live, from all the streams that speak of it: its own, its chat, its meeting, the meeting's
//! session and that session's relay.

use std::collections::BTreeSet;

use amphi_events::feed::FeedEnd;
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, MeetingId, PersonId, ReservationId, RunId, SessionId};
use amphi_events::live::{PictureSource, Preflight, RunFault, RunPhase, StopReason};
use amphi_events::page::Page;
use amphi_events::relay::Way;
use amphi_events::session::{HookState, Phase, Trouble};
use amphi_events::{Position, Time};
use serde::{Deserialize, Serialize};

/// A live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveRow {
    /// Its id.
    pub id: LiveId,
    /// Its own stream has begun. Queries give planned lives only.
    pub planned: bool,
    /// Of which meeting.
    pub meeting: Option<MeetingId>,
    /// Who owns it.
    pub owner: PersonId,
    /// Who may also pilot it.
    pub presenters: Vec<PersonId>,
    /// Title, in clear.
    pub title: String,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// IANA name of the zone in which its meeting was planned.
    pub time_zone: Option<String>,
    /// Only signed-in people watch.
    pub restricted: bool,
    /// It will not take place.
    pub cancelled: bool,
    /// What a look before its start found.
    #[serde(default)]
    pub preflight: Option<Preflight>,
    /// Where its picture comes from.
    #[serde(default)]
    pub source: PictureSource,
    /// The room's chat is wanted in the picture.
    pub chat_wanted: bool,
    /// The gateway held for it.
    pub gateway: Option<GatewayId>,
    /// Where its picture is fetched: of the present run, else of the gateway held.
    pub broadcaster: Option<BroadcasterId>,
    /// The hold of the gateway.
    pub reservation: Option<Held>,
    /// No gateway was free.
    pub lacking: Option<Lacking>,
    /// Since when the hold of a gateway, or the lack of one, is what it is.
    #[serde(default)]
    pub gateway_since: Option<Time>,
    /// The picture should run.
    pub wanted: Option<WantedRow>,
    /// The present run should be replaced.
    pub restart: bool,
    /// The present run.
    pub run: Option<RunRow>,
    /// Wanted, and nothing runs of it: since when.
    #[serde(default)]
    pub idle_since: Option<Time>,
    /// Number of the last run.
    pub runs: u32,
    /// Starts that failed since the wish, or since a restart was asked for.
    pub failures: u32,
    /// When the last start failed.
    pub failed_at: Option<Time>,
    /// What went wrong last, since the wish.
    pub last_fault: Option<RunFault>,
    /// Another gateway took the picture over, and nothing failed since.
    pub moved: Option<MovedRow>,
    /// Runs that were left behind because their gateways didn't answer, and are not surely over yet.
    pub fenced: Vec<RunRow>,
    /// Why it is to stop, while a stop is under way.
    pub stopping: Option<StopReason>,
    /// Since when it is to stop.
    pub stopping_since: Option<Time>,
    /// Nothing runs and nothing should: since when, and why.
    pub ended: Option<(StopReason, Time)>,
    /// People may post.
    pub chat_open: bool,
    /// The meeting's current session.
    pub session: Option<SessionId>,
    /// The current session, or the last one: what [`LiveRow::session_phase`] speaks of.
    pub last_session: Option<SessionId>,
    /// Where that session stands; `Unknown` where there was none.
    pub session_phase: Phase,
    /// Since when.
    pub session_since: Option<Time>,
    /// When that session was asked for.
    pub session_asked_at: Option<Time>,
    /// When BBB had that session's room.
    pub session_opened_at: Option<Time>,
    /// What is wrong with BBB.
    pub trouble: Option<(Trouble, Time)>,
    /// Whether what is written in the room reaches us.
    pub hooks: Option<HookState>,
    /// How lines of the page reach the room.
    pub way: Option<WayRow>,
    /// What its page shows beside picture and chat, and who may see it.
    #[serde(default)]
    pub page: Page,
    /// The encoder's picture, where no gateway makes it.
    #[serde(default)]
    pub feed: Option<FeedRow>,
    /// What the meeting says the live should be; `None` without one. For the planner.
    pub(crate) meant: Option<Meant>,
    /// Position of the last event that changed this row.
    pub position: Position,
}

/// The hold of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its id.
    pub id: ReservationId,
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
}

/// No gateway was free for [from, to).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
    /// The next free starts, as they were then.
    pub next_free: Vec<Time>,
}

/// The picture should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedRow {
    /// In which session.
    pub session: Option<SessionId>,
    /// Until when.
    pub until: Time,
    /// Since when.
    pub since: Time,
}

/// One run of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// 1 for the live's first.
    pub number: u32,
    /// On which gateway.
    pub gateway: GatewayId,
    /// Where its picture is fetched.
    pub broadcaster: BroadcasterId,
    /// Where it stands.
    pub phase: RunPhase,
    /// When the start was asked for.
    pub asked_at: Time,
    /// When it said that it started.
    pub started_at: Option<Time>,
    /// Since when the robot is in the room.
    pub robot_since: Option<Time>,
    /// Since when the picture moves.
    pub on_air_since: Option<Time>,
    /// Its picture shows the room's chat, or doesn't; `None`: nobody knows.
    #[serde(default)]
    pub chat_pane: Option<bool>,
    /// How it stands still, and since when.
    pub stalled: Option<(RunFault, Time)>,
    /// What made its start fail or its stop necessary.
    pub fault: Option<RunFault>,
    /// Since when it is being stopped.
    pub stopping_since: Option<Time>,
}

/// The picture went from one gateway to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedRow {
    /// The one that failed.
    pub from: GatewayId,
    /// The one that took over.
    pub to: GatewayId,
    /// How it failed.
    pub fault: RunFault,
    /// When.
    pub at: Time,
}

/// The picture of an encoder, fetched at a broadcaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRow {
    /// Where it is fetched.
    pub broadcaster: BroadcasterId,
    /// Its time has come and is not over: since when.
    pub awaited: Option<Time>,
    /// How often it was awaited.
    pub number: u32,
    /// It moves: since when.
    pub moves: Option<Time>,
    /// It moved and stands: since when.
    pub stands: Option<Time>,
    /// It is over: why, and since when.
    pub over: Option<(FeedEnd, Time)>,
}

/// How lines of the page reach the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayRow {
    /// Which way.
    pub way: Way,
    /// Most UTF-16 units of a line.
    pub max_units: u32,
    /// Most UTF-8 bytes of a line.
    pub max_bytes: u32,
    /// The room's lines come back.
    pub hooks: bool,
}

/// What a meeting says that its live should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meant {
    /// Whose it is, where that is known.
    #[serde(default)]
    pub owner: Option<PersonId>,
    /// It should be planned: a webinar that was not cancelled.
    pub takes_place: bool,
    pub presenters: Vec<PersonId>,
    pub title: String,
    pub starts_at: Time,
    pub ends_at: Time,
    pub restricted: bool,
    /// Whose members watch; where there is none, its page alone says so.
    #[serde(default)]
    pub groups: BTreeSet<String>,
}

impl LiveRow {
    /// Before anything is known of it.
    pub(crate) fn empty(id: LiveId) -> Self {
        Self {
            id,
            planned: false,
            meeting: None,
            owner: PersonId(ulid::Ulid::nil()),
            presenters: Vec::new(),
            title: String::new(),
            starts_at: Time(0),
            ends_at: Time(0),
            time_zone: None,
            restricted: false,
            cancelled: false,
            preflight: None,
            source: PictureSource::Gateway,
            chat_wanted: true,
            gateway: None,
            broadcaster: None,
            reservation: None,
            lacking: None,
            gateway_since: None,
            wanted: None,
            restart: false,
            run: None,
            idle_since: None,
            runs: 0,
            failures: 0,
            failed_at: None,
            last_fault: None,
            moved: None,
            fenced: Vec::new(),
            stopping: None,
            stopping_since: None,
            ended: None,
            chat_open: false,
            session: None,
            last_session: None,
            session_phase: Phase::Unknown,
            session_since: None,
            session_asked_at: None,
            session_opened_at: None,
            trouble: None,
            hooks: None,
            way: None,
            page: Page::default(),
            feed: None,
            meant: None,
            position: Position(0),
        }
    }

    /// Whether this person pilots it.
    pub fn is_presenter(&self, person: PersonId) -> bool {
        self.owner == person || self.presenters.contains(&person)
    }

    /// Only members of groups watch it.
    pub fn for_groups(&self) -> bool {
        !self.page.groups.is_empty() || !self.of_its_meeting().is_empty()
    }

    /// Groups of which the meeting of a webinar says that its audience is in one.
    pub fn of_its_meeting(&self) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.meant.as_ref().map_or(&NONE, |meant| &meant.groups)
    }

    /// The codes of groups whose members watch: of each list the reader is in one. What the page says of itself never makes more of
    /// what the meeting says.
    pub fn open_to(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        [&self.page.groups, self.of_its_meeting()]
            .into_iter()
            .filter(|codes| !codes.is_empty())
    }

    /// Whether somebody who is in these groups may watch, as far as groups say so.
    pub fn lets_in(&self, theirs: &[String]) -> bool {
        self.open_to().all(|codes| theirs.iter().any(|g| codes.contains(g)))
    }

    /// Something of it runs, or should.
    pub const fn busy(&self) -> bool {
        self.wanted.is_some() || self.run.is_some() || self.restart || self.stopping.is_some() || self.awaits_feed()
    }

    /// The playlist of its encoder is looked at.
    pub const fn awaits_feed(&self) -> bool {
        matches!(&self.feed, Some(feed) if feed.awaited.is_some())
    }

    /// Where its picture is fetched, or will be: of the run or the feed, else of the gateway held.
    pub fn place(&self) -> Option<BroadcasterId> {
        let feed = self.feed.map(|f| f.broadcaster);
        self.run.map(|r| r.broadcaster).or(feed).or(self.broadcaster)
    }

    /// The gateway held is not for the time planned, or there is none. A live for which none was free counts:
    /// one may have become free since.
    pub(crate) fn undecided(&self) -> bool {
        self.planned
            && !self.cancelled
            && self.feed.is_none()
            && self
                .reservation
                .is_none_or(|r| (r.from, r.to) != (self.starts_at, self.ends_at))
    }

    /// The meeting says something else than the live's plan.
    pub(crate) fn differs(&self) -> bool {
        let Some(meant) = &self.meant else { return false };
        if !meant.takes_place {
            return self.planned && !self.cancelled;
        }
        !self.planned
            || self.cancelled
            || meant.owner.is_some_and(|o| o != self.owner)
            || self.presenters != meant.presenters
            || self.title.trim() != meant.title.trim()
            || (self.starts_at, self.ends_at, self.restricted) != (meant.starts_at, meant.ends_at, meant.restricted)
    }
}
