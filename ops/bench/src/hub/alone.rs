//! The rows in which Amphi is measured alone: many sockets, a crash, a rush, the curve.

use std::time::{Duration, Instant};

use super::Stage;
use super::crowd::Crowd;
use super::protocol::Flight;
use super::rows::{Figures, PATIENCE, REST, Stretch, counted, figures};
use super::which::{Row, Which};

/// Who comes in, where it isn't what is measured.
const A_SECOND: f64 = 2_000.0;
const MANY_PER_S: f64 = 10.0;
const MANY_LINES: u32 = 300;
const BEFORE: u32 = 60;
const LAST_LINES: u32 = 100;
const RUSH: Duration = Duration::from_secs(20);
const SIZES: [usize; 5] = [1_000, 2_000, 5_000, 10_000, 18_000];
const CURVE_PER_S: f64 = 5.0;
const CURVE_LINES: u32 = 50;

fn spread(sockets: usize) -> Duration {
    Duration::from_secs_f64(sockets as f64 / A_SECOND)
}

/// What was measured, by the number of sockets.
pub type Sizes = Vec<(usize, anyhow::Result<Figures>)>;

/// Measures a row.
pub async fn measure(row: Row, stage: &Stage, most: usize) -> anyhow::Result<Sizes> {
    let mut sizes = Vec::new();
    match row {
        Row::Idle => sizes.push((most, idle(stage, most).await)),
        Row::Many => sizes.push((most, many(stage, most).await)),
        Row::Restart => {
            for n in [most / 10, most] {
                sizes.push((n, restart(stage, n).await));
            }
        }
        Row::Joining => {
            for n in [most / 10, most] {
                sizes.push((n, joining(stage, n).await));
            }
        }
        Row::Curve => {
            for n in SIZES.into_iter().filter(|n| *n <= most) {
                sizes.push((n, curve(stage, n).await));
            }
        }
        Row::Burst | Row::Paced | Row::One => anyhow::bail!("{row:?} is measured beside others"),
    }
    Ok(sizes)
}

async fn idle(stage: &Stage, sockets: usize) -> anyhow::Result<Figures> {
    let server = stage.start(Which::Amphi).await?;
    tokio::time::sleep(REST).await;
    let (memory, stretch) = (server.pss(), Stretch::begin(&server));
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    crowd.come_in(spread(sockets)).await?;
    let (cpu, _) = stretch.end(&server);
    tokio::time::sleep(REST * 2).await;
    let taken = server.pss().saturating_sub(memory) as f64;
    Ok([
        ("idle_kib", taken / sockets as f64),
        ("before_mib", memory as f64 / 1_024.0),
        ("cpu_ms_per_connection", cpu * 1e3 / sockets as f64),
    ]
    .into())
}

async fn many(stage: &Stage, sockets: usize) -> anyhow::Result<Figures> {
    let server = stage.start(Which::Amphi).await?;
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    crowd.come_in(spread(sockets)).await?;
    tokio::time::sleep(REST).await;
    crowd.mark().await?;
    let before = server.counters().await?;
    let stretch = Stretch::begin(&server);
    crowd.post(MANY_LINES, Some(MANY_PER_S), usize::MAX).await?;
    let told = crowd.level(MANY_LINES, PATIENCE).await?;
    let (cpu, wall) = stretch.end(&server);
    told.all_right()?;
    let mut figures = figures(&told, cpu, wall);
    counted(&server, &before, &mut figures).await?;
    Ok(figures)
}

async fn restart(stage: &Stage, sockets: usize) -> anyhow::Result<Figures> {
    let mut server = stage.start(Which::Amphi).await?;
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    crowd.come_in(spread(sockets)).await?;
    crowd.survive().await?;
    crowd.post(BEFORE, Some(MANY_PER_S), usize::MAX).await?;
    // In the middle of it, with lines under way.
    tokio::time::sleep(Duration::from_secs_f64(f64::from(BEFORE) / MANY_PER_S / 2.0)).await;
    let killed = Instant::now();
    stage.kill_and_start(&mut server, Which::Amphi).await?;
    server.ready().await?;
    let ready = killed.elapsed().as_secs_f64();
    let told = crowd.level(BEFORE, PATIENCE).await?;
    let level = killed.elapsed().as_secs_f64();
    told.all_right()?;
    anyhow::ensure!(
        told.level.cuts >= sockets as u64,
        "only {} of {sockets} sockets were cut",
        told.level.cuts
    );
    let mut figures: Figures = [
        ("ready_s", ready),
        ("level_s", level),
        ("lines", f64::from(BEFORE)),
        ("cpu_s", server.cpu()),
    ]
    .into();
    // Of the new process: from nothing on.
    counted(&server, &std::collections::BTreeMap::new(), &mut figures).await?;
    Ok(figures)
}

async fn joining(stage: &Stage, sockets: usize) -> anyhow::Result<Figures> {
    let server = stage.start(Which::Amphi).await?;
    let mut before = Crowd::gather(&server.way, server.way.posters, Flight::Seen).await?;
    before.come_in(Duration::ZERO).await?;
    before.post(LAST_LINES, None, 8).await?;
    before.level(LAST_LINES, PATIENCE).await?.all_right()?;
    drop(before);
    tokio::time::sleep(REST).await;
    let counters = server.counters().await?;
    let stretch = Stretch::begin(&server);
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    let connected = crowd.come_in(RUSH).await?;
    let told = crowd.level(LAST_LINES, PATIENCE).await?;
    let (cpu, wall) = stretch.end(&server);
    told.all_right()?;
    let mut figures: Figures = [
        ("wall_s", wall),
        ("slowest_ms", connected.slowest_ms as f64),
        ("cpu_s", cpu),
        ("cpu_ms_per_connection", cpu * 1e3 / sockets as f64),
    ]
    .into();
    counted(&server, &counters, &mut figures).await?;
    Ok(figures)
}

async fn curve(stage: &Stage, sockets: usize) -> anyhow::Result<Figures> {
    let server = stage.start(Which::Amphi).await?;
    tokio::time::sleep(REST).await;
    let (memory, stretch) = (server.pss(), Stretch::begin(&server));
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    crowd.come_in(spread(sockets)).await?;
    let (coming, _) = stretch.end(&server);
    tokio::time::sleep(REST * 2).await;
    let idle = server.pss().saturating_sub(memory) as f64 / sockets as f64;
    crowd.mark().await?;
    let before = server.counters().await?;
    let stretch = Stretch::begin(&server);
    crowd.post(CURVE_LINES, Some(CURVE_PER_S), usize::MAX).await?;
    let told = crowd.level(CURVE_LINES, PATIENCE).await?;
    let (cpu, wall) = stretch.end(&server);
    told.all_right()?;
    let mut figures = figures(&told, cpu, wall);
    figures.insert("idle_kib", idle);
    figures.insert("cpu_ms_per_connection", coming * 1e3 / sockets as f64);
    figures.insert("cpu_us_per_delivery", cpu * 1e6 / told.level.deliveries.max(1) as f64);
    counted(&server, &before, &mut figures).await?;
    Ok(figures)
}
