//! From an HTTP request to a socket. The library judges the handshake; the connection itself is taken out of the HTTP server, because the
//! rooms' writers write to it without anything between.

use std::net::IpAddr;
use std::sync::Arc;

use amphi_events::envelope::Position;
use amphi_events::ids::{LiveId, PersonId};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;

use crate::bell::Call;
use crate::guest::Guest;
use crate::peer::{self, Peer};
use crate::registry::{Ticket, TooMany};
use crate::room::Place;
use crate::socket::Owner;
use crate::wire::You;
use crate::{Hub, Level, Via};

/// Bytes that wait in the system for a client; Linux takes twice as many, for its own bookkeeping, and that is the most a client costs there. Ten thousand clients that don't read must not hold gigabytes of the
/// system's memory: left alone, Linux lets each have four megabytes.
const SEND_BUFFER: usize = 32 << 10;

/// So long a client may take to read the answer that makes its connection a websocket.
const UPGRADE: std::time::Duration = std::time::Duration::from_secs(10);

/// A request that asks for a websocket, before it is answered.
pub struct Handshake {
    answer: HeaderMap,
    upgrade: OnUpgrade,
}

/// Who comes in.
pub struct Visitor {
    /// Place in the room.
    pub place: Place,
    /// Place among the sockets.
    pub ticket: Ticket,
    /// `you` of `hello`.
    pub you: You,
    /// What carries out requests; `None` for strangers without a pass.
    pub guest: Option<Arc<dyn Guest>>,
    /// Position of the last `upto`, as the client says.
    pub after: Option<u64>,
    /// Epoch of the last `hello`, as the client says.
    pub epoch: Option<String>,
}

impl Handshake {
    /// Reads a request's head.
    ///
    /// # Errors
    /// It asks for no websocket, or not as RFC 6455 §4.2.1 wants it.
    pub fn read(parts: &mut Parts) -> Result<Self, (StatusCode, &'static str)> {
        let mut request = http::Request::new(());
        request.method_mut().clone_from(&parts.method);
        *request.version_mut() = parts.version;
        request.headers_mut().clone_from(&parts.headers);
        let answer = create_response(&request).map_err(|_| (StatusCode::BAD_REQUEST, "this is for websockets"))?;
        let upgrade = parts
            .extensions
            .remove::<OnUpgrade>()
            .ok_or((StatusCode::UPGRADE_REQUIRED, "this connection can't become a websocket"))?;
        Ok(Self {
            answer: answer.headers().clone(),
            upgrade,
        })
    }

    fn switching<B: Default>(answer: HeaderMap) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.headers_mut() = answer;
        response
    }

    /// Lets somebody in; the socket lives in a task of its own.
    pub fn accept<B: Default>(self, hub: &Arc<Hub>, visitor: Visitor) -> Response<B> {
        let given = visitor.after.is_some() || visitor.epoch.is_some();
        // Of another epoch, or beyond the head: of a log that is not this one. Without its epoch a position says nothing.
        let known = visitor
            .after
            .map(Position)
            .filter(|at| visitor.epoch.as_deref() == Some(&*hub.log.identity().epoch) && *at <= hub.log.head());
        let peer = Peer {
            hub: hub.clone(),
            place: visitor.place,
            ticket: visitor.ticket,
            you: visitor.you,
            guest: visitor.guest,
            after: known,
            reset: given && known.is_none(),
        };
        if peer.ticket.socket().owner.console {
            hub.refresh(&peer.place.room, peer.place.room.head());
        }
        // Closing called every socket that was registered; this one may have come after.
        if let Some(spread) = *hub.going.borrow() {
            peer.ticket.socket().bell.ring(Call::Bye(spread));
        }
        let upgrade = self.upgrade;
        tokio::spawn(async move {
            if let Some((stream, early)) = connection(upgrade).await {
                let mut peer = peer;
                peer.place.sit();
                peer::run(peer, stream, early).await;
            }
        });
        Self::switching(self.answer)
    }

    /// Tells somebody `bye`, and when to come back. There is a place for so many at once to be told; the others get the plain answer of HTTP,
    /// which needs no task and no upgrade.
    pub fn turn_away<B: Default>(self, hub: &Arc<Hub>) -> Response<B> {
        hub.pressure.shed_socket();
        let Ok(place) = hub.turning_away.clone().try_acquire_owned() else {
            let mut response = Response::new(B::default());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            let later = http::HeaderValue::from(peer::LATER.1 / 1_000);
            response.headers_mut().insert(http::header::RETRY_AFTER, later);
            return response;
        };
        let (hub, upgrade) = (hub.clone(), self.upgrade);
        tokio::spawn(async move {
            if let Some((stream, _)) = connection(upgrade).await {
                peer::turn_away(&hub, stream).await;
            }
            drop(place);
        });
        Self::switching(self.answer)
    }
}

/// The connection and what came with the upgrade: a copy, because as it is it would bring along the HTTP server's whole buffer, 8 KiB for
/// each socket and as long as it.
async fn connection(upgrade: OnUpgrade) -> Option<(TcpStream, Vec<u8>)> {
    // Refused only where the client went away first. One that reads no answer, so that the upgrade never ends, holds its place no longer.
    let upgraded = tokio::time::timeout(UPGRADE, upgrade).await.ok()?.ok()?;
    let Some((stream, early)) = taken_out(upgraded) else {
        tracing::error!("a websocket came over something that is no TCP connection");
        return None;
    };
    let socket = socket2::SockRef::from(&stream);
    if let Err(why) = socket
        .set_send_buffer_size(SEND_BUFFER)
        .and_then(|()| socket.set_tcp_nodelay(true))
    {
        tracing::debug!(%why, "a connection's options can't be set");
    }
    Some((stream, early))
}

fn taken_out(upgraded: Upgraded) -> Option<(TcpStream, Vec<u8>)> {
    match hyper_util::server::conn::auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Some((parts.io.into_inner(), parts.read_buf.to_vec())),
        // A server without a choice of protocols has nothing between.
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
            Some((parts.io.into_inner(), parts.read_buf.to_vec()))
        }
    }
}

impl Hub {
    /// A place among the open sockets.
    ///
    /// # Errors
    /// This person, or this address without signing in, has too many.
    pub fn register(
        &self,
        who: Option<(PersonId, Via)>,
        live: LiveId,
        address: IpAddr,
        console: bool,
    ) -> Result<Ticket, TooMany> {
        let (person, via) = who.unzip();
        let owner = Owner {
            person,
            via,
            address,
            live,
            console,
        };
        self.registry.enter(
            owner,
            self.settings.sockets_per_address,
            self.settings.sockets,
            self.second(),
        )
    }

    /// Whether new sockets are let in, or told to come back later.
    pub fn admits(&self) -> bool {
        self.level() < Level::Closed
    }
}
