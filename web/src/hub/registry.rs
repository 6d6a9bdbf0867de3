//! Which sockets are open, whose they are, and how they are closed from outside: sign-out, a changed role and a ban
//! reach them at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::ids::{LiveId, PersonId};
use tokio::sync::oneshot;

use super::CloseReason;
use crate::auth::Via;

/// Most sockets of one person.
const OF_A_PERSON: u32 = 20;

struct Open {
    person: Option<PersonId>,
    via: Option<Via>,
    address: IpAddr,
    live: LiveId,
    console: bool,
    close: Option<oneshot::Sender<CloseReason>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    open: HashMap<u64, Open>,
    of_person: HashMap<PersonId, u32>,
    of_address: HashMap<IpAddr, u32>,
}

/// The open sockets of this node.
#[derive(Default)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
    /// Grows with every closing from outside: who was let in before one must be looked at again.
    closings: AtomicU64,
}

/// Holds a socket's place; dropped when it is gone.
pub(super) struct Ticket {
    registry: Arc<Registry>,
    number: u64,
}

/// Too many sockets of this person, or of this address without signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn closings(&self) -> u64 {
        self.closings.load(Ordering::SeqCst)
    }

    /// A place for a socket. A limit by address holds only for those who did not sign in: a campus sits behind one address.
    pub(super) fn enter(
        self: &Arc<Self>,
        who: Option<(PersonId, Via)>,
        live: LiveId,
        address: IpAddr,
        per_address: u32,
        console: bool,
    ) -> Result<(Ticket, oneshot::Receiver<CloseReason>), TooMany> {
        let mut inner = self.lock();
        let (person, via) = who.unzip();
        let (count, most) = match person {
            Some(person) => (inner.of_person.entry(person).or_default(), OF_A_PERSON),
            None => (inner.of_address.entry(address).or_default(), per_address),
        };
        if *count >= most {
            return Err(TooMany);
        }
        *count += 1;
        inner.next += 1;
        let number = inner.next;
        let (close, closed) = oneshot::channel();
        inner.open.insert(
            number,
            Open {
                person,
                via,
                address,
                live,
                console,
                close: Some(close),
            },
        );
        Ok((
            Ticket {
                registry: self.clone(),
                number,
            },
            closed,
        ))
    }

    fn close_where(&self, reason: CloseReason, which: impl Fn(&Open) -> bool) -> usize {
        self.closings.fetch_add(1, Ordering::SeqCst);
        let mut closed = 0;
        for open in self.lock().open.values_mut().filter(|o| which(o)) {
            if let Some(close) = open.close.take() {
                let _ = close.send(reason);
                closed += 1;
            }
        }
        closed
    }

    pub(super) fn close_person(&self, person: PersonId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.person == Some(person))
    }

    pub(super) fn close_via(&self, via: &Via, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.via.as_ref() == Some(via))
    }

    pub(super) fn close_anonymous(&self, live: LiveId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.person.is_none() && o.live == live)
    }

    pub(super) fn close_consoles(&self, live: LiveId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.console && o.live == live)
    }

    pub(super) fn count(&self) -> u64 {
        self.lock().open.len() as u64
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        let Some(open) = inner.open.remove(&self.number) else {
            return;
        };
        if let Some(person) = open.person {
            if let Some(count) = inner.of_person.get_mut(&person) {
                *count -= 1;
                if *count == 0 {
                    inner.of_person.remove(&person);
                }
            }
        } else if let Some(count) = inner.of_address.get_mut(&open.address) {
            *count -= 1;
            if *count == 0 {
                inner.of_address.remove(&open.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ulid::Ulid {
        ulid::Ulid::from_parts(1, n)
    }

    #[test]
    fn limits_by_person_or_address_and_closing_from_outside() {
        let registry = Arc::new(Registry::default());
        let (person, live) = (PersonId(id(1)), LiveId(id(2)));
        let address = IpAddr::from([10, 0, 0, 1]);
        let via = Via::Session(vec![1]);
        let mine: Vec<_> = (0..20)
            .map(|_| {
                registry
                    .enter(Some((person, via.clone())), live, address, 1, false)
                    .ok()
            })
            .collect();
        assert!(
            mine.iter().all(Option::is_some),
            "signed-in people are not counted by address"
        );
        assert!(
            registry
                .enter(Some((person, via.clone())), live, address, 1, false)
                .is_err()
        );
        let guest = registry.enter(None, live, address, 1, false);
        assert!(guest.is_ok());
        assert!(registry.enter(None, live, address, 1, false).is_err());
        drop(guest);
        let mut guest = registry.enter(None, live, address, 1, false).map_err(|_| ()).unwrap();
        assert_eq!(registry.close_via(&via, CloseReason::SignedOut), 20);
        assert_eq!(
            registry.close_person(person, CloseReason::Banned),
            0,
            "each is told once"
        );
        assert!(guest.1.try_recv().is_err());
        drop(mine);
        assert_eq!(registry.count(), 1);
    }
}
