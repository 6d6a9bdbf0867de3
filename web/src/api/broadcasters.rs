//! Broadcasters: where viewers fetch the picture. Administrators only.

use amphi_events::broadcaster::{self, BroadcasterCommand, BroadcasterDetails, Protection};
use amphi_events::ids::BroadcasterId;
use amphi_events::store::secrets::{BROADCASTER_KEY, BROADCASTER_STREAM};
use amphi_events::{Act, Position, Public};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::check_address;
use super::broadcaster_pictures::path as picture_path;
use super::buildings;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Written, done_before, gone, id};
use crate::Web;
use crate::auth::{Administrator, Identity};
use crate::media::push::{self, StreamAddress};
use crate::media::sign;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, remove))
}

/// A new broadcaster.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewBroadcaster {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Address of its playlist; may be private, never link-local.
    pub hls_url: String,
    /// How its media server keeps out those to whom we gave no address: `none`, `secure_link` (nginx), `media_server` (MediaMTX asks us).
    pub protection: Option<String>,
    /// For `secure_link`: the secret that nginx knows, 16 to 200 letters, digits and `-._~`. Nobody can read it here.
    pub signing_secret: Option<String>,
    /// Where it stands and what it is for.
    #[serde(flatten)]
    pub more: BroadcasterMore,
}

/// Where a broadcaster stands and what it is for; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct BroadcasterMore {
    /// Id of the building that it stands in; empty: none.
    #[serde(default)]
    pub building: Option<String>,
    /// What it is, at most 4000 characters. Stands in clear in the log.
    #[serde(default)]
    pub description: Option<String>,
    /// People may plan lives on it, fed by an encoder.
    #[serde(default)]
    pub plannable: Option<bool>,
    /// Codes of the groups whose members may plan on it; empty: all who may plan lives.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// What is shown of it is for the signed-in.
    #[serde(default)]
    pub restricted: Option<bool>,
    /// Operators' wall shows it.
    #[serde(default)]
    pub public: Option<bool>,
    /// `rtmp://host/application/stream`, where an encoder pushes to it by itself; empty: nowhere. The last part is kept as a secret.
    #[serde(default)]
    pub rtmp_url: Option<String>,
}

impl BroadcasterMore {
    /// Checks where an encoder pushes, before anything is written. None: nothing was said of it.
    fn encoder(&self) -> Result<Option<Encoder>, Problem> {
        match self.rtmp_url.as_deref().map(str::trim) {
            None => Ok(None),
            Some("") => Ok(Some(Encoder(None))),
            Some(url) => Ok(Some(Encoder(Some(super::gateways::rtmp(url)?)))),
        }
    }

    async fn onto(self, web: &Web, mut held: BroadcasterDetails) -> Result<BroadcasterDetails, Problem> {
        if let Some(building) = self.building {
            held.building = match building.trim() {
                "" => None,
                which => Some(buildings::known(web, which).await?),
            };
        }
        if let Some(text) = self.description {
            held.description = Public(text.trim().to_owned());
        }
        if let Some(codes) = self.groups {
            held.groups = Public(super::groups::checked(web, &codes).await?);
        }
        held.plannable = self.plannable.unwrap_or(held.plannable);
        held.restricted = self.restricted.unwrap_or(held.restricted);
        held.public = self.public.unwrap_or(held.public);
        Ok(held)
    }
}

/// A body whose fields are in two structs can't be refused by either for what it does not know: this does.
fn known(given: &serde_json::Map<String, serde_json::Value>) -> Result<(), Problem> {
    const FIELDS: [&str; 11] = [
        "name",
        "hls_url",
        "protection",
        "signing_secret",
        "building",
        "description",
        "plannable",
        "groups",
        "restricted",
        "public",
        "rtmp_url",
    ];
    match given.keys().find(|k| !FIELDS.contains(&k.as_str())) {
        Some(unknown) => Err(Problem::new(Code::BadBody).detail(format!("unknown field `{unknown}`"))),
        None => Ok(()),
    }
}

fn read_body<T: serde::de::DeserializeOwned>(given: serde_json::Map<String, serde_json::Value>) -> Result<T, Problem> {
    known(&given)?;
    serde_json::from_value(given.into()).map_err(|e| Problem::new(Code::BadBody).detail(e.to_string()))
}

/// What to change.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BroadcasterPatch {
    /// Its name.
    pub name: Option<String>,
    /// Address of its playlist.
    pub hls_url: Option<String>,
    /// How its media server keeps strangers out, as above.
    pub protection: Option<String>,
    /// For `secure_link`, as above; absent or empty: the one that is there.
    pub signing_secret: Option<String>,
    /// Where it stands and what it is for.
    #[serde(flatten)]
    pub more: BroadcasterMore,
}

/// A broadcaster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BroadcasterOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Address of its playlist.
    pub hls_url: String,
    /// How its media server keeps strangers out: `none`, `secure_link`, `media_server`.
    #[schema(value_type = String)]
    pub protection: Protection,
    /// Id of the building that it stands in.
    pub building: Option<String>,
    /// What it is.
    pub description: String,
    /// People may plan lives on it.
    pub plannable: bool,
    /// Codes of the groups whose members may plan on it; empty: all who may plan lives.
    pub groups: Vec<String>,
    /// What is shown of it is for the signed-in.
    pub restricted: bool,
    /// Operators' wall shows it.
    pub public: bool,
    /// What is shown before and after lives that have no picture of their own; for administrators.
    pub picture_url: Option<String>,
    /// Address that plans a live on it for now, as its QR code says.
    pub now_url: String,
    /// What an encoder is set to that is set once, such as hardware in a hall. Only where one broadcaster is asked for.
    pub stream: Option<StreamAddress>,
}

/// Where an encoder pushes, server and stream; or nowhere.
struct Encoder(Option<(String, String)>);

impl Encoder {
    /// Keeps the stream's name, and says what goes into the log.
    async fn keep(self, web: &Web, id: BroadcasterId, details: &mut BroadcasterDetails) -> Result<(), Problem> {
        let (store, key) = (&web.store, id.to_string());
        let kept = match self.0 {
            Some((base, name)) => {
                details.rtmp_base = Some(Public(base));
                store.put_secret(BROADCASTER_STREAM, &key, &name).await
            }
            None => {
                details.rtmp_base = None;
                store.delete_secret(BROADCASTER_STREAM, &key).await
            }
        };
        kept.map_err(|e| Problem::unavailable("a broadcaster's secret can't be kept", e))
    }
}

/// Keeps the secret, then says how strangers are kept out: never a protection without its secret.
async fn protect(
    web: &Web,
    id: BroadcasterId,
    wanted: &Wanted,
    act: Act,
) -> Result<Option<amphi_events::Position>, Problem> {
    let Some(protection) = wanted.protection else {
        return Ok(None);
    };
    let unavailable = |e| Problem::unavailable("a broadcaster's secret can't be kept", e);
    let key = id.to_string();
    let kept = web.store.get_secret(BROADCASTER_KEY, &key).await.map_err(unavailable)?;
    let secret = match protection {
        Protection::None => None,
        Protection::SecureLink => wanted.secret.clone(),
        // Only we make and read these tokens.
        Protection::MediaServer => (wanted.before != protection || kept.is_none()).then(|| web.sources.token(43)),
    };
    if let Some(secret) = secret {
        web.store
            .put_secret(BROADCASTER_KEY, &key, &secret)
            .await
            .map_err(unavailable)?;
    } else if protection == Protection::SecureLink && (kept.is_none() || wanted.before != protection) {
        return Err(Code::ProtectionSecret.into());
    }
    let command = BroadcasterCommand::Protect(protection);
    let done = web.aggregates.broadcasters.execute(id, command, act).await?;
    if protection == Protection::None && kept.is_some() {
        forget(web, id).await;
    }
    Ok(Some(done.position))
}

/// A secret that signs nothing any more goes. That it stays where the store can't be written does no harm.
async fn forget(web: &Web, id: BroadcasterId) {
    forget_kind(web, id, BROADCASTER_KEY).await;
}

async fn forget_kind(web: &Web, id: BroadcasterId, kind: &str) {
    if let Err(error) = web.store.delete_secret(kind, &id.to_string()).await {
        tracing::warn!(%error, "the secret of a broadcaster that needs none could not be deleted");
    }
}

/// What is asked of a broadcaster's protection.
struct Wanted {
    before: Protection,
    protection: Option<Protection>,
    secret: Option<String>,
}

impl Wanted {
    /// Checks it for the address that the broadcaster will have, before anything is written.
    fn check(
        before: Protection,
        hls_url: &str,
        protection: Option<&str>,
        secret: Option<String>,
    ) -> Result<Self, Problem> {
        let known = |name: &str| Protection::ALL.into_iter().find(|p| p.as_str() == name);
        let protection = match protection {
            Some(name) => {
                let found = known(name).ok_or_else(|| Problem::new(Code::BadBody).detail("protection"))?;
                Some(found)
            }
            None => None,
        };
        let secret = secret.filter(|s| !s.is_empty());
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if let Some(secret) = &secret
            && !((16..=200).contains(&secret.len()) && secret.bytes().all(plain))
        {
            return Err(Code::ProtectionSecret.into());
        }
        let will = protection.unwrap_or(before);
        if will == Protection::SecureLink && before != will && secret.is_none() {
            return Err(Code::ProtectionSecret.into());
        }
        if will != Protection::None && !sign::signable(hls_url) {
            return Err(Code::ProtectionAddress.into());
        }
        // A new secret alone: the protection stays, and is gone through again.
        let protection = protection.or_else(|| secret.as_ref().map(|_| before));
        Ok(Self {
            before,
            protection,
            secret,
        })
    }
}

fn shown(
    web: &Web,
    id: BroadcasterId,
    (name, hls_url): (String, String),
    protection: Protection,
    details: BroadcasterDetails,
) -> BroadcasterOut {
    BroadcasterOut {
        id: id.to_string(),
        name,
        hls_url,
        protection,
        building: details.building.map(|b| b.to_string()),
        description: details.description.0,
        plannable: details.plannable,
        groups: details.groups.0.into_iter().collect(),
        restricted: details.restricted,
        public: details.public,
        picture_url: details.picture.map(|p| picture_path(id, p.id)),
        now_url: format!("{}/broadcasters/{id}/now", web.settings.public_url),
        stream: None,
    }
}

async fn one(web: &Web, id: BroadcasterId) -> Result<BroadcasterOut, Problem> {
    let b = web
        .aggregates
        .broadcasters
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?
        .state;
    match b.name {
        Some(name) if !b.removed => {
            let stream = push::of_broadcaster(web, id, &b.details, None).await?;
            let mut out = shown(web, id, (name, b.hls_url), b.protection, b.details);
            out.stream = stream;
            Ok(out)
        }
        _ => Err(Code::NotFound.into()),
    }
}

/// Every broadcaster in use.
#[utoipa::path(get, path = "/broadcasters", tag = "gateways", responses((status = 200, body = Page<BroadcasterOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, _: Administrator) -> Result<axum::Json<Page<BroadcasterOut>>, Problem> {
    let rows = web
        .read
        .broadcasters()
        .await
        .map_err(|e| Problem::unavailable("broadcasters can't be read", e))?;
    let out = |r: amphi_projections::BroadcasterRow| shown(&web, r.id, (r.name, r.hls_url), r.protection, r.details);
    let items = rows.into_iter().filter(|r| !r.removed).map(out).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a broadcaster.
#[utoipa::path(post, path = "/broadcasters", tag = "gateways", request_body = NewBroadcaster, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(new): Body<serde_json::Map<String, serde_json::Value>>,
) -> Result<Written<BroadcasterOut>, Problem> {
    const CALL: &str = "POST /broadcasters";
    let id: BroadcasterId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &broadcaster::stream(id), key).await? {
        return Ok(Written::made(position, one(&web, id).await?));
    }
    let new: NewBroadcaster = read_body(new)?;
    check_address(&new.hls_url)?;
    let wanted = Wanted::check(
        Protection::None,
        &new.hls_url,
        new.protection.as_deref(),
        new.signing_secret,
    )?;
    let encoder = new.more.encoder()?;
    let mut details = new.more.onto(&web, BroadcasterDetails::default()).await?;
    let mut act = me.act(&web);
    act.key = key;
    let done = web
        .aggregates
        .broadcasters
        .execute(
            id,
            BroadcasterCommand::Set {
                name: new.name,
                hls_url: new.hls_url,
            },
            act,
        )
        .await?;
    let by = me.act(&web);
    let protected = protect(&web, id, &wanted, by).await?.unwrap_or(done.position);
    if let Some(encoder) = encoder {
        encoder.keep(&web, id, &mut details).await?;
    }
    let position = protected.max(describe(&web, &me, id, details).await?);
    settle(&web, position).await;
    Ok(Written::made(position, one(&web, id).await?))
}

/// A broadcaster.
#[utoipa::path(get, path = "/broadcasters/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 200, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<BroadcasterOut>, Problem> {
    Ok(axum::Json(one(&web, id(&which)?).await?))
}

/// Changes what is given.
#[utoipa::path(patch, path = "/broadcasters/{id}", tag = "gateways", request_body = BroadcasterPatch, params(("id" = String, Path)), responses((status = 200, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(patch): Body<serde_json::Map<String, serde_json::Value>>,
) -> Result<Written<BroadcasterOut>, Problem> {
    let id: BroadcasterId = id(&which)?;
    let held = one(&web, id).await?;
    let patch: BroadcasterPatch = read_body(patch)?;
    let before = web.aggregates.broadcasters.look(id).await;
    let before = before
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?
        .state;
    let encoder = patch.more.encoder()?;
    let mut details = patch.more.onto(&web, before.details).await?;
    let hls_url = patch.hls_url.unwrap_or(held.hls_url);
    check_address(&hls_url)?;
    let wanted = Wanted::check(
        held.protection,
        &hls_url,
        patch.protection.as_deref(),
        patch.signing_secret,
    )?;
    let command = BroadcasterCommand::Set {
        name: patch.name.unwrap_or(held.name),
        hls_url,
    };
    let done = web.aggregates.broadcasters.execute(id, command, me.act(&web)).await?;
    let by = me.act(&web);
    let protected = protect(&web, id, &wanted, by).await?.unwrap_or(done.position);
    if let Some(encoder) = encoder {
        encoder.keep(&web, id, &mut details).await?;
    }
    let position = protected.max(describe(&web, &me, id, details).await?);
    settle(&web, position).await;
    Ok(Written::done(position, one(&web, id).await?))
}

async fn describe(
    web: &Web,
    me: &Identity,
    id: BroadcasterId,
    details: BroadcasterDetails,
) -> Result<Position, Problem> {
    let command = BroadcasterCommand::Describe(Box::new(details));
    let act = me.act(web);
    Ok(web.aggregates.broadcasters.execute(id, command, act).await?.position)
}

/// Takes a broadcaster out of use, once no gateway points at it.
#[utoipa::path(delete, path = "/broadcasters/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: BroadcasterId = id(&which)?;
    one(&web, id).await?;
    let gateways = web
        .read
        .gateways()
        .await
        .map_err(|e| Problem::unavailable("gateways can't be read", e))?;
    if let Some(user) = gateways.iter().find(|g| !g.removed && g.setup.broadcaster == id) {
        return Err(Problem::new(Code::InUse).with("gateway", user.id.to_string()));
    }
    let done = web
        .aggregates
        .broadcasters
        .execute(id, BroadcasterCommand::Remove, me.act(&web))
        .await?;
    forget(&web, id).await;
    forget_kind(&web, id, BROADCASTER_STREAM).await;
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}
