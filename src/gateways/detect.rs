//! Which generation answers, without any effect there (gateway contract §2.8). `/start` is called **without a room**
//! only: every generation refuses that before it does anything.

use std::time::Duration;

use amphi_events::gateway::{Health, HealthCause};
use secrecy::{ExposeSecret, SecretString};

use super::answer::Said;
use super::{GatewayTimes, Generation};
use crate::bbb::Query;
use crate::outgoing::{Call, GATEWAY_CAP, HttpClient, OutError, Payload, Trust};

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

/// What it does, where its generation says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// It doesn't say (G1 to G3), or could not be asked.
    Unsaid,
    /// Nothing.
    Nothing,
    /// It works, for this room where it names one (G5).
    Working(Option<String>),
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
    /// How it is, whosever room it works for.
    pub health: Health,
    /// What is behind that.
    pub cause: Option<HealthCause>,
    /// What it does.
    pub doing: Doing,
    /// For people: what it is, and what to mend.
    pub why: String,
}

impl Detection {
    fn unreachable(error: &OutError) -> Self {
        Self {
            reachable: false,
            ..Self::none(Health::Unreachable, None, format!("no answer: {error}"))
        }
    }

    /// Something answers, and it is no gateway that can be spoken to.
    fn none(health: Health, cause: Option<HealthCause>, why: impl Into<String>) -> Self {
        Self {
            generation: None,
            token: TokenCheck::NotChecked,
            reachable: true,
            health,
            cause,
            doing: Doing::Unsaid,
            why: why.into(),
        }
    }

    /// A gateway of generation 1 to 3.
    fn webpy(generation: Generation, token: TokenCheck, why: &str) -> Self {
        Self {
            generation: Some(generation),
            token,
            health: if token == TokenCheck::Wrong {
                Health::WrongToken
            } else {
                Health::Up
            },
            ..Self::none(Health::Up, None, why)
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
    match tokio::time::timeout(times.status, probe.run(gw_id)).await {
        Ok(Ok(detection)) => detection,
        Ok(Err(error)) => Detection::unreachable(&error),
        // Each call has its deadline, and there are up to three: a gateway that is slow at each of them is not waited for longer.
        Err(_) => Detection {
            reachable: false,
            ..Detection::none(Health::Unreachable, None, "no answer in time")
        },
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
            let why = format!("a server in front of it answers HTTP {}", api.status);
            return Ok(Detection {
                reachable: false,
                ..Detection::none(Health::Unreachable, Some(HealthCause::FrontServer), why)
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
                return Ok(Detection::webpy(Generation::G3, TokenCheck::Good, "SIPMediaGW 1.7"));
            }
            // G1 and G2 say 404 here whatever the token: a refusal proves that the path exists.
            401 => return Ok(Detection::webpy(Generation::G3, TokenCheck::Wrong, WRONG_TOKEN)),
            _ => {}
        }
        let start = self.get("/start", &none, true).await?;
        let says_room = start.text("/Error").is_some_and(|text| text.contains("room name"));
        let known = start.status == 401 || says_room || start.excerpt.trim() == "not found";
        if !known && let Some(found) = self.runner().await? {
            return Ok(found);
        }
        Ok(match start.status {
            400 if says_room => Detection::webpy(Generation::G2, TokenCheck::Good, "SIPMediaGW 1.6"),
            200 if says_room => Detection::webpy(Generation::G1, TokenCheck::Good, "SIPMediaGW 1.5"),
            401 if start.text("/Error").is_some() => Detection::webpy(Generation::G2, TokenCheck::Wrong, WRONG_TOKEN),
            401 if start.excerpt.trim() == "authorization error" => {
                Detection::webpy(Generation::G1, TokenCheck::Wrong, WRONG_TOKEN)
            }
            404 if start.excerpt.trim() == "not found" => Detection::none(
                Health::Refusing,
                Some(HealthCause::TooOld),
                "an old SIPMediaGW (before 1.5) that cannot stream, or a wrong path",
            ),
            status => {
                // A launcher that fails answers pages of HTML with 500 (gateway-contract §8.7): nobody can say what that is.
                let (health, cause) = match status {
                    500.. => (Health::Unknown, None),
                    401 | 403 | 429 => (Health::Refusing, None),
                    _ => (Health::Refusing, Some(HealthCause::NotAGateway)),
                };
                let why = format!("something answers (HTTP {status}) but it is no gateway that we know");
                Detection::none(health, cause, why)
            }
        })
    }

    /// The proxy of a pool. A start without a room is refused before it does anything, and after the token was looked at; its status call
    /// looks at no token in main (gateway contract §3.1).
    async fn pool(&self) -> Result<Detection, OutError> {
        let mut call =
            Call::get(format!("{}/start", self.base), Trust::Admin, self.deadline, GATEWAY_CAP).post(Payload {
                content_type: "application/json",
                bytes: "{}".into(),
            });
        if !self.token.expose_secret().is_empty() {
            call = call.bearer(self.token.clone());
        }
        let said = Said::read(&self.http.send(call).await?);
        let found = |token, health, cause, why: &str| Detection {
            generation: Some(Generation::Pool),
            token,
            ..Detection::none(health, cause, why)
        };
        Ok(match said.status {
            401 => found(TokenCheck::Wrong, Health::WrongToken, None, WRONG_TOKEN),
            400 | 422 => found(TokenCheck::Good, Health::Up, None, "the proxy of a pool"),
            500.. => found(
                TokenCheck::NotChecked,
                Health::Unknown,
                None,
                "the proxy of a pool, which fails",
            ),
            _ => found(
                TokenCheck::NotChecked,
                Health::Refusing,
                Some(HealthCause::Pool),
                "the proxy of a pool, which takes no orders",
            ),
        })
    }

    /// A runner of BigBlueButton-liveStreaming says so, and whether it takes the token.
    async fn runner(&self) -> Result<Option<Detection>, OutError> {
        let said = self.get("/runner", &Query::new(), true).await?;
        if said.text("/runner") != Some("bigbluebutton-livestreaming") {
            return Ok(None);
        }
        let token = match said.status {
            200 => TokenCheck::Good,
            401 => TokenCheck::Wrong,
            _ => return Ok(None),
        };
        let (health, why) = match token {
            TokenCheck::Wrong => (Health::WrongToken, WRONG_TOKEN),
            _ => (Health::Up, "a runner of BigBlueButton-liveStreaming"),
        };
        Ok(Some(Detection {
            generation: Some(Generation::LiveStreaming),
            token,
            ..Detection::none(health, None, why)
        }))
    }

    async fn fastapi(&self, api: &Said, gw_id: Option<&str>) -> Result<Detection, OutError> {
        let not_a_gateway = |why| Detection::none(Health::Refusing, Some(HealthCause::NotAGateway), why);
        let paths = api
            .json
            .as_ref()
            .and_then(|json| json.get("paths"))
            .and_then(|paths| paths.as_object());
        let Some(paths) = paths else {
            return Ok(not_a_gateway("a web site, not a gateway"));
        };
        if paths.contains_key("/register") && paths.contains_key("/start") {
            return self.pool().await;
        }
        if !paths.contains_key("/gateway/start") && api.text("/info/title") != Some("SIP Media Gateway API") {
            return Ok(not_a_gateway("an API, but not a gateway's"));
        }
        let generation = if paths.contains_key("/gateway/ivrConfig") {
            Generation::G5
        } else {
            Generation::G4
        };
        let found = |health, cause, doing, why: String| Detection {
            generation: Some(generation),
            doing,
            ..Detection::none(health, cause, why)
        };
        let Some(id) = gw_id.filter(|id| !id.is_empty()) else {
            let why = "it needs the container's gw_id; it checks no token, so it must be behind a firewall";
            return Ok(found(
                Health::Refusing,
                Some(HealthCause::NoGwId),
                Doing::Unsaid,
                why.to_owned(),
            ));
        };
        let status = self
            .get("/gateway/status", &Query::new().with("gw_id", id), false)
            .await?;
        let told = |state| format!("container {state}; it checks no token, so it must be behind a firewall");
        Ok(match status.text("/data/gw_state") {
            Some("up") => {
                let room = status.text("/data/room").filter(|room| !room.is_empty());
                found(Health::Up, None, Doing::Working(room.map(str::to_owned)), told("up"))
            }
            Some(state) => found(Health::Up, None, Doing::Nothing, told(state)),
            None => {
                let why = format!("the container's gw_id is not known there ({})", status.why());
                // 1.8 says "argument of type 'NoneType' is not iterable", main 404 (gateway-contract §2.7).
                let unknown = status.status == 404 || status.error().is_some_and(|text| text.contains("NoneType"));
                let (health, cause) = if unknown {
                    (Health::Refusing, Some(HealthCause::GwIdUnknown))
                } else {
                    (Health::Unknown, None)
                };
                found(health, cause, Doing::Unsaid, why)
            }
        })
    }
}
