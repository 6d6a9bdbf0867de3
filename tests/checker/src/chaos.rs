//! A proxy for TCP that is no good: it cuts connections after so many bytes, lets them stand still, trickles, and turns
//! some away. What becomes of a connection is drawn from the seed and the connection's number.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Of so many connections, so many fare like this; the rest fare well.
#[derive(Debug, Clone, PartialEq)]
pub struct Weather {
    /// Share of connections that are cut.
    pub cut: f64,
    /// After so many bytes, of both directions.
    pub cut_after: Range<u64>,
    /// Share of the cuts that are a reset: what is on its way is lost too.
    pub reset: f64,
    /// Share of connections that stand still for a while.
    pub stall: f64,
    /// For so long, in milliseconds.
    pub stall_ms: Range<u64>,
    /// Share of connections that trickle, a few bytes at a time.
    pub trickle: f64,
    /// Share of connections that are turned away.
    pub refuse: f64,
}

impl Weather {
    /// Every connection fares well.
    pub const fn fair() -> Self {
        Self {
            cut: 0.0,
            cut_after: 0..1,
            reset: 0.0,
            stall: 0.0,
            stall_ms: 0..1,
            trickle: 0.0,
            refuse: 0.0,
        }
    }

    /// Most connections have something happen to them.
    pub const fn foul() -> Self {
        Self {
            cut: 0.5,
            cut_after: 200..60_000,
            reset: 0.5,
            stall: 0.15,
            stall_ms: 100..1_500,
            trickle: 0.1,
            refuse: 0.1,
        }
    }

    fn fate(&self, draw: &mut StdRng) -> Fate {
        let mut left: f64 = draw.random();
        let mut falls = |share: f64| {
            left -= share;
            left < 0.0
        };
        let (cut, stall, trickle, refuse) = (
            falls(self.cut),
            falls(self.stall),
            falls(self.trickle),
            falls(self.refuse),
        );
        let at = draw.random_range(self.cut_after.clone());
        if cut {
            let reset = draw.random_bool(self.reset);
            Fate::Cut { at, reset }
        } else if stall {
            let pause = Duration::from_millis(draw.random_range(self.stall_ms.clone()));
            Fate::Stall { at, pause }
        } else if trickle {
            Fate::Trickle
        } else if refuse {
            Fate::Refused
        } else {
            Fate::Well
        }
    }
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    Cut { at: u64, reset: bool },
    Stall { at: u64, pause: Duration },
    Trickle,
    Refused,
}

/// Bytes of a trickle, and how long it waits after them.
const DROPS: (usize, Duration) = (97, Duration::from_millis(2));

struct Shared {
    to: SocketAddr,
    weather: Mutex<Weather>,
    /// Changes whenever all connections are to end.
    storm: watch::Sender<u64>,
    seed: u64,
    taken: AtomicU64,
    hurt: AtomicUsize,
}

/// See the module; it ends when it is dropped.
pub struct Chaos {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Chaos {
    /// A proxy on a port of its own.
    ///
    /// # Errors
    /// No port.
    pub async fn start(to: SocketAddr, weather: Weather, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            to,
            weather: Mutex::new(weather),
            storm: watch::Sender::new(0),
            seed,
            taken: AtomicU64::new(0),
            hurt: AtomicUsize::new(0),
        });
        let task = tokio::spawn(listen(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From the next connection on.
    pub fn weather(&self, weather: Weather) {
        *self.shared.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// Ends every connection that is open.
    pub fn storm(&self) {
        self.shared.storm.send_modify(|n| *n += 1);
    }

    /// Connections that it took, and those of them that fared badly.
    pub fn count(&self) -> (u64, usize) {
        let shared = &self.shared;
        (
            shared.taken.load(Ordering::Relaxed),
            shared.hurt.load(Ordering::Relaxed),
        )
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.task.abort();
        self.storm();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // No more files: those that end make room.
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        let number = shared.taken.fetch_add(1, Ordering::Relaxed);
        let mut draw = StdRng::seed_from_u64(shared.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let fate = {
            let weather = shared.weather.lock().unwrap_or_else(PoisonError::into_inner);
            weather.fate(&mut draw)
        };
        if fate != Fate::Well {
            shared.hurt.fetch_add(1, Ordering::Relaxed);
        }
        let (mut storm, to) = (shared.storm.subscribe(), shared.to);
        tokio::spawn(async move {
            tokio::select! {
                () = carry(client, to, fate) => {}
                _ = storm.changed() => {}
            }
        });
    }
}

async fn carry(client: TcpStream, to: SocketAddr, fate: Fate) {
    if fate == Fate::Refused {
        let _ = client.set_zero_linger();
        return;
    }
    let server = timeout(Duration::from_secs(5), TcpStream::connect(to)).await;
    let Ok(Ok(server)) = server else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    if let Fate::Cut { reset: true, .. } = fate {
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
    let passed = AtomicU64::new(0);
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let up = pump(client_in, server_out, fate, &passed);
    let down = pump(server_in, client_out, fate, &passed);
    // Who is through with one direction may still speak in the other; a cut ends both.
    tokio::pin!(up, down);
    tokio::select! {
        cut = &mut up => if !cut { down.await; },
        cut = &mut down => if !cut { up.await; },
    }
}

/// Carries one direction to its end; `true`: the connection was cut.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fate: Fate, passed: &AtomicU64) -> bool {
    let mut buffer = vec![0_u8; 8 << 10];
    loop {
        let most = if fate == Fate::Trickle { DROPS.0 } else { buffer.len() };
        let count = match from.read(&mut buffer[..most]).await {
            Ok(0) => {
                let _ = to.shutdown().await;
                return false;
            }
            Ok(count) => count,
            Err(_) => return true,
        };
        let before = passed.fetch_add(count as u64, Ordering::Relaxed);
        let after = before + count as u64;
        let mut last = count;
        match fate {
            // To the byte: most cuts are within a frame.
            Fate::Cut { at, .. } if after >= at => last = at.saturating_sub(before) as usize,
            Fate::Stall { at, pause } if before < at && after >= at => sleep(pause).await,
            Fate::Trickle => sleep(DROPS.1).await,
            _ => {}
        }
        if to.write_all(&buffer[..last]).await.is_err() || last < count {
            return true;
        }
    }
}
