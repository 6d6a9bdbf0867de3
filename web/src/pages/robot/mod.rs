//! `/robot/{ROOM}`: a gateway's robot comes in here (surface §2; gateway-contract §4.4).

pub mod doorman;
pub mod handlers;
pub mod view;
