//! The story of a webinar, from planning to closing.

mod acts;
mod chat;
mod endings;
mod equipment;
mod gateway_health;
mod invitations;
mod on_air;
mod planning;
mod relay;
mod slides;
