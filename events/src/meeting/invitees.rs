//! Who is invited to a meeting by a mail address, and which version of it each was written of. One mail a person and version: what is to
//! be written follows from here alone, so a program that was killed goes on where it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Details, MeetingEvent, Refusal};
use crate::clock::Time;
use crate::ids::InviteeId;
use crate::recurrence::Exception;
use crate::sealed::Sealed;

/// Most people who are invited to a meeting.
pub const INVITEES_MAX: usize = 500;

/// Somebody with a mail address; sealed under a key of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    /// The address.
    pub address: String,
    /// The language in which they are written to: `fr` or `en`.
    pub language: String,
}

/// What a mail holds besides, because whoever invites ticked it: else a mail never holds what opens a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct With {
    /// The meeting's password.
    pub password: bool,
    /// The direct link, which leads in without one.
    pub key: bool,
}

/// Somebody invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invited {
    /// Address and language.
    pub who: Sealed<Invitee>,
    /// No longer.
    pub off: bool,
    /// The version that was asked to be written last, and whether it said that it is off.
    pub told: Option<(u32, bool)>,
    /// What their mails hold besides.
    #[serde(default)]
    pub with: With,
    /// The meeting's version when they were invited or no longer were: each is a mail, even if the meeting is the same.
    since: u32,
    /// Grows with everybody who is no longer invited, so that who is taken off and invited again gets numbers that grow.
    #[serde(default)]
    turn: u32,
    /// So many were invited before: ids say nothing of it.
    #[serde(default)]
    place: usize,
}

impl Invited {
    /// `SEQUENCE` of the mail about this version of the meeting. Calendars ignore what does not grow (RFC 5546 §2.1.4), and the
    /// meeting itself is the same before and after somebody is no longer invited.
    pub const fn sequence(&self, meeting: u32) -> u32 {
        if self.off {
            self.since + self.turn
        } else {
            meeting + self.turn
        }
    }
}

/// All of them, those that are no longer invited too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InviteesRow(BTreeMap<InviteeId, Invited>);

impl Details {
    /// Whether calendars show something else after this event.
    pub fn calendars_change(&self, event: &MeetingEvent) -> bool {
        match event {
            MeetingEvent::MeetingChanged { details, .. } => {
                let shown = |d: &Self| {
                    let rule = (d.recurrence, d.exceptions.clone());
                    (
                        d.name.clone(),
                        d.description.clone(),
                        d.starts_at,
                        d.duration_s,
                        d.time_zone.clone(),
                        rule,
                    )
                };
                shown(self) != shown(details)
            }
            MeetingEvent::MeetingCancelled {}
            | MeetingEvent::MeetingOccurrenceMoved { .. }
            | MeetingEvent::MeetingOccurrenceCancelled { .. }
            | MeetingEvent::MeetingOccurrenceRestored { .. } => true,
            _ => false,
        }
    }

    /// Whether what changes in calendars is worth a mail at this time: a single date that is over is not, wherever it was moved from or to.
    pub fn is_news(&self, event: &MeetingEvent, now: Time) -> bool {
        let (date, moved_to) = match event {
            MeetingEvent::MeetingOccurrenceMoved {
                date,
                starts_at,
                duration_s,
            } => (date, Some(starts_at.plus_s(*duration_s))),
            MeetingEvent::MeetingOccurrenceCancelled { date } | MeetingEvent::MeetingOccurrenceRestored { date } => {
                (date, None)
            }
            other => return self.calendars_change(other),
        };
        let stood = match self.exceptions.get(date) {
            Some(Exception::Moved { starts_at, duration_s }) => Some(starts_at.plus_s(*duration_s)),
            _ => None,
        };
        let planned = self.series().planned_occurrence(*date).ends_at;
        [Some(planned), stood, moved_to]
            .into_iter()
            .flatten()
            .any(|end| end > now)
    }
}

impl InviteesRow {
    /// Those that are invited, in the order in which they were.
    pub fn invited(&self) -> impl Iterator<Item = (InviteeId, &Invited)> {
        let on = self.0.iter().filter(|(_, i)| !i.off);
        let mut all: Vec<(InviteeId, &Invited)> = on.map(|(id, i)| (*id, i)).collect();
        all.sort_by_key(|(_, i)| i.place);
        all.into_iter()
    }

    /// Somebody, invited or no longer.
    pub fn get(&self, invitee: InviteeId) -> Option<&Invited> {
        self.0.get(&invitee)
    }

    /// What the numbers of mails are ahead of the meeting's by now, at most.
    pub fn turns(&self) -> u32 {
        2 * u32::try_from(self.0.values().filter(|i| i.off).count()).unwrap_or(u32::MAX / 4)
    }

    /// Who is to be written to: of which version, and whether it is off.
    pub fn owed(&self, sequence: u32, cancelled: bool) -> impl Iterator<Item = (InviteeId, u32, bool)> {
        self.0.iter().filter_map(move |(id, i)| {
            let off = i.off || cancelled;
            let wanted = if i.off { i.since } else { sequence };
            // Who was never told that it is on needs not to be told that it is off.
            let needless = i.told.is_none() && off;
            let done = i
                .told
                .is_some_and(|(told, was_off)| was_off == off && (off || told >= wanted));
            (!needless && !done).then_some((*id, wanted, off))
        })
    }

    /// Whether anybody is.
    pub fn owes(&self, sequence: u32, cancelled: bool) -> bool {
        self.owed(sequence, cancelled).next().is_some()
    }

    /// A mail was asked for.
    pub fn told(&mut self, invitee: InviteeId, sequence: u32, off: bool) {
        if let Some(i) = self.0.get_mut(&invitee) {
            i.told = Some((sequence, off));
        }
    }

    pub(super) fn invite(
        &self,
        invitee: InviteeId,
        who: &Sealed<Invitee>,
        with: With,
    ) -> Result<Vec<MeetingEvent>, Refusal> {
        if self.0.contains_key(&invitee) {
            return Ok(vec![]);
        }
        if self.invited().count() >= INVITEES_MAX {
            return Err(Refusal::TooManyInvitees);
        }
        Ok(vec![MeetingEvent::MeetingInvited {
            invitee,
            who: who.clone(),
            with,
        }])
    }

    pub(super) fn uninvite(&self, invitee: InviteeId) -> Result<Vec<MeetingEvent>, Refusal> {
        match self.0.get(&invitee) {
            None => Err(Refusal::NoInvitee),
            Some(i) if i.off => Ok(vec![]),
            Some(_) => Ok(vec![MeetingEvent::MeetingUninvited { invitee }]),
        }
    }

    /// What an event says of them.
    pub fn take(&mut self, event: &MeetingEvent, sequence: u32) {
        let turns = self.turns();
        match event {
            MeetingEvent::MeetingInvited { invitee, who, with } => {
                let invited = Invited {
                    who: who.clone(),
                    off: false,
                    told: None,
                    with: *with,
                    since: sequence,
                    turn: turns,
                    place: self.0.len(),
                };
                self.0.insert(*invitee, invited);
            }
            MeetingEvent::MeetingUninvited { invitee } => {
                if let Some(i) = self.0.get_mut(invitee) {
                    // Between what was sent to them and what they are sent if they are invited again.
                    (i.off, i.since, i.turn) = (true, sequence, turns + 1);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "invitees_tests.rs"]
mod tests;
