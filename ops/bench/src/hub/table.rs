//! From rounds to tables: medians, and medians of ratios to a peer in the same round.

use std::fmt::Write as _;

use hdrhistogram::Histogram;

use super::rows::Figures;
use super::which::{Row, Which};

/// What came out of one measurement.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Entry {
    pub round: usize,
    pub row: Row,
    pub which: Which,
    pub sockets: usize,
    /// Or why there are none.
    pub figures: Result<Figures, String>,
    /// Of every delivery, where they are put together over rounds.
    #[serde(skip)]
    pub latencies: Option<Histogram<u64>>,
}

/// All of a run.
#[derive(Debug, Default, serde::Serialize)]
pub struct Entries(pub Vec<Entry>);

/// The middle one; of an even number the mean of the two.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    match (of.get(middle), of.len() % 2) {
        (Some(upper), 0) => f64::midpoint(*upper, of.get(middle - 1).copied().unwrap_or(*upper)),
        (Some(one), _) => *one,
        (None, _) => f64::NAN,
    }
}

impl Entries {
    fn of(&self, row: Row, which: Which, sockets: usize) -> impl Iterator<Item = (usize, &Figures)> {
        self.0
            .iter()
            .filter(move |e| (e.row, e.which, e.sockets) == (row, which, sockets))
            .filter_map(|e| Some((e.round, e.figures.as_ref().ok()?)))
    }

    /// Median of a figure over the rounds; none: there is none.
    pub fn median(&self, row: Row, which: Which, sockets: usize, name: &str) -> Option<f64> {
        let all: Vec<f64> = self
            .of(row, which, sockets)
            .filter_map(|(_, f)| f.get(name).copied())
            .collect();
        (!all.is_empty()).then(|| median(all))
    }

    /// Median of the ratios of a figure to a peer's in the same round.
    pub fn ratio(&self, row: Row, which: Which, peer: Which, name: &str) -> Option<f64> {
        let sockets = row.sockets();
        let ratios: Vec<f64> = self
            .of(row, which, sockets)
            .filter_map(|(round, ours)| {
                let (_, theirs) = self.of(row, peer, sockets).find(|(r, _)| *r == round)?;
                Some(ours.get(name)? / theirs.get(name)?)
            })
            .collect();
        (!ratios.is_empty()).then(|| median(ratios))
    }

    /// Median of the differences, likewise.
    pub fn difference(&self, row: Row, which: Which, peer: Which, name: &str) -> Option<f64> {
        let sockets = row.sockets();
        let all: Vec<f64> = self
            .of(row, which, sockets)
            .filter_map(|(round, ours)| {
                let (_, theirs) = self.of(row, peer, sockets).find(|(r, _)| *r == round)?;
                Some(ours.get(name)? - theirs.get(name)?)
            })
            .collect();
        (!all.is_empty()).then(|| median(all))
    }

    /// A quantile over the deliveries of all rounds, in milliseconds.
    fn quantile(&self, row: Row, which: Which, quantile: f64) -> Option<f64> {
        let mut rounds = self
            .0
            .iter()
            .filter(|e| (e.row, e.which) == (row, which))
            .filter_map(|e| e.latencies.as_ref());
        let mut all = rounds.next()?.clone();
        for round in rounds {
            all.add(round).ok()?;
        }
        Some(all.value_at_quantile(quantile) as f64 / 1_000.0)
    }

    pub fn has(&self, row: Row) -> bool {
        self.0.iter().any(|e| e.row == row)
    }

    /// Servers of a row, the best first.
    fn ranked(&self, row: Row, by: &str, most_first: bool) -> Vec<Which> {
        let mut servers: Vec<(Which, f64)> = Vec::new();
        for e in self.0.iter().filter(|e| e.row == row) {
            if !servers.iter().any(|(w, _)| *w == e.which) {
                let worst = if most_first { f64::MIN } else { f64::MAX };
                let value = self.median(row, e.which, e.sockets, by).unwrap_or(worst);
                servers.push((e.which, value));
            }
        }
        servers.sort_by(|a, b| {
            if most_first {
                b.1.total_cmp(&a.1)
            } else {
                a.1.total_cmp(&b.1)
            }
        });
        servers.into_iter().map(|(w, _)| w).collect()
    }

    /// How often a server was measured, and how often it failed.
    fn times(&self, row: Row, which: Which) -> String {
        let all: Vec<&Entry> = self.0.iter().filter(|e| (e.row, e.which) == (row, which)).collect();
        let failed = all.iter().filter(|e| e.figures.is_err()).count();
        if failed == 0 {
            all.len().to_string()
        } else {
            format!("{}, {failed} failed", all.len())
        }
    }
}

/// A figure as people read it.
pub fn shown(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(v) if v.is_nan() => "–".to_owned(),
        Some(v) if v.abs() >= 1e6 => format!("{:.2} M", v / 1e6),
        Some(v) if v.abs() >= 1e4 => format!("{:.3} M", v / 1e6),
        Some(v) if v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 10.0 => format!("{v:.1}"),
        Some(v) => format!("{v:.2}"),
    }
}

fn head(out: &mut String, columns: &[&str]) {
    let _ = writeln!(out, "| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

fn line(out: &mut String, cells: &[String]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// Burst or paced fan-out, beside the peer that the target names.
pub fn fan_out(entries: &Entries, row: Row, peer: Which) -> String {
    let mut out = String::new();
    let ratio = format!("ratio to {}", peer.name());
    head(
        &mut out,
        &[
            "server",
            "deliveries per CPU s",
            &ratio,
            "p50 / p99 ms",
            "lines a frame",
            "bytes a line",
            "rounds",
        ],
    );
    for which in entries.ranked(row, "per_cpu_s", true) {
        let get = |name| entries.median(row, which, row.sockets(), name);
        // Its loop in Python never rests: what it takes says nothing where there is something to wait for.
        let spins = row == Row::Paced && which == Which::Uws;
        let cpu = |value| if spins { "(spins)".to_owned() } else { shown(value) };
        line(
            &mut out,
            &[
                which.name().to_owned(),
                cpu(get("per_cpu_s")),
                cpu(entries.ratio(row, which, peer, "per_cpu_s")),
                format!("{} / {}", shown(get("p50_ms")), shown(get("p99_ms"))),
                shown(get("lines_per_frame")),
                get("bytes_per_line").map_or("–".to_owned(), |b| format!("{b:.0}")),
                entries.times(row, which),
            ],
        );
    }
    out
}

/// One line to many.
pub fn one(entries: &Entries) -> String {
    let (row, mut out) = (Row::One, String::new());
    head(
        &mut out,
        &[
            "server",
            "p50 / p99 ms of all rounds",
            "p99, ratio to Amphi's",
            "last socket ms",
            "idle KiB a socket",
            "rounds",
        ],
    );
    for which in entries.ranked(row, "p99_ms", false) {
        let get = |name| entries.median(row, which, row.sockets(), name);
        line(
            &mut out,
            &[
                which.name().to_owned(),
                format!(
                    "{} / {}",
                    shown(entries.quantile(row, which, 0.5)),
                    shown(entries.quantile(row, which, 0.99))
                ),
                shown(entries.ratio(row, which, Which::Amphi, "p99_ms")),
                shown(get("last_ms")),
                shown(get("idle_kib")),
                entries.times(row, which),
            ],
        );
    }
    out
}

/// A row of Amphi's own, by the number of sockets.
pub fn alone(entries: &Entries, row: Row, columns: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let names: Vec<&str> = std::iter::once("sockets").chain(columns.iter().map(|c| c.0)).collect();
    head(&mut out, &names);
    let mut sizes: Vec<usize> = entries.0.iter().filter(|e| e.row == row).map(|e| e.sockets).collect();
    sizes.sort_unstable();
    sizes.dedup();
    for sockets in sizes {
        let mut cells = vec![sockets.to_string()];
        for (_, name) in columns {
            cells.push(shown(entries.median(row, Which::Amphi, sockets, name)));
        }
        line(&mut out, &cells);
    }
    out
}

/// What failed, in words.
pub fn failures(entries: &Entries) -> String {
    let mut out = String::new();
    for e in &entries.0 {
        if let Err(why) = &e.figures {
            let why = why.lines().next().unwrap_or_default();
            let _ = writeln!(
                out,
                "- {}, {:?}, {} sockets, round {}: {why}",
                e.which.name(),
                e.row,
                e.sockets,
                e.round + 1
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(round: usize, which: Which, value: Option<f64>) -> Entry {
        Entry {
            round,
            row: Row::Burst,
            which,
            sockets: 500,
            figures: value
                .map(|v| [("per_cpu_s", v)].into())
                .ok_or_else(|| "broken".to_owned()),
            latencies: None,
        }
    }

    #[test]
    fn medians() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn ratios_are_taken_round_by_round_and_only_where_both_were_measured() {
        let entries = Entries(vec![
            entry(0, Which::Amphi, Some(20.0)),
            entry(0, Which::Uws, Some(10.0)),
            entry(1, Which::Uws, Some(40.0)),
            entry(1, Which::Amphi, Some(40.0)),
            entry(2, Which::Amphi, Some(90.0)),
            entry(2, Which::Uws, Some(30.0)),
            entry(3, Which::Amphi, Some(1_000.0)),
            entry(3, Which::Uws, None),
        ]);
        // 2, 1 and 3; the medians' own quotient would be another.
        let ratio = entries
            .ratio(Row::Burst, Which::Amphi, Which::Uws, "per_cpu_s")
            .unwrap();
        assert!((ratio - 2.0).abs() < 1e-9);
        let difference = entries
            .difference(Row::Burst, Which::Amphi, Which::Uws, "per_cpu_s")
            .unwrap();
        assert!((difference - 10.0).abs() < 1e-9);
        assert_eq!(entries.ratio(Row::Burst, Which::Amphi, Which::Nats, "per_cpu_s"), None);
        let table = fan_out(&entries, Row::Burst, Which::Uws);
        assert!(table.contains("4, 1 failed"), "{table}");
        assert!(failures(&entries).contains("broken"));
    }

    #[test]
    fn figures_are_shown_short() {
        for (value, text) in [
            (1_234_567.0, "1.23 M"),
            (362_000.0, "0.362 M"),
            (391.4, "391"),
            (12.34, "12.3"),
            (0.617, "0.62"),
        ] {
            assert_eq!(shown(Some(value)), text);
        }
        assert_eq!(shown(None), "–");
    }
}
