//! From where the picture of a live may come: what its page's `Content-Security-Policy` names (surface §2).
//!
//! The rule: a page names the origins of the house's broadcasters, all of them written by an administrator, and nothing else. A
//! policy can't be changed once a page is loaded, and while it is open a gateway may be assigned, or take the picture over from one that
//! failed, so:
//!
//! - a live that may still be seen names every broadcaster that may show it, its own first: its page goes on without a reload,
//!   whichever it will be;
//! - a live that is over names none;
//! - a live moved to a broadcaster that was added while its page was open, at an origin of its own, is the one case left: the page sees
//!   that it may not ask there (`data-origins`) and loads itself again, once, after a random wait; what was typed is kept.
//!
//! A playlist that redirects to, or names segments of, another origin is refused by the browser: a broadcaster's address is
//! that of the host that serves both.

use amphi_events::Time;
use amphi_projections::{LiveRow, LiveState, ReadError};

use crate::Web;
use crate::pages::common::LiveSources;

/// The origin of a playlist's address; none where it is no address of the web.
pub fn origin(hls_url: &str) -> Option<String> {
    let url = url::Url::parse(hls_url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// The origins that the page of this live may fetch its picture from.
///
/// # Errors
/// The read models can't be read.
pub async fn origins(web: &Web, row: &LiveRow, now: Time) -> Result<Vec<String>, ReadError> {
    if row.cancelled || row.state(now).live == LiveState::Ended {
        return Ok(vec![]);
    }
    // A hold that was let go says nothing of the next one.
    let held = row.reservation.and(row.broadcaster);
    let fed = row.feed.map(|f| f.broadcaster);
    let known = match row.run.map(|r| r.broadcaster).or(fed).or(held) {
        Some(id) => web.read.broadcaster(id).await?.map(|b| b.hls_url),
        None => None,
    };
    let all = web.read.broadcasters().await?;
    let others = all.iter().filter(|b| !b.removed).map(|b| b.hls_url.as_str());
    Ok(named(known.as_deref().into_iter().chain(others)))
}

/// Where everything that a live's page shows comes from; a frame may be put into the pages of `ancestors`.
///
/// # Errors
/// The read models can't be read.
pub async fn sources(web: &Web, row: &LiveRow, now: Time, ancestors: &str) -> Result<LiveSources, ReadError> {
    let details = &row.page.details;
    let of = |addresses: &[&Option<amphi_events::Public<String>>]| {
        // A host that was taken off the list since is shown no more.
        let listed = addresses
            .iter()
            .filter_map(|a| a.as_ref())
            .filter(|a| web.settings.lives.shows(&a.0));
        named(listed.map(|a| a.0.as_str()))
    };
    Ok(LiveSources {
        picture: origins(web, row, now).await?,
        films: of(&[&details.hold_video_url]),
        frames: of(&[&details.below_url, &details.beside_url]),
        ancestors: ancestors.to_owned(),
    })
}

/// Each origin once, in the order in which they came.
fn named<'a>(addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for origin in addresses.filter_map(origin) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(
            origin("https://u:p@hls.univ.example:8443/a/b.m3u8?t=1").as_deref(),
            Some("https://hls.univ.example:8443")
        );
        assert_eq!(
            origin("http://HLS.univ.example:80/x").as_deref(),
            Some("http://hls.univ.example")
        );
        // Nothing that would be a directive, a wildcard or a scheme.
        for odd in [
            "data:text/plain,x",
            "javascript:1",
            "/relative",
            "",
            "file:///etc/passwd",
        ] {
            assert_eq!(origin(odd), None, "{odd}");
        }
        let hostile = origin("https://a.example/; script-src *");
        assert_eq!(hostile.as_deref(), Some("https://a.example"));
    }

    #[test]
    fn each_origin_once() {
        let all = [
            "https://a.example/1.m3u8",
            "https://a.example/2.m3u8",
            "http://b.example/x",
        ];
        assert_eq!(named(all.into_iter()), ["https://a.example", "http://b.example"]);
    }
}
