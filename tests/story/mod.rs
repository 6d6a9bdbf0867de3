//! The story of a webinar, from planning to closing.

mod acts;
mod chat;
mod coming_in;
mod drivers;
mod elsewhere;
mod endings;
mod equipment;
mod gateway_health;
mod invitations;
mod mail_server;
mod mid_stream;
mod on_air;
mod participants;
mod planning;
mod recordings;
mod refusals;
mod rehearsal;
mod relay;
mod slides;
