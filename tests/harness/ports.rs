//! Ports for servers that are killed and started again at the same address.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use rand::Rng as _;

static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A free port below the range that systems take for outgoing connections: while the server is down, somebody's
/// outgoing connection would else take its port, or a retried connection would reach itself.
pub fn free() -> u16 {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    loop {
        let port = rand::rng().random_range(12_000..32_000);
        if !given.contains(&port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            given.insert(port);
            return port;
        }
    }
}
