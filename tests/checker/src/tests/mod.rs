//! The checker itself: what it lets pass, and what it catches.

mod by_hand;
mod model;
mod mutations;
mod network;
mod wrongs;
