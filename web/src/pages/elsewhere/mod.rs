//! Sessions that other front ends opened: the offer to broadcast them, the form, and what administrators see of all of them.

pub mod admin;
pub mod handlers;
pub mod view;
