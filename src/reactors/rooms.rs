//! Rooms: opens, watches and ends the rooms of sessions in BBB. One worker a session, so `create` is serial per
//! meeting (bbb-contract §2.1). *Over* is a confirmed *not found*; an error is *unknown* (§10.6). A room that another front end opened is
//! looked at, and neither made nor ended.

mod foreign;
mod people;

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::{MeetingId, SessionId, SlidesId};
use amphi_events::meeting::{Details, Slides};
use amphi_events::session::{EndedBy, HookState, Phase, Session, SessionCommand, Trouble};
use amphi_events::{Act, Time};
use async_trait::async_trait;

pub use self::people::who;
pub(super) use self::people::{is_robot, joined};
use super::Deps;
use super::defect::{self, Defect};
use super::hands::{Hand, Next, Worker};
use super::recordings::READY_TOKEN;
use crate::bbb::{BbbError, CreateRoom, Document, EndOutcome, Unavailable, hooks};

/// Kind of the secrets that stand in the address BBB calls when a room is over.
pub const END_TOKEN: &str = "callback-end";
/// Kind of the secrets that stand in the address bbb-webhooks delivers to.
pub const HOOK_TOKEN: &str = "callback-hook";
/// Times that slides are offered to a room which refuses them: presentations may be switched off there, and then they are for good.
const SLIDES_TRIES: u32 = 5;
/// Characters of a callback's token: 160 bits.
const TOKEN_CHARS: usize = 32;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        let session = id.parse().ok()?;
        Some(Box::new(Room {
            deps: deps.clone(),
            hand: hand.clone(),
            session,
            failures: 0,
            missing: 0,
            hooked_at: None,
            looked_at: None,
            refused_slides: 0,
        }))
    }
}

/// The id that a run's robot joins with.
pub fn robot_user(run: amphi_events::ids::RunId) -> String {
    format!("robot-{run}")
}

struct Room {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    session: SessionId,
    /// Failed calls in a row.
    failures: u32,
    /// Answers of *not found* in a row.
    missing: u32,
    hooked_at: Option<Time>,
    looked_at: Option<Time>,
    /// Times in a row that the room did not take slides.
    refused_slides: u32,
}

#[async_trait]
impl Worker for Room {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let state = self
            .deps
            .aggregates
            .sessions
            .look(self.session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let Some(meeting) = state.meeting else {
            return Ok(Next::Over);
        };
        match state.phase {
            Phase::Unknown => Ok(Next::Over),
            Phase::Closed => self.forget().await,
            Phase::Opening => match &state.foreign {
                Some(room) => self.find(&state, room).await,
                None => self.open(&state, meeting).await,
            },
            Phase::Open => self.watch(&state, meeting).await,
            // Who stops broadcasting a session ends it for nobody.
            Phase::Ending if state.foreign.is_some() => self.let_go(&state).await,
            Phase::Ending => self.end(meeting).await,
        }
    }
}

impl Room {
    fn act(&self) -> Act {
        self.deps.act("rooms")
    }

    async fn tell(&self, command: SessionCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .sessions
            .execute(self.session, command, self.act())
            .await?;
        Ok(())
    }

    async fn close(&self, by: EndedBy) -> anyhow::Result<Next> {
        let act = self.act().vital();
        self.deps
            .aggregates
            .sessions
            .execute(self.session, SessionCommand::Closed(by), act)
            .await?;
        Ok(Next::Again)
    }

    async fn failed(&mut self, error: &BbbError) -> anyhow::Result<Next> {
        self.failures += 1;
        self.tell(SessionCommand::Troubled(trouble(error))).await?;
        Ok(Next::Hold(self.deps.settings.retry(self.failures)))
    }

    async fn open(&mut self, state: &Session, meeting: MeetingId) -> anyhow::Result<Next> {
        if self.deps.now() >= state.until {
            // A create whose answer never came may have made the room: it is ended before the session is given up.
            return match self.deps.bbb.end(&meeting.to_string()).await {
                Ok(_) => self.close(EndedBy::NeverOpened).await,
                Err(error) => self.failed(&error).await,
            };
        }
        if let Some(error) = self.deps.log.refusing() {
            // What can't be recorded isn't done (design §4).
            anyhow::bail!("the log refuses writes: {error}");
        }
        let folded = self
            .deps
            .aggregates
            .meetings
            .look(meeting)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let Some(details) = folded.details else {
            return Ok(Next::Over);
        };
        let token = self.token(END_TOKEN).await?;
        let mut order = self.order(meeting, &details, &token);
        if details.options.record && self.deps.settings.recording {
            let token = self.token(READY_TOKEN).await?;
            order.recording_ready_url = Some(format!(
                "{}/callbacks/bbb/recording-ready/{token}",
                self.deps.public_url
            ));
        }
        // The log has no name of anybody in clear, so a personal room's own says not whose it is.
        if let Some(owner) = folded.owner.filter(|_| folded.personal)
            && let Some(account) = self.deps.store.account(owner).await?
        {
            order.name = format!("{} – {}", order.name, account.name);
        }
        let slides: Vec<SlidesId> = folded.slides.iter().map(|s| s.id).collect();
        order.documents = self.documents(meeting, &folded.slides);
        match self.deps.bbb.create(&order).await {
            Ok(created) => {
                self.failures = 0;
                if created.duplicate && self.is_dying(meeting).await? {
                    return Ok(Next::Wait(self.deps.settings.retry_first));
                }
                let opened = SessionCommand::Opened {
                    create_time: created.create_time,
                    internal_id: created.internal_id,
                    adopted: created.duplicate,
                };
                self.tell(opened).await?;
                // A room that was there before keeps what it has: whether that is ours nobody can say, so it gets them again.
                if !created.duplicate {
                    self.tell(SessionCommand::SlidesGiven(slides)).await?;
                }
                Ok(Next::Again)
            }
            Err(error) => self.failed(&error).await,
        }
    }

    /// A room that BBB held before we asked may be the last session's, not quite gone yet.
    async fn is_dying(&self, meeting: MeetingId) -> anyhow::Result<bool> {
        Ok(match self.deps.bbb.meeting_info(&meeting.to_string()).await {
            Ok(info) => info.is_none_or(|i| i.ended),
            // Unknown: the first look after it opened tells.
            Err(_) => false,
        })
    }

    /// Addresses under which BBB fetches them now.
    fn documents(&self, meeting: MeetingId, slides: &[Slides]) -> Vec<Document> {
        let address = |s: &Slides| {
            let path = self.deps.shelf.path(meeting, s.id, &s.file.0, self.deps.now())?;
            Some(Document {
                url: format!("{}{path}", self.deps.public_url),
                name: s.file.0.clone(),
            })
        };
        slides.iter().filter_map(address).collect()
    }

    /// Gives the room what was added since. A call whose answer never came is made again: slides that stand there twice do less harm than
    /// slides that are missing.
    async fn give_slides(&mut self, state: &Session, meeting: MeetingId) -> anyhow::Result<()> {
        let look = self.deps.aggregates.meetings.look(meeting).await;
        let held = look.map_err(anyhow::Error::msg)?.state.slides;
        let missing: Vec<Slides> = held.into_iter().filter(|s| !state.slides.contains(&s.id)).collect();
        if missing.is_empty() || self.refused_slides >= SLIDES_TRIES {
            return Ok(());
        }
        let documents = self.documents(meeting, &missing);
        match self.deps.bbb.insert_documents(&meeting.to_string(), &documents).await {
            Ok(()) => {
                self.refused_slides = 0;
                let given = missing.iter().map(|s| s.id).collect();
                self.tell(SessionCommand::SlidesGiven(given)).await
            }
            Err(error) => {
                self.refused_slides += 1;
                tracing::warn!(session = %self.session, %error, "slides could not be given to the room");
                Ok(())
            }
        }
    }

    fn order(&self, meeting: MeetingId, details: &Details, token: &str) -> CreateRoom {
        let mut order = CreateRoom {
            id: meeting.to_string(),
            name: details.name.0.clone(),
            ..CreateRoom::default()
        };
        order.end_callback_url = Some(format!("{}/callbacks/bbb/end/{token}", self.deps.public_url));
        let mut options = details.options.clone();
        options.record &= self.deps.settings.recording;
        order.options = options.for_bbb();
        // The robot is a participant: BBB's "last one left" would never come (gateway-contract §4.3).
        // So a webinar can't do without `endWhenNoModerator`, and how long is the service's where the meeting doesn't say.
        let minutes = self.deps.settings.no_moderator_minutes;
        order.default_option("endWhenNoModeratorDelayInMinutes", minutes.to_string());
        // Census M13: a meeting's own address stands.
        order.default_option("logoutURL", format!("{}/meetings", self.deps.public_url));
        order
    }

    /// The session's token of a kind of callback, made once.
    async fn token(&self, kind: &str) -> anyhow::Result<String> {
        let id = self.session.to_string();
        if let Some(token) = self.deps.store.get_secret(kind, &id).await? {
            return Ok(token.to_string());
        }
        let token = self.deps.sources.token(TOKEN_CHARS);
        self.deps.store.put_secret(kind, &id, &token).await?;
        Ok(token)
    }

    async fn watch(&mut self, state: &Session, meeting: MeetingId) -> anyhow::Result<Next> {
        let now = self.deps.now();
        if self
            .hooked_at
            .is_none_or(|at| elapsed(now, at) >= millis(self.deps.settings.hook_refresh))
        {
            self.hook(state).await?;
        }
        let hinted = self.hand.take_hint();
        let interval = if self.missing > 0 {
            self.deps.settings.room_confirm
        } else {
            self.deps.settings.room_poll
        };
        let due = self.looked_at.map_or(0, |at| millis(interval) - elapsed(now, at));
        if due > 0 && !hinted {
            return Ok(Next::Wait(Duration::from_millis(due.unsigned_abs())));
        }
        self.looked_at = Some(now);
        let began = self.deps.now();
        let room = state.room().unwrap_or_default();
        let info = match self.deps.bbb.meeting_info(&room).await {
            Ok(info) => info,
            Err(_) if defect::on(Defect::RoomErrorReadAsOver) => None,
            // Unknown, never over.
            Err(error) => {
                self.looked_at = None;
                return self.failed(&error).await;
            }
        };
        self.failures = 0;
        self.tell(SessionCommand::Recovered).await?;
        match info {
            None => {
                self.missing += 1;
                // A callback said so too: one *not found* is enough (bbb-contract §10.6).
                if hinted && self.ended_by_callback().await? {
                    return self.close(EndedBy::Callback).await;
                }
                if self.missing >= 2 {
                    return self.close(EndedBy::Polling).await;
                }
                Ok(Next::Wait(self.deps.settings.room_confirm))
            }
            Some(info) => {
                self.missing = 0;
                if state
                    .identity
                    .as_ref()
                    .is_some_and(|i| i.create_time != info.create_time)
                {
                    return self.close(EndedBy::Replaced).await;
                }
                if info.ended {
                    // It dies, and is gone in a few seconds.
                    return Ok(Next::Wait(self.deps.settings.retry_first));
                }
                self.people(&info, began).await?;
                if state.foreign.is_none() {
                    self.give_slides(state, meeting).await?;
                }
                Ok(Next::Wait(self.deps.settings.room_poll))
            }
        }
    }

    async fn ended_by_callback(&self) -> anyhow::Result<bool> {
        Ok(self
            .deps
            .store
            .get_secret("callback-end-came", &self.session.to_string())
            .await?
            .is_some())
    }

    /// Registers our address with bbb-webhooks; again from time to time, because it forgets.
    async fn hook(&mut self, state: &Session) -> anyhow::Result<()> {
        let room = state.room().unwrap_or_default();
        let token = self.token(HOOK_TOKEN).await?;
        let url = format!("{}/callbacks/bbb/hook/{token}", self.deps.public_url);
        match self.deps.bbb.hooks_create(&url, &room, hooks::WANTED_EVENTS).await {
            Ok(_) => {
                self.hooked_at = Some(self.deps.now());
                self.tell(SessionCommand::Hooked(HookState::Registered)).await
            }
            Err(error) if error.is_unsupported() => {
                self.hooked_at = Some(self.deps.now());
                self.tell(SessionCommand::Hooked(HookState::Missing)).await
            }
            // Not now: the next look tries again. The page says "out" until it works.
            Err(_) if state.hooks.is_some() => Ok(()),
            Err(error) => {
                tracing::info!(session = %self.session, %error, "webhooks could not be registered yet");
                Ok(())
            }
        }
    }

    async fn end(&mut self, meeting: MeetingId) -> anyhow::Result<Next> {
        let id = meeting.to_string();
        match self.deps.bbb.end(&id).await {
            Ok(EndOutcome::AlreadyGone) => self.close(EndedBy::Us).await,
            Ok(EndOutcome::Asked) => match self.deps.bbb.meeting_info(&id).await {
                Ok(None) => self.close(EndedBy::Us).await,
                // Still dying: closed now, a start right after would take the dying room for the new one.
                Ok(Some(_)) => Ok(Next::Wait(self.deps.settings.retry_first)),
                Err(error) => self.failed(&error).await,
            },
            Err(error) => self.failed(&error).await,
        }
    }

    /// A session that is over leaves no secret behind. Tokens of its callbacks stay valid for answers, not for events.
    async fn forget(&self) -> anyhow::Result<Next> {
        self.deps.heard.forget(self.session);
        self.deps
            .store
            .delete_secret("callback-end-came", &self.session.to_string())
            .await?;
        Ok(Next::Over)
    }
}

pub(super) fn trouble(error: &BbbError) -> Trouble {
    match error {
        BbbError::Refused { key, .. } if key == "checksumError" => Trouble::WrongSecret,
        BbbError::Refused { .. } => Trouble::Refused,
        BbbError::Unavailable {
            kind: Unavailable::Network(_),
        } => Trouble::Unreachable,
        BbbError::Unavailable { .. } => Trouble::BadAnswer,
    }
}

/// How far back a clock may be put without anybody noticing: what a time server does in a small step.
const SMALL_STEP_MS: i64 = 1_000;

/// Milliseconds since then. A time that lies ahead says that the clock was set back meanwhile: nobody knows how long ago
/// it was, so it counts as long ago. Else the watch on a room or a picture would rest until the clock is there again.
pub(super) fn elapsed(now: Time, since: Time) -> i64 {
    match now.since_ms(since) {
        ahead if ahead < -SMALL_STEP_MS => i64::MAX,
        ms => ms.max(0),
    }
}

/// A duration in milliseconds, for comparing with times of events.
pub(super) fn millis(d: Duration) -> i64 {
    i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
}
