//! The exact lines an administrator puts on a gateway (gateway contract §1, §4.1, §8.20): nobody finds them alone.

use super::Generation;

/// Settings for a gateway of that generation, for our public host (`host` or `host:port`).
pub fn check_settings_text(generation: Generation, public_host: &str) -> String {
    let domain = format!("{public_host}/robot");
    match generation {
        Generation::G1 | Generation::G2 => "MAIN_APP=streaming\nBROWSE_FILE=bigbluebutton.py\n".to_owned(),
        // Images built after 2025-08-29 ignore the domain that a start carries.
        Generation::G3 => format!(
            "MAIN_APP=streaming\nBROWSE_FILE=bigbluebutton.py\n# images from 2025-08-29 on, instead of BROWSE_FILE (this entry alone):\nWEBRTC_DOMAINS='{{\"bigbluebutton\": {{\"domain\": \"{domain}\"}}}}'\n"
        ),
        Generation::G4 | Generation::G5 => format!(
            "GW_API_PORT=8100\nWEBRTC_DOMAINS='{{\"bigbluebutton\": {{\"domain\": \"{domain}\"}}}}'\n# it checks no token: let only Amphi reach this port\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_in_the_lines_where_the_gateway_fixes_it() {
        assert!(check_settings_text(Generation::G5, "amphi.univ.fr").contains(r#""domain": "amphi.univ.fr/robot""#));
        assert!(check_settings_text(Generation::G2, "amphi.univ.fr").contains("MAIN_APP=streaming"));
    }
}
