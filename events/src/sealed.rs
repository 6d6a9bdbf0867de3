//! Personal data in the log: sealed under two keys (design §3). This module has the type that stands in events;
//! [`crate::store::keys`] holds the keys and does the sealing.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whose key: a person. Erasing the person destroys it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(pub String);

/// Which time and retention class: one live or session × one class, such as `01J…:chat`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(pub String);

impl Subject {
    /// A person's key.
    pub fn person(id: crate::ids::PersonId) -> Self {
        Self(format!("person:{id}"))
    }

    /// The key of somebody who was invited by a mail address.
    pub fn invitee(id: crate::ids::InviteeId) -> Self {
        Self(format!("invitee:{id}"))
    }
}

impl Scope {
    /// Who was invited to a meeting.
    pub fn invitations(meeting: crate::ids::MeetingId) -> Self {
        Self(format!("{meeting}:invitations"))
    }

    /// The chat of a live (lines from page and room alike).
    pub fn chat(live: crate::ids::LiveId) -> Self {
        Self(format!("{live}:chat"))
    }

    /// Who was in a session.
    pub fn attendance(session: crate::ids::SessionId) -> Self {
        Self(format!("{session}:attendance"))
    }

    /// Accounts: kept until the person is erased.
    pub fn accounts() -> Self {
        Self("accounts".to_owned())
    }
}

/// A value of type `T` that opens only with the subject's and the scope's key. JSON: `{"s":subject,"c":scope,"x":base64}`.
pub struct Sealed<T> {
    /// Whose.
    pub subject: Subject,
    /// Which time and class.
    pub scope: Scope,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// From its parts, as the keyring makes them.
    pub fn from_parts(subject: Subject, scope: Scope, bytes: Vec<u8>) -> Self {
        Self {
            subject,
            scope,
            bytes,
            of: PhantomData,
        }
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::from_parts(self.subject.clone(), self.scope.clone(), self.bytes.clone())
    }
}

impl<T> PartialEq for Sealed<T> {
    fn eq(&self, o: &Self) -> bool {
        self.subject == o.subject && self.scope == o.scope && self.bytes == o.bytes
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Sealed({}, {}, {} bytes)",
            self.subject.0,
            self.scope.0,
            self.bytes.len()
        )
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    s: Subject,
    c: Scope,
    x: String,
}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        let x = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&self.bytes);
        Wire {
            s: self.subject.clone(),
            c: self.scope.clone(),
            x,
        }
        .serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let wire = Wire::deserialize(deserializer)?;
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD
            .decode(&wire.x)
            .map_err(serde::de::Error::custom)?;
        Ok(Self::from_parts(wire.s, wire.c, bytes))
    }
}
