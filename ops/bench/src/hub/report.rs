//! The report: what was to be reached and what was, then every table.

use std::fmt::Write as _;

use super::table::{Entries, alone, failures, fan_out, one, shown};
use super::which::{Row, Which};

/// A figure, its target, and whether it was reached.
struct Target {
    what: &'static str,
    goal: &'static str,
    measured: String,
    reached: Option<bool>,
}

fn at_least(what: &'static str, goal: &'static str, least: f64, value: Option<f64>) -> Target {
    Target {
        what,
        goal,
        measured: shown(value),
        reached: value.map(|v| v >= least),
    }
}

fn at_most(what: &'static str, goal: &'static str, most: f64, value: Option<f64>) -> Target {
    Target {
        what,
        goal,
        measured: shown(value),
        reached: value.map(|v| v <= most),
    }
}

/// Of two sizes of a crowd: a count that does not grow with it.
fn steady(entries: &Entries, row: Row, what: &'static str, name: &str) -> Target {
    let of = |n| entries.median(row, Which::Amphi, n, name);
    let (few, many) = (of(row.sockets() / 10), of(row.sockets()));
    Target {
        what,
        goal: "the same with ten times as many",
        measured: format!(
            "{} with {}, {} with {}",
            shown(few),
            row.sockets() / 10,
            shown(many),
            row.sockets()
        ),
        // A tenth and sixty more: looks at the state, told viewers, which go with time. One for each of the 9 000 more sockets is far outside.
        reached: few.zip(many).map(|(few, many)| many <= few * 1.1 + 60.0),
    }
}

fn targets(entries: &Entries) -> Vec<Target> {
    use Which::{Amphi, AmphiOff, Nchan, Uws};
    let mut all = Vec::new();
    if entries.has(Row::Burst) {
        let ratio = |which| entries.ratio(Row::Burst, which, Uws, "per_cpu_s");
        all.push(at_least("burst, per CPU s, to uWebSockets", "≥ 1.3", 1.3, ratio(Amphi)));
        all.push(at_least("burst, `window` 0", "≥ 1.0", 1.0, ratio(AmphiOff)));
    }
    if entries.has(Row::Paced) {
        let ratio = |which| entries.ratio(Row::Paced, which, Nchan, "per_cpu_s");
        let p99 = entries.median(Row::Paced, Amphi, 500, "p99_ms");
        all.push(at_least("paced, per CPU s, to nchan", "≥ 1.5", 1.5, ratio(Amphi)));
        all.push(at_most("paced, p99 ms", "≤ 60", 60.0, p99));
        all.push(at_least("paced, `window` 0", "≥ 1.0", 1.0, ratio(AmphiOff)));
        let more = entries.difference(Row::Paced, AmphiOff, Nchan, "p99_ms");
        all.push(at_most("paced, `window` 0, p99 ms more than nchan's", "≤ 1", 1.0, more));
    }
    if entries.has(Row::One) {
        let fastest = Row::One.servers(0).into_iter().filter(|w| !w.is_amphi());
        let ratio = fastest
            .filter_map(|peer| entries.ratio(Row::One, Amphi, peer, "p99_ms"))
            .max_by(f64::total_cmp);
        all.push(at_most(
            "one line to 10 000, p99 to the fastest peer's",
            "≤ 1.0",
            1.0,
            ratio,
        ));
    }
    if entries.has(Row::Idle) {
        let idle = entries.median(Row::Idle, Amphi, 10_000, "idle_kib");
        all.push(at_most("idle, signed in, KiB a socket", "≤ 5", 5.0, idle));
    }
    if entries.has(Row::Many) {
        let get = |name| entries.median(Row::Many, Amphi, 10_000, name);
        let mut target = at_most(
            "10 000 sockets, 10 lines/s, p99 ms",
            "≤ 250, CPU said",
            250.0,
            get("p99_ms"),
        );
        let share = get("cpu_s").zip(get("wall_s")).map(|(cpu, wall)| cpu / wall);
        let _ = write!(target.measured, ", {} of a core", shown(share));
        all.push(target);
    }
    if entries.has(Row::Restart) {
        let level = entries.median(Row::Restart, Amphi, 10_000, "level_s");
        all.push(at_most("10 000 back after SIGKILL, all level, s", "≤ 30", 30.0, level));
        all.push(steady(entries, Row::Restart, "… events read of the log", "log_reads"));
        all.push(steady(entries, Row::Restart, "… blocks of history loaded", "blocks"));
    }
    if entries.has(Row::Joining) {
        let slowest = entries.median(Row::Joining, Amphi, 10_000, "slowest_ms");
        all.push(at_most(
            "10 000 join in 20 s, the slowest, ms",
            "no time-out (15 s)",
            15_000.0,
            slowest,
        ));
        all.push(steady(entries, Row::Joining, "… frames encoded", "encoded"));
    }
    all
}

/// Everything that was measured, in Markdown.
pub fn report(entries: &Entries) -> String {
    let mut out = String::new();
    let targets = targets(entries);
    if !targets.is_empty() {
        out.push_str("| figure | to reach | measured | |\n|---|---|---|---|\n");
        for t in targets {
            let word = match t.reached {
                Some(true) => "reached",
                Some(false) => "**missed**",
                None => "not measured",
            };
            let _ = writeln!(out, "| {} | {} | {} | {word} |", t.what, t.goal, t.measured);
        }
    }
    let mut part = |row: Row, title: &str, table: String| {
        if entries.has(row) {
            let _ = write!(out, "\n{title}\n\n{table}");
        }
    };
    part(
        Row::Burst,
        "Burst: 500 sockets, 2 000 lines, at most 8 in flight (Channels: 100 lines).",
        fan_out(entries, Row::Burst, Which::Uws),
    );
    part(
        Row::Paced,
        "Paced: 500 sockets, 100 lines/s for 10 s (Channels: 2 lines/s).",
        fan_out(entries, Row::Paced, Which::Nchan),
    );
    part(
        Row::One,
        "One line at a time to 10 000 sockets, 60 lines a round (300 in five; nchan and ws, last in earlier rounds, once); before it, what an idle socket takes.",
        one(entries),
    );
    part(
        Row::Idle,
        "Idle, signed in.",
        alone(
            entries,
            Row::Idle,
            &[
                ("KiB a socket", "idle_kib"),
                ("MiB before", "before_mib"),
                ("CPU ms a connection", "cpu_ms_per_connection"),
            ],
        ),
    );
    part(
        Row::Many,
        "10 lines/s for 30 s, appended, fsynced, delivered.",
        alone(
            entries,
            Row::Many,
            &[
                ("p50 ms", "p50_ms"),
                ("p99 ms", "p99_ms"),
                ("slowest ms", "max_ms"),
                ("CPU s", "cpu_s"),
                ("in s", "wall_s"),
                ("frames encoded", "encoded"),
                ("events read", "log_reads"),
            ],
        ),
    );
    part(
        Row::Restart,
        "SIGKILL in the middle of 60 lines at 10/s, started again at once; clients come back as the page does.",
        alone(
            entries,
            Row::Restart,
            &[
                ("ready again after s", "ready_s"),
                ("all level after s", "level_s"),
                ("CPU s", "cpu_s"),
                ("events read", "log_reads"),
                ("blocks loaded", "blocks"),
                ("frames encoded", "encoded"),
            ],
        ),
    );
    part(
        Row::Joining,
        "Joining within 20 s, each given the last 100 lines.",
        alone(
            entries,
            Row::Joining,
            &[
                ("slowest ms", "slowest_ms"),
                ("CPU s", "cpu_s"),
                ("CPU ms a connection", "cpu_ms_per_connection"),
                ("frames encoded", "encoded"),
                ("events read", "log_reads"),
                ("blocks loaded", "blocks"),
            ],
        ),
    );
    part(
        Row::Curve,
        "The curve: 2 000 connections/s, then 5 lines/s for 10 s.",
        alone(
            entries,
            Row::Curve,
            &[
                ("KiB a socket", "idle_kib"),
                ("CPU ms a connection", "cpu_ms_per_connection"),
                ("CPU µs a delivery", "cpu_us_per_delivery"),
                ("p50 ms", "p50_ms"),
                ("p99 ms", "p99_ms"),
                ("frames encoded", "encoded"),
            ],
        ),
    );
    let failed = failures(entries);
    if !failed.is_empty() {
        let _ = write!(out, "\nFailed:\n\n{failed}");
    }
    out
}

/// When, on what, and how: the first line of the report. `command` as it was given.
pub fn place(command: &str) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel: Vec<&str> = kernel.trim().split('.').take(2).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("", |m| m.trim_start_matches([' ', '\t', ':']));
    let make = model.split('@').next().unwrap_or_default().trim();
    format!(
        "    {command}\n\n{}, {cores} virtual cores ({make}), virtual disk, Linux {}:\n",
        chrono::Utc::now().format("%Y-%m-%d"),
        kernel.join(".")
    )
}

/// Puts the report between its marks in a document.
pub fn put(document: &str, report: &str) -> anyhow::Result<String> {
    const BEGIN: &str = "<!-- hub: written by ops/bench/hub --write -->\n";
    const END: &str = "<!-- /hub -->";
    let (before, rest) = document
        .split_once(BEGIN)
        .ok_or_else(|| anyhow::anyhow!("the document has no place for the report"))?;
    let (_, after) = rest
        .split_once(END)
        .ok_or_else(|| anyhow::anyhow!("the report's place has no end"))?;
    Ok(format!("{before}{BEGIN}\n{report}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::table::Entry;

    #[test]
    fn targets_are_judged_by_ratios() {
        let entry = |which, value| Entry {
            round: 0,
            row: Row::Burst,
            which,
            sockets: 500,
            figures: Ok([("per_cpu_s", value)].into()),
            latencies: None,
        };
        let entries = Entries(vec![
            entry(Which::Amphi, 2.0e6),
            entry(Which::AmphiOff, 0.9e6),
            entry(Which::Uws, 1.0e6),
        ]);
        let text = report(&entries);
        assert!(text.contains("| ≥ 1.3 | 2.00 | reached |"), "{text}");
        assert!(text.contains("| ≥ 1.0 | 0.90 | **missed** |"), "{text}");
        assert!(!text.contains("Paced"), "{text}");
    }

    #[test]
    fn the_report_goes_between_its_marks_and_nowhere_else() {
        let document = "a\n<!-- hub: written by ops/bench/hub --write -->\nold\n<!-- /hub -->\nb\n";
        let new = put(document, "new").unwrap();
        assert!(new.starts_with("a\n") && new.ends_with("\nb\n") && new.contains("\nnew\n") && !new.contains("old"));
        assert_eq!(put(&new, "new").unwrap(), new);
        assert!(put("nothing", "new").is_err());
    }
}
