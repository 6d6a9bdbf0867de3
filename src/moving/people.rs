//! Accounts, with their passwords where those are local and can be checked here.

use amphi_events::ids::PersonId;
use amphi_events::person::{Person, Role};
use amphi_web::auth::accounts::{self, AddError, NewAccount, check_login, check_name};
use amphi_web::auth::password::{self, NotTaken};

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, leave, unread};

/// What a row says of a person.
struct Someone<'a> {
    login: &'a str,
    name: String,
    role: Role,
    /// As it is kept here, or why there is none.
    password: Result<String, Why>,
    /// Where they are written to, as it stands there; empty: nowhere.
    mail: &'a str,
}

fn someone(row: &Row) -> Result<Someone<'_>, Stop> {
    let login = check_login(row.text("username")).or_else(|e| leave(Why::Refused, e))?;
    let whole = format!("{} {}", row.text("first_name").trim(), row.text("last_name").trim());
    let shown = if whole.trim().is_empty() { login } else { whole.trim() };
    let name: String = shown.chars().take(100).collect();
    let name = check_name(&name)
        .or_else(|_| check_name(login))
        .or_else(|e| leave(Why::Refused, e))?;
    let role = match (row.is("is_superuser"), row.is("is_staff")) {
        (true, _) => Role::Administrator,
        (false, true) => Role::Staff,
        (false, false) => Role::User,
    };
    // Django leaves the field out where it is true by default in old dumps made by hand.
    let active = row.value("is_active").is_none_or(|v| v.as_bool() != Some(false));
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
    })
}

impl Mover<'_> {
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
            self.address(key, id, &who, &held).await?;
            return Ok(Taken::There);
        }
        let same = self.tools.store.account_by_login(who.login).await?;
        if let Some(account) = same.filter(|a| a.person != id) {
            self.report.change(Kind::People, key, Why::LoginHere, who.login);
            self.known(key, who.login, &who.name, account.person);
            if !who.mail.is_empty() {
                // The same login need not be the same person, and mail to somebody else tells what is not theirs.
                self.report.of(Kind::Addresses).found += 1;
                self.report
                    .leave(Kind::Addresses, key, Why::AddressOfAccountHere, who.login);
            }
            return Ok(Taken::There);
        }
        if let Err(why) = who.password {
            self.report.change(Kind::People, key, why, who.login);
        }
        if self.wish.apply {
            self.add(id, &who).await?;
        }
        self.known(key, who.login, &who.name, id);
        self.address(key, id, &who, &held).await?;
        Ok(Taken::New)
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
