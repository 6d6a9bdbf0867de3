//! `amphi audit verify|events|stats|export`: reads the log file, also beside a running server, and writes nothing to it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use amphi_events::log::verify::verify;
use amphi_events::log::{EventLog, Filter, SqliteLog};
use amphi_events::{Position, Recorded, StreamName};
use amphi_web::api::events::line;
use anyhow::Context as _;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::common::{Where, print, write_all};
use super::stats::Stats;

/// Events read at a time.
const PAGE: usize = 2_000;

/// Which events.
#[derive(Debug, Clone, clap::Args)]
pub struct Which {
    /// After this position
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// A stream's whole name (`live-01J…`), or kinds of stream (`live,chat`)
    #[arg(long)]
    stream: Option<String>,
    /// Types, such as `LiveWentOnAir,LiveStalled`
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    r#type: Vec<String>,
}

impl Which {
    fn filter(&self) -> Filter {
        let mut filter = Filter {
            kinds: self.r#type.clone(),
            ..Filter::default()
        };
        match &self.stream {
            Some(name) if name.contains('-') => filter.stream = Some(StreamName::from(name.trim())),
            Some(kinds) => {
                filter.stream_kinds = kinds
                    .split(',')
                    .map(|k| k.trim().to_owned())
                    .filter(|k| !k.is_empty())
                    .collect();
            }
            None => {}
        }
        filter
    }
}

/// The log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks every hash chain; prints each problem with its position, exit 1 if there is one
    Verify {
        #[command(flatten)]
        at: Where,
    },
    /// Prints events, a JSON object a line
    Events {
        #[command(flatten)]
        which: Which,
        /// At most so many
        #[arg(long)]
        limit: Option<usize>,
        /// For reading: a line each with position, time, stream and type
        #[arg(long)]
        table: bool,
        #[command(flatten)]
        at: Where,
    },
    /// Counts by type and kind of stream, and how long each live was on air
    Stats {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        at: Where,
    },
    /// Writes events to a file, a JSON object a line; personal data stays sealed
    Export {
        /// The file; must not exist
        file: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        at: Where,
    },
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Verify { at } => return check(&*open(&at).await?).await,
        Command::Events {
            which,
            limit,
            table,
            at,
        } => {
            let log = open(&at).await?;
            let mut left = limit.unwrap_or(usize::MAX);
            each_page(&*log, which.after, &which.filter(), |events, _| {
                let events = &events[..events.len().min(left)];
                left -= events.len();
                let mut out = Vec::new();
                for e in events {
                    if table {
                        row(e, &mut out);
                    } else {
                        line(e, &mut out);
                    }
                }
                write_all(&out)?;
                Ok(left > 0)
            })
            .await?;
        }
        Command::Stats { json, at } => {
            let log = open(&at).await?;
            let mut stats = Stats::default();
            each_page(&*log, 0, &Filter::default(), |events, _| {
                for e in events {
                    stats.take(e)?;
                }
                Ok(true)
            })
            .await?;
            if json {
                print(&format!("{}\n", stats.json()))?;
            } else {
                print(&stats.table())?;
            }
        }
        Command::Export { file, which, at } => {
            let log = open(&at).await?;
            let count = export(&*log, &which, &file).await?;
            print(&format!(
                "{count} events up to position {} in {}\n",
                log.head(),
                file.display()
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(at: &Where) -> anyhow::Result<Arc<SqliteLog>> {
    let (_, data) = at.folder()?;
    Ok(SqliteLog::open_read_only(&data.join("log.db")).await?)
}

fn bar(head: Position) -> anyhow::Result<ProgressBar> {
    Ok(ProgressBar::new(head.0).with_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}")?))
}

async fn check(log: &dyn EventLog) -> anyhow::Result<ExitCode> {
    let head = log.head();
    let bar = bar(head)?;
    let report = verify(log, head, |at| bar.set_position(at.0)).await;
    bar.finish_and_clear();
    let report = report?;
    for problem in &report.problems {
        let stream = problem.stream.as_ref().map_or("-", StreamName::as_str);
        print(&format!("position {}\t{stream}\t{}\n", problem.position, problem.wrong))?;
    }
    print(&format!(
        "{} events in {} streams up to position {}: {}\n",
        report.events,
        report.streams,
        report.upto,
        if report.problems.is_empty() {
            "every chain holds".to_owned()
        } else {
            format!("{} damaged", report.problems.len())
        }
    ))?;
    if report.problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let first = report.problems.first().map_or(0, |p| p.position.0);
    anyhow::bail!("the log is damaged, first at position {first}; restore it from a backup");
}

/// Reads page after page up to the head as it is now; `take` says whether to go on.
async fn each_page(
    log: &dyn EventLog,
    after: u64,
    filter: &Filter,
    mut take: impl FnMut(&[Arc<Recorded>], Position) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let mut after = Position(after);
    loop {
        let page = log.read_all(after, filter, PAGE).await?;
        after = page.upto;
        if !take(&page.events, after)? || page.end {
            return Ok(());
        }
    }
}

fn row(e: &Recorded, out: &mut Vec<u8>) {
    let text = format!(
        "{:>8}  {}  {:<46} {:>4}  {:<28} {}\n",
        e.position.0,
        e.event.time.rfc3339(),
        e.stream.as_str(),
        e.version,
        e.event.kind,
        e.event.actor.0
    );
    out.extend_from_slice(text.as_bytes());
}

async fn export(log: &dyn EventLog, which: &Which, file: &Path) -> anyhow::Result<u64> {
    let to = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| file.display().to_string())?;
    let mut to = std::io::BufWriter::new(to);
    let bar = bar(log.head())?;
    let mut count = 0;
    each_page(log, which.after, &which.filter(), |events, upto| {
        let mut out = Vec::new();
        for e in events {
            line(e, &mut out);
        }
        count += events.len() as u64;
        to.write_all(&out).with_context(|| file.display().to_string())?;
        bar.set_position(upto.0);
        Ok(true)
    })
    .await?;
    bar.finish_and_clear();
    to.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(count)
}
