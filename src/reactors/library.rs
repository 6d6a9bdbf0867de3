//! Recordings as the web sees them, and what BBB calls back with when one can be looked at (bbb-contract §4.2).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::recordings::{RecordingId, RecordingsCommand, Refusal};
use amphi_events::{Act, Actor, ExecuteError, Key, Time};
use amphi_web::CallbackAnswer;
use amphi_web::recordings::{Freshness, NoLink, Recorder};
use async_trait::async_trait;

use super::callbacks::Outside;
use super::looks::LOOK_REST;
use super::recordings::LOOKED;
use super::rooms::{elapsed, millis};
use crate::bbb::recordings::{ReadyRefusal, is_of, read_ready};

/// BBB is waited for at most so long where somebody wants to look at a recording now.
const LINK_WAIT: Duration = Duration::from_secs(5);
/// Where BBB did not answer, pages that come within this time don't wait for the next try.
const TROUBLE_WAIT: Duration = Duration::from_secs(30);
/// Callbacks of one session that are taken in a minute: BBB sends one a format.
const PER_MINUTE: u32 = 60;
/// Sessions whose callbacks are counted.
const COUNTED: usize = 2000;

/// How many callbacks of each session came within the minute.
#[derive(Default)]
pub(super) struct Calls(Mutex<HashMap<SessionId, (Time, u32)>>);

impl Calls {
    fn takes(&self, session: SessionId, now: Time) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = millis(Duration::from_mins(1));
        if all.len() >= COUNTED {
            all.retain(|_, (since, _)| elapsed(now, *since) < minute);
        }
        let (since, count) = all.entry(session).or_insert((now, 0));
        if elapsed(now, *since) >= minute {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= PER_MINUTE
    }
}

impl Outside {
    /// A format of a recording is published. The event is there before the answer: BBB calls once and never again.
    pub(super) async fn recording_ready(&self, session: SessionId, body: &[u8]) -> anyhow::Result<CallbackAnswer> {
        if !self.deps.settings.recording {
            return Ok(CallbackAnswer::Gone);
        }
        let now = self.deps.now();
        if !self.calls.takes(session, now) {
            return Ok(CallbackAnswer::TooMany);
        }
        let ready = match read_ready(body, &self.deps.bbb_secret) {
            Ok(ready) => ready,
            Err(ReadyRefusal::NotSigned) => return Ok(CallbackAnswer::BadSignature),
            Err(ReadyRefusal::Unreadable) => return Ok(CallbackAnswer::BadRequest),
        };
        let look = self.deps.aggregates.sessions.look(session).await;
        let state = look.map_err(anyhow::Error::msg)?.state;
        let Some(meeting) = state.meeting else {
            return Ok(CallbackAnswer::Gone);
        };
        let internal: Vec<String> = state.identity.into_iter().map(|i| i.internal_id).collect();
        // Signed by BBB, and yet of another room: this address is of one session.
        if !is_of(&ready.record_id, &ready.meeting_id, &meeting.to_string(), &internal) {
            return Ok(CallbackAnswer::Gone);
        }
        let Ok(recording) = ready.record_id.parse::<RecordingId>() else {
            return Ok(CallbackAnswer::BadRequest);
        };
        let command = RecordingsCommand::Ready {
            session: internal.contains(&ready.record_id).then_some(session),
            recording,
        };
        let act = Act::by(Actor::outside("bbb"), now).key(Key::of(&["recording-ready", &ready.record_id]));
        match self.deps.aggregates.recordings.execute(meeting, command, act).await {
            Ok(_) => {
                self.reactors.recordings.hint(&meeting.to_string());
                Ok(CallbackAnswer::Taken)
            }
            Err(ExecuteError::Refused(Refusal::Deleted)) => Ok(CallbackAnswer::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// When the list was known last: the program may have been started since.
    async fn known_at(&self, meeting: MeetingId) -> Option<Time> {
        let kept = self.deps.store.get_secret(LOOKED, &meeting.to_string()).await;
        kept.ok().flatten().and_then(|at| at.parse().ok()).map(Time)
    }
}

#[async_trait]
impl Recorder for Outside {
    async fn look(&self, meeting: MeetingId, most: Duration) -> Freshness {
        let now = self.deps.now();
        let mut seen = self.deps.looks.of(meeting);
        let before = *seen.borrow_and_update();
        let mut asking = false;
        if before.asked.is_none_or(|at| elapsed(now, at) >= millis(LOOK_REST)) {
            self.reactors.recordings.hint(&meeting.to_string());
            let in_trouble = before
                .trouble
                .is_some_and(|(_, at)| elapsed(now, at) < millis(TROUBLE_WAIT));
            let most = if in_trouble { Duration::ZERO } else { most };
            let over = tokio::time::timeout(most, seen.wait_for(|look| look.round > before.round)).await;
            asking = over.is_err();
        }
        let look = *self.deps.looks.of(meeting).borrow();
        Freshness {
            at: match look.at {
                Some(at) => Some(at),
                None => self.known_at(meeting).await,
            },
            trouble: look.trouble,
            asking,
        }
    }

    async fn link(&self, recording: &RecordingId, kind: &str) -> Result<String, NoLink> {
        let asked = async {
            let _turn = self.deps.looks.turn(true).await;
            self.deps.bbb.recording(recording.as_str()).await
        };
        let found = match tokio::time::timeout(LINK_WAIT, asked).await {
            Ok(Ok(found)) => found.ok_or(NoLink::Gone)?,
            Ok(Err(error)) => {
                tracing::info!(%error, "a recording's address is not known now");
                return Err(NoLink::Unknown);
            }
            Err(_) => return Err(NoLink::Unknown),
        };
        let format = found.formats.into_iter().find(|f| f.kind == kind);
        format.map(|f| f.url.into()).ok_or(NoLink::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_callbacks_and_the_next_as_many() {
        let (calls, now) = (Calls::default(), Time(1_800_000_000_000));
        let (one, other) = (SessionId(ulid::Ulid(1)), SessionId(ulid::Ulid(2)));
        assert!((0..PER_MINUTE).all(|_| calls.takes(one, now)));
        assert!(!calls.takes(one, now.plus_s(59)) && calls.takes(other, now));
        assert!(calls.takes(one, now.plus_s(60)));
    }
}
