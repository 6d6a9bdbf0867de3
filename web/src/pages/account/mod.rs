//! `/login`, `/logout`, `/account`.

pub mod handlers;
pub mod next;
pub mod outside;
pub mod tokens;
pub mod view;
