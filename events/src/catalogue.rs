//! How events are declared: one macro gives each event its type name, its schema number, its
//! encoding and its row in the catalogue (`docs/events.md`, kept complete by a test).

use serde::{Deserialize, Serialize};

/// Text that is institutional and stands in clear in the log: titles, descriptions, addresses set by
/// an administrator. Nothing personal goes in here; `docs/events.md` says so to those who plan meetings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Public<T>(pub T);

impl From<&str> for Public<String> {
    fn from(s: &str) -> Self {
        Self(s.to_owned())
    }
}

impl From<String> for Public<String> {
    fn from(s: String) -> Self {
        Self(s)
    }
}

/// An event type's row in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSpec {
    /// Type name.
    pub kind: &'static str,
    /// Present schema number.
    pub schema: u16,
    /// What happened.
    pub doc: &'static str,
    /// Field names with their Rust types, which carry the class: `Sealed<…>` personal, `Public<…>` institutional, else ids, numbers, enums, times.
    pub fields: &'static [(&'static str, &'static str)],
}

/// An event's data could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A type that this stream doesn't have.
    #[error("unknown event type {0}")]
    UnknownKind(String),
    /// A schema newer than this program.
    #[error("{kind} has schema {schema}, newer than this program's {known}")]
    NewerSchema {
        /// The type.
        kind: String,
        /// What the log holds.
        schema: u16,
        /// What this program knows.
        known: u16,
    },
    /// The bytes don't hold the fields.
    #[error("{kind} can't be read: {source}")]
    Fields {
        /// The type.
        kind: String,
        /// What was wrong.
        source: serde_json::Error,
    },
}

/// Turns the fields of an older schema into those of the present one, given type and schema. It runs when reading
/// and never writes: the log keeps the bytes as they were appended. Each has a test on bytes kept in `events/testdata`.
pub type Upcast = fn(kind: &str, schema: u16, data: serde_json::Value) -> serde_json::Value;

/// The events of one kind of stream.
pub trait EventData: Clone + Send + Sync + 'static {
    /// For events of older schemas. As it stands they are read as they are: enough where fields were
    /// only added that may be missing.
    const UPCAST: Upcast = |_, _, data| data;
    /// Every type of this kind of stream.
    const SPECS: &'static [EventSpec];
    /// Type name.
    fn kind(&self) -> &'static str;
    /// Present schema number of this type.
    fn schema(&self) -> u16;
    /// The fields as JSON: done once, at the append.
    fn encode(&self) -> Vec<u8>;
    /// Reads what the log holds; older schemas go through their upcasters.
    ///
    /// # Errors
    /// [`DecodeError`].
    fn decode(kind: &str, schema: u16, data: &[u8]) -> Result<Self, DecodeError>;
}

/// Declares the events of a stream. Where a schema number is above 1, `pub enum Name upcast function { … }` says what
/// reads the older ones ([`Upcast`]).
#[macro_export]
macro_rules! events {
    (
        $(#[doc = $edoc:literal])*
        pub enum $name:ident $(upcast $upcast:path)? {
            $(
                #[doc = $vdoc:literal]
                $variant:ident = $schema:literal { $( $(#[$fattr:meta])* $field:ident : $ty:ty ),* $(,)? }
            )*
        }
    ) => {
        $(#[doc = $edoc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        #[allow(missing_docs, reason = "the fields of each event are described in docs/events.md")]
        pub enum $name {
            $( #[doc = $vdoc] $variant { $( $(#[$fattr])* $field: $ty ),* }, )*
        }

        impl $crate::EventData for $name {
            $( const UPCAST: $crate::catalogue::Upcast = $upcast; )?

            const SPECS: &'static [$crate::EventSpec] = &[
                $( $crate::EventSpec {
                    kind: stringify!($variant),
                    schema: $schema,
                    doc: $vdoc,
                    fields: &[ $( (stringify!($field), stringify!($ty)) ),* ],
                } ),*
            ];

            fn kind(&self) -> &'static str {
                match self { $( Self::$variant { .. } => stringify!($variant) ),* }
            }

            fn schema(&self) -> u16 {
                match self { $( Self::$variant { .. } => $schema ),* }
            }

            fn encode(&self) -> Vec<u8> {
                // Only maps with string keys and plain values are declared above, so JSON can't refuse them.
                serde_json::to_vec(self).unwrap_or_default()
            }

            fn decode(kind: &str, schema: u16, data: &[u8]) -> Result<Self, $crate::DecodeError> {
                match kind {
                    $( stringify!($variant) => {
                        #[derive(serde::Deserialize)]
                        struct Fields { $( $(#[$fattr])* $field: $ty ),* }
                        if schema > $schema {
                            return Err($crate::DecodeError::NewerSchema { kind: kind.to_owned(), schema, known: $schema });
                        }
                        let fields = if schema < $schema {
                            serde_json::from_slice(data)
                                .and_then(|old| serde_json::from_value(<Self as $crate::EventData>::UPCAST(kind, schema, old)))
                        } else {
                            serde_json::from_slice(data)
                        };
                        let Fields { $( $field ),* } =
                            fields.map_err(|source| $crate::DecodeError::Fields { kind: kind.to_owned(), source })?;
                        Ok(Self::$variant { $( $field ),* })
                    } )*
                    _ => Err($crate::DecodeError::UnknownKind(kind.to_owned())),
                }
            }
        }
    };
}

/// Every event type of the program, by kind of stream.
pub fn catalogue() -> Vec<(&'static str, &'static [EventSpec])> {
    use crate::Aggregate;
    vec![
        (crate::meeting::Meeting::KIND, crate::meeting::MeetingEvent::SPECS),
        (crate::session::Session::KIND, crate::session::SessionEvent::SPECS),
        (crate::live::Live::KIND, crate::live::LiveEvent::SPECS),
        (crate::gateway::Gateway::KIND, crate::gateway::GatewayEvent::SPECS),
        (
            crate::broadcaster::Broadcaster::KIND,
            crate::broadcaster::BroadcasterEvent::SPECS,
        ),
        (crate::building::Buildings::KIND, crate::building::BuildingEvent::SPECS),
        (
            crate::elsewhere::Elsewhere::KIND,
            crate::elsewhere::ElsewhereEvent::SPECS,
        ),
        (crate::page::Page::KIND, crate::page::PageEvent::SPECS),
        (crate::feed::Feed::KIND, crate::feed::FeedEvent::SPECS),
        (crate::chat::Chat::KIND, crate::chat::ChatEvent::SPECS),
        (crate::relay::Relay::KIND, crate::relay::RelayEvent::SPECS),
        (crate::person::Person::KIND, crate::person::PersonEvent::SPECS),
        (crate::group::Group::KIND, crate::group::GroupEvent::SPECS),
        (
            crate::recordings::Recordings::KIND,
            crate::recordings::RecordingsEvent::SPECS,
        ),
        (crate::mail::Mail::KIND, crate::mail::MailEvent::SPECS),
        (
            crate::rehearsal::Rehearsal::KIND,
            crate::rehearsal::RehearsalEvent::SPECS,
        ),
        (crate::reactor::Reactor::KIND, crate::reactor::ReactorEvent::SPECS),
    ]
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
