//! The planner: what spans a meeting, its live, its gateway and its session, one process with an undo (design §3).
//!
//! One worker a meeting. It asks nothing of the outside but the store of slides, to delete there; it is a reactor so that a process that was
//! killed half-way goes on: reserve, tell the live, release if refused.

mod adopted;
mod holding;
mod moving;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;
use std::time::Duration;

pub(super) use self::moving::Moved;
use amphi_events::chat::ChatCommand;
use amphi_events::ids::{LiveId, MailId, MeetingId, PersonId, SessionId};
use amphi_events::live::{Live, LiveCommand, StopReason};
use amphi_events::mail::{About, MailCommand};
use amphi_events::meeting::{Meeting, MeetingCommand, Slides};
use amphi_events::recurrence::End;
use amphi_events::session::{Phase, SessionCommand};
use amphi_events::{Act, ExecuteError, Key, Scope, Time};
use async_trait::async_trait;

pub(super) use self::holding::Holding;
use super::Deps;
use super::defect::{self, Defect};
use super::hands::{Hand, Next, Worker};

/// How many next free times a presenter is offered.
const OFFERS: usize = 5;

/// How long a worker that only waits for a day sleeps.
const LOOK_AGAIN: Duration = Duration::from_hours(24);

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let meeting = id.parse().ok()?;
        Some(Box::new(Planner {
            deps: deps.clone(),
            meeting,
        }))
    }
}

struct Planner {
    deps: Arc<Deps>,
    meeting: MeetingId,
}

#[async_trait]
impl Worker for Planner {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let meeting = self
            .deps
            .aggregates
            .meetings
            .look(self.meeting)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        if meeting.details.is_none() {
            return Ok(Next::Over);
        }
        self.tell_new_owner(&meeting).await?;
        let look_again = match meeting.live {
            Some(live) => self.plan_live(&meeting, live).await?,
            None => None,
        };
        if let Some(session) = meeting.session {
            self.follow_session(&meeting, session).await?;
        } else if meeting.elsewhere.is_some() {
            self.leave_session(&meeting).await?;
        }
        let shed = self.shed(&meeting).await?;
        Ok(match (look_again, shed) {
            (Some(look), Next::Wait(shed)) => Next::Wait(look.min(shed)),
            (Some(look), Next::Over) => Next::Wait(look),
            (_, next) => next,
        })
    }
}

impl Planner {
    fn act(&self) -> Act {
        self.deps.act("planner")
    }

    fn holding(&self) -> Holding {
        Holding::of(self.deps.clone())
    }

    /// Who was handed the meeting hears of it, once each time.
    async fn tell_new_owner(&self, meeting: &Meeting) -> anyhow::Result<()> {
        let (Some((from, times)), Some(to)) = (meeting.handed_over, meeting.owner) else {
            return Ok(());
        };
        let about = About::HandedOver {
            meeting: self.meeting,
            from,
        };
        let name = ["handed-over", &self.meeting.to_string(), &times.to_string()];
        request_mail(&self.deps, to, about, &name).await
    }

    /// Slides that nobody needs any more go, one a step: at once where the meeting was cancelled, else a long while after its end. The
    /// file first: a program that was killed between the two finds the event missing and comes back.
    async fn shed(&self, meeting: &Meeting) -> anyhow::Result<Next> {
        let mut first: Option<i64> = None;
        for slides in &meeting.slides {
            let Some(due) = self.due(meeting, slides) else { continue };
            let left = due.since_ms(self.deps.now());
            if left > 0 {
                first = Some(first.map_or(left, |f| f.min(left)));
                continue;
            }
            let gone = self.deps.shelf.delete(self.meeting, slides.id).await;
            gone.map_err(|problem| anyhow::anyhow!("slides can't be deleted: {problem:?}"))?;
            let meetings = &self.deps.aggregates.meetings;
            let command = MeetingCommand::RemoveSlides(slides.id);
            return match meetings.execute(self.meeting, command, self.act()).await {
                Ok(_) | Err(ExecuteError::Refused(_)) => Ok(Next::Again),
                Err(other) => Err(other.into()),
            };
        }
        // Clocks are set: once a day it is looked again.
        Ok(first.map_or(Next::Over, |ms| {
            Next::Wait(LOOK_AGAIN.min(Duration::from_millis(ms.unsigned_abs())))
        }))
    }

    /// From when on slides are not needed; `None`: they stay.
    fn due(&self, meeting: &Meeting, slides: &Slides) -> Option<Time> {
        let now = self.deps.now();
        if meeting.cancelled {
            return Some(now);
        }
        let details = meeting.details.as_ref().filter(|_| !meeting.personal)?;
        let days = i64::from(self.deps.settings.slides_days);
        if days == 0 || meeting.session.is_some() || details.recurrence.is_some_and(|rule| rule.end == End::Open) {
            return None;
        }
        let ends_at = details.series().last().ends_at.max(details.around(now).ends_at);
        let added = Time(i64::try_from(slides.id.0.timestamp_ms()).unwrap_or(i64::MAX));
        Some(ends_at.max(added).plus_s(days * 86_400))
    }

    /// Its live is as the meeting says. How long until it must be looked at again without anything happening.
    async fn plan_live(&self, meeting: &Meeting, live: LiveId) -> anyhow::Result<Option<Duration>> {
        let (Some(details), Some(owner)) = (&meeting.details, meeting.owner) else {
            return Ok(None);
        };
        let lives = &self.deps.aggregates.lives;
        let wanted = details.is_webinar && !meeting.cancelled;
        let seen = lives.look(live).await.map_err(anyhow::Error::msg)?;
        if !wanted {
            if seen.version.is_some() {
                self.undo_live(live, &seen.state).await?;
            }
            return Ok(None);
        }
        // The chat's key is durable before any line needs it (design §3).
        self.deps.keys.make_scope(&Scope::chat(live)).await?;
        let plan = LiveCommand::Plan {
            meeting: Some(self.meeting),
            owner,
            presenters: details.additional_owners.clone(),
            title: details.name.0.clone(),
            starts_at: details.starts_at,
            ends_at: details.ends_at(),
            restricted: details.is_restricted,
        };
        lives.execute(live, plan, self.act()).await?;
        // The audience doesn't write: the room's chat is out of the picture as well, until a presenter says otherwise (census §4.3). Of a
        // session that was opened elsewhere whoever broadcasts it said it (§10.1).
        let shows_chat = meeting.elsewhere.as_ref().map_or(details.enable_chat, |a| a.show_chat);
        if !shows_chat && seen.state.picture.is_none() {
            let hidden = LiveCommand::WantPicture {
                source: None,
                chat: Some(false),
            };
            lives.execute(live, hidden, self.act()).await?;
        }
        // Once for the plan: afterwards presenters open and close it.
        let chats = &self.deps.aggregates.chats;
        if details.enable_chat && !chats.look(live).await.map_err(anyhow::Error::msg)?.state.was_open {
            chats.execute(live, ChatCommand::SetOpen(true), self.act()).await?;
        }
        if meeting.elsewhere.is_some() && meeting.session.is_none() {
            self.free(live).await?;
            return Ok(None);
        }
        self.holding()
            .hold_gateway(live, details.starts_at, details.ends_at())
            .await
    }

    async fn undo_live(&self, live: LiveId, state: &Live) -> anyhow::Result<()> {
        let aggregates = &self.deps.aggregates;
        if !state.cancelled {
            aggregates.lives.execute(live, LiveCommand::Cancel, self.act()).await?;
        }
        aggregates
            .chats
            .execute(live, ChatCommand::SetOpen(false), self.act())
            .await?;
        if state.held.is_some() {
            aggregates
                .lives
                .execute(live, LiveCommand::GatewayReleased, self.act())
                .await?;
        }
        if defect::on(Defect::LeakedReservation) {
            return Ok(());
        }
        self.holding().release_others(live, None).await
    }

    async fn follow_session(&self, meeting: &Meeting, session: SessionId) -> anyhow::Result<()> {
        let aggregates = &self.deps.aggregates;
        let state = aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        match state.phase {
            Phase::Unknown => {
                self.deps.keys.make_scope(&Scope::attendance(session)).await?;
                let request = SessionCommand::Request {
                    meeting: self.meeting,
                    until: meeting.session_until,
                    room: meeting.elsewhere.as_ref().map(|a| a.room.clone()),
                };
                aggregates.sessions.execute(session, request, self.act()).await?;
            }
            Phase::Opening | Phase::Open | Phase::Ending if meeting.ending => {
                aggregates
                    .sessions
                    .execute(session, SessionCommand::End, self.act().vital())
                    .await?;
                self.stop_live(meeting).await?;
            }
            Phase::Opening | Phase::Ending => {}
            Phase::Open if self.has_broadcast(meeting, session).await? => {
                let end = MeetingCommand::End;
                aggregates
                    .meetings
                    .execute(self.meeting, end, self.act().vital())
                    .await?;
            }
            Phase::Open => {
                self.tell_of_adoption(meeting).await?;
                self.want_live(meeting, session).await?;
            }
            Phase::Closed => {
                self.stop_live(meeting).await?;
                aggregates
                    .meetings
                    .execute(
                        self.meeting,
                        MeetingCommand::SessionEnded { session },
                        self.act().vital(),
                    )
                    .await?;
            }
        }
        Ok(())
    }

    async fn stop_live(&self, meeting: &Meeting) -> anyhow::Result<()> {
        let Some(live) = meeting.live else { return Ok(()) };
        if self
            .deps
            .aggregates
            .lives
            .look(live)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .wanted
            .is_some()
        {
            let stop = LiveCommand::Stop(StopReason::SessionOver);
            self.deps
                .aggregates
                .lives
                .execute(live, stop, self.act().vital())
                .await?;
        }
        Ok(())
    }

    /// An open room of a webinar wants its picture: once a session, since a presenter may stop the live and go on meeting.
    async fn want_live(&self, meeting: &Meeting, session: SessionId) -> anyhow::Result<()> {
        let (Some(live), Some(details)) = (meeting.live.filter(|_| !meeting.cancelled), &meeting.details) else {
            return Ok(());
        };
        if !details.is_webinar {
            return Ok(());
        }
        let lives = &self.deps.aggregates.lives;
        let state = lives.look(live).await.map_err(anyhow::Error::msg)?.state;
        let planned_end = details.ends_at().plus_ms(self.overrun_ms());
        let until = if planned_end > self.deps.now() {
            planned_end
        } else {
            self.deps.now().plus_ms(self.overrun_ms())
        };
        let due = match state.wanted {
            // The end was moved while it runs.
            Some(w) => w.session == Some(session) && w.until < planned_end,
            None => state.wanted_for != Some(session),
        };
        if !due {
            return Ok(());
        }
        match lives
            .execute(
                live,
                LiveCommand::Request {
                    session: Some(session),
                    until,
                },
                self.act(),
            )
            .await
        {
            Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    fn overrun_ms(&self) -> i64 {
        i64::try_from(self.deps.settings.overrun.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The administrators who can sign in. Who has left hears of no live any more, by a title or a link.
pub(super) async fn administrators(deps: &Deps) -> anyhow::Result<Vec<PersonId>> {
    let all = deps.read.administrators().await?;
    who_can_sign_in(deps, all).await
}

/// Those of them who can sign in.
pub(super) async fn who_can_sign_in(deps: &Deps, people: Vec<PersonId>) -> anyhow::Result<Vec<PersonId>> {
    let mut who = vec![];
    for person in people {
        if let Some(account) = deps.store.account(person).await?
            && amphi_web::auth::accounts::can_sign_in(&deps.store, &account).await?
        {
            who.push(person);
        }
    }
    Ok(who)
}

/// Asks for a mail whose id follows from `about`, so that it exists once.
pub(super) async fn request_mail(deps: &Deps, to: PersonId, about: About, name: &[&str]) -> anyhow::Result<()> {
    let to_text = to.to_string();
    let parts: Vec<&str> = name.iter().copied().chain([to_text.as_str()]).collect();
    let digest = Key::of(&parts).0;
    let mut id = [0_u8; 16];
    id.copy_from_slice(&digest[..16]);
    let id = MailId(ulid::Ulid::from_bytes(id));
    deps.aggregates
        .mails
        .execute(id, MailCommand::Request { to: Some(to), about }, deps.act("planner"))
        .await?;
    Ok(())
}

#[cfg(test)]
mod until_tests;
