//! Pieces that several pages share.

use amphi_events::Time;
use amphi_events::person::Role;
use maud::{Markup, html};

use super::layout::Frame;
use crate::i18n::{Lang, T, times};

/// What a live page says of itself; changed by push afterwards (feature-anchors §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its time has not come.
    Scheduled,
    /// Its time has come, no presenter has opened it.
    Late,
    /// The picture is on its way.
    Starting,
    /// The picture moves.
    OnAir,
    /// The picture stands still at its source.
    Stalled,
    /// It is being stopped.
    Stopping,
    /// It is over.
    Ended,
    /// It will not take place.
    Cancelled,
}

impl Stage {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Late,
        Self::Starting,
        Self::OnAir,
        Self::Stalled,
        Self::Stopping,
        Self::Ended,
        Self::Cancelled,
    ];

    /// From what is known: the same rule as the script's `stage()`.
    pub fn of(cancelled: bool, live: &str, starts_at: Time, now: Time) -> Self {
        match live {
            _ if cancelled => Self::Cancelled,
            "starting" => Self::Starting,
            "on_air" => Self::OnAir,
            "stalled" => Self::Stalled,
            "stopping" => Self::Stopping,
            "ended" => Self::Ended,
            _ if now >= starts_at => Self::Late,
            _ => Self::Scheduled,
        }
    }

    /// Its name in the script and the style sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Late => "late",
            Self::Starting => "starting",
            Self::OnAir => "on_air",
            Self::Stalled => "stalled",
            Self::Stopping => "stopping",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// A word or two.
    pub const fn short(self) -> T {
        match self {
            Self::Scheduled => T::StageScheduled,
            Self::Late => T::StageLate,
            Self::Starting => T::StageStarting,
            Self::OnAir => T::StageOnAir,
            Self::Stalled => T::StageStalled,
            Self::Stopping => T::StageStopping,
            Self::Ended => T::StageEnded,
            Self::Cancelled => T::StageCancelled,
        }
    }

    /// A sentence for viewers.
    pub const fn long(self) -> T {
        match self {
            Self::Scheduled => T::StageScheduledLong,
            Self::Late => T::StageLateLong,
            Self::Starting => T::StageStartingLong,
            Self::OnAir => T::StageOnAirLong,
            Self::Stalled => T::StageStalledLong,
            Self::Stopping => T::StageStoppingLong,
            Self::Ended => T::StageEndedLong,
            Self::Cancelled => T::StageCancelledLong,
        }
    }
}

/// A badge in words; its colour repeats what it says.
pub fn badge(frame: &Frame, stage: Stage) -> Markup {
    html! { span class=(format!("badge {}", stage.as_str())) { (frame.t(stage.short())) } }
}

/// A moment: date, hour, zone.
pub fn moment(frame: &Frame, at: Time, zone: &str) -> Markup {
    html! { time datetime=(at.rfc3339()) { (times::full(frame.lang, at, zone)) } " (" (zone) ")" }
}

/// The page's texts for a script, as an attribute's value.
pub fn texts(lang: Lang, keys: &[(&str, T)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> = keys
        .iter()
        .map(|(name, key)| ((*name).to_owned(), lang.t(*key).into()))
        .collect();
    serde_json::Value::Object(map).to_string()
}

/// What a role is called.
pub const fn role_word(role: Role) -> T {
    match role {
        Role::User => T::RoleUser,
        Role::Staff => T::RoleStaff,
        Role::Auditor => T::RoleAuditor,
        Role::Administrator => T::RoleAdministrator,
    }
}

/// A labelled input.
pub fn field(label: &str, input: &Markup) -> Markup {
    html! { label class="field" { span { (label) } (input) } }
}

/// A labelled check box.
pub fn tick(label: &str, name: &str, on: bool) -> Markup {
    html! { label class="tick" { input type="checkbox" name=(name) value="on" checked[on]; span { (label) } } }
}

/// An error above a form.
pub fn problem(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p class="problem" role="alert" { (text) } } }
}

/// Something that went well.
pub fn notice(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p class="notice" role="status" { (text) } } }
}
