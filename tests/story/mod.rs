//! The story of a webinar, from planning to closing.

mod acts;
mod chat;
mod endings;
mod equipment;
mod invitations;
mod mail_server;
mod on_air;
mod participants;
mod planning;
mod relay;
mod slides;
