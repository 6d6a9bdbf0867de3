//! Signing in by another house: CAS, OpenID Connect, a reverse proxy. Whatever the way, it ends in one type, [`OutsideIdentity`], and in
//! one function, [`enter`], that makes an account and a login session of it.
//!
//! An account is found by provider and subject, never by a mail address: mail addresses are given to somebody else after a while, and in
//! many houses people choose what theirs is said to be (docs/decisions/sign-in.md).

pub mod enter;
pub mod headers;
pub mod kept;
pub mod rules;

use std::collections::BTreeMap;

use amphi_events::person::OutsideProfile;
use async_trait::async_trait;

use crate::api::meetings::invitations::is_address;

pub use enter::{EnterError, enter};
pub use headers::HeaderSettings;
pub use rules::{Given, Rules};

/// Attributes by their name there, each with its values.
pub type Attributes = BTreeMap<String, Vec<String>>;

/// Characters of a value that is still taken.
const VALUE_MOST: usize = 500;
/// Values of an attribute that are still looked at: people with a thousand groups there are.
const VALUES_MOST: usize = 2000;

/// What another house says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideIdentity {
    /// Which house, by its name in the settings. Two ways with the same name say the same subjects: one person has one account by both.
    pub provider: String,
    /// What stays the same there, whatever the person is called.
    pub subject: String,
    /// The login that a new account should have.
    pub login: String,
    /// Everything else.
    pub attributes: Attributes,
}

/// How what other houses say is read.
#[derive(Debug, Clone, Default)]
pub struct OutsideSettings {
    /// Attributes that hold the name to show; the first that is there.
    pub name_attributes: Vec<String>,
    /// Attributes that hold the mail address.
    pub mail_attributes: Vec<String>,
    /// Attributes that say what somebody is to the university.
    pub affiliation_attributes: Vec<String>,
    /// Roles and groups.
    pub rules: Rules,
    /// Who may plan webinars beside administrators: members of these groups; empty: whoever plans.
    pub webinar_groups: Vec<String>,
    /// A reverse proxy that says who comes.
    pub headers: Option<HeaderSettings>,
    /// Names of the providers that are set, each once.
    pub providers: Vec<String>,
}

/// The values of an attribute, whatever the case of its name.
pub fn values<'a>(attributes: &'a Attributes, name: &str) -> impl Iterator<Item = &'a str> {
    attributes
        .iter()
        .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
        .flat_map(|(_, values)| values.iter().take(VALUES_MOST))
        .map(|v| v.trim())
        .filter(|v| !v.is_empty() && v.chars().count() <= VALUE_MOST)
}

impl OutsideIdentity {
    fn first(&self, names: &[String]) -> Option<&str> {
        names.iter().find_map(|name| values(&self.attributes, name).next())
    }

    /// Where to write to: an address, and not one that the house says was never checked (OpenID Connect's `email_verified`; people write there
    /// what they like).
    fn mail(&self, names: &[String]) -> Option<&str> {
        let unchecked = values(&self.attributes, "email_verified").any(|v| v.eq_ignore_ascii_case("false"));
        let checked = names.iter().filter(|n| !(unchecked && n.eq_ignore_ascii_case("email")));
        checked
            .flat_map(|name| values(&self.attributes, name))
            .find(|mail| is_address(mail))
    }

    /// What is kept of it: of the attributes only those that rules name.
    pub fn profile(&self, settings: &OutsideSettings) -> (OutsideProfile, Given) {
        let mut affiliations: Vec<String> = settings
            .affiliation_attributes
            .iter()
            .flat_map(|name| values(&self.attributes, name))
            .map(str::to_lowercase)
            .collect();
        affiliations.sort();
        affiliations.dedup();
        let given = settings.rules.apply(&self.provider, &affiliations, &self.attributes);
        let profile = OutsideProfile {
            subject: self.subject.clone(),
            login: self.login.clone(),
            name: self.first(&settings.name_attributes).unwrap_or(&self.login).to_owned(),
            mail: self.mail(&settings.mail_attributes).map(str::to_owned),
            affiliations,
            groups: given.groups.clone(),
            attributes: settings.rules.named(&self.attributes),
        };
        (profile, given)
    }
}

/// A way to sign in, as the sign-in page shows it; it begins at `/login/{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// In addresses.
    pub name: &'static str,
    /// On the page.
    pub label: String,
}

/// Where somebody is sent to sign in.
#[derive(Debug, Clone)]
pub struct SetOut {
    /// The address.
    pub location: String,
    /// What the browser keeps meanwhile, for [`Ways::come_back`].
    pub kept: String,
}

/// Whether everything was told that is told of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Yes.
    Whole,
    /// The directory did not answer: what it gave before must not be taken away for that.
    Partly,
}

/// Why somebody who comes back from another house is not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WayError {
    /// There is no such way.
    #[error("there is no such way to sign in")]
    Unknown,
    /// Begun too long ago, in another browser, or by somebody else's link.
    #[error("this sign-in was not begun here")]
    Stale,
    /// The house says no.
    #[error("refused there: {0}")]
    Refused(String),
    /// What it says proves nothing: a wrong signature, somebody else's ticket, another audience.
    #[error("its answer can't be trusted: {0}")]
    Untrusted(String),
    /// It can't be asked.
    #[error("it can't be asked now: {0}")]
    Unavailable(String),
}

/// The ways that lead outside (`src/sign_in`). The one exception to "a page asks nobody": each call has its own deadline.
#[async_trait]
pub trait Ways: Send + Sync + 'static {
    /// Those that are set.
    fn list(&self) -> Vec<Way>;
    /// Where to send somebody. `back`: the address, without a query, where they come back to.
    async fn set_out(&self, way: &str, back: &str) -> Result<SetOut, WayError>;
    /// Somebody came back; `answer` is the query, `kept` what [`SetOut`] gave.
    async fn come_back(
        &self,
        way: &str,
        back: &str,
        kept: &str,
        answer: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError>;
    /// Adds what the directory says of somebody who was just signed in.
    async fn look_up(&self, identity: &mut OutsideIdentity) -> Result<Told, WayError>;
}

/// No way leads outside.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWays;

#[async_trait]
impl Ways for NoWays {
    fn list(&self) -> Vec<Way> {
        vec![]
    }
    async fn set_out(&self, _: &str, _: &str) -> Result<SetOut, WayError> {
        Err(WayError::Unknown)
    }
    async fn come_back(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError> {
        Err(WayError::Unknown)
    }
    async fn look_up(&self, _: &mut OutsideIdentity) -> Result<Told, WayError> {
        Ok(Told::Whole)
    }
}

/// Every way that is set, in the order of the page.
pub fn list(web: &crate::Web) -> Vec<Way> {
    let mut all = web.ways.list();
    all.extend(web.settings.outside.headers.as_ref().map(|h| Way {
        name: headers::WAY,
        label: h.label.clone(),
    }));
    all
}
