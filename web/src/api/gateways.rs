//! Gateways: the machines that make the picture. Administrators only. Token and stream key are written, never read:
//! they go to the store before the event that says so.

use amphi_events::gateway::{self, GatewayCommand, Generation, HealthCause, Setup, split_rtmp};
use amphi_events::ids::{BroadcasterId, GatewayId};
use amphi_events::{Aggregate, Position, Time};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::{check_address, check_rtmp_host};
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Query, Written, done_before, gone, id, moment};
use crate::Web;
use crate::auth::{Administrator, Identity, Planner};

/// Kind under which the store keeps stream keys, by gateway id.
pub const STREAM_KEY: &str = "gateway-stream-key";
/// Kind under which the store keeps gateways' tokens, by gateway id.
pub const TOKEN: &str = "gateway-token";
/// The token that every gateway is delivered with (gateway-contract).
const DEFAULT_TOKEN: &str = "1234";

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(availability))
        .routes(routes!(read, change, remove))
}

/// A new gateway.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGateway {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Id of the broadcaster where its picture is fetched.
    pub broadcaster: String,
    /// `rtmp://host/application/stream`; the last part, the stream key, is kept as a secret.
    pub rtmp_url: String,
    /// Base address of its HTTP interface; left out for an encoder.
    #[serde(default)]
    pub server_url: String,
    /// Its token, kept as a secret; left out for an encoder.
    #[serde(default)]
    pub token: String,
    /// `g1` … `g5`, `pool`, `livestreaming`, `encoder`; found out where left out, but for an encoder.
    #[serde(default)]
    pub generation: Option<String>,
    /// `redis://host[:port]`, where the robot of a `livestreaming` hears chat lines.
    #[serde(default)]
    pub chat_redis: Option<String>,
    /// The id that generations 4 and 5 want.
    #[serde(default)]
    pub gw_id: Option<String>,
}

/// Tells a null from a field that is left out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// What to change; null for `generation` and `gw_id` takes them back.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayPatch {
    /// Its name.
    pub name: Option<String>,
    /// Id of its broadcaster.
    pub broadcaster: Option<String>,
    /// Sets the RTMP address and the stream key.
    pub rtmp_url: Option<String>,
    /// Base address.
    pub server_url: Option<String>,
    /// Sets the token.
    pub token: Option<String>,
    /// `g1` … `g5`, `pool`, `livestreaming`, `encoder`, or null.
    #[serde(deserialize_with = "given")]
    pub generation: Option<Option<String>>,
    /// Where the robot of a `livestreaming` hears chat lines, or null.
    #[serde(deserialize_with = "given")]
    pub chat_redis: Option<Option<String>>,
    /// The id that generations 4 and 5 want, or null.
    #[serde(deserialize_with = "given")]
    pub gw_id: Option<Option<String>>,
}

/// What the last probe found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProbeOut {
    /// It answered.
    pub reachable: bool,
    /// What it speaks.
    pub generation: Option<&'static str>,
    /// `good`, `wrong`, `not_checked` or `unknown`.
    pub token: String,
    /// Since when it has been so.
    pub since: String,
}

/// How a gateway stands: each change is an event, and pages never ask the gateway.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthOut {
    /// `up`; `busy` (one of our lives has it); `busy_elsewhere` (it works for a room that is none of ours); `unreachable`; `refusing` (it
    /// answers and takes no orders); `wrong_token`; `unknown`.
    pub state: &'static str,
    /// What is behind it, where that is known: `front_server`, `not_a_gateway`, `pool`, `too_old`, `no_gw_id`, `gw_id_unknown`, `start_refused`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<HealthCause>,
    /// Since when; null before the first probe.
    pub since: Option<String>,
}

/// A span out of service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutageOut {
    /// Its id.
    pub id: String,
    /// From.
    pub from: String,
    /// To, exclusive; null: until it is said to be back.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

/// A gateway; its secrets are never read back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GatewayOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its broadcaster.
    pub broadcaster: String,
    /// Base address.
    pub server_url: String,
    /// RTMP address without the stream key.
    pub rtmp_base: String,
    /// A token is kept.
    pub token_set: bool,
    /// A stream key is kept.
    pub stream_key_set: bool,
    /// As said, else as found out.
    pub generation: Option<&'static str>,
    /// Where its robot hears chat lines.
    pub chat_redis: Option<String>,
    /// The id that generations 4 and 5 want.
    pub gw_id: Option<String>,
    /// What the last probe found.
    pub probe: Option<ProbeOut>,
    /// How it stands.
    pub health: HealthOut,
    /// Spans out of service, present and to come, by their start.
    pub out_of_service: Vec<OutageOut>,
    /// The live that runs on it now.
    pub taken_by: Option<String>,
    /// The run that holds it.
    pub run: Option<String>,
    /// What an administrator should look at: `default_token`, `wrong_token`, `unreachable`, `gw_id_missing`.
    pub warnings: Vec<&'static str>,
}

/// A gateway in use.
pub(super) async fn look(web: &Web, id: GatewayId) -> Result<gateway::Gateway, Problem> {
    let g = web
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a gateway can't be read", e))?
        .state;
    if g.removed || g.setup.is_none() {
        Err(Code::NotFound.into())
    } else {
        Ok(g)
    }
}

/// A gateway in use, for an answer.
pub(super) async fn one(web: &Web, id: GatewayId) -> Result<GatewayOut, Problem> {
    use gateway::TokenState;
    let g = look(web, id).await?;
    let (now, spoken) = (web.sources.now(), g.generation());
    let taken_since = match g.taken {
        Some(_) => web
            .read
            .gateway(id)
            .await
            .map_err(|e| Problem::unavailable("gateways can't be read", e))?
            .and_then(|row| row.taken_since)
            .or(Some(now)),
        None => None,
    };
    let stands = amphi_projections::stands(g.health, taken_since);
    let mut ahead: Vec<_> = g.outages.iter().filter(|o| o.end() > now).collect();
    ahead.sort_by_key(|o| (o.from, o.id));
    let out_of_service = ahead
        .into_iter()
        .map(|o| OutageOut {
            id: o.id.to_string(),
            from: o.from.rfc3339(),
            to: o.to.map(Time::rfc3339),
            reason: o.reason.clone(),
        })
        .collect();
    let generation = spoken.map(Generation::as_str);
    let setup = g.setup.ok_or(Code::NotFound)?;
    let mut warnings = Vec::new();
    if g.default_token {
        warnings.push("default_token");
    }
    if g.probe.is_some_and(|p| p.2 == TokenState::Wrong) {
        warnings.push("wrong_token");
    }
    if g.probe.is_some_and(|p| !p.0) {
        warnings.push("unreachable");
    }
    if amphi_projections::gw_id_missing(spoken, &setup) {
        warnings.push("gw_id_missing");
    }
    Ok(GatewayOut {
        id: id.to_string(),
        name: setup.name.0,
        broadcaster: setup.broadcaster.to_string(),
        server_url: setup.server_url.0,
        rtmp_base: setup.rtmp_base.0,
        token_set: secret(web, TOKEN, id).await?,
        stream_key_set: secret(web, STREAM_KEY, id).await?,
        generation,
        gw_id: setup.gw_id,
        chat_redis: g.chat_route,
        probe: g.probe.map(|(reachable, generation, token, since)| ProbeOut {
            reachable,
            generation: generation.map(Generation::as_str),
            token: serde_json::to_value(token)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            since: since.rfc3339(),
        }),
        health: HealthOut {
            state: stands.standing.as_str(),
            cause: stands.cause,
            since: stands.since.map(Time::rfc3339),
        },
        out_of_service,
        taken_by: g.taken.map(|(_, live)| live.to_string()),
        run: g.taken.map(|(run, _)| run.to_string()),
        warnings,
    })
}

async fn secret(web: &Web, kind: &str, id: GatewayId) -> Result<bool, Problem> {
    let kept = web.store.get_secret(kind, &id.to_string()).await;
    kept.map(|s| s.is_some())
        .map_err(|e| Problem::unavailable("a secret can't be read", e))
}

/// Secrets end up in a shell on some gateways (gateway-contract §2.3): plain characters only.
fn plain(secret: &str, code: Code) -> Result<(), Problem> {
    let ok = (1..=200).contains(&secret.len())
        && secret
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._~:?=&%+-@!,".contains(c));
    if ok { Ok(()) } else { Err(code.into()) }
}

fn generation(text: Option<&str>) -> Result<Option<Generation>, Problem> {
    text.map(|t| t.parse().map_err(|_| Problem::new(Code::BadGeneration)))
        .transpose()
}

async fn broadcaster(web: &Web, text: &str) -> Result<BroadcasterId, Problem> {
    let id: BroadcasterId = text.parse().map_err(|_| Problem::new(Code::UnknownBroadcaster))?;
    let b = web
        .aggregates
        .broadcasters
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?
        .state;
    if b.name.is_some() && !b.removed {
        Ok(id)
    } else {
        Err(Code::UnknownBroadcaster.into())
    }
}

/// An RTMP address as its base and the stream key behind it.
///
/// # Errors
/// 422.
pub(super) fn rtmp(url: &str) -> Result<(String, String), Problem> {
    let (base, key) = split_rtmp(url).map_err(|_| Problem::new(Code::BadRtmp))?;
    check_rtmp_host(&base)?;
    plain(&key, Code::BadRtmp)?;
    Ok((base, key))
}

/// What is said of a gateway, checked, with its secrets beside it.
struct Said {
    setup: Setup,
    token: Option<String>,
    stream_key: Option<String>,
    /// Where chat lines go, where that is said: or nowhere.
    chat_route: Option<Option<String>>,
}

/// Secrets first, then the event that says that they are there: a crash in between leaves a secret nobody
/// uses, never an event that promises one.
async fn keep(
    web: &Web,
    me: &Identity,
    id: GatewayId,
    held: &gateway::Gateway,
    said: Said,
    key: Option<amphi_events::Key>,
) -> Result<Position, Problem> {
    use super::refusals::Refused;
    let now = web.sources.now();
    let set = GatewayCommand::Set(said.setup);
    held.decide(&set, now).map_err(|r| r.problem())?;
    let failed = |e| Problem::unavailable("a secret can't be kept", e);
    if let Some(token) = &said.token {
        web.store
            .put_secret(TOKEN, &id.to_string(), token)
            .await
            .map_err(failed)?;
    }
    if let Some(stream_key) = &said.stream_key {
        web.store
            .put_secret(STREAM_KEY, &id.to_string(), stream_key)
            .await
            .map_err(failed)?;
    }
    let mut act = me.act(web);
    act.key = key;
    let mut position = web.aggregates.gateways.execute(id, set, act).await?.position;
    if said.token.is_some() || said.stream_key.is_some() {
        let command = GatewayCommand::SecretsSet {
            token: said.token.is_some(),
            stream_key: said.stream_key.is_some(),
            default_token: said.token.as_deref() == Some(DEFAULT_TOKEN),
        };
        let done = web.aggregates.gateways.execute(id, command, me.act(web)).await?;
        position = position.max(done.position);
    }
    if let Some(chat_route) = said.chat_route {
        let act = me.act(web);
        let command = GatewayCommand::SetChatRoute(chat_route);
        position = position.max(web.aggregates.gateways.execute(id, command, act).await?.position);
    }
    settle(web, position).await;
    Ok(position)
}

/// Every gateway in use.
#[utoipa::path(get, path = "/gateways", tag = "gateways", responses((status = 200, body = Page<GatewayOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, _: Administrator) -> Result<axum::Json<Page<GatewayOut>>, Problem> {
    let mut items = Vec::new();
    let rows = web
        .read
        .gateways()
        .await
        .map_err(|e| Problem::unavailable("gateways can't be read", e))?;
    for row in rows.into_iter().filter(|r| !r.removed) {
        items.push(one(&web, row.id).await?);
    }
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a gateway.
#[utoipa::path(post, path = "/gateways", tag = "gateways", request_body = NewGateway, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = GatewayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(new): Body<NewGateway>,
) -> Result<Written<GatewayOut>, Problem> {
    const CALL: &str = "POST /gateways";
    let id: GatewayId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &gateway::stream(id), key).await? {
        return Ok(Written::made(position, one(&web, id).await?));
    }
    let speaks = generation(new.generation.as_deref())?;
    let asked = speaks != Some(Generation::Encoder);
    if asked || !new.server_url.is_empty() {
        check_address(&new.server_url)?;
    }
    if asked || !new.token.is_empty() {
        plain(&new.token, Code::BadSecret)?;
    }
    let chat_route = chat_route(new.chat_redis)?;
    let (rtmp_base, stream_key) = rtmp(&new.rtmp_url)?;
    let setup = Setup {
        name: new.name.trim().into(),
        broadcaster: broadcaster(&web, &new.broadcaster).await?,
        server_url: new.server_url.into(),
        rtmp_base: rtmp_base.into(),
        gw_id: gw_id(new.gw_id)?,
        generation: speaks,
    };
    let said = Said {
        setup,
        token: Some(new.token).filter(|t| !t.is_empty()),
        stream_key: Some(stream_key),
        chat_route: Some(chat_route).filter(Option::is_some),
    };
    let position = keep(&web, &me, id, &gateway::Gateway::default(), said, key).await?;
    Ok(Written::made(position, one(&web, id).await?))
}

/// Where chat lines go: a Redis server, which is called like any other address of the house.
fn chat_route(text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    gateway::check_chat_route(Some(&text)).map_err(|_| Problem::new(Code::BadChatRoute))?;
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    check_address(&format!("http://{rest}")).map_err(|_| Problem::new(Code::BadChatRoute))?;
    Ok(Some(text))
}

fn gw_id(text: Option<String>) -> Result<Option<String>, Problem> {
    match text.filter(|t| !t.is_empty()) {
        Some(t) if t.len() > 100 || !t.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) => {
            Err(Problem::new(Code::BadBody).detail("gw_id: letters, digits, dot, dash, underscore"))
        }
        other => Ok(other),
    }
}

/// A gateway.
#[utoipa::path(get, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 200, body = GatewayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<GatewayOut>, Problem> {
    Ok(axum::Json(one(&web, id(&which)?).await?))
}

/// Changes what is given.
#[utoipa::path(patch, path = "/gateways/{id}", tag = "gateways", request_body = GatewayPatch, params(("id" = String, Path)), responses((status = 200, body = GatewayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(patch): Body<GatewayPatch>,
) -> Result<Written<GatewayOut>, Problem> {
    let id: GatewayId = id(&which)?;
    let held = look(&web, id).await?;
    let mut setup = held.setup.clone().ok_or(Code::NotFound)?;
    if let Some(name) = patch.name {
        setup.name = name.trim().into();
    }
    if let Some(text) = patch.broadcaster {
        setup.broadcaster = broadcaster(&web, &text).await?;
    }
    if let Some(text) = patch.generation {
        setup.generation = generation(text.as_deref())?;
    }
    if let Some(url) = patch.server_url {
        if setup.generation != Some(Generation::Encoder) || !url.is_empty() {
            check_address(&url)?;
        }
        setup.server_url = url.into();
    }
    if let Some(token) = &patch.token {
        plain(token, Code::BadSecret)?;
    }
    let mut stream_key = None;
    if let Some(url) = patch.rtmp_url {
        let (base, key) = rtmp(&url)?;
        setup.rtmp_base = base.into();
        stream_key = Some(key);
    }
    let chat_route = patch.chat_redis.map(chat_route).transpose()?;
    if let Some(text) = patch.gw_id {
        setup.gw_id = gw_id(text)?;
    }
    let position = keep(
        &web,
        &me,
        id,
        &held,
        Said {
            setup,
            token: patch.token,
            stream_key,
            chat_route,
        },
        None,
    )
    .await?;
    Ok(Written::done(position, one(&web, id).await?))
}

/// Takes a gateway out of use, once nothing is held or runs on it.
#[utoipa::path(delete, path = "/gateways/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: GatewayId = id(&which)?;
    look(&web, id).await?;
    let done = web
        .aggregates
        .gateways
        .execute(id, GatewayCommand::Remove, me.act(&web))
        .await?;
    for kind in [TOKEN, STREAM_KEY] {
        web.store
            .delete_secret(kind, &id.to_string())
            .await
            .map_err(|e| Problem::unavailable("a secret can't be deleted", e))?;
    }
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// From, RFC 3339.
    from: String,
    /// To, exclusive.
    to: String,
}

/// A gateway during the interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct Free {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Nothing holds it.
    pub free: bool,
    /// The live that holds it first.
    pub held_by: Option<String>,
    /// Until when.
    pub held_until: Option<String>,
    /// It is out of service for a part of it.
    pub out_of_service: Option<Span>,
}

/// From and to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Span {
    /// From.
    pub from: String,
    /// To, exclusive; null: nobody knows until when.
    pub to: Option<String>,
}

impl Span {
    fn of(from: Time, to: Option<Time>) -> Self {
        Self {
            from: from.rfc3339(),
            to: to.map(Time::rfc3339),
        }
    }
}

/// Who is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// Each gateway in use.
    pub gateways: Vec<Free>,
    /// The next starts at which some gateway is free for as long.
    pub next_free: Vec<String>,
}

/// Who is free during [from, to), and who holds the rest.
#[utoipa::path(get, path = "/gateways/availability", tag = "gateways", params(When), responses((status = 200, body = Availability), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn availability(
    State(web): State<Web>,
    _: Planner,
    Query(when): Query<When>,
) -> Result<axum::Json<Availability>, Problem> {
    let from = moment(Code::BadQuery, "from", &when.from)?;
    let to = moment(Code::BadQuery, "to", &when.to)?;
    if from >= to {
        return Err(Code::Interval.into());
    }
    let unavailable = |e| Problem::unavailable("gateways can't be read", e);
    let margins = web.settings.margins;
    let gateways = web.read.availability(from, to, margins).await.map_err(unavailable)?;
    let next = web
        .read
        .next_free(to.since_ms(from) / 1000, from, 5, margins)
        .await
        .map_err(unavailable)?;
    let gateways = gateways
        .into_iter()
        .map(|a| Free {
            id: a.gateway.id.to_string(),
            name: a.gateway.setup.name.0,
            free: a.free,
            held_by: a.held_by.map(|l| l.to_string()),
            held_until: a.held_until.map(Time::rfc3339),
            out_of_service: a.out_of_service.map(|o| Span::of(o.from, o.to)),
        })
        .collect();
    Ok(axum::Json(Availability {
        gateways,
        next_free: next.into_iter().map(Time::rfc3339).collect(),
    }))
}
