//! `/admin`: gateways, broadcasters, people, and what the program is doing.

pub mod handlers;
pub mod view;
