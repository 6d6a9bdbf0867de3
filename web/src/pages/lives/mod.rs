//! Lists of lives, and what their owners do with them: planning on a broadcaster, who may watch, what the page shows.

pub mod form;
pub mod handlers;
pub mod hold_picture;
pub mod now;
pub mod view;
