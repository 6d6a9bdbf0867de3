//! Accounts, with their passwords where those are local and can be checked here, and with the houses by which their people sign in.

use std::collections::HashMap;

use amphi_events::ids::PersonId;
use amphi_events::person::{Person, Role};
use amphi_events::store::Account;
use amphi_web::auth::accounts::{self, AddError, NewAccount, check_login, check_name};
use amphi_web::auth::outside::EnterError;
use amphi_web::auth::outside::enter::{self, NewTie};
use amphi_web::auth::password::{self, NotTaken};

use super::dump::{Dump, Row};
use super::{ID_TIME_MS, Kind, Mover, Stop, Taken, Ties, Why, leave, unread};

/// What a row says of a person.
struct Someone<'a> {
    login: &'a str,
    name: String,
    role: Role,
    /// As it is kept here, or why there is none.
    password: Result<String, Why>,
    /// Where they are written to, as it stands there; empty: nowhere.
    mail: &'a str,
    /// Their access was closed there.
    closed: bool,
}

/// How people sign in there, by their keys and, as natural keys refer, by their logins.
pub(super) fn ways(dump: &Dump) -> HashMap<String, &str> {
    let profiles = dump.of("authentication.owner").iter();
    profiles
        .filter_map(|o| Some((o.refers("user")?, o.text("auth_type"))))
        .collect()
}

fn someone(row: &Row) -> Result<Someone<'_>, Stop> {
    let login = check_login(row.text("username")).or_else(|e| leave(Why::Refused, e))?;
    let whole = format!("{} {}", row.text("first_name").trim(), row.text("last_name").trim());
    let shown = if whole.trim().is_empty() { login } else { whole.trim() };
    let name: String = shown.chars().take(100).collect();
    let name = check_name(&name)
        .or_else(|_| check_name(login))
        .or_else(|e| leave(Why::Refused, e))?;
    // Django leaves the field out where it is true by default in old dumps made by hand.
    let active = row.value("is_active").is_none_or(|v| v.as_bool() != Some(false));
    // Whoever can't sign in administers nothing, and is not written to as one who does.
    let role = match (active, row.is("is_superuser"), row.is("is_staff")) {
        (true, true, _) => Role::Administrator,
        (true, false, true) => Role::Staff,
        _ => Role::User,
    };
    let password = match password::of_django(row.text("password")) {
        _ if !active => Err(Why::Closed),
        Ok(kept) => Ok(kept),
        Err(NotTaken::None | NotTaken::Method | NotTaken::Damaged) => Err(Why::NewPassword),
    };
    Ok(Someone {
        login,
        name,
        role,
        password,
        mail: row.text("email").trim(),
        closed: !active,
    })
}

impl<'a> Mover<'a> {
    pub(super) async fn people(&mut self) -> anyhow::Result<()> {
        let rows = self.rows(Kind::People, "auth.user");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::People, n, of);
            let done = self.one_person(&key, row).await;
            self.counted(Kind::People, &key, done)?;
        }
        Ok(())
    }

    fn known(&mut self, key: &str, login: &str, name: &str, id: PersonId) {
        self.people.insert(key.to_owned(), id);
        self.by_login.insert(login.to_owned(), id);
        // The log of a session has shown names only, or the login where there is none.
        for shown in [name, login] {
            let one = self.by_name.entry(shown.to_lowercase()).or_insert(Some(id));
            if *one != Some(id) {
                *one = None;
            }
        }
    }

    async fn one_person(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let id: PersonId = self.id("user", key)?;
        let held = self.tools.aggregates.people.look(id).await.map_err(unread)?.state;
        if held.erased {
            return leave(Why::Erased, "");
        }
        let who = someone(row)?;
        if held.role.is_some() {
            self.known(key, who.login, &who.name, id);
            self.tie(key, id, &who, held.closed || who.closed).await?;
            self.address(key, id, &who, &held).await?;
            return Ok(Taken::There);
        }
        if let Some(account) = self.same_identity(key, &who).await? {
            self.given_to(key, &who, account.person, Why::IdentityHere);
            return Ok(Taken::There);
        }
        let same = self.tools.store.account_by_login(who.login).await?;
        if let Some(account) = same.filter(|a| a.person != id) {
            if !self.wish.same_logins && !self.made_by_hand(&account).await? {
                return leave(Why::LoginOfAnother, who.login);
            }
            self.given_to(key, &who, account.person, Why::LoginHere);
            // Whoever made it by hand said nothing of a house: a way into it is opened only where somebody says that it is theirs.
            if self.wish.same_logins && !who.closed {
                let here = self.tools.aggregates.people.look(account.person).await;
                let closed = here.map_err(unread)?.state.closed;
                self.tie(key, account.person, &who, closed).await?;
            }
            return Ok(Taken::There);
        }
        if let Err(why) = who.password
            && (who.closed || !self.comes_from_a_house(key, &who))
        {
            self.report.change(Kind::People, key, why, who.login);
        }
        if self.wish.apply {
            self.add(id, &who).await?;
        }
        self.known(key, who.login, &who.name, id);
        self.tie(key, id, &who, who.closed).await?;
        self.address(key, id, &who, &held).await?;
        Ok(Taken::New)
    }

    /// An account that was here takes what is theirs.
    fn given_to(&mut self, key: &str, who: &Someone<'_>, person: PersonId, why: Why) {
        self.report.change(Kind::People, key, why, who.login);
        self.known(key, who.login, &who.name, person);
        if !who.mail.is_empty() {
            // The same login need not be the same person, and mail to somebody else tells what is not theirs.
            self.report.of(Kind::Addresses).found += 1;
            self.report
                .leave(Kind::Addresses, key, Why::AddressOfAccountHere, who.login);
        }
    }

    /// Made here, and nobody comes into it from another house: whoever made it chose its login. In other houses people may choose what
    /// theirs is called, and two services that moved in may each have had a `bob`.
    async fn made_by_hand(&self, account: &Account) -> Result<bool, Stop> {
        let imported = account.person.0.timestamp_ms() == ID_TIME_MS;
        Ok(!imported && self.tools.store.identities_of(account.person).await?.is_empty())
    }

    fn way(&self, key: &str, who: &Someone<'_>) -> &'a str {
        let way = self.ways.get(key).or_else(|| self.ways.get(who.login));
        way.copied().unwrap_or_default()
    }

    fn comes_from_a_house(&self, key: &str, who: &Someone<'_>) -> bool {
        Ties::from_a_house(self.way(key, who))
    }

    /// Whoever signs in here already by the house by which they do there.
    async fn same_identity(&self, key: &str, who: &Someone<'_>) -> Result<Option<Account>, Stop> {
        let Some(provider) = self.wish.ties.provider(self.way(key, who)) else {
            return Ok(None);
        };
        let store = self.tools.store;
        Ok(match store.tied_identity(provider, who.login).await? {
            Some(tied) => store.account(tied.person).await?,
            None => None,
        })
    }

    /// Ties an account to the identity by which its person signs in there: else that made an account of its own at the first sign-in, and
    /// an empty one. Access that was closed, there or here, stays so.
    async fn tie(&mut self, key: &str, id: PersonId, who: &Someone<'_>, shut: bool) -> Result<(), Stop> {
        let way = self.way(key, who);
        if !Ties::from_a_house(way) {
            return Ok(());
        }
        let store = self.tools.store;
        let wish = self.wish;
        let Some(provider) = wish.ties.provider(way) else {
            if !who.closed && store.identities_of(id).await?.is_empty() {
                let detail = format!("{}: {way}", who.login);
                self.report.change(Kind::People, key, Why::NotTied, detail);
            }
            return Ok(());
        };
        if let Some(tied) = store.tied_identity(provider, who.login).await?
            && store.account(tied.person).await?.is_some()
        {
            if tied.person != id {
                self.report.change(Kind::People, key, Why::IdentityTaken, who.login);
            }
            return Ok(());
        }
        // Only a look: what is not there yet can't be tied.
        let account = store.account(id).await?.filter(|_| self.wish.apply);
        let Some(account) = account else { return Ok(()) };
        let imported = account.person.0.timestamp_ms() == ID_TIME_MS;
        let new = NewTie {
            provider,
            subject: who.login,
            since: if imported {
                account.created
            } else {
                self.tools.sources.now()
            },
            shut,
        };
        let tools = &self.tools;
        let (aggregates, keys, sources) = (tools.aggregates, tools.keys, tools.sources);
        match enter::tie(aggregates, keys, store, sources, &account, new, self.act()).await {
            Err(EnterError::Way(e)) => leave(Why::Refused, e),
            done => done.map_err(Stop::from),
        }
    }

    /// Where an imported account is written to. What was said here since stays, also that there is none.
    async fn address(&mut self, key: &str, id: PersonId, who: &Someone<'_>, held: &Person) -> Result<(), Stop> {
        if who.mail.is_empty() {
            return Ok(());
        }
        self.report.of(Kind::Addresses).found += 1;
        if accounts::check_mail(who.mail).is_err() {
            self.report.leave(Kind::Addresses, key, Why::NoAddress, who.login);
            return Ok(());
        }
        let tools = &self.tools;
        // A run that was killed between the event and the store left the latter behind.
        let half = held.address && !tools.store.mails_of(&[id]).await?.contains_key(&id);
        if held.address_said && !half {
            self.report.of(Kind::Addresses).there += 1;
            return Ok(());
        }
        if self.wish.apply {
            let (aggregates, keys, store, sources) = (tools.aggregates, tools.keys, tools.store, tools.sources);
            accounts::set_mail(aggregates, keys, store, sources, self.act(), id, who.mail).await?;
        }
        self.report.of(Kind::Addresses).new += 1;
        Ok(())
    }

    async fn add(&self, id: PersonId, who: &Someone<'_>) -> Result<(), Stop> {
        let tools = &self.tools;
        // A run that was killed between the account and its event left the account alone.
        if tools.store.account(id).await?.is_some() {
            tools.store.delete_account(id).await?;
        }
        let new = NewAccount {
            login: who.login,
            name: &who.name,
            role: who.role,
            password: None,
        };
        let kept = who.password.as_ref().ok().cloned();
        let added = accounts::add_kept(
            tools.aggregates,
            tools.keys,
            tools.store,
            tools.sources,
            id,
            new,
            kept,
            self.act(),
        )
        .await;
        match added {
            Ok(_) => Ok(()),
            Err(e @ (AddError::Login | AddError::Name | AddError::Password | AddError::Taken(_))) => {
                leave(Why::Refused, e)
            }
            Err(e) => Err(e.into()),
        }
    }
}
