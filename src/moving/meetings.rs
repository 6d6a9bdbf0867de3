//! Meetings, and events without one.

use amphi_events::Aggregate as _;
use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::live::LiveCommand;
use amphi_events::meeting::access::{GROUPS_MAX, PASSWORD, PASSWORD_MAX};
use amphi_events::meeting::{Details, MeetingCommand, NAME_MAX, PRESENTERS_MAX};
use amphi_events::page::PageCommand;
use amphi_events::recurrence::{End, MonthlyType, Pattern, Recurrence, Weekdays};
use amphi_events::{Scope, Time};
use serde_json::Value;

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, django, leave, refused, unread};

/// Options of a room that have the same name there and here (census §1.1).
const OPTIONS: [&str; 14] = [
    "max_participants",
    "welcome_text",
    "webcam_only_for_moderators",
    "record",
    "auto_start_recording",
    "allow_start_stop_recording",
    "guest_policy",
    "lock_settings_disable_cam",
    "lock_settings_disable_mic",
    "lock_settings_disable_private_chat",
    "lock_settings_disable_public_chat",
    "lock_settings_disable_note",
    "lock_settings_locked_layout",
    "voice_bridge",
];
/// Where there is no duration: the reference's default, in seconds.
const DURATION_S: i64 = 7_200;

/// What came out of a row otherwise than it was.
type Changes = Vec<(Why, String)>;

/// What people who don't present are asked for (census §1.1), where it can be one here.
fn password(row: &Row) -> Option<&str> {
    let text = row.text("attendee_password").trim();
    let fits = (1..=PASSWORD_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text)
}

fn name_of(text: &str) -> String {
    amphi_events::plain::plain_name(text).chars().take(NAME_MAX).collect()
}

/// How it repeats; the constraint of the database there gives a count and an end, or none of the two, and the end comes first.
fn recurrence(row: &Row) -> Result<Option<Recurrence>, Stop> {
    let pattern = match row.text("recurrence") {
        "" => return Ok(None),
        "daily" => Pattern::Daily,
        "weekly" => Pattern::Weekly {
            weekdays: Weekdays::try_from(row.text("weekdays").to_owned()).or_else(|e| leave(Why::Unreadable, e))?,
        },
        "monthly" => Pattern::Monthly {
            monthly_type: match row.text("monthly_type") {
                "nth_day" => MonthlyType::NthDay,
                _ => MonthlyType::DateDay,
            },
        },
        "yearly" => Pattern::Yearly,
        other => return leave(Why::Unreadable, format!("recurrence: {other}")),
    };
    let count = row.number("nb_occurrences").and_then(|n| u32::try_from(n).ok());
    let end = match (row.text("recurring_until"), count) {
        ("", None) => End::Open,
        ("", Some(n)) => End::Count(n),
        (until, _) => match django::date(until) {
            Some(date) => End::Until(date),
            None => return leave(Why::Unreadable, "recurring_until"),
        },
    };
    let frequency = row.number("frequency").unwrap_or(1);
    Ok(Some(Recurrence {
        pattern,
        frequency: u16::try_from(frequency).or_else(|e| leave(Why::Unreadable, format!("frequency: {e}")))?,
        end,
    }))
}

impl Mover<'_> {
    pub(super) async fn meetings(&mut self) -> anyhow::Result<()> {
        let rows = self.rows(Kind::Meetings, "meeting.meeting");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Meetings, n, of);
            let done = self.meeting(&key, row).await;
            self.counted(Kind::Meetings, &key, done)?;
        }
        Ok(())
    }

    async fn meeting(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let id: MeetingId = self.id("meeting", key)?;
        let held = self.tools.aggregates.meetings.look(id).await.map_err(unread)?;
        if held.state.details.is_some() {
            self.meetings.insert(key.to_owned(), id);
            // A run that was killed right after it was planned left it without its password: it would be open to everybody.
            if self.wish.apply
                && held.version == Some(0)
                && let Some(password) = password(row)
            {
                self.set_password(id, password).await?;
            }
            return Ok(Taken::There);
        }
        if row.is("is_personal") {
            return leave(Why::PersonalRoom, name_of(row.text("name")));
        }
        let Some(owner) = row.refers("owner").and_then(|o| self.person(&o)) else {
            return leave(Why::NoOwner, name_of(row.text("name")));
        };
        let mut changes = Changes::new();
        let details = self.details(row, owner, &mut changes)?;
        let command = MeetingCommand::Schedule {
            owner,
            live: self.id("live of meeting", key)?,
            details: Box::new(details),
        };
        let decided = held.state.decide(&command, self.tools.sources.now());
        decided.or_else(|e| leave(Why::Refused, e))?;
        if self.wish.apply {
            refused(self.tools.aggregates.meetings.execute(id, command, self.act()).await)?;
            if let Some(password) = password(row) {
                self.set_password(id, password).await?;
            }
        }
        for (why, detail) in changes {
            self.report.change(Kind::Meetings, key, why, detail);
        }
        self.meetings.insert(key.to_owned(), id);
        Ok(Taken::New)
    }

    /// In the store before the event says so, as where a person sets it.
    async fn set_password(&self, id: MeetingId, password: &str) -> Result<(), Stop> {
        let tools = &self.tools;
        tools.store.put_secret(PASSWORD, &id.to_string(), password).await?;
        let command = MeetingCommand::SetPassword { set: true };
        refused(tools.aggregates.meetings.execute(id, command, self.act()).await)?;
        Ok(())
    }

    fn details(&self, row: &Row, owner: PersonId, changes: &mut Changes) -> Result<Details, Stop> {
        let Some(starts_at) = django::moment(row.text("start_at")) else {
            return leave(Why::Unreadable, "start_at");
        };
        let duration_s = match row.text("expected_duration") {
            "" => DURATION_S,
            text => match django::duration_s(text) {
                Some(s) => s,
                None => return leave(Why::Unreadable, "expected_duration"),
            },
        };
        let name = name_of(row.text("name"));
        let mut details = Details::new(&name, starts_at, duration_s, &self.wish.time_zone);
        details.is_webinar = row.is("is_webinar");
        details.enable_chat = details.is_webinar && row.is("enable_chat");
        details.is_restricted = row.is("is_restricted");
        let groups = row.refers_many("restrict_access_to_groups");
        if !groups.is_empty() {
            details.is_restricted = true;
            let (codes, missing) = self.open_to(&groups);
            // Never wider than it was there: what was for a jury would be for every student.
            if codes.is_empty() || codes.len() > GROUPS_MAX {
                return leave(Why::ForGroups, name);
            }
            if missing > 0 {
                changes.push((Why::GroupMissing, name.clone()));
            }
            details.restrict_access_to_groups = amphi_events::Public(codes);
        }
        for reference in row.refers_many("additional_owners") {
            match self.person(&reference) {
                Some(person) if person == owner || details.additional_owners.contains(&person) => {}
                Some(person) if details.additional_owners.len() < PRESENTERS_MAX => {
                    details.additional_owners.push(person);
                }
                _ => changes.push((Why::CoOwnerMissing, reference)),
            }
        }
        details.recurrence = recurrence(row)?;
        if details.is_webinar && details.recurrence.take().is_some() {
            changes.push((Why::RepeatsNoMore, name));
        }
        let everybody = Value::from("ALWAYS_ACCEPT");
        for field in OPTIONS {
            let Some(value) = row.value(field) else { continue };
            // A webinar lets everybody in; it was so there too, whatever the field says (census §4.1).
            let value = if details.is_webinar && field == "guest_policy" {
                &everybody
            } else {
                value
            };
            if details.options.set(field, value.clone()).is_err() {
                changes.push((Why::OptionDefault, field.to_owned()));
            }
        }
        if row.value("slides").is_some_and(|s| s.as_str() != Some("")) {
            changes.push((Why::SlidesDropped, String::new()));
        }
        if password(row).is_none() && !row.text("attendee_password").trim().is_empty() {
            changes.push((Why::PasswordDropped, String::new()));
        }
        if !row.text("moderator_password").is_empty() {
            changes.push((Why::ModeratorPassword, String::new()));
        }
        Ok(details)
    }

    pub(super) async fn lives(&mut self) -> anyhow::Result<()> {
        let webinars = self.dump.of("meeting.livestream").iter();
        let webinars: std::collections::BTreeSet<String> = webinars.filter_map(|l| l.refers("event")).collect();
        let rows = self.rows(Kind::Lives, "live.event");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Lives, n, of);
            let done = if webinars.contains(&key) {
                leave(Why::OfAWebinar, row.text("title"))
            } else {
                self.live(&key, row).await
            };
            self.counted(Kind::Lives, &key, done)?;
        }
        Ok(())
    }

    async fn live(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let id: LiveId = self.id("event", key)?;
        let held = self.tools.aggregates.lives.look(id).await.map_err(unread)?;
        if held.version.is_some() {
            return Ok(Taken::There);
        }
        let title = name_of(row.text("title"));
        if row.is("is_draft") {
            return leave(Why::Draft, title);
        }
        let Some(owner) = row.refers("owner").and_then(|o| self.person(&o)) else {
            return leave(Why::NoOwner, title);
        };
        let at = |field: &str| -> Result<Time, Stop> {
            match django::moment(row.text(field)) {
                Some(at) => Ok(at),
                None => leave(Why::Unreadable, field),
            }
        };
        let (starts_at, ends_at) = (at("start_date")?, at("end_date")?);
        let mut presenters = Vec::new();
        for reference in row.refers_many("additional_owners") {
            match self.person(&reference) {
                Some(person) if person == owner || presenters.contains(&person) => {}
                Some(person) => presenters.push(person),
                None => self.report.change(Kind::Lives, key, Why::CoOwnerMissing, reference),
            }
        }
        let groups = row.refers_many("restrict_access_to_groups");
        let (codes, missing) = self.open_to(&groups);
        if !groups.is_empty() && (codes.is_empty() || codes.len() > amphi_events::page::GROUPS_MAX) {
            return leave(Why::ForGroups, title);
        }
        let password = !row.text("password").is_empty();
        let command = LiveCommand::Plan {
            meeting: None,
            owner,
            presenters,
            title,
            starts_at,
            ends_at,
            // What a password kept from strangers is not shown to them.
            restricted: row.is("is_restricted") || password || !groups.is_empty(),
        };
        let decided = held.state.decide(&command, self.tools.sources.now());
        decided.or_else(|e| leave(Why::Refused, e))?;
        if self.wish.apply {
            // As the planner does: the chat's key is durable before any line needs it.
            self.tools.keys.make_scope(&Scope::chat(id)).await?;
            if !codes.is_empty() {
                // The door is shut before there is anything behind it.
                let door = PageCommand::Door {
                    draft: false,
                    groups: codes,
                    password: None,
                };
                refused(self.tools.aggregates.pages.execute(id, door, self.act()).await)?;
            }
            refused(self.tools.aggregates.lives.execute(id, command, self.act()).await)?;
        }
        if missing > 0 {
            self.report.change(Kind::Lives, key, Why::GroupMissing, "");
        }
        if password {
            self.report.change(Kind::Lives, key, Why::OpenToAllSignedIn, "");
        }
        self.report.change(Kind::Lives, key, Why::NoGatewayHeld, "");
        Ok(Taken::New)
    }
}
