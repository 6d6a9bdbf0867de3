//! Statistics counted from the log alone, so that nobody has to trust a read model for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

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
        if e.stream.kind() != "live" {
            return Ok(());
        }
        let live = self.lives.entry(e.stream.id().to_owned()).or_default();
        let at = e.event.time;
        match LiveEvent::decode(&e.event.kind, e.event.schema, &e.event.data)? {
            LiveEvent::LivePlanned { title, .. } | LiveEvent::LiveChanged { title, .. } => live.title = title.0,
            LiveEvent::LiveWentOnAir { run } => {
                live.off(at);
                live.run = Some(run);
                live.since = Some(at);
                live.times += 1;
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
