//! What a media server knows of one stream, and the playlist that follows from it.
//!
//! Behaviour of nginx with the RTMP module, gateway contract §5.2: nothing before the first complete segment,
//! then a growing window, frozen after the publisher's end, gone after a while, never `EXT-X-ENDLIST`.
//! Pure: times are milliseconds since the Unix epoch and come in as parameters.

use std::fmt::Write as _;

/// Length of every segment in `media/`, in milliseconds.
pub const SEGMENT_MS: u64 = 2_000;
/// How many segments lie in `media/` before the circle closes.
pub const LOOP: u64 = 6;
/// How many segments a playlist lists at most.
pub const WINDOW: u64 = 5;

/// One stretch of publishing without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    from: u64,
    until: Option<u64>,
    /// Who publishes: a second publisher of the same name is refused (contract §5.2).
    publisher: u64,
}

impl Span {
    /// Complete segments of this span at `now`.
    fn count(&self, now: u64) -> u64 {
        let end = self.until.map_or(now, |until| until.min(now));
        end.saturating_sub(self.from) / SEGMENT_MS
    }
}

/// The history of one stream name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    /// Spans of the numbering in force: they follow each other with a discontinuity.
    spans: Vec<Span>,
    /// Grows when the numbering restarts at 0, so that two segments never share an address.
    numbering: u64,
}

/// A playlist as it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The playlist's text.
    pub text: String,
    /// When its newest segment was complete, in milliseconds since the Unix epoch (`Last-Modified`).
    pub modified: u64,
}

impl Track {
    /// A publisher arrives. False: somebody already publishes under this name.
    pub fn publish(&mut self, publisher: u64, now: u64, linger_ms: u64) -> bool {
        if let Some(last) = self.spans.last() {
            let Some(until) = last.until else { return false };
            // The playlist is already gone: numbering restarts at 0 (contract §5.2, "republished after the 404").
            if now >= until + linger_ms {
                self.spans.clear();
                self.numbering += 1;
            }
        }
        self.spans.push(Span {
            from: now,
            until: None,
            publisher,
        });
        true
    }

    /// The publisher ends or dies. Another's end changes nothing.
    pub fn unpublish(&mut self, publisher: u64, now: u64) {
        if let Some(last) = self.spans.last_mut()
            && last.publisher == publisher
            && last.until.is_none()
        {
            last.until = Some(now);
        }
    }

    /// True while a publisher is there.
    pub fn publishing(&self) -> bool {
        self.spans.last().is_some_and(|span| span.until.is_none())
    }

    /// The playlist at `now`, or nothing where the server answers 404.
    pub fn show(&self, stream: &str, now: u64, linger_ms: u64, ended: bool) -> Option<Shown> {
        let last = self.spans.last()?;
        if last.until.is_some_and(|until| now >= until + linger_ms) {
            return None;
        }
        let total: u64 = self.spans.iter().map(|span| span.count(now)).sum();
        let first = total.saturating_sub(WINDOW);
        let mut lines = String::new();
        let (mut sequence, mut dropped, mut modified) = (0_u64, 0_u64, None);
        for (nth, span) in self.spans.iter().enumerate() {
            for index in 0..span.count(now) {
                // Timestamps jump where a new publisher starts and where the circle of segments closes.
                let jump = (nth > 0 && index == 0) || (index > 0 && index % LOOP == 0);
                if sequence < first {
                    // A tag that left the playlist is counted in EXT-X-DISCONTINUITY-SEQUENCE (RFC 8216 §6.2.2).
                    dropped += u64::from(jump);
                } else {
                    if jump {
                        lines.push_str("#EXT-X-DISCONTINUITY\n");
                    }
                    // Writing into a String does not fail.
                    let _ = writeln!(
                        lines,
                        "#EXTINF:2.000,\nseg/{stream}-{}-{sequence}-{}.ts",
                        self.numbering,
                        index % LOOP
                    );
                    modified = Some(span.from + (index + 1) * SEGMENT_MS);
                }
                sequence += 1;
            }
        }
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:{first}\n\
             #EXT-X-DISCONTINUITY-SEQUENCE:{dropped}\n{lines}"
        );
        if ended {
            text.push_str("#EXT-X-ENDLIST\n");
        }
        Some(Shown {
            text,
            modified: modified?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: u64 = 1_700_000_000_000;

    fn show(track: &Track, now: u64) -> Option<String> {
        track.show("g", now, 8_000, false).map(|shown| shown.text)
    }

    #[test]
    fn nothing_before_the_first_whole_segment() {
        let mut track = Track::default();
        assert_eq!(show(&track, T), None);
        assert!(track.publish(1, T, 8_000));
        assert_eq!(show(&track, T + 1_999), None);
        let text = show(&track, T + 2_000).expect("first segment");
        assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:0\n"));
        assert!(text.ends_with("seg/g-0-0-0.ts\n"));
        assert!(!text.contains("DISCONTINUITY\n"));
        assert!(!text.contains("ENDLIST"));
    }

    #[test]
    fn window_slides_and_counts_lost_discontinuities() {
        let mut track = Track::default();
        track.publish(1, T, 8_000);
        let text = show(&track, T + 14_000).expect("7 segments");
        assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:2\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"));
        assert!(text.contains("seg/g-0-5-5.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\nseg/g-0-6-0.ts\n"));
        let edge = show(&track, T + 22_000).expect("11 segments");
        assert!(edge.contains("SEQUENCE:6\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-DISCONTINUITY\n"));
        let past = show(&track, T + 24_000).expect("12 segments");
        assert!(past.contains("SEQUENCE:7\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXTINF"));
        assert_eq!(past.matches(".ts").count(), 5);
    }

    #[test]
    fn frozen_then_gone_then_numbered_from_zero() {
        let mut track = Track::default();
        track.publish(1, T, 8_000);
        track.unpublish(1, T + 10_000);
        let at_end = show(&track, T + 10_000).expect("frozen");
        assert_eq!(show(&track, T + 17_999).as_deref(), Some(at_end.as_str()));
        assert!(!at_end.contains("ENDLIST"));
        assert_eq!(show(&track, T + 18_000), None);
        assert!(track.publish(2, T + 20_000, 8_000));
        let anew = show(&track, T + 22_000).expect("anew");
        assert!(anew.contains("#EXT-X-MEDIA-SEQUENCE:0\n"));
        assert!(anew.ends_with("seg/g-1-0-0.ts\n"));
    }

    #[test]
    fn a_return_in_time_goes_on_with_a_discontinuity() {
        let mut track = Track::default();
        track.publish(1, T, 8_000);
        assert!(!track.publish(2, T + 1_000, 8_000), "already publishing");
        track.unpublish(2, T + 1_500);
        assert!(track.publishing());
        track.unpublish(1, T + 6_000);
        assert!(track.publish(2, T + 9_000, 8_000));
        // Still the old list until the first new segment is complete.
        assert!(show(&track, T + 10_000).expect("old").ends_with("seg/g-0-2-2.ts\n"));
        let on = show(&track, T + 11_000).expect("on");
        assert!(on.ends_with("#EXT-X-DISCONTINUITY\n#EXTINF:2.000,\nseg/g-0-3-0.ts\n"));
    }

    #[test]
    fn last_modified_moves_with_the_newest_segment() {
        let mut track = Track::default();
        track.publish(1, T, 8_000);
        assert_eq!(
            track.show("g", T + 5_000, 8_000, false).expect("shown").modified,
            T + 4_000
        );
        let ended = track.show("g", T + 5_000, 8_000, true).expect("shown");
        assert!(ended.text.ends_with("#EXT-X-ENDLIST\n"));
    }
}
