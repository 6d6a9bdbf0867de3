//! One line of the program's own log for each act that matters to a webinar (`docs/logging.md`): what administrators look for with
//! `grep webinar`, as they did in the reference system (census §4.7), under the target `webinar`.
//!
//! The lines are made of events, so none is written of what did not happen, and none is missing of what did. They hold ids, codes, numbers and
//! times: no name, no title, no text, no address, no secret.

use std::fmt::Display;

use amphi_events::elsewhere::ElsewhereEvent;
use amphi_events::gateway::GatewayEvent;
use amphi_events::ids::{GatewayId, LiveId, MeetingId, RehearsalId, RunId, SessionId};
use amphi_events::live::{CheckFault, LiveEvent};
use amphi_events::meeting::MeetingEvent;
use amphi_events::rehearsal::RehearsalEvent;
use amphi_events::relay::RelayEvent;
use amphi_events::session::SessionEvent;
use amphi_events::{EventData as _, Recorded, Time};
use serde::Serialize;
use tracing::field::display;

use super::Deps;
use crate::outgoing::Noted;

/// Events of a live that are read at a time, for the gateway of a run.
const PAGE: usize = 500;

/// What all these lines have in common; everything but the webinar may be missing.
#[derive(Default)]
struct Line {
    act: &'static str,
    bad: bool,
    session: Option<SessionId>,
    run: Option<RunId>,
    gateway: Option<GatewayId>,
    instead_of: Option<GatewayId>,
    rehearsal: Option<RehearsalId>,
    step: Option<String>,
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
            instead_of: None,
            rehearsal: None,
            step: None,
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

    fn number(mut self, number: u64) -> Self {
        self.number = Some(number);
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
                    instead_of = shown(self.instead_of.as_ref()),
                    rehearsal = shown(self.rehearsal.as_ref()),
                    step = self.step.as_deref(),
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
        "rehearsal" => rehearsal_line(event),
        "meeting" if kind == "MeetingScheduled" => adopted_line(event),
        "elsewhere" => left_line(event),
        _ => None,
    };
    let Some((mut line, whose)) = decoded else { return };
    if let (Whose::Live(live), Some(run), None) = (whose, line.run, line.gateway) {
        line.gateway = gateway_of(deps, live, run).await;
    }
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
const RELAY_KINDS: [&str; 4] = [
    "ChatMessageRelayed",
    "ChatRelayUnknown",
    "ChatRelayLate",
    "ChatRelayFailed",
];

/// By what a webinar is found.
#[derive(Clone, Copy)]
enum Whose {
    Live(LiveId),
    Session(SessionId),
    Rehearsal(RehearsalId),
    Meeting(MeetingId),
}

/// The gateway of a run, from the event that asked for it: a run that is over is in no state any more.
async fn gateway_of(deps: &Deps, live: LiveId, wanted: RunId) -> Option<GatewayId> {
    let stream = amphi_events::live::stream(live);
    let mut from = 0;
    loop {
        let page = deps.log.read_stream(&stream, from, PAGE).await.ok()?;
        for e in page.iter().filter(|e| e.event.kind == "GatewayStartAsked") {
            let decoded = LiveEvent::decode(&e.event.kind, e.event.schema, &e.event.data).ok()?;
            if let LiveEvent::GatewayStartAsked { run, gateway, .. } = decoded
                && run == wanted
            {
                return Some(gateway);
            }
        }
        from = page.last().filter(|_| page.len() == PAGE)?.version + 1;
    }
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
        Whose::Rehearsal(rehearsal) => {
            let (live, meeting) = deps.aggregates.rehearsals.look(rehearsal).await.ok()?.state.of?;
            Some((live, Some(meeting)))
        }
    }
}

/// What the outside answered to a call for a webinar: status and outcome, never its words.
pub(super) struct Answered {
    /// Which call.
    pub what: &'static str,
    /// Something has to be looked at.
    pub bad: bool,
    /// Of which webinar.
    pub webinar: LiveId,
    /// In which session.
    pub session: Option<SessionId>,
    /// For which run.
    pub run: Option<RunId>,
    /// Which gateway, where it was one.
    pub gateway: Option<GatewayId>,
    /// In which rehearsal.
    pub rehearsal: Option<RehearsalId>,
    /// What it was read as.
    pub outcome: &'static str,
}

impl Answered {
    /// Of a gateway that has a run.
    pub fn gateway(
        what: &'static str,
        webinar: LiveId,
        (run, gateway): (RunId, GatewayId),
        outcome: &'static str,
    ) -> Self {
        Self {
            what,
            bad: false,
            webinar,
            session: None,
            run: Some(run),
            gateway: Some(gateway),
            rehearsal: None,
            outcome,
        }
    }

    /// Writes the line; `noted`: by what the call went.
    pub async fn write(self, deps: &Deps, noted: &Noted) {
        let looked = deps.aggregates.lives.look(self.webinar).await;
        let meeting = looked.ok().and_then(|l| l.state.plan).and_then(|p| p.meeting);
        let status = noted.take();
        macro_rules! said {
            ($level:ident) => {
                tracing::$level!(
                    target: "webinar",
                    webinar = %self.webinar,
                    meeting = shown(meeting.as_ref()),
                    session = shown(self.session.as_ref()),
                    run = shown(self.run.as_ref()),
                    gateway = shown(self.gateway.as_ref()),
                    rehearsal = shown(self.rehearsal.as_ref()),
                    status = status.as_deref(),
                    outcome = self.outcome,
                    "{}",
                    self.what
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
            let line = Line::of("gateway is told to start").run(run).gateway(gateway);
            line.number(u64::from(number))
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
        E::RunChatPaneSeen { run, shown } => Line::of("room's chat in the picture").run(run).why(match shown {
            Some(true) => "shown",
            Some(false) => "hidden",
            None => "unknown",
        }),
        E::LivePreflightDone {
            starts_at,
            gateway,
            playlist,
            bbb,
            chat,
        } => looked_at(
            starts_at,
            [
                ("gateway", gateway),
                ("playlist", playlist),
                ("bbb", bbb),
                ("chat", chat),
            ],
        ),
        E::LivePublishSeen { run, .. } => Line::of("picture comes to the media server").run(run),
        E::LivePublishEnded { run, .. } => Line::of("picture no longer comes to the media server").run(run),
        E::LiveRunFenced { run, fault } => Line::of("run left behind").run(run).why(fault).bad(),
        E::LiveTakenOver { from, to, fault } => {
            let mut line = Line::of("another gateway takes over").gateway(to).why(fault).bad();
            line.instead_of = Some(from);
            line
        }
        E::LiveHealingPutOff { gateway, fault } => Line::of("no gateway can take over yet")
            .gateway(gateway)
            .why(fault)
            .bad(),
    };
    Some((line, Whose::Live(live)))
}

/// What a look before the start found: what is wrong, and with which of it.
fn looked_at(starts_at: Time, found: [(&str, Option<CheckFault>); 4]) -> Line {
    let wrong: Vec<String> = found
        .into_iter()
        .filter_map(|(what, fault)| Some(format!("{what} {}", code(fault?)?)))
        .collect();
    let mut line = Line::of("looked at before its start");
    (line.from, line.bad) = (Some(starts_at), !wrong.is_empty());
    line.why = (!wrong.is_empty()).then(|| wrong.join(", "));
    line
}

fn rehearsal_line(event: &Recorded) -> Option<(Line, Whose)> {
    use RehearsalEvent as E;
    let rehearsal: RehearsalId = event.stream.id().parse().ok()?;
    let mut line = match RehearsalEvent::decode(&event.event.kind, event.event.schema, &event.event.data).ok()? {
        E::RehearsalRequested { until, .. } => {
            let mut line = Line::of("rehearsal asked for");
            line.to = Some(until);
            line
        }
        E::RehearsalHolds { gateway, run, .. } => Line::of("rehearsal holds a gateway").run(run).gateway(gateway),
        E::RehearsalRoomOpened { .. } => Line::of("rehearsal's room opened"),
        E::RehearsalStepDone { step, took_ms, fault } => {
            let mut line = Line::of("rehearsal's step is over").number(took_ms);
            line.step = code(step);
            if let Some(fault) = fault {
                line = line.why(fault).bad();
            }
            line
        }
        E::RehearsalCancelled {} => Line::of("rehearsal to be ended"),
        E::RehearsalEnded { how } => Line::of("rehearsal over").why(how),
    };
    line.rehearsal = Some(rehearsal);
    Some((line, Whose::Rehearsal(rehearsal)))
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
        E::ChatMessageRelayed { proof, .. } => Line::of("chat line in the room").why(proof),
        E::ChatRelayUnknown { .. } => Line::of("chat line of unknown fate").bad(),
        E::ChatRelayLate { messages, .. } => Line::of("chat lines too late").bad().number(messages.len() as u64),
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
