//! The relay: lines of the live page into the room (design §6). One worker a session, one line in flight.
//!
//! With webhooks the room's echo settles each line, also one whose call timed out: exactly once. Without them:
//! at most once, and a line whose fate can't be known says *unknown* to its author.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::chat::Author;
use amphi_events::ids::{LiveId, MeetingId, MessageId, SessionId};
use amphi_events::live::RunPhase;
use amphi_events::relay::{FailedWhy, InFlight, Proof, Relay as Folded, RelayCommand, Way};
use amphi_events::session::{HookState, Phase, Session};
use amphi_events::store::Place;
use amphi_events::{Act, Sealed, Time};
use amphi_projections::ChatLine;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::rooms::{elapsed, millis};
use super::stage::{self, Driver};
use crate::bbb::{ChatError, limits};
use crate::gateways::{ChatOutcome, sanitise};

/// Behind the author's name in the room: says that the line comes from the live page.
const MARK: &str = " (live)";
/// Lines looked at in one go.
const LINES: usize = 50;
/// Echoes that may fail to come behind successful answers before webhooks count as silent.
const SILENT_AFTER: u32 = 2;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let session = id.parse().ok()?;
        let started = deps.now();
        Some(Box::new(Relay {
            deps: deps.clone(),
            session,
            started,
            called: None,
            silent: 0,
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
    /// The line whose call this worker made, with what was answered.
    called: Option<(MessageId, bool)>,
    /// Successful answers in a row whose echo did not come.
    silent: u32,
    failures: u32,
    /// Whether this server takes chat lines; `None`: not found out yet.
    bbb_takes: Option<bool>,
}

#[async_trait]
impl Worker for Relay {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let session = self
            .deps
            .aggregates
            .sessions
            .look(self.session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let relay = self
            .deps
            .aggregates
            .relays
            .look(self.session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let Some(meeting) = session.meeting else {
            return Ok(Next::Over);
        };
        let live = self
            .deps
            .aggregates
            .meetings
            .look(meeting)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .live;
        let Some(live) = live else { return Ok(Next::Over) };
        if let Some(flight) = relay.in_flight {
            return self.settle(&session, flight).await;
        }
        if self.called.take().is_some() {
            // Settled from outside, by the room's echo: the webhooks are alive.
            self.silent = 0;
        }
        match session.phase {
            Phase::Unknown | Phase::Closed => return Ok(Next::Over),
            Phase::Opening | Phase::Ending => return Ok(Next::Sleep),
            Phase::Open => {}
        }
        let (way, max_bytes) = self.way(&session, live, meeting).await?;
        self.next_line(&session, &relay, live, meeting, way, max_bytes).await
    }
}

impl Relay {
    fn act(&self) -> Act {
        Act::system("relay", self.deps.now())
    }

    async fn tell(&self, command: RelayCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .relays
            .execute(self.session, command, self.act())
            .await?;
        Ok(())
    }

    /// The way in force, found out without posting anything, and said before the first line.
    async fn way(&mut self, session: &Session, live: LiveId, meeting: MeetingId) -> anyhow::Result<(Way, u32)> {
        if self.bbb_takes.is_none() {
            // Not reachable now: BBB is assumed to take lines until it says that it does not.
            self.bbb_takes = self.deps.bbb.takes_chat(&meeting.to_string()).await.ok();
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
        self.tell(RelayCommand::SetWay {
            live,
            way,
            max_units,
            max_bytes,
            hooks,
        })
        .await?;
        Ok((way, max_bytes))
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

    async fn next_line(
        &mut self,
        session: &Session,
        relay: &Folded,
        live: LiveId,
        meeting: MeetingId,
        way: Way,
        max_bytes: u32,
    ) -> anyhow::Result<Next> {
        let now = self.deps.now();
        self.deps.caught_up().await?;
        let line = if let Some((message, ..)) = relay.again {
            self.deps.read.chat_line(message).await?
        } else {
            let lines = self.deps.read.chat_to_relay(live, relay.cursor, LINES).await?;
            // Older than two minutes: worthless, said in one go.
            let late: Vec<&ChatLine> = lines.iter().take_while(|l| self.is_late(l, now)).collect();
            if let Some(last) = late.last() {
                let messages = late.iter().map(|l| l.id).collect();
                self.tell(RelayCommand::Late {
                    messages,
                    position: last.position,
                })
                .await?;
                return Ok(Next::Again);
            }
            lines.into_iter().next()
        };
        // The log's next event wakes; the read model may have been behind at the last wake.
        let Some(line) = line else {
            return Ok(Next::Wait(self.deps.settings.room_confirm));
        };
        if self.is_late(&line, now) {
            self.tell(RelayCommand::Late {
                messages: vec![line.id],
                position: line.position,
            })
            .await?;
            return Ok(Next::Again);
        }
        let fail = |why| RelayCommand::Failed {
            message: line.id,
            position: line.position,
            why,
        };
        if line.removed {
            self.tell(fail(FailedWhy::Removed)).await?;
            return Ok(Next::Again);
        }
        let Some((name, text)) = opened(&self.deps, live, &line)? else {
            // Erased before it left.
            self.tell(fail(FailedWhy::Removed)).await?;
            return Ok(Next::Again);
        };
        if way == Way::None || line.bytes > max_bytes {
            self.tell(fail(if way == Way::None {
                FailedWhy::NoWay
            } else {
                FailedWhy::TooLong
            }))
            .await?;
            return Ok(Next::Again);
        }
        if let Some(error) = self.deps.log.refusing() {
            anyhow::bail!("the log refuses writes: {error}");
        }
        if session.present.is_empty() {
            // BBB takes no line for a room without anybody (bbb-contract §2.7). Whoever comes in wakes us; until the line is
            // late it waits, unasked.
            let left = millis(self.deps.settings.late_after) - now.since_ms(line.at);
            return Ok(Next::Wait(Duration::from_millis(left.max(1).unsigned_abs())));
        }
        self.tell(RelayCommand::Ask {
            message: line.id,
            position: line.position,
        })
        .await?;
        match way {
            Way::Bbb => self.through_bbb(session, meeting, &line, &name, &text).await,
            _ => self.through_gateway(live, &line, &name, &text).await,
        }
    }

    fn is_late(&self, line: &ChatLine, now: Time) -> bool {
        now.since_ms(line.at) >= millis(self.deps.settings.late_after)
    }

    fn hooked(&self, session: &Session) -> bool {
        session.hooks == Some(HookState::Registered) && self.silent < SILENT_AFTER
    }

    async fn through_bbb(
        &mut self,
        session: &Session,
        meeting: MeetingId,
        line: &ChatLine,
        name: &str,
        text: &str,
    ) -> anyhow::Result<Next> {
        let message = line.id;
        let fail = |why| RelayCommand::Failed {
            message,
            position: line.position,
            why,
        };
        match self.deps.bbb.send_chat(&meeting.to_string(), name, text).await {
            Ok(()) => {
                self.failures = 0;
                self.bbb_takes = Some(true);
                if self.hooked(session) {
                    self.called = Some((message, true));
                } else {
                    self.tell(RelayCommand::Relayed {
                        message,
                        proof: Proof::Answer,
                    })
                    .await?;
                }
                // Else the room's echo settles it.
                return Ok(Next::Again);
            }
            Err(ChatError::Unsupported) => {
                self.bbb_takes = Some(false);
                self.tell(RelayCommand::Missed { message }).await?;
            }
            Err(ChatError::TooLong) => self.tell(fail(FailedWhy::TooLong)).await?,
            Err(ChatError::Refused(_)) => self.tell(fail(FailedWhy::Refused)).await?,
            // Nobody in the room yet, or BBB not reachable: surely not there, so it is tried again until it is late.
            Err(ChatError::RoomEmpty | ChatError::NotSent(_)) => {
                self.failures += 1;
                self.tell(RelayCommand::Missed { message }).await?;
                return Ok(Next::Hold(self.deps.settings.retry(self.failures)));
            }
            Err(ChatError::Unknown) => {
                if self.hooked(session) {
                    self.called = Some((message, false));
                } else {
                    self.tell(RelayCommand::Unknown { message }).await?;
                }
            }
        }
        Ok(Next::Again)
    }

    async fn through_gateway(&mut self, live: LiveId, line: &ChatLine, name: &str, text: &str) -> anyhow::Result<Next> {
        let message = line.id;
        let state = self
            .deps
            .aggregates
            .lives
            .look(live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let run = state.run.filter(|r| r.phase == RunPhase::Started);
        let found = match run {
            Some(run) => {
                let room = self
                    .deps
                    .store
                    .get_secret(stage::ROBOT_ROOM, &format!("{live}/{}", run.id))
                    .await?;
                match (stage::driver(&self.deps, run.gateway).await?, room) {
                    (Driver::Known(driver), Some(room)) => Some((driver, room)),
                    _ => None,
                }
            }
            None => None,
        };
        let Some((driver, room)) = found else {
            self.tell(RelayCommand::Missed { message }).await?;
            return Ok(Next::Hold(self.deps.settings.retry_first));
        };
        let fail = |why| RelayCommand::Failed {
            message,
            position: line.position,
            why,
        };
        let command = match driver.chat(&room, name, text).await {
            // The robot types it; nobody says that it arrived, but the gateway took it.
            ChatOutcome::HandedOver => RelayCommand::Relayed {
                message,
                proof: Proof::Answer,
            },
            ChatOutcome::TooLong => fail(FailedWhy::TooLong),
            ChatOutcome::Unsupported => fail(FailedWhy::NoWay),
            ChatOutcome::NotSent { .. } => fail(FailedWhy::Refused),
            ChatOutcome::Unknown { .. } => RelayCommand::Unknown { message },
        };
        self.tell(command).await?;
        Ok(Next::Again)
    }

    /// A line is in flight: its echo is waited for, or its fate said.
    async fn settle(&mut self, session: &Session, flight: InFlight) -> anyhow::Result<Next> {
        let now = self.deps.now();
        let answered = self.called.and_then(|(m, ok)| (m == flight.message).then_some(ok));
        let over = matches!(session.phase, Phase::Closed | Phase::Ending | Phase::Unknown);
        // A worker that began after the asking gives the echo its whole time: hooks repeat what we were not there to take.
        let since = if answered.is_some() {
            flight.since
        } else {
            self.started.max(flight.since)
        };
        // A line whose call was answered needs only the echo's way; one whose fate nobody heard is waited for as long as
        // bbb-webhooks may take to repeat a delivery that found us down.
        let patience = if answered == Some(true) {
            self.deps.settings.echo_wait
        } else {
            self.deps.settings.echo_patience
        };
        let left = millis(patience) - elapsed(now, since);
        let by_bbb = session.hooks == Some(HookState::Registered);
        if by_bbb && !over && left > 0 && self.silent < SILENT_AFTER {
            return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
        }
        let message = flight.message;
        match answered {
            Some(true) => {
                self.silent += 1;
                self.tell(RelayCommand::Relayed {
                    message,
                    proof: Proof::Answer,
                })
                .await?;
            }
            // Asked by a program that was killed: perhaps before it called. Nothing came back from the room, so it goes once more.
            None if by_bbb && !over => self.tell(RelayCommand::Missed { message }).await?,
            // We called, nobody answered and no echo came: it is not repeated (design §1).
            _ => self.tell(RelayCommand::Unknown { message }).await?,
        }
        self.called = None;
        Ok(Next::Again)
    }
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
