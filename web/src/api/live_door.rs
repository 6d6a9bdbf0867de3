//! What opens a live's page: its password, the link of a draft, and what whoever has one of them is given. And the picture before and after it.

use amphi_events::Position;
use amphi_events::ids::{LiveId, PictureId};
use amphi_events::page::{HoldPicture, LINK, PASSWORD, PASSWORD_MAX, PageCommand};
use axum::body::{Body as Raw, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live_plans::changed;
use super::lives::{may_watch, picture_path, row};
use super::meetings::slides::announced;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Query, Written, gone, id};
use crate::auth::address::ClientAddress;
use crate::auth::{Identity, MaybePerson, SignedIn};
use crate::media::push::{self, StreamAddress};
use crate::pages::join::tries::{self, Tried};
use crate::slides::kind;
use crate::{Web, watch};

/// Characters of a draft's link, five bits each.
const LINK_CHARS: usize = 32;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(renew))
        .routes(routes!(pass))
        .routes(routes!(set_picture, drop_picture))
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("what opens a live can't be kept or read", e)
}

/// Whether a text may be a password; none may.
///
/// # Errors
/// 422.
pub fn check_password(password: Option<&str>) -> Result<(), Problem> {
    let fits = |p: &str| (1..=PASSWORD_MAX).contains(&p.chars().count()) && !p.chars().any(char::is_control);
    if password.is_none_or(fits) {
        Ok(())
    } else {
        Err(Code::LivePasswordText.into())
    }
}

/// Keeps a password before anything says that there is one; what a draft has, its link, likewise.
///
/// # Errors
/// The store takes nothing.
pub async fn keep(web: &Web, live: LiveId, password: Option<&str>) -> Result<(), Problem> {
    match password {
        Some(password) => web
            .store
            .put_secret(PASSWORD, &live.to_string(), password)
            .await
            .map_err(down),
        None => Ok(()),
    }
}

/// None is asked for any more.
///
/// # Errors
/// The store takes nothing.
pub async fn forget(web: &Web, live: LiveId) -> Result<(), Problem> {
    web.store.delete_secret(PASSWORD, &live.to_string()).await.map_err(down)
}

/// Its link leads nowhere any more.
///
/// # Errors
/// The store takes nothing.
pub async fn unlink(web: &Web, live: LiveId) -> Result<(), Problem> {
    web.store.delete_secret(LINK, &live.to_string()).await.map_err(down)
}

/// It is a draft: it has a link, and no password any more.
///
/// # Errors
/// Log or store take nothing.
pub async fn draft(web: &Web, me: &Identity, live: LiveId) -> Result<Position, Problem> {
    let name = live.to_string();
    forget(web, live).await?;
    if web.store.get_secret(LINK, &name).await.map_err(down)?.is_some() {
        return Ok(Position(0));
    }
    make_link(web, me, live).await
}

async fn make_link(web: &Web, me: &Identity, live: LiveId) -> Result<Position, Problem> {
    // The old one is gone first: where the log takes nothing it leads nowhere all the same.
    let link = web.sources.token(LINK_CHARS);
    web.store
        .put_secret(LINK, &live.to_string(), &link)
        .await
        .map_err(down)?;
    let command = PageCommand::MakeLink;
    let done = web.aggregates.pages.execute(live, command, me.act(web)).await?;
    Ok(done.position)
}

/// What opens a live's page.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct LiveDoorOut {
    /// Only its owners see it, and whoever has its link.
    pub draft: bool,
    /// Address that opens the draft; null: it is none.
    pub link: Option<String>,
    /// What is asked for on its page; null: nothing.
    pub password: Option<String>,
    /// Where its encoder sends the picture, from a quarter of an hour before the start until the end; null where it has a room.
    pub stream: Option<StreamAddress>,
    /// From then on `stream` is shown; null: it is, or there is none.
    pub stream_from: Option<String>,
}

/// What opens it, for those who pilot it.
///
/// # Errors
/// The store can't be read.
pub async fn held(web: &Web, row: &amphi_projections::LiveRow) -> Result<LiveDoorOut, Problem> {
    let name = row.id.to_string();
    let secret = async |kind, there: bool| {
        if there {
            web.store.get_secret(kind, &name).await.map_err(down)
        } else {
            Ok(None)
        }
    };
    let link = secret(LINK, row.page.draft).await?;
    let (stream, from) = push::of_feed(web, row).await?;
    let url = &web.settings.public_url;
    Ok(LiveDoorOut {
        draft: row.page.draft,
        link: link.map(|link| format!("{url}/live/{}?key={}", row.id, *link)),
        password: secret(PASSWORD, row.page.password).await?.map(|p| p.to_string()),
        stream,
        stream_from: from.map(amphi_events::Time::rfc3339),
    })
}

/// What opens a live's page, for those who pilot it.
#[utoipa::path(get, path = "/live/{event}/door", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = LiveDoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<axum::Json<LiveDoorOut>, Problem> {
    let row = changed(&web, &me, &event).await?;
    Ok(axum::Json(held(&web, &row).await?))
}

/// Makes the link of a draft anew: the one before leads nowhere from then on, also for whoever came by it.
#[utoipa::path(post, path = "/live/{event}/link", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = LiveDoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn renew(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<Written<LiveDoorOut>, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    let _turn = web.turns.take(live).await;
    let position = make_link(&web, &me, live).await?;
    settle(&web, position).await;
    let row = row(&web, &event).await?;
    Ok(Written::done(position, held(&web, &row).await?))
}

/// What somebody was given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassInput {
    /// The password of the page.
    pub password: Option<String>,
    /// The key in the link of a draft.
    pub key: Option<String>,
}

/// Opens a live for whoever holds it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassOut {
    /// Give it in the header `Amphi-Live-Pass` of calls on this live; a browser has it as a cookie.
    pub pass: String,
    /// Until then, or until the password or the link is another.
    pub expires_at: String,
}

/// Judges what somebody says to open a live; a pass where it is right.
///
/// # Errors
/// 403, 404, 429, 503.
pub async fn opened(
    web: &Web,
    live: LiveId,
    kind: &str,
    address: std::net::IpAddr,
    given: &str,
) -> Result<(String, amphi_events::Time), Problem> {
    match tries::of_live(web, kind, live, address, given).await? {
        Tried::Right => {}
        // Whether there is such a draft is nobody's business.
        Tried::Wrong | Tried::TooMany { .. } if kind == LINK => return Err(Code::NotFound.into()),
        Tried::Wrong => return Err(Code::LivePasswordWrong.into()),
        Tried::TooMany { retry_after } => return Err(Problem::new(Code::TooManyTries).retry_after(retry_after)),
    }
    watch::pass(web, live, kind).await?.ok_or_else(|| Code::NotFound.into())
}

/// Says the password of a live's page, or shows the key of a draft's link. Wrong ones are limited by live and address.
#[utoipa::path(post, path = "/live/{event}/pass", tag = "lives", request_body = PassInput, params(("event" = String, Path)), responses((status = 200, body = PassOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn pass(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    Path(event): Path<String>,
    Body(input): Body<PassInput>,
) -> Result<Response, Problem> {
    let row = row(&web, &event).await?;
    let (kind, given) = match (&input.password, &input.key) {
        (Some(password), None) if row.page.password && !row.page.draft => (PASSWORD, password),
        (None, Some(key)) if row.page.draft => (LINK, key),
        (Some(_), None) | (None, Some(_)) => return Err(Code::NotFound.into()),
        _ => return Err(Problem::new(Code::BadBody).detail("password or key")),
    };
    let (pass, until) = opened(&web, row.id, kind, address, given).await?;
    let kept = watch::keep(&web, row.id, &pass);
    let body = PassOut {
        pass,
        expires_at: until.rfc3339(),
    };
    let mut answer = axum::Json(body).into_response();
    if let Some(cookie) = kept {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// How the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// With its ending, which says its kind: PNG, JPEG or WebP.
    pub name: String,
}

/// Takes a picture in: it is looked at before it is kept, and is kept before anything speaks of it.
///
/// # Errors
/// 413, 422, 503.
pub async fn take(web: &Web, name: &str, file: Bytes) -> Result<HoldPicture, Problem> {
    let name = kind::plain_name(name);
    let media = kind::media_type(&name);
    if !["image/png", "image/jpeg", "image/webp"].contains(&media) || kind::check(&name, &file, 0).is_err() {
        return Err(Code::PictureKind.into());
    }
    let picture = HoldPicture {
        id: web.sources.id(),
        media: media.into(),
        bytes: file.len() as u64,
    };
    web.shelf.put_picture(picture.id, file).await?;
    Ok(picture)
}

/// Shows this picture before and after the live, in place of the one before.
///
/// # Errors
/// Log or store take nothing.
pub async fn show(web: &Web, me: &Identity, live: LiveId, picture: Option<HoldPicture>) -> Result<Position, Problem> {
    let pages = &web.aggregates.pages;
    let before = pages.look(live).await.map_err(down)?.state.picture;
    let command = PageCommand::Picture(picture);
    let done = pages.execute(live, command, me.act(web)).await?;
    settle(web, done.position).await;
    if let Some(before) = before {
        web.shelf.drop_picture(before.id).await?;
    }
    Ok(done.position)
}

/// The picture that is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureOut {
    /// Where it is fetched.
    pub url: String,
}

/// Sets the picture that is shown before and after a live; the body is the file. Limits as for slides.
#[utoipa::path(put, path = "/live/{event}/picture", tag = "lives", request_body(content = Vec<u8>, content_type = "application/octet-stream"), params(("event" = String, Path), Named), responses((status = 200, body = PictureOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn set_picture(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Written<PictureOut>, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    let file = web.shelf.read(announced(&headers), body).await?;
    let picture = take(&web, &named.name, file).await?;
    let url = picture_path(live, picture.id);
    let position = show(&web, &me, live, Some(picture)).await?;
    Ok(Written::done(position, PictureOut { url }))
}

/// Takes the picture away.
#[utoipa::path(delete, path = "/live/{event}/picture", tag = "lives", params(("event" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn drop_picture(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<Response, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    Ok(gone(Some(show(&web, &me, live, None).await?)))
}

/// `GET /live/{event}/picture/{picture}`: for whoever may watch.
///
/// # Errors
/// 401, 403, 404, 503.
pub async fn picture(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    headers: HeaderMap,
    Path((event, picture)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let row = row(&web, &event).await?;
    may_watch(&web, &row, me.as_ref(), &headers).await?;
    let wanted: PictureId = id(&picture)?;
    let own = row.page.picture.clone().filter(|p| p.id == wanted);
    let held = match own {
        Some(own) => own,
        None => of_broadcaster(&web, &row, wanted).await?.ok_or(Code::NotFound)?,
    };
    sent(&web, held).await
}

/// A picture as it streams, to somebody who may see it.
///
/// # Errors
/// 404, 503.
pub async fn sent(web: &Web, held: HoldPicture) -> Result<Response, Problem> {
    let (bytes, body) = web.shelf.picture(held.id).await?;
    let media = HeaderValue::try_from(held.media.0).map_err(|e| Problem::internal("a picture's media type", e))?;
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        // Under this address it is always this one; but not for everybody.
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=86400"),
        ),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
    ];
    Ok((StatusCode::OK, headers, body).into_response())
}

async fn of_broadcaster(
    web: &Web,
    row: &amphi_projections::LiveRow,
    wanted: PictureId,
) -> Result<Option<HoldPicture>, Problem> {
    let Some(at) = row.place() else { return Ok(None) };
    let there = web.read.broadcaster(at).await.map_err(down)?;
    Ok(there.and_then(|b| b.details.picture).filter(|p| p.id == wanted))
}
