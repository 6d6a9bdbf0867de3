//! What we ask of BBB: a room (`create`) and a person's way into it (`join`).

use std::fmt;

use super::documents::Document;
use super::limits::plain_name;
use super::sign::Query;

/// A room to create. What is not given leaves BBB's default. Passwords are never sent (contract §2.1): without
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
    /// What is shown in it from the start; BBB fetches it after its answer.
    pub documents: Vec<Document>,
    /// The meeting's options under BBB's names, as [`amphi_events::meeting::Options::for_bbb`] tells them, and what stands in their place.
    pub options: Vec<(&'static str, String)>,
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
    /// An option that has no value of its own has this one.
    pub fn default_option(&mut self, name: &'static str, value: String) {
        if !self.options.iter().any(|(held, _)| *held == name) {
            self.options.push((name, value));
        }
    }

    /// The query, without checksum.
    pub fn query(&self) -> Query {
        let mut query = Query::new().with("meetingID", &self.id).with("name", &self.name);
        for (name, value) in &self.options {
            query = query.with(name, value);
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
    use amphi_events::meeting::Options;

    use super::*;

    /// Census M13: a meeting's own address of the end was overwritten.
    #[test]
    fn a_create_carries_no_password_and_what_the_meeting_says() {
        let options = Options {
            mute_on_start: false,
            logout_url: "https://univ.example/bye".into(),
            ..Options::default()
        };
        let mut room = CreateRoom {
            id: "room-1".into(),
            name: "Cours".into(),
            options: options.for_bbb(),
            ..CreateRoom::default()
        };
        room.default_option("logoutURL", "https://live.example/meetings".into());
        room.default_option("endWhenNoModeratorDelayInMinutes", "5".into());
        let query = room.query();
        let sent: Vec<&str> = query.as_str().split('&').collect();
        assert_eq!(sent[..2], ["meetingID=room-1", "name=Cours"]);
        for (option, told) in [
            ("record", "record=false"),
            ("muteOnStart", "muteOnStart=false"),
            ("guestPolicy", "guestPolicy=ALWAYS_ACCEPT"),
            ("logoutURL", "logoutURL=https%3A%2F%2Funiv.example%2Fbye"),
            ("endWhenNoModerator", "endWhenNoModerator=true"),
            ("endWhenNoModeratorDelayInMinutes", "endWhenNoModeratorDelayInMinutes=5"),
        ] {
            let of: Vec<_> = sent.iter().filter(|p| p.starts_with(&format!("{option}="))).collect();
            assert_eq!(of, [&told], "{option}");
        }
        // Without passwords a repeated create is the same create (contract §2.1).
        assert!(!query.as_str().contains("PW="));
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
