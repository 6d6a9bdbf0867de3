//! Recordings: asks BBB for the list of a meeting's, has it do what people want with them, and has owner and co-owners told of those that
//! can be looked at. One worker a meeting.
//!
//! BBB is asked when somebody looks at the page, when it calls back, and, because a lost callback is lost (bbb-contract §4.2), from
//! time to time for three days after a session that was to be recorded. An error is *unknown*: what was known stays, with its age.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::{MeetingId, PersonId, SessionId};
use amphi_events::mail::{About, MailCommand};
use amphi_events::recordings::{
    FORMATS_MAX, Facts, Format, Order, RecordingId, Recordings, RecordingsCommand, State, mail_id,
};
use amphi_events::session::EndedBy;
use amphi_events::{Act, Time};
use amphi_projections::SessionRow;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::looks::LOOK_REST;
use super::rooms::{elapsed, millis, trouble};
use crate::bbb::BbbError;
use crate::bbb::recordings::{MOST, PAGE, Playback, Recorded, is_of};

/// Kind of the secrets that stand in the address BBB calls when a recording can be looked at.
pub const READY_TOKEN: &str = "callback-recording-ready";
/// A session's recording is looked for so long after its end.
pub const WATCH: Duration = Duration::from_hours(72);
/// The wait grows with the age of what is waited for: this part of it.
const PART_OF_AGE: i64 = 8;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        let meeting = id.parse().ok()?;
        Some(Box::new(Librarian {
            deps: deps.clone(),
            hand: hand.clone(),
            meeting,
            failures: 0,
            again_at: Time(0),
            looked_at: None,
        }))
    }
}

struct Librarian {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    meeting: MeetingId,
    /// Failed calls in a row of what is wanted, and when the next is made.
    failures: u32,
    again_at: Time,
    looked_at: Option<Time>,
}

#[async_trait]
impl Worker for Librarian {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let hinted = self.hand.take_hint();
        let held = self.look().await?;
        if let Some(error) = self.deps.log.refusing() {
            // What can't be recorded isn't done (design §4). Whoever waits for the list is not kept waiting.
            self.deps.looks.given_up(self.meeting);
            anyhow::bail!("the log refuses writes: {error}");
        }
        let telling = held.all.iter().find(|(_, r)| r.tells());
        if let Some((recording, _)) = telling {
            self.have_told(recording).await?;
            return Ok(Next::Again);
        }
        // Whoever looks waits, so the list comes before what is to be done.
        let wait = self.wait(&held).await?;
        let due = wait.is_some_and(|left| left == 0);
        let rested = self
            .looked_at
            .is_none_or(|at| elapsed(self.deps.now(), at) >= millis(LOOK_REST));
        if due || (hinted && rested) {
            self.ask(hinted).await?;
            return Ok(Next::Again);
        }
        if hinted {
            self.deps.looks.given_up(self.meeting);
        }
        let wanted = held.all.iter().find_map(|(id, r)| Some((id, r.wanted()?)));
        if let Some((recording, order)) = wanted {
            let left = self
                .again_at
                .since_ms(self.deps.now())
                .min(millis(self.deps.settings.retry_most));
            if left > 0 {
                let left = wait.map_or(left, |wait| wait.min(left));
                return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
            }
            let name = held.all[recording].name.as_ref().map(|n| n.0.clone());
            return self.carry_out(recording, order, name).await;
        }
        Ok(match wait {
            Some(left) => Next::Wait(Duration::from_millis(left.unsigned_abs())),
            None => Next::Over,
        })
    }
}

impl Librarian {
    fn act(&self) -> Act {
        self.deps.act("recordings")
    }

    async fn look(&self) -> anyhow::Result<Recordings> {
        let look = self.deps.aggregates.recordings.look(self.meeting).await;
        Ok(look.map_err(anyhow::Error::msg)?.state)
    }

    async fn tell(&self, command: RecordingsCommand) -> anyhow::Result<()> {
        let recordings = &self.deps.aggregates.recordings;
        recordings.execute(self.meeting, command, self.act()).await?;
        Ok(())
    }

    /// Milliseconds until BBB is asked by itself; `None`: nothing is waited for.
    async fn wait(&self, held: &Recordings) -> anyhow::Result<Option<i64>> {
        if !self.deps.settings.recording {
            return Ok(None);
        }
        self.deps.caught_up().await?;
        let row = self.deps.read.meeting(self.meeting).await?;
        if !row.is_some_and(|m| m.details.options.record && m.elsewhere.is_none()) {
            return Ok(None);
        }
        let now = self.deps.now();
        let sessions = self.deps.read.sessions_of(self.meeting).await?;
        let ages = sessions.iter().filter_map(|s| awaited(s, held, now));
        let Some(youngest) = ages.min() else {
            return Ok(None);
        };
        let wait = millis(self.deps.settings.recording_poll).max(youngest / PART_OF_AGE);
        // Nothing is there so soon after the end: the first look comes after a wait too.
        let since = self.looked_at.map_or(youngest, |at| elapsed(now, at));
        Ok(Some((wait - since).max(0)))
    }

    /// Asks BBB for the whole list, page by page, and tells whoever waits for it.
    async fn ask(&mut self, hinted: bool) -> anyhow::Result<()> {
        let deps = self.deps.clone();
        let _turn = deps.looks.turn(hinted).await;
        self.looked_at = Some(self.deps.now());
        let asking = deps.looks.asking(self.meeting);
        match self.list().await? {
            Ok(listed) => {
                let now = self.deps.now();
                self.tell(listed).await?;
                self.ready_ones(now).await?;
                let at = now.0.to_string();
                let id = self.meeting.to_string();
                self.deps.store.put_secret(LOOKED, &id, &at).await?;
                // Whoever waits reads the rows next.
                self.deps.caught_up().await?;
                asking.answered(now);
            }
            Err(error) => {
                tracing::info!(meeting = %self.meeting, %error, "the recordings are not known now");
                asking.failed(trouble(&error), self.deps.now());
            }
        }
        Ok(())
    }

    async fn list(&self) -> anyhow::Result<Result<RecordingsCommand, BbbError>> {
        let room = self.meeting.to_string();
        self.deps.caught_up().await?;
        let sessions = self.deps.read.sessions_of(self.meeting).await?;
        let internal: Vec<String> = sessions.iter().filter_map(|s| s.internal_id.clone()).collect();
        let (mut seen, mut found, mut whole) = (BTreeSet::new(), vec![], true);
        let mut offset = 0;
        loop {
            let page = match self.deps.bbb.recordings(&room, offset).await {
                Ok(page) => page,
                // Half a list is none: what is missing in it would be taken for gone.
                Err(error) => return Ok(Err(error)),
            };
            whole &= page.items.len() == page.held;
            let (held, total, before) = (page.held, page.total, seen.len());
            for one in page.items {
                if seen.insert(one.id.clone())
                    && is_of(&one.id, &one.meeting_id, &room, &internal)
                    && let Some(read) = facts(&one, &sessions)
                {
                    found.push(read);
                }
            }
            offset += held;
            // A server that does not page answers the same for ever.
            let over = held != PAGE || seen.len() == before || offset >= MOST;
            if over {
                // Something came between two pages, and another fell between them.
                whole &= total.is_none_or(|total| seen.len() >= total) && offset < MOST;
                break;
            }
        }
        Ok(Ok(RecordingsCommand::Listed { found, whole }))
    }

    /// Those whose callback was lost.
    async fn ready_ones(&self, now: Time) -> anyhow::Result<()> {
        if !self.deps.settings.recording {
            return Ok(());
        }
        for (recording, r) in self.look().await?.all {
            let Some(facts) = r.facts.as_ref().filter(|_| r.is_listed() && r.ready.is_none()) else {
                continue;
            };
            // What was there before this program came is no news.
            let young = now.since_ms(facts.ends_at) < millis(WATCH);
            if facts.state == State::Published && !facts.formats.is_empty() && facts.session.is_some() && young {
                let session = facts.session;
                self.tell(RecordingsCommand::Ready { recording, session }).await?;
            }
        }
        Ok(())
    }

    /// Asks for a mail to the owner and each co-owner. Killed in between, it asks again: the mails' ids follow from what they tell.
    async fn have_told(&self, recording: &RecordingId) -> anyhow::Result<()> {
        let look = self.deps.aggregates.meetings.look(self.meeting).await;
        let meeting = look.map_err(anyhow::Error::msg)?.state;
        let co_owners = meeting.details.map(|d| d.additional_owners).unwrap_or_default();
        let people: Vec<PersonId> = meeting.owner.into_iter().chain(co_owners).collect();
        for to in &people {
            let about = About::RecordingReady {
                meeting: self.meeting,
                recording: recording.clone(),
            };
            let command = MailCommand::Request { to: Some(*to), about };
            let id = mail_id(self.meeting, recording, *to);
            self.deps.aggregates.mails.execute(id, command, self.act()).await?;
        }
        let recording = recording.clone();
        self.tell(RecordingsCommand::Told { recording, people }).await
    }

    /// What people want done with a recording. Each of these may be asked for again: an answer that never came is asked for once more, and
    /// a recording that is not there any more is as good as deleted.
    async fn carry_out(&mut self, recording: &RecordingId, order: Order, name: Option<String>) -> anyhow::Result<Next> {
        let (bbb, record) = (&self.deps.bbb, recording.as_str());
        let answer = match order {
            Order::Delete => bbb.delete_recording(record).await.map(|_| true),
            Order::Publish => bbb.publish_recording(record, true).await,
            Order::Unpublish => bbb.publish_recording(record, false).await,
            Order::Rename => bbb.rename_recording(record, &name.unwrap_or_default()).await,
        };
        let recording = recording.clone();
        let refused = |why: &str| RecordingsCommand::Refused {
            recording: recording.clone(),
            order,
            why: why.to_owned(),
        };
        let command = match answer {
            Ok(true) => RecordingsCommand::Done {
                recording: recording.clone(),
                order,
            },
            Ok(false) => refused("notFound"),
            Err(error) if error.is_unsupported() => refused("unsupportedRequest"),
            // A wrong secret is mended by an administrator, and what was wanted is wanted still.
            Err(BbbError::Refused { key, .. }) if key != "checksumError" => refused(&code(&key)),
            Err(error) => {
                self.failures += 1;
                tracing::warn!(meeting = %self.meeting, %error, "what is wanted of a recording is asked for again");
                let wait = self.deps.settings.retry(self.failures);
                self.again_at = self.deps.now().plus_ms(millis(wait));
                return Ok(Next::Again);
            }
        };
        self.failures = 0;
        self.tell(command).await?;
        Ok(Next::Again)
    }
}

/// Kind of what is kept of when a meeting's list was known last: the log has only what changed.
pub const LOOKED: &str = "recordings-looked";

/// How long ago a session ended whose recording may still come, in ms.
fn awaited(session: &SessionRow, held: &Recordings, now: Time) -> Option<i64> {
    let (by, at) = session.closed?;
    let internal: RecordingId = session.internal_id.as_ref()?.parse().ok()?;
    let known = held
        .all
        .get(&internal)
        .is_some_and(|r| r.ready.is_some() || r.deleted.is_some());
    let age = elapsed(now, at);
    (by != EndedBy::NeverOpened && !known && age < millis(WATCH)).then_some(age)
}

fn facts(one: &Recorded, sessions: &[SessionRow]) -> Option<(RecordingId, Facts)> {
    let id: RecordingId = one.id.parse().ok()?;
    let session: Option<SessionId> = sessions
        .iter()
        .find(|s| s.internal_id.as_deref() == Some(&one.id))
        .map(|s| s.id);
    let facts = Facts {
        state: match one.state.as_str() {
            "processing" => State::Processing,
            "processed" => State::Processed,
            "published" => State::Published,
            "unpublished" => State::Unpublished,
            _ => State::Other,
        },
        starts_at: Time(one.start_time),
        ends_at: Time(one.end_time.max(one.start_time)),
        participants: one.participants,
        formats: one.formats.iter().take(FORMATS_MAX).map(format).collect(),
        session,
    };
    // Asked for `deleted` or not, some servers list them.
    (one.state != "deleted").then_some((id, facts))
}

fn format(one: &Playback) -> Format {
    let mut link = one.url.clone();
    let guarded = link.query().is_some() || link.fragment().is_some();
    link.set_query(None);
    link.set_fragment(None);
    Format {
        kind: one.kind.clone().into(),
        link: String::from(link).into(),
        guarded,
        minutes: one.minutes,
    }
}

/// A key of BBB's as it may stand in the log: some word of it, or a foreign text.
fn code(key: &str) -> String {
    let plain = (1..=60).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
    if plain { key.to_owned() } else { "refused".to_owned() }
}
