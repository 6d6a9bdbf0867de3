//! Who there is.

use std::path::Path;

use amphi_events::person::Role;
use amphi_events::store::NewApiToken;
use amphi_web::auth::accounts::{self as web_accounts, AddError};
use anyhow::Context as _;

use super::seed::Seed;
use crate::app::App;

/// One account.
pub struct Sample {
    /// What signs in.
    pub login: &'static str,
    /// What is shown.
    pub name: &'static str,
    /// What the person may do.
    pub role: Role,
}

const fn sample(login: &'static str, name: &'static str, role: Role) -> Sample {
    Sample { login, name, role }
}

/// Everybody.
pub const ALL: &[Sample] = &[
    sample("ada", "Ada Lovelace", Role::Administrator),
    sample("grace", "Grace Hopper", Role::Staff),
    sample("alan", "Alan Turing", Role::Staff),
    sample("marie", "Marie Curie", Role::User),
    sample("emmy", "Emmy Noether", Role::User),
    sample("blaise", "Blaise Pascal", Role::User),
    sample("rosalind", "Rosalind Franklin", Role::Auditor),
];

/// Who the tour goes into the room as.
pub const fn guide() -> &'static Sample {
    &ALL[2]
}

/// The password of a login: the shortest that is taken has eight characters.
pub fn password(login: &str) -> String {
    format!("{login}-demo")
}

/// For the sign-in page.
pub fn shown() -> Vec<(String, String, String)> {
    ALL.iter()
        .map(|a| (a.login.to_owned(), password(a.login), a.role.as_str().to_owned()))
        .collect()
}

/// Makes those that are missing, and a token for each whose token is not known any more.
///
/// # Errors
/// Log, keys or store can't be written.
pub async fn make(app: &App, seed: &mut Seed, data: &Path) -> anyhow::Result<()> {
    let web = &app.web;
    for a in ALL {
        let password = password(a.login);
        let added = web_accounts::add(
            &web.aggregates,
            &web.keys,
            &web.store,
            &web.sources,
            a.login,
            a.name,
            a.role,
            Some(&password),
        )
        .await;
        match added {
            Ok(_) | Err(AddError::Taken(_)) => {}
            Err(e) => return Err(e).with_context(|| format!("the account {}", a.login)),
        }
        let account = web
            .store
            .account_by_login(a.login)
            .await?
            .with_context(|| format!("the account {} is gone", a.login))?;
        seed.persons.insert(a.login.to_owned(), account.person.to_string());
        let known = match seed.tokens.get(a.login) {
            Some(token) => web
                .store
                .find_token(token)
                .await?
                .is_some_and(|t| t.person == account.person),
            None => false,
        };
        if !known {
            let token = web
                .store
                .create_token(account.person, NewApiToken::unlimited("demo"), web.sources.now())
                .await?;
            seed.tokens.insert(a.login.to_owned(), token);
        }
    }
    seed.write(data)
}
