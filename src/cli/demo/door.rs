//! The way to the simulated BBB, which can be shut: connections are refused, as when BBB's machine is switched off.
//! A fault of the simulators would not do: an answered connection leaves open whether a call arrived, and a chat line
//! whose fate is open may not be repeated (design §6).

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Waiting connections.
const BACKLOG: u32 = 256;

enum State {
    Open(JoinHandle<()>),
    /// The port is held, so that nobody else takes it, but not listened at.
    Shut(TcpSocket),
    /// Between the two; also where the port could not be had again.
    Gone,
}

/// The way to the simulated BBB.
pub struct Door {
    at: SocketAddr,
    to: SocketAddr,
    state: Mutex<State>,
}

fn bound(at: SocketAddr) -> anyhow::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of before linger at this port.
    socket.set_reuseaddr(true)?;
    socket.bind(at).with_context(|| format!("the way to BBB at {at}"))?;
    Ok(socket)
}

async fn forward(listener: TcpListener, to: SocketAddr) {
    // Ended with the door: what was open is cut.
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => {
                let Ok((mut from, _)) = taken else { return };
                open.spawn(async move {
                    if let Ok(mut there) = TcpStream::connect(to).await {
                        // An end without a goodbye is an end.
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut there).await;
                    }
                });
            }
            Some(_) = open.join_next() => {}
        }
    }
}

impl Door {
    /// Opens it before the simulators, at a port of its own.
    ///
    /// # Errors
    /// No port is to be had.
    pub fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let at = socket.local_addr()?;
        let listener = socket.listen(BACKLOG)?;
        Ok(Self {
            at,
            to,
            state: Mutex::new(State::Open(tokio::spawn(forward(listener, to)))),
        })
    }

    /// Its origin, without a trailing slash.
    pub fn base(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Whether it is shut.
    pub async fn is_shut(&self) -> bool {
        !matches!(*self.state.lock().await, State::Open(_))
    }

    /// Shuts or opens it.
    ///
    /// # Errors
    /// Its port can't be had again.
    pub async fn shut(&self, shut: bool) -> anyhow::Result<()> {
        let mut state = self.state.lock().await;
        *state = match (std::mem::replace(&mut *state, State::Gone), shut) {
            (State::Open(task), true) => {
                task.abort();
                // Awaited: until the listener is dropped the port still answers.
                let _ = task.await;
                bound(self.at).map_or(State::Gone, State::Shut)
            }
            (State::Shut(socket), false) => self.listen(socket)?,
            (State::Gone, false) => self.listen(bound(self.at)?)?,
            (same, _) => same,
        };
        Ok(())
    }

    fn listen(&self, socket: TcpSocket) -> anyhow::Result<State> {
        let listener = socket.listen(BACKLOG)?;
        Ok(State::Open(tokio::spawn(forward(listener, self.to))))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let State::Open(task) = self.state.get_mut() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn answers(at: SocketAddr) -> bool {
        let Ok(mut there) = TcpStream::connect(at).await else {
            return false;
        };
        let mut word = [0; 2];
        there.read_exact(&mut word).await.is_ok() && &word == b"hi"
    }

    #[tokio::test]
    async fn shut_refuses_and_open_leads_again_at_the_same_address() {
        let behind = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = behind.local_addr().unwrap();
        let greeter = tokio::spawn(async move {
            while let Ok((mut socket, _)) = behind.accept().await {
                let _ = socket.write_all(b"hi").await;
            }
        });
        let door = Door::open(to).unwrap();
        assert!(answers(door.at).await);
        for _ in 0..2 {
            door.shut(true).await.unwrap();
            assert!(door.is_shut().await);
            let refused = TcpStream::connect(door.at).await.unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
            door.shut(false).await.unwrap();
            assert!(!door.is_shut().await);
            assert!(answers(door.at).await);
        }
        greeter.abort();
    }
}
