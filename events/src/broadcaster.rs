//! A broadcaster: where viewers fetch the picture (census §5.1). Stream `broadcaster-{id}`.

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::BroadcasterId;

crate::events! {
    /// What happened to a broadcaster.
    pub enum BroadcasterEvent {
        /// An administrator added it; viewers' players fetch `hls_url`.
        BroadcasterAdded = 1 { name: Public<String>, hls_url: Public<String> }
        /// Its name and address are now these.
        BroadcasterChanged = 1 { name: Public<String>, hls_url: Public<String> }
        /// It is no longer used.
        BroadcasterRemoved = 1 {}
    }
}

/// What may be asked of a broadcaster.
#[derive(Debug, Clone)]
pub enum BroadcasterCommand {
    /// Add or change it.
    Set {
        /// Its name, 1 to 100 characters.
        name: String,
        /// `http(s)` address of its playlist.
        hls_url: String,
    },
    /// Remove it.
    Remove,
}

/// Why a command on a broadcaster is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such broadcaster.
    #[error("no such broadcaster")]
    Unknown,
    /// Name not of 1 to 100 characters.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// Not an `http` or `https` address.
    #[error("the playlist's address begins with http:// or https://")]
    Address,
}

/// A broadcaster as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Broadcaster {
    /// Its name; `None` before it was added.
    pub name: Option<String>,
    /// Its playlist.
    pub hls_url: String,
    /// No longer used.
    pub removed: bool,
}

impl Aggregate for Broadcaster {
    const KIND: &'static str = "broadcaster";
    type Event = BroadcasterEvent;
    type Command = BroadcasterCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &BroadcasterCommand, _now: Time) -> Result<Vec<BroadcasterEvent>, Refusal> {
        if self.removed {
            return if matches!(command, BroadcasterCommand::Remove) {
                Ok(vec![])
            } else {
                Err(Refusal::Unknown)
            };
        }
        match command {
            BroadcasterCommand::Set { name, hls_url } => {
                if !(1..=100).contains(&name.trim().chars().count()) || name.chars().any(char::is_control) {
                    return Err(Refusal::Name);
                }
                if !(hls_url.starts_with("http://") || hls_url.starts_with("https://")) || hls_url.len() > 2000 {
                    return Err(Refusal::Address);
                }
                let (held, name, hls_url) = (self.name.as_deref(), name.trim().to_owned(), hls_url.clone());
                Ok(if held.is_none() {
                    vec![BroadcasterEvent::BroadcasterAdded {
                        name: Public(name),
                        hls_url: Public(hls_url),
                    }]
                } else if held == Some(&name) && self.hls_url == hls_url {
                    vec![]
                } else {
                    vec![BroadcasterEvent::BroadcasterChanged {
                        name: Public(name),
                        hls_url: Public(hls_url),
                    }]
                })
            }
            BroadcasterCommand::Remove if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Remove => Ok(vec![BroadcasterEvent::BroadcasterRemoved {}]),
        }
    }

    fn evolve(&mut self, event: &BroadcasterEvent, _meta: Meta) {
        match event {
            BroadcasterEvent::BroadcasterAdded { name, hls_url }
            | BroadcasterEvent::BroadcasterChanged { name, hls_url } => {
                self.name = Some(name.0.clone());
                self.hls_url.clone_from(&hls_url.0);
            }
            BroadcasterEvent::BroadcasterRemoved {} => self.removed = true,
        }
    }
}

/// The stream of a broadcaster.
pub fn stream(id: BroadcasterId) -> crate::StreamName {
    crate::StreamName::of(Broadcaster::KIND, id)
}

#[cfg(test)]
#[path = "broadcaster_tests.rs"]
mod tests;
