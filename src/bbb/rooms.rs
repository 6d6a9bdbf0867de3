//! What we ask of BBB: a room (`create`) and a person's way into it (`join`).

use std::fmt;

use super::limits::plain_name;
use super::sign::Query;

/// Who waits in front of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuestPolicy {
    /// Everybody enters.
    AlwaysAccept,
    /// No viewer enters.
    AlwaysDeny,
    /// Viewers wait for a moderator.
    AskModerator,
    /// Only guests wait.
    AlwaysAcceptAuth,
}

impl GuestPolicy {
    fn as_str(self) -> &'static str {
        match self {
            Self::AlwaysAccept => "ALWAYS_ACCEPT",
            Self::AlwaysDeny => "ALWAYS_DENY",
            Self::AskModerator => "ASK_MODERATOR",
            Self::AlwaysAcceptAuth => "ALWAYS_ACCEPT_AUTH",
        }
    }
}

/// A room to create. Every `None` leaves BBB's default. Passwords are never sent (contract §2.1): without
/// them a repeated create answers `duplicateWarning` instead of `idNotUnique`, so it may be repeated.
#[derive(Clone, Default)]
pub struct CreateRoom {
    /// Our opaque id, at most 100 of `[A-Za-z0-9-]` (contract §10.4).
    pub id: String,
    /// Title, 2 to 256 characters.
    pub name: String,
    /// `meta_endCallbackUrl`.
    pub end_callback_url: Option<String>,
    /// `meta_bbb-recording-ready-url`.
    pub recording_ready_url: Option<String>,
    /// `meta_analytics-callback-url`; needs `keep_events`.
    pub analytics_callback_url: Option<String>,
    /// Further metadata: names `[a-zA-Z][a-zA-Z0-9-]*`, readable by every holder of the secret.
    pub meta: Vec<(String, String)>,
    /// `record`, sent always; false unless asked.
    pub record: bool,
    /// `autoStartRecording`.
    pub auto_start_recording: Option<bool>,
    /// `allowStartStopRecording`.
    pub allow_start_stop_recording: Option<bool>,
    /// `meetingKeepEvents`.
    pub keep_events: Option<bool>,
    /// `maxParticipants`.
    pub max_participants: Option<u32>,
    /// `duration` in minutes; at its end BBB closes the room.
    pub duration_min: Option<u32>,
    /// `welcome`.
    pub welcome: Option<String>,
    /// `moderatorOnlyMessage`.
    pub moderator_only_message: Option<String>,
    /// `logoutURL`.
    pub logout_url: Option<String>,
    /// `bannerText`.
    pub banner_text: Option<String>,
    /// `bannerColor`.
    pub banner_color: Option<String>,
    /// `logo`.
    pub logo: Option<String>,
    /// `guestPolicy`.
    pub guest_policy: Option<GuestPolicy>,
    /// `muteOnStart`.
    pub mute_on_start: Option<bool>,
    /// `allowModsToUnmuteUsers`.
    pub allow_mods_to_unmute_users: Option<bool>,
    /// `webcamsOnlyForModerator`.
    pub webcams_only_for_moderator: Option<bool>,
    /// `lockSettingsDisableCam`.
    pub lock_cam: Option<bool>,
    /// `lockSettingsDisableMic`.
    pub lock_mic: Option<bool>,
    /// `lockSettingsDisablePrivateChat`.
    pub lock_private_chat: Option<bool>,
    /// `lockSettingsDisablePublicChat`.
    pub lock_public_chat: Option<bool>,
    /// `lockSettingsDisableNotes`.
    pub lock_notes: Option<bool>,
    /// `lockSettingsHideUserList`.
    pub hide_user_list: Option<bool>,
    /// `endWhenNoModerator`: a room where only the robot is left would never end otherwise (gateway contract §4.3).
    pub end_when_no_moderator: Option<bool>,
    /// `endWhenNoModeratorDelayInMinutes`.
    pub end_when_no_moderator_delay_min: Option<u32>,
    /// `meetingExpireIfNoUserJoinedInMinutes`.
    pub expire_if_no_user_joined_min: Option<u32>,
    /// `meetingExpireWhenLastUserLeftInMinutes`.
    pub expire_when_last_user_left_min: Option<u32>,
    /// `meetingLayout`.
    pub layout: Option<String>,
    /// `disabledFeatures`.
    pub disabled_features: Vec<String>,
}

impl fmt::Debug for CreateRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The callback addresses hold tokens.
        f.debug_struct("CreateRoom")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl CreateRoom {
    /// The query, without checksum.
    pub fn query(&self) -> Query {
        let mut query = Query::new()
            .with("meetingID", &self.id)
            .with("name", &self.name)
            .with("record", if self.record { "true" } else { "false" })
            .with_some("autoStartRecording", self.auto_start_recording)
            .with_some("allowStartStopRecording", self.allow_start_stop_recording)
            .with_some("meetingKeepEvents", self.keep_events)
            .with_some("maxParticipants", self.max_participants)
            .with_some("duration", self.duration_min)
            .with_some("welcome", self.welcome.as_deref())
            .with_some("moderatorOnlyMessage", self.moderator_only_message.as_deref())
            .with_some("logoutURL", self.logout_url.as_deref())
            .with_some("bannerText", self.banner_text.as_deref())
            .with_some("bannerColor", self.banner_color.as_deref())
            .with_some("logo", self.logo.as_deref())
            .with_some("guestPolicy", self.guest_policy.map(GuestPolicy::as_str))
            .with_some("muteOnStart", self.mute_on_start)
            .with_some("allowModsToUnmuteUsers", self.allow_mods_to_unmute_users)
            .with_some("webcamsOnlyForModerator", self.webcams_only_for_moderator)
            .with_some("lockSettingsDisableCam", self.lock_cam)
            .with_some("lockSettingsDisableMic", self.lock_mic)
            .with_some("lockSettingsDisablePrivateChat", self.lock_private_chat)
            .with_some("lockSettingsDisablePublicChat", self.lock_public_chat)
            .with_some("lockSettingsDisableNotes", self.lock_notes)
            .with_some("lockSettingsHideUserList", self.hide_user_list)
            .with_some("endWhenNoModerator", self.end_when_no_moderator)
            .with_some("endWhenNoModeratorDelayInMinutes", self.end_when_no_moderator_delay_min)
            .with_some(
                "meetingExpireIfNoUserJoinedInMinutes",
                self.expire_if_no_user_joined_min,
            )
            .with_some(
                "meetingExpireWhenLastUserLeftInMinutes",
                self.expire_when_last_user_left_min,
            )
            .with_some("meetingLayout", self.layout.as_deref());
        if !self.disabled_features.is_empty() {
            query = query.with("disabledFeatures", self.disabled_features.join(","));
        }
        query = query
            .with_some("meta_endCallbackUrl", self.end_callback_url.as_deref())
            .with_some("meta_bbb-recording-ready-url", self.recording_ready_url.as_deref())
            .with_some("meta_analytics-callback-url", self.analytics_callback_url.as_deref());
        for (name, value) in &self.meta {
            if is_meta_name(name) {
                query = query.with(&format!("meta_{name}"), value);
            }
        }
        query
    }
}

fn is_meta_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The role of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A presenter with rights.
    Moderator,
    /// Everybody else.
    Viewer,
}

/// A person's (or the robot's) way into the room. No picture address is sent: it would make every
/// participant's browser call a host of that person's choice.
#[derive(Clone)]
pub struct Join {
    /// The room's external id.
    pub meeting_id: String,
    /// Displayed name; unfit characters are removed.
    pub full_name: String,
    /// Role.
    pub role: Role,
    /// `userID`: our id of the person, given back by polls and webhooks.
    pub user_id: String,
    /// `createTime` of the session: without it the link would open the next session too (contract §2.2).
    pub create_time: i64,
    /// `bot=true`, for the gateway's robot: not counted in `maxParticipants`.
    pub bot: bool,
    /// `excludeFromDashboard=true`.
    pub exclude_from_dashboard: bool,
    /// `guest=true`, for the unauthenticated; omitted otherwise.
    pub guest: bool,
    /// `userdata-KEY`. Keys become XML element names in BBB's answers: those that are none are left out, since
    /// one bad key makes the room's whole document unreadable for everybody.
    pub userdata: Vec<(String, String)>,
    /// `errorRedirectUrl`.
    pub error_redirect_url: Option<String>,
    /// `logoutURL` of this person (3.0).
    pub logout_url: Option<String>,
}

impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("meeting_id", &self.meeting_id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Join {
    /// The query, without checksum.
    pub fn query(&self) -> Query {
        let flag = |on: bool| on.then_some("true");
        let mut query = Query::new()
            .with("meetingID", &self.meeting_id)
            .with("fullName", plain_name(&self.full_name))
            .with(
                "role",
                match self.role {
                    Role::Moderator => "MODERATOR",
                    Role::Viewer => "VIEWER",
                },
            )
            .with("userID", &self.user_id)
            .with("createTime", self.create_time.to_string())
            .with_some("bot", flag(self.bot))
            .with_some("excludeFromDashboard", flag(self.exclude_from_dashboard))
            .with_some("guest", flag(self.guest))
            .with_some("errorRedirectUrl", self.error_redirect_url.as_deref())
            .with_some("logoutURL", self.logout_url.as_deref());
        for (key, value) in &self.userdata {
            if is_element_name(key) {
                query = query.with(&format!("userdata-{key}"), value);
            }
        }
        query
    }
}

fn is_element_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_create_carries_no_password_and_says_record_false() {
        let room = CreateRoom {
            id: "room-1".into(),
            name: "Cours".into(),
            end_when_no_moderator: Some(true),
            ..CreateRoom::default()
        };
        let query = room.query();
        assert_eq!(
            query.as_str(),
            "meetingID=room-1&name=Cours&record=false&endWhenNoModerator=true"
        );
    }

    #[test]
    fn a_join_leaves_out_what_would_break_the_room() {
        let join = Join {
            meeting_id: "room-1".into(),
            full_name: "Awa\u{202e} D.".into(),
            role: Role::Viewer,
            user_id: "p-1".into(),
            create_time: 1_700_000_000_000,
            bot: false,
            exclude_from_dashboard: false,
            guest: false,
            userdata: vec![
                ("bbb_enable_video".into(), "false".into()),
                ("2 bad>".into(), "x".into()),
            ],
            error_redirect_url: None,
            logout_url: None,
        };
        assert_eq!(
            join.query().as_str(),
            "meetingID=room-1&fullName=Awa%20D.&role=VIEWER&userID=p-1&createTime=1700000000000&userdata-bbb_enable_video=false"
        );
    }
}
