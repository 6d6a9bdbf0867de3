//! `amphi-bench`: how fast the log is beside the least that any such log must do, the hub beside other servers, the relay, and pages.

mod bare;
#[allow(
    clippy::disallowed_methods,
    reason = "it measures the machine's time, and its clients come back by chance as pages do"
)]
mod hub;
#[allow(clippy::disallowed_methods, reason = "it measures the machine's time")]
mod pages;
mod relay;
mod rows;
mod run;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Amphi's parts on this machine")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Appends a second to the log, beside a bare group-commit loop on the same table.
    Log {
        /// Rounds of each, in turn.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Seconds of a round.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Folder for the files (default: a temporary one).
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Numbers of producers.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
        producers: Vec<usize>,
    },
    /// The hub beside other servers.
    Hub(Box<hub::Args>),
    /// A client process of that; its orders come on standard input.
    #[command(hide = true)]
    HubClient,
    /// Lines of the live page into a simulated room: order, completeness, latency.
    Relay(relay::Options),
    /// Pages with a BBB that is well and with one that hangs.
    Pages(pages::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().what {
        What::Hub(args) => hub::run(*args).await,
        What::HubClient => tokio::task::block_in_place(hub::client),
        What::Log {
            rounds,
            seconds,
            dir,
            producers,
        } => {
            let kept = tempfile::tempdir()?;
            let dir = dir.unwrap_or_else(|| kept.path().to_owned());
            run::log(rounds.max(1), Duration::from_secs(seconds.max(1)), &dir, &producers).await
        }
        What::Relay(options) => relay::run(options).await,
        What::Pages(options) => pages::run(options).await,
    }
}
