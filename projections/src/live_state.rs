//! What a live page and the API call the state of a live (surface §4, `state`): derived from the row, never stored.

use amphi_events::Time;
use amphi_events::feed::FeedEnd;
use amphi_events::ids::AnnouncementId;
use amphi_events::live::{PictureSource, RunFault, RunPhase, StopReason};
use amphi_events::page::Announcement;
use amphi_events::relay::Way;
use amphi_events::session::{HookState, Phase, Trouble};
use serde::{Serialize, Serializer};

use crate::live_row::LiveRow;

/// Most UTF-16 units of a line where the way to the room is not known: BBB's own limit.
pub const DEFAULT_MAX_UNITS: u32 = 500;
/// Most UTF-8 bytes of a line where the way to the room is not known.
pub const DEFAULT_MAX_BYTES: u32 = 2000;

/// So long a live that is wanted waits for its gateway, in an open room, before `why` says so: shorter than this is
/// the ordinary time between two steps of a start.
const WAITING_S: i64 = 5;

/// Where the meeting's room stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeetingState {
    /// Its room was never open.
    Scheduled,
    /// Its room is being opened.
    Opening,
    /// People can join.
    Open,
    /// Its last session is over, or it was cancelled.
    Closed,
}

/// Where the picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveState {
    /// It has not run yet.
    Off,
    /// It is wanted and not yet to be seen.
    Starting,
    /// The picture moves.
    OnAir,
    /// The picture stands still.
    Stalled,
    /// It is being stopped.
    Stopping,
    /// It is over: it was stopped, or its planned end is past.
    Ended,
}

/// Which ways the chat goes between page and room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomChat {
    /// There and back.
    Both,
    /// From the page to the room only.
    Out,
    /// Not at all.
    None,
}

/// What the composer must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatState {
    /// People may post.
    pub enabled: bool,
    /// Where lines go.
    pub room: RoomChat,
    /// Most UTF-16 units of a line.
    pub max_units: u32,
    /// Most UTF-8 bytes of a line.
    pub max_bytes: u32,
    /// Seconds between two lines of one person; 0 for none.
    pub slow_mode_s: u32,
}

/// A step on the way to the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// The room was asked for.
    Opening,
    /// BBB has the room.
    RoomOpen,
    /// The gateway was told to start.
    StartAsked,
    /// It said that it started.
    Started,
    /// Its robot is in the room.
    RobotInRoom,
    /// The picture moves.
    OnAir,
}

/// A step that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub step: StepName,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: Time,
}

/// The state of a live; JSON as in surface §4 (times RFC 3339).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateView {
    /// The meeting's room.
    pub meeting: MeetingState,
    /// The picture.
    pub live: LiveState,
    /// Grows when the source changes.
    pub run: u32,
    /// The chat.
    pub chat: ChatState,
    /// Planned start.
    #[serde(serialize_with = "rfc3339")]
    pub starts_at: Time,
    /// Planned end.
    #[serde(serialize_with = "rfc3339")]
    pub ends_at: Time,
    /// What stands against it, as a stable code.
    pub why: Option<String>,
    /// Since when `live` is what it is.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub since: Option<Time>,
    /// How far the present start came.
    pub steps: Vec<Step>,
    /// The picture went to another gateway, and nothing failed since.
    pub moved: Option<Moved>,
    /// What went wrong last, as a code of `why`, where the live was given up.
    pub fault: Option<&'static str>,
    /// What is pinned on the page, the oldest first.
    pub announcements: Vec<Pinned>,
}

/// The picture went to another gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// What was wrong with the one before, as a code of `why`.
    pub why: &'static str,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: Time,
}

/// An announcement, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pinned {
    /// Its id.
    pub id: AnnouncementId,
    /// What it says.
    pub text: String,
    /// By an administrator, on all lives at once.
    pub house: bool,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub at: Time,
}

impl StateView {
    /// Time alone may have made another state of this one, without an event that says so: the planned end of a live that
    /// never ran, a start that waits.
    pub fn stale(&self, now: Time) -> bool {
        let asked = self.steps.iter().any(|s| s.step == StepName::StartAsked);
        match self.live {
            LiveState::Off => self.ends_at <= now,
            LiveState::Starting if !asked && self.why.is_none() && self.meeting == MeetingState::Open => {
                self.since.is_some_and(|since| since.plus_s(WAITING_S) <= now)
            }
            _ => false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn rfc3339<S: Serializer>(t: &Time, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&t.rfc3339())
}

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
fn rfc3339_or_null<S: Serializer>(t: &Option<Time>, s: S) -> Result<S::Ok, S::Error> {
    match t {
        Some(t) => s.serialize_some(&t.rfc3339()),
        None => s.serialize_none(),
    }
}

/// The stable code of a run's fault, as in events and in `why`.
const fn fault_code(fault: RunFault) -> &'static str {
    match fault {
        RunFault::Busy => "gateway_busy",
        RunFault::WrongToken => "gateway_wrong_token",
        RunFault::Unreachable => "gateway_unreachable",
        RunFault::Failed => "gateway_failed",
        RunFault::BadAnswer => "gateway_bad_answer",
        RunFault::NoAnswer => "gateway_no_answer",
        RunFault::Interrupted => "interrupted",
        RunFault::NoRobot => "no_robot",
        RunFault::NoPicture => "no_picture",
        RunFault::Frozen => "frozen",
        RunFault::Gone => "gateway_gone",
    }
}

const fn trouble_code(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => "bbb_unreachable",
        Trouble::BadAnswer => "bbb_bad_answer",
        Trouble::WrongSecret => "bbb_wrong_secret",
        Trouble::Refused => "bbb_refused",
    }
}

const fn stop_code(why: StopReason) -> &'static str {
    match why {
        StopReason::Presenter => "stopped",
        StopReason::SessionOver => "session_over",
        StopReason::TimeOut => "time_out",
        StopReason::GaveUp => "gave_up",
        StopReason::Cancelled => "cancelled",
    }
}

impl LiveRow {
    /// The state to show at `now`.
    pub fn state(&self, now: Time) -> StateView {
        let (live, since) = self.picture(now);
        StateView {
            meeting: self.room(),
            live,
            run: self.feed.map_or(self.runs, |f| self.runs + f.number),
            chat: self.chat(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            why: self.why(live, now).map(str::to_owned),
            since,
            steps: self.steps(),
            moved: self.moved.filter(|_| self.wanted.is_some()).map(|m| Moved {
                why: fault_code(m.fault),
                at: m.at,
            }),
            fault: match self.ended {
                Some((StopReason::GaveUp, _)) if live == LiveState::Ended => self.last_fault.map(fault_code),
                _ => None,
            },
            announcements: self.announcements(live),
        }
    }

    const fn room(&self) -> MeetingState {
        match self.session_phase {
            Phase::Opening => MeetingState::Opening,
            // While its end is asked for BBB still has the room, and people are in it.
            Phase::Open | Phase::Ending => MeetingState::Open,
            Phase::Closed => MeetingState::Closed,
            Phase::Unknown if self.cancelled => MeetingState::Closed,
            Phase::Unknown => MeetingState::Scheduled,
        }
    }

    /// What the house says to lives that go on is nothing to say on the page of one that is over.
    fn announcements(&self, live: LiveState) -> Vec<Pinned> {
        let holds = |a: &&Announcement| !a.house || live != LiveState::Ended;
        let pinned = self.page.pinned.iter().filter(holds).map(|a| Pinned {
            id: a.id,
            text: a.text.clone(),
            house: a.house,
            at: a.at,
        });
        pinned.collect()
    }

    /// Nobody can start an encoder: until its picture moves for the first time the live is waited for, as one that no presenter opened.
    fn fed(&self, now: Time) -> Option<(LiveState, Option<Time>)> {
        let feed = self.feed.filter(|_| self.wanted.is_none() && self.run.is_none())?;
        Some(match (feed.awaited, feed.moves, feed.stands) {
            (Some(_), Some(at), _) => (LiveState::OnAir, Some(at)),
            (Some(_), None, Some(at)) => (LiveState::Stalled, Some(at)),
            (Some(_), None, None) => (LiveState::Off, None),
            (None, ..) if self.ends_at > now => (LiveState::Off, None),
            (None, ..) => (LiveState::Ended, feed.over.map(|o| o.1).or(Some(self.ends_at))),
        })
    }

    fn picture(&self, now: Time) -> (LiveState, Option<Time>) {
        if let Some(fed) = self.fed(now) {
            return fed;
        }
        let Some(wanted) = self.wanted else {
            if let Some(run) = self.run {
                return (LiveState::Stopping, self.stopping_since.or(run.stopping_since));
            }
            return match (self.ended, self.stopping) {
                (Some((_, at)), _) => (LiveState::Ended, Some(at)),
                // Nothing is left that could be stopping.
                (None, Some(_)) => (LiveState::Ended, self.stopping_since),
                // Nobody waits for a live whose time is over because it never ran.
                (None, None) if self.ends_at <= now => (LiveState::Ended, Some(self.ends_at)),
                (None, None) => (LiveState::Off, None),
            };
        };
        let Some(run) = self.run else {
            return (LiveState::Starting, self.idle_since.or(Some(wanted.since)));
        };
        match (run.phase, run.stalled) {
            (RunPhase::Started, Some((_, at))) => (LiveState::Stalled, Some(at)),
            (RunPhase::Started, None) if run.on_air_since.is_some() => (LiveState::OnAir, run.on_air_since),
            // A run that is being replaced. What stood still goes on standing still until the next run is asked for; a
            // picture that moved until somebody asked for a new start is no stall.
            (RunPhase::Stopping | RunPhase::Failed, Some((_, at))) if !self.restart => (LiveState::Stalled, Some(at)),
            (RunPhase::Stopping, _) => (LiveState::Starting, run.stopping_since.or(Some(run.asked_at))),
            _ => (LiveState::Starting, Some(run.asked_at)),
        }
    }

    fn chat(&self) -> ChatState {
        let back = self.hooks == Some(HookState::Registered) || self.way.is_some_and(|w| w.hooks);
        let room = match self.way {
            _ if self.meeting.is_none() => RoomChat::None,
            Some(w) if w.way == Way::None => RoomChat::None,
            _ if back => RoomChat::Both,
            _ => RoomChat::Out,
        };
        ChatState {
            enabled: self.chat_open,
            room,
            max_units: self
                .way
                .filter(|w| w.way != Way::None)
                .map_or(DEFAULT_MAX_UNITS, |w| w.max_units),
            max_bytes: self
                .way
                .filter(|w| w.way != Way::None)
                .map_or(DEFAULT_MAX_BYTES, |w| w.max_bytes),
            slow_mode_s: 0,
        }
    }

    fn why(&self, live: LiveState, now: Time) -> Option<&'static str> {
        let fault = || {
            self.run
                .and_then(|r| r.stalled.map(|s| s.0).or(r.fault))
                .or(self.last_fault)
                .map(fault_code)
        };
        let trouble = || self.trouble.map(|(t, _)| trouble_code(t));
        let failed = || if self.failures > 0 { fault() } else { None };
        match live {
            _ if self.cancelled => Some("cancelled"),
            LiveState::Stalled if self.feed.is_some() => Some(fault_code(RunFault::Frozen)),
            LiveState::Stalled => fault(),
            LiveState::Starting => trouble()
                .or_else(failed)
                .or_else(|| self.waits_for(now))
                .or_else(|| self.waits_for_encoder()),
            LiveState::Ended => trouble()
                .or_else(|| self.ended.map(|e| e.0).or(self.stopping).map(stop_code))
                .or_else(|| self.ended_by_somebody().then(|| stop_code(StopReason::Presenter)))
                .or(Some("time_over")),
            LiveState::Off if self.lacking.is_some() && self.reservation.is_none() => Some("no_gateway"),
            LiveState::Off => trouble().or_else(|| self.waits_for(now)),
            LiveState::Stopping => trouble().or_else(|| self.stopping.map(stop_code)),
            LiveState::OnAir => trouble(),
        }
    }

    /// An encoder's picture that somebody ended before its time.
    const fn ended_by_somebody(&self) -> bool {
        matches!(&self.feed, Some(feed) if matches!(feed.over, Some((FeedEnd::Person, _))))
    }

    /// What keeps a live from starting whose room is open, or that needs none, and of which nothing runs.
    fn waits_for(&self, now: Time) -> Option<&'static str> {
        // One that is wanted in no room waits for none.
        let roomless = self.wanted.is_some_and(|w| w.session.is_none());
        let open = roomless || matches!(self.session_phase, Phase::Open | Phase::Ending);
        if !open || self.run.is_some() {
            return None;
        }
        match self.reservation {
            None if self.ends_at <= now => Some("time_over"),
            None => Some("no_gateway"),
            Some(_) => {
                let since = self.idle_since.filter(|_| self.wanted.is_some())?;
                (since.plus_s(WAITING_S) <= now).then_some("gateway_waiting")
            }
        }
    }

    /// There is nothing to start and nobody to wait for but the person whose encoder it is.
    fn waits_for_encoder(&self) -> Option<&'static str> {
        let started = self.run.is_some_and(|r| r.phase == RunPhase::Started);
        (self.source == PictureSource::Encoder && started).then_some("encoder_waiting")
    }

    fn steps(&self) -> Vec<Step> {
        let run = self.run;
        // No robot comes with an encoder: that step is done with the one before it.
        let robot = |r: crate::live_row::RunRow| match self.source {
            PictureSource::Gateway => r.robot_since,
            PictureSource::Encoder => r.started_at,
        };
        [
            (StepName::Opening, self.session_asked_at),
            (StepName::RoomOpen, self.session_opened_at),
            (StepName::StartAsked, run.map(|r| r.asked_at)),
            (StepName::Started, run.and_then(|r| r.started_at)),
            (StepName::RobotInRoom, run.and_then(robot)),
            (StepName::OnAir, run.and_then(|r| r.on_air_since)),
        ]
        .into_iter()
        .filter_map(|(step, at)| at.map(|at| Step { step, at }))
        .collect()
    }
}
