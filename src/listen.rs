//! Connections are taken here: who sends no request is shown out, so that nobody holds the door by writing slowly.
//!
//! The connection that handlers upgrade is a plain [`TokioIo`] around the socket, for who wants the socket itself.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amphi_web::Doorway;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// What a connection buffers of a request's head, and of what waits to be written. A longer head is refused (431).
const BUFFER: usize = 32 << 10;
/// After the system could give no connection.
const AGAIN: Duration = Duration::from_millis(100);
/// Who has not asked yet gives up so many places when the system has none left.
const MAKE_ROOM: usize = 16;
/// Between two complaints about that.
const TOLD: Duration = Duration::from_secs(10);

/// How long connections may take, and how many may wait.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The head of the first request must be there so soon.
    pub first: Duration,
    /// The head of a later one so long after the answer before it: a kept connection without a request ends then.
    pub idle: Duration,
    /// Most connections that have not sent their first head.
    pub waiting: usize,
}

/// Connections that wait to be taken, at most: ten thousand clients come back at once after a restart, and whoever finds the queue full
/// tries again only seconds later.
const QUEUE: u32 = 4096;

/// Listens at an address.
///
/// # Errors
/// It is taken, or isn't this host's.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // After a restart the connections of before are still being forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Serves until `stop`; then takes nothing more, lets what is being answered end, and returns.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    doorway: Arc<Doorway>,
    stop: CancellationToken,
) {
    let open = TaskTracker::new();
    let waiting = Arc::new(Waiting::new(limits.waiting, doorway));
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(BUFFER);
    let mut told: Option<Instant> = None;
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = stop.cancelled() => break,
        };
        match taken {
            Ok((stream, peer)) => {
                let connection = Connection {
                    peer,
                    router: router.clone(),
                    seat: waiting.enter(),
                    first: limits.first,
                    stop: stop.clone(),
                };
                open.spawn(connection.serve(stream, http.clone()));
            }
            // Whoever it was is gone again.
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Out of descriptors, most likely. They are freed by ending who asks for nothing rather than by waiting.
                waiting.end_oldest(MAKE_ROOM);
                if told.is_none_or(|at| at.elapsed() >= TOLD) {
                    told = Some(Instant::now());
                    tracing::error!(%error, "connections can't be taken");
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    drop(listener);
    waiting.end_oldest(usize::MAX);
    open.close();
    open.wait().await;
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    seat: Seat,
    first: Duration,
    stop: CancellationToken,
}

impl Connection {
    async fn serve(self, stream: TcpStream, http: Builder) {
        let Self {
            peer,
            router,
            seat: Seat { place, ended },
            first,
            stop,
        } = self;
        // A frame is written when it is whole; held back for an acknowledgement it would only be late.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let place = Arc::new(place);
        let at_door = place.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            at_door.asked();
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move { Ok::<Response, Infallible>(answer(router, request).await) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::pin!(connection);
        // Errors of a connection are its peer's: a reset, a head that is none. It has been answered if it could be.
        tokio::select! {
            _ = &mut connection => return,
            asked = ended => if asked.is_err() {
                return count(&place.waiting.doorway.crowded);
            },
            () = tokio::time::sleep(first) => return count(&place.waiting.doorway.late),
        }
        tokio::select! {
            _ = &mut connection => return,
            () = stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

async fn answer(router: Router, request: Request<Incoming>) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Connections that have not sent their first head, the oldest first. An honest one is here for a moment, so where there
/// are too many the oldest is the one that will never ask.
struct Waiting {
    most: usize,
    doorway: Arc<Doorway>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    ends: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A connection's place among them.
struct Place {
    waiting: Arc<Waiting>,
    number: u64,
    asked: AtomicBool,
}

struct Seat {
    place: Place,
    /// Says that the first head is there, or, by its sender being gone, that the place was needed.
    ended: oneshot::Receiver<()>,
}

impl Waiting {
    fn new(most: usize, doorway: Arc<Doorway>) -> Self {
        Self {
            most: most.max(1),
            doorway,
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>) -> Seat {
        let (end, ended) = oneshot::channel();
        let mut inner = self.lock();
        if inner.ends.len() >= self.most {
            inner.ends.pop_first();
        }
        inner.next += 1;
        let number = inner.next;
        inner.ends.insert(number, end);
        self.told(&inner);
        Seat {
            place: Place {
                waiting: self.clone(),
                number,
                asked: AtomicBool::new(false),
            },
            ended,
        }
    }

    fn end_oldest(&self, count: usize) {
        let mut inner = self.lock();
        for _ in 0..count {
            if inner.ends.pop_first().is_none() {
                break;
            }
        }
        self.told(&inner);
    }

    fn told(&self, inner: &Inner) {
        self.doorway.waiting.store(inner.ends.len() as u64, Ordering::Relaxed);
    }
}

impl Place {
    /// A request's head is there. Only the first counts.
    fn asked(&self) {
        if !self.asked.swap(true, Ordering::Relaxed)
            && let Some(end) = self.leave()
        {
            let _ = end.send(());
        }
    }

    fn leave(&self) -> Option<oneshot::Sender<()>> {
        let mut inner = self.waiting.lock();
        let end = inner.ends.remove(&self.number);
        self.waiting.told(&inner);
        end
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.asked.load(Ordering::Relaxed) {
            self.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_has_not_asked_makes_room() {
        let doorway: Arc<Doorway> = Arc::default();
        let waiting = Arc::new(Waiting::new(2, doorway.clone()));
        let held = || doorway.waiting.load(Ordering::Relaxed);
        let (mut first, mut second) = (waiting.enter(), waiting.enter());
        first.place.asked();
        first.place.asked();
        assert_eq!((held(), first.ended.try_recv()), (1, Ok(())));
        let mut third = waiting.enter();
        assert_eq!(held(), 2);
        let mut fourth = waiting.enter();
        assert_eq!(
            (held(), second.ended.try_recv()),
            (2, Err(oneshot::error::TryRecvError::Closed)),
            "the oldest of those who wait, not the one that asked"
        );
        assert_eq!(third.ended.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        drop(third);
        assert_eq!(held(), 1);
        waiting.end_oldest(9);
        assert_eq!(
            (held(), fourth.ended.try_recv()),
            (0, Err(oneshot::error::TryRecvError::Closed))
        );
    }
}
