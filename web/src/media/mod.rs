//! Media servers: what they say of who pushes a picture (`hooks`), and the addresses under which they let people watch (`sign`).
//!
//! A hook is a hint. It shortens the wait for a picture and turns strangers away; what is on air is decided by the playlist alone, so a hook
//! that is lost, doubled or overtaken changes nothing but that.

pub mod hooks;
pub mod pace;
pub mod push;
pub mod said;
pub mod sign;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

/// What is set of media servers.
#[derive(Debug, Clone)]
pub struct MediaSettings {
    /// What they show with each hook; none: hooks are off.
    pub hook_token: Option<SecretString>,
    /// How long a signed address of a playlist holds.
    pub link_life: Duration,
}

/// A connection that pushes, as a media server says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// Application and stream key, `live/KEY`. A bearer secret, never logged.
    pub path: String,
    /// The media server's name of the connection.
    pub client: String,
    /// What stood behind the stream's name as `key`; empty: nothing. A secret, never logged.
    pub key: String,
}

/// What a media server is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishAnswer {
    /// Let it in.
    LetIn,
    /// Nobody here has this stream key.
    Unknown,
    /// Who has it is not to be on air now.
    NotWanted,
    /// That can't be known now.
    NotNow,
}

/// Judges who may push a picture, and tells whoever waits for it.
#[async_trait]
pub trait Publishers: Send + Sync + 'static {
    /// Somebody wants to push, or goes on pushing.
    async fn began(&self, publish: &Publish) -> PublishAnswer;
    /// A connection that pushed is over.
    async fn ended(&self, publish: &Publish) -> PublishAnswer;
}
