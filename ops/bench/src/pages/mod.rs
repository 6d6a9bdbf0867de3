//! The pages people open most, with a BBB that is well and with one that answers nothing for half a minute: a page must not
//! notice. (The reference asks BBB while it makes a page, so that a BBB which hangs takes its workers one by one.)

mod load;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;

use self::load::{Load, Measured};
use crate::relay::marks;
use crate::relay::world::World;

/// What the measurement is asked for.
#[derive(clap::Args)]
pub struct Options {
    /// Rounds of everything, in turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Milliseconds of each page at each number of connections.
    #[arg(long, default_value_t = 2_000)]
    millis: u64,
    /// Numbers of connections.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Meetings in the list.
    #[arg(long, default_value_t = 200)]
    meetings: usize,
    /// Where `amphi` and `amphi-sim` are.
    #[arg(long, default_value = "target/release")]
    bin: PathBuf,
    /// Puts the table into docs/benchmarks.md.
    #[arg(long)]
    write: bool,
}

/// Longer than any page is given; every call of BBB's API waits so long.
const HANGS_MS: u64 = 30_000;
/// Of a page with BBB well, what it may lose or gain with BBB hanging.
const APART: f64 = 0.15;

/// A page, its connections, and whether BBB hangs.
type Cell = (usize, usize, bool);

struct Page {
    name: &'static str,
    path: String,
    /// What only this page holds: an error page is quick too.
    holds: &'static str,
    signed_in: bool,
}

/// Measures and prints.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let world = World::new(&options.bin, 1, 8).await?;
    let load = Load::signed_in(&world).await?;
    let waiting = plan(&world, options.meetings).await?;
    let page = |name, path, holds, signed_in| Page {
        name,
        path,
        holds,
        signed_in,
    };
    let pages = [
        page("meetings, 200 of them", "/meetings".to_owned(), "Tutorial 1", true),
        page(
            "form of a new meeting",
            "/meetings/new".to_owned(),
            "name=\"starts",
            true,
        ),
        page(
            "waiting page, a stranger's",
            format!("/join/{waiting}"),
            "class=\"wait",
            false,
        ),
        page(
            "live page, on air",
            format!("/live/{}", world.live),
            "data-stage=",
            true,
        ),
    ];
    let mut all: BTreeMap<Cell, Vec<Measured>> = BTreeMap::new();
    for round in 0..options.rounds.max(1) {
        for half in 0..2 {
            // Who begins changes: what warms up, or wears off, is shared out.
            let hangs = (half == 1) != (round % 2 == 1);
            world.bbb_hangs(hangs.then_some(HANGS_MS)).await?;
            for (n, page) in pages.iter().enumerate() {
                for &connections in &options.connections {
                    let time = Duration::from_millis(options.millis);
                    let measured = load.run(page, connections, time).await;
                    let measured = measured.with_context(|| format!("{}, BBB hangs: {hangs}", page.name))?;
                    eprintln!(
                        "round {round}, hangs {hangs}, {}, {connections}: {:.0}/s, p99 {:.1} ms",
                        page.name, measured.per_s, measured.p99_ms
                    );
                    all.entry((n, connections, hangs)).or_default().push(measured);
                }
            }
        }
    }
    let table = table(&options, &pages, &all);
    println!("{table}");
    if options.write {
        marks::write("pages", &table)?;
    }
    Ok(())
}

/// Meetings of the presenter; gives the one whose room is not open.
async fn plan(world: &World, count: usize) -> anyhow::Result<String> {
    let tomorrow = (chrono::Utc::now() + chrono::Duration::days(1)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut last = None;
    // One is there already: the one on air.
    for n in 1..count {
        let new = json!({ "name": format!("Tutorial {n}"), "starts_at": tomorrow, "duration_s": 5_400 });
        let made = world.plan(&new).await?;
        last = made["id"].as_str().map(str::to_owned);
    }
    last.context("at least two meetings are needed")
}

fn middle(mut of: Vec<f64>) -> f64 {
    of.sort_unstable_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}

fn table(options: &Options, pages: &[Page], all: &BTreeMap<Cell, Vec<Measured>>) -> String {
    let mut table = format!(
        "{}, {}, {} rounds in turn of {} ms a cell, BBB well and BBB with every call of its API hanging for {} s:\n\n",
        chrono::Utc::now().format("%Y-%m-%d"),
        crate::relay::machine(),
        options.rounds,
        options.millis,
        HANGS_MS / 1_000
    );
    table += "| page | connections | BBB well: pages/s, p99 ms | BBB hangs: pages/s, p99 ms | pages/s, hanging to well | within 15 % |\n|---|---|---|---|---|---|\n";
    for (n, page) in pages.iter().enumerate() {
        for &connections in &options.connections {
            let of = |hangs| all.get(&(n, connections, hangs)).map_or(&[][..], Vec::as_slice);
            let shown = |hangs| {
                let per_s = middle(of(hangs).iter().map(|m| m.per_s).collect());
                let p99 = middle(of(hangs).iter().map(|m| m.p99_ms).collect());
                format!("{per_s:.0}, {p99:.1}")
            };
            let ratios = of(true).iter().zip(of(false)).map(|(h, w)| h.per_s / w.per_s);
            let ratio = middle(ratios.collect());
            let within = if (ratio - 1.0).abs() <= APART { "yes" } else { "**no**" };
            let _ = writeln!(
                table,
                "| {} | {connections} | {} | {} | {ratio:.2} | {within} |",
                page.name,
                shown(false),
                shown(true)
            );
        }
    }
    table
}

impl Page {
    fn check(&self, status: u16, body: &str) -> anyhow::Result<()> {
        ensure!(
            status == 200 && body.contains(self.holds),
            "{}: {status} {}",
            self.path,
            body.chars().take(200).collect::<String>()
        );
        Ok(())
    }
}
