//! Rounds in turn, and the table of what came out.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use amphi_events::log::{EventLog, SqliteLog};
use amphi_events::{Expected, StreamName};
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
            all_ours.push(ours(&maker, &dir.join(format!("ours-{count}-{n}")), count, time).await?);
            all_bare.push(bare(&maker, &dir.join(format!("bare-{count}-{n}")), count, time).await?);
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

async fn ours(maker: &Arc<Maker>, dir: &Path, count: usize, time: Duration) -> anyhow::Result<Round> {
    std::fs::create_dir_all(dir)?;
    let log = SqliteLog::open(&dir.join("log.db"), maker.options()).await?;
    let round = measure(count, time, |p| {
        let (log, maker) = (Arc::clone(&log), Arc::clone(maker));
        let stream = StreamName::of("chat", p);
        move |n: u64| {
            let (log, maker, stream) = (Arc::clone(&log), Arc::clone(&maker), stream.clone());
            async move {
                let expected = if n == 0 {
                    Expected::Nothing
                } else {
                    Expected::Version(n - 1)
                };
                let event = maker.event(&stream, n)?;
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

async fn bare(maker: &Arc<Maker>, dir: &Path, count: usize, time: Duration) -> anyhow::Result<Round> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join("log.db");
    SqliteLog::open(&path, maker.options()).await?.close().await;
    let bare = Bare::open(&path).await?;
    // Sealed once: the bare loop writes bytes of the same length and makes none.
    let proto = Arc::new(maker.event(&StreamName::of("chat", 0), 0)?);
    let round = measure(count, time, |p| {
        let (queue, proto, maker) = (bare.queue.clone(), Arc::clone(&proto), Arc::clone(maker));
        let stream = StreamName::of("chat", p);
        move |n: u64| {
            let (queue, proto, stream, maker) = (queue.clone(), Arc::clone(&proto), stream.clone(), Arc::clone(&maker));
            async move {
                let mut event = (*proto).clone();
                event.id = maker.sources.id();
                let mut key = [0_u8; 32];
                maker.sources.ids.fill(&mut key);
                event.key = Some(amphi_events::Key(key));
                let (tx, rx) = oneshot::channel();
                queue
                    .send((
                        Row {
                            stream,
                            version: n,
                            event,
                        },
                        tx,
                    ))
                    .map_err(|_| anyhow::anyhow!("the loop ended"))?;
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

/// `count` producers, each with one append under way, for `time`.
async fn measure<M, P, F>(count: usize, time: Duration, make: M) -> anyhow::Result<Round>
where
    M: Fn(usize) -> P,
    P: Fn(u64) -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let start = Instant::now();
    let tasks: Vec<_> = (0..count)
        .map(|p| {
            let append = make(p);
            tokio::spawn(async move {
                let mut took = Vec::new();
                while start.elapsed() < time {
                    let from = Instant::now();
                    append(took.len() as u64).await?;
                    took.push(from.elapsed());
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
