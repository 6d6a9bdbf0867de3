//! Read models: what pages show and what reactors look for, in SQL tables built from the log (design §4).
//!
//! `read.db` may be deleted at any time; each node has its own. A model whose version changed, or whose log
//! has another epoch, is built anew from position 0. Personal data stays sealed in every
//! column ([`amphi_events::Sealed`]) and is opened where it is shown, so an erasure needs no rebuild and a rebuild
//! gives the same rows before and after one.

mod bans;
mod broadcasters;
mod chat;
mod error;
mod follow;
mod gateways;
mod hours;
mod live_fold;
mod live_lists;
mod live_picture;
mod live_row;
mod live_state;
mod lives;
mod mails;
mod meetings;
mod model;
mod open;
mod people;
mod rebuild;
mod recordings;
mod rehearsals;
mod rows;
mod runs;
mod sessions;

#[cfg(test)]
mod tests;

pub use bans::BanRow;
pub use broadcasters::{BroadcasterHold, BroadcasterRow};
pub use chat::{ChatLine, LineStatus};
pub use error::{Behind, ReadError};
pub use gateways::{
    Availability, GatewayRow, OutageRow, Probe, ReservationRow, Standing, Stands, gw_id_missing, stands,
};
pub use hours::{Hours, InTheWay, Machine};
pub use live_lists::{Eyes, Sought, Span};
pub use live_picture::ChatInPicture;
pub use live_row::{FeedRow, Held, Lacking, LiveRow, MovedRow, RunRow, WantedRow, WayRow};
pub use live_state::{
    ChatState, DEFAULT_MAX_BYTES, DEFAULT_MAX_UNITS, LiveState, MeetingState, Moved, Pinned, RoomChat, StateView, Step,
    StepName,
};
pub use mails::MailRow;
pub use meetings::MeetingRow;
pub use open::{ModelHealth, ReadModels};
pub use people::PersonRow;
pub use recordings::RecordingRow;
pub use rehearsals::RehearsalRow;
pub use runs::RunPast;
pub use sessions::{AttendanceRow, PresentRow, SessionRow};
