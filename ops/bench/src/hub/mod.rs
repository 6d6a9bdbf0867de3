//! `amphi-bench hub`: Amphi's rooms beside other servers that send what one says to all, with the same client.

mod alone;
mod amphi;
mod client;
mod crowd;
mod http;
mod peers;
mod proc;
mod protocol;
mod report;
mod rows;
mod server;
mod table;
mod which;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

pub use client::run as client;
use protocol::Flight;
use rows::{Figures, Measured};
use server::Server;
use table::{Entries, Entry};
use which::{Row, Which};

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rounds of the rows against others, in turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rows (default: all).
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Row>,
    /// Servers (default: all).
    #[arg(long, value_delimiter = ',', value_enum)]
    servers: Vec<Which>,
    /// The program that is measured.
    #[arg(long, default_value = "target/release/amphi")]
    binary: PathBuf,
    /// Most sockets of a row, to try things out.
    #[arg(long, default_value_t = 18_000)]
    sockets: usize,
    /// When a line is no longer in flight.
    #[arg(long, value_enum, default_value_t)]
    flight: Flight,
    /// Puts the tables into docs/benchmarks.md.
    #[arg(long)]
    write: bool,
}

const DOCUMENT: &str = "docs/benchmarks.md";
const PEERS: &str = "ops/bench/peers";

/// What servers are started from.
struct Stage {
    seed: amphi::Seed,
    peers: Option<peers::Peers>,
    dir: PathBuf,
}

/// What Amphi is told besides.
const fn settings(which: Which) -> &'static [(&'static str, &'static str)] {
    match which {
        Which::AmphiOff => &[("window", "0")],
        _ => &[],
    }
}

impl Stage {
    async fn start(&self, which: Which) -> anyhow::Result<Server> {
        if which.is_amphi() {
            return self.seed.start(&self.dir, settings(which)).await;
        }
        let peers = self.peers.as_ref().context("no peers")?;
        peers.start(which, &self.dir).await
    }

    async fn kill_and_start(&self, server: &mut Server, which: Which) -> anyhow::Result<()> {
        self.seed.kill_and_start(server, settings(which)).await
    }

    async fn beside(&self, row: Row, which: Which, sockets: usize, flight: Flight) -> anyhow::Result<Measured> {
        let server = self.start(which).await.context("it does not start")?;
        rows::measure(row, &server, sockets, which == Which::Channels, flight)
            .await
            .with_context(|| format!("{which:?} said: {}", server.said().trim()))
    }
}

/// Measures and prints.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let target = target(&args.binary)?;
    let files = target.join("hub");
    std::fs::create_dir_all(&files)?;
    let dir = tempfile::Builder::new().prefix("run-").tempdir_in(&files)?;
    let rows: Vec<Row> = Row::ALL
        .into_iter()
        .filter(|r| args.only.is_empty() || args.only.contains(r))
        .collect();
    let takes_part = |which: &Which| args.servers.is_empty() || args.servers.contains(which);
    let sockets = |row: Row| row.sockets().min(args.sockets);
    let wants_peers = rows
        .iter()
        .flat_map(|r| r.servers(0))
        .any(|w| !w.is_amphi() && takes_part(&w));
    let stage = Stage {
        peers: wants_peers
            .then(|| peers::Peers::install(Path::new(PEERS), &target))
            .transpose()?,
        seed: {
            let people = rows.iter().map(|r| sockets(*r)).max().unwrap_or(1);
            let began = std::time::Instant::now();
            let seed = amphi::Seed::make(&args.binary, people).await?;
            eprintln!("{people} people made in {:.1} s", began.elapsed().as_secs_f64());
            seed
        },
        dir: dir.path().to_owned(),
    };
    let mut entries = Entries::default();
    for round in 0..args.rounds.max(1) {
        for row in rows.iter().copied().filter(|r| r.beside()) {
            for which in row.servers(round).into_iter().filter(takes_part) {
                let (figures, latencies) = match stage.beside(row, which, sockets(row), args.flight).await {
                    Ok(measured) => (Ok(measured.figures), Some(measured.latencies)),
                    Err(why) => (Err(why), None),
                };
                entries.take(round, row, which, sockets(row), figures);
                if let Some(entry) = entries.0.last_mut() {
                    entry.latencies = latencies;
                }
            }
        }
    }
    for row in rows
        .iter()
        .copied()
        .filter(|r| !r.beside() && takes_part(&Which::Amphi))
    {
        for (sockets, figures) in alone::measure(row, &stage, sockets(row)).await? {
            entries.take(0, row, Which::Amphi, sockets, figures);
        }
    }
    std::fs::write(files.join("last.json"), serde_json::to_string_pretty(&entries)?)?;
    let report = format!("{}\n{}", report::place(&command()), report::report(&entries));
    println!("{report}");
    if args.write {
        let document = std::fs::read_to_string(DOCUMENT).context(DOCUMENT)?;
        std::fs::write(DOCUMENT, report::put(&document, &report)?)?;
    }
    Ok(())
}

impl Entries {
    /// Keeps what came out, and tells it as it comes.
    fn take(&mut self, round: usize, row: Row, which: Which, sockets: usize, figures: anyhow::Result<Figures>) {
        let figures = figures.map_err(|why| {
            // The cause first: what the server said last is many lines.
            let said = why.to_string();
            let root = why.root_cause().to_string();
            if said == root { root } else { format!("{root}\n{said}") }
        });
        match &figures {
            Ok(f) => {
                let text: Vec<String> = f
                    .iter()
                    .map(|(n, v)| format!("{n} {}", table::shown(Some(*v))))
                    .collect();
                eprintln!("{} {row:?} {which:?} {sockets}: {}", round + 1, text.join(", "));
            }
            Err(why) => eprintln!("{} {row:?} {which:?} {sockets}: FAILED: {why}", round + 1),
        }
        self.0.push(Entry {
            round,
            row,
            which,
            sockets,
            figures,
            latencies: None,
        });
    }
}

/// The command as it is typed, without places of this machine.
fn command() -> String {
    let mut words = vec!["ops/bench/hub".to_owned()];
    let mut given = std::env::args().skip(2);
    while let Some(word) = given.next() {
        if word == "--binary" {
            given.next();
        } else if !word.starts_with("--binary=") {
            words.push(word);
        }
    }
    words.join(" ")
}

/// The folder of what is built. Data folders lie in it, on a disk: a file system in memory would make appends too cheap.
fn target(binary: &Path) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(binary.exists(), "{}: build it first", binary.display());
    let me = std::env::current_exe()?;
    let target = me.ancestors().nth(2).context("no folder")?;
    Ok(target.to_owned())
}
