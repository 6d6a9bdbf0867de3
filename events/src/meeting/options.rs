//! The options of a meeting's room, each defined once: type, limits, default, section of the form, BBB parameter. Event,
//! rules, API, BBB call and documentation (`docs/meeting-options.md`) are made from this table.
//!
//! Names and defaults are census §1.1's; where they differ the option says so. Everything here stands in clear in the log.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TEXT_MAX;
pub use super::values::{Feature, GuestPolicy, Kind, Layout, OptionValue, OrServers};
use crate::catalogue::Public;

/// Where an option stands in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Who comes in.
    Access,
    /// Recording.
    Record,
    /// What people are shown and told.
    Texts,
    /// Sound and cameras.
    Media,
    /// What viewers may not do.
    Locks,
    /// What the room offers.
    Features,
    /// When the room closes by itself.
    End,
}

/// What is known of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// Its name, in events, API and settings.
    pub field: &'static str,
    /// Form and limits.
    pub kind: Kind,
    /// Where it stands in the form.
    pub section: Section,
    /// Parameter of BBB's `create`.
    pub bbb: &'static str,
    /// First version of BBB that knows the parameter, where an older one is in the field; older ones ignore it.
    pub since: Option<&'static str>,
    /// The only value that a webinar can have, as BBB writes it.
    pub webinar: Option<&'static str>,
    /// What it does.
    pub doc: &'static str,
}

/// Why an option was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// There is no such option.
    #[error("unknown field `{0}`")]
    Unknown(String),
    /// Not of its kind, or out of its limits.
    #[error("`{}` takes {}", .0.field, .0.kind)]
    Limit(&'static OptionSpec),
}

macro_rules! first {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

macro_rules! options {
    ($( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr, $kind:expr, $section:ident, $bbb:literal $(, since $since:literal)? $(, webinar $must:literal)?; )+) => {
        /// What a person chose for a meeting's room. A field that an older event doesn't have is as it was by then: its default.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Options { $( $(#[doc = $doc])+ pub $field: $type, )+ }

        impl Default for Options {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        /// Every option, in the order of the form.
        pub const OPTIONS: &[OptionSpec] = &[$( OptionSpec {
            field: stringify!($field),
            kind: $kind,
            section: Section::$section,
            bbb: $bbb,
            since: first!($($since)?),
            webinar: first!($($must)?),
            doc: concat!($($doc),+),
        } ),+];

        impl Options {
            /// Each value in the order of [`OPTIONS`]: whether it keeps its limits, and how BBB is told.
            fn values(&self) -> Vec<(bool, Option<String>)> {
                vec![$( (OptionValue::fits(&self.$field, $kind), OptionValue::for_bbb(&self.$field)) ),+]
            }

            fn read(&mut self, field: &str, value: Value) -> Option<()> {
                match field {
                    $( stringify!($field) => self.$field = serde_json::from_value(value).ok()?, )+
                    _ => return None,
                }
                Some(())
            }
        }
    };
}

const MINUTES: Kind = Kind::Number {
    min: 0,
    max: 1440,
    or_zero: false,
};
const LONG: Kind = Kind::Text {
    max: TEXT_MAX,
    lines: true,
};

options! {
    /// Who is let in (census: left to BBB); a webinar lets everybody in, or the gateway's robot would wait outside.
    guest_policy: GuestPolicy = GuestPolicy::AlwaysAccept, Kind::Choice(GuestPolicy::WORDS), Access, "guestPolicy", webinar "ALWAYS_ACCEPT";
    /// Most people in the room, 0 for no limit.
    max_participants: u32 = 150, Kind::Number { min: 0, max: u32::MAX, or_zero: false }, Access, "maxParticipants";
    /// Moderators may make a guest a moderator.
    allow_promote_guest_to_moderator: bool = false, Kind::Flag, Access, "allowPromoteGuestToModerator", since "2.7.9";
    /// Five digits for joining by telephone; 0 leaves the choice to BBB, so that no two rooms ask for the same (census: a random one).
    voice_bridge: OrServers = OrServers(0), Kind::Number { min: 10_000, max: 99_998, or_zero: true }, Access, "voiceBridge";
    /// BBB records the session (census: on).
    record: bool = false, Kind::Flag, Record, "record";
    /// The recording begins by itself.
    auto_start_recording: bool = false, Kind::Flag, Record, "autoStartRecording";
    /// Moderators may stop the recording and go on with it.
    allow_start_stop_recording: bool = true, Kind::Flag, Record, "allowStartStopRecording";
    /// People are told that a recording runs.
    notify_recording_is_on: bool = false, Kind::Flag, Record, "notifyRecordingIsOn", since "2.6";
    /// Shown in BBB's chat at the start (census: a word).
    welcome_text: Public<String> = Public::default(), LONG, Texts, "welcome";
    /// Shown in BBB's chat to moderators only.
    moderator_only_message: Public<String> = Public::default(), Kind::Text { max: 1000, lines: true }, Texts, "moderatorOnlyMessage";
    /// A line above the room.
    banner_text: Public<String> = Public::default(), Kind::Text { max: 200, lines: false }, Texts, "bannerText";
    /// Colour of that line.
    banner_color: Public<String> = Public::default(), Kind::Colour, Texts, "bannerColor";
    /// Picture in the room's corner.
    logo: Public<String> = Public::default(), Kind::Address { max: 500 }, Texts, "logo";
    /// Where people land when they leave; empty for this service.
    logout_url: Public<String> = Public::default(), Kind::Address { max: 500 }, Texts, "logoutURL";
    /// People come in muted.
    mute_on_start: bool = true, Kind::Flag, Media, "muteOnStart";
    /// Moderators may unmute others.
    allow_mods_to_unmute_users: bool = false, Kind::Flag, Media, "allowModsToUnmuteUsers";
    /// Viewers' cameras are seen by moderators only.
    webcam_only_for_moderators: bool = false, Kind::Flag, Media, "webcamsOnlyForModerator";
    /// Moderators may switch a camera off.
    allow_mods_to_eject_cameras: bool = false, Kind::Flag, Media, "allowModsToEjectCameras";
    /// Most cameras of one person; 0 leaves it to BBB.
    user_camera_cap: OrServers = OrServers(0), Kind::Number { min: 0, max: 10, or_zero: false }, Media, "userCameraCap";
    /// Most cameras in the room; 0 leaves it to BBB.
    meeting_camera_cap: OrServers = OrServers(0), Kind::Number { min: 0, max: 1000, or_zero: false }, Media, "meetingCameraCap";
    /// Viewers can't share their camera.
    lock_settings_disable_cam: bool = false, Kind::Flag, Locks, "lockSettingsDisableCam";
    /// Viewers can't share their microphone.
    lock_settings_disable_mic: bool = false, Kind::Flag, Locks, "lockSettingsDisableMic";
    /// Viewers can't write to one another.
    lock_settings_disable_private_chat: bool = false, Kind::Flag, Locks, "lockSettingsDisablePrivateChat";
    /// Viewers can't write in the public chat.
    lock_settings_disable_public_chat: bool = false, Kind::Flag, Locks, "lockSettingsDisablePublicChat";
    /// Viewers can't write in the shared notes.
    lock_settings_disable_note: bool = false, Kind::Flag, Locks, "lockSettingsDisableNotes";
    /// Viewers can't change the layout. Servers since 2.6 ignore it.
    lock_settings_locked_layout: bool = false, Kind::Flag, Locks, "lockSettingsLockedLayout";
    /// Viewers don't see who else is a viewer.
    lock_settings_hide_user_list: bool = false, Kind::Flag, Locks, "lockSettingsHideUserList";
    /// Viewers don't see one another's cursor.
    lock_settings_hide_viewers_cursor: bool = false, Kind::Flag, Locks, "lockSettingsHideViewersCursor", since "2.5";
    /// Viewers don't see one another's annotations.
    lock_settings_hide_viewers_annotation: bool = false, Kind::Flag, Locks, "lockSettingsHideViewersAnnotation", since "2.7";
    /// The locks hold as soon as somebody comes in.
    lock_settings_lock_on_join: bool = true, Kind::Flag, Locks, "lockSettingsLockOnJoin";
    /// How the room is laid out at the start.
    meeting_layout: Layout = Layout::Server, Kind::Choice(Layout::WORDS), Features, "meetingLayout";
    /// What is switched off in the room. A webinar with a chat keeps `chat`.
    disabled_features: BTreeSet<Feature> = BTreeSet::new(), Kind::Several(Feature::WORDS), Features, "disabledFeatures", since "2.5";
    /// Moderators see who takes part how, in BBB's learning dashboard. Off, it joins what is switched off.
    learning_dashboard: bool = true, Kind::Flag, Features, "disabledFeatures", since "2.5";
    /// Minutes that the learning dashboard stays after the end, 0 for good.
    learning_dashboard_cleanup_delay: u32 = 2, MINUTES, Features, "learningDashboardCleanupDelayInMinutes";
    /// The room closes when no moderator is left. In a webinar always: the gateway's robot would keep it open.
    end_when_no_moderator: bool = true, Kind::Flag, End, "endWhenNoModerator", webinar "true";
    /// So many minutes after that; 0 for the service's setting `AMPHI_NO_MODERATOR_MINUTES`.
    end_when_no_moderator_delay: OrServers = OrServers(0), MINUTES, End, "endWhenNoModeratorDelayInMinutes";
    /// The room closes when nobody came for so many minutes, 0 for never.
    expire_if_no_user_joined: u32 = 5, MINUTES, End, "meetingExpireIfNoUserJoinedInMinutes";
    /// The room closes so many minutes after the last one left, 0 for never.
    expire_when_last_user_left: u32 = 1, MINUTES, End, "meetingExpireWhenLastUserLeftInMinutes";
}

impl Options {
    /// Sets an option by its name.
    ///
    /// # Errors
    /// There is none of that name, or the value is not of its kind or out of its limits.
    pub fn set(&mut self, field: &str, value: Value) -> Result<(), SetError> {
        let Some(at) = OPTIONS.iter().position(|o| o.field == field) else {
            return Err(SetError::Unknown(field.to_owned()));
        };
        let limit = || SetError::Limit(&OPTIONS[at]);
        let mut with = self.clone();
        with.read(field, value).ok_or_else(limit)?;
        if !with.values().get(at).is_some_and(|(fits, _)| *fits) {
            return Err(limit());
        }
        *self = with;
        Ok(())
    }

    /// The first option out of its limits.
    pub fn out_of_limits(&self) -> Option<&'static OptionSpec> {
        let values = self.values();
        OPTIONS.iter().zip(values).find(|(_, (fits, _))| !fits).map(|(o, _)| o)
    }

    /// The first option that a webinar can't have as it is.
    pub fn unfit_for_webinar(&self, with_chat: bool) -> Option<&'static OptionSpec> {
        let values = self.values();
        // Lines of the live page would be dropped without a word by a room that has no chat (bbb-contract §2, sendChatMessage).
        let mute = with_chat && self.disabled_features.contains(&Feature::Chat);
        OPTIONS.iter().zip(values).find_map(|(o, (_, sent))| {
            let other = o.webinar.is_some_and(|must| sent.as_deref() != Some(must));
            (other || (mute && o.field == "disabled_features")).then_some(o)
        })
    }

    /// Parameters of BBB's `create`. What stands in the form holds, whatever the server's own default is; only what is left to the server is not sent.
    pub fn for_bbb(&self) -> Vec<(&'static str, String)> {
        let mut switched_off = self.disabled_features.clone();
        if !self.learning_dashboard {
            switched_off.insert(Feature::LearningDashboard);
        }
        let mut told = vec![];
        for (option, (_, sent)) in OPTIONS.iter().zip(self.values()) {
            let sent = match option.field {
                "learning_dashboard" => None,
                "disabled_features" => switched_off.for_bbb(),
                _ => sent,
            };
            told.extend(sent.map(|value| (option.bbb, value)));
        }
        told
    }
}

/// `docs/meeting-options.md`.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Options of a meeting\n\n\
         Made from `events/src/meeting/options.rs` by a test (`UPDATE_DOCS=1`). The names are those of the API's meeting; texts stand in clear in\n\
         the log. What is 0 or empty and said to be left to BBB is not sent; everything else is, so that what the meeting says holds\n\
         whatever the server's own default is. An older server ignores what it doesn't know.\n\n\
         | Option | Section | Takes | Default | In a webinar | BBB `create` | What |\n|---|---|---|---|---|---|---|\n",
    );
    let defaults = serde_json::to_value(Options::default()).unwrap_or_default();
    for o in OPTIONS {
        let since = o.since.map(|v| format!(" (since {v})")).unwrap_or_default();
        let must = o.webinar.map(|v| format!("`{v}`")).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `{}` | {:?} | {} | `{}` | {must} | `{}`{since} | {} |",
            o.field,
            o.section,
            o.kind,
            defaults[o.field],
            o.bbb,
            o.doc.trim()
        );
    }
    out
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
