//! The story of a webinar, from planning to closing.

mod acts;
mod chat;
mod coming_in;
mod endings;
mod equipment;
mod gateway_health;
mod invitations;
mod on_air;
mod planning;
mod refusals;
mod relay;
mod slides;
