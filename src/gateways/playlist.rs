//! Is it really live? Only the playlist says (gateway contract §5.3): a gateway whose push died stays "up" for ever.

use m3u8_rs::{MasterPlaylist, MediaPlaylist, Playlist};
use std::time::Duration;
use url::Url;

use crate::outgoing::{Call, HttpClient, OutError, PLAYLIST_CAP, Redirects, Trust};

/// Deadline of one fetch.
const DEADLINE: Duration = Duration::from_secs(5);
/// Redirects followed, to the same host only.
const HOPS: u8 = 3;

impl<'a> From<&'a String> for Address<'a> {
    fn from(url: &'a String) -> Self {
        url.as_str().into()
    }
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// New pictures came since the last look, or within three target durations.
    Moving,
    /// Nothing to compare with yet.
    NotYet(NotYet),
    /// The same for three target durations or more: off the air.
    Frozen,
    /// `EXT-X-ENDLIST`.
    Ended,
    /// Nothing is known.
    Error(ProbeError),
}

/// Why there is nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotYet {
    /// 404 or 410: no publisher, or one that went a while ago.
    Missing,
    /// No segment in it.
    Empty,
    /// Seen for the first time; one look proves nothing.
    FirstLook,
}

/// Why a probe says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The network, a deadline, a status, a redirect elsewhere, a body over the cap.
    #[error("{0}")]
    Out(OutError),
    /// What is there is no playlist.
    #[error("not a playlist")]
    NotPlaylist,
    /// The first variant is on another host.
    #[error("the variant is on another host")]
    OtherHost,
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// `EXT-X-MEDIA-SEQUENCE`.
    pub sequence: u64,
    /// The last segment's address.
    pub last_uri: String,
    /// `EXT-X-TARGETDURATION` in seconds.
    pub target_s: u64,
    /// `EXT-X-ENDLIST`.
    pub ended: bool,
}

/// What is kept between probes of one address. Losing it costs one look.
#[derive(Debug, Clone, Default)]
pub struct ProbeMemory {
    seen: Option<Kept>,
    /// The media server said that nobody pushes any more: a playlist that stands is frozen sooner.
    pub left: bool,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    /// What it is known by: a signed address changes with each signature.
    pub known: &'a str,
    /// What is asked for.
    pub ask: &'a str,
}

impl<'a> From<&'a str> for Address<'a> {
    fn from(url: &'a str) -> Self {
        Self { known: url, ask: url }
    }
}

#[derive(Debug, Clone)]
struct Kept {
    url: String,
    look: Look,
    /// When `look` was seen first.
    since_ms: i64,
    /// Whether a change was seen at all.
    moved: bool,
}

/// Judges a look. `previous` is the last look and whether a change was seen before it; `unchanged_for` is the time
/// since that look was seen first. A sequence that goes back is a restart and counts as a change.
pub fn judge(previous: Option<(&Look, bool)>, now: &Look, unchanged_for: Duration) -> Probe {
    judge_within(previous, now, unchanged_for, STILL)
}

/// Target durations without a change after which a playlist is frozen, where nothing else is known.
const STILL: u32 = 3;
/// The same where the media server said that nobody pushes any more: what was on its way may still come.
const LEFT: u32 = 1;

fn judge_within(previous: Option<(&Look, bool)>, now: &Look, unchanged_for: Duration, targets: u32) -> Probe {
    if now.ended {
        return Probe::Ended;
    }
    if now.last_uri.is_empty() {
        return Probe::NotYet(NotYet::Empty);
    }
    let Some((before, moved)) = previous else {
        return Probe::NotYet(NotYet::FirstLook);
    };
    if before.sequence != now.sequence || before.last_uri != now.last_uri {
        return Probe::Moving;
    }
    // A playlist that says 0 or nonsense would be frozen between two fragments, or never.
    let target = Duration::from_secs(now.target_s.clamp(1, 30));
    if unchanged_for >= target * targets {
        Probe::Frozen
    } else if moved {
        Probe::Moving
    } else {
        Probe::NotYet(NotYet::FirstLook)
    }
}

/// Looks once. `now_ms` is the caller's clock (monotonic or wall, but always the same).
pub async fn probe(
    http: &HttpClient,
    url: impl Into<Address<'_>>,
    trust: Trust,
    now_ms: i64,
    memory: &mut ProbeMemory,
) -> Probe {
    let url = url.into();
    match look(http, url.ask, trust).await {
        Ok(Some(look)) => remember(url.known, look, now_ms, memory),
        Ok(None) => {
            // Numbering may start again at 0 after this: nothing to compare with any more.
            memory.seen = None;
            Probe::NotYet(NotYet::Missing)
        }
        Err(error) => Probe::Error(error),
    }
}

fn remember(url: &str, look: Look, now_ms: i64, memory: &mut ProbeMemory) -> Probe {
    let kept = memory.seen.take().filter(|kept| kept.url == url);
    let elapsed = kept
        .as_ref()
        .map_or(0, |kept| now_ms.saturating_sub(kept.since_ms).max(0));
    let verdict = judge_within(
        kept.as_ref().map(|kept| (&kept.look, kept.moved)),
        &look,
        Duration::from_millis(elapsed.unsigned_abs()),
        if memory.left { LEFT } else { STILL },
    );
    memory.seen = Some(match kept {
        Some(kept) if kept.look.sequence == look.sequence && kept.look.last_uri == look.last_uri => Kept {
            look,
            // A clock that was set back: left in the future, a picture that stands would not be found out before that.
            since_ms: kept.since_ms.min(now_ms),
            ..kept
        },
        other => Kept {
            url: url.to_owned(),
            look,
            since_ms: now_ms,
            moved: other.is_some(),
        },
    });
    verdict
}

async fn look(http: &HttpClient, url: &str, trust: Trust) -> Result<Option<Look>, ProbeError> {
    let Some((at, playlist)) = fetch(http, url, trust).await? else {
        return Ok(None);
    };
    let media = match playlist {
        Playlist::MediaPlaylist(media) => media,
        Playlist::MasterPlaylist(master) => {
            let first = first_variant(&at, &master)?;
            match fetch(http, first.as_str(), trust).await? {
                None => return Ok(None),
                Some((_, Playlist::MediaPlaylist(media))) => media,
                Some((_, Playlist::MasterPlaylist(_))) => return Err(ProbeError::NotPlaylist),
            }
        }
    };
    Ok(Some(Look::of(&media)))
}

impl Look {
    /// What a playlist of segments says.
    pub fn of(media: &MediaPlaylist) -> Self {
        Self {
            sequence: media.media_sequence,
            last_uri: media
                .segments
                .last()
                .map(|segment| segment.uri.clone())
                .unwrap_or_default(),
            target_s: media.target_duration,
            ended: media.end_list,
        }
    }
}

/// Where the first variant with pictures and sound is: on the playlist's own host, or it is not fetched.
///
/// # Errors
/// There is none, or it is on another host.
pub fn first_variant(at: &Url, master: &MasterPlaylist) -> Result<Url, ProbeError> {
    let first = master
        .variants
        .iter()
        .find(|variant| !variant.is_i_frame)
        .and_then(|variant| at.join(&variant.uri).ok())
        .ok_or(ProbeError::NotPlaylist)?;
    if first.origin() == at.origin() {
        Ok(first)
    } else {
        Err(ProbeError::OtherHost)
    }
}

/// Reads a playlist.
///
/// # Errors
/// It is none.
pub fn read(body: &[u8]) -> Result<Playlist, ProbeError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if !body.starts_with(b"#EXTM3U") {
        return Err(ProbeError::NotPlaylist);
    }
    m3u8_rs::parse_playlist_res(body).map_err(|_| ProbeError::NotPlaylist)
}

async fn fetch(http: &HttpClient, url: &str, trust: Trust) -> Result<Option<(Url, Playlist)>, ProbeError> {
    let call = Call::get(url, trust, DEADLINE, PLAYLIST_CAP)
        .no_cache()
        .redirects(Redirects::SameHost(HOPS));
    let answer = http.send(call).await.map_err(ProbeError::Out)?;
    if matches!(answer.status, 404 | 410) {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(ProbeError::Out(OutError::Status(answer.status)));
    }
    Ok(Some((answer.url, read(&answer.body)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(sequence: u64, last: &str) -> Look {
        Look {
            sequence,
            last_uri: last.to_owned(),
            target_s: 3,
            ended: false,
        }
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_change_is_life_and_three_targets_without_one_are_not() {
        let one = look(4, "4.ts");
        assert_eq!(judge(None, &one, s(0)), Probe::NotYet(NotYet::FirstLook));
        assert_eq!(judge(Some((&one, false)), &look(5, "5.ts"), s(3)), Probe::Moving);
        // Before the window is full only the last segment changes; after a restart the sequence goes back.
        assert_eq!(judge(Some((&one, false)), &look(4, "5.ts"), s(3)), Probe::Moving);
        assert_eq!(judge(Some((&one, true)), &look(0, "0.ts"), s(3)), Probe::Moving);
        assert_eq!(judge(Some((&one, true)), &one, s(8)), Probe::Moving);
        assert_eq!(judge(Some((&one, false)), &one, s(8)), Probe::NotYet(NotYet::FirstLook));
        assert_eq!(judge(Some((&one, true)), &one, s(9)), Probe::Frozen);
        assert_eq!(judge(Some((&one, false)), &one, s(9)), Probe::Frozen);
        let ended = Look {
            ended: true,
            ..look(5, "5.ts")
        };
        assert_eq!(judge(Some((&one, true)), &ended, s(1)), Probe::Ended);
        assert_eq!(judge(None, &look(0, ""), s(0)), Probe::NotYet(NotYet::Empty));
    }

    #[test]
    fn a_playlist_that_nobody_pushes_to_is_frozen_after_one_target() {
        let mut memory = ProbeMemory::default();
        remember("a", look(1, "1.ts"), 0, &mut memory);
        remember("a", look(2, "2.ts"), 3_000, &mut memory);
        memory.left = true;
        assert_eq!(remember("a", look(2, "2.ts"), 5_999, &mut memory), Probe::Moving);
        assert_eq!(remember("a", look(2, "2.ts"), 6_000, &mut memory), Probe::Frozen);
        // Whatever was said: a playlist that moves is on air.
        assert_eq!(remember("a", look(3, "3.ts"), 6_500, &mut memory), Probe::Moving);
    }

    #[test]
    fn a_clock_that_is_set_back_hides_no_picture_that_stands() {
        let mut memory = ProbeMemory::default();
        remember("a", look(1, "1.ts"), 3_600_000, &mut memory);
        assert_eq!(remember("a", look(2, "2.ts"), 3_602_000, &mut memory), Probe::Moving);
        assert_eq!(remember("a", look(2, "2.ts"), 2_000, &mut memory), Probe::Moving);
        assert_eq!(remember("a", look(2, "2.ts"), 12_000, &mut memory), Probe::Frozen);
    }

    #[test]
    fn memory_counts_from_the_last_change_and_forgets_another_address() {
        let mut memory = ProbeMemory::default();
        assert_eq!(
            remember("u", look(1, "1"), 0, &mut memory),
            Probe::NotYet(NotYet::FirstLook)
        );
        assert_eq!(remember("u", look(2, "2"), 3_000, &mut memory), Probe::Moving);
        assert_eq!(remember("u", look(2, "2"), 6_000, &mut memory), Probe::Moving);
        assert_eq!(remember("u", look(2, "2"), 11_999, &mut memory), Probe::Moving);
        assert_eq!(remember("u", look(2, "2"), 12_000, &mut memory), Probe::Frozen);
        assert_eq!(remember("u", look(3, "3"), 15_000, &mut memory), Probe::Moving);
        assert_eq!(
            remember("v", look(3, "3"), 16_000, &mut memory),
            Probe::NotYet(NotYet::FirstLook)
        );
    }
}
