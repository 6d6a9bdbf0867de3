//! G4: the launcher of 1.8.0 to 1.8.4 (gateway contract §2.7): commands are acknowledged and nothing is sent.

use serde_json::Value;

use super::fastapi::{Command, Dialect};
use super::wire::quote;
use crate::robot::Seen;

/// The dialect of v1.8.4.
pub struct G4;

impl Dialect for G4 {
    fn more_paths(&self) -> &'static [&'static str] {
        &[]
    }

    fn up(&self, gw_id: &str, _room: &str, _seen: &Seen) -> String {
        format!("{{\"gw_state\":\"up\",\"gw_id\":{}}}", quote(gw_id, false))
    }

    fn unknown_status(&self) -> (u16, &'static str) {
        (500, "argument of type 'NoneType' is not iterable")
    }

    fn command(&self, _payload: &Value, _running: Option<&Seen>) -> Command {
        Command::Acknowledged
    }

    fn open_cors(&self) -> bool {
        false
    }
}
