//! What an administrator says of a gateway, and what may be said.

use serde::{Deserialize, Serialize};

use super::{Generation, Refusal};
use crate::catalogue::Public;
use crate::ids::BroadcasterId;

/// What an administrator says of a gateway; secrets aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Its name, 1 to 100 characters.
    pub name: Public<String>,
    /// Where its pictures are fetched.
    pub broadcaster: BroadcasterId,
    /// Base address of its HTTP interface.
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

/// Characters that reach the gateway's shell unharmed (gateway-contract §2.3). No `@`: what stands before it would be
/// a password in clear in the log.
fn plain(rtmp: &str) -> bool {
    rtmp.chars()
        .all(|c| c.is_ascii_alphanumeric() || "._~:/?=&%+-".contains(c))
}

pub(super) fn check(setup: &Setup) -> Result<(), Refusal> {
    if !(1..=100).contains(&setup.name.0.trim().chars().count()) || setup.name.0.chars().any(char::is_control) {
        return Err(Refusal::Name);
    }
    let http = setup.server_url.0.starts_with("http://") || setup.server_url.0.starts_with("https://");
    if !http || setup.server_url.0.len() > 2000 || setup.server_url.0.chars().any(char::is_whitespace) {
        return Err(Refusal::Address);
    }
    let rtmp = &setup.rtmp_base.0;
    if !(rtmp.starts_with("rtmp://") || rtmp.starts_with("rtmps://")) || rtmp.len() > 1000 || !plain(rtmp) {
        return Err(Refusal::Rtmp);
    }
    Ok(())
}

/// Splits an RTMP address into what may be known and the stream key, its last part.
///
/// # Errors
/// It has no application and stream part, or characters that a gateway's shell would take for orders.
pub fn split_rtmp(url: &str) -> Result<(String, String), Refusal> {
    let rest = url
        .strip_prefix("rtmp://")
        .or_else(|| url.strip_prefix("rtmps://"))
        .ok_or(Refusal::Rtmp)?;
    // host/application/stream: at least two slashes after the scheme, so that the key is never the host.
    match url.rsplit_once('/') {
        Some((base, key)) if plain(url) && !key.is_empty() && rest.matches('/').count() >= 2 => {
            Ok((base.to_owned(), key.to_owned()))
        }
        _ => Err(Refusal::Rtmp),
    }
}
