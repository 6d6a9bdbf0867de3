//! The form of a meeting: what it posts, and how that is read. Everything that is wrong is said at once, each beside its field.

use amphi_events::Time;
use amphi_events::meeting::{self, Details, Options, Refusal};
use chrono_tz::Tz;
use serde::Deserialize;

pub use super::form_view::{FormView, form};
use super::options::{self, Written};
use super::repeat;
use crate::api::free::{Wall, wall};
use crate::fields::FormFields;
use crate::i18n::{Lang, T, times};

/// What the name of a group's box begins with.
pub(super) const GROUP: &str = "group:";

/// The field of the dates of which what was said is to be lost, once the form has told of it.
pub(super) const LOST: &str = "lost";

/// What the form posts. A box that isn't ticked isn't there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct MeetingForm {
    /// `cancel` or `move` from the meeting's page, else empty.
    pub action: String,
    /// Made with the form: the same form sent twice plans one meeting.
    pub once: String,
    /// The meeting's version that the form was made of: the event that its details came of.
    pub version: String,
    /// Title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// As a `datetime-local` input writes it.
    pub starts_at: String,
    /// Whole minutes.
    pub minutes: String,
    /// IANA zone.
    pub time_zone: String,
    /// `on` for a webinar.
    pub is_webinar: Option<String>,
    /// Box.
    pub enable_chat: Option<String>,
    /// Box.
    pub is_restricted: Option<String>,
    /// Logins of co-owners, separated by commas, blanks or lines.
    pub presenters: String,
    /// How it repeats, the options of the room, and whatever else was posted.
    #[serde(flatten)]
    pub more: Written,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name; empty for the whole form.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub text: String,
}

impl Wrong {
    /// In one field.
    pub const fn at(field: &'static str, text: String) -> Self {
        Self { field, text }
    }
}

fn on(ticked: bool) -> Option<String> {
    ticked.then(|| "on".to_owned())
}

fn is_on(field: Option<&String>) -> bool {
    field.is_some_and(|v| !v.is_empty())
}

impl MeetingForm {
    /// What a new meeting begins with: a webinar with a chat, at the next half hour, for an hour and a half (census §1.1
    /// proposes two).
    pub fn fresh(now: Time, zone: &str, defaults: &Options) -> Self {
        let half = 30 * 60 * 1000;
        let next = Time((now.0 / half + 1) * half);
        let mut details = Details::new("", next, 5400, zone);
        (details.is_webinar, details.enable_chat) = (true, true);
        details.options = defaults.clone();
        Self::of(&details, &[])
    }

    /// A meeting as the form shows it.
    pub fn of(d: &Details, logins: &[String]) -> Self {
        let mut more = options::written(&d.options);
        repeat::written(d, &mut more);
        let groups = &d.restrict_access_to_groups.0;
        more.extend(groups.iter().map(|code| (format!("{GROUP}{code}"), "on".to_owned())));
        Self {
            action: String::new(),
            once: String::new(),
            version: String::new(),
            name: d.name.0.clone(),
            description: d.description.0.clone(),
            starts_at: times::input(d.starts_at, &d.time_zone),
            minutes: (d.duration_s / 60).to_string(),
            time_zone: d.time_zone.clone(),
            is_webinar: on(d.is_webinar),
            enable_chat: on(d.enable_chat),
            is_restricted: on(d.is_restricted),
            presenters: logins.join(", "),
            more,
        }
    }

    /// It is to be a webinar.
    pub fn webinar(&self) -> bool {
        is_on(self.is_webinar.as_ref())
    }

    /// It is to repeat: its first date may lie behind.
    fn repeats(&self) -> bool {
        !self.webinar() && self.more.get("repeat").is_some_and(|r| !r.is_empty())
    }

    /// Logins of co-owners, each once.
    pub fn logins(&self) -> Vec<String> {
        let mut logins: Vec<String> = vec![];
        for login in self
            .presenters
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
        {
            if !login.is_empty() && !logins.iter().any(|l| l == login) {
                logins.push(login.to_owned());
            }
        }
        logins
    }

    /// Codes of the groups that are ticked.
    pub fn groups(&self) -> Vec<String> {
        let ticked = self.more.iter().filter(|(_, on)| !on.is_empty());
        ticked
            .filter_map(|(name, _)| name.strip_prefix(GROUP).map(str::to_owned))
            .collect()
    }

    /// What it says, onto what held before.
    ///
    /// # Errors
    /// Everything that can't be taken, in the order of the form. The rules themselves are the meeting's; those that a
    /// field can break alone are told here too, so that one try shows them all.
    pub fn read(&self, held: &Details, fields: &FormFields, now: Time, lang: Lang) -> Result<Details, Vec<Wrong>> {
        let mut wrong = vec![];
        let mut no = |field, text: String| wrong.push(Wrong::at(field, text));
        // What was is left alone, what nobody sees of a new one is dropped: it comes with what is pasted.
        let name = if self.name.trim() == held.name.0 {
            held.name.0.clone()
        } else {
            amphi_events::plain::plain_name(&self.name)
        };
        if !meeting::is_name(&name) && (name.is_empty() || name != held.name.0) {
            no("name", lang.t(T::BadName).to_owned());
        }
        let description = lines(&self.description);
        if description.chars().count() > meeting::TEXT_MAX {
            no("description", lang.t(T::BadText).to_owned());
        }
        let zone = self.time_zone.trim();
        let starts_at = match self.start(held, zone) {
            Ok(at) => Some(at),
            Err(text) => {
                no(
                    if zone.parse::<Tz>().is_ok() {
                        "starts_at"
                    } else {
                        "time_zone"
                    },
                    text(lang),
                );
                None
            }
        };
        // With an unknown zone a date that is missing or none at all is told too, not at the next try.
        if starts_at.is_none() && zone.parse::<Tz>().is_err() && wall(self.starts_at.trim(), Tz::UTC).is_none() {
            no("starts_at", lang.t(T::BadStart).to_owned());
        }
        if let Some(at) = starts_at
            && at != held.starts_at
        {
            // A date field takes six digits of a year.
            if at > now.plus_s(meeting::AHEAD_S) {
                no("starts_at", lang.t(T::TimeFar).to_owned());
            } else if at < meeting::EARLIEST {
                no("starts_at", lang.t(T::TimeOld).to_owned());
            }
        }
        let duration_s = self.duration(held);
        if duration_s.is_none() {
            no("minutes", lang.t(T::BadDuration).to_owned());
        }
        // What was is left alone: a text may still be mended after the end.
        if let (Some(at), Some(s)) = (starts_at, duration_s)
            && at.plus_s(s) <= now
            && (at, s) != (held.starts_at, held.duration_s)
            && !self.repeats()
        {
            no("starts_at", lang.t(T::TimePast).to_owned());
        }
        let planned = starts_at.map(|starts_at| Details {
            starts_at,
            time_zone: zone.to_owned(),
            ..held.clone()
        });
        // A webinar takes place once: the fields are hidden then.
        let recurrence = if self.webinar() {
            None
        } else {
            repeat::read(&self.more, held, planned.as_ref(), lang, &mut wrong)
        };
        let (options, unfit) = options::read(&self.more, &held.options, fields.hidden(), self.webinar(), lang);
        wrong.extend(unfit);
        let (Some(starts_at), Some(duration_s), true) = (starts_at, duration_s, wrong.is_empty()) else {
            return Err(wrong);
        };
        Ok(Details {
            name: name.into(),
            description: description.into(),
            starts_at,
            duration_s,
            time_zone: zone.to_owned(),
            is_webinar: self.webinar(),
            enable_chat: is_on(self.enable_chat.as_ref()),
            is_restricted: is_on(self.is_restricted.as_ref()),
            recurrence,
            options,
            ..held.clone()
        })
    }

    /// The start, or what is wrong with it: the clock of that zone may skip the time that was typed.
    fn start(&self, held: &Details, zone: &str) -> Result<Time, impl Fn(Lang) -> String + use<>> {
        let mut next = None;
        let mut key = T::BadZone;
        if let Ok(tz) = zone.parse::<Tz>() {
            // The input has minutes only: an unchanged field keeps the seconds that a program set.
            if self.starts_at == times::input(held.starts_at, &held.time_zone) && zone == held.time_zone {
                return Ok(held.starts_at);
            }
            match wall(self.starts_at.trim(), tz) {
                Some(Wall::Plain(t) | Wall::Twice(t)) => return Ok(t),
                Some(Wall::Skipped(t)) => (key, next) = (T::ClockSkips, Some(times::clock(t, zone))),
                None => key = T::BadStart,
            }
        }
        Err(move |lang: Lang| lang.f(key, &[("time", next.as_deref().unwrap_or_default())]))
    }

    /// Seconds, within what a meeting may last.
    fn duration(&self, held: &Details) -> Option<i64> {
        let minutes: i64 = self.minutes.trim().parse().ok()?;
        if minutes == held.duration_s / 60 && held.duration_s > 0 {
            return Some(held.duration_s);
        }
        let seconds = minutes.checked_mul(60)?;
        (meeting::DURATION_MIN_S..=meeting::DURATION_MAX_S)
            .contains(&seconds)
            .then_some(seconds)
    }
}

/// Browsers post CR LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// A meeting's rule in the reader's language.
pub const fn refusal(why: Refusal) -> T {
    match why {
        Refusal::Unknown => T::NotFound,
        Refusal::Exists => T::Exists,
        Refusal::Cancelled => T::IsCancelled,
        Refusal::Name => T::BadName,
        Refusal::Start => T::TimeFar,
        Refusal::Duration => T::BadDuration,
        Refusal::TimeZone => T::BadZone,
        Refusal::TextTooLong => T::BadText,
        Refusal::OwnerTwice => T::OwnerTwice,
        Refusal::TooManyPresenters => T::TooManyPresenters,
        Refusal::WebinarGuests => T::WebinarGuests,
        Refusal::Limit { .. } => T::BadOption,
        Refusal::WebinarOption { .. } => T::WebinarOption,
        Refusal::Elsewhere => T::ElsewhereRoom,
        Refusal::Running => T::IsRunning,
        Refusal::NotRunning => T::NotRunning,
        Refusal::EndMoved => T::EndWasMoved,
        Refusal::ChangedMeanwhile => T::ChangedMeanwhile,
        Refusal::Rule(why) => repeat::refusal(why).1,
        Refusal::WebinarRepeats => T::WebinarOnce,
        Refusal::PersonalRoom => T::PersonalStays,
        Refusal::TooManyGroups => T::TooManyGroups,
        Refusal::TooManySlides => T::TooManySlides,
        Refusal::NoSlides => T::NotFound,
        Refusal::NoOccurrence => T::NoSuchDate,
        Refusal::OccurrenceFar => T::DateFar,
        Refusal::TooManyExceptions => T::TooManyChanged,
        Refusal::TooManyInvitees => T::TooManyInvited,
        Refusal::NoInvitee => T::NotFound,
    }
}

/// The field that a rule speaks of.
pub const fn refused_field(why: Refusal) -> &'static str {
    match why {
        Refusal::Name => "name",
        Refusal::Start => "starts_at",
        Refusal::Duration => "minutes",
        Refusal::TimeZone => "time_zone",
        Refusal::OwnerTwice | Refusal::TooManyPresenters => "presenters",
        Refusal::WebinarGuests => "guest_policy",
        Refusal::Limit { field, .. } | Refusal::WebinarOption { field } => field,
        Refusal::Rule(why) => repeat::refusal(why).0,
        Refusal::WebinarRepeats => "repeat",
        Refusal::TooManyGroups => "groups",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::meeting::GuestPolicy;

    use super::*;

    const NOW: Time = Time(1_794_000_000_000);

    fn held() -> Details {
        Details::new("Cours", Time(1_795_000_001_234), 5430, "Europe/Paris")
    }

    fn fields(form: &MeetingForm, held: &Details) -> Vec<&'static str> {
        let wrong = form
            .read(held, &FormFields::default(), NOW, Lang::En)
            .expect_err("something is wrong");
        wrong.into_iter().map(|w| w.field).collect()
    }

    /// Census M22: minutes of a duration were dropped when it was edited.
    #[test]
    fn a_form_read_back_changes_nothing() {
        let mut held = held();
        held.description = "un\ndeux".into();
        held.options.record = true;
        let form = MeetingForm::of(&held, &[]);
        assert_eq!(
            form.read(&held, &FormFields::default(), NOW, Lang::Fr),
            Ok(held.clone())
        );
        // Also when it is over: only another time must lie ahead.
        let later = held.ends_at().plus_s(3600);
        assert_eq!(
            form.read(&held, &FormFields::default(), later, Lang::Fr),
            Ok(held.clone())
        );
        let moved = MeetingForm {
            minutes: "30".into(),
            ..form
        };
        let wrong = moved
            .read(&held, &FormFields::default(), later, Lang::En)
            .expect_err("past");
        assert_eq!(wrong[0].field, "starts_at");
    }

    #[test]
    fn a_webinar_accepts_everybody() {
        let held = held();
        let form = MeetingForm {
            is_webinar: Some("on".into()),
            more: [("guest_policy".to_owned(), "ALWAYS_DENY".to_owned())].into(),
            ..MeetingForm::of(&held, &[])
        };
        let read = form
            .read(&held, &FormFields::default(), NOW, Lang::En)
            .map(|d| d.options.guest_policy);
        assert_eq!(read, Ok(GuestPolicy::AlwaysAccept));
        // The other of the two kinds posts an empty word.
        let plain = MeetingForm {
            is_webinar: Some(String::new()),
            ..form
        };
        let read = plain
            .read(&held, &FormFields::default(), NOW, Lang::En)
            .expect("a meeting");
        assert!(!read.is_webinar && read.options.guest_policy == GuestPolicy::AlwaysDeny);
    }

    #[test]
    fn co_owners_are_named_once() {
        let form = MeetingForm {
            presenters: "ana, bob\n zoe;ana".into(),
            ..MeetingForm::default()
        };
        assert_eq!(form.logins(), ["ana", "bob", "zoe"]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let form = MeetingForm {
            name: "x".into(),
            starts_at: "tomorrow".into(),
            minutes: "0".into(),
            more: [
                ("max_participants".to_owned(), "many".to_owned()),
                ("welcome_text".to_owned(), "x".repeat(5000)),
            ]
            .into(),
            ..MeetingForm::of(&held(), &[])
        };
        assert_eq!(
            fields(&form, &held()),
            ["name", "starts_at", "minutes", "max_participants", "welcome_text"]
        );
        let nowhere = MeetingForm {
            time_zone: "Mars/Olympus".into(),
            ..MeetingForm::of(&held(), &[])
        };
        assert_eq!(fields(&nowhere, &held()), ["time_zone"]);
        let emptied = MeetingForm {
            starts_at: String::new(),
            time_zone: String::new(),
            ..MeetingForm::of(&held(), &[])
        };
        assert_eq!(fields(&emptied, &held()), ["time_zone", "starts_at"]);
        for slip in ["20266-11-21T10:00", "2062-11-21T10:00"] {
            let far = MeetingForm {
                starts_at: slip.into(),
                ..MeetingForm::of(&held(), &[])
            };
            assert_eq!(fields(&far, &held()), ["starts_at"], "{slip}");
        }
        let over = MeetingForm {
            starts_at: "2020-01-01T10:00".into(),
            ..MeetingForm::of(&held(), &[])
        };
        assert_eq!(fields(&over, &held()), ["starts_at"]);
    }

    #[test]
    fn a_time_that_the_clock_skips_says_when_it_goes_on() {
        let form = MeetingForm {
            starts_at: "2027-03-28T02:30".into(),
            ..MeetingForm::of(&held(), &[])
        };
        let wrong = form
            .read(&held(), &FormFields::default(), NOW, Lang::En)
            .expect_err("skipped");
        assert_eq!(wrong[0].field, "starts_at");
        assert!(wrong[0].text.contains("03:00"), "{wrong:?}");
        // And of a time that comes twice the first is meant.
        let twice = MeetingForm {
            starts_at: "2027-10-31T02:30".into(),
            ..form
        };
        let read = twice
            .read(&held(), &FormFields::default(), NOW, Lang::En)
            .expect("a meeting");
        assert_eq!(read.starts_at.rfc3339(), "2027-10-31T00:30:00.000Z");
    }
}
