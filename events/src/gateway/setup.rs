//! What an administrator says of a gateway, and what may be said.

use serde::{Deserialize, Serialize};

use super::{Generation, Refusal};
use crate::catalogue::Public;
use crate::ids::BroadcasterId;
use crate::plain::is_label;

/// What an administrator says of a gateway; secrets aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Its name, 1 to 100 characters.
    pub name: Public<String>,
    /// Where its pictures are fetched.
    pub broadcaster: BroadcasterId,
    /// Base address of its HTTP interface; empty for an encoder, which has none.
    pub server_url: Public<String>,
    /// RTMP address without its last part, the stream key, which is a secret.
    pub rtmp_base: Public<String>,
    /// The id that generations 4 and 5 want.
    pub gw_id: Option<String>,
    /// Said by the administrator instead of found out.
    pub generation: Option<Generation>,
}

impl Setup {
    /// Whether orders would go elsewhere, or in another dialect.
    pub(super) fn speaks_otherwise(&self, other: &Self) -> bool {
        (&self.server_url, &self.gw_id, self.generation) != (&other.server_url, &other.gw_id, other.generation)
    }
}

/// Longest RTMP address, stream key and all.
pub const RTMP_MAX: usize = 1024;
/// Longest one without its stream key.
const RTMP_BASE_MAX: usize = 1000;

/// Whether an RTMP address reaches the gateway's shell unharmed (gateway-contract §2.3): an apostrophe starts the container and breaks the
/// answer, a blank breaks the push. No `@`: what stands before it would be a password in clear in the log.
pub fn is_rtmp(url: &str) -> bool {
    (url.starts_with("rtmp://") || url.starts_with("rtmps://"))
        && url.len() <= RTMP_MAX
        && url
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._~:/?=&%+-".contains(c))
}

pub(super) fn check(setup: &Setup) -> Result<(), Refusal> {
    if !is_label(&setup.name.0) {
        return Err(Refusal::Name);
    }
    let address = &setup.server_url.0;
    let http = address.starts_with("http://") || address.starts_with("https://");
    let none = address.is_empty() && setup.generation == Some(Generation::Encoder);
    if !(http || none) || setup.server_url.0.len() > 2000 || setup.server_url.0.chars().any(char::is_whitespace) {
        return Err(Refusal::Address);
    }
    let rtmp = &setup.rtmp_base.0;
    if !is_rtmp(rtmp) || rtmp.len() > RTMP_BASE_MAX {
        return Err(Refusal::Rtmp);
    }
    Ok(())
}

/// Splits an RTMP address into what may be known and the stream key, its last part.
///
/// # Errors
/// It has no application and stream part, or characters that a gateway's shell would take for orders.
pub fn split_rtmp(url: &str) -> Result<(String, String), Refusal> {
    let rest = url.split_once("://").ok_or(Refusal::Rtmp)?.1;
    // host/application/stream: at least two slashes after the scheme, so that the key is never the host.
    match url.rsplit_once('/') {
        Some((base, key)) if is_rtmp(url) && !key.is_empty() && rest.matches('/').count() >= 2 => {
            Ok((base.to_owned(), key.to_owned()))
        }
        _ => Err(Refusal::Rtmp),
    }
}

/// `redis://host[:port]` or `rediss://…`, nothing behind it: the channel is Amphi's to choose, and a password would stand in the log.
///
/// # Errors
/// It is something else.
pub fn check_chat_route(redis: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = redis else { return Ok(()) };
    let rest = text.strip_prefix("redis://").or_else(|| text.strip_prefix("rediss://"));
    let (host, port) = match rest {
        Some(rest) if rest.starts_with('[') => match rest.split_once(']') {
            Some((host, port)) => (host.trim_start_matches('['), port.strip_prefix(':')),
            None => return Err(Refusal::ChatRoute),
        },
        Some(rest) => rest
            .split_once(':')
            .map_or((rest, None), |(host, port)| (host, Some(port))),
        None => return Err(Refusal::ChatRoute),
    };
    let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c));
    let numbered = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|p| p > 0));
    if named && numbered && text.len() <= 300 {
        Ok(())
    } else {
        Err(Refusal::ChatRoute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_rtmp_address() {
        assert!(is_rtmp("rtmp://live.univ.fr/live/name?key=a-b_c.d~e%20&x=1+2"));
        for bad in [
            "rtmp://h/a'b",
            "rtmp://h/a b",
            "http://h/a",
            "rtmp://h/$(x)",
            "rtmp://h/a;b",
            "rtmp://h/é",
            "rtmp://user@h/a",
            &format!("rtmp://h/{}", "a".repeat(RTMP_MAX)),
        ] {
            assert!(!is_rtmp(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_for_chat_lines_is_a_host_and_a_port() {
        for good in [
            "redis://redis",
            "redis://10.0.0.3:6380",
            "rediss://r.univ.example:6379",
            "redis://[::1]:6379",
        ] {
            assert_eq!(check_chat_route(Some(good)), Ok(()), "{good}");
        }
        for bad in [
            "",
            "redis://",
            "http://redis",
            "redis://user:word@redis",
            "redis://redis/0",
            "redis://redis:0",
            "redis://redis:70000",
            "redis://redis\nBBB_SECRET=x",
        ] {
            assert_eq!(check_chat_route(Some(bad)), Err(Refusal::ChatRoute), "{bad}");
        }
        assert_eq!(check_chat_route(None), Ok(()));
    }
}
