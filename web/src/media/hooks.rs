//! What media servers ask before they let somebody push or watch, and what they say when it is over.
//!
//! nginx-rtmp calls for `on_publish`, `on_publish_done` and `on_update` with a form; any answer that is no 2xx refuses, and drops what is
//! there. MediaMTX's HTTP authentication asks with JSON about each connection; `runOnReady` and `runOnNotReady` may say the rest. Both know one
//! address, so the secret stands in its query, which is never logged.

use std::net::IpAddr;

use amphi_events::broadcaster::Protection;
use amphi_events::store::secrets::BROADCASTER_KEY;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use url::Url;
use url::form_urlencoded::parse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::said::{self, BODY_MAX, Said};
use super::{Publish, PublishAnswer, sign};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::auth::address::{ClientAddress, network};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(nginx_rtmp))
        .routes(routes!(mediamtx))
}

/// The secret in the address, compared in constant time, and the pace of those who have it not. Who has it is never told to wait: nginx drops
/// the picture whose `on_update` is refused.
fn guarded(web: &Web, from: ClientAddress, query: Option<&str>, body: &[u8]) -> Result<(), Problem> {
    let Some(token) = &web.settings.media.hook_token else {
        return Err(Code::NotFound.into());
    };
    let given = parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let right = bool::from(given.as_bytes().ct_eq(token.expose_secret().as_bytes()));
    if !right {
        if let Err(seconds) = web.hooks.wrong(network(from.0), web.sources.now()) {
            return Err(Problem::new(Code::TooManyTries).retry_after(seconds));
        }
        tracing::warn!(from = %from.0, "a hook came with a wrong secret (setting media_hook_token)");
        return Err(Code::HookToken.into());
    }
    if body.len() > BODY_MAX {
        return Err(Code::TooLarge.into());
    }
    Ok(())
}

/// Whether somebody may begin to push. Who tries one stream key after the other is not looked up any more, by the address that the media server
/// says he has.
async fn may_push(web: &Web, publisher: Option<IpAddr>, publish: &Publish) -> Result<StatusCode, Problem> {
    let publisher = publisher.map(network);
    let now = web.sources.now();
    if let Some(by) = publisher
        && let Err(seconds) = web.hooks.tries(by, now)
    {
        return Err(Problem::new(Code::TooManyTries).retry_after(seconds));
    }
    let answer = web.publishers.began(publish).await;
    if let (PublishAnswer::Unknown, Some(by)) = (answer, publisher) {
        web.hooks.unknown(by, now);
    }
    answered(answer)
}

fn answered(answer: PublishAnswer) -> Result<StatusCode, Problem> {
    match answer {
        PublishAnswer::LetIn => Ok(StatusCode::NO_CONTENT),
        PublishAnswer::Unknown => Err(Problem::new(Code::PublishRefused).with("why", "unknown")),
        PublishAnswer::NotWanted => Err(Problem::new(Code::PublishRefused).with("why", "not_wanted")),
        PublishAnswer::NotNow => Err(Problem::new(Code::Unavailable).retry_after(2)),
    }
}

/// What nginx-rtmp asks and says: `on_publish`, `on_update` (may they push, go on pushing?) and `on_publish_done`. A 2xx lets in. `token` is the
/// setting `media_hook_token`; the form holds `call`, `app`, `name`, `clientid`.
#[utoipa::path(post, path = "/hooks/nginx-rtmp", tag = "hooks", request_body(content = String, content_type = "application/x-www-form-urlencoded"), params(("token" = String, Query)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn nginx_rtmp(
    State(web): State<Web>,
    from: ClientAddress,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    guarded(&web, from, query.as_deref(), &body)?;
    judged(&web, said::nginx_rtmp(&body)).await
}

/// What MediaMTX asks by its HTTP authentication (`publish`: may they push? `read`: may they watch?) and says by `runOnReady` and
/// `runOnNotReady` (`ready`, `not_ready`). A 2xx lets in. `token` is the setting `media_hook_token`.
#[utoipa::path(post, path = "/hooks/mediamtx", tag = "hooks", request_body = serde_json::Value, params(("token" = String, Query)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn mediamtx(
    State(web): State<Web>,
    from: ClientAddress,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    guarded(&web, from, query.as_deref(), &body)?;
    judged(&web, said::mediamtx(&body)).await
}

async fn judged(web: &Web, said: Result<Said, String>) -> Result<StatusCode, Problem> {
    match said.map_err(|why| Problem::new(Code::HookUnreadable).detail(why))? {
        Said::Begins { publish, by } => may_push(web, by, &publish).await,
        // What is there stays while nothing is known: nginx drops whoever is not answered with a 2xx.
        Said::GoesOn(publish) => match web.publishers.began(&publish).await {
            PublishAnswer::NotNow => Ok(StatusCode::NO_CONTENT),
            other => answered(other),
        },
        Said::Ready(publish) => answered(web.publishers.began(&publish).await),
        Said::Ended(publish) => answered(web.publishers.ended(&publish).await),
        Said::Reads { path, query } if may_read(web, &path, query.as_deref()).await? => Ok(StatusCode::NO_CONTENT),
        // Recordings, its own API and its metrics are not ours to open.
        Said::Reads { .. } | Said::Other => Err(Code::WatchRefused.into()),
    }
}

/// Whether a reader is let in: the stream is of a broadcaster that is open, or the reader comes with a token of ours for it.
async fn may_read(web: &Web, path: &str, query: Option<&str>) -> Result<bool, Problem> {
    let gone = |e: &dyn std::fmt::Display| Problem::unavailable("broadcasters can't be read", e);
    let all = web.read.broadcasters().await.map_err(|e| gone(&e))?;
    // A proxy may have put a path of its own before MediaMTX's.
    let is_of = |hls_url: &str| {
        let url = Url::parse(hls_url).ok();
        let stream = url.as_ref().and_then(sign::stream_of);
        stream.is_some_and(|s| s.strip_suffix(path).is_some_and(|before| before.ends_with('/')))
    };
    let theirs: Vec<_> = all.iter().filter(|b| !b.removed && is_of(&b.hls_url)).collect();
    let token = parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == sign::PARAMETER)
        .map(|(_, value)| value.into_owned());
    if let Some(token) = token
        && let Some(named) = sign::broadcaster_of(&token)
        && let Some(row) = theirs.iter().find(|b| b.id == named)
    {
        let secret = web.store.get_secret(BROADCASTER_KEY, &named.to_string()).await;
        let secret = secret.map_err(|e| gone(&e))?.unwrap_or_default();
        return Ok(!secret.is_empty() && sign::holds(&token, &row.hls_url, &secret, web.sources.now()));
    }
    // One that is kept closed is not opened by another that shows the same place.
    Ok(!theirs.is_empty() && theirs.iter().all(|b| b.protection == Protection::None))
}
