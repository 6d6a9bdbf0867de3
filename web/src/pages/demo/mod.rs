//! The demo's start page: a tour, buttons that break things, and the mails. Outside of a demo nobody gets here.

pub mod handlers;
pub mod mails;
pub mod view;
