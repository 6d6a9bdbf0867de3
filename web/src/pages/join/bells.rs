//! Who waits at which meeting's door, and the bell that tells them: one look at the log's feed for everybody who waits, whatever else
//! happens in it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::Aggregates;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::log::EventLog;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::looks::Looks;
use crate::auth::address::network;

/// The bells of a node.
#[derive(Debug, Default)]
pub struct Bells {
    ropes: Mutex<HashMap<MeetingId, watch::Sender<()>>>,
    seats: Mutex<HashMap<IpAddr, u32>>,
    closed: Mutex<bool>,
    /// How often who comes back from a room has it looked at.
    pub looks: Looks,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bells {
    /// Follows the log until it closes.
    pub fn start(bells: &Arc<Self>, log: &Arc<dyn EventLog>, aggregates: &Aggregates) -> JoinHandle<()> {
        let (bells, aggregates, mut feed) = (bells.clone(), aggregates.clone(), log.watch());
        tokio::spawn(async move {
            loop {
                match feed.recv().await {
                    Ok(batch) => {
                        for e in batch.iter() {
                            bells.heard(e.stream.kind(), e.stream.id(), &aggregates).await;
                        }
                    }
                    // What was missed may have been anybody's.
                    Err(RecvError::Lagged(_)) => lock(&bells.ropes).values().for_each(|rope| {
                        let _ = rope.send(());
                    }),
                    Err(RecvError::Closed) => return,
                }
            }
        })
    }

    async fn heard(&self, kind: &str, id: &str, aggregates: &Aggregates) {
        if lock(&self.ropes).is_empty() {
            return;
        }
        let meeting = match kind {
            "meeting" => id.parse().ok(),
            "session" => match id.parse::<SessionId>() {
                // An owner in memory has it folded: the log is not read again.
                Ok(session) => aggregates
                    .sessions
                    .look(session)
                    .await
                    .ok()
                    .and_then(|f| f.state.meeting),
                Err(_) => None,
            },
            _ => None,
        };
        if let Some(meeting) = meeting {
            let mut ropes = lock(&self.ropes);
            // Nobody holds it any more.
            if ropes.get(&meeting).is_some_and(|rope| rope.send(()).is_err()) {
                ropes.remove(&meeting);
            }
        }
    }

    /// The program goes down: every line ends, and the pages come back to whoever answers then.
    pub fn close(&self) {
        let mut closed = lock(&self.closed);
        *closed = true;
        lock(&self.ropes).clear();
    }

    /// Rings whenever something happens to this meeting or its room, from now on.
    pub fn hang(&self, meeting: MeetingId) -> watch::Receiver<()> {
        let closed = lock(&self.closed);
        if *closed {
            return watch::channel(()).1;
        }
        let mut ropes = lock(&self.ropes);
        // Ropes of meetings to which nothing happens any more are not found by ringing.
        if ropes.len() >= 1000 && !ropes.contains_key(&meeting) {
            ropes.retain(|_, rope| rope.receiver_count() > 0);
        }
        let rope = ropes.entry(meeting).or_insert_with(|| watch::channel(()).0);
        rope.subscribe()
    }

    /// A seat for one more who waits, if an address has fewer than `most`.
    pub fn seat(self: &Arc<Self>, address: IpAddr, most: u32) -> Option<Seat> {
        let at = network(address);
        let mut seats = lock(&self.seats);
        let taken = seats.entry(at).or_insert(0);
        if *taken >= most {
            return None;
        }
        *taken += 1;
        Some(Seat {
            bells: self.clone(),
            at,
        })
    }
}

/// Somebody waits; free again when dropped.
#[derive(Debug)]
pub struct Seat {
    bells: Arc<Bells>,
    at: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = lock(&self.bells.seats);
        if let Some(taken) = seats.get_mut(&self.at) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_by_address_and_given_back() {
        let bells = Arc::new(Bells::default());
        let (one, other) = (IpAddr::from([203, 0, 113, 1]), IpAddr::from([203, 0, 113, 2]));
        let first = bells.seat(one, 2).expect("a seat");
        let second = bells.seat(one, 2);
        assert!(second.is_some() && bells.seat(one, 2).is_none());
        assert!(bells.seat(other, 2).is_some());
        drop(first);
        assert!(bells.seat(one, 2).is_some());
        drop(second);
        assert!(lock(&bells.seats).is_empty(), "nothing stays of who left");
    }
}
