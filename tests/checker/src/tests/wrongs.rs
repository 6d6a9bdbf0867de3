//! Things that go wrong, each done to a history in which nothing is.

use std::collections::BTreeMap;

use amphi_events::ids::MessageId;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use ulid::Ulid;

use super::model::upto;
use crate::history::{Client, History, Line, Record, Status, What};
use crate::log::Log;

/// A history and its log, before something goes wrong in it.
pub struct Whole {
    pub history: History,
    pub log: Log,
    pub dice: StdRng,
}

/// What goes wrong; `None`: there is no place for it in this history.
pub type Wrong = fn(&mut Whole) -> Option<()>;

impl Whole {
    /// One of the records that are like this: its client, and its place there.
    fn some(&mut self, like: impl Fn(&Client, usize) -> bool) -> Option<(usize, usize)> {
        let mut found = Vec::new();
        for (c, client) in self.history.clients.iter().enumerate() {
            found.extend((0..client.records.len()).filter(|n| like(client, *n)).map(|n| (c, n)));
        }
        found.choose(&mut self.dice).copied()
    }

    fn what(&mut self, (c, n): (usize, usize)) -> &mut What {
        &mut self.history.clients[c].records[n].what
    }

    fn remove(&mut self, (c, n): (usize, usize)) -> What {
        self.history.clients[c].records.remove(n).what
    }

    /// Puts it behind a record, at the same moment.
    fn insert(&mut self, (c, n): (usize, usize), what: What) {
        let records = &mut self.history.clients[c].records;
        let mut record = records[n].clone();
        record.what = what;
        records.insert(n + 1, record);
    }
}

/// The rest of the connection after a record.
fn rest(client: &Client, n: usize) -> impl Iterator<Item = &What> {
    client.records[n + 1..]
        .iter()
        .map(|r| &r.what)
        .take_while(|w| !matches!(w, What::Opening { .. } | What::Hello { .. } | What::Closed { .. }))
}

/// Whether the same connection goes on beyond a position: only then is a gap one that was hidden.
fn goes_beyond(client: &Client, n: usize, position: u64) -> bool {
    rest(client, n).filter_map(upto).any(|u| u >= position)
}

fn is_lines(what: &What) -> bool {
    matches!(what, What::Messages { lines, .. } if !lines.is_empty())
}

/// What the client shows after its first `n` records.
fn shows(client: &Client, n: usize) -> BTreeMap<u64, MessageId> {
    let mut shown = BTreeMap::new();
    let mut asked = false;
    for record in &client.records[..=n] {
        match &record.what {
            What::Opening { after } => asked = after.is_some(),
            What::Hello { reset, lines, .. } => {
                if *reset || !asked {
                    shown.clear();
                }
                shown.extend(lines.iter().map(|l| (l.position, l.id)));
            }
            What::Messages { lines, .. } => shown.extend(lines.iter().map(|l| (l.position, l.id))),
            What::Removed { ids, .. } => shown.retain(|_, id| !ids.contains(id)),
            _ => {}
        }
    }
    shown
}

pub fn a_line_is_dropped(w: &mut Whole) -> Option<()> {
    let log = w.log.clone();
    let at = w.some(|c, n| match &c.records[n].what {
        // One that nobody takes away: that might have been earlier.
        What::Messages { lines, .. } => lines
            .first()
            .is_some_and(|l| goes_beyond(c, n, l.position) && !log.removed.contains_key(&l.id)),
        _ => false,
    })?;
    if let What::Messages { upto, lines } = w.what(at).clone() {
        match lines.len() {
            1 => drop(w.remove(at)),
            _ => {
                *w.what(at) = What::Messages {
                    upto,
                    lines: lines[1..].to_vec(),
                }
            }
        }
    }
    Some(())
}

pub fn a_frame_comes_twice(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| is_lines(&c.records[n].what))?;
    let frame = w.what(at).clone();
    w.insert(at, frame);
    Some(())
}

pub fn two_frames_are_swapped(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| {
        let next = c.records.get(n + 1);
        is_lines(&c.records[n].what) && next.is_some_and(|r| is_lines(&r.what))
    })?;
    let (here, next) = (w.what(at).clone(), w.what((at.0, at.1 + 1)).clone());
    *w.what(at) = next;
    *w.what((at.0, at.1 + 1)) = here;
    Some(())
}

pub fn a_line_is_resurrected(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Removed { .. }))?;
    let What::Removed { upto, ids } = w.what(at).clone() else {
        return None;
    };
    let (position, held) = w.log.lines.iter().find(|(_, l)| ids.contains(&l.id))?;
    let line = Line {
        position: *position,
        id: held.id,
        text: held.text.clone(),
        status: Status::Posted,
    };
    w.insert(
        at,
        What::Messages {
            upto,
            lines: vec![line],
        },
    );
    Some(())
}

pub fn a_removed_line_is_in_a_later_hello(w: &mut Whole) -> Option<()> {
    let removed: Vec<(u64, MessageId, u64)> = w
        .log
        .removals
        .iter()
        .map(|(r, id)| {
            let position = w.log.lines.iter().find(|(_, l)| l.id == *id).map_or(0, |(p, _)| *p);
            (position, *id, *r)
        })
        .collect();
    // Where it stood before all others, so that nothing else is wrong.
    let fits = |upto: u64, lines: &[Line]| {
        let first = lines.first().map_or(upto + 1, |l| l.position);
        removed.iter().find(|(p, _, r)| *p < first && *r <= upto).copied()
    };
    let at = w.some(|c, n| match &c.records[n].what {
        What::Hello { upto, lines, .. } if !lines.is_empty() => fits(*upto, lines).is_some(),
        _ => false,
    })?;
    let What::Hello { upto, lines, .. } = w.what(at).clone() else {
        return None;
    };
    let (position, id, _) = fits(upto, &lines)?;
    let text = w.log.lines[&position].text.clone();
    if let What::Hello { lines, .. } = w.what(at) {
        lines.insert(
            0,
            Line {
                position,
                id,
                text,
                status: Status::Posted,
            },
        );
    }
    Some(())
}

pub fn a_removal_is_not_told(w: &mut Whole) -> Option<()> {
    let log = w.log.clone();
    let at = w.some(|c, n| match &c.records[n].what {
        What::Removed { ids, .. } => {
            let shown = shows(c, n - 1);
            ids.iter().any(|id| {
                let at = log.removed[id].position;
                // Not one that is told again, nor one that the client never comes to.
                shown.values().any(|s| s == id)
                    && goes_beyond(c, n, at)
                    && !rest(c, n).any(|w| matches!(w, What::Removed { ids, .. } if ids.contains(id)))
            })
        }
        _ => false,
    })?;
    w.remove(at);
    Some(())
}

pub fn a_removal_of_nothing_is_told(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Removed { .. }))?;
    let id = MessageId(Ulid(w.dice.random()));
    if let What::Removed { ids, .. } = w.what(at) {
        ids.push(id);
    }
    Some(())
}

pub fn a_text_is_another(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| is_lines(&c.records[n].what))?;
    if let What::Messages { lines, .. } = w.what(at) {
        lines[0].text = "something else".into();
    }
    Some(())
}

pub fn a_receipt_is_forged(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Receipt { .. }))?;
    let other = w.dice.random();
    if let What::Receipt { id, position, .. } = w.what(at) {
        if other {
            *position += 1;
        } else {
            *id = MessageId(Ulid(7));
        }
    }
    Some(())
}

pub fn a_receipt_of_nothing(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Receipt { .. }))?;
    if let What::Receipt { client_id, .. } = w.what(at) {
        *client_id = "never sent".to_owned();
    }
    Some(())
}

pub fn what_was_acknowledged_is_lost(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Receipt { .. }))?;
    let What::Receipt { position, .. } = *w.what(at) else {
        return None;
    };
    w.log.lines.remove(&position)?;
    Some(())
}

pub fn a_line_is_kept_twice(w: &mut Whole) -> Option<()> {
    let all: Vec<u64> = w.log.lines.keys().copied().collect();
    let mut again = w.log.lines[all.choose(&mut w.dice)?].clone();
    again.id = MessageId(Ulid(w.dice.random()));
    w.log.line(w.log.last + 1, again);
    Some(())
}

pub fn a_line_of_nobody(w: &mut Whole) -> Option<()> {
    let all: Vec<u64> = w.log.lines.keys().copied().collect();
    let mut again = w.log.lines[all.choose(&mut w.dice)?].clone();
    again.id = MessageId(Ulid(w.dice.random()));
    again.text = "nobody said this".into();
    w.log.line(w.log.last + 1, again);
    Some(())
}

pub fn a_refused_line_is_kept(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| {
        let What::Receipt { client_id, .. } = &c.records[n].what else {
            return false;
        };
        let tries = |r: &&Record| matches!(&r.what, What::Post { client_id: c, .. } if c == client_id);
        let receipts = |r: &&Record| matches!(&r.what, What::Receipt { client_id: c, .. } if c == client_id);
        c.records.iter().filter(tries).count() == 1 && c.records.iter().filter(receipts).count() == 1
    })?;
    let What::Receipt { client_id, .. } = w.what(at).clone() else {
        return None;
    };
    let code = "too_long".to_owned();
    *w.what(at) = What::Refused { client_id, code };
    Some(())
}

pub fn somebody_elses_line_is_mine(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| matches!(&c.records[n].what, What::Mine { pairs } if pairs.len() > 1))?;
    if let What::Mine { pairs } = w.what(at) {
        let (first, second) = (pairs[0].1, pairs[1].1);
        (pairs[0].1, pairs[1].1) = (second, first);
    }
    Some(())
}

pub fn upto_goes_back(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| {
        let before = c.records[..n].iter().rev().map(|r| &r.what).find_map(upto);
        !matches!(c.records[n].what, What::Hello { .. }) && upto(&c.records[n].what).is_some() && before > Some(0)
    })?;
    if let What::Messages { upto, .. } | What::Fate { upto, .. } | What::Removed { upto, .. } | What::State { upto } =
        w.what(at)
    {
        *upto = 0;
    }
    Some(())
}

pub fn upto_is_taken_from_a_receipt(w: &mut Whole) -> Option<()> {
    let log = w.log.clone();
    let at = w.some(|c, n| {
        let What::Receipt { position, .. } = &c.records[n].what else {
            return false;
        };
        // Lines of others stand before it that this client wasn't handed yet, and will be.
        let before = c.records[..n].iter().rev().map(|r| &r.what).find_map(upto);
        let shown = shows(c, n);
        before.is_some_and(|at| {
            at < *position
                && log
                    .lines
                    .range(at + 1..=*position)
                    .any(|(p, l)| !shown.contains_key(p) && !log.removed.contains_key(&l.id))
        })
    })?;
    let What::Receipt { position, .. } = *w.what(at) else {
        return None;
    };
    w.insert(at, What::State { upto: position });
    Some(())
}

pub fn reset_is_not_said(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| {
        let before = c.records[..n].iter().rev().map(|r| &r.what).find_map(upto);
        matches!(&c.records[n].what, What::Hello { reset: true, upto, lines, .. } if before != Some(*upto) || !lines.is_empty())
    })?;
    if let What::Hello { reset, .. } = w.what(at) {
        *reset = false;
    }
    Some(())
}

pub fn another_epoch_goes_on(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| {
        let asked = c.records[..n].iter().rev().find_map(|r| match &r.what {
            What::Opening { after } => Some(after.is_some()),
            _ => None,
        });
        matches!(&c.records[n].what, What::Hello { reset: false, .. }) && asked == Some(true)
    })?;
    if let What::Hello { epoch, .. } = w.what(at) {
        *epoch = "another".to_owned();
    }
    Some(())
}

pub fn a_status_is_taken_back(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| match &c.records[n].what {
        What::Fate { ids, status, .. } => {
            let shown = shows(c, n);
            *status != Status::Unknown && ids.iter().any(|id| shown.values().any(|s| s == id))
        }
        _ => false,
    })?;
    let mut again = w.what(at).clone();
    if let What::Fate { status, .. } = &mut again {
        *status = if w.dice.random() {
            Status::Posted
        } else {
            Status::Strange
        };
    }
    w.insert(at, again);
    Some(())
}

pub fn bytes_are_no_frame(w: &mut Whole) -> Option<()> {
    let at = w.some(|c, n| is_lines(&c.records[n].what))?;
    let what = "half a frame".to_owned();
    w.insert(at, What::Garbled { what });
    Some(())
}

pub fn a_client_is_left_behind(w: &mut Whole) -> Option<()> {
    let last = w.log.last;
    let (c, _) = w.some(|c, n| n == 0 && c.records.iter().any(|r| upto(&r.what) >= Some(last)))?;
    let records = &mut w.history.clients[c].records;
    let from = records.iter().position(|r| upto(&r.what) >= Some(last))?;
    records.truncate(from);
    Some(())
}

pub fn an_outcome_is_not_told(w: &mut Whole) -> Option<()> {
    // Told to nobody who is here at the end: the last word of the log is another.
    let (position, id) = {
        let shown: Vec<MessageId> = w
            .history
            .clients
            .iter()
            .flat_map(|c| shows(c, c.records.len() - 1).into_values())
            .collect();
        let open = |id: &&MessageId| w.log.statuses.get(id).copied().unwrap_or(Status::Posted) != Status::Late;
        let open: Vec<&MessageId> = shown.iter().filter(open).collect();
        (w.log.last, **open.choose(&mut w.dice)?)
    };
    w.log.fate(position, &[id], Status::Late);
    Some(())
}
