//! The pages in a real browser: Debian's Chromium, pressed and written into as people do.

mod access;
mod administration;
mod bans;
mod elsewhere;
mod house;
mod impostors;
mod keyboard;
mod listener;
mod live;
mod pictures;
mod planning;
mod robot;
mod rtmp;
mod security;
mod story;
mod trouble;
mod waiting;
mod weekly;
mod weight;
