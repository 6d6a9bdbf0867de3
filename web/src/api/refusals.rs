//! What the rules of the aggregates say, as problems.

use amphi_events::log::AppendError;
use amphi_events::{
    ExecuteError, broadcaster, building, chat, elsewhere, feed, gateway, group, live, meeting, page, person,
    recordings, rehearsal,
};
use serde_json::json;

use super::meetings::options::beyond;
use super::problem::{Code, Problem};

/// A rule that stands against a command, as a problem.
pub trait Refused: std::error::Error + Clone + 'static {
    /// The problem.
    fn problem(&self) -> Problem;
}

impl<R: Refused> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Refused(r) => r.problem(),
            ExecuteError::Append(AppendError::Unknown(why)) => {
                tracing::error!(%why, "the fate of an append is unknown");
                Self::new(Code::OutcomeUnknown).retry_after(2)
            }
            ExecuteError::Append(AppendError::Full | AppendError::Closed(_)) => {
                Self::new(Code::LogRefuses).retry_after(10)
            }
            ExecuteError::Append(other) => Self::internal("an append can't be", other),
            ExecuteError::Read(why) => Self::unavailable("a stream could not be folded", why),
            ExecuteError::Contended | ExecuteError::Gone => Self::new(Code::Unavailable).retry_after(1),
        }
    }
}

impl From<meeting::Refusal> for Problem {
    fn from(why: meeting::Refusal) -> Self {
        why.problem()
    }
}

/// A command that no rule stands against.
impl Refused for std::convert::Infallible {
    fn problem(&self) -> Problem {
        match *self {}
    }
}

impl Refused for meeting::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Limit { field, takes } => return beyond(field, *takes),
            Self::WebinarOption { field } => return Problem::new(Code::WebinarOption).with("field", *field),
            Self::Rule(why) => return Problem::new(Code::BadRecurrence).detail(why.to_string()),
            Self::WebinarRepeats => Code::WebinarRepeats,
            Self::PersonalRoom => Code::PersonalRoom,
            Self::TooManyGroups => Code::TooManyGroups,
            Self::TooManySlides => Code::TooManySlides,
            Self::NoSlides => Code::NotFound,
            Self::TooManyInvitees => Code::TooManyInvitees,
            Self::NoInvitee => Code::NotFound,
            Self::NoOccurrence => Code::NoOccurrence,
            Self::OccurrenceFar => Code::OccurrenceFar,
            Self::TooManyExceptions => Code::TooManyExceptions,
            Self::Unknown => Code::NotFound,
            Self::Exists => Code::MeetingExists,
            Self::Cancelled => Code::MeetingCancelled,
            Self::Name => Code::MeetingName,
            Self::Start => Code::MeetingStart,
            Self::Duration => Code::MeetingDuration,
            Self::TimeZone => Code::TimeZone,
            Self::TextTooLong => Code::TextTooLong,
            Self::OwnerTwice => Code::OwnerTwice,
            Self::TooManyPresenters => Code::TooManyPresenters,
            Self::WebinarGuests => Code::WebinarGuests,
            Self::Elsewhere => Code::MeetingElsewhere,
            Self::Running => Code::MeetingRunning,
            Self::NotRunning => Code::MeetingNotRunning,
            Self::EndMoved => Code::EndMoved,
            Self::ChangedMeanwhile => Code::ChangedMeanwhile,
        })
    }
}

impl Refused for recordings::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown | Self::Deleted => Code::NoRecording,
            Self::Deleting => Code::RecordingDeleting,
            Self::NotMade => Code::RecordingNotMade,
            Self::Name => Code::RecordingName,
        })
    }
}

impl Refused for live::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown => Code::NotFound,
            Self::Cancelled => Code::LiveCancelled,
            Self::Interval => Code::Interval,
            Self::NoGateway => Code::NoGateway,
            Self::NotWanted => Code::LiveNotWanted,
            Self::OfMeeting => Code::LiveOfMeeting,
            Self::Past => Code::LivePast,
            Self::Title => Code::LiveTitle,
            Self::Presenters => Code::LivePresenters,
            Self::GoingOn => Code::LiveGoingOn,
            Self::NotBegun => Code::LiveNotBegun,
            Self::RunLeft | Self::OtherRun | Self::Fenced => Code::LiveConflict,
            Self::StopFirst => Code::StopFirst,
            Self::PictureRuns => Code::PictureRuns,
        })
    }
}

impl Refused for rehearsal::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown => Code::NotFound,
            Self::Over => Code::RehearsalNotNow,
        })
    }
}

impl Refused for gateway::Refusal {
    fn problem(&self) -> Problem {
        match self {
            Self::Overlap { until } => Problem::new(Code::GatewayHeld).with("until", json!(until.rfc3339())),
            Self::Taken { live } => Problem::new(Code::GatewayHeld).with("event", json!(live.to_string())),
            Self::OutOfService { until } => {
                Problem::new(Code::GatewayOut).with("until", json!(until.map(amphi_events::Time::rfc3339)))
            }
            Self::Reason => Code::BanReason.into(),
            Self::TooManyOutages => Code::TooManyOutages.into(),
            Self::Unknown => Code::NotFound.into(),
            Self::Name => Code::BadName.into(),
            Self::Address => Code::BadAddress.into(),
            Self::Rtmp => Code::BadRtmp.into(),
            Self::Generation => Code::BadGeneration.into(),
            Self::ChatRoute => Code::BadChatRoute.into(),
            Self::Interval => Code::Interval.into(),
            Self::InUse => Code::InUse.into(),
        }
    }
}

impl Refused for broadcaster::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown => Code::NotFound,
            Self::Name => Code::BadName,
            Self::Address => Code::BadAddress,
            Self::Interval => Code::Interval,
            Self::Overlap { until } => {
                return Problem::new(Code::BroadcasterHeld).with("until", json!(until.rfc3339()));
            }
            Self::TextTooLong => Code::TextTooLong,
            Self::TooManyGroups => Code::TooManyGroups,
            Self::InUse => Code::InUse,
        })
    }
}

impl Refused for building::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown => Code::NotFound,
            Self::Name => Code::BuildingName,
            Self::Taken => Code::BuildingTaken,
            Self::Address => Code::BadAddress,
        })
    }
}

impl Refused for elsewhere::Refusal {
    fn problem(&self) -> Problem {
        match self {
            Self::Taken { .. } => Code::ElsewhereTaken.into(),
            Self::Full { most, next } => crate::elsewhere::start::full(*most, *next),
        }
    }
}

impl Refused for page::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::TextTooLong => Code::TextTooLong,
            Self::Address { field } => return Problem::new(Code::BadAddress).with("field", *field),
            Self::Height => Code::LiveFrame,
            Self::TooManyGroups => Code::LiveGroups,
            Self::Draft => Code::LiveDraft,
            Self::Announcement => Code::AnnouncementText,
            Self::TooManyPinned => Code::TooManyPinned,
            Self::NoAnnouncement => Code::NotFound,
            Self::OfTheHouse => Code::AnnouncementOfHouse,
        })
    }
}

impl Refused for feed::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::NoPlace => Code::LiveOfMeeting,
            Self::Shown => Code::LiveGoingOn,
        })
    }
}

impl Refused for chat::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Closed => Code::ChatClosed,
            Self::TooLong => Code::ChatTooLong,
            Self::NoMessage => Code::NotFound,
            Self::Forbidden | Self::NotModerator => Code::Forbidden,
            Self::Banned => Code::ChatBanned,
            Self::Moderates => Code::BanModerates,
        })
    }
}

impl Refused for group::Refusal {
    fn problem(&self) -> Problem {
        match self {
            Self::Unknown => Code::NotFound.into(),
        }
    }
}

impl Refused for person::Refusal {
    fn problem(&self) -> Problem {
        Problem::new(match self {
            Self::Unknown => Code::NotFound,
            Self::Exists => Code::LoginTaken,
            Self::Erased => Code::PersonErased,
        })
    }
}
