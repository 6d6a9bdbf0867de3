//! The exact lines for a gateway's host, by what the gateway speaks (gateway-contract §1, §2.7, §4.1, §8.18, §8.20).

use amphi_events::gateway::Generation;

use crate::i18n::{Lang, T};

/// What the lines are made of.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Our host, with its port where it has one.
    pub host: &'a str,
    /// Port of the gateway's HTTP interface.
    pub port: u16,
    /// The id that generations 4 and 5 want.
    pub gw_id: Option<&'a str>,
}

/// Host and port of the public address, as the gateway's `domain` wants them.
pub fn host_of(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    rest.trim_end_matches('/')
}

/// Port of a gateway's base address.
pub fn port_of(server_url: &str, generation: Generation) -> u16 {
    let usual = match generation {
        Generation::G1 | Generation::G2 => 8080,
        Generation::G3 | Generation::Pool | Generation::Encoder => 80,
        Generation::LiveStreaming => 8090,
        Generation::G4 | Generation::G5 => 8100,
    };
    url::Url::parse(server_url)
        .ok()
        .and_then(|u| u.port_or_known_default())
        .unwrap_or(usual)
}

/// Lines for the gateway's settings file; comments in the reader's language.
pub fn settings(lang: Lang, generation: Generation, given: &Given<'_>) -> String {
    let robot = format!("{}/robot", given.host);
    let domains = format!("WEBRTC_DOMAINS='{{\"bigbluebutton\": {{\"domain\": \"{robot}\"}}}}'\n");
    let note = |key: T| format!("# {}\n", lang.t(key));
    match generation {
        Generation::G1 | Generation::G2 => format!(
            "{}MAIN_APP=streaming\nBROWSE_FILE=bigbluebutton.py\n{}",
            note(T::RecipeOneJob),
            note(T::RecipeDomainSent),
        ),
        // Images built after 2025-08-29 ignore the domain that a start carries, and take no choice of platform.
        Generation::G3 => format!(
            "{}MAIN_APP=streaming\n{}BROWSE_FILE=bigbluebutton.py\n{}# {domains}",
            note(T::RecipeOneJob),
            note(T::RecipeBefore),
            note(T::RecipeAfter),
        ),
        Generation::G4 | Generation::G5 => format!(
            "GW_API_PORT={}\n{domains}{}# gw_id={}\n",
            given.port,
            note(T::RecipeGwId),
            given.gw_id.unwrap_or("…"),
        ),
        // The gateways behind it are set up like any of their generation.
        Generation::Pool => domains,
        Generation::LiveStreaming => format!(
            "{}AMPHI_RUNNER_TOKEN=…\nAMPHI_RUNNER_PORT={}\nBBB_URL=https://bbb.example/bigbluebutton/api\nBBB_SECRET=…\n",
            note(T::RecipeRunner),
            given.port,
        ),
        Generation::Encoder => String::new(),
    }
}

/// Lines that let only us reach the gateway's port: it speaks plain HTTP, and a stranger who reaches it can start and stop.
pub fn firewall(lang: Lang, given: &Given<'_>) -> String {
    let amphi = lang.t(T::RecipeAmphisAddress);
    format!(
        "ufw allow from {amphi} to any port {port} proto tcp\nufw deny {port}/tcp\n",
        port = given.port
    )
}

/// How to find a gateway's `gw_id` on its host.
pub const FIND_GW_ID: &str = "docker compose ls --all --format json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_host_is_where_the_gateway_fixes_it() {
        let given = Given {
            host: host_of("https://live.univ.example/"),
            port: port_of("http://10.0.0.5:8100", Generation::G5),
            gw_id: Some("abcdef"),
        };
        for lang in Lang::ALL {
            let g5 = settings(lang, Generation::G5, &given);
            assert!(
                g5.contains(r#"WEBRTC_DOMAINS='{"bigbluebutton": {"domain": "live.univ.example/robot"}}'"#),
                "{g5}"
            );
            assert!(g5.contains("GW_API_PORT=8100") && g5.contains("gw_id=abcdef"), "{g5}");
            for g in [Generation::G1, Generation::G2, Generation::G3] {
                let text = settings(lang, g, &given);
                assert!(
                    text.contains("MAIN_APP=streaming\n") && text.contains("\nBROWSE_FILE=bigbluebutton.py\n"),
                    "{text}"
                );
                assert_eq!(text.contains("WEBRTC_DOMAINS"), g == Generation::G3, "{text}");
            }
            assert!(firewall(lang, &given).contains("port 8100 proto tcp"));
        }
        assert_eq!(port_of("http://gw.example", Generation::G3), 80);
        assert_eq!(host_of("http://127.0.0.1:8000"), "127.0.0.1:8000");
    }
}
