//! Playlists: what an encoder, a cache or somebody else's host serves under a broadcaster's address.

use std::time::Duration;

use amphi::gateways::playlist::{Look, NotYet, Probe, ProbeError, first_variant, judge, read};
use m3u8_rs::Playlist;
use url::Url;

const AT: &str = "https://hls.univ.example:8443/live/name/index.m3u8";

/// See the module.
pub fn check(data: &[u8]) {
    match read(data) {
        Err(error) => assert_eq!(error, ProbeError::NotPlaylist),
        Ok(Playlist::MasterPlaylist(master)) => {
            let at = Url::parse(AT).expect("an address");
            match first_variant(&at, &master) {
                // Whoever writes a playlist does not choose which host we call.
                Ok(first) => {
                    assert_eq!(first.origin(), at.origin());
                    assert_eq!(first.scheme(), "https");
                }
                Err(error) => assert!(matches!(error, ProbeError::NotPlaylist | ProbeError::OtherHost)),
            }
        }
        Ok(Playlist::MediaPlaylist(media)) => judged(&Look::of(&media), data.len()),
    }
}

fn judged(look: &Look, bytes: usize) {
    assert!(look.last_uri.len() <= bytes);
    let hour = Duration::from_hours(1);
    let first = judge(None, look, hour);
    match first {
        Probe::Ended => assert!(look.ended),
        Probe::NotYet(NotYet::Empty) => assert!(look.last_uri.is_empty()),
        Probe::NotYet(NotYet::FirstLook) => {}
        other => panic!("one look proves nothing: {other:?}"),
    }
    if first == Probe::NotYet(NotYet::FirstLook) {
        // Whatever number the playlist gives for its target, the same picture for an hour is off the air, and not at once.
        assert_eq!(judge(Some((look, true)), look, hour), Probe::Frozen);
        assert_eq!(judge(Some((look, true)), look, Duration::from_secs(2)), Probe::Moving);
        let next = Look {
            sequence: look.sequence.wrapping_add(1),
            ..look.clone()
        };
        assert_eq!(judge(Some((look, true)), &next, Duration::ZERO), Probe::Moving);
    }
    if look.last_uri.starts_with('#') || look.last_uri.trim() != look.last_uri {
        return;
    }
    let printed = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n{}{}{}",
        look.target_s,
        look.sequence,
        if look.last_uri.is_empty() { "" } else { "#EXTINF:2,\n" },
        look.last_uri,
        if look.ended { "\n#EXT-X-ENDLIST\n" } else { "\n" },
    );
    match read(printed.as_bytes()) {
        Ok(Playlist::MediaPlaylist(media)) => assert_eq!(&Look::of(&media), look, "{printed}"),
        other => panic!("{printed}\n{other:?}"),
    }
}
