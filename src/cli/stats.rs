//! Statistics counted from the log alone, so that nobody has to trust a read model for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use amphi_events::feed::FeedEvent;
use amphi_events::ids::RunId;
use amphi_events::live::LiveEvent;
use amphi_events::{EventData, Recorded, Time};
use serde_json::{Value, json};

/// How long a live's picture moved.
#[derive(Debug, Clone, Default)]
struct OnAir {
    title: String,
    /// Since when, where it moves.
    since: Option<Time>,
    /// Of which run.
    run: Option<RunId>,
    /// In milliseconds, of what is over.
    done_ms: i64,
    /// How often it went on air.
    times: u64,
}

impl OnAir {
    fn on(&mut self, at: Time) {
        self.off(at);
        self.since = Some(at);
        self.times += 1;
    }

    fn off(&mut self, at: Time) {
        if let Some(since) = self.since.take() {
            self.done_ms += at.since_ms(since).max(0);
        }
    }
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Stats {
    types: BTreeMap<String, u64>,
    kinds: BTreeMap<String, u64>,
    lives: BTreeMap<String, OnAir>,
    events: u64,
    first: Option<Time>,
    last: Option<Time>,
}

impl Stats {
    /// The next event.
    ///
    /// # Errors
    /// An event of a live that this program can't read.
    pub fn take(&mut self, e: &Recorded) -> anyhow::Result<()> {
        self.events += 1;
        self.first.get_or_insert(e.event.time);
        self.last = Some(e.event.time);
        *self.types.entry(e.event.kind.clone()).or_default() += 1;
        *self.kinds.entry(e.stream.kind().to_owned()).or_default() += 1;
        match e.stream.kind() {
            "live" => self.run(e),
            "feed" => self.feed(e),
            _ => Ok(()),
        }
    }

    /// Of a picture that a gateway makes.
    fn run(&mut self, e: &Recorded) -> anyhow::Result<()> {
        let live = self.lives.entry(e.stream.id().to_owned()).or_default();
        let at = e.event.time;
        match LiveEvent::decode(&e.event.kind, e.event.schema, &e.event.data)? {
            LiveEvent::LivePlanned { title, .. } | LiveEvent::LiveChanged { title, .. } => live.title = title.0,
            LiveEvent::LiveWentOnAir { run } => {
                live.on(at);
                live.run = Some(run);
            }
            // One that was left behind may end while another is on air.
            LiveEvent::GatewayStopped { run } if live.run != Some(run) => {}
            LiveEvent::LiveStalled { .. }
            | LiveEvent::GatewayStartFailed { .. }
            | LiveEvent::GatewayStopAsked { .. }
            | LiveEvent::GatewayStopped { .. }
            | LiveEvent::LiveStopped { .. } => live.off(at),
            _ => {}
        }
        Ok(())
    }

    /// Of a picture that an encoder sends: under the id of its live, whose title is its own stream's.
    fn feed(&mut self, e: &Recorded) -> anyhow::Result<()> {
        let live = self.lives.entry(e.stream.id().to_owned()).or_default();
        match FeedEvent::decode(&e.event.kind, e.event.schema, &e.event.data)? {
            FeedEvent::FeedMoves {} => live.on(e.event.time),
            FeedEvent::FeedStands {} | FeedEvent::FeedOver { .. } => live.off(e.event.time),
            FeedEvent::FeedPlaced { .. } | FeedEvent::FeedAwaited { .. } => {}
        }
        Ok(())
    }

    /// Of one that is still on air the time up to the log's last event counts.
    fn seconds(&self, live: &OnAir) -> i64 {
        let running = live
            .since
            .zip(self.last)
            .map_or(0, |(since, last)| last.since_ms(since).max(0));
        (live.done_ms + running) / 1000
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let lives = self.lives.iter().map(|(id, l)| {
            json!({ "live": id, "title": l.title, "on_air_s": self.seconds(l), "times_on_air": l.times, "on_air_now": l.since.is_some() })
        });
        json!({
            "events": self.events, "first": self.first.map(Time::rfc3339), "last": self.last.map(Time::rfc3339),
            "types": self.types, "streams": self.kinds, "lives": lives.collect::<Vec<_>>(),
        })
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let span = self.first.zip(self.last).map_or(String::new(), |(a, b)| {
            format!(", from {} to {}", a.rfc3339(), b.rfc3339())
        });
        let _ = writeln!(out, "{} events{span}\n\nby kind of stream", self.events);
        for (kind, count) in &self.kinds {
            let _ = writeln!(out, "{count:>10}  {kind}");
        }
        let _ = writeln!(out, "\nby type");
        for (kind, count) in &self.types {
            let _ = writeln!(out, "{count:>10}  {kind}");
        }
        let _ = writeln!(out, "\nlives: on air h:mm:ss, how often");
        for (id, live) in &self.lives {
            let s = self.seconds(live);
            let now = if live.since.is_some() { ", on air now" } else { "" };
            let _ = writeln!(
                out,
                "{:>4}:{:02}:{:02}  {:>3}  {id}  {}{now}",
                s / 3600,
                s / 60 % 60,
                s % 60,
                live.times,
                live.title
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::Public;
    use amphi_events::envelope::{Actor, NewEvent, Position, StreamName};
    use amphi_events::feed::{self, FeedEnd};
    use amphi_events::ids::{BroadcasterId, EventId, LiveId, PersonId};
    use amphi_events::live;

    use super::*;

    fn event<E: EventData>(stream: StreamName, at_s: i64, event: &E) -> Recorded {
        Recorded {
            position: Position(1),
            stream,
            version: 0,
            event: NewEvent {
                id: EventId(ulid::Ulid(1)),
                kind: event.kind().to_owned(),
                schema: event.schema(),
                time: Time(0).plus_s(at_s),
                actor: Actor::system("test"),
                cause: String::new(),
                key: None,
                data: event.encode().into(),
            },
            hash: [0; 32],
        }
    }

    /// What an encoder sends counts as what a gateway does: from where it moves to where it stands or is over.
    #[test]
    fn an_encoders_time_on_air_is_counted_from_its_feed() {
        let live = LiveId(ulid::Ulid(7));
        let planned = LiveEvent::LivePlanned {
            meeting: None,
            owner: PersonId(ulid::Ulid(1)),
            presenters: vec![],
            title: Public("Open day".to_owned()),
            starts_at: Time(0),
            ends_at: Time(0).plus_s(3600),
            restricted: false,
        };
        let mut stats = Stats::default();
        stats.take(&event(live::stream(live), 0, &planned)).unwrap();
        let placed = FeedEvent::FeedPlaced {
            broadcaster: BroadcasterId(ulid::Ulid(2)),
        };
        for (at, told) in [
            (1, placed),
            (10, FeedEvent::FeedAwaited { number: 1 }),
            (100, FeedEvent::FeedMoves {}),
            (160, FeedEvent::FeedStands {}),
            (200, FeedEvent::FeedMoves {}),
        ] {
            stats.take(&event(feed::stream(live), at, &told)).unwrap();
        }
        let one = |stats: &Stats| stats.json()["lives"][0].clone();
        assert_eq!(
            one(&stats),
            json!({ "live": live.to_string(), "title": "Open day", "on_air_s": 60, "times_on_air": 2, "on_air_now": true })
        );
        let over = FeedEvent::FeedOver { why: FeedEnd::TimeOver };
        stats.take(&event(feed::stream(live), 240, &over)).unwrap();
        let one = one(&stats);
        assert_eq!((&one["on_air_s"], &one["on_air_now"]), (&json!(100), &json!(false)));
        assert!(stats.table().contains("0:01:40    2"), "{}", stats.table());
        assert_eq!(stats.json()["lives"].as_array().map(Vec::len), Some(1));
    }
}
