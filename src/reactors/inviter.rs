//! The inviter: asks for a mail to everybody who is to be told of a meeting (RFC 5546): invited, changed, off. What is owed follows from the
//! read model, which knows whom a mail was asked for; the mail's id follows from what it tells, so it exists once.

use std::sync::Arc;

use amphi_events::ids::{InviteeId, MeetingId};
use amphi_events::mail::{About, MailCommand, invitation_id};
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let meeting = id.parse().ok()?;
        Some(Box::new(Inviter {
            deps: deps.clone(),
            meeting,
        }))
    }
}

struct Inviter {
    deps: Arc<Deps>,
    meeting: MeetingId,
}

#[async_trait]
impl Worker for Inviter {
    async fn step(&mut self) -> anyhow::Result<Next> {
        self.deps.caught_up().await?;
        let Some(row) = self.deps.read.meeting(self.meeting).await? else {
            return Ok(Next::Over);
        };
        if row.owed(self.deps.now()).next().is_none() {
            return Ok(Next::Over);
        }
        // Somebody who moves a meeting often moves it again: whoever is invited is told of what came of it, not of each step.
        let quiet = self.deps.settings.invitation_quiet;
        let since = u64::try_from(self.deps.now().since_ms(row.changed_at)).unwrap_or(0);
        let first = row.sequence == 0 && !row.cancelled;
        if let Some(left) = quiet
            .checked_sub(std::time::Duration::from_millis(since))
            .filter(|l| !first && !l.is_zero())
        {
            return Ok(Next::Wait(left));
        }
        for (invitee, sequence, off) in row.owed(self.deps.now()) {
            self.ask(invitee, sequence, off).await?;
        }
        Ok(Next::Again)
    }
}

impl Inviter {
    async fn ask(&self, invitee: InviteeId, sequence: u32, off: bool) -> anyhow::Result<()> {
        let about = About::Invitation {
            meeting: self.meeting,
            invitee,
            sequence,
            off,
        };
        self.deps
            .aggregates
            .mails
            .execute(
                invitation_id(self.meeting, invitee, sequence, off),
                MailCommand::Request { to: None, about },
                self.deps.act("inviter"),
            )
            .await?;
        Ok(())
    }
}
