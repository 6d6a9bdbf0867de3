//! The rules.

mod ledger;
mod walk;

use crate::breach::Breach;
use crate::history::{History, What};
use crate::log::Log;

/// What differs between histories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Lines in a full state, at most: where a hello has fewer, it has all.
    pub full_state: usize,
    /// Every client must have everything at the end.
    pub level: bool,
    /// The log has no lines but those of this history's clients and of the room.
    pub only_ours: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            full_state: 200,
            level: true,
            only_ours: true,
        }
    }
}

/// Compares a history with the log: every way in which the server broke its promises.
pub fn check(history: &History, log: &Log, rules: Rules) -> Vec<Breach> {
    let told = walk::first_told(history);
    let mut breaches = ledger::check(history, log, rules);
    for client in &history.clients {
        breaches.extend(walk::Walk::new(client, log, &told, rules).walk());
    }
    breaches
}

/// How much a history holds: a check of nothing finds nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Clients.
    pub clients: usize,
    /// Connections that were greeted.
    pub greeted: usize,
    /// Of them those that went on from where they were.
    pub resumed: usize,
    /// Times that a client was told to forget.
    pub resets: usize,
    /// Posts, each try.
    pub posts: usize,
    /// Receipts, each time.
    pub receipts: usize,
    /// Lines handed out.
    pub handed: usize,
    /// Removals told.
    pub removals: usize,
    /// Outcomes told.
    pub fates: usize,
    /// Connections that ended without a close frame.
    pub cuts: usize,
    /// Times that somebody was told to come back.
    pub called_back: usize,
}

/// Counts what a history holds.
pub fn tally(history: &History) -> Tally {
    let mut t = Tally {
        clients: history.clients.len(),
        ..Tally::default()
    };
    for client in &history.clients {
        let mut asked = false;
        for record in &client.records {
            match &record.what {
                What::Opening { after } => asked = after.is_some(),
                What::Hello { reset, lines, .. } => {
                    t.greeted += 1;
                    t.resets += usize::from(*reset);
                    t.resumed += usize::from(asked && !*reset);
                    t.handed += lines.len();
                }
                What::Post { .. } => t.posts += 1,
                What::Receipt { .. } => t.receipts += 1,
                What::Messages { lines, .. } => t.handed += lines.len(),
                What::Removed { ids, .. } => t.removals += ids.len(),
                What::Fate { ids, .. } => t.fates += ids.len(),
                What::Closed { code: None } => t.cuts += 1,
                What::ComeBack => t.called_back += 1,
                _ => {}
            }
        }
    }
    t
}
