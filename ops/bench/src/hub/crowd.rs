//! The client processes of one measurement, together.

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::protocol::{Answer, Connected, Flight, Level, Order, Setup, Wire};
use super::server::Way;

/// Most sockets of a process.
const MOST: usize = 6_000;

/// Addresses are used in turn: the ports of the connections before are not free yet.
static SOURCE: AtomicU8 = AtomicU8::new(0);

struct Process {
    _child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    sockets: usize,
}

impl Process {
    async fn tell(&mut self, order: &Order) -> anyhow::Result<()> {
        let line = serde_json::to_string(order)? + "\n";
        Ok(self.orders.write_all(line.as_bytes()).await?)
    }

    async fn ask(&mut self, order: &Order) -> anyhow::Result<Answer> {
        self.tell(order).await?;
        let line = self.answers.next_line().await?.context("a client process ended")?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// See the module.
pub struct Crowd(Vec<Process>);

/// Where the whole crowd is.
pub struct Told {
    pub level: Level,
    pub latencies: Histogram<u64>,
}

impl Told {
    /// A quantile of the latencies, in milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1_000.0
    }

    /// Fails unless every socket has every line, once and in one order.
    pub fn all_right(&self) -> anyhow::Result<()> {
        let l = &self.level;
        ensure!(
            l.all == l.sockets && l.doubled == 0 && l.orders.len() == 1 && l.resets == 0,
            "{} of {} sockets have all lines, the last one {}; {} lines doubled, {} orders, {} histories thrown away; {} cut off, posted {}; {:?}",
            l.all,
            l.sockets,
            l.fewest,
            l.doubled,
            l.orders.len(),
            l.resets,
            l.cuts,
            l.posted,
            l.wrong
        );
        Ok(())
    }
}

impl Crowd {
    /// Starts the processes for so many sockets; the first holds those that post.
    pub async fn gather(way: &Way, sockets: usize, flight: Flight) -> anyhow::Result<Self> {
        let count = sockets.div_ceil(MOST).max(1);
        let each = sockets.div_ceil(count);
        let mut all = Vec::new();
        for n in 0..count {
            let from = n * each;
            let sockets = each.min(sockets - from);
            let source = SOURCE.fetch_add(1, Ordering::Relaxed) % 250;
            let setup = Setup {
                wire: way.wire,
                address: way.address,
                source: Ipv4Addr::new(127, 0, 1, source + 2),
                path: way.path.clone(),
                origin: format!("http://{}", way.address),
                cookies: match way.wire {
                    Wire::Amphi => way
                        .cookies
                        .get(from..from + sockets)
                        .context("too few people")?
                        .to_vec(),
                    _ => Vec::new(),
                },
                sockets,
                posters: if n == 0 { way.posters.min(sockets) } else { 0 },
                flight,
            };
            let mut child = Command::new(std::env::current_exe()?)
                .arg("hub-client")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let mut orders = child.stdin.take().context("stdin")?;
            let answers = BufReader::new(child.stdout.take().context("stdout")?).lines();
            orders
                .write_all((serde_json::to_string(&setup)? + "\n").as_bytes())
                .await?;
            all.push(Process {
                _child: child,
                orders,
                answers,
                sockets,
            });
        }
        Ok(Self(all))
    }

    pub fn sockets(&self) -> usize {
        self.0.iter().map(|p| p.sockets).sum()
    }

    async fn ask(&mut self, order: &Order) -> anyhow::Result<Vec<Answer>> {
        try_join_all(self.0.iter_mut().map(|p| p.ask(order))).await
    }

    /// Connects all, spread over a time.
    pub async fn connect(&mut self, within: Duration) -> anyhow::Result<Connected> {
        let within_ms = within.as_millis() as u64;
        let mut all = Connected::default();
        for answer in self.ask(&Order::Connect { within_ms }).await? {
            let Answer::Connected(one) = answer else {
                bail!("{answer:?}")
            };
            all.open += one.open;
            all.failed += one.failed;
            all.why.extend(one.why);
            all.slowest_ms = all.slowest_ms.max(one.slowest_ms);
        }
        Ok(all)
    }

    /// As [`Crowd::connect`], where every one must come in.
    pub async fn come_in(&mut self, within: Duration) -> anyhow::Result<Connected> {
        let connected = self.connect(within).await?;
        ensure!(
            connected.failed == 0,
            "{} of {} sockets did not come in: {:?}",
            connected.failed,
            self.sockets(),
            connected.why
        );
        Ok(connected)
    }

    /// Latencies and counts begin here.
    pub async fn mark(&mut self) -> anyhow::Result<()> {
        self.ask(&Order::Mark).await.map(drop)
    }

    /// From now on who is cut off comes back.
    pub async fn survive(&mut self) -> anyhow::Result<()> {
        self.ask(&Order::Survive).await.map(drop)
    }

    /// Posts lines; [`Crowd::level`] waits for them.
    pub async fn post(&mut self, count: u32, per_s: Option<f64>, in_flight: usize) -> anyhow::Result<()> {
        let order = Order::Post {
            count,
            per_s,
            in_flight,
        };
        self.0.first_mut().context("nobody")?.tell(&order).await
    }

    /// Waits until all have so many lines, or patience ends.
    pub async fn level(&mut self, lines: u32, patience: Duration) -> anyhow::Result<Told> {
        let patience_ms = patience.as_millis() as u64;
        let answers = self.ask(&Order::Level { lines, patience_ms }).await?;
        let mut told = Told {
            level: Level {
                fewest: u32::MAX,
                ..Level::default()
            },
            latencies: Histogram::new_with_bounds(1, 600_000_000, 3)?,
        };
        for answer in answers {
            let Answer::Level(one) = answer else {
                bail!("{answer:?}")
            };
            told.add(one);
        }
        Ok(told)
    }
}

impl Told {
    /// Puts another's lines and latencies to these.
    pub fn join(&mut self, other: &Self) -> anyhow::Result<()> {
        self.latencies.add(&other.latencies)?;
        self.level.deliveries += other.level.deliveries;
        self.level.bytes += other.level.bytes;
        self.level.frames += other.level.frames;
        Ok(())
    }

    fn add(&mut self, one: Level) {
        for (us, times) in &one.latencies {
            self.latencies.saturating_record_n(*us, *times);
        }
        let all = &mut self.level;
        all.sockets += one.sockets;
        all.all += one.all;
        all.fewest = all.fewest.min(one.fewest);
        all.deliveries += one.deliveries;
        all.bytes += one.bytes;
        all.frames += one.frames;
        all.doubled += one.doubled;
        all.cuts += one.cuts;
        all.resets += one.resets;
        all.posted += one.posted;
        all.late += one.late;
        all.orders.extend(one.orders);
        all.orders.sort_unstable();
        all.orders.dedup();
        all.wrong.extend(one.wrong);
    }
}
