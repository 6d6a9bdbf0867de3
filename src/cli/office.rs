//! Carries out what commands ask, in the server or with the folder open: the same code for both.

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::ids::PersonId;
use amphi_events::log::{EventLog, Filter};
use amphi_events::person::Role;
use amphi_events::store::{Account, Keyring, NewApiToken, Place, Store};
use amphi_events::{Act, Actor, Aggregates, Position, Recorded, Sealed, Sources, Subject};
use amphi_hub::{CloseReason, Hub};
use amphi_projections::ReadModels;
use amphi_web::auth::accounts;
use amphi_web::auth::outside::enter::{NewTie, tie};
use amphi_web::moving as moved;
use anyhow::Context as _;
use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::moving::desk::{self, Desk, Kit};
use crate::moving::{self, Wish};
use crate::socket::{Clerk, Order, Progress, Tell};

/// Events read at a time.
const PAGE: usize = 2_000;

/// What orders need.
pub struct Office {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Commands.
    pub aggregates: Aggregates,
    /// Keys.
    pub keys: Arc<Keyring>,
    /// Accounts, tokens.
    pub store: Arc<Store>,
    /// Read models.
    pub read: Arc<ReadModels>,
    /// Time, ids, randomness.
    pub sources: Sources,
    /// Open sockets, where a server runs.
    pub hub: Option<Arc<Hub>>,
    /// Where services move in, where a server runs: pages do it too.
    pub desk: Option<Arc<Desk>>,
    /// Mails that lie there carry their person's id in their name.
    pub mail_folder: PathBuf,
}

impl Office {
    /// The running program's.
    pub fn of(app: &App) -> Self {
        Self {
            log: app.web.log.clone(),
            aggregates: app.web.aggregates.clone(),
            keys: app.web.keys.clone(),
            store: app.web.store.clone(),
            read: app.web.read.clone(),
            sources: app.web.sources.clone(),
            hub: Some(app.web.hub.clone()),
            desk: Some(app.desk.clone()),
            mail_folder: app.deps.mail_folder.clone(),
        }
    }

    async fn account(&self, text: &str) -> anyhow::Result<Option<Account>> {
        if let Ok(id) = text.parse::<PersonId>()
            && let Some(account) = self.store.account(id).await?
        {
            return Ok(Some(account));
        }
        Ok(self.store.account_by_login(text.trim()).await?)
    }

    /// A person by id or login; one without an account (erased, or half erased) by id only.
    async fn person(&self, text: &str) -> anyhow::Result<(PersonId, Option<Account>)> {
        if let Some(account) = self.account(text).await? {
            return Ok((account.person, Some(account)));
        }
        let id: PersonId = text
            .parse()
            .ok()
            .with_context(|| format!("nobody has the id or login {text}"))?;
        let known = self
            .aggregates
            .people
            .look(id)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .role
            .is_some();
        anyhow::ensure!(known, "nobody has the id or login {text}");
        Ok((id, None))
    }

    async fn rebuild(&self, models: &[String], tell: &Tell) -> anyhow::Result<Value> {
        self.read
            .rebuild(models, |what, done, of| {
                // Whoever asked may have gone; the rebuild goes on.
                let _ = tell.send(Progress {
                    what: what.to_owned(),
                    done,
                    of,
                });
            })
            .await?;
        Ok(self
            .read
            .health()
            .iter()
            .map(|m| json!({"model": m.name, "position": m.position.0, "halted": m.halted}))
            .collect())
    }

    async fn add(&self, login: &str, name: &str, role: &str, password: &str) -> anyhow::Result<Value> {
        let role: Role = role.parse()?;
        let id = accounts::add(
            &self.aggregates,
            &self.keys,
            &self.store,
            &self.sources,
            login,
            name,
            role,
            Some(password),
        )
        .await?;
        Ok(json!({ "id": id.to_string() }))
    }

    async fn tie(&self, login: &str, provider: &str, subject: &str) -> anyhow::Result<Value> {
        let account = self
            .account(login)
            .await?
            .with_context(|| format!("nobody has the login {login}"))?;
        let now = self.sources.now();
        tie(
            &self.aggregates,
            &self.keys,
            &self.store,
            &self.sources,
            &account,
            NewTie {
                provider,
                subject,
                since: now,
                shut: false,
            },
            Act::system("command-line", now).cause("command-line"),
        )
        .await?;
        Ok(json!({ "id": account.person.to_string() }))
    }

    async fn mail(&self, login: &str, address: &str) -> anyhow::Result<Value> {
        let account = self
            .account(login)
            .await?
            .with_context(|| format!("nobody has the login {login}"))?;
        accounts::set_mail(
            &self.aggregates,
            &self.keys,
            &self.store,
            &self.sources,
            Act::system("command-line", self.sources.now()).cause("command-line"),
            account.person,
            address,
        )
        .await?;
        Ok(json!({ "id": account.person.to_string() }))
    }

    async fn token(&self, login: &str, scopes: &[String], days: Option<u16>) -> anyhow::Result<Value> {
        let account = self
            .account(login)
            .await?
            .with_context(|| format!("nobody has the login {login}"))?;
        let now = self.sources.now();
        let mut new = NewApiToken::unlimited("command line");
        new.ends = days.map(|days| now.plus_s(i64::from(days) * 86_400));
        if !scopes.is_empty() {
            new.scopes = scopes.join(" ").parse()?;
        }
        let act = Act::system("command-line", now).cause("command-line");
        let (_, text, _) = accounts::make_token(&self.aggregates, &self.store, act, account.person, new).await?;
        Ok(text.into())
    }

    /// Takes over a dump, where nobody else is at it.
    async fn import(&self, file: PathBuf, wish: Wish, tell: Tell) -> anyhow::Result<Value> {
        let _turn = match &self.desk {
            Some(desk) => Some(desk.turn().context("an import is under way: one at a time")?),
            None => None,
        };
        let kit = Kit {
            aggregates: self.aggregates.clone(),
            keys: self.keys.clone(),
            store: self.store.clone(),
            sources: self.sources.clone(),
        };
        let told = move |p: moved::Progress| {
            let what = match p.step {
                moved::Step::Upload | moved::Step::Reading => "reading",
                moved::Step::Rows(kind) => kind.as_str(),
            };
            // Whoever asked may have gone; the import goes on.
            let _ = tell.send(Progress {
                what: what.to_owned(),
                done: p.done,
                of: p.of,
            });
        };
        let report = desk::carry_out(&kit, file.clone(), &wish, told).await;
        Ok(serde_json::to_value(
            report.with_context(|| file.display().to_string())?,
        )?)
    }

    async fn erase(&self, text: &str) -> anyhow::Result<Value> {
        let (id, _) = self.person(text).await?;
        let act = Act::system("command-line", self.sources.now()).cause("command-line");
        accounts::erase(&self.aggregates, &self.keys, &self.store, act, id).await?;
        if let Some(hub) = &self.hub {
            hub.kick(id, CloseReason::SignedOut);
            hub.erased(id).await.map_err(anyhow::Error::msg)?;
        }
        let mails = self.delete_mails(id).context("mails of the person")?;
        Ok(json!({ "id": id.to_string(), "mails_deleted": mails }))
    }

    fn delete_mails(&self, id: PersonId) -> std::io::Result<u64> {
        let entries = match std::fs::read_dir(&self.mail_folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(e) => return Err(e),
        };
        let mut deleted = 0;
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&format!("{id}-")) {
                std::fs::remove_file(entry.path())?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Account, tokens and every event that is of this person, with what is sealed under the person's key opened.
    async fn export(&self, text: &str, tell: &Tell) -> anyhow::Result<Value> {
        let (id, account) = self.person(text).await?;
        let tokens = self.store.list_tokens(id).await?;
        let identities = self.store.identities_of(id).await?;
        let groups = self.store.groups_of(id).await?;
        let mail = self.store.mails_of(&[id]).await?.remove(&id);
        let (subject, actor) = (Subject::person(id), Actor::person(id));
        let mut events = Vec::new();
        let (mut after, head) = (Position(0), self.log.head());
        loop {
            let page = self.log.read_all(after, &Filter::default(), PAGE).await?;
            for e in &page.events {
                let opened = self.opened(e, &subject);
                let own_stream = e.stream.kind() == "person" && e.stream.id() == id.to_string();
                if own_stream || !opened.is_empty() || e.event.actor == actor {
                    events.push(json!({
                        "position": e.position.0, "time": e.event.time.rfc3339(), "stream": e.stream.as_str(),
                        "type": e.event.kind, "personal": opened,
                    }));
                }
            }
            after = page.upto;
            let _ = tell.send(Progress {
                what: "log".to_owned(),
                done: after.0,
                of: head.0,
            });
            if page.end {
                break;
            }
        }
        Ok(json!({
            "id": id.to_string(),
            "account": account.map(|a| json!({
                "login": a.login, "name": a.name, "role": a.role.as_str(), "created": a.created.rfc3339(),
                "has_password": a.password_hash.is_some(), "mail": mail,
            })),
            "tokens": tokens.iter().map(|t| json!({
                "name": t.name, "created": t.created.rfc3339(), "scopes": t.scopes.to_string(),
                "ends": t.ends.map(amphi_events::Time::rfc3339), "used": t.used.map(amphi_events::Time::rfc3339),
            })).collect::<Vec<_>>(),
            "identities": identities.iter().map(|i| json!({
                "provider": i.provider, "said": i.profile, "created": i.created.rfc3339(), "seen": i.seen.rfc3339(),
            })).collect::<Vec<_>>(),
            "groups": groups,
            "events": events,
        }))
    }

    /// The sealed fields of an event that are this subject's; null where a key was destroyed.
    fn opened(&self, e: &Recorded, subject: &Subject) -> Map<String, Value> {
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&e.event.data) else {
            return Map::new();
        };
        let of = fields.into_iter().filter_map(|(field, value)| {
            let sealed: Sealed<Value> = serde_json::from_value(value).ok()?;
            if sealed.subject != *subject {
                return None;
            }
            let at = Place {
                stream: &e.stream,
                event: e.event.id,
                field: &field,
            };
            let opened = self.keys.open(&at, &sealed).unwrap_or_else(|error| {
                tracing::warn!(%error, position = e.position.0, "a sealed field can't be opened");
                None
            });
            Some((field, opened.unwrap_or(Value::Null)))
        });
        of.collect()
    }
}

#[async_trait]
impl Clerk for Office {
    async fn carry_out(&self, order: Order, tell: Tell) -> anyhow::Result<Value> {
        match order {
            Order::Rebuild { models } => self.rebuild(&models, &tell).await,
            Order::PersonExport { person } => self.export(&person, &tell).await,
            Order::PersonErase { person } => self.erase(&person).await,
            Order::UserAdd {
                login,
                name,
                role,
                password,
            } => self.add(&login, &name, &role, &password).await,
            Order::UserTie {
                login,
                provider,
                subject,
            } => self.tie(&login, &provider, &subject).await,
            Order::UserMail { login, address } => self.mail(&login, &address).await,
            Order::ImportPod {
                file,
                apply,
                site,
                time_zone,
                from,
                ties,
                same_logins,
            } => {
                let wish = Wish {
                    apply,
                    site,
                    time_zone,
                    from,
                    ties,
                    same_logins,
                    actor: Actor::system(moving::ACTOR),
                };
                self.import(file, wish, tell).await
            }
            Order::TokenNew { login, scopes, days } => self.token(&login, &scopes, days).await,
        }
    }
}
