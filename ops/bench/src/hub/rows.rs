//! The measurements: each row of the table, on a server that was started for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::crowd::{Crowd, Told};
use super::protocol::{Flight, Wire};
use super::server::Server;

/// Figures by name.
pub type Figures = BTreeMap<&'static str, f64>;

/// What is measured against others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Row {
    /// 500 sockets, 2 000 lines, at most 8 in flight.
    Burst,
    /// 500 sockets, 100 lines a second.
    Paced,
}

/// Sockets of the rows against others.
pub const ROOM: usize = 500;
const BURST_LINES: u32 = 2_000;
const BURST_FLIGHT: usize = 8;
const PACED_PER_S: f64 = 100.0;
const PACED_LINES: u32 = 1_000;
const PATIENCE: Duration = Duration::from_secs(120);
/// After the last one came in: what is told then, and looked at once a second, is over.
const REST: Duration = Duration::from_millis(1_500);

/// CPU and clock of a stretch.
struct Stretch {
    cpu: f64,
    began: Instant,
}

impl Stretch {
    fn begin(server: &Server) -> Self {
        Self {
            cpu: server.cpu(),
            began: Instant::now(),
        }
    }

    fn end(&self, server: &Server) -> (f64, f64) {
        (server.cpu() - self.cpu, self.began.elapsed().as_secs_f64())
    }
}

fn figures(told: &Told, cpu: f64, wall: f64) -> Figures {
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
async fn counted(server: &Server, before: &BTreeMap<String, u64>, figures: &mut Figures) -> anyhow::Result<()> {
    let after = server.counters().await?;
    for (name, figure) in [
        ("hub_frames_encoded_total", "encoded"),
        ("hub_frames_sent_total", "sent"),
        ("hub_log_reads_total", "log_reads"),
        ("hub_blocks_loaded_total", "blocks"),
    ] {
        if let (Some(after), Some(before)) = (after.get(name), before.get(name)) {
            figures.insert(figure, after.saturating_sub(*before) as f64);
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
pub async fn measure(row: Row, server: &Server, light: bool, flight: Flight) -> anyhow::Result<Figures> {
    let mut crowd = room(server, ROOM, flight).await?;
    let before = server.counters().await?;
    let stretch = Stretch::begin(server);
    let lines = match (row, light) {
        (Row::Burst, false) => BURST_LINES,
        (Row::Burst, true) => BURST_LINES / 20,
        (Row::Paced, false) => PACED_LINES,
        (Row::Paced, true) => PACED_LINES / 50,
    };
    match row {
        Row::Burst => crowd.post(lines, None, BURST_FLIGHT).await?,
        Row::Paced => {
            let per_s = if light { PACED_PER_S / 50.0 } else { PACED_PER_S };
            crowd.post(lines, Some(per_s), usize::MAX).await?;
        }
    }
    let told = crowd.level(lines, PATIENCE).await?;
    let (cpu, wall) = stretch.end(server);
    told.all_right()?;
    let mut figures = figures(&told, cpu, wall);
    if server.way.wire == Wire::Amphi {
        counted(server, &before, &mut figures).await?;
    }
    Ok(figures)
}
