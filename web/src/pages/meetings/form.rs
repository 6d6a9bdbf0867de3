//! The form of a meeting: new and changed.

use amphi_events::Time;
use amphi_events::meeting::{self, Details, GuestPolicy, Refusal};
use maud::{Markup, html};
use serde::Deserialize;

use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{field, problem, tick};

/// What the form posts. A box that isn't ticked isn't there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct MeetingForm {
    /// `cancel` from the meeting's page, else empty.
    pub action: String,
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
    /// Box.
    pub is_webinar: Option<String>,
    /// Box.
    pub enable_chat: Option<String>,
    /// Box.
    pub is_restricted: Option<String>,
    /// Logins of co-owners, separated by commas, blanks or lines.
    pub presenters: String,
    /// Most people in the room.
    pub max_participants: String,
    /// Shown in BBB's chat.
    pub welcome_text: String,
    /// `ALWAYS_ACCEPT`, `ALWAYS_DENY`, `ASK_MODERATOR`.
    pub guest_policy: String,
    /// Box.
    pub record: Option<String>,
    /// Box.
    pub mute_on_start: Option<String>,
}

impl MeetingForm {
    /// What a new meeting begins with: the next half hour, an hour and a half (census §1.1 proposes two).
    pub fn fresh(now: Time, zone: &str) -> Self {
        let half = 30 * 60 * 1000;
        let next = Time((now.0 / half + 1) * half);
        let details = Details::new("", next, 5400, zone);
        Self::of(&details, &[])
    }

    /// A meeting as the form shows it.
    pub fn of(d: &Details, logins: &[String]) -> Self {
        let on = |b: bool| b.then(|| "on".to_owned());
        Self {
            action: String::new(),
            name: d.name.0.clone(),
            description: d.description.0.clone(),
            starts_at: times::input(d.starts_at, &d.time_zone),
            minutes: (d.duration_s / 60).to_string(),
            time_zone: d.time_zone.clone(),
            is_webinar: on(d.is_webinar),
            enable_chat: on(d.enable_chat),
            is_restricted: on(d.is_restricted),
            presenters: logins.join(", "),
            max_participants: d.max_participants.to_string(),
            welcome_text: d.welcome_text.0.clone(),
            guest_policy: policy_name(d.guest_policy).to_owned(),
            record: on(d.record),
            mute_on_start: on(d.mute_on_start),
        }
    }

    /// Logins of co-owners.
    pub fn logins(&self) -> Vec<String> {
        let mut logins: Vec<String> = self
            .presenters
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
            .filter(|l| !l.is_empty())
            .map(str::to_owned)
            .collect();
        logins.dedup();
        logins
    }

    /// What it says, onto what held before.
    ///
    /// # Errors
    /// Which field can't be read.
    pub fn read(&self, held: &Details) -> Result<Details, T> {
        if self.time_zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(T::BadZone);
        }
        let shown = times::input(held.starts_at, &held.time_zone);
        // The input has minutes only: an unchanged field keeps the seconds that a program set.
        let starts_at = if self.starts_at == shown && self.time_zone == held.time_zone {
            held.starts_at
        } else {
            times::read_input(&self.starts_at, &self.time_zone).ok_or(T::BadStart)?
        };
        let minutes: i64 = self.minutes.trim().parse().map_err(|_| T::BadDuration)?;
        let duration_s = if minutes == held.duration_s / 60 && held.duration_s > 0 {
            held.duration_s
        } else {
            minutes.saturating_mul(60)
        };
        Ok(Details {
            name: self.name.trim().to_owned().into(),
            description: lines(&self.description).into(),
            starts_at,
            duration_s,
            time_zone: self.time_zone.clone(),
            is_webinar: self.is_webinar.is_some(),
            enable_chat: self.enable_chat.is_some(),
            is_restricted: self.is_restricted.is_some(),
            max_participants: self.max_participants.trim().parse().map_err(|_| T::BadNumber)?,
            welcome_text: lines(&self.welcome_text).into(),
            guest_policy: match self.guest_policy.as_str() {
                // A webinar accepts everybody, or the gateway's robot would wait outside (census §4.1).
                _ if self.is_webinar.is_some() => GuestPolicy::AlwaysAccept,
                "ALWAYS_DENY" => GuestPolicy::AlwaysDeny,
                "ASK_MODERATOR" => GuestPolicy::AskModerator,
                _ => GuestPolicy::AlwaysAccept,
            },
            record: self.record.is_some(),
            mute_on_start: self.mute_on_start.is_some(),
            ..held.clone()
        })
    }
}

/// Browsers post CR LF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

const fn policy_name(policy: GuestPolicy) -> &'static str {
    match policy {
        GuestPolicy::AlwaysAccept => "ALWAYS_ACCEPT",
        GuestPolicy::AlwaysDeny => "ALWAYS_DENY",
        GuestPolicy::AskModerator => "ASK_MODERATOR",
    }
}

/// A meeting's rule in the reader's language.
pub const fn refusal(why: Refusal) -> T {
    match why {
        Refusal::Unknown => T::NotFound,
        Refusal::Exists => T::Exists,
        Refusal::Cancelled => T::IsCancelled,
        Refusal::Name => T::BadName,
        Refusal::Duration => T::BadDuration,
        Refusal::TimeZone => T::BadZone,
        Refusal::TextTooLong => T::BadText,
        Refusal::OwnerTwice => T::OwnerTwice,
        Refusal::TooManyPresenters => T::TooManyPresenters,
        Refusal::WebinarGuests => T::WebinarGuests,
        Refusal::Running => T::IsRunning,
        Refusal::NotRunning => T::NotRunning,
    }
}

/// `/meetings/new` and `/meetings/{id}/edit`.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The meeting, where it exists.
    pub id: Option<String>,
    /// What stands in the fields.
    pub form: MeetingForm,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// Renders the form.
pub fn form(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.form;
    let title = frame.t(if view.id.is_some() {
        T::EditMeeting
    } else {
        T::NewMeeting
    });
    let action = view
        .id
        .as_ref()
        .map_or("/meetings/new".to_owned(), |id| format!("/meetings/{id}/edit"));
    frame.page(title, &Dress::default(), &html! {
        h1 { (title) }
        (problem(view.problem.as_deref()))
        form method="post" action=(action) class="form" {
            (field(frame.t(T::Name), &html! { input name="name" required minlength=(meeting::NAME_MIN) maxlength=(meeting::NAME_MAX) value=(f.name); }))
            (field(frame.t(T::Description), &html! { textarea name="description" rows="4" maxlength=(meeting::TEXT_MAX) { (f.description) } }))
            div class="row" {
                (field(frame.t(T::StartsAt), &html! { input type="datetime-local" name="starts_at" required value=(f.starts_at); }))
                (field(frame.t(T::Minutes), &html! { input type="number" name="minutes" required min="1" max="1440" value=(f.minutes); }))
                (field(frame.t(T::TimeZone), &html! { input name="time_zone" required value=(f.time_zone) spellcheck="false"; }))
            }
            (tick(frame.t(T::IsWebinar), "is_webinar", f.is_webinar.is_some()))
            (tick(frame.t(T::EnableChat), "enable_chat", f.enable_chat.is_some()))
            (tick(frame.t(T::IsRestricted), "is_restricted", f.is_restricted.is_some()))
            (field(frame.t(T::CoOwnersLogins), &html! { input name="presenters" value=(f.presenters) spellcheck="false" autocapitalize="none"; }))
            details {
                summary { (frame.t(T::MoreSettings)) }
                (field(frame.t(T::MaxParticipants), &html! { input type="number" name="max_participants" min="0" value=(f.max_participants); }))
                (field(frame.t(T::WelcomeText), &html! { textarea name="welcome_text" rows="2" maxlength=(meeting::TEXT_MAX) { (f.welcome_text) } }))
                (field(frame.t(T::GuestPolicy), &html! { select name="guest_policy" {
                    @for (value, key) in [("ALWAYS_ACCEPT", T::GuestAccept), ("ASK_MODERATOR", T::GuestAsk), ("ALWAYS_DENY", T::GuestDeny)] {
                        option value=(value) selected[f.guest_policy == value] { (frame.t(key)) }
                    }
                } }))
                (tick(frame.t(T::Record), "record", f.record.is_some()))
                (tick(frame.t(T::MuteOnStart), "mute_on_start", f.mute_on_start.is_some()))
            }
            p { button type="submit" class="main-act" { (frame.t(T::Save)) } " " a href=(view.id.as_ref().map_or("/meetings".to_owned(), |id| format!("/meetings/{id}"))) { (frame.t(T::Back)) } }
        }
    })
}

impl FormView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let fresh = MeetingForm::fresh(Time(1_795_000_000_000), "Europe/Paris");
        vec![
            Self {
                id: None,
                form: fresh.clone(),
                problem: None,
            },
            Self {
                id: Some("01J00000000000000000000002".into()),
                form: MeetingForm {
                    name: "\"><script>x</script>".into(),
                    is_webinar: Some("on".into()),
                    ..fresh
                },
                problem: Some("<b>no</b>".into()),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_read_back_changes_nothing() {
        let mut held = Details::new("Cours", Time(1_795_000_001_234), 5430, "Europe/Paris");
        held.description = "un\ndeux".into();
        held.record = true;
        let read = MeetingForm::of(&held, &[]).read(&held).expect("a meeting");
        assert_eq!(read, held);
    }

    #[test]
    fn a_webinar_accepts_everybody() {
        let held = Details::new("Cours", Time(1_795_000_000_000), 5400, "Europe/Paris");
        let form = MeetingForm {
            is_webinar: Some("on".into()),
            guest_policy: "ALWAYS_DENY".into(),
            ..MeetingForm::of(&held, &[])
        };
        assert_eq!(form.read(&held).map(|d| d.guest_policy), Ok(GuestPolicy::AlwaysAccept));
        assert_eq!(
            MeetingForm {
                presenters: "ana, bob\n zoe".into(),
                ..form
            }
            .logins(),
            ["ana", "bob", "zoe"]
        );
    }
}
