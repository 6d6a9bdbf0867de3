//! G2: start and stop in an envelope, 400 for missing parameters, as v1.6.0 (gateway contract §2, §9).

use super::g1::G1;
use super::mangle::{self, Mangled};
use super::shell::{self, Dialect};
use super::wire::quote;

/// The dialect of v1.6.0.
pub struct G2;

/// The envelope of G2 and G3: it says success whatever is inside.
pub fn envelope(details: &str) -> String {
    format!("{{\"status\": \"success\", \"details\": {details}}}")
}

impl Dialect for G2 {
    fn unauthorized(&self) -> &'static str {
        "{\"Error\": \"authorization error\"}"
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
        G1.stop_text(slot)
    }

    fn nothing_to_stop(&self, room: &str) -> (u16, String) {
        (
            200,
            envelope(&format!("{{\"res\": {}}}", quote(&shell::warning(room), true))),
        )
    }

    fn has_progress(&self) -> bool {
        false
    }

    fn loop_crashes(&self) -> bool {
        true
    }

    fn quote_crashes(&self) -> bool {
        true
    }

    fn needs_rtmp(&self) -> bool {
        true
    }

    fn mangle(&self, text: &str) -> Mangled {
        mangle::g1_g2(text)
    }
}
