//! Which sockets are open, whose they are, and how they are closed from outside: sign-out, a changed role and a ban
//! reach them at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::ids::{LiveId, PersonId};
use slab::Slab;

use crate::bell::Call;
use crate::socket::{Owner, Socket};
use crate::{CloseReason, Via};

/// Most sockets of one person.
const OF_A_PERSON: u32 = 20;

#[derive(Default)]
struct Inner {
    open: Slab<Arc<Socket>>,
    of_person: HashMap<PersonId, u32>,
    of_address: HashMap<IpAddr, u32>,
    consoles: HashMap<LiveId, u32>,
}

/// The open sockets of this node.
#[derive(Default)]
pub(crate) struct Registry {
    inner: Mutex<Inner>,
    /// Grows with every closing from outside: who was let in before one must be looked at again.
    closings: AtomicU64,
}

/// Holds a socket's place; dropped when it is gone.
pub struct Ticket {
    registry: Arc<Registry>,
    socket: Arc<Socket>,
    key: usize,
}

impl Ticket {
    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}

/// Why a socket has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// Of this person, or of this address without signing in.
    Theirs,
    /// Of everybody.
    All,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn closings(&self) -> u64 {
        self.closings.load(Ordering::SeqCst)
    }

    /// A place for a socket. A limit by address holds only for those who did not sign in: a campus sits behind one address.
    /// Of the places that there are the last are kept for those who must not be shut out by a crowd of strangers.
    pub(crate) fn enter(
        self: &Arc<Self>,
        owner: Owner,
        per_address: u32,
        sockets: usize,
        second: u32,
    ) -> Result<Ticket, TooMany> {
        let mut inner = self.lock();
        let places = if owner.person.is_some() {
            sockets + sockets / 10
        } else {
            sockets
        };
        if !owner.console && inner.open.len() >= places {
            return Err(TooMany::All);
        }
        let (count, most) = match owner.person {
            Some(person) => (inner.of_person.entry(person).or_default(), OF_A_PERSON),
            None => (inner.of_address.entry(owner.address).or_default(), per_address),
        };
        if *count >= most {
            return Err(TooMany::Theirs);
        }
        *count += 1;
        if owner.console {
            *inner.consoles.entry(owner.live).or_default() += 1;
        }
        let socket = Arc::new(Socket::new(owner, second));
        let key = inner.open.insert(socket.clone());
        drop(inner);
        Ok(Ticket {
            registry: self.clone(),
            socket,
            key,
        })
    }

    fn close_where(&self, reason: CloseReason, which: impl Fn(&Owner) -> bool) -> usize {
        self.closings.fetch_add(1, Ordering::SeqCst);
        let inner = self.lock();
        let those = inner.open.iter().filter(|(_, s)| which(&s.owner));
        those.filter(|(_, s)| s.bell.ring(Call::Close(reason))).count()
    }

    pub(crate) fn close_person(&self, person: PersonId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.person == Some(person))
    }

    /// Of one live only.
    pub(crate) fn close_person_in(&self, live: LiveId, person: PersonId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.live == live && o.person == Some(person))
    }

    pub(crate) fn close_live(&self, live: LiveId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.live == live)
    }

    /// Asks these whether they still may watch.
    pub(crate) fn judge(&self, which: impl Fn(&Owner) -> bool) -> usize {
        // Who is let in between the two was looked at before what changed, and finds it when it is registered.
        self.closings.fetch_add(1, Ordering::SeqCst);
        let inner = self.lock();
        let those = inner.open.iter().filter(|(_, s)| which(&s.owner));
        those.filter(|(_, s)| s.bell.ring(Call::Look)).count()
    }

    /// Everybody on a live's page but these.
    pub(crate) fn judge_audience(&self, live: LiveId, but: &[PersonId]) -> usize {
        self.judge(|o| o.live == live && !o.person.is_some_and(|p| but.contains(&p)))
    }

    pub(crate) fn look_again(&self) {
        self.closings.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn close_sessions(&self, person: PersonId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| {
            o.person == Some(person) && matches!(o.via, Some(Via::Session(_)))
        })
    }

    pub(crate) fn close_via(&self, via: &Via, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.via.as_ref() == Some(via))
    }

    pub(crate) fn close_consoles(&self, live: LiveId, reason: CloseReason) -> usize {
        self.close_where(reason, |o| o.console && o.live == live)
    }

    pub(crate) fn has_console(&self, live: LiveId) -> bool {
        self.lock().consoles.contains_key(&live)
    }

    pub(crate) fn ring_consoles(&self, live: LiveId, call: Call) {
        for (_, socket) in &self.lock().open {
            if socket.owner.console && socket.owner.live == live {
                socket.bell.ring(call);
            }
        }
    }

    /// Calls every socket.
    pub(crate) fn ring_all(&self, call: Call) {
        for (_, socket) in &self.lock().open {
            socket.bell.ring(call);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.lock().open.len() as u64
    }

    /// So many of the sockets as `which` takes, by their place: housekeeping spreads its work over the seconds.
    pub(crate) fn some(&self, which: impl Fn(usize) -> bool) -> Vec<Arc<Socket>> {
        let inner = self.lock();
        let those = inner.open.iter().filter(|(key, _)| which(*key));
        those.map(|(_, socket)| socket.clone()).collect()
    }
}

fn less<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        if inner.open.try_remove(self.key).is_none() {
            return;
        }
        let owner = &self.socket.owner;
        match owner.person {
            Some(person) => less(&mut inner.of_person, &person),
            None => less(&mut inner.of_address, &owner.address),
        }
        if owner.console {
            less(&mut inner.consoles, &owner.live);
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
        let enter = |person: Option<PersonId>| {
            let owner = Owner {
                person,
                via: person.map(|_| via.clone()),
                address,
                live,
                console: false,
            };
            registry.enter(owner, 1, 1_000, 0)
        };
        let mine: Vec<_> = (0..20).map(|_| enter(Some(person)).ok()).collect();
        assert!(
            mine.iter().all(Option::is_some),
            "signed-in people are not counted by address"
        );
        assert!(enter(Some(person)).is_err());
        let guest = enter(None);
        assert!(guest.is_ok());
        assert!(enter(None).is_err());
        drop(guest);
        let guest = enter(None).map_err(|_| ()).unwrap();
        assert_eq!(registry.close_via(&via, CloseReason::SignedOut), 20);
        assert_eq!(
            registry.close_person(person, CloseReason::Banned),
            0,
            "each is told once"
        );
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(guest.socket().bell.poll(&mut cx).is_pending());
        drop(mine);
        assert_eq!(registry.count(), 1);
    }

    #[test]
    fn strangers_leave_places_for_who_is_signed_in_and_a_presenter_always_finds_one() {
        let registry = Arc::new(Registry::default());
        let enter = |n: u128, signed_in: bool, console: bool| {
            let owner = Owner {
                person: signed_in.then(|| PersonId(id(n))),
                via: signed_in.then(|| Via::Session(vec![1])),
                address: IpAddr::from([10, 0, 0, n as u8]),
                live: LiveId(id(2)),
                console,
            };
            registry
                .enter(owner, 1, 20, 0)
                .map_err(|why| assert_eq!(why, TooMany::All))
        };
        let strangers: Vec<_> = (0..20).filter_map(|n| enter(n, false, false).ok()).collect();
        assert_eq!(strangers.len(), 20);
        assert!(enter(20, false, false).is_err());
        let signed: Vec<_> = (30..35).filter_map(|n| enter(n, true, false).ok()).collect();
        assert_eq!(signed.len(), 2, "a tenth more");
        assert!(enter(40, true, true).is_ok());
        drop(strangers);
        assert!(enter(20, false, false).is_ok());
    }
}
