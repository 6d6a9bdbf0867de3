//! Addresses of playlists that end: what a media server lets in that keeps strangers out (`Protection`).
//!
//! `secure_link` of nginx: `ORIGIN/signed/SIGNATURE/UNTIL/PATH`. What is signed is the stream, not the file: a playlist names its segments
//! relative to itself, so they stand under the same signature, and another stream does not. MediaMTX: the address with `?amphi=TOKEN`, which it
//! hands on to the segments and asks us about (`hooks`).

use amphi_events::Time;
use amphi_events::broadcaster::Protection;
use amphi_events::ids::BroadcasterId;
use amphi_events::store::secrets::BROADCASTER_KEY;
use amphi_events::store::{Store, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use url::Url;

/// Name of the parameter that MediaMTX's readers come with.
pub const PARAMETER: &str = "amphi";
/// What stands before the signature in a path.
const SIGNED: &str = "/signed";

/// The stream that a playlist's address is of: its path without `/index.m3u8` or `.m3u8`. None where the address can't be signed: nginx
/// compares what it decoded, so only plain characters mean the same on both sides.
pub fn stream_of(hls_url: &Url) -> Option<&str> {
    let path = hls_url.path();
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b));
    if !plain || hls_url.query().is_some() || hls_url.fragment().is_some() || path.contains("//") {
        return None;
    }
    let stream = path
        .strip_suffix("/index.m3u8")
        .or_else(|| path.strip_suffix(".m3u8"))?;
    (stream.len() > 1 && !stream.ends_with('/')).then_some(stream)
}

/// Whether the address of a playlist can be signed.
pub fn signable(hls_url: &str) -> bool {
    Url::parse(hls_url).is_ok_and(|url| stream_of(&url).is_some())
}

/// The address with nginx's signature, good until then.
pub fn secure_link(hls_url: &str, secret: &str, until: Time) -> Option<String> {
    let mut url = Url::parse(hls_url).ok()?;
    let until = seconds(until);
    let text = format!("{until}{} {secret}", stream_of(&url)?);
    let signature = URL_SAFE_NO_PAD.encode(Md5::digest(text.as_bytes()));
    let path = format!("{SIGNED}/{signature}/{until}{}", url.path());
    url.set_path(&path);
    Some(url.into())
}

/// The address with a token for whoever MediaMTX asks us about, good until then.
pub fn media_server(hls_url: &str, broadcaster: BroadcasterId, secret: &str, until: Time) -> Option<String> {
    let mut url = Url::parse(hls_url).ok()?;
    let until = seconds(until);
    let mac = mac(secret, stream_of(&url)?, until)?.finalize().into_bytes();
    let token = format!("{broadcaster}.{until}.{}", URL_SAFE_NO_PAD.encode(mac));
    url.query_pairs_mut().append_pair(PARAMETER, &token);
    Some(url.into())
}

/// The broadcaster that a reader's token names. What it says is proven by [`holds`].
pub fn broadcaster_of(token: &str) -> Option<BroadcasterId> {
    token.split('.').next()?.parse().ok()
}

/// Whether a token was made here for this broadcaster's playlist, and holds.
pub fn holds(token: &str, hls_url: &str, secret: &str, now: Time) -> bool {
    let mut parts = token.splitn(3, '.').skip(1);
    let (Some(until), Some(given)) = (parts.next().and_then(|t| t.parse().ok()), parts.next()) else {
        return false;
    };
    let url = Url::parse(hls_url).ok();
    let expected = url.as_ref().and_then(stream_of).and_then(|s| mac(secret, s, until));
    let given = URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
    expected.is_some_and(|mac| mac.verify_slice(&given).is_ok()) && seconds(now) < until
}

fn mac(secret: &str, stream: &str, until: i64) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("amphi/hls/1\n{stream}\n{until}").as_bytes());
    Some(mac)
}

const fn seconds(at: Time) -> i64 {
    at.0 / 1000
}

/// Where a broadcaster's playlist is fetched until then. None: its media server keeps strangers out and the secret is not there; the open
/// address is never an answer to that.
///
/// # Errors
/// The store can't be read.
pub async fn address(
    store: &Store,
    id: BroadcasterId,
    (hls_url, protection): (&str, Protection),
    until: Time,
) -> Result<Option<String>, StoreError> {
    if protection == Protection::None {
        return Ok(Some(hls_url.to_owned()));
    }
    let Some(secret) = store.get_secret(BROADCASTER_KEY, &id.to_string()).await? else {
        return Ok(None);
    };
    Ok(match protection {
        Protection::None => None,
        Protection::SecureLink => secure_link(hls_url, &secret, until),
        Protection::MediaServer => media_server(hls_url, id, &secret, until),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Time = Time(1_800_000_000_000);

    /// By hand: `printf '%s' '1800000000/hls/room a-secret-of-sixteen' | openssl md5 -binary | openssl base64 | tr '+/' '-_' | tr -d =`.
    #[test]
    fn nginx_reads_the_same_signature() {
        let signed = secure_link("https://m.example:8443/hls/room.m3u8", "a-secret-of-sixteen", UNTIL).unwrap();
        let text = "1800000000/hls/room a-secret-of-sixteen";
        let by_hand = URL_SAFE_NO_PAD.encode(Md5::digest(text));
        assert_eq!(
            signed,
            format!("https://m.example:8443/signed/{by_hand}/1800000000/hls/room.m3u8")
        );
        assert_eq!(by_hand, "61lej3KRKSFhfd_Bx9rVjg");
        let nested = secure_link("https://m.example/hls/room/index.m3u8", "a-secret-of-sixteen", UNTIL).unwrap();
        assert_eq!(
            nested,
            format!("https://m.example/signed/{by_hand}/1800000000/hls/room/index.m3u8"),
            "both layouts are of the stream /hls/room"
        );
    }

    #[test]
    fn what_can_be_signed() {
        for good in [
            "http://h/a.m3u8",
            "https://h:8888/live/g2-1/index.m3u8",
            "https://h/a_b~c.d.m3u8",
        ] {
            assert!(signable(good), "{good}");
        }
        for bad in [
            "http://h/",
            "http://h/.m3u8",
            "http://h/index.m3u8",
            "http://h/a",
            "http://h/a.m3u8?x=1",
            "http://h/a%20b.m3u8",
            "http://h/é.m3u8",
            "http://h//a.m3u8",
            "http://h/a/.m3u8",
            "nothing",
            "http://h/a.m3u8#f",
            "http://h/a$b.m3u8",
        ] {
            assert!(!signable(bad), "{bad}");
        }
    }

    #[test]
    fn a_token_is_for_its_stream_its_secret_and_its_time() {
        let id = BroadcasterId(ulid::Ulid(7));
        let url = "https://h:8888/live/a/index.m3u8";
        let signed = media_server(url, id, "secret", UNTIL).unwrap();
        let token = Url::parse(&signed).unwrap();
        let token = token
            .query_pairs()
            .find(|(n, _)| n == PARAMETER)
            .unwrap()
            .1
            .into_owned();
        assert_eq!(broadcaster_of(&token), Some(id));
        assert!(holds(&token, url, "secret", Time(UNTIL.0 - 1000)));
        assert!(!holds(&token, url, "secret", UNTIL), "over");
        assert!(!holds(&token, url, "other", Time(0)));
        assert!(!holds(&token, "https://h:8888/live/b/index.m3u8", "secret", Time(0)));
        let later = token.replace(".1800000000.", ".1900000000.");
        assert!(!holds(&later, url, "secret", Time(0)));
        for odd in ["", ".", "..", "a.b.c", &token[..token.len() - 1], &token[..30]] {
            assert!(!holds(odd, url, "secret", Time(0)), "{odd}");
        }
    }
}
