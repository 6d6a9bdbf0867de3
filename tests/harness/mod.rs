//! Actors that speak only through the public surface. No blind waits: what is expected is asked for until it is there
//! or its time is over, and a failure says what was seen last.

mod answer;
mod browser;
mod browser_page;
mod media_server;
mod person;
mod ports;
mod post_office;
mod process;
mod raw;
mod redis;
mod server;
mod sim;
mod viewer;
mod wait;
mod webdriver;
mod world;

pub use answer::Answer;
pub use browser::{Chrome, browsing};
pub use browser_page::{Browser, Hand, LATER, Look, SOON};
pub use media_server::{MediaServer, SIGNING};
pub use person::Person;
pub use ports::free as free_port;
pub use post_office::{Mail, PostOffice};
pub use process::{Output, Process, tail};
pub use raw::{Heard, Raw, Wire};
pub use redis::Redis;
pub use server::Server;
pub use sim::{Call, SECRET, Sim, SimOptions};
pub use viewer::{Ask, Shown, Socket, Viewer, open};
pub use wait::{eventually, seed};
pub use webdriver::{ENTER, TAB};
pub use world::{Plan, World, WorldOptions, rfc3339};
