//! What BBB answers, by element name (order differs between versions and load balancers). Passwords and
//! other tenants' data are never taken over.

use super::error::BbbError;
use super::xml::Element;

/// Longest internal id that is taken, in bytes: BBB's own are a SHA-1 and a time, 54.
const INTERNAL_MAX: usize = 256;

/// The version document (contract §3.1). It proves reachability, not the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `version`, `2.0` in all of them.
    pub api: String,
    /// `bbbVersion`, mostly hidden by the administrator.
    pub bbb: Option<String>,
}

impl Version {
    /// Of the version document.
    pub fn read(root: &Element) -> Self {
        Self {
            api: root.text_of("version").to_owned(),
            bbb: root.some_text_of("bbbVersion"),
        }
    }
}

/// A room that exists now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Unix ms; with it a session is known again: another value is another session.
    pub create_time: i64,
    /// `internalMeetingID`.
    pub internal_id: String,
    /// It existed before (`duplicateWarning`): our parameters were ignored.
    pub duplicate: bool,
    /// `hasUserJoined`.
    pub has_user_joined: bool,
    /// `voiceBridge`.
    pub voice_bridge: Option<String>,
    /// `dialNumber`.
    pub dial_number: Option<String>,
}

impl Created {
    /// Of the answer to `create`.
    ///
    /// # Errors
    /// Something that every BBB says is missing.
    pub fn read(root: &Element) -> Result<Self, BbbError> {
        Ok(Self {
            create_time: required(root, "createTime")?,
            // It goes into an event: what is no id stays outside.
            internal_id: root
                .some_text_of("internalMeetingID")
                .filter(|id| id.len() <= INTERNAL_MAX && !id.contains(char::is_control))
                .ok_or_else(|| BbbError::unreadable("no internalMeetingID"))?,
            duplicate: root.text_of("messageKey") == "duplicateWarning",
            has_user_joined: root.flag("hasUserJoined"),
            voice_bridge: root.some_text_of("voiceBridge"),
            dial_number: root.some_text_of("dialNumber"),
        })
    }
}

fn required(element: &Element, name: &'static str) -> Result<i64, BbbError> {
    element
        .number(name)
        .ok_or_else(|| BbbError::unreadable("a number is missing"))
}

fn count(element: &Element, name: &str) -> u32 {
    element.number(name).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

/// A person in the room. The same `user_id` may stand twice (two tabs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// `userID`: ours if we gave one, else BBB's internal id.
    pub user_id: String,
    /// `fullName`.
    pub name: String,
    /// Whether `role` is `MODERATOR`.
    pub moderator: bool,
    /// `role` as BBB says it (`MODERATOR`, `VIEWER`, `DIAL-IN-USER`).
    pub role: String,
    /// `isPresenter`.
    pub presenter: bool,
    /// `isListeningOnly`.
    pub listening_only: bool,
    /// `hasJoinedVoice`.
    pub has_joined_voice: bool,
    /// `hasVideo`.
    pub has_video: bool,
}

/// One room's state at the moment of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomInfo {
    /// Unix ms.
    pub create_time: i64,
    /// `internalMeetingID`.
    pub internal_id: String,
    /// Somebody is in it (not: it exists).
    pub running: bool,
    /// `hasUserJoined`: somebody was in it once.
    pub has_user_joined: bool,
    /// `hasBeenForciblyEnded`: it is being ended.
    pub ended: bool,
    /// `startTime`, Unix ms.
    pub start_time: i64,
    /// `endTime`, Unix ms; may be non-zero in a running room, so it decides nothing.
    pub end_time: i64,
    /// `participantCount`.
    pub participants: u32,
    /// `moderatorCount`.
    pub moderators: u32,
    /// `listenerCount`.
    pub listeners: u32,
    /// `voiceParticipantCount`.
    pub voices: u32,
    /// `videoCount`.
    pub videos: u32,
    /// The `record` flag of create, **not** "recording now".
    pub record: bool,
    /// Who is in it.
    pub attendees: Vec<Attendee>,
}

impl RoomInfo {
    /// Of the answer to `getMeetingInfo`.
    ///
    /// # Errors
    /// Something that every BBB says is missing.
    pub fn read(root: &Element) -> Result<Self, BbbError> {
        let attendees = root.child("attendees").map(attendees).unwrap_or_default();
        Ok(Self {
            create_time: required(root, "createTime")?,
            internal_id: root.text_of("internalMeetingID").to_owned(),
            running: root.flag("running"),
            has_user_joined: root.flag("hasUserJoined"),
            ended: root.flag("hasBeenForciblyEnded"),
            start_time: root.number("startTime").unwrap_or(0),
            end_time: root.number("endTime").unwrap_or(0),
            participants: count(root, "participantCount"),
            moderators: count(root, "moderatorCount"),
            listeners: count(root, "listenerCount"),
            voices: count(root, "voiceParticipantCount"),
            videos: count(root, "videoCount"),
            record: root.flag("recording"),
            attendees,
        })
    }
}

fn attendees(list: &Element) -> Vec<Attendee> {
    list.children
        .iter()
        .filter(|child| child.name == "attendee")
        .map(|one| Attendee {
            user_id: one.text_of("userID").to_owned(),
            name: one.text_of("fullName").to_owned(),
            moderator: one.text_of("role").eq_ignore_ascii_case("MODERATOR"),
            role: one.text_of("role").to_owned(),
            presenter: one.flag("isPresenter"),
            listening_only: one.flag("isListeningOnly"),
            has_joined_voice: one.flag("hasJoinedVoice"),
            has_video: one.flag("hasVideo"),
        })
        .collect()
}

/// Most meetings of one answer that are looked at.
const MEETINGS_MAX: usize = 1000;
/// Most moderators of one meeting that are looked at, and most characters of a name or an id of theirs.
const MODERATORS_MAX: usize = 50;
const NAME_MAX: usize = 255;

/// One line of `getMeetings`; it may be another application's. Who only watches is not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingSummary {
    /// External id.
    pub id: String,
    /// Unix ms.
    pub create_time: i64,
    /// `internalMeetingID`.
    pub internal_id: String,
    /// Somebody is in it.
    pub running: bool,
    /// `participantCount`.
    pub participants: u32,
    /// `moderatorCount`.
    pub moderators: u32,
    /// `meetingName`.
    pub name: String,
    /// `hasBeenForciblyEnded`: it is being ended.
    pub ended: bool,
    /// The `record` flag of create, **not** "recording now".
    pub record: bool,
    /// `isBreakout`: a room beside another.
    pub breakout: bool,
    /// `parentMeetingID` of such a room: the other's internal id.
    pub parent: String,
    /// It has such rooms (`breakoutRooms`).
    pub has_breakouts: bool,
    /// Its moderators: `userID` and `fullName`.
    pub moderating: Vec<(String, String)>,
}

/// The beginning of a text.
fn begin(text: &str) -> String {
    text.chars().take(NAME_MAX).collect()
}

impl MeetingSummary {
    /// A document without a `meetings` element and without `noMeetings` is no list: an answer that was read
    /// as "no meeting" would end every live at once (gateway contract §8.10).
    ///
    /// # Errors
    /// No list, or a meeting in it without its time.
    pub fn read_all(root: &Element) -> Result<Vec<Self>, BbbError> {
        let Some(list) = root.child("meetings") else {
            return if root.text_of("messageKey") == "noMeetings" {
                Ok(Vec::new())
            } else {
                Err(BbbError::unreadable("no meetings element"))
            };
        };
        list.children
            .iter()
            .filter(|child| child.name == "meeting")
            .take(MEETINGS_MAX)
            .map(|one| {
                let people = one.child("attendees").map(attendees).unwrap_or_default();
                let moderating = people.iter().filter(|a| a.moderator).take(MODERATORS_MAX);
                Ok(Self {
                    id: one.text_of("meetingID").to_owned(),
                    create_time: required(one, "createTime")?,
                    internal_id: one.text_of("internalMeetingID").to_owned(),
                    running: one.flag("running"),
                    participants: count(one, "participantCount"),
                    moderators: count(one, "moderatorCount"),
                    name: begin(one.text_of("meetingName")),
                    ended: one.flag("hasBeenForciblyEnded"),
                    record: one.flag("recording"),
                    breakout: one.flag("isBreakout"),
                    parent: one.text_of("parentMeetingID").to_owned(),
                    has_breakouts: one.child("breakoutRooms").is_some_and(|b| !b.children.is_empty()),
                    moderating: moderating.map(|a| (begin(&a.user_id), begin(&a.name))).collect(),
                })
            })
            .collect()
    }
}

/// A registered webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCreated {
    /// `hookID`: a UUID, an integer in bbb-webhooks 2.
    pub id: String,
    /// It was registered before; our meeting id and events were ignored.
    pub duplicate: bool,
}

/// A line of `hooks/list`.
#[derive(Clone, PartialEq, Eq)]
pub struct HookListed {
    /// `hookID`.
    pub id: String,
    /// `callbackURL`; holds a token.
    pub callback_url: String,
    /// The external meeting id it is limited to.
    pub meeting_id: Option<String>,
    /// Permanent hooks belong to the administrator.
    pub permanent: bool,
}

impl std::fmt::Debug for HookListed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookListed")
            .field("id", &self.id)
            .field("meeting_id", &self.meeting_id)
            .finish_non_exhaustive()
    }
}

impl HookListed {
    /// Of the answer to `hooks/list`.
    pub fn read_all(root: &Element) -> Vec<Self> {
        let Some(list) = root.child("hooks") else {
            return Vec::new();
        };
        list.children
            .iter()
            .filter(|child| child.name == "hook")
            .map(|one| Self {
                id: one.text_of("hookID").to_owned(),
                callback_url: one.text_of("callbackURL").to_owned(),
                meeting_id: one.some_text_of("meetingID"),
                permanent: one.flag("permanentHook"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    /// What other front ends' rooms hold of people who only watch is not ours to have.
    #[test]
    fn of_a_list_of_meetings_moderators_alone_are_taken_over_and_so_many_of_them() {
        let attendee = |id: usize, role: &str, name: &str| {
            format!("<attendee><userID>u{id}</userID><fullName>{name}</fullName><role>{role}</role></attendee>")
        };
        let long = "é".repeat(NAME_MAX + 1);
        let many: String = (0..MODERATORS_MAX + 9)
            .map(|n| attendee(n, "moderator", &long))
            .collect();
        let meeting = |people: &str, more: &str| {
            format!(
                "<meeting><meetingName>Optics</meetingName><meetingID>m</meetingID><internalMeetingID>i</internalMeetingID>\
                 <createTime>5</createTime><attendees>{people}</attendees>{more}</meeting>"
            )
        };
        let two = format!("{}{}", attendee(1, "MODERATOR", "Zoé"), attendee(2, "VIEWER", "Awa"));
        let beside = "<isBreakout>true</isBreakout><parentMeetingID>p</parentMeetingID>";
        let body = format!(
            "<response><returncode>SUCCESS</returncode><meetings>{}{}{}</meetings></response>",
            meeting(
                &two,
                "<breakoutRooms><breakout>b</breakout></breakoutRooms><recording>true</recording>"
            ),
            meeting(&many, beside),
            meeting(
                "",
                "<breakoutRooms></breakoutRooms><hasBeenForciblyEnded>true</hasBeenForciblyEnded>"
            ),
        );
        let root = xml::envelope(body.as_bytes()).expect("a document");
        let all = MeetingSummary::read_all(&root).expect("a list");
        assert_eq!(all[0].moderating, [("u1".to_owned(), "Zoé".to_owned())]);
        assert!(all[0].has_breakouts && all[0].record && !all[0].breakout && !all[0].ended);
        assert!(all[1].breakout && all[1].parent == "p");
        assert_eq!(all[1].moderating.len(), MODERATORS_MAX);
        assert!(
            all[1]
                .moderating
                .iter()
                .all(|(_, name)| name.chars().count() == NAME_MAX)
        );
        assert!(!all[2].has_breakouts && all[2].ended);
    }
}
