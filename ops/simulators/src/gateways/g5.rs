//! G5: the launcher of main (gateway contract §2.7): a chat command to a BBB meeting blocks for ever.

use serde_json::Value;

use super::fastapi::{Command, Dialect};
use super::wire::quote;
use crate::robot::Seen;

/// The dialect of main at 2026-07-01.
pub struct G5;

impl Dialect for G5 {
    fn more_paths(&self) -> &'static [&'static str] {
        &[
            "gateway/ivrConfig",
            "gateway/icon/{n}",
            "gateway/logo/{n}",
            "gateway/interact",
        ]
    }

    fn up(&self, gw_id: &str, room: &str, seen: &Seen) -> String {
        // Both are filled once the robot is about to open the room's address.
        let (browsing, room) = if seen.opened { ("bigbluebutton", room) } else { ("", "") };
        format!(
            "{{\"gw_state\":\"up\",\"gw_id\":{},\"browsing\":{},\"room\":{}}}",
            quote(gw_id, false),
            quote(browsing, false),
            quote(room, false)
        )
    }

    fn unknown_status(&self) -> (u16, &'static str) {
        (404, "Gateway not found")
    }

    fn command(&self, payload: &Value, running: Option<&Seen>) -> Command {
        let Some(seen) = running else {
            return Command::Refused(404, "Gateway not found");
        };
        let Some(verb) = payload.get("command") else {
            return Command::Refused(500, "'command'");
        };
        let verb = verb.as_str().unwrap_or_default();
        if matches!(verb, "sendKey" | "sendString" | "sendChat") && payload.get("param1").is_none() {
            return Command::Refused(500, "'param1'");
        }
        // The named pipe exists once the robot is in the meeting, and nobody ever reads it there (contract §4.6).
        if verb == "sendChat" && seen.joined {
            Command::Blocks
        } else {
            Command::Acknowledged
        }
    }

    fn open_cors(&self) -> bool {
        true
    }
}
