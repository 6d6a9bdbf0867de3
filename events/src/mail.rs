//! A mail to one person. Stream `mail-{id}`. Intent, the try, outcome (design §1): a mail whose fate is unknown is never sent again by
//! the program. One that a server surely did not take, and only for now, is tried again later. The event holds ids only; the text is made
//! when it is sent.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::ids::{GatewayId, InviteeId, LiveId, MailId, MeetingId, PersonId};
use crate::recordings::RecordingId;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// No gateway is free for a webinar (census §4.1).
    NoGateway {
        /// The webinar's live.
        live: LiveId,
        /// Planned start.
        from: Time,
        /// Planned end.
        to: Time,
    },
    /// Somebody is invited to a meeting, or told what became of it (RFC 5546).
    Invitation {
        /// The meeting.
        meeting: MeetingId,
        /// Who is written to.
        invitee: InviteeId,
        /// The version of the meeting that it tells of.
        sequence: u32,
        /// They are no longer invited, or it will not take place.
        off: bool,
    },
    /// A meeting is the reader's now.
    HandedOver {
        /// The meeting.
        meeting: MeetingId,
        /// Who handed it over.
        from: PersonId,
    },
    /// A recording of a meeting can be looked at (since schema 3).
    RecordingReady {
        /// The meeting.
        meeting: MeetingId,
        /// Which.
        recording: RecordingId,
    },
    /// Something that a webinar needs is not as it should be, a while before it starts (since schema 3).
    PreflightFailed {
        /// The live.
        live: LiveId,
        /// Before which start.
        starts_at: Time,
    },
    /// A live was planned on a broadcaster, or its plan changed (census §5.2; since schema 4).
    LivePlanned {
        /// The live.
        live: LiveId,
        /// It was changed.
        changed: bool,
    },
    /// A session that another front end opened is broadcast (since schema 4).
    ElsewhereStarted {
        /// The meeting that does it.
        meeting: MeetingId,
    },
    /// A gateway could not be started for a live, however often it was tried.
    LiveFailed {
        /// The live.
        live: LiveId,
        /// The last gateway tried.
        gateway: Option<GatewayId>,
    },
}

crate::events! {
    /// What happened to a mail.
    pub enum MailEvent {
        /// It is to be sent: to somebody with an account, or (schema 2) to whom `about` names.
        MailRequested = 4 { to: Option<PersonId>, about: About }
        /// A try begins.
        MailSendAsked = 1 {}
        /// It surely did not leave, and for now only: it is tried again at `next`.
        MailPutOff = 1 { why: String, next: Time }
        /// It left.
        MailSent = 1 {}
        /// It surely did not leave.
        MailFailed = 1 { why: String }
        /// It may have left; it is not sent again by the program.
        MailUnknown = 1 {}
        /// It failed, or nobody knows, and a person asks for it anew.
        MailAskedAnew = 1 {}
    }
}

/// What may be asked of a mail.
#[derive(Debug, Clone)]
pub enum MailCommand {
    /// Send it.
    Request {
        /// To whom; `None`: `about` names them.
        to: Option<PersonId>,
        /// What it says.
        about: About,
    },
    /// The try begins.
    Ask,
    /// It left.
    Sent,
    /// Not now.
    PutOff {
        /// A code, no foreign text.
        why: String,
        /// When it is tried again.
        next: Time,
    },
    /// It did not.
    Failed {
        /// A code, no foreign text.
        why: String,
    },
    /// Who knows.
    Unknown,
    /// A person asks for one that failed, or of which nobody knows; nothing comes of it where it is not so.
    Anew,
}

/// A command that doesn't fit where the mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail is not at that step")]
pub struct Refusal;

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not asked for.
    #[default]
    None,
    /// To be sent.
    Waiting,
    /// A try is under way, or was when the program died.
    Asked,
    /// It left.
    Sent,
    /// It did not leave.
    Failed,
    /// It may have left.
    Unknown,
}

impl Phase {
    /// What became of it is known, or will never be: it is not tried any more.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Unknown)
    }
}

/// A mail as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// Where it stands.
    pub phase: Phase,
    /// To whom.
    pub to: Option<PersonId>,
    /// What it says.
    pub about: Option<About>,
    /// So many tries were put off.
    pub put_off: u32,
    /// It is not tried before.
    pub next: Option<Time>,
}

impl Aggregate for Mail {
    const KIND: &'static str = "mail";
    type Event = MailEvent;
    type Command = MailCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &MailCommand, _now: Time) -> Result<Vec<MailEvent>, Refusal> {
        use MailCommand as C;
        match (self.phase, command) {
            (Phase::None, C::Request { to, about }) => Ok(vec![MailEvent::MailRequested {
                to: *to,
                about: about.clone(),
            }]),
            (_, C::Request { .. }) => Ok(vec![]),
            (Phase::Waiting, C::Ask) => Ok(vec![MailEvent::MailSendAsked {}]),
            (Phase::Asked, C::Sent) => Ok(vec![MailEvent::MailSent {}]),
            (Phase::Asked, C::PutOff { why, next }) => Ok(vec![MailEvent::MailPutOff {
                why: why.clone(),
                next: *next,
            }]),
            (Phase::Asked | Phase::Waiting, C::Failed { why }) => Ok(vec![MailEvent::MailFailed { why: why.clone() }]),
            (Phase::Asked, C::Unknown) => Ok(vec![MailEvent::MailUnknown {}]),
            (Phase::Failed | Phase::Unknown, C::Anew) => Ok(vec![MailEvent::MailAskedAnew {}]),
            (Phase::Waiting | Phase::Asked | Phase::Sent, C::Anew) => Ok(vec![]),
            _ => Err(Refusal),
        }
    }

    fn evolve(&mut self, event: &MailEvent, _meta: Meta) {
        match event {
            MailEvent::MailRequested { to, about } => {
                self.phase = Phase::Waiting;
                self.to = *to;
                self.about = Some(about.clone());
            }
            MailEvent::MailSendAsked {} => self.phase = Phase::Asked,
            MailEvent::MailPutOff { next, .. } => {
                self.phase = Phase::Waiting;
                self.put_off += 1;
                self.next = Some(*next);
            }
            MailEvent::MailSent {} => self.phase = Phase::Sent,
            MailEvent::MailFailed { .. } => self.phase = Phase::Failed,
            MailEvent::MailUnknown {} => self.phase = Phase::Unknown,
            MailEvent::MailAskedAnew {} => {
                self.phase = Phase::Waiting;
                (self.put_off, self.next) = (0, None);
            }
        }
    }
}

/// The id of the mail that tells somebody of a version of a meeting, or that it is off: it follows from that, so there is one.
pub fn invitation_id(meeting: MeetingId, invitee: InviteeId, sequence: u32, off: bool) -> MailId {
    let parts = [
        "invitation",
        &meeting.to_string(),
        &invitee.to_string(),
        &sequence.to_string(),
        if off { "off" } else { "on" },
    ];
    let mut id = [0_u8; 16];
    id.copy_from_slice(&crate::Key::of(&parts).0[..16]);
    MailId(ulid::Ulid::from_bytes(id))
}

/// The stream of a mail.
pub fn stream(id: MailId) -> crate::StreamName {
    crate::StreamName::of(Mail::KIND, id)
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
