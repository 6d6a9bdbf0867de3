//! G3: as G2, with `/progress` and a stop that refuses what does not run, as v1.7.0 (gateway contract §2, §9).

use super::g2::{G2, envelope};
use super::mangle::{self, Mangled};
use super::shell::Dialect;
use super::wire::quote;

/// The dialect of v1.7.0.
pub struct G3;

impl Dialect for G3 {
    fn unauthorized(&self) -> &'static str {
        G2.unauthorized()
    }

    fn missing_status(&self) -> u16 {
        400
    }

    fn envelope(&self, details: &str) -> String {
        envelope(details)
    }

    fn uri<'a>(&self, rtmp: &'a str) -> &'a str {
        rtmp
    }

    fn stop_text(&self, slot: usize) -> String {
        format!(" Container gw{slot}  Stopping =>  Container gw{slot}  Stopped")
    }

    fn nothing_to_stop(&self, room: &str) -> (u16, String) {
        (
            400,
            format!(
                "{{\"Error\": {}}}",
                quote(&format!("no running container for room={room}"), true)
            ),
        )
    }

    fn has_progress(&self) -> bool {
        true
    }

    fn loop_crashes(&self) -> bool {
        false
    }

    fn quote_crashes(&self) -> bool {
        true
    }

    fn needs_rtmp(&self) -> bool {
        true
    }

    fn mangle(&self, text: &str) -> Mangled {
        mangle::g3(text)
    }
}
