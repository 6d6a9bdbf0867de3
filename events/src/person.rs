//! A person with an account. Stream `person-{id}`. Name and login are sealed under the person's key; the
//! small store keeps the account for signing in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::PersonId;
use crate::sealed::Sealed;
use crate::store::TokenScope;

/// What a person may do everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches and chats.
    User,
    /// Plans meetings and webinars.
    Staff,
    /// Reads the log and its statistics.
    Auditor,
    /// Everything.
    Administrator,
}

impl Role {
    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Staff => "staff",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// May plan meetings.
    pub const fn plans(self) -> bool {
        matches!(self, Self::Staff | Self::Administrator)
    }

    /// May read the log.
    pub const fn audits(self) -> bool {
        matches!(self, Self::Auditor | Self::Administrator)
    }

    /// May do everything.
    pub const fn administers(self) -> bool {
        matches!(self, Self::Administrator)
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(s: &str) -> Result<Self, UnknownRole> {
        [Self::User, Self::Staff, Self::Auditor, Self::Administrator]
            .into_iter()
            .find(|r| r.as_str() == s)
            .ok_or(UnknownRole)
    }
}

/// Not one of the four roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of user, staff, auditor, administrator")]
pub struct UnknownRole;

/// Who it is, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What signs in.
    pub login: String,
    /// What is shown.
    pub name: String,
}

/// What another house's sign-in (CAS, OpenID Connect, a reverse proxy) says of a person, sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideProfile {
    /// What stays the same there, whatever the person is called.
    pub subject: String,
    /// What signs in there.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// Mail address, where one is told.
    pub mail: Option<String>,
    /// What the person is to the university: `employee`, `student`, …
    pub affiliations: Vec<String>,
    /// Groups by the house's rules.
    pub groups: Vec<String>,
    /// Everything that was told, by its name there.
    pub attributes: BTreeMap<String, Vec<String>>,
}

crate::events! {
    /// What happened to a person's account.
    pub enum PersonEvent {
        /// An account was made.
        PersonAdded = 1 { role: Role, profile: Sealed<Profile> }
        /// What the person may do changed.
        PersonRoleChanged = 1 { role: Role }
        /// The account was tied to an identity of another house: from now on that identity signs in as this person.
        PersonIdentityTied = 1 { provider: Public<String>, identity: Sealed<OutsideProfile> }
        /// What the other house says of the person is now this.
        PersonIdentityChanged = 1 { provider: Public<String>, identity: Sealed<OutsideProfile> }
        /// The person is called otherwise from now on.
        PersonRenamed = 1 { profile: Sealed<Profile> }
        /// The person is written to at this mail address, or at none that was given here.
        PersonAddressSet = 1 { address: Option<Sealed<String>> }
        /// A password was set: the one before is over with every sign-in, and access that was closed is open again.
        PersonPasswordSet = 1 {}
        /// An API token with the person's rights was made: it may be used for these scopes, until it ends.
        PersonTokenMade = 1 { token: String, scopes: Vec<TokenScope>, ends: Option<Time> }
        /// An API token of the person was ended.
        PersonTokenRevoked = 1 { token: String }
        /// A sign-in of the person was ended from their list of sign-ins, or all of them at once.
        PersonSignedOut = 1 { session: Option<String> }
        /// The address of the person's calendar was made, or another in its place: the one before leads nowhere.
        PersonCalendarRenewed = 1 {}
        /// Every way in is closed: password, sign-ins, API tokens, identities of other houses.
        PersonAccessClosed = 1 {}
        /// The person's key was destroyed: what was sealed under it can't be read any more.
        PersonErased = 1 {}
    }
}

/// What may be asked of a person's account.
#[derive(Debug, Clone)]
pub enum PersonCommand {
    /// Make it.
    Add {
        /// What the person may do.
        role: Role,
        /// Who it is.
        profile: Sealed<Profile>,
    },
    /// Change the role.
    SetRole(Role),
    /// Tie it to an identity of another house.
    Tie {
        /// Which house, by its name in the settings.
        provider: String,
        /// What it says.
        identity: Sealed<OutsideProfile>,
    },
    /// Keep in step with what that house says now; whether it says something new is judged by who can read it.
    Follow {
        /// Which house.
        provider: String,
        /// What it says.
        identity: Sealed<OutsideProfile>,
    },
    /// Call them otherwise; whether that is new is judged by who can read it.
    Rename(Sealed<Profile>),
    /// Write to them at another address, or at none.
    SetAddress(Option<Sealed<String>>),
    /// A password is set in the store.
    SetPassword,
    /// A token was made in the store.
    MakeToken {
        /// Its name in lists; not secret.
        token: String,
        /// What it may be used for.
        scopes: Vec<TokenScope>,
        /// When it ends by itself.
        ends: Option<Time>,
    },
    /// A token goes from the store.
    RevokeToken {
        /// Which.
        token: String,
    },
    /// Sign-ins go from the store. Said anew each time, as below.
    SignOut {
        /// Which one, by its name in lists, not secret; none: all of them.
        session: Option<String>,
    },
    /// The calendar has another address in the store.
    RenewCalendar,
    /// Every way in goes from the store. Said anew each time: what the store holds meanwhile isn't known here.
    CloseAccess,
    /// Record the erasure.
    Erase,
}

/// Why a command on a person is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such person.
    #[error("no such person")]
    Unknown,
    /// The account exists.
    #[error("the person exists")]
    Exists,
    /// The person was erased.
    #[error("the person was erased")]
    Erased,
}

/// A person as folded from the stream.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// What the person may do; `None` before the account was made.
    pub role: Option<Role>,
    /// An address to write to was given.
    pub address: bool,
    /// One was given once, or taken away: what is brought from elsewhere doesn't undo that.
    pub address_said: bool,
    /// An administrator closed every way in, and opened none since.
    pub closed: bool,
    /// Erased.
    pub erased: bool,
}

impl Aggregate for Person {
    const KIND: &'static str = "person";
    type Event = PersonEvent;
    type Command = PersonCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &PersonCommand, _now: Time) -> Result<Vec<PersonEvent>, Refusal> {
        if self.erased {
            return if matches!(command, PersonCommand::Erase) {
                Ok(vec![])
            } else {
                Err(Refusal::Erased)
            };
        }
        match command {
            PersonCommand::Add { .. } if self.role.is_some() => Err(Refusal::Exists),
            PersonCommand::Add { role, profile } => Ok(vec![PersonEvent::PersonAdded {
                role: *role,
                profile: profile.clone(),
            }]),
            _ if self.role.is_none() => Err(Refusal::Unknown),
            PersonCommand::SetRole(role) if self.role == Some(*role) => Ok(vec![]),
            PersonCommand::SetRole(role) => Ok(vec![PersonEvent::PersonRoleChanged { role: *role }]),
            PersonCommand::Tie { provider, identity } => Ok(vec![PersonEvent::PersonIdentityTied {
                provider: provider.clone().into(),
                identity: identity.clone(),
            }]),
            PersonCommand::Follow { provider, identity } => Ok(vec![PersonEvent::PersonIdentityChanged {
                provider: provider.clone().into(),
                identity: identity.clone(),
            }]),
            PersonCommand::Rename(profile) => Ok(vec![PersonEvent::PersonRenamed {
                profile: profile.clone(),
            }]),
            PersonCommand::SetAddress(None) if !self.address => Ok(vec![]),
            PersonCommand::SetAddress(address) => Ok(vec![PersonEvent::PersonAddressSet {
                address: address.clone(),
            }]),
            PersonCommand::SetPassword => Ok(vec![PersonEvent::PersonPasswordSet {}]),
            PersonCommand::MakeToken { token, scopes, ends } => Ok(vec![PersonEvent::PersonTokenMade {
                token: token.clone(),
                scopes: scopes.clone(),
                ends: *ends,
            }]),
            PersonCommand::RevokeToken { token } => Ok(vec![PersonEvent::PersonTokenRevoked { token: token.clone() }]),
            PersonCommand::SignOut { session } => Ok(vec![PersonEvent::PersonSignedOut {
                session: session.clone(),
            }]),
            PersonCommand::RenewCalendar => Ok(vec![PersonEvent::PersonCalendarRenewed {}]),
            PersonCommand::CloseAccess => Ok(vec![PersonEvent::PersonAccessClosed {}]),
            PersonCommand::Erase => Ok(vec![PersonEvent::PersonErased {}]),
        }
    }

    fn evolve(&mut self, event: &PersonEvent, _meta: Meta) {
        match event {
            PersonEvent::PersonAdded { role, .. } | PersonEvent::PersonRoleChanged { role } => self.role = Some(*role),
            PersonEvent::PersonAddressSet { address } => {
                self.address = address.is_some();
                self.address_said = true;
            }
            PersonEvent::PersonIdentityTied { .. }
            | PersonEvent::PersonIdentityChanged { .. }
            | PersonEvent::PersonRenamed { .. }
            | PersonEvent::PersonTokenMade { .. }
            | PersonEvent::PersonTokenRevoked { .. }
            | PersonEvent::PersonSignedOut { .. }
            | PersonEvent::PersonCalendarRenewed {} => {}
            PersonEvent::PersonPasswordSet {} => self.closed = false,
            PersonEvent::PersonAccessClosed {} => self.closed = true,
            PersonEvent::PersonErased {} => self.erased = true,
        }
    }
}

/// The stream of a person.
pub fn stream(id: PersonId) -> crate::StreamName {
    crate::StreamName::of(Person::KIND, id)
}

#[cfg(test)]
#[path = "person_tests.rs"]
mod tests;
