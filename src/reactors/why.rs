//! What led to what a reactor does, for the `cause` of its events: the event that woke the worker, the request that called back.
//!
//! It goes along with the task, not with each call: between the event that wakes and the command that comes of it lie a dozen
//! functions that nothing else of it concerns.

use amphi_events::ids::EventId;
use amphi_events::{Act, Actor};

use super::Deps;

tokio::task_local! {
    static WHY: String;
}

/// Of what is in hand when the program starts.
const START: &str = "start";

/// Why what is done now is done.
pub(super) fn now() -> String {
    WHY.try_with(Clone::clone).unwrap_or_else(|_| START.to_owned())
}

/// How an event is named as a cause.
pub(super) fn event(id: EventId) -> String {
    format!("event:{id}")
}

/// Does something because of `why`: everything that it asks of the log says so, and so does what it wakes.
pub(super) async fn because<F: Future>(why: String, what: F) -> F::Output {
    WHY.scope(why, what).await
}

impl Deps {
    /// An act of a reactor, with what led to it.
    pub fn act(&self, reactor: &str) -> Act {
        Act::system(reactor, self.now()).cause(now())
    }

    /// What somebody outside said, with the call by which they said it.
    pub fn said(&self, outside: &str) -> Act {
        Act::by(Actor::outside(outside), self.now()).cause(now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_because_of_something_says_so() {
        assert_eq!(now(), "start");
        because("event:1".to_owned(), async {
            assert_eq!(now(), "event:1");
            because("event:2".to_owned(), async { assert_eq!(now(), "event:2") }).await;
            assert_eq!(now(), "event:1");
        })
        .await;
    }
}
