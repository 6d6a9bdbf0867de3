//! A meeting that broadcasts a session which another front end opened: its live is one live, and its place among so many is freed after it.

use amphi_events::ExecuteError;
use amphi_events::elsewhere::{self, ElsewhereCommand};
use amphi_events::ids::{LiveId, SessionId};
use amphi_events::live::LiveCommand;
use amphi_events::mail::About;
use amphi_events::meeting::{DURATION_MAX_S, DURATION_MIN_S, Details, Meeting, MeetingCommand};

use super::{Planner, administrators, request_mail};

impl Planner {
    /// Whether the live of such a session was on, was stopped, and nothing runs any more: then it goes on in its own front end, without us.
    pub(super) async fn has_broadcast(&self, meeting: &Meeting, session: SessionId) -> anyhow::Result<bool> {
        let (Some(_), Some(live)) = (&meeting.elsewhere, meeting.live) else {
            return Ok(false);
        };
        let state = self.holding().live(live).await?;
        Ok(state.wanted_for == Some(session) && state.wanted.is_none() && state.run.is_none())
    }

    /// Administrators are told that it is broadcast, once each.
    pub(super) async fn tell_of_adoption(&self, meeting: &Meeting) -> anyhow::Result<()> {
        let wanted = self.deps.settings.elsewhere.as_ref().is_some_and(|look| look.mail);
        if meeting.elsewhere.is_none() || !wanted {
            return Ok(());
        }
        let about = About::ElsewhereStarted { meeting: self.meeting };
        let name = ["elsewhere-started", &self.meeting.to_string()];
        for person in administrators(&self.deps).await? {
            request_mail(&self.deps, person, about.clone(), &name).await?;
        }
        Ok(())
    }

    /// Its session is over: another may be broadcast in its place, and its planned end is when that was. Else it stood among what goes on until
    /// its time was over, and held its gateway.
    pub(super) async fn leave_session(&self, meeting: &Meeting) -> anyhow::Result<()> {
        let now = self.deps.now();
        if let (Some(details), Some(live)) = (&meeting.details, meeting.live)
            && details.ends_at() > now.plus_s(DURATION_MIN_S)
        {
            let lasted = now.since_ms(details.starts_at) / 1000;
            let details = Box::new(Details {
                duration_s: lasted.clamp(DURATION_MIN_S, DURATION_MAX_S),
                ..details.clone()
            });
            let change = MeetingCommand::Change {
                live,
                details,
                expected_end: None,
            };
            let meetings = &self.deps.aggregates.meetings;
            match meetings.execute(self.meeting, change, self.act()).await {
                Ok(_) | Err(ExecuteError::Refused(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let all = &self.deps.aggregates.elsewhere;
        let leave = ElsewhereCommand::Leave(self.meeting);
        all.execute(elsewhere::ALL, leave, self.act().vital()).await?;
        Ok(())
    }

    /// Lets go of what was held for the live of a session that is over.
    pub(super) async fn free(&self, live: LiveId) -> anyhow::Result<()> {
        let holding = self.holding();
        if holding.live(live).await?.held.is_some() {
            let lives = &self.deps.aggregates.lives;
            lives.execute(live, LiveCommand::GatewayReleased, self.act()).await?;
        }
        holding.release_others(live, None).await
    }
}

#[cfg(test)]
#[path = "adopted_tests.rs"]
mod tests;
