//! The postman: hands mails to the house's mail server, or, where none is set, puts them into a folder, one file each.
//! Intent, the one try, outcome (design §1): a mail whose fate is unknown is never sent again by the program.

mod invitation;
mod letter;
mod post;

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::ids::MailId;
use amphi_events::mail::{About, Mail, MailCommand, Phase};
use amphi_events::{Act, Subject};
use anyhow::Context as _;
use async_trait::async_trait;

pub use self::letter::Letter;
use self::letter::Unwritten;
pub use self::post::{Post, PostError, Sent};
use super::Deps;
use super::hands::{Hand, Next, Worker};

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let mail = id.parse().ok()?;
        Some(Box::new(Postman {
            deps: deps.clone(),
            mail,
            asked: false,
        }))
    }
}

struct Postman {
    deps: Arc<Deps>,
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
                self.tell(MailCommand::Ask).await?;
                self.asked = true;
                Ok(Next::Again)
            }
            Phase::Asked => {
                let outcome = self.carry(&mail).await?;
                self.tell(outcome).await?;
                if let Err(error) = self.forget(&mail).await {
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
            .execute(self.mail, command, Act::system("postman", self.deps.now()))
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

    /// The one try.
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
