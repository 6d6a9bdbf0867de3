//! The live page.
mod ws;
