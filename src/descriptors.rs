//! File descriptors: each open page of the audience takes one, and so does every file and call of our own.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What Linux lets a process have at most, where nothing else is said.
const MOST: u64 = 1 << 20;
/// Of a hundred descriptors, those that strangers' sockets may take.
const SHARE: u64 = 85;

/// Takes as many as the system lets us have. A service starts with a soft limit of 1024 for the sake of programs that can't count further:
/// a thousand idle pages would shut the door to everybody, presenters and administrators included.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(MOST).min(MOST);
    if limit.current.is_some_and(|now| now < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the limit of open files can't be raised");
        }
    }
    tracing::debug!(places = places(), "sockets of strangers that find a place");
}

/// Sockets that may be open, so that something is left for sign-in, the API, the log and calls to BBB.
pub fn places() -> usize {
    let now = getrlimit(Resource::Nofile).current.unwrap_or(MOST).min(MOST);
    (now * SHARE / 100) as usize
}
