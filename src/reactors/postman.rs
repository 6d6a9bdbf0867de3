//! The postman: hands mails to the house's mail server, or, where none is set, puts them into a folder, one file each.
//! Intent, the try, outcome (design §1): a mail whose fate is unknown is never sent again by the program. One that the server surely did
//! not take, and only for now (a 4xx answer, RFC 5321 §4.2.1; nobody there), is tried again with growing waits, so many times.

mod invitation;
mod letter;
mod notice;
mod post;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::Subject;
use amphi_events::ids::MailId;
use amphi_events::mail::{About, Mail, MailCommand, Phase};
use anyhow::Context as _;
use async_trait::async_trait;

pub use self::letter::Letter;
use self::letter::Unwritten;
pub use self::post::{Post, PostError, Sent};
use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::rooms::millis;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        let mail = id.parse().ok()?;
        Some(Box::new(Postman {
            deps: deps.clone(),
            hand: hand.clone(),
            mail,
            asked: false,
        }))
    }
}

struct Postman {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    mail: MailId,
    /// The try was begun by this worker, not by a program that died.
    asked: bool,
}

#[async_trait]
impl Worker for Postman {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let mail = self.deps.aggregates.mails.look(self.mail).await;
        let mail = mail.map_err(anyhow::Error::msg)?.state;
        match mail.phase {
            Phase::Waiting => {
                // An administrator who presses *try again* has mended the server.
                let pressed = self.hand.take_hint();
                let left = mail.next.map_or(0, |next| next.since_ms(self.deps.now()));
                if let Ok(left) = u64::try_from(left)
                    && left > 0
                    && !pressed
                {
                    return Ok(Next::Wait(Duration::from_millis(left)));
                }
                self.tell(MailCommand::Ask).await?;
                self.asked = true;
                Ok(Next::Again)
            }
            Phase::Asked => {
                let outcome = self.carry(&mail).await?;
                let again = matches!(outcome, MailCommand::PutOff { .. });
                self.tell(outcome).await?;
                // A mail that is tried again needs the address once more.
                if !again && let Err(error) = self.forget(&mail).await {
                    tracing::warn!(%error, mail = %self.mail, "an address that is needed no more could not be forgotten");
                }
                Ok(Next::Again)
            }
            Phase::None | Phase::Sent | Phase::Failed | Phase::Unknown => Ok(Next::Over),
        }
    }
}

impl Postman {
    async fn tell(&self, command: MailCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .mails
            .execute(self.mail, command, self.deps.act("postman"))
            .await?;
        Ok(())
    }

    /// Who is no longer invited, and was told so, is written to no more: their address is forgotten. After the outcome only: a try that
    /// ends in an error here would be made again.
    async fn forget(&self, mail: &Mail) -> anyhow::Result<()> {
        let Some(About::Invitation {
            meeting,
            invitee,
            off: true,
            ..
        }) = mail.about
        else {
            return Ok(());
        };
        self.deps.caught_up().await?;
        let row = self.deps.read.meeting(meeting).await?;
        if row.is_some_and(|row| row.invitees.get(invitee).is_some_and(|i| i.off)) {
            self.deps.keys.destroy_subject(&Subject::invitee(invitee)).await?;
        }
        Ok(())
    }

    /// Not now: again later, or never where it was tried often enough.
    fn put_off(&self, times: u32, why: String) -> MailCommand {
        match self.deps.settings.mail_wait(times) {
            Some(wait) => MailCommand::PutOff {
                why,
                next: self.deps.now().plus_ms(millis(wait)),
            },
            None => failed(&why),
        }
    }

    /// The try.
    async fn carry(&self, mail: &Mail) -> anyhow::Result<MailCommand> {
        let Some(about) = &mail.about else {
            return Ok(failed("no_subject"));
        };
        // Written by a program that died before it could say so: the file says it. A mail server can't be asked, so nobody knows.
        let path = self.path(mail, about);
        if self.deps.post.is_none() && tokio::fs::try_exists(&path).await? {
            return Ok(MailCommand::Sent);
        }
        if self.deps.post.is_some() && !self.asked {
            return Ok(MailCommand::Unknown);
        }
        let letter = match letter::write(&self.deps, mail.to, about).await? {
            Ok(letter) => letter,
            Err(Unwritten::Gone(why)) => return Ok(failed(why)),
        };
        match &self.deps.post {
            None => self.keep(&letter, path).await,
            Some(post) => Ok(match post.send(&letter, self.mail, self.deps.now()).await {
                Ok(Sent) => MailCommand::Sent,
                Err(PostError::NotNow(why)) => self.put_off(mail.put_off + 1, why),
                Err(PostError::NotSent(why)) => failed(&why),
                Err(PostError::Unknown) => MailCommand::Unknown,
            }),
        }
    }

    async fn keep(&self, letter: &Letter, path: PathBuf) -> anyhow::Result<MailCommand> {
        let folder = &self.deps.mail_folder;
        tokio::fs::create_dir_all(folder).await.context("the folder of mails")?;
        let draft = path.with_extension("draft");
        tokio::fs::write(&draft, letter.plain()).await.context("a mail")?;
        tokio::fs::rename(&draft, &path).await.context("a mail")?;
        Ok(MailCommand::Sent)
    }

    /// The person's or invitee's id is in the name, so that an erasure finds their mails.
    fn path(&self, mail: &Mail, about: &About) -> PathBuf {
        let who = match (mail.to, about) {
            (Some(to), _) => to.to_string(),
            (None, About::Invitation { invitee, .. }) => invitee.to_string(),
            (None, _) => "nobody".to_owned(),
        };
        self.deps.mail_folder.join(format!("{who}-{}.txt", self.mail))
    }
}

fn failed(why: &str) -> MailCommand {
    MailCommand::Failed { why: why.to_owned() }
}
