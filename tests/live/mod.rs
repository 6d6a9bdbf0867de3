//! The live page.
mod door;
mod ws;
