//! The rows in which servers stand beside each other, each on a server that was started for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;

use super::crowd::{Crowd, Told};
use super::protocol::Flight;
use super::server::Server;
use super::table::median;
use super::which::Row;

/// Figures by name.
pub type Figures = BTreeMap<&'static str, f64>;

const BURST_LINES: u32 = 2_000;
const BURST_FLIGHT: usize = 8;
const PACED_PER_S: f64 = 100.0;
const PACED_LINES: u32 = 1_000;
const ONE_LINES: u32 = 60;
/// Between two lines that are posted one at a time.
const BREATH: Duration = Duration::from_millis(100);
/// How long lines are waited for.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// After the last one came in: what is told then, and looked at once a second, is over.
pub const REST: Duration = Duration::from_secs(1);

/// What came out of a measurement.
pub struct Measured {
    pub figures: Figures,
    /// Of every delivery, in microseconds.
    pub latencies: Histogram<u64>,
}

/// CPU and clock of a stretch.
pub struct Stretch {
    cpu: f64,
    began: Instant,
}

impl Stretch {
    /// Begins now.
    pub fn begin(server: &Server) -> Self {
        Self {
            cpu: server.cpu(),
            began: Instant::now(),
        }
    }

    /// CPU and clock since then.
    pub fn end(&self, server: &Server) -> (f64, f64) {
        (server.cpu() - self.cpu, self.began.elapsed().as_secs_f64())
    }
}

/// What there is to say of lines that came.
pub fn figures(told: &Told, cpu: f64, wall: f64) -> Figures {
    let deliveries = told.level.deliveries as f64;
    [
        ("deliveries", deliveries),
        ("cpu_s", cpu),
        ("wall_s", wall),
        ("per_cpu_s", deliveries / cpu.max(0.005)),
        ("p50_ms", told.ms(0.5)),
        ("p99_ms", told.ms(0.99)),
        ("max_ms", told.ms(1.0)),
        ("bytes_per_line", told.level.bytes as f64 / deliveries.max(1.0)),
        ("lines_per_frame", deliveries / told.level.frames.max(1) as f64),
        ("late_posts", f64::from(told.level.late)),
    ]
    .into()
}

/// Adds by how much Amphi's own counters grew.
pub async fn counted(server: &Server, before: &BTreeMap<String, u64>, figures: &mut Figures) -> anyhow::Result<()> {
    let after = server.counters().await?;
    for (name, figure) in [
        ("hub_frames_encoded_total", "encoded"),
        ("hub_frames_sent_total", "sent"),
        ("hub_log_reads_total", "log_reads"),
        ("hub_blocks_loaded_total", "blocks"),
    ] {
        if let Some(after) = after.get(name) {
            let before = before.get(name).copied().unwrap_or(0);
            figures.insert(figure, after.saturating_sub(before) as f64);
        }
    }
    Ok(())
}

async fn room(server: &Server, sockets: usize, flight: Flight) -> anyhow::Result<Crowd> {
    let mut crowd = Crowd::gather(&server.way, sockets, flight).await?;
    crowd.come_in(Duration::ZERO).await?;
    tokio::time::sleep(REST).await;
    crowd.mark().await?;
    Ok(crowd)
}

/// Measures a row on a fresh server. `light`: a server for which the row is far too heavy gets less of it.
pub async fn measure(
    row: Row,
    server: &Server,
    sockets: usize,
    light: bool,
    flight: Flight,
) -> anyhow::Result<Measured> {
    if row == Row::One {
        return one(server, sockets).await;
    }
    let mut crowd = room(server, sockets, flight).await?;
    let before = server.counters().await?;
    let stretch = Stretch::begin(server);
    let (lines, per_s) = match (row, light) {
        (Row::Paced, false) => (PACED_LINES, Some(PACED_PER_S)),
        (Row::Paced, true) => (PACED_LINES / 50, Some(PACED_PER_S / 50.0)),
        (_, false) => (BURST_LINES, None),
        (_, true) => (BURST_LINES / 20, None),
    };
    let most = if per_s.is_some() { usize::MAX } else { BURST_FLIGHT };
    crowd.post(lines, per_s, most).await?;
    let told = crowd.level(lines, PATIENCE).await?;
    let (cpu, wall) = stretch.end(server);
    told.all_right()?;
    let mut figures = figures(&told, cpu, wall);
    counted(server, &before, &mut figures).await?;
    Ok(Measured {
        figures,
        latencies: told.latencies,
    })
}

/// Lines that come alone: each is posted once all have the one before.
async fn one(server: &Server, sockets: usize) -> anyhow::Result<Measured> {
    tokio::time::sleep(REST).await;
    let memory = server.pss();
    let mut crowd = Crowd::gather(&server.way, sockets, Flight::Seen).await?;
    crowd.come_in(Duration::from_secs(3)).await?;
    tokio::time::sleep(REST * 2).await;
    let taken = server.pss().saturating_sub(memory);
    let stretch = Stretch::begin(server);
    let mut all: Option<Told> = None;
    let mut last = Vec::new();
    for line in 1..=ONE_LINES {
        crowd.mark().await?;
        crowd.post(1, None, 1).await?;
        let told = crowd.level(line, PATIENCE).await?;
        told.all_right()?;
        last.push(told.ms(1.0));
        match &mut all {
            Some(all) => all.join(&told)?,
            None => all = Some(told),
        }
        tokio::time::sleep(BREATH).await;
    }
    let (cpu, wall) = stretch.end(server);
    let told = all.context("no line")?;
    let mut figures = figures(&told, cpu, wall);
    figures.insert("last_ms", median(last));
    figures.insert("idle_kib", taken as f64 / sockets as f64);
    Ok(Measured {
        figures,
        latencies: told.latencies,
    })
}
