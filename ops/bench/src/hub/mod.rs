//! `amphi-bench hub`: Amphi's rooms beside other servers that send what one says to all, with the same client.

mod amphi;
mod client;
mod crowd;
mod http;
mod proc;
mod protocol;
mod rows;
mod server;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub use client::run as client;
use protocol::Flight;
use rows::Row;
use server::Server;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rounds of the rows against others, in turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rows.
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Row>,
    /// Servers.
    #[arg(long, value_delimiter = ',', value_enum)]
    servers: Vec<Which>,
    /// The program that is measured.
    #[arg(long, default_value = "target/release/amphi")]
    binary: PathBuf,
    /// When a line is no longer in flight.
    #[arg(long, value_enum, default_value_t)]
    flight: Flight,
}

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Which {
    /// As it ships: busy rooms gather for a moment.
    Amphi,
    /// The same with `window` 0.
    AmphiOff,
}

/// What servers are started from.
struct Stage {
    seed: amphi::Seed,
    dir: PathBuf,
}

impl Stage {
    async fn start(&self, which: Which) -> anyhow::Result<Server> {
        match which {
            Which::Amphi => self.seed.start(&self.dir, &[]).await,
            Which::AmphiOff => self.seed.start(&self.dir, &[("window", "0")]).await,
        }
    }
}

/// Measures and prints.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let dir = tempfile::Builder::new()
        .prefix("hub-")
        .tempdir_in(folder(&args.binary)?)?;
    let began = std::time::Instant::now();
    let people = rows::ROOM;
    let seed = amphi::Seed::make(dir.path(), &args.binary, people).await?;
    eprintln!("{people} people in {:.1} s", began.elapsed().as_secs_f64());
    let stage = Stage {
        seed,
        dir: dir.path().to_owned(),
    };
    let rows = if args.only.is_empty() {
        vec![Row::Burst, Row::Paced]
    } else {
        args.only.clone()
    };
    let servers = if args.servers.is_empty() {
        vec![Which::Amphi, Which::AmphiOff]
    } else {
        args.servers.clone()
    };
    for round in 0..args.rounds {
        for row in &rows {
            for which in &servers {
                let server = match stage.start(*which).await {
                    Ok(server) => server,
                    Err(why) => {
                        println!("round {round} {row:?} {which:?}: FAILED to start: {why}");
                        continue;
                    }
                };
                let measured = rows::measure(*row, &server, false, args.flight).await;
                match measured {
                    Ok(figures) => {
                        let text: Vec<String> = figures.iter().map(|(n, v)| format!("{n} {}", short(*v))).collect();
                        println!("round {round} {row:?} {which:?}: {}", text.join(", "));
                    }
                    Err(why) => println!("round {round} {row:?} {which:?}: FAILED: {why:#}\n{}", server.said()),
                }
            }
        }
    }
    Ok(())
}

fn short(value: f64) -> String {
    if value.abs() >= 1_000.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// Files lie beside the program, on the disk that it is built on: a file system in memory would make appends too cheap.
fn folder(binary: &Path) -> anyhow::Result<PathBuf> {
    let beside = binary
        .canonicalize()
        .with_context(|| format!("{}: build it first", binary.display()))?;
    let folder = beside.parent().context("no folder")?.join("hub");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
