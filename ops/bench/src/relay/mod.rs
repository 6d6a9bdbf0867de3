//! The relay: lines posted on the live page over websockets, until they are in the room's chat and until viewers are told.

pub mod marks;
mod people;
pub mod world;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use amphi_events::{Clock as _, SystemClock};
use anyhow::{Context as _, ensure};

use self::people::{Poster, Seen, Watcher, now_ms};
use self::world::World;

/// What the measurement is asked for.
#[derive(clap::Args)]
pub struct Options {
    /// Lines a second, each rate in a world of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [5, 30, 60, 100])]
    rates: Vec<u32>,
    /// Seconds of posting.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Milliseconds after which the simulated BBB takes a line and answers.
    #[arg(long, default_value_t = 20)]
    answer_ms: u64,
    /// People who post.
    #[arg(long, default_value_t = 50)]
    people: usize,
    /// Where `amphi` and `amphi-sim` are.
    #[arg(long, default_value = "target/release")]
    bin: PathBuf,
    /// Puts the table into docs/benchmarks.md.
    #[arg(long)]
    write: bool,
}

/// A person's socket takes 30 frames in ten seconds.
const MOST_A_PERSON: u32 = 25;

/// Measures and prints.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let mut table = format!(
        "{}, {}, BBB answers a chat call in {} ms, `AMPHI_POSTS_PER_10S={MOST_A_PERSON}` (default 8), all else as it ships:\n\n",
        SystemClock.now().utc().format("%Y-%m-%d"),
        machine(),
        options.answer_ms
    );
    table += "| posted lines/s | lines | in the room, ms after the post: p50 / p95 / p99 | viewer told `relayed`: p50 / p95 / p99 | missing / twice / out of order | CPU of amphi |\n";
    table += "|---|---|---|---|---|---|\n";
    for rate in &options.rates {
        let row = round(&options, *rate)
            .await
            .with_context(|| format!("{rate} lines/s"))?;
        eprintln!("{row}");
        writeln!(table, "{row}")?;
    }
    println!("{table}");
    if options.write {
        marks::write("relay", &table)?;
    }
    Ok(())
}

async fn round(options: &Options, rate: u32) -> anyhow::Result<String> {
    ensure!(
        rate * 10 <= MOST_A_PERSON * options.people as u32,
        "more people are needed for {rate} lines/s"
    );
    let count = (rate * options.seconds) as usize;
    let world = World::new(&options.bin, options.people, MOST_A_PERSON).await?;
    world.answers_after(options.answer_ms).await?;
    let mut posters = Vec::new();
    for token in &world.people {
        posters.push(Poster::new(&world, token).await?);
    }
    let watcher = Watcher::new(&world, &world.people[0], count).await?;

    let cpu = world.cpu()?;
    let begun = (tokio::time::Instant::now(), now_ms());
    let mut due: HashMap<String, i64> = HashMap::new();
    let people = posters.len();
    for n in 0..count {
        // Open loop: what a line waits for an earlier one to leave counts as its own latency.
        let at = Duration::from_secs(1) * n as u32 / rate;
        tokio::time::sleep_until(begun.0 + at).await;
        let text = format!("Line {n} of somebody who asks something, as long as questions are in such a chat");
        posters[n % people].post(&format!("c-{n}"), &text).await?;
        due.insert(text, begun.1 + at.as_millis() as i64);
    }
    // A line waits two minutes at most: nothing for so long is a line without an outcome.
    let seen = watcher.end(Duration::from_secs(150)).await?;
    let took = cpu_since(&world, cpu, begun.0)?;
    for poster in posters {
        poster.end().await?;
    }
    let room = world.room().await?;
    breakdown(&room, &world.calls().await?);
    Ok(row(rate, &due, &room, &seen, took))
}

fn cpu_since(world: &World, before: Duration, begun: tokio::time::Instant) -> anyhow::Result<f64> {
    Ok((world.cpu()?.saturating_sub(before)).as_secs_f64() / begun.elapsed().as_secs_f64())
}

fn row(rate: u32, due: &HashMap<String, i64>, room: &[(String, i64)], seen: &Seen, cpu: f64) -> String {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (text, _) in room {
        *times.entry(text).or_default() += 1;
    }
    let missing = due.keys().filter(|t| !times.contains_key(t.as_str())).count();
    let twice = times.values().filter(|n| **n > 1).count();
    // Against the log's order, which is the page's.
    let place: HashMap<&str, usize> = seen.lines.iter().enumerate().map(|(n, t)| (t.as_str(), n)).collect();
    let places: Vec<usize> = room
        .iter()
        .filter_map(|(t, _)| place.get(t.as_str()).copied())
        .collect();
    let disorder = places.windows(2).filter(|p| p[0] > p[1]).count();
    let took = |at: &dyn Fn(&str) -> Option<i64>| {
        let mut took: Vec<i64> = due.iter().filter_map(|(t, due)| Some(at(t)? - due)).collect();
        took.sort_unstable();
        let at = |q: f64| {
            took.get((took.len() as f64 * q) as usize)
                .or(took.last())
                .copied()
                .unwrap_or_default()
        };
        format!("{} / {} / {}", at(0.5), at(0.95), at(0.99))
    };
    let there: HashMap<&str, i64> = room.iter().map(|(t, at)| (t.as_str(), *at)).collect();
    let mut row = format!(
        "| {rate} | {} | {} | {} | {missing} / {twice} / {disorder} | {:.0} % of a core |",
        due.len(),
        took(&|t| there.get(t).copied()),
        took(&|t| seen.relayed.get(t).copied()),
        cpu * 100.0
    );
    if !seen.other.is_empty() {
        let _ = write!(
            row,
            " {} lines were not relayed but {}",
            seen.other.len(),
            seen.other[0].1
        );
    }
    row
}

/// Where the time of a line goes, on stderr: BBB's share, and ours between one line and the call of the next.
fn breakdown(room: &[(String, i64)], calls: &HashMap<String, i64>) {
    let middle = |mut of: Vec<i64>| {
        of.sort_unstable();
        of.get(of.len() / 2).copied().unwrap_or_default()
    };
    let called = |text: &str| calls.get(text).copied();
    let taking = room.iter().filter_map(|(text, at)| Some(at - called(text)?)).collect();
    let between = room
        .windows(2)
        .filter_map(|w| Some(called(&w[1].0)? - w[0].1))
        .collect();
    let span = room
        .first()
        .zip(room.last())
        .map_or(0, |(first, last)| last.1 - first.1);
    eprintln!(
        "{} lines in {span} ms; medians: {} ms from call to line, {} ms from line to next call",
        room.len(),
        middle(taking),
        middle(between)
    );
}

/// Cores, model and kernel, as tables say them.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{cores} cores ({}), Linux {}",
        model.trim_start_matches(['\t', ' ', ':']),
        read("/proc/sys/kernel/osrelease").trim()
    )
}
