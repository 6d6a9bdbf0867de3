//! A directory (LDAP) that adds attributes to what another house said of somebody.

use std::time::Duration;

use amphi_web::auth::outside::{OutsideIdentity, Told, WayError};
use ldap3::{LdapConnAsync, LdapConnSettings, Scope, SearchEntry, SearchOptions, ldap_escape};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// A directory.
#[derive(Debug, Clone)]
pub struct DirectorySettings {
    /// Its address.
    pub url: Url,
    /// Name and password to bind with; `None`: nobody's.
    pub bind: Option<(String, SecretString)>,
    /// Where to search, below.
    pub base: String,
    /// Whom to search; `{login}` is filled in.
    pub filter: String,
    /// Attributes to ask for.
    pub attributes: Vec<String>,
    /// Providers whose logins are those of the directory.
    pub providers: Vec<String>,
    /// For everything together.
    pub timeout: Duration,
    /// Without it nobody is signed in.
    pub required: bool,
}

/// A directory that can be asked.
pub struct Directory {
    settings: DirectorySettings,
    insecure: bool,
}

impl Directory {
    pub fn new(settings: DirectorySettings, insecure: bool) -> Self {
        Self { settings, insecure }
    }

    /// Adds what the directory says; values it has in common with what was said are said once.
    pub async fn look_up(&self, identity: &mut OutsideIdentity) -> Result<Told, WayError> {
        if !self.settings.providers.contains(&identity.provider) {
            return Ok(Told::Whole);
        }
        // One bound for all: the name's look-up, connection, TLS, bind and search.
        let asked = tokio::time::timeout(self.settings.timeout, self.search(&identity.login)).await;
        let found = match asked {
            Ok(Ok(found)) => found,
            Ok(Err(why)) => return self.without(why),
            Err(_) => return self.without("no answer in time".to_owned()),
        };
        for (name, values) in found.into_iter().flat_map(|entry| entry.attrs) {
            let held = identity.attributes.entry(name).or_default();
            for value in values {
                if !held.contains(&value) {
                    held.push(value);
                }
            }
        }
        Ok(Told::Whole)
    }

    fn without(&self, why: String) -> Result<Told, WayError> {
        if self.settings.required {
            return Err(WayError::Unavailable(format!("the directory: {why}")));
        }
        tracing::warn!(why = ?why, "the directory was not asked: who signs in keeps what it said last");
        Ok(Told::Partly)
    }

    /// The one entry of a login; none, where there is none.
    async fn search(&self, login: &str) -> Result<Option<SearchEntry>, String> {
        let s = &self.settings;
        let said = |e: ldap3::LdapError| e.to_string();
        let plain = s.url.scheme() == "ldap";
        let how = LdapConnSettings::new()
            .set_conn_timeout(s.timeout)
            .set_starttls(plain && !self.insecure);
        let (connection, mut ldap) = LdapConnAsync::with_settings(how, s.url.as_str()).await.map_err(said)?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the directory hung up");
            }
        });
        // Ends with this function, also where the time is over in the middle of it.
        let _driver = Ends(driver);
        if let Some((name, password)) = &s.bind {
            let bound = ldap.simple_bind(name, password.expose_secret()).await.map_err(said)?;
            bound.success().map_err(said)?;
        }
        let filter = s.filter.replace("{login}", &ldap_escape(login));
        let seconds = i32::try_from(s.timeout.as_secs()).unwrap_or(i32::MAX).max(1);
        // Two are as many as are needed to know that it is not one.
        let options = SearchOptions::new().sizelimit(2).timelimit(seconds);
        let found = ldap
            .with_search_options(options)
            .search(&s.base, Scope::Subtree, &filter, &s.attributes)
            .await
            .map_err(said)?;
        let (entries, _) = found.success().map_err(said)?;
        let _ = ldap.unbind().await;
        let mut entries = entries.into_iter().filter(|e| !e.is_ref() && !e.is_intermediate());
        match (entries.next(), entries.next()) {
            (entry, None) => Ok(entry.map(SearchEntry::construct)),
            _ => Err("more than one entry of that login".to_owned()),
        }
    }
}

struct Ends(tokio::task::JoinHandle<()>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}
