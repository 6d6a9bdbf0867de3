//! G1: flat answers, as v1.5.1 (gateway contract §2, §9).

use super::mangle::{self, Mangled};
use super::shell::{self, Dialect};
use super::wire::quote;

/// The dialect of v1.5.x.
pub struct G1;

impl Dialect for G1 {
    fn unauthorized(&self) -> &'static str {
        "authorization error"
    }

    fn missing_status(&self) -> u16 {
        200
    }

    fn envelope(&self, details: &str) -> String {
        details.to_owned()
    }

    fn uri<'a>(&self, _rtmp: &'a str) -> &'a str {
        ""
    }

    fn stop_text(&self, slot: usize) -> String {
        format!(
            " Container gw{slot}  Stopping =>  Container gw{slot}  Stopped =>  Container gw{slot}  Removing =>  Container gw{slot}  Removed"
        )
    }

    fn nothing_to_stop(&self, room: &str) -> (u16, String) {
        (200, format!("{{\"res\": {}}}", quote(&shell::warning(room), true)))
    }

    fn has_progress(&self) -> bool {
        false
    }

    fn loop_crashes(&self) -> bool {
        true
    }

    fn quote_crashes(&self) -> bool {
        false
    }

    fn needs_rtmp(&self) -> bool {
        false
    }

    fn mangle(&self, text: &str) -> Mangled {
        mangle::g1_g2(text)
    }
}
