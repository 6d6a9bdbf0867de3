//! The relay: lines of the live page into the room (design §6). One worker a session, one call under way.
//!
//! A line is settled by the first that comes: the successful answer to its call, or, with webhooks, the room's echo, also
//! of a line whose call timed out: exactly once. Without webhooks: at most once, and a line whose fate can't be
//! known says *unknown* to its author.

mod calls;

use std::sync::Arc;
use std::time::Duration;

use amphi_events::chat::Author;
use amphi_events::ids::{LiveId, MessageId, SessionId};
use amphi_events::live::RunPhase;
use amphi_events::relay::{FailedWhy, InFlight, Proof, Relay as Folded, RelayCommand, Way};
use amphi_events::session::{HookState, Phase, Session};
use amphi_events::store::Place;
use amphi_events::{Act, Position, Sealed, Time};
use amphi_projections::ChatLine;
use async_trait::async_trait;

use self::calls::Ready;
use super::Deps;
use super::echoes::Due;
use super::hands::{Hand, Next, Worker};
use super::rooms::{elapsed, millis};
use super::stage::{self, Driver};
use crate::bbb::limits;
use crate::gateways::sanitise;

/// Behind the author's name in the room: says that the line comes from the live page.
const MARK: &str = " (live)";
/// Lines that are late, said in one go.
const LINES: usize = 50;
/// Lines handed over before everything is looked at anew.
const STRETCH: usize = 50;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let session = id.parse().ok()?;
        let started = deps.now();
        Some(Box::new(Relay {
            deps: deps.clone(),
            session,
            started,
            remembered: false,
            answered: None,
            unheard: None,
            ahead: None,
            failures: 0,
            bbb_takes: None,
        }))
    }
}

struct Relay {
    deps: Arc<Deps>,
    session: SessionId,
    /// When this worker began: a line in flight since before has a fate that nobody heard.
    started: Time,
    /// Whether the lines that were settled before this worker began are remembered.
    remembered: bool,
    /// The line whose call was answered with success, and whose outcome is not in the log yet.
    answered: Option<MessageId>,
    /// The line whose call this worker made and which nobody answered.
    unheard: Option<MessageId>,
    /// The line behind the one whose call was under way.
    ahead: Option<Ahead>,
    failures: u32,
    /// Whether this server takes chat lines; `None`: not found out yet.
    bbb_takes: Option<bool>,
}

/// Where lines go, in one stretch of work.
struct Road {
    live: LiveId,
    /// The room's id in BBB.
    room: String,
    way: Way,
    max_bytes: u32,
}

/// A line that was looked up while the call before it was under way.
struct Ahead {
    /// It stands next behind this position.
    behind: Position,
    ready: Ready,
    at: tokio::time::Instant,
}

/// A line looked up ahead is handed over without another look for so long: it may have been taken away meanwhile, as it may be
/// while its own call is under way.
const AHEAD: Duration = Duration::from_millis(100);

/// What stands next.
enum Found {
    Line(Box<Ready>),
    /// Something else was to be done with it, and is.
    Done,
    Nothing,
}

#[async_trait]
impl Worker for Relay {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let aggregates = &self.deps.aggregates;
        let (session, relay) = tokio::try_join!(
            aggregates.sessions.look(self.session),
            aggregates.relays.look(self.session)
        )
        .map_err(anyhow::Error::msg)?;
        let (session, relay) = (session.state, relay.state);
        let live = match session.meeting {
            Some(meeting) => {
                let look = aggregates.meetings.look(meeting).await.map_err(anyhow::Error::msg)?;
                look.state.live
            }
            None => None,
        };
        let Some(live) = live else {
            return Ok(self.over());
        };
        self.remember(&session, &relay, live).await?;
        self.deps
            .echoes
            .give_up(self.session, self.deps.now(), self.deps.settings.echo_wait);
        self.answered = self
            .answered
            .filter(|m| relay.in_flight.is_some_and(|f| f.message == *m));
        if let Some(flight) = relay.in_flight
            && self.answered.is_none()
        {
            return self.settle(&session, flight).await;
        }
        self.unheard = None;
        if session.phase != Phase::Open {
            self.land().await?;
            return Ok(match session.phase {
                Phase::Unknown | Phase::Closed => self.over(),
                Phase::Opening | Phase::Ending | Phase::Open => Next::Sleep,
            });
        }
        let road = self.road(&session, &relay, live).await?;
        let mut session = session;
        let mut cursor = relay.cursor;
        let mut again = relay.again.map(|(message, ..)| message);
        self.ahead = None;
        for _ in 0..STRETCH {
            if let Some(next) = self.one_line(&road, &mut session, &mut cursor, again.take()).await? {
                return Ok(next);
            }
        }
        Ok(Next::Again)
    }
}

impl Relay {
    fn act(&self) -> Act {
        self.deps.act("relay")
    }

    async fn tell(&self, command: RelayCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .relays
            .execute(self.session, command, self.act())
            .await?;
        Ok(())
    }

    fn over(&self) -> Next {
        self.deps.echoes.over(self.session);
        Next::Over
    }

    /// Writes that the answered line is in the room, where no next line takes this along.
    async fn land(&mut self) -> anyhow::Result<()> {
        let Some(message) = self.answered else { return Ok(()) };
        let command = RelayCommand::Relayed {
            message,
            proof: Proof::Answer,
        };
        let relays = &self.deps.aggregates.relays;
        let done = relays.execute(self.session, command, self.act()).await?;
        self.landed(done.ids.is_empty());
        Ok(())
    }

    /// The answered line's outcome is in the log; `by_echo`: its echo had settled it.
    fn landed(&mut self, by_echo: bool) {
        if let Some(message) = self.answered.take()
            && by_echo
        {
            self.deps.echoes.forget(self.session, message);
        }
    }

    /// Lines that a process before this one settled by their answer: an echo of them may still be on its way.
    async fn remember(&mut self, session: &Session, relay: &Folded, live: LiveId) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.remembered, true) || session.hooks != Some(HookState::Registered) {
            return Ok(());
        }
        let (now, wait) = (self.deps.now(), millis(self.deps.settings.echo_wait));
        for (message, since) in relay.answered.iter().filter(|(_, t)| elapsed(now, *t) < wait) {
            if let Some(line) = self.deps.read.chat_line(*message).await?
                && let Some((name, text)) = opened(&self.deps, live, &line)?
            {
                let due = Due {
                    message: *message,
                    name,
                    text,
                    since: *since,
                    perhaps_heard: true,
                };
                self.deps.echoes.expect(self.session, due);
            }
        }
        Ok(())
    }

    /// The way in force, found out without posting anything, and said before the first line.
    async fn road(&mut self, session: &Session, relay: &Folded, live: LiveId) -> anyhow::Result<Road> {
        let room = session.room().unwrap_or_default();
        if self.bbb_takes.is_none() {
            // Not reachable now: BBB is assumed to take lines until it says that it does not.
            self.bbb_takes = self.deps.bbb.takes_chat(&room).await.ok();
        }
        let hooks = session.hooks == Some(HookState::Registered);
        let (way, max_bytes) = if self.bbb_takes == Some(false) {
            match self.gateway_limit(live).await? {
                Some(bytes) => (Way::Gateway, u32::try_from(bytes).unwrap_or(u32::MAX)),
                None => (Way::None, 0),
            }
        } else {
            (Way::Bbb, 2000)
        };
        let max_units = u32::try_from(limits::MAX_CHAT_UNITS).unwrap_or(500);
        if relay.way != Some((live, way, max_units, max_bytes, hooks)) {
            self.tell(RelayCommand::SetWay {
                live,
                way,
                max_units,
                max_bytes,
                hooks,
            })
            .await?;
        }
        Ok(Road {
            live,
            room,
            way,
            max_bytes,
        })
    }

    /// What the gateway of the present run takes, where it delivers at all.
    async fn gateway_limit(&self, live: LiveId) -> anyhow::Result<Option<usize>> {
        let state = self
            .deps
            .aggregates
            .lives
            .look(live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let Some(run) = state
            .run
            .filter(|r| r.phase == RunPhase::Started && r.robot_since.is_some())
        else {
            return Ok(None);
        };
        Ok(match stage::driver(&self.deps, run.gateway).await? {
            Driver::Known(driver) => driver.chat_limits().map(|l| l.max_bytes),
            Driver::Unknown(_) => None,
        })
    }

    /// Hands the next line over; `None`: the one after it may go at once. From a successful answer to the next call there is one
    /// append, which holds the outcome and the next intent, and nothing else where the next line was looked up ahead.
    async fn one_line(
        &mut self,
        road: &Road,
        session: &mut Session,
        cursor: &mut Position,
        again: Option<MessageId>,
    ) -> anyhow::Result<Option<Next>> {
        let ahead = self
            .ahead
            .take()
            .filter(|a| again.is_none() && a.behind == *cursor && a.at.elapsed() < AHEAD);
        let ready = if let Some(ahead) = ahead {
            ahead.ready
        } else {
            let look = self.deps.aggregates.sessions.look(self.session);
            let (look, caught_up) = tokio::join!(look, self.deps.caught_up());
            *session = look.map_err(anyhow::Error::msg)?.state;
            if let Err(behind) = caught_up {
                self.land().await?;
                return Err(behind);
            }
            if session.phase != Phase::Open {
                return Ok(Some(Next::Again));
            }
            match self.find(road, *cursor, again).await? {
                Found::Line(ready) => *ready,
                Found::Done => return Ok(Some(Next::Again)),
                // The log's next event wakes; the read model may have been behind at the last wake.
                Found::Nothing => return Ok(Some(Next::Wait(self.deps.settings.room_confirm))),
            }
        };
        if let Some(error) = self.deps.log.refusing() {
            anyhow::bail!("the log refuses writes: {error}");
        }
        if session.present.is_empty() {
            self.land().await?;
            // BBB takes no line for a room without anybody (bbb-contract §2.7). Whoever comes in wakes us; until the line is
            // late it waits, unasked.
            let left = millis(self.deps.settings.late_after) - self.deps.now().since_ms(ready.line.at);
            return Ok(Some(Next::Wait(Duration::from_millis(left.max(1).unsigned_abs()))));
        }
        if let Some(since) = self.deps.echoes.awaited(self.session, &ready.name, &ready.text) {
            // The same words of the same person: else the first one's echo would settle the second.
            let left = millis(self.deps.settings.echo_wait) - elapsed(self.deps.now(), since);
            if left > 0 {
                self.land().await?;
                return Ok(Some(Next::Wait(Duration::from_millis(left.unsigned_abs()))));
            }
        }
        let ask = RelayCommand::Ask {
            message: ready.line.id,
            position: ready.line.position,
            answered: self.answered,
        };
        let relays = &self.deps.aggregates.relays;
        let done = relays.execute(self.session, ask, self.act()).await?;
        self.landed(done.ids.len() < 2);
        *cursor = ready.line.position.max(*cursor);
        let hooked = session.hooks == Some(HookState::Registered);
        match road.way {
            Way::Bbb => self.through_bbb(road, hooked, ready).await,
            _ => self.through_gateway(road.live, &ready).await.map(Some),
        }
    }

    /// The line that stands next, once what can't go was said of those before it.
    async fn find(&mut self, road: &Road, cursor: Position, again: Option<MessageId>) -> anyhow::Result<Found> {
        let now = self.deps.now();
        let line = if let Some(message) = again {
            self.deps.read.chat_line(message).await?
        } else {
            self.deps.read.chat_to_relay(road.live, cursor, 1).await?.pop()
        };
        let Some(line) = line else {
            self.land().await?;
            return Ok(Found::Nothing);
        };
        let (id, position) = (line.id, line.position);
        let refuse = |why| RelayCommand::Failed {
            message: id,
            position,
            why,
        };
        // Older than two minutes: worthless, said of all such lines in one go.
        let command = if is_late(&self.deps, &line, now) {
            let mut late = vec![id];
            let mut last = position;
            if again.is_none() {
                let more = self.deps.read.chat_to_relay(road.live, position, LINES).await?;
                for line in more.iter().take_while(|l| is_late(&self.deps, l, now)) {
                    late.push(line.id);
                    last = line.position;
                }
            }
            RelayCommand::Late {
                messages: late,
                position: last,
            }
        } else {
            match fit(&self.deps, road, line)? {
                Ok(ready) => return Ok(Found::Line(Box::new(ready))),
                Err(why) => refuse(why),
            }
        };
        self.land().await?;
        self.tell(command).await?;
        Ok(Found::Done)
    }

    /// A line is in flight and no answer was heard: its echo is waited for, or its fate said.
    async fn settle(&mut self, session: &Session, flight: InFlight) -> anyhow::Result<Next> {
        let now = self.deps.now();
        let message = flight.message;
        let ours = self.unheard == Some(message);
        let over = matches!(session.phase, Phase::Closed | Phase::Ending | Phase::Unknown);
        // A worker that began after the asking gives the echo its whole time: hooks repeat what we were not there to take.
        let since = if ours {
            flight.since
        } else {
            self.started.max(flight.since)
        };
        let by_bbb = session.hooks == Some(HookState::Registered);
        let left = millis(self.deps.settings.echo_patience) - elapsed(now, since);
        if by_bbb && !over && left > 0 && !self.deps.echoes.are_silent(self.session) {
            return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
        }
        if !ours && by_bbb && !over {
            // Asked by a program that was killed: perhaps before it called. Nothing came back from the room, so it goes once more.
            self.tell(RelayCommand::Missed { message }).await?;
        } else {
            // We called, nobody answered and no echo came: it is not repeated (design §1).
            self.tell(RelayCommand::Unknown { message }).await?;
        }
        self.unheard = None;
        Ok(Next::Again)
    }
}

fn is_late(deps: &Deps, line: &ChatLine, now: Time) -> bool {
    now.since_ms(line.at) >= millis(deps.settings.late_after)
}

/// A line that can go, or why it can't.
fn fit(deps: &Deps, road: &Road, line: ChatLine) -> anyhow::Result<Result<Ready, FailedWhy>> {
    if line.removed {
        return Ok(Err(FailedWhy::Removed));
    }
    // Else erased before it left.
    let Some((name, text)) = opened(deps, road.live, &line)? else {
        return Ok(Err(FailedWhy::Removed));
    };
    Ok(if road.way == Way::None {
        Err(FailedWhy::NoWay)
    } else if line.bytes > road.max_bytes {
        Err(FailedWhy::TooLong)
    } else {
        Ok(Ready { line, name, text })
    })
}

/// The line behind a position, if it can go: looked up while the call before it is under way.
async fn look_ahead(deps: &Deps, road: &Road, behind: Position) -> anyhow::Result<Option<Ahead>> {
    let mut at = tokio::time::Instant::now();
    // What the read model has of the log is its beginning: the line that it shows next is the next one, however far behind it is. To wait for it
    // each time, while it gathers under load, made every line cost as much again as its call.
    let mut one = deps.read.chat_to_relay(road.live, behind, 1).await?;
    if one.is_empty() {
        deps.caught_up().await?;
        at = tokio::time::Instant::now();
        one = deps.read.chat_to_relay(road.live, behind, 1).await?;
    }
    let line = one.pop().filter(|l| !is_late(deps, l, deps.now()));
    let ready = line.map(|l| fit(deps, road, l)).transpose()?.and_then(Result::ok);
    Ok(ready.map(|ready| Ahead { behind, ready, at }))
}

/// What a line says in the room: the name with its mark, and the text. `None` once it was erased.
pub(super) fn opened(deps: &Deps, live: LiveId, line: &ChatLine) -> anyhow::Result<Option<(String, String)>> {
    let stream = amphi_events::chat::stream(live);
    let event = amphi_events::ids::EventId(line.id.0);
    let author: Option<Author> = open(deps, &stream, event, "author", &line.author)?;
    let text: Option<String> = open(deps, &stream, event, "text", &line.text)?;
    Ok(author
        .zip(text)
        .map(|(author, text)| (limits::user_name_for(&author.name, MARK), text)))
}

fn open<T: serde::de::DeserializeOwned>(
    deps: &Deps,
    stream: &amphi_events::StreamName,
    event: amphi_events::ids::EventId,
    field: &str,
    sealed: &Sealed<T>,
) -> anyhow::Result<Option<T>> {
    Ok(deps.keys.open(&Place { stream, event, field }, sealed)?)
}

/// Whether a line heard in the room is this one: as BBB took it, or as a gateway's robot typed it.
pub(super) fn is_echo_of(name: &str, text: &str, heard_name: &str, heard_text: &str) -> bool {
    let plain = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
    (name == heard_name && plain(text) == plain(heard_text))
        || sanitise::line(name, text).is_some_and(|l| l == heard_text)
}
