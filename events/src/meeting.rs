//! A meeting: planned by a person, opened again and again as sessions in BBB (census §1, §2).
//!
//! Stream `meeting-{id}`. The one invariant kept here: a meeting has at most one session at a time.

pub mod access;
mod adopted;
pub mod invitees;
mod occurrences;
pub mod options;
pub mod personal;
pub mod slides;
mod values;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::invitees::{INVITEES_MAX, Invited, Invitee, InviteesRow, With};
pub use self::occurrences::OccurrenceChange;
pub use self::options::{GuestPolicy, Options};
use self::options::{Kind, OptionSpec};
pub use self::slides::Slides;
use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::elsewhere::Adoption;
use crate::ids::{EventId, InviteeId, LiveId, MeetingId, PersonId, SessionId, SlidesId};
use crate::plain;
use crate::recurrence::{Exceptions, Recurrence, RuleRefusal};
use crate::sealed::Sealed;

/// Longest name, in characters (census §1.1: 2..250).
pub const NAME_MAX: usize = 250;
/// Shortest name, in characters; BBB refuses shorter ones (bbb-contract §1.5).
pub const NAME_MIN: usize = 2;
/// Longest planned duration, in seconds.
pub const DURATION_MAX_S: i64 = 24 * 3600;
/// Shortest planned duration, in seconds.
pub const DURATION_MIN_S: i64 = 60;
/// Longest welcome text or description, in characters.
pub const TEXT_MAX: usize = 4000;
/// Nothing is planned before: 2000-01-01T00:00Z.
pub const EARLIEST: Time = Time(946_684_800_000);
/// Nothing is planned, and no single date of a series is changed, further ahead than so many seconds: ten years. What is
/// further away is a slip of the year, and had five digits in everybody's calendars.
pub const AHEAD_S: i64 = 10 * 366 * 86_400;
/// Most co-owners of a meeting.
pub const PRESENTERS_MAX: usize = 50;

/// What a person decides about a meeting: the fields of census §1.1 that exist so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Title, 2 to 250 characters, in clear.
    pub name: Public<String>,
    /// What it is about, in clear, at most 4000 characters.
    pub description: Public<String>,
    /// Planned start.
    pub starts_at: Time,
    /// Planned duration in seconds.
    pub duration_s: i64,
    /// IANA name of the zone in which it was planned.
    pub time_zone: String,
    /// Presenters in BBB, audience on a live page.
    pub is_webinar: bool,
    /// A webinar's live page has a chat when it opens.
    pub enable_chat: bool,
    /// Only signed-in people may watch and join.
    pub is_restricted: bool,
    /// Only members of one of these groups (codes) may join, or watch where it is a webinar; nobody asks where there is none.
    #[serde(default, skip_serializing_if = "no_groups")]
    pub restrict_access_to_groups: Public<BTreeSet<String>>,
    /// Co-owners: presenters like the owner.
    pub additional_owners: Vec<PersonId>,
    /// How it repeats; a webinar doesn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
    /// What was said of single dates of its series.
    #[serde(default, skip_serializing_if = "Exceptions::is_empty")]
    pub exceptions: Exceptions,
    /// How the room is: every option of [`options::OPTIONS`], beside the other fields.
    #[serde(flatten)]
    pub options: Options,
}

fn no_groups(groups: &Public<BTreeSet<String>>) -> bool {
    groups.0.is_empty()
}

impl Details {
    /// A meeting with the census's defaults.
    pub fn new(name: &str, starts_at: Time, duration_s: i64, time_zone: &str) -> Self {
        Self {
            name: name.into(),
            description: Public::default(),
            starts_at,
            duration_s,
            time_zone: time_zone.to_owned(),
            is_webinar: false,
            enable_chat: false,
            is_restricted: false,
            restrict_access_to_groups: Public::default(),
            additional_owners: Vec::new(),
            recurrence: None,
            exceptions: Exceptions::new(),
            options: Options::default(),
        }
    }

    /// Planned end; of a series, the first one's.
    pub const fn ends_at(&self) -> Time {
        self.starts_at.plus_s(self.duration_s)
    }

    /// What can't be planned. Name and start of `held` may stay: they were taken under the rules of their time.
    fn check(&self, owner: PersonId, held: Option<&Self>, now: Time) -> Result<(), Refusal> {
        if held.is_none_or(|held| held.name != self.name) && !is_name(&self.name.0) {
            return Err(Refusal::Name);
        }
        if held.is_none_or(|held| held.starts_at != self.starts_at)
            && !(EARLIEST..=now.plus_s(AHEAD_S)).contains(&self.starts_at)
        {
            return Err(Refusal::Start);
        }
        if !(DURATION_MIN_S..=DURATION_MAX_S).contains(&self.duration_s) {
            return Err(Refusal::Duration);
        }
        if self.time_zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(Refusal::TimeZone);
        }
        if self.description.0.chars().count() > TEXT_MAX {
            return Err(Refusal::TextTooLong);
        }
        if self.additional_owners.contains(&owner) {
            return Err(Refusal::OwnerTwice);
        }
        if self.additional_owners.len() > PRESENTERS_MAX {
            return Err(Refusal::TooManyPresenters);
        }
        if let Some(OptionSpec { field, kind, .. }) = self.options.out_of_limits() {
            return Err(Refusal::Limit { field, takes: *kind });
        }
        match self.options.unfit_for_webinar(self.enable_chat) {
            Some(option) if self.is_webinar && option.field == "guest_policy" => Err(Refusal::WebinarGuests),
            Some(option) if self.is_webinar => Err(Refusal::WebinarOption { field: option.field }),
            _ => Ok(()),
        }
    }
}

/// Whether a meeting can be called so: 2 to 250 characters, something of it is seen, and nothing in it turns the line around.
pub fn is_name(name: &str) -> bool {
    (NAME_MIN..=NAME_MAX).contains(&name.trim().chars().count())
        && plain::shows_something(name)
        && !name.chars().any(plain::is_unseen)
        && !plain::piles_up(name)
}

crate::events! {
    /// What happened to a meeting.
    pub enum MeetingEvent {
        /// A person planned it. A webinar is given its live's id here, for ever. Schema 1 had five of the room's options; the others hold their defaults. With `elsewhere` it broadcasts a session that another front end opened, once.
        MeetingScheduled = 2 { owner: PersonId, live: Option<LiveId>, details: Details, #[serde(default, skip_serializing_if = "Option::is_none")] elsewhere: Option<Adoption> }
        /// A person looked at the list of meetings for the first time: their own room, always there, planned for no time.
        PersonalRoomMade = 1 { owner: PersonId, details: Details }
        /// Its details are now these (all of them, so that the event says what holds).
        MeetingChanged = 2 { live: Option<LiveId>, details: Details }
        /// It will not take place; its page says so.
        MeetingCancelled = 1 {}
        /// Another person holds it; who held it stays a co-owner where `stays`.
        MeetingHandedOver = 1 { to: PersonId, stays: bool }
        /// A password was set (in the store), or taken away: people who don't present are asked for it.
        MeetingPasswordSet = 1 { set: bool }
        /// A direct key was made (in the store) in place of the one before, or taken away.
        MeetingKeySet = 1 { set: bool }
        /// A file of slides was added: the room has it from its start, or from now on.
        MeetingSlidesAdded = 1 { slides: Slides }
        /// A file of slides was taken away.
        MeetingSlidesRemoved = 1 { slides: SlidesId }
        /// One date of its series takes place at another time.
        MeetingOccurrenceMoved = 1 { date: NaiveDate, starts_at: Time, duration_s: i64 }
        /// One date of its series will not take place.
        MeetingOccurrenceCancelled = 1 { date: NaiveDate }
        /// One date of its series is again as the series says.
        MeetingOccurrenceRestored = 1 { date: NaiveDate }
        /// Somebody is invited by a mail address, which stands under a key of its own. Their mail holds what the person who invites them ticked (since schema 2): the password, the direct link.
        MeetingInvited = 2 { invitee: InviteeId, who: Sealed<Invitee>, #[serde(default)] with: With }
        /// Somebody is no longer invited.
        MeetingUninvited = 1 { invitee: InviteeId }
        /// A presenter wants its room open: a session begins. Worthless after `until`.
        MeetingStartRequested = 1 { session: SessionId, until: Time }
        /// A presenter wants its room and live over.
        MeetingEndRequested = 1 { session: SessionId }
        /// Its session is over; another may begin.
        MeetingSessionEnded = 1 { session: SessionId }
    }
}

/// What may be asked of a meeting.
#[derive(Debug, Clone)]
pub enum MeetingCommand {
    /// Plan it. `live` is the id for its live, used if it is a webinar.
    Schedule {
        /// Who plans it.
        owner: PersonId,
        /// Id for its live.
        live: LiveId,
        /// What is planned.
        details: Box<Details>,
    },
    /// Broadcast a session that another front end opened: a webinar of its own, whose one session begins at once.
    Adopt {
        /// Whose live it is.
        owner: PersonId,
        /// Id for its live.
        live: LiveId,
        /// Id for its session.
        session: SessionId,
        /// How long the wish holds, should BBB not answer.
        until: Time,
        /// What is planned.
        details: Box<Details>,
        /// Which session, and how it is shown.
        adoption: Adoption,
    },
    /// Make a person's own room ([`personal::make`]); nothing where it is.
    MakePersonal {
        /// Whose.
        owner: PersonId,
        /// How it is.
        details: Box<Details>,
    },
    /// Change it.
    Change {
        /// Id for its live, used if it becomes a webinar.
        live: LiveId,
        /// What holds from now on.
        details: Box<Details>,
        /// The planned end that was seen by whoever moves it.
        expected_end: Option<Time>,
    },
    /// Do something to its details only if nobody changed them since the event `seen`: whoever saves a form has seen what stood there
    /// when it was opened, and would undo what was saved meanwhile.
    Seen {
        /// The event that the details came of ([`Meeting::edited`]).
        seen: EventId,
        /// What to do.
        command: Box<MeetingCommand>,
    },
    /// Another person is to hold it.
    HandOver {
        /// Who.
        to: PersonId,
        /// Who holds it now stays a co-owner.
        stays: bool,
    },
    /// Its password was set in the store, or there is to be none.
    SetPassword {
        /// There is one.
        set: bool,
    },
    /// Its direct key was made in the store, or there is to be none.
    SetKey {
        /// There is one.
        set: bool,
    },
    /// A file of slides was put into the store.
    AddSlides(Slides),
    /// A file of slides is to go.
    RemoveSlides(SlidesId),
    /// Change one date of its series alone.
    Occurrence {
        /// The date that the rule gives it, in the meeting's zone.
        date: NaiveDate,
        /// What is to hold of it.
        change: OccurrenceChange,
    },
    /// Invite somebody.
    Invite {
        /// Their id.
        invitee: InviteeId,
        /// Their address.
        who: Sealed<Invitee>,
        /// What their mail holds besides.
        with: With,
    },
    /// Invite somebody no longer.
    Uninvite {
        /// Who.
        invitee: InviteeId,
    },
    /// Cancel it.
    Cancel,
    /// Open its room.
    Start {
        /// Id for the session, used if none is open.
        session: SessionId,
        /// How long the wish holds.
        until: Time,
    },
    /// End its session.
    End,
    /// Its session is known to be over.
    SessionEnded {
        /// Which.
        session: SessionId,
    },
}

/// Why a command on a meeting is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such meeting.
    #[error("no such meeting")]
    Unknown,
    /// It was planned before.
    #[error("the meeting exists")]
    Exists,
    /// It was cancelled.
    #[error("the meeting was cancelled")]
    Cancelled,
    /// Name not of 2 to 250 characters, or with characters that nobody sees.
    #[error("a name has 2 to 250 characters, and none that nobody sees")]
    Name,
    /// It would start before 2000, or more than ten years ahead.
    #[error("a meeting starts after 1999 and within ten years")]
    Start,
    /// Duration out of range.
    #[error("a meeting lasts from a minute to a day")]
    Duration,
    /// Not an IANA zone.
    #[error("unknown time zone")]
    TimeZone,
    /// Description too long.
    #[error("a text has at most 4000 characters")]
    TextTooLong,
    /// The owner can't also be a co-owner (census §1.1).
    #[error("the owner is a presenter already")]
    OwnerTwice,
    /// Too many co-owners.
    #[error("at most 50 co-owners")]
    TooManyPresenters,
    /// A webinar lets everybody in, or the gateway's robot would wait outside (census §4.1).
    #[error("a webinar accepts everybody")]
    WebinarGuests,
    /// An option of the room is out of its limits.
    #[error("`{field}` takes {takes}")]
    Limit {
        /// Which.
        field: &'static str,
        /// What it takes.
        takes: Kind,
    },
    /// A webinar can't have an option of the room so.
    #[error("a webinar can't have `{field}` so")]
    WebinarOption {
        /// Which.
        field: &'static str,
    },
    /// Its rule can't be.
    #[error("{0}")]
    Rule(RuleRefusal),
    /// A person's own room keeps its name, has no time, and is there for good.
    #[error("a personal room keeps its name, has no time, is no webinar and can't be cancelled")]
    PersonalRoom,
    /// Too many files of slides.
    #[error("at most 10 files of slides")]
    TooManySlides,
    /// No such file of slides.
    #[error("no such slides")]
    NoSlides,
    /// Too many groups.
    #[error("at most 50 groups")]
    TooManyGroups,
    /// A webinar has one live, at one time.
    #[error("a webinar does not repeat")]
    WebinarRepeats,
    /// The series gives no such date.
    #[error("the series has no such date")]
    NoOccurrence,
    /// Single dates are changed within ten years.
    #[error("single dates of a series are changed within ten years")]
    OccurrenceFar,
    /// Too many single dates are other than the series says.
    #[error("at most 500 dates of a series are changed alone")]
    TooManyExceptions,
    /// Too many are invited.
    #[error("at most 500 people are invited to a meeting")]
    TooManyInvitees,
    /// Nobody of that id is invited.
    #[error("nobody of that id is invited")]
    NoInvitee,
    /// While a session runs it can neither be cancelled nor stop or start being a webinar: end it first.
    #[error("a session is running")]
    Running,
    /// There is nothing to end.
    #[error("no session is running")]
    NotRunning,
    /// Its room is another front end's.
    #[error("the room was opened by another application")]
    Elsewhere,
    /// Somebody else moved the end meanwhile.
    #[error("the planned end was moved meanwhile")]
    EndMoved,
    /// Somebody else changed it since it was looked at.
    #[error("the meeting was changed meanwhile")]
    ChangedMeanwhile,
}

/// A meeting as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Meeting {
    /// What is planned; `None` before it was.
    pub details: Option<Details>,
    /// The last event that changed the details: their version.
    pub edited: Option<EventId>,
    /// Who planned it.
    pub owner: Option<PersonId>,
    /// A person's own room: always there, planned for no time.
    pub personal: bool,
    /// It broadcasts a session that another front end opened, once.
    pub elsewhere: Option<Adoption>,
    /// Who doesn't present is asked for a password.
    pub password: bool,
    /// Its slides, the first first.
    pub slides: Vec<Slides>,
    /// It has a direct key.
    pub key: bool,
    /// Who handed it over last, and how often it was.
    pub handed_over: Option<(PersonId, u32)>,
    /// Its live, once it was a webinar.
    pub live: Option<LiveId>,
    /// It will not take place.
    pub cancelled: bool,
    /// The session that is open, or wanted open.
    pub session: Option<SessionId>,
    /// How long the wish for that session holds while the room is not open.
    pub session_until: Time,
    /// The session's end was asked for.
    pub ending: bool,
    /// Grows with each change of what calendars show (RFC 5546, `SEQUENCE`).
    pub sequence: u32,
    /// Who was invited by a mail address.
    pub invitees: InviteesRow,
}

impl Meeting {
    /// Whether this person presents: owner and co-owners.
    pub fn is_presenter(&self, person: PersonId) -> bool {
        self.owner == Some(person)
            || self
                .details
                .as_ref()
                .is_some_and(|d| d.additional_owners.contains(&person))
    }

    fn planned(&self) -> Result<&Details, Refusal> {
        if self.cancelled {
            return Err(Refusal::Cancelled);
        }
        self.details.as_ref().ok_or(Refusal::Unknown)
    }

    /// Its live: the one it has, or the one offered, where the details make it a webinar.
    fn live_for(&self, details: &Details, offered: LiveId) -> Option<LiveId> {
        if details.is_webinar {
            self.live.or(Some(offered))
        } else {
            self.live
        }
    }
}

impl Aggregate for Meeting {
    const KIND: &'static str = "meeting";
    type Event = MeetingEvent;
    type Command = MeetingCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &MeetingCommand, now: Time) -> Result<Vec<MeetingEvent>, Refusal> {
        adopted::may(self, command)?;
        match command {
            MeetingCommand::Adopt {
                owner,
                live,
                session,
                until,
                details,
                adoption,
            } => adopted::begun(self, (*owner, *live, *session), *until, details, adoption, now),
            MeetingCommand::Schedule { owner, live, details } => {
                if self.details.is_some() {
                    return Err(Refusal::Exists);
                }
                let mut details = (**details).clone();
                details.check(*owner, None, now)?;
                details.exceptions.clear();
                details.settle()?;
                let live = details.is_webinar.then_some(*live);
                Ok(vec![MeetingEvent::MeetingScheduled {
                    owner: *owner,
                    live,
                    details,
                    elsewhere: None,
                }])
            }
            MeetingCommand::MakePersonal { owner, details } => {
                personal::made(self.details.as_ref(), *owner, details, now)
            }
            MeetingCommand::Change {
                live,
                details,
                expected_end,
            } => {
                let held = self.planned()?;
                let mut details = (**details).clone();
                if let Some(owner) = self.owner {
                    details.check(owner, Some(held), now)?;
                }
                // Single dates have a command of their own: whoever saves the form has not seen what was said of them meanwhile.
                details.exceptions.clone_from(&held.exceptions);
                if self.personal {
                    personal::stays(held, &details)?;
                }
                details.settle()?;
                details.exceptions = details.carries(held).0;
                if details == *held {
                    return Ok(vec![]);
                }
                // Where both want the same end there is nothing to lose.
                if expected_end.is_some_and(|seen| seen != held.ends_at()) && details.ends_at() != held.ends_at() {
                    return Err(Refusal::EndMoved);
                }
                if self.session.is_some() && details.is_webinar != held.is_webinar {
                    return Err(Refusal::Running);
                }
                Ok(vec![MeetingEvent::MeetingChanged {
                    live: self.live_for(&details, *live),
                    details,
                }])
            }
            MeetingCommand::Seen { seen, command } => {
                let events = self.decide(command, now)?;
                // Where it is so already nothing is undone.
                if !events.is_empty() && self.edited != Some(*seen) {
                    return Err(Refusal::ChangedMeanwhile);
                }
                Ok(events)
            }
            MeetingCommand::HandOver { to, stays } => self.hand_over(*to, *stays),
            MeetingCommand::SetPassword { set } => self.set_password(*set),
            MeetingCommand::SetKey { set } => self.set_key(*set),
            MeetingCommand::AddSlides(slides) => self.add_slides(slides),
            MeetingCommand::RemoveSlides(slides) => self.remove_slides(*slides),
            MeetingCommand::Invite { invitee, who, with } => {
                self.planned()?;
                self.invitees.invite(*invitee, who, *with)
            }
            MeetingCommand::Uninvite { invitee } => self.invitees.uninvite(*invitee),
            MeetingCommand::Occurrence { date, change } => self.planned()?.occurrence(*date, *change, now),
            MeetingCommand::Cancel => {
                if self.cancelled {
                    return Ok(vec![]);
                }
                self.planned()?;
                if self.personal {
                    return Err(Refusal::PersonalRoom);
                }
                if self.session.is_some() {
                    return Err(Refusal::Running);
                }
                Ok(vec![MeetingEvent::MeetingCancelled {}])
            }
            MeetingCommand::Start { session, until } => {
                self.planned()?;
                if self.session.is_some() || *until <= now {
                    return Ok(vec![]);
                }
                Ok(vec![MeetingEvent::MeetingStartRequested {
                    session: *session,
                    until: *until,
                }])
            }
            MeetingCommand::End => match self.session {
                None => Err(if self.details.is_some() {
                    Refusal::NotRunning
                } else {
                    Refusal::Unknown
                }),
                Some(_) if self.ending => Ok(vec![]),
                Some(session) => Ok(vec![MeetingEvent::MeetingEndRequested { session }]),
            },
            MeetingCommand::SessionEnded { session } => Ok(if self.session == Some(*session) {
                vec![MeetingEvent::MeetingSessionEnded { session: *session }]
            } else {
                vec![]
            }),
        }
    }

    fn evolve(&mut self, event: &MeetingEvent, meta: Meta) {
        if let Some(held) = &self.details {
            self.sequence += u32::from(held.calendars_change(event));
        }
        self.invitees.take(event, self.sequence);
        // What was said of single dates is in no form, and each has a command of its own.
        if matches!(
            event,
            MeetingEvent::MeetingScheduled { .. }
                | MeetingEvent::PersonalRoomMade { .. }
                | MeetingEvent::MeetingChanged { .. }
                | MeetingEvent::MeetingHandedOver { .. }
        ) {
            self.edited = Some(meta.id);
        }
        match event {
            MeetingEvent::MeetingScheduled {
                owner,
                live,
                details,
                elsewhere,
            } => {
                self.elsewhere.clone_from(elsewhere);
                self.owner = Some(*owner);
                self.live = *live;
                self.details = Some(details.clone());
            }
            MeetingEvent::PersonalRoomMade { owner, details } => {
                self.owner = Some(*owner);
                self.personal = true;
                self.details = Some(details.clone());
            }
            MeetingEvent::MeetingChanged { live, details } => {
                self.live = *live;
                self.details = Some(details.clone());
            }
            MeetingEvent::MeetingHandedOver { to, stays } => {
                if let (Some(from), Some(details)) = (self.owner.replace(*to), &mut self.details) {
                    details.additional_owners = details.co_owners_after(from, *to, *stays);
                    let before = self.handed_over.map_or(0, |(_, n)| n);
                    self.handed_over = Some((from, before + 1));
                }
            }
            MeetingEvent::MeetingSlidesAdded { slides } => self.slides.push(slides.clone()),
            MeetingEvent::MeetingSlidesRemoved { slides } => self.slides.retain(|s| s.id != *slides),
            MeetingEvent::MeetingPasswordSet { set } => self.password = *set,
            MeetingEvent::MeetingKeySet { set } => self.key = *set,
            MeetingEvent::MeetingCancelled {} => self.cancelled = true,
            MeetingEvent::MeetingInvited { .. } | MeetingEvent::MeetingUninvited { .. } => {}
            MeetingEvent::MeetingOccurrenceMoved { .. }
            | MeetingEvent::MeetingOccurrenceCancelled { .. }
            | MeetingEvent::MeetingOccurrenceRestored { .. } => {
                if let Some(details) = &mut self.details {
                    details.take_occurrence(event);
                }
            }
            MeetingEvent::MeetingStartRequested { session, until } => {
                self.session = Some(*session);
                self.session_until = *until;
                self.ending = false;
            }
            MeetingEvent::MeetingEndRequested { .. } => self.ending = true,
            MeetingEvent::MeetingSessionEnded { .. } => {
                self.session = None;
                self.ending = false;
            }
        }
    }
}

/// The stream of a meeting.
pub fn stream(id: MeetingId) -> crate::StreamName {
    crate::StreamName::of(Meeting::KIND, id)
}

#[cfg(test)]
#[path = "meeting_tests.rs"]
mod tests;
