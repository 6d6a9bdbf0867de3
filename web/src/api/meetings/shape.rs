//! A meeting in JSON: the fields of census §1.1 under their names.

use amphi_events::Public;
use amphi_events::ids::PersonId;
use amphi_events::meeting::Details;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::occurrences::{OccurrenceOut, RecurrenceShape};
use super::options::{OptionsInput, OptionsOut};
use crate::Web;
use crate::api::people::PersonRef;
use crate::api::problem::{Code, Problem};
use crate::api::request::moment;

/// What to change; what is left out stays (or, for a new meeting, has its default). Unknown fields are refused: whatever is no
/// field here is taken for an option of the room.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct MeetingInput {
    /// Title, 2 to 250 characters. Stands in clear in the log. Needed for a new meeting.
    pub name: Option<String>,
    /// What it is about, at most 4000 characters. Stands in clear in the log.
    pub description: Option<String>,
    /// Planned start, RFC 3339. Needed for a new meeting.
    pub starts_at: Option<String>,
    /// Planned duration in seconds, 60 to 86400. Needed for a new meeting.
    pub duration_s: Option<i64>,
    /// The planned end that the caller saw, RFC 3339. Where it is another by now the change is refused (`end_moved`), unless it leaves the
    /// end alone: of two presenters who move it the second is told. Says nothing for a new meeting.
    pub expected_end: Option<String>,
    /// IANA zone; the service's where left out.
    pub time_zone: Option<String>,
    /// Presenters in BBB, audience on a live page.
    pub is_webinar: Option<bool>,
    /// A webinar's live page has a chat when it opens.
    pub enable_chat: Option<bool>,
    /// Only signed-in people may watch and join.
    pub is_restricted: Option<bool>,
    /// Codes of groups: only their members may join. Naming any restricts the meeting; a webinar has none.
    pub restrict_access_to_groups: Option<Vec<String>>,
    /// Co-owners, by id or login.
    pub additional_owners: Option<Vec<String>>,
    /// How it repeats; null: it takes place once. A webinar doesn't repeat.
    #[serde(deserialize_with = "said")]
    pub recurrence: Option<Option<RecurrenceShape>>,
    /// Options of the room.
    #[serde(flatten)]
    pub options: OptionsInput,
}

/// Tells null from what is not there.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn needed<T>(value: Option<T>, field: &str) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::new(Code::BadBody).detail(format!("missing field `{field}`")))
}

impl MeetingInput {
    /// The details of a new meeting.
    ///
    /// # Errors
    /// A needed field is missing, or one can't be read.
    pub async fn planned(self, web: &Web) -> Result<Details, Problem> {
        let name = needed(self.name.clone(), "name")?;
        let starts_at = moment(
            Code::BadBody,
            "starts_at",
            &needed(self.starts_at.clone(), "starts_at")?,
        )?;
        let duration_s = needed(self.duration_s, "duration_s")?;
        let mut details = Details::new(&name, starts_at, duration_s, &web.settings.time_zone);
        details.options = web.settings.meeting_defaults.clone();
        self.onto(web, details).await
    }

    /// `details` with what is given here in place.
    ///
    /// # Errors
    /// A field can't be read, or a co-owner doesn't exist.
    pub async fn onto(self, web: &Web, mut details: Details) -> Result<Details, Problem> {
        if let Some(name) = self.name {
            // What nobody sees comes with what is pasted.
            details.name = Public(amphi_events::plain::plain_name(&name));
        }
        if let Some(starts_at) = self.starts_at {
            details.starts_at = moment(Code::BadBody, "starts_at", &starts_at)?;
        }
        if let Some(people) = self.additional_owners {
            details.additional_owners = persons(web, &people).await?;
        }
        if let Some(codes) = self.restrict_access_to_groups {
            details.restrict_access_to_groups = Public(crate::api::groups::checked(web, &codes).await?);
        }
        if let Some(text) = self.description {
            details.description = Public(text);
        }
        details.duration_s = self.duration_s.unwrap_or(details.duration_s);
        details.time_zone = self.time_zone.unwrap_or(details.time_zone);
        details.is_webinar = self.is_webinar.unwrap_or(details.is_webinar);
        details.enable_chat = self.enable_chat.unwrap_or(details.enable_chat);
        details.is_restricted = self.is_restricted.unwrap_or(details.is_restricted);
        if let Some(recurrence) = self.recurrence {
            let rule = recurrence.map(|rule| rule.read(&details)).transpose()?;
            details.recurrence = rule;
        }
        let recorded = details.options.record;
        self.options.onto(&mut details.options)?;
        // What it had before is no reason to refuse another change: BBB is told not to record in any case.
        if details.options.record && !recorded && !web.settings.recording {
            return Err(Code::RecordingOff.into());
        }
        Ok(details)
    }
}

/// People by id or login, each once, in the order given.
/// Accounts by ids or logins, each once.
///
/// # Errors
/// One names nobody, or there are too many.
pub async fn persons(web: &Web, names: &[String]) -> Result<Vec<PersonId>, Problem> {
    let mut found = Vec::new();
    if names.len() > amphi_events::meeting::PRESENTERS_MAX {
        return Err(Code::TooManyPresenters.into());
    }
    for name in names {
        let account = crate::auth::accounts::find(web, name).await?;
        let Some(account) = account else {
            return Err(Problem::new(Code::UnknownPerson).with("person", name.as_str()));
        };
        if !found.contains(&account.person) {
            found.push(account.person);
        }
    }
    Ok(found)
}

/// Whether a gateway is held for a webinar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GatewayHold {
    /// `reserved`, `lacking` (none is free), or `pending` (not decided yet).
    pub state: &'static str,
    /// Which, where one is held.
    pub id: Option<String>,
    /// From when.
    pub from: Option<String>,
    /// Until when.
    pub to: Option<String>,
    /// Where none is free: starts at which one is.
    pub next_free: Vec<String>,
}

/// A meeting, read back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingOut {
    /// Its id.
    pub id: String,
    /// Its live's id, for a webinar.
    pub event: Option<String>,
    /// Title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Planned start.
    pub starts_at: String,
    /// Planned end.
    pub ends_at: String,
    /// Planned duration in seconds.
    pub duration_s: i64,
    /// IANA zone.
    pub time_zone: String,
    /// A webinar.
    pub is_webinar: bool,
    /// A webinar's live page has a chat when it opens.
    pub enable_chat: bool,
    /// Only signed-in people may watch and join.
    pub is_restricted: bool,
    /// Codes of the groups whose members may join; empty: whoever may otherwise.
    pub restrict_access_to_groups: Vec<String>,
    /// The owner's own room: always there, so its times say nothing.
    pub is_personal: bool,
    /// It broadcasts a session that another application opened: its room is neither opened nor planned here.
    pub is_elsewhere: bool,
    /// Who planned it.
    pub owner: PersonRef,
    /// Co-owners.
    pub additional_owners: Vec<PersonRef>,
    /// How it repeats; null: it takes place once. Then `starts_at` and `ends_at` are the first one's.
    pub recurrence: Option<RecurrenceShape>,
    /// In the answer to a change: dates of the series before it of which what was said alone (cancelled, moved) is lost with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost_dates: Vec<String>,
    /// The one that is on or comes next; when all are over, the last one.
    pub next: OccurrenceOut,
    /// Options of the room.
    #[serde(flatten)]
    pub options: OptionsOut,
    /// It will not take place.
    pub cancelled: bool,
    /// The session that is open or wanted open.
    pub session: Option<String>,
    /// `scheduled`, `opening`, `open`, `closed` or `cancelled`.
    pub state: &'static str,
    /// For a webinar.
    pub gateway: Option<GatewayHold>,
    /// Where people go in.
    pub join_url: String,
    /// Where the audience watches, for a webinar.
    pub live_url: Option<String>,
}
