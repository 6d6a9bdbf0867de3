//! A live: one broadcast with its page (design §2). Stream `live-{id}`.
//!
//! It holds what is wanted (the picture should run, until then) and what is known of the one run of a gateway.
//! The rule that makes overlapping runs impossible is here: a run is asked for only when no run is
//! left, and a run whose start's fate is unknown must be stopped first (gateway-contract §8.4).

mod arrange;
mod decide;
mod evolve;
mod healing;
mod picture;
mod preflight;
mod room;

pub use arrange::Arrangement;

use serde::{Deserialize, Serialize};

pub use self::healing::Tried;
pub use self::picture::{Picture, PictureSource};
pub use self::preflight::{CheckFault, Checks, Preflight};
pub use self::room::{ROOM_CHARS, is_room};
use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{BroadcasterId, EventId, GatewayId, LiveId, MeetingId, PersonId, ReservationId, RunId, SessionId};

/// A picture that moved for so long, in milliseconds, forgives the failures before it (gateway-contract §8.8).
const HELD_MS: i64 = 10 * 60 * 1000;

/// Why a live is to stop, or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A presenter stopped it.
    Presenter,
    /// Its session is over.
    SessionOver,
    /// Its wish ran out (`until`).
    TimeOut,
    /// It could not be started, however often it was tried.
    GaveUp,
    /// It was cancelled.
    Cancelled,
}

/// What went wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunFault {
    /// The gateway is busy with something else.
    Busy,
    /// It refused the token.
    WrongToken,
    /// It could not be reached.
    Unreachable,
    /// It answered that it failed.
    Failed,
    /// It answered something that is no answer.
    BadAnswer,
    /// No answer in time: it may run.
    NoAnswer,
    /// The program died between asking and hearing: it may run.
    Interrupted,
    /// The robot did not come into the room in time.
    NoRobot,
    /// No moving picture in time.
    NoPicture,
    /// The picture stands still.
    Frozen,
    /// The gateway says that nothing runs.
    Gone,
}

/// Where the one run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// The gateway is being told to start (or the program died while it was).
    Asked,
    /// It said that it started.
    Started,
    /// Its start failed or its fate is unknown: it must be stopped.
    Failed,
    /// It is being told to stop.
    Stopping,
}

crate::events! {
    /// What happened to a live.
    pub enum LiveEvent {
        /// It is planned.
        LivePlanned = 1 { meeting: Option<MeetingId>, owner: PersonId, presenters: Vec<PersonId>, title: Public<String>, starts_at: Time, ends_at: Time, restricted: bool }
        /// Its plan is now this.
        LiveChanged = 1 { presenters: Vec<PersonId>, title: Public<String>, starts_at: Time, ends_at: Time, restricted: bool }
        /// It is another person's now.
        LiveHandedOver = 1 { to: PersonId }
        /// It will not take place.
        LiveCancelled = 1 {}
        /// A gateway is held for it.
        LiveGatewayReserved = 1 { gateway: GatewayId, broadcaster: BroadcasterId, reservation: ReservationId, from: Time, to: Time }
        /// None is free for its time; these are the next free starts.
        LiveGatewayLacking = 1 { from: Time, to: Time, next_free: Vec<Time> }
        /// The gateway is no longer held for it.
        LiveGatewayReleased = 1 { reservation: ReservationId }
        /// The picture should run, until then.
        LiveRequested = 1 { session: Option<SessionId>, until: Time }
        /// The run should be replaced by a new one.
        LiveRestartRequested = 1 {}
        /// The picture should not run.
        LiveStopRequested = 1 { why: StopReason }
        /// Where the picture is to come from, and whether the room's chat is to stand in it: what is wanted, not what is.
        LivePictureWanted = 1 { source: PictureSource, chat: bool }
        /// The run's picture shows the room's chat, or doesn't; `None`: nobody knows (it is being flipped, or the answer was lost).
        RunChatPaneSeen = 1 { run: RunId, shown: Option<bool> }
        /// What a look at everything that it needs found, a while before that start; no fault: well.
        LivePreflightDone = 1 { starts_at: Time, gateway: Option<CheckFault>, playlist: Option<CheckFault>, bbb: Option<CheckFault>, chat: Option<CheckFault> }
        /// Intent: a gateway is about to be told to start.
        GatewayStartAsked = 1 { run: RunId, number: u32, gateway: GatewayId, broadcaster: BroadcasterId }
        /// Outcome: it said that it started.
        GatewayStarted = 1 { run: RunId }
        /// Outcome: it did not start, or nobody knows. `certain` says that it surely does not run.
        GatewayStartFailed = 1 { run: RunId, fault: RunFault, certain: bool }
        /// The run's robot is in the room.
        RobotJoined = 1 { run: RunId }
        /// The media server says that somebody pushes the run's stream to it; `client` is its name of the connection. A hint: only the playlist proves a picture.
        LivePublishSeen = 1 { run: RunId, client: Public<String> }
        /// The media server says that this connection is over. A hint: only the playlist proves that the picture is gone.
        LivePublishEnded = 1 { run: RunId, client: Public<String> }
        /// The picture moves: viewers see it.
        LiveWentOnAir = 1 { run: RunId }
        /// The picture no longer moves.
        LiveStalled = 1 { run: RunId, fault: RunFault }
        /// The gateway is being told to stop, again and again until it has.
        GatewayStopAsked = 1 { run: RunId, fault: Option<RunFault> }
        /// The run is left behind: its gateway does not answer to the stop. Its robot may not enter any more, it is told to stop until it has, and nothing starts there before.
        LiveRunFenced = 1 { run: RunId, fault: RunFault }
        /// Another gateway takes the picture over, because the one before failed like that; the start follows.
        LiveTakenOver = 1 { from: GatewayId, to: GatewayId, fault: RunFault }
        /// No gateway can take it over for now; it is tried again after a while.
        LiveHealingPutOff = 1 { gateway: GatewayId, fault: RunFault }
        /// A person says that the run is surely over, because its gateway can't be asked any more; `GatewayStopped` follows.
        GatewayDeclaredOver = 1 { run: RunId }
        /// The run is surely over.
        GatewayStopped = 1 { run: RunId }
        /// Nothing runs and nothing should.
        LiveStopped = 1 { why: StopReason }
    }
}

/// What may be asked of a live.
#[derive(Debug, Clone)]
pub enum LiveCommand {
    /// Plan it, or change the plan.
    Plan {
        /// Of which meeting, if any.
        meeting: Option<MeetingId>,
        /// Who owns it.
        owner: PersonId,
        /// Who may also pilot it.
        presenters: Vec<PersonId>,
        /// Title, in clear.
        title: String,
        /// Planned start.
        starts_at: Time,
        /// Planned end.
        ends_at: Time,
        /// Only signed-in people watch.
        restricted: bool,
    },
    /// Plan a live that is no meeting's, or change its plan: who changes it does not become its owner (census L2).
    Arrange(Box<Arrangement>),
    /// It is another person's from now on.
    HandOver {
        /// Whose.
        to: PersonId,
    },
    /// A live that is no meeting's will not take place; one that is going on is not withdrawn (census §5.2).
    Withdraw,
    /// A live that is no meeting's ends now, before its time.
    EndNow,
    /// It will not take place.
    Cancel,
    /// A gateway is held.
    GatewayReserved {
        /// Which.
        gateway: GatewayId,
        /// Where its picture is fetched.
        broadcaster: BroadcasterId,
        /// The hold.
        reservation: ReservationId,
        /// From.
        from: Time,
        /// To.
        to: Time,
    },
    /// None is free.
    GatewayLacking {
        /// From.
        from: Time,
        /// To.
        to: Time,
        /// The next free starts.
        next_free: Vec<Time>,
    },
    /// The hold is gone.
    GatewayReleased,
    /// It should run.
    Request {
        /// In which session.
        session: Option<SessionId>,
        /// Until when the wish holds.
        until: Time,
    },
    /// How the picture is wanted; what is left out stays.
    WantPicture {
        /// Where it comes from.
        source: Option<PictureSource>,
        /// Whether the room's chat stands in it.
        chat: Option<bool>,
    },
    /// Everything that it needs was looked at, before that start.
    Preflight {
        /// Before which start.
        starts_at: Time,
        /// What was found.
        checks: Checks,
    },
    /// The run's picture shows the room's chat, or doesn't, or nobody knows.
    ChatPane {
        /// Which run.
        run: RunId,
        /// What is known.
        shown: Option<bool>,
    },
    /// Replace the run.
    Restart,
    /// It should not run.
    Stop(StopReason),
    /// Intent to start.
    AskStart {
        /// The run's id.
        run: RunId,
        /// On which gateway.
        gateway: GatewayId,
        /// Where its picture is fetched.
        broadcaster: BroadcasterId,
    },
    /// It said that it started.
    Started(RunId),
    /// It did not, or nobody knows.
    StartFailed {
        /// Which run.
        run: RunId,
        /// What went wrong.
        fault: RunFault,
        /// Surely does not run.
        certain: bool,
    },
    /// The robot is in.
    RobotJoined(RunId),
    /// The media server says that the run's stream is pushed to it.
    PublishSeen {
        /// Which run.
        run: RunId,
        /// Its name of the connection.
        client: String,
    },
    /// The media server says that this connection is over.
    PublishEnded {
        /// Which run.
        run: RunId,
        /// Its name of the connection.
        client: String,
    },
    /// The picture moves.
    OnAir(RunId),
    /// The picture stands.
    Stalled {
        /// Which run.
        run: RunId,
        /// How.
        fault: RunFault,
    },
    /// Tell it to stop.
    AskStop {
        /// Which run.
        run: RunId,
        /// What made it necessary, if it was no person.
        fault: Option<RunFault>,
    },
    /// Its gateway doesn't answer: leave it behind.
    Fence(RunId),
    /// Nothing can take over for now: it counts as a failure.
    PutOff {
        /// The gateway held.
        gateway: GatewayId,
        /// What is wrong with it.
        fault: RunFault,
    },
    /// It is surely over.
    Stopped(RunId),
    /// A person answers for it that the run is over: the gateway that should be told to stop doesn't answer any more.
    DeclareOver(RunId),
}

/// Why a command on a live is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such live.
    #[error("no such live")]
    Unknown,
    /// It was cancelled.
    #[error("the live was cancelled")]
    Cancelled,
    /// The end is not after the start.
    #[error("the end is not after the start")]
    Interval,
    /// It belongs to a meeting: the meeting is changed.
    #[error("the live is a meeting's")]
    OfMeeting,
    /// Its end is past.
    #[error("the end is past")]
    Past,
    /// Its title has not 1 to 250 characters.
    #[error("a live's title has 1 to 250 characters")]
    Title,
    /// More co-owners than allowed, or the owner among them.
    #[error("a live has at most 50 co-owners, and its owner is none")]
    Presenters,
    /// It is going on: its start, its place and itself stay.
    #[error("the live is going on")]
    GoingOn,
    /// Its time has not come: there is nothing to end.
    #[error("the live has not begun")]
    NotBegun,
    /// No gateway is held for it: choose another time, or ask an administrator.
    #[error("no gateway is held for this live")]
    NoGateway,
    /// A run is left: it is stopped before another is asked for.
    #[error("a run is left")]
    RunLeft,
    /// It should not run.
    #[error("the live is not wanted")]
    NotWanted,
    /// That run is not the present one.
    #[error("not the present run")]
    OtherRun,
    /// The picture runs: where it comes from is chosen before.
    #[error("the picture runs; stop it first")]
    PictureRuns,
    /// The run was not told to stop yet: as long as its gateway may answer, it is asked.
    #[error("the run is not being stopped")]
    StopFirst,
    /// A run that was left behind may still be there.
    #[error("a run that was left behind may still be there")]
    Fenced,
}

/// A connection that pushes a run's stream, as the media server says. Hooks may be lost, doubled and overtaken by others: it is a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The media server's name of the connection.
    pub client: String,
    /// Since when.
    pub since: Time,
    /// It is over, since when.
    pub ended: Option<Time>,
}

/// The one run of a gateway for a live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// 1 for the live's first; grows. The page's `run`.
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
    /// Who pushes its stream, as the media server says; `None`: it said nothing.
    pub publisher: Option<Publisher>,
    /// Since when the picture moves.
    pub on_air_since: Option<Time>,
    /// Since when it stands, and how.
    pub stalled: Option<(RunFault, Time)>,
    /// Its picture shows the room's chat, or doesn't; `None`: nobody knows.
    pub chat_pane: Option<bool>,
    /// Its start surely failed: nothing can be running.
    pub surely_down: bool,
    /// Its start's fate is unknown: the order may still arrive.
    pub start_unknown: bool,
    /// Since when it is being stopped.
    pub stopping_since: Option<Time>,
    /// What made its start fail or its stop necessary, if it was no person.
    pub fault: Option<RunFault>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// In which session.
    pub session: Option<SessionId>,
    /// Until when.
    pub until: Time,
    /// Since when.
    pub since: Time,
}

/// The plan of a live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Of which meeting.
    pub meeting: Option<MeetingId>,
    /// Who owns it.
    pub owner: PersonId,
    /// Who may also pilot it.
    pub presenters: Vec<PersonId>,
    /// Title.
    pub title: String,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Only signed-in people watch.
    pub restricted: bool,
}

/// A gateway held for a live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub gateway: GatewayId,
    /// Where its picture is fetched.
    pub broadcaster: BroadcasterId,
    /// The hold.
    pub reservation: ReservationId,
    /// From.
    pub from: Time,
    /// To.
    pub to: Time,
}

/// A live as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The plan; `None` before it was.
    pub plan: Option<Plan>,
    /// The event that said the plan, or whose it is, last.
    pub edited: Option<EventId>,
    /// It is not as it was first planned.
    pub replanned: bool,
    /// It will not take place.
    pub cancelled: bool,
    /// What a look before its start found.
    pub preflight: Option<Preflight>,
    /// How the picture is wanted, once somebody said so.
    pub picture: Option<Picture>,
    /// The gateway held for it.
    pub held: Option<Held>,
    /// None was free for [from, to); the next free starts.
    pub lacking: Option<(Time, Time, Vec<Time>)>,
    /// What is wanted; `None`: the picture should not run.
    pub wanted: Option<Wanted>,
    /// The session for which the picture was last wanted: a room that opens wants it once.
    pub wanted_for: Option<SessionId>,
    /// Why it is to stop, while a stop is under way.
    pub stopping: Option<StopReason>,
    /// The present run.
    pub run: Option<Run>,
    /// Number of the last run.
    pub runs: u32,
    /// The present run should be replaced.
    pub restart: bool,
    /// Starts and healings since the wish or since a picture that held, and when the last was.
    pub failures: (u32, Option<Time>),
    /// Which gateways failed it since then, and how often.
    pub tried: Vec<Tried>,
    /// The gateway that failed it last, and how, until the next start.
    pub failed_at: Option<(GatewayId, RunFault)>,
    /// Runs that were left behind and are not surely over yet.
    pub fenced: Vec<Run>,
    /// It ran and was stopped: since when and why.
    pub ended: Option<(StopReason, Time)>,
}

impl Live {
    /// Whether this person pilots it.
    pub fn is_presenter(&self, person: PersonId) -> bool {
        self.plan
            .as_ref()
            .is_some_and(|p| p.owner == person || p.presenters.contains(&person))
    }

    fn planned(&self) -> Result<&Plan, Refusal> {
        if self.cancelled {
            return Err(Refusal::Cancelled);
        }
        self.plan.as_ref().ok_or(Refusal::Unknown)
    }

    /// Whether whoever pushes the stream of this run is to be let in: it was asked for, nobody stops it, and a picture is wanted.
    pub fn awaits(&self, run: RunId, now: Time) -> bool {
        let here = self.run.as_ref().filter(|r| r.id == run);
        !self.cancelled
            && self.wanted.is_some_and(|w| w.until > now)
            && here.is_some_and(|r| matches!(r.phase, RunPhase::Asked | RunPhase::Started))
    }

    fn present(&self, run: RunId) -> Result<&Run, Refusal> {
        self.run.as_ref().filter(|r| r.id == run).ok_or(Refusal::OtherRun)
    }
}

impl Aggregate for Live {
    const KIND: &'static str = "live";
    type Event = LiveEvent;
    type Command = LiveCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &LiveCommand, now: Time) -> Result<Vec<LiveEvent>, Refusal> {
        self.decided(command, now)
    }

    fn evolve(&mut self, event: &LiveEvent, meta: Meta) {
        self.evolved(event, meta);
    }
}

/// The stream of a live.
pub fn stream(id: LiveId) -> crate::StreamName {
    crate::StreamName::of(Live::KIND, id)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
