//! The demo's start page: a tour, and buttons that break things. Outside of a demo nobody gets here.

pub mod handlers;
pub mod view;
