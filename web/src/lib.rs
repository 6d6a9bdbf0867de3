//! What people and programs see of Amphi: pages, the API, the websocket hub, sign-in.
//!
//! A handler appends (through the owners of streams) or reads (the read models); it never calls BBB, a
//! gateway or a mail server, so a page is as fast when BBB hangs as when it is well (design §1).

pub mod addresses;
pub mod api;
pub mod auth;
pub mod brand;
pub mod calendar;
pub mod chat;
pub mod csv;
pub mod demo;
pub mod elsewhere;
pub mod fields;
pub mod i18n;
pub mod in_force;
pub mod live_settings;
pub mod media;
pub mod moving;
pub mod pages;
pub mod preflight;
pub mod reach;
pub mod recordings;
pub mod router;
pub mod slides;
pub mod state;
pub mod watch;

pub use demo::{DemoAct, DemoMail, DemoNow, DemoStage};
pub use pages::join::bells::Bells;
pub use router::router;
pub use state::{Asker, CallbackAnswer, Callbacks, Doorway, Join, RoomDoor, Web, WebSettings, WorkState, Works};
