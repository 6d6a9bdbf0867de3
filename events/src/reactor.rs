//! A reactor, as far as people have a hand in it. Stream `reactor-{name}`: what a reactor does stands in the streams of what it does
//! it to; here stands who told it to try again.

use std::convert::Infallible;

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;

crate::events! {
    /// What people asked of a reactor.
    pub enum ReactorEvent {
        /// Somebody who mended what stood in its way had it try at once what waited.
        ReactorTriedAgain = 1 {}
    }
}

/// What may be asked of a reactor.
#[derive(Debug, Clone, Copy)]
pub enum ReactorCommand {
    /// Try now what waits.
    TryAgain,
}

/// A reactor; nothing is folded.
#[derive(Debug, Clone, Default)]
pub struct Reactor;

impl Aggregate for Reactor {
    const KIND: &'static str = "reactor";
    type Event = ReactorEvent;
    type Command = ReactorCommand;
    type Refusal = Infallible;

    fn decide(&self, command: &ReactorCommand, _now: Time) -> Result<Vec<ReactorEvent>, Infallible> {
        match command {
            ReactorCommand::TryAgain => Ok(vec![ReactorEvent::ReactorTriedAgain {}]),
        }
    }

    fn evolve(&mut self, event: &ReactorEvent, _meta: Meta) {
        match event {
            ReactorEvent::ReactorTriedAgain {} => {}
        }
    }
}

/// The stream of a reactor.
pub fn stream(name: &str) -> crate::StreamName {
    crate::StreamName::of(Reactor::KIND, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::Story;

    #[test]
    fn each_time_is_told() {
        let mut reactor = Story::<Reactor>::at(1);
        for _ in 0..2 {
            assert_eq!(reactor.did(ReactorCommand::TryAgain), ["ReactorTriedAgain"]);
        }
        reactor.tells_all();
    }
}
