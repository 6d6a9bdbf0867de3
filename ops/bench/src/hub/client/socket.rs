//! One connection of the crowd.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Type};

use super::lines::Tally;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Shut,
    Connecting,
    Upgrading,
    /// The websocket stands; the server's first words are waited for.
    Greeting,
    Open,
}

/// A connection, and what came through it and those before it.
pub struct Socket {
    pub stream: Option<TcpStream>,
    pub phase: Phase,
    pub began: Instant,
    /// What was read and is no whole frame yet.
    pub left: Vec<u8>,
    /// What could not be written yet.
    out: Vec<u8>,
    pub tally: Tally,
    /// Amphi's cursor.
    pub upto: u64,
    /// A post without its answer, to be sent again after a cut.
    pub asked: Option<(u32, String)>,
    pub tries: u32,
    /// End of the last payload, where a protocol in frames does not keep to their borders.
    pub carry: Vec<u8>,
}

/// What a read gave.
pub enum Got {
    Bytes(usize),
    Nothing,
    Lost(String),
}

impl Socket {
    pub fn new() -> Self {
        Self {
            stream: None,
            phase: Phase::Shut,
            began: Instant::now(),
            left: Vec::new(),
            out: Vec::new(),
            tally: Tally::default(),
            upto: 0,
            asked: None,
            tries: 0,
            carry: Vec::new(),
        }
    }

    /// Begins to connect.
    pub fn connect(
        &mut self,
        registry: &Registry,
        token: Token,
        source: Ipv4Addr,
        address: SocketAddr,
    ) -> std::io::Result<()> {
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        match socket.connect(&address.into()) {
            Ok(()) => {}
            // EINPROGRESS
            Err(e) if e.raw_os_error() == Some(115) || e.kind() == ErrorKind::WouldBlock => {}
            Err(e) => return Err(e),
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.stream = Some(stream);
        self.phase = Phase::Connecting;
        self.began = Instant::now();
        Ok(())
    }

    /// Lets go of the connection; what was seen stays.
    pub fn shut(&mut self) {
        self.stream = None;
        self.phase = Phase::Shut;
        self.left = Vec::new();
        self.out = Vec::new();
        self.carry = Vec::new();
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> Got {
        let Some(stream) = &mut self.stream else {
            return Got::Nothing;
        };
        match stream.read(buffer) {
            Ok(0) => Got::Lost("closed by the server".to_owned()),
            Ok(n) => Got::Bytes(n),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Got::Nothing,
            Err(e) => Got::Lost(e.to_string()),
        }
    }

    /// Writes now what can be written, and the rest when the socket takes it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.out.extend_from_slice(bytes);
        self.flush()
    }

    pub fn flush(&mut self) -> Result<(), String> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while !self.out.is_empty() {
            match stream.write(&self.out) {
                Ok(n) => {
                    self.out.drain(..n);
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.to_string()),
            }
        }
        if self.out.capacity() > 4096 {
            self.out = Vec::new();
        }
        Ok(())
    }
}
