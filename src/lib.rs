//! amphi
pub mod bbb;
pub mod gateways;
pub mod outgoing;
