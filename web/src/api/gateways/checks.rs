//! What administrators may say of a gateway, looked at before it is kept.

use amphi_events::gateway::{self, Generation, split_rtmp};
use amphi_events::ids::BroadcasterId;

use crate::Web;
use crate::api::address::{check_address, check_rtmp_host};
use crate::api::problem::{Code, Problem};

/// Secrets end up in a shell on some gateways (gateway-contract §2.3): plain characters only.
pub(super) fn plain(secret: &str, code: Code) -> Result<(), Problem> {
    let ok = (1..=200).contains(&secret.len())
        && secret
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._~:?=&%+-@!,".contains(c));
    if ok { Ok(()) } else { Err(code.into()) }
}

pub(super) fn generation(text: Option<&str>) -> Result<Option<Generation>, Problem> {
    text.map(|t| t.parse().map_err(|_| Problem::new(Code::BadGeneration)))
        .transpose()
}

pub(super) async fn broadcaster(web: &Web, text: &str) -> Result<BroadcasterId, Problem> {
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
pub(in crate::api) fn rtmp(url: &str) -> Result<(String, String), Problem> {
    let (base, key) = split_rtmp(url).map_err(|_| Problem::new(Code::BadRtmp))?;
    check_rtmp_host(&base)?;
    plain(&key, Code::BadRtmp)?;
    Ok((base, key))
}

/// Where chat lines go: a Redis server, which is called like any other address of the house.
pub(super) fn chat_route(text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    gateway::check_chat_route(Some(&text)).map_err(|_| Problem::new(Code::BadChatRoute))?;
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    check_address(&format!("http://{rest}")).map_err(|_| Problem::new(Code::BadChatRoute))?;
    Ok(Some(text))
}

pub(super) fn gw_id(text: Option<String>) -> Result<Option<String>, Problem> {
    match text.filter(|t| !t.is_empty()) {
        Some(t) if t.len() > 100 || !t.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) => {
            Err(Problem::new(Code::BadBody).detail("gw_id: letters, digits, dot, dash, underscore"))
        }
        other => Ok(other),
    }
}
