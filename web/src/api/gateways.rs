//! Gateways: the machines that make the picture. Administrators only. Token and stream key are written, never read:
//! they go to the store before the event that says so.

mod availability;
mod checks;
mod shown;

use amphi_events::gateway::{self, GatewayCommand, Generation, Setup};
use amphi_events::ids::GatewayId;
use amphi_events::{Aggregate, Position};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::checks::rtmp;
use self::checks::{broadcaster, chat_route, generation, gw_id, plain};
pub use self::shown::GatewayOut;
pub(super) use self::shown::{look, one};
use super::address::check_address;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Written, done_before, gone, id};
use crate::Web;
use crate::auth::{Administrator, Identity};

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
        .merge(availability::router())
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
