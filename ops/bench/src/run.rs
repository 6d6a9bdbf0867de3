//! Rounds in turn, and the table of what came out.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use amphi_events::log::{EventLog, SqliteLog};
use amphi_events::{Expected, NewEvent, StreamName};
use futures_util::future::try_join_all;
use tokio::sync::oneshot;

use crate::bare::{Bare, Row};
use crate::rows::Maker;

/// One round of one side.
struct Round {
    rate: f64,
    p50: Duration,
    p99: Duration,
    commits: u64,
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

/// Measures and prints.
pub async fn log(rounds: usize, time: Duration, dir: &Path, producers: &[usize]) -> anyhow::Result<()> {
    let maker = Arc::new(Maker::new(dir).await?);
    println!(
        "| producers | ours appends/s | p50 / p99 ms | commits | bare appends/s | p50 / p99 ms | commits | median ratio |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for &count in producers {
        let (mut all_ours, mut all_bare) = (Vec::new(), Vec::new());
        for n in 0..rounds {
            let (o, b) = (
                dir.join(format!("ours-{count}-{n}")),
                dir.join(format!("bare-{count}-{n}")),
            );
            // Who begins changes, so that what a round leaves to the disk falls on both.
            if n % 2 == 0 {
                all_ours.push(ours(&maker, &o, count, time).await?);
                all_bare.push(bare(&maker, &b, count, time).await?);
            } else {
                all_bare.push(bare(&maker, &b, count, time).await?);
                all_ours.push(ours(&maker, &o, count, time).await?);
            }
        }
        let ratio = median(all_ours.iter().zip(&all_bare).map(|(o, b)| o.rate / b.rate).collect());
        println!("| {count} | {} | {} | {ratio:.2} |", side(&all_ours), side(&all_bare));
    }
    Ok(())
}

fn side(rounds: &[Round]) -> String {
    let of = |f: fn(&Round) -> f64| median(rounds.iter().map(f).collect());
    format!(
        "{:.0} | {:.2} / {:.2} | {:.0}",
        of(|r| r.rate),
        of(|r| r.p50.as_secs_f64() * 1e3),
        of(|r| r.p99.as_secs_f64() * 1e3),
        of(|r| r.commits as f64)
    )
}

/// The most appends a second that a round is prepared for; a producer that runs out of events ends its round.
const MOST_A_SECOND: usize = 24_000;

fn stream(producer: usize) -> StreamName {
    StreamName::of("chat", producer)
}

async fn ours(maker: &Arc<Maker>, dir: &Path, count: usize, time: Duration) -> anyhow::Result<Round> {
    std::fs::create_dir_all(dir)?;
    let log = SqliteLog::open(&dir.join("log.db"), maker.options()).await?;
    let round = measure(maker, count, time, |p| {
        let (maker, log, stream) = (Arc::clone(maker), Arc::clone(&log), stream(p));
        move |n: u64, _: NewEvent| {
            let (maker, log, stream) = (Arc::clone(&maker), Arc::clone(&log), stream.clone());
            async move {
                // Sealed here, under the clock: it belongs to what a post costs us.
                let event = maker.event(&stream, n)?;
                let expected = if n == 0 {
                    Expected::Nothing
                } else {
                    Expected::Version(n - 1)
                };
                log.append(stream, expected, vec![event]).await?;
                Ok(())
            }
        }
    })
    .await?;
    let commits = log.stats().commits;
    log.close().await;
    std::fs::remove_dir_all(dir)?;
    Ok(Round { commits, ..round })
}

async fn bare(maker: &Maker, dir: &Path, count: usize, time: Duration) -> anyhow::Result<Round> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join("log.db");
    SqliteLog::open(&path, maker.options()).await?.close().await;
    let bare = Bare::open(&path).await?;
    let round = measure(maker, count, time, |p| {
        let (queue, stream) = (bare.queue.clone(), stream(p));
        move |version: u64, event: NewEvent| {
            let (queue, stream) = (queue.clone(), stream.clone());
            async move {
                let (tx, rx) = oneshot::channel();
                let row = Row { stream, version, event };
                queue.send((row, tx)).map_err(|_| anyhow::anyhow!("the loop ended"))?;
                Ok(rx.await?)
            }
        }
    })
    .await?;
    let commits = bare.commits.load(std::sync::atomic::Ordering::Relaxed);
    bare.close().await?;
    std::fs::remove_dir_all(dir)?;
    Ok(Round { commits, ..round })
}

/// `count` producers, each with one append under way, for `time`. Their events are made before the clock starts: the bare
/// side has no such work.
async fn measure<M, P, F>(maker: &Maker, count: usize, time: Duration, make: M) -> anyhow::Result<Round>
where
    M: Fn(usize) -> P,
    P: Fn(u64, NewEvent) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let each = (MOST_A_SECOND * time.as_secs() as usize).div_ceil(count);
    let events = (0..count)
        .map(|p| maker.events(&stream(p), each))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let start = Instant::now();
    let tasks: Vec<_> = events
        .into_iter()
        .enumerate()
        .map(|(p, events)| {
            let append = make(p);
            tokio::spawn(async move {
                let mut took = Vec::with_capacity(events.len());
                for (n, event) in events.into_iter().enumerate() {
                    let from = Instant::now();
                    append(n as u64, event).await?;
                    took.push(from.elapsed());
                    if start.elapsed() >= time {
                        break;
                    }
                }
                anyhow::Ok(took)
            })
        })
        .collect();
    let mut took: Vec<Duration> = Vec::new();
    for one in try_join_all(tasks).await? {
        took.extend(one?);
    }
    let rate = took.len() as f64 / start.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |q: f64| took.get((took.len() as f64 * q) as usize).copied().unwrap_or_default();
    Ok(Round {
        rate,
        p50: at(0.5),
        p99: at(0.99),
        commits: 0,
    })
}
