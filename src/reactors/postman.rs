//! The postman: puts mails into a folder, one file each, until there is a mail server to hand them to.
//! Intent, the one try, outcome; a file written and renamed is the proof that survives a kill.

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::Act;
use amphi_events::ids::{MailId, PersonId};
use amphi_events::mail::{About, MailCommand, Phase};
use anyhow::Context as _;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let mail = id.parse().ok()?;
        Some(Box::new(Postman {
            deps: deps.clone(),
            mail,
        }))
    }
}

struct Postman {
    deps: Arc<Deps>,
    mail: MailId,
}

#[async_trait]
impl Worker for Postman {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let mail = self
            .deps
            .aggregates
            .mails
            .look(self.mail)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let (Some(to), Some(about)) = (mail.to, mail.about) else {
            return Ok(Next::Over);
        };
        match mail.phase {
            Phase::Waiting => {
                self.tell(MailCommand::Ask).await?;
                Ok(Next::Again)
            }
            // Asked now, or by a program that died: the file says which. A folder is never in doubt.
            Phase::Asked => {
                let path = self.path(to);
                if tokio::fs::try_exists(&path).await? {
                    self.tell(MailCommand::Sent).await?;
                    return Ok(Next::Again);
                }
                let Some(account) = self.deps.store.account(to).await? else {
                    self.tell(MailCommand::Failed {
                        why: "no_account".to_owned(),
                    })
                    .await?;
                    return Ok(Next::Again);
                };
                let text = self.text(&account.login, &about).await?;
                let folder = &self.deps.mail_folder;
                tokio::fs::create_dir_all(folder).await.context("the folder of mails")?;
                let draft = path.with_extension("draft");
                tokio::fs::write(&draft, text).await.context("a mail")?;
                tokio::fs::rename(&draft, &path).await.context("a mail")?;
                self.tell(MailCommand::Sent).await?;
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

    /// The person's id is in the name, so that an erasure finds the person's mails.
    fn path(&self, to: PersonId) -> PathBuf {
        self.deps.mail_folder.join(format!("{to}-{}.txt", self.mail))
    }

    async fn text(&self, login: &str, about: &About) -> anyhow::Result<String> {
        let (subject, body) = match about {
            About::NoGateway { live, from, to } => {
                let title = self.title(*live).await?;
                (
                    "Pas de passerelle libre / No gateway is free".to_owned(),
                    format!(
                        "« {title} », {from} – {to}\n\n\
                         Aucune passerelle n'est libre pour ce webinaire. Il reste planifié, sans diffusion. Ajoutez une \
                         passerelle, ou convenez d'un autre horaire avec son organisateur.\n\n\
                         No gateway is free for this webinar. It stays planned, without a broadcast. Add a gateway, or agree on \
                         another time with its presenter.\n"
                    ),
                )
            }
            About::LiveFailed { live, .. } => {
                let title = self.title(*live).await?;
                (
                    "Un direct n'a pas pu démarrer / A live could not be started".to_owned(),
                    format!(
                        "« {title} »\n\n\
                         La passerelle n'a pas pu être démarrée malgré plusieurs essais. La console du direct dit pourquoi et \
                         permet de relancer.\n\n\
                         The gateway could not be started in several tries. The live's console says why and starts it again.\n"
                    ),
                )
            }
        };
        let link = match about {
            About::NoGateway { live, .. } | About::LiveFailed { live, .. } => {
                format!("{}/live/{live}/console", self.deps.public_url)
            }
        };
        Ok(format!("To: {login}\nSubject: {subject}\n\n{body}\n{link}\n"))
    }

    async fn title(&self, live: amphi_events::ids::LiveId) -> anyhow::Result<String> {
        let state = self
            .deps
            .aggregates
            .lives
            .look(live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        Ok(state.plan.map(|p| p.title).unwrap_or_default())
    }
}
