//! Which generation answers, without any effect there (gateway contract §2.8). `/start` is called **without a room**
//! only: every generation refuses that before it does anything.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::answer::Said;
use super::{GatewayTimes, Generation};
use crate::bbb::Query;
use crate::outgoing::{Call, GATEWAY_CAP, HttpClient, OutError, Trust};

/// Whether the gateway takes our token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenCheck {
    /// It does.
    Good,
    /// It does not.
    Wrong,
    /// This generation never checks one, or it was not asked.
    NotChecked,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The dialect, if it is one that we speak.
    pub generation: Option<Generation>,
    /// The token.
    pub token: TokenCheck,
    /// Something answers HTTP there.
    pub reachable: bool,
    /// For people: what it is, and what to mend.
    pub why: String,
}

impl Detection {
    fn unreachable(error: &OutError) -> Self {
        Self {
            generation: None,
            token: TokenCheck::NotChecked,
            reachable: false,
            why: format!("no answer: {error}"),
        }
    }

    fn found(generation: Option<Generation>, token: TokenCheck, why: &str) -> Self {
        Self {
            generation,
            token,
            reachable: true,
            why: why.to_owned(),
        }
    }
}

const WRONG_TOKEN: &str = "the gateway refuses this token";

/// Asks who is there. `gw_id` is looked up where the generation has one.
pub async fn detect(
    http: &HttpClient,
    server_url: &str,
    token: &SecretString,
    gw_id: Option<&str>,
    times: GatewayTimes,
) -> Detection {
    let probe = Prober {
        http,
        base: server_url.trim_end_matches('/'),
        token,
        deadline: times.status,
    };
    match probe.run(gw_id).await {
        Ok(detection) => detection,
        Err(error) => Detection::unreachable(&error),
    }
}

struct Prober<'a> {
    http: &'a HttpClient,
    base: &'a str,
    token: &'a SecretString,
    deadline: Duration,
}

impl Prober<'_> {
    async fn get(&self, path: &str, query: &Query, with_token: bool) -> Result<Said, OutError> {
        let mut url = format!("{}{path}", self.base);
        if !query.as_str().is_empty() {
            url = format!("{url}?{}", query.as_str());
        }
        let mut call = Call::get(url, Trust::Admin, self.deadline, GATEWAY_CAP);
        if with_token && !self.token.expose_secret().is_empty() {
            call = call.bearer(self.token.clone());
        }
        Ok(Said::read(&self.http.send(call).await?))
    }

    async fn run(&self, gw_id: Option<&str>) -> Result<Detection, OutError> {
        let none = Query::new();
        let api = self.get("/openapi.json", &none, false).await?;
        if api.is_front() {
            return Ok(Detection {
                generation: None,
                token: TokenCheck::NotChecked,
                reachable: false,
                why: format!("a server in front of it answers HTTP {}", api.status),
            });
        }
        if api.status == 200 {
            return self.fastapi(&api, gw_id).await;
        }
        // web.py from here on. `/progress` exists from 1.7.0; it is asked for a room that nobody has.
        let progress = self
            .get("/progress", &Query::new().with("room", "zz-probe"), true)
            .await?;
        match progress.status {
            200 if progress.json.is_some() => {
                return Ok(Detection::found(
                    Some(Generation::G3),
                    TokenCheck::Good,
                    "SIPMediaGW 1.7",
                ));
            }
            // G1 and G2 say 404 here whatever the token: a refusal proves that the path exists.
            401 => {
                return Ok(Detection::found(Some(Generation::G3), TokenCheck::Wrong, WRONG_TOKEN));
            }
            _ => {}
        }
        let start = self.get("/start", &none, true).await?;
        let says_room = start.text("/Error").is_some_and(|text| text.contains("room name"));
        Ok(match start.status {
            400 if says_room => Detection::found(Some(Generation::G2), TokenCheck::Good, "SIPMediaGW 1.6"),
            200 if says_room => Detection::found(Some(Generation::G1), TokenCheck::Good, "SIPMediaGW 1.5"),
            401 if start.text("/Error").is_some() => {
                Detection::found(Some(Generation::G2), TokenCheck::Wrong, WRONG_TOKEN)
            }
            401 if start.excerpt.trim() == "authorization error" => {
                Detection::found(Some(Generation::G1), TokenCheck::Wrong, WRONG_TOKEN)
            }
            404 if start.excerpt.trim() == "not found" => Detection::found(
                None,
                TokenCheck::NotChecked,
                "an old SIPMediaGW (before 1.5) that cannot stream, or a wrong path",
            ),
            status => Detection {
                generation: None,
                token: TokenCheck::NotChecked,
                reachable: true,
                why: format!("something answers (HTTP {status}) but it is no gateway that we know"),
            },
        })
    }

    async fn fastapi(&self, api: &Said, gw_id: Option<&str>) -> Result<Detection, OutError> {
        let paths = api
            .json
            .as_ref()
            .and_then(|json| json.get("paths"))
            .and_then(|paths| paths.as_object());
        let Some(paths) = paths else {
            return Ok(Detection::found(
                None,
                TokenCheck::NotChecked,
                "a web site, not a gateway",
            ));
        };
        if paths.contains_key("/register") && paths.contains_key("/start") {
            let why = "this is a pool's proxy: give the address of each gateway behind it instead";
            return Ok(Detection::found(None, TokenCheck::NotChecked, why));
        }
        if !paths.contains_key("/gateway/start") && api.text("/info/title") != Some("SIP Media Gateway API") {
            return Ok(Detection::found(
                None,
                TokenCheck::NotChecked,
                "an API, but not a gateway's",
            ));
        }
        let generation = if paths.contains_key("/gateway/ivrConfig") {
            Generation::G5
        } else {
            Generation::G4
        };
        let why = match gw_id.filter(|id| !id.is_empty()) {
            None => "it needs the container's gw_id; it checks no token, so it must be behind a firewall".to_owned(),
            Some(id) => {
                let status = self
                    .get("/gateway/status", &Query::new().with("gw_id", id), false)
                    .await?;
                match status.text("/data/gw_state") {
                    Some(state) => format!("container {state}; it checks no token, so it must be behind a firewall"),
                    None => format!("the container's gw_id is not known there ({})", status.why()),
                }
            }
        };
        Ok(Detection {
            generation: Some(generation),
            token: TokenCheck::NotChecked,
            reachable: true,
            why,
        })
    }
}
