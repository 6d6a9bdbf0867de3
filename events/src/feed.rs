//! The picture of a live that no gateway makes: an encoder (OBS, hardware) pushes to a broadcaster by itself, and viewers fetch it there
//! (census §5.1, §5.2). Stream `feed-{live}`.
//!
//! Nobody can tell an encoder to start. From the planned start on its playlist is looked at, and what is seen is said: it moves, it
//! stands. A look that fails says nothing. The end is the plan's, or a person's.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::ids::{BroadcasterId, LiveId};

/// Why a feed is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedEnd {
    /// Its time is over.
    TimeOver,
    /// Somebody ended it.
    Person,
    /// The live was cancelled.
    Cancelled,
}

crate::events! {
    /// What happened to a live's feed.
    pub enum FeedEvent {
        /// Its picture will be fetched there.
        FeedPlaced = 1 { broadcaster: BroadcasterId }
        /// Its time has come: the broadcaster's playlist is looked at from now on. `number` grows each time.
        FeedAwaited = 1 { number: u32 }
        /// The picture moves: viewers see it.
        FeedMoves = 1 {}
        /// The picture no longer moves.
        FeedStands = 1 {}
        /// It is looked at no longer.
        FeedOver = 1 { why: FeedEnd }
    }
}

/// What may be asked of a feed.
#[derive(Debug, Clone, Copy)]
pub enum FeedCommand {
    /// It comes from there.
    Place(BroadcasterId),
    /// Its time has come.
    Await,
    /// A look at the playlist said that it moves, or that it doesn't.
    Seen {
        /// Which.
        moves: bool,
    },
    /// It is over.
    End(FeedEnd),
}

/// Why a command on a feed is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It comes from nowhere.
    #[error("the live has no broadcaster of its own")]
    NoPlace,
    /// It is being shown: it stays where it is.
    #[error("the live is being shown")]
    Shown,
}

/// A feed as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// Where viewers fetch it.
    pub broadcaster: Option<BroadcasterId>,
    /// Its time has come and is not over: since when.
    pub awaited: Option<Time>,
    /// How often it was awaited.
    pub number: u32,
    /// It moves: since when.
    pub moves: Option<Time>,
    /// It moved and no longer does: since when.
    pub stands: Option<Time>,
    /// It is over, and since when.
    pub over: Option<(FeedEnd, Time)>,
}

impl Aggregate for Feed {
    const KIND: &'static str = "feed";
    type Event = FeedEvent;
    type Command = FeedCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &FeedCommand, _: Time) -> Result<Vec<FeedEvent>, Refusal> {
        match *command {
            FeedCommand::Place(there) if self.broadcaster == Some(there) => Ok(vec![]),
            FeedCommand::Place(_) if self.awaited.is_some() => Err(Refusal::Shown),
            FeedCommand::Place(broadcaster) => Ok(vec![FeedEvent::FeedPlaced { broadcaster }]),
            _ if self.broadcaster.is_none() => Err(Refusal::NoPlace),
            FeedCommand::Await if self.awaited.is_some() => Ok(vec![]),
            FeedCommand::Await => Ok(vec![FeedEvent::FeedAwaited {
                number: self.number + 1,
            }]),
            FeedCommand::Seen { moves } => Ok(match (self.awaited, self.moves, moves) {
                (Some(_), None, true) => vec![FeedEvent::FeedMoves {}],
                // What never moved does not stand still: it is waited for.
                (Some(_), Some(_), false) => vec![FeedEvent::FeedStands {}],
                _ => vec![],
            }),
            FeedCommand::End(_) if self.awaited.is_none() => Ok(vec![]),
            FeedCommand::End(why) => Ok(vec![FeedEvent::FeedOver { why }]),
        }
    }

    fn evolve(&mut self, event: &FeedEvent, meta: Meta) {
        match event {
            FeedEvent::FeedPlaced { broadcaster } => self.broadcaster = Some(*broadcaster),
            FeedEvent::FeedAwaited { number } => {
                (self.awaited, self.number, self.over) = (Some(meta.time), *number, None);
            }
            FeedEvent::FeedMoves {} => (self.moves, self.stands) = (Some(meta.time), None),
            FeedEvent::FeedStands {} => (self.moves, self.stands) = (None, Some(meta.time)),
            FeedEvent::FeedOver { why } => {
                (self.awaited, self.moves, self.stands) = (None, None, None);
                self.over = Some((*why, meta.time));
            }
        }
    }
}

/// The stream of a live's feed.
pub fn stream(live: LiveId) -> crate::StreamName {
    crate::StreamName::of(Feed::KIND, live)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id};

    #[test]
    fn a_feed_is_awaited_seen_and_over() {
        let mut f = Story::<Feed>::at(1);
        assert_eq!(f.refused(&FeedCommand::Await), Refusal::NoPlace);
        assert_eq!(f.did(FeedCommand::Place(id(1))), ["FeedPlaced"]);
        assert!(f.did(FeedCommand::Place(id(1))).is_empty());
        assert_eq!(f.did(FeedCommand::Place(id(2))), ["FeedPlaced"]);
        assert!(
            f.did(FeedCommand::Seen { moves: true }).is_empty(),
            "its time has not come"
        );
        assert!(f.did(FeedCommand::End(FeedEnd::Person)).is_empty());
        assert_eq!(f.did(FeedCommand::Await), ["FeedAwaited"]);
        assert!(f.did(FeedCommand::Await).is_empty());
        assert_eq!(f.refused(&FeedCommand::Place(id(1))), Refusal::Shown);
        assert!(f.did(FeedCommand::Seen { moves: false }).is_empty(), "it is waited for");
        assert_eq!(f.did(FeedCommand::Seen { moves: true }), ["FeedMoves"]);
        assert!(f.did(FeedCommand::Seen { moves: true }).is_empty());
        assert_eq!(f.did(FeedCommand::Seen { moves: false }), ["FeedStands"]);
        assert!(f.did(FeedCommand::Seen { moves: false }).is_empty());
        assert_eq!(f.did(FeedCommand::Seen { moves: true }), ["FeedMoves"]);
        assert_eq!(f.did(FeedCommand::End(FeedEnd::TimeOver)), ["FeedOver"]);
        assert_eq!(f.did(FeedCommand::Await), ["FeedAwaited"]);
        assert_eq!((f.state.number, f.state.over), (2, None), "the end was moved");
        f.tells_all();
    }
}
