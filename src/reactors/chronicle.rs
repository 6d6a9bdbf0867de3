//! One line of the program's own log for each act that matters to a webinar (`docs/logging.md`): what administrators look for with
//! `grep webinar`, as they did in the reference system (census §4.7), under the target `webinar`.
//!
//! The lines are made of events, so none is written of what did not happen, and none is missing of what did. They hold ids, codes, numbers and
//! times: no name, no title, no text, no address, no secret.

use std::fmt::Display;

use amphi_events::elsewhere::ElsewhereEvent;
use amphi_events::gateway::GatewayEvent;
use amphi_events::ids::{GatewayId, LiveId, MeetingId, RunId, SessionId};
use amphi_events::live::LiveEvent;
use amphi_events::meeting::MeetingEvent;
use amphi_events::relay::RelayEvent;
use amphi_events::session::SessionEvent;
use amphi_events::{EventData as _, Recorded, Time};
use serde::Serialize;
use tracing::field::display;

use super::Deps;

/// What all these lines have in common; everything but the webinar may be missing.
#[derive(Default)]
struct Line {
    act: &'static str,
    bad: bool,
    session: Option<SessionId>,
    run: Option<RunId>,
    gateway: Option<GatewayId>,
    why: Option<String>,
    from: Option<Time>,
    to: Option<Time>,
    number: Option<u64>,
}

impl Line {
    const fn of(act: &'static str) -> Self {
        Self {
            act,
            bad: false,
            session: None,
            run: None,
            gateway: None,
            why: None,
            from: None,
            to: None,
            number: None,
        }
    }

    fn bad(mut self) -> Self {
        self.bad = true;
        self
    }

    fn run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    fn gateway(mut self, gateway: GatewayId) -> Self {
        self.gateway = Some(gateway);
        self
    }

    fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    fn why(mut self, why: impl Serialize) -> Self {
        self.why = code(why);
        self
    }

    fn span(mut self, from: Time, to: Time) -> Self {
        (self.from, self.to) = (Some(from), Some(to));
        self
    }

    fn write(&self, event: &Recorded, webinar: LiveId, meeting: Option<MeetingId>) {
        let time = |t: Option<Time>| t.map(Time::rfc3339);
        let (from, to) = (time(self.from), time(self.to));
        macro_rules! said {
            ($level:ident) => {
                tracing::$level!(
                    target: "webinar",
                    webinar = %webinar,
                    meeting = shown(meeting.as_ref()),
                    session = shown(self.session.as_ref()),
                    run = shown(self.run.as_ref()),
                    gateway = shown(self.gateway.as_ref()),
                    why = self.why.as_deref(),
                    from = from.as_deref(),
                    to = to.as_deref(),
                    number = self.number,
                    event = event.event.kind.as_str(),
                    position = event.position.0,
                    "{}",
                    self.act
                )
            };
        }
        if self.bad {
            said!(warn);
        } else {
            said!(info);
        }
    }
}

fn shown<T: Display>(value: Option<&T>) -> Option<tracing::field::DisplayValue<&T>> {
    value.map(display)
}

/// A stable word of the events' own, as in the log and in the API.
pub(super) fn code(word: impl Serialize) -> Option<String> {
    serde_json::to_value(word)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
}

/// Writes the line of an event, if it has one.
pub(super) async fn write(deps: &Deps, event: &Recorded) {
    let kind = event.event.kind.as_str();
    let decoded = match event.stream.kind() {
        "live" => live_line(event),
        "session" if SESSION_KINDS.contains(&kind) => session_line(event),
        "relay" if RELAY_KINDS.contains(&kind) => relay_line(event),
        "gateway" if kind == "GatewayTaken" => taken_line(event),
        "meeting" if kind == "MeetingScheduled" => adopted_line(event),
        "elsewhere" => left_line(event),
        _ => None,
    };
    let Some((line, whose)) = decoded else { return };
    let Some((webinar, meeting)) = webinar_of(deps, whose).await else {
        return;
    };
    line.write(event, webinar, meeting);
}

const SESSION_KINDS: [&str; 5] = [
    "SessionRequested",
    "SessionOpened",
    "SessionClosed",
    "SessionTroubled",
    "SessionRecovered",
];
const RELAY_KINDS: [&str; 3] = ["ChatRelayUnknown", "ChatRelayLate", "ChatRelayFailed"];

/// By what a webinar is found.
#[derive(Clone, Copy)]
enum Whose {
    Live(LiveId),
    Session(SessionId),
    Meeting(MeetingId),
}

async fn webinar_of(deps: &Deps, whose: Whose) -> Option<(LiveId, Option<MeetingId>)> {
    match whose {
        Whose::Live(live) => {
            let state = deps.aggregates.lives.look(live).await.ok()?.state;
            Some((live, state.plan.and_then(|p| p.meeting)))
        }
        Whose::Meeting(meeting) => Some((
            deps.aggregates.meetings.look(meeting).await.ok()?.state.live?,
            Some(meeting),
        )),
        Whose::Session(session) => {
            let meeting = deps.aggregates.sessions.look(session).await.ok()?.state.meeting?;
            let live = deps.aggregates.meetings.look(meeting).await.ok()?.state.live?;
            // A meeting that is no webinar has an id kept for its live and no live.
            deps.aggregates.lives.look(live).await.ok()?.state.plan?;
            Some((live, Some(meeting)))
        }
    }
}

fn live_line(event: &Recorded) -> Option<(Line, Whose)> {
    use LiveEvent as E;
    let live: LiveId = event.stream.id().parse().ok()?;
    let decoded = LiveEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()?;
    let line = match decoded {
        E::LivePlanned { starts_at, ends_at, .. } => Line::of("planned").span(starts_at, ends_at),
        E::LiveChanged { starts_at, ends_at, .. } => Line::of("plan changed").span(starts_at, ends_at),
        E::LiveHandedOver { .. } => Line::of("handed over"),
        E::LiveCancelled {} => Line::of("cancelled"),
        E::LiveGatewayReserved { gateway, from, to, .. } => Line::of("gateway held").gateway(gateway).span(from, to),
        E::LiveGatewayLacking { from, to, .. } => Line::of("no gateway is free").span(from, to).bad(),
        E::LiveGatewayReleased { .. } => Line::of("gateway released"),
        E::LiveRequested { session, until } => {
            let mut line = Line::of("picture wanted");
            (line.session, line.to) = (session, Some(until));
            line
        }
        E::LiveRestartRequested {} => Line::of("picture to be restarted"),
        E::LiveStopRequested { why } => Line::of("picture to be stopped").why(why),
        E::LivePictureWanted { source, .. } => Line::of("picture chosen").why(source),
        E::GatewayStartAsked {
            run, number, gateway, ..
        } => {
            let mut line = Line::of("gateway is told to start").run(run).gateway(gateway);
            line.number = Some(u64::from(number));
            line
        }
        E::GatewayStarted { run } => Line::of("gateway started").run(run),
        E::GatewayStartFailed { run, fault, .. } => Line::of("gateway failed").run(run).why(fault).bad(),
        E::RobotJoined { run } => Line::of("robot in the room").run(run),
        E::LiveWentOnAir { run } => Line::of("on air").run(run),
        E::LiveStalled { run, fault } => Line::of("picture stands still").run(run).why(fault).bad(),
        E::GatewayStopAsked {
            run,
            fault: Some(fault),
        } => Line::of("gateway is told to stop").run(run).why(fault).bad(),
        E::GatewayStopAsked { run, fault: None } => Line::of("gateway is told to stop").run(run),
        E::GatewayDeclaredOver { run } => Line::of("run declared over by an administrator").run(run).bad(),
        E::GatewayStopped { run } => Line::of("gateway stopped").run(run),
        E::LiveStopped { why } => Line::of("off air").why(why),
        // How the chat pane stands is no act of anybody's.
        _ => return None,
    };
    Some((line, Whose::Live(live)))
}

fn session_line(event: &Recorded) -> Option<(Line, Whose)> {
    use SessionEvent as E;
    let session: SessionId = event.stream.id().parse().ok()?;
    let decoded = SessionEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()?;
    let line = match decoded {
        E::SessionRequested { .. } => Line::of("room asked for"),
        E::SessionOpened { .. } => Line::of("room opened"),
        E::SessionClosed { ended_by } => Line::of("room closed").why(ended_by),
        E::SessionTroubled { trouble } => Line::of("BigBlueButton can't be asked").why(trouble).bad(),
        E::SessionRecovered {} => Line::of("BigBlueButton answers again"),
        _ => return None,
    };
    Some((line.session(session), Whose::Session(session)))
}

fn relay_line(event: &Recorded) -> Option<(Line, Whose)> {
    use RelayEvent as E;
    let session: SessionId = event.stream.id().parse().ok()?;
    let decoded = RelayEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()?;
    let line = match decoded {
        E::ChatRelayUnknown { .. } => Line::of("chat line of unknown fate").bad(),
        E::ChatRelayLate { messages, .. } => {
            let mut line = Line::of("chat lines too late").bad();
            line.number = Some(messages.len() as u64);
            line
        }
        E::ChatRelayFailed { why, .. } => Line::of("chat line refused").why(why).bad(),
        _ => return None,
    };
    Some((line.session(session), Whose::Session(session)))
}

/// A session of another front end is broadcast.
fn adopted_line(event: &Recorded) -> Option<(Line, Whose)> {
    let meeting: MeetingId = event.stream.id().parse().ok()?;
    match MeetingEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()? {
        MeetingEvent::MeetingScheduled {
            details,
            elsewhere: Some(_),
            ..
        } => {
            let line = Line::of("session of another application taken");
            Some((line.span(details.starts_at, details.ends_at()), Whose::Meeting(meeting)))
        }
        _ => None,
    }
}

/// It is no longer, and its place is free.
fn left_line(event: &Recorded) -> Option<(Line, Whose)> {
    match ElsewhereEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()? {
        ElsewhereEvent::ForeignSessionLeft { meeting } => {
            Some((Line::of("session of another application left"), Whose::Meeting(meeting)))
        }
        ElsewhereEvent::ForeignSessionTaken { .. } => None,
    }
}

fn taken_line(event: &Recorded) -> Option<(Line, Whose)> {
    let gateway: GatewayId = event.stream.id().parse().ok()?;
    match GatewayEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()? {
        GatewayEvent::GatewayTaken { run, live } => {
            Some((Line::of("gateway taken").run(run).gateway(gateway), Whose::Live(live)))
        }
        _ => None,
    }
}
