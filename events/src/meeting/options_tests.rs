//! The table of options against what the census, BBB and kept events say.

use serde_json::json;

use super::*;
use crate::catalogue::EventData as _;
use crate::meeting::{Details, MeetingCommand, MeetingEvent, Refusal};
use crate::story::{Story, id};
use crate::{Time, meeting::Meeting};

/// As it was appended when the schema was 1, with the five options that existed; never made again by the program.
const SCHEDULED_1: &[u8] = include_bytes!("../../testdata/meeting_scheduled-1.json");

fn details() -> Details {
    Details::new("Assembly", Time(1_800_003_600_000), 3600, "Europe/Paris")
}

fn schedule(spoil: impl FnOnce(&mut Details)) -> MeetingCommand {
    let mut details = details();
    spoil(&mut details);
    MeetingCommand::Schedule {
        owner: id(1),
        live: id(2),
        details: Box::new(details),
    }
}

#[test]
fn a_kept_event_with_five_options_is_read() {
    let event = MeetingEvent::decode("MeetingScheduled", 1, SCHEDULED_1).unwrap();
    let MeetingEvent::MeetingScheduled { details, .. } = &event else {
        panic!("{event:?}")
    };
    let held = Options {
        max_participants: 80,
        welcome_text: "Bienvenue".into(),
        record: true,
        mute_on_start: false,
        ..Options::default()
    };
    assert_eq!(details.options, held);
    assert_eq!((details.additional_owners.len(), &*details.name.0), (1, "Assemblée"));
    assert_eq!(
        MeetingEvent::decode("MeetingScheduled", 2, &event.encode()).unwrap(),
        event
    );
}

#[test]
fn options_stand_beside_the_other_fields() {
    let event = serde_json::to_value(details()).unwrap();
    for option in OPTIONS {
        assert!(event.get(option.field).is_some(), "{}", option.field);
    }
    assert!(event.get("options").is_none());
}

#[test]
fn defaults_keep_their_own_limits_and_suit_a_webinar() {
    let defaults = Options::default();
    assert_eq!(defaults.out_of_limits(), None);
    assert_eq!(defaults.unfit_for_webinar(true), None);
    let mut names: Vec<_> = OPTIONS.iter().map(|o| o.field).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), OPTIONS.len());
}

#[test]
fn a_refusal_names_field_and_limit() {
    type Spoil = fn(&mut Options);
    let cases: [(&str, Spoil); 11] = [
        ("welcome_text", |o| o.welcome_text = "x".repeat(TEXT_MAX + 1).into()),
        ("moderator_only_message", |o| {
            o.moderator_only_message = "x".repeat(1001).into();
        }),
        ("banner_text", |o| o.banner_text = "two\nlines".into()),
        ("banner_color", |o| o.banner_color = "blue".into()),
        ("banner_color", |o| o.banner_color = "#12345é".into()),
        ("logo", |o| o.logo = "javascript:alert(1)".into()),
        ("logout_url", |o| o.logout_url = "https:///nowhere".into()),
        ("logout_url", |o| {
            o.logout_url = format!("https://a/{}", "x".repeat(500)).into();
        }),
        // Census M14: BBB's test bridge, and numbers that no telephone can dial.
        ("voice_bridge", |o| o.voice_bridge = OrServers(99_999)),
        ("voice_bridge", |o| o.voice_bridge = OrServers(9_999)),
        ("expire_if_no_user_joined", |o| o.expire_if_no_user_joined = 1441),
    ];
    for (name, spoil) in cases {
        let why = Story::<Meeting>::at(1_800_000_000_000).refused(&schedule(|d| spoil(&mut d.options)));
        assert!(
            matches!(why, Refusal::Limit { field, .. } if field == name),
            "{name}: {why:?}"
        );
        let said = why.to_string();
        let kind = OPTIONS.iter().find(|o| o.field == name).unwrap().kind;
        assert_eq!(said, format!("`{name}` takes {kind}"));
    }
    let edge = schedule(|d| {
        d.options.welcome_text = "é".repeat(TEXT_MAX).into();
        d.options.banner_color = "#00aAfF".into();
        d.options.logout_url = "https://univ.example/fin?a=1".into();
        d.options.voice_bridge = OrServers(99_998);
    });
    assert_eq!(Story::<Meeting>::at(1_800_000_000_000).did(edge), ["MeetingScheduled"]);
}

#[test]
fn a_webinar_keeps_what_its_live_needs() {
    let refused = |spoil: fn(&mut Details)| {
        Story::<Meeting>::at(1_800_000_000_000).refused(&schedule(|d| {
            (d.is_webinar, d.enable_chat) = (true, true);
            spoil(d);
        }))
    };
    assert_eq!(
        refused(|d| d.options.end_when_no_moderator = false),
        Refusal::WebinarOption {
            field: "end_when_no_moderator"
        }
    );
    assert_eq!(
        refused(|d| d.options.disabled_features = [Feature::Chat].into()),
        Refusal::WebinarOption {
            field: "disabled_features"
        }
    );
    let silent = schedule(|d| {
        d.is_webinar = true;
        d.options.disabled_features.insert(Feature::Chat);
    });
    assert_eq!(
        Story::<Meeting>::at(1_800_000_000_000).did(silent),
        ["MeetingScheduled"]
    );
}

#[test]
fn an_option_is_set_by_its_name() {
    let mut options = Options::default();
    options.set("record", json!(true)).unwrap();
    options
        .set("disabled_features", json!(["polls", "chat", "polls"]))
        .unwrap();
    options.set("meeting_layout", json!("VIDEO_FOCUS")).unwrap();
    let said = |options: &mut Options, field: &str, value| options.set(field, value).unwrap_err().to_string();
    assert_eq!(said(&mut options, "recrd", json!(true)), "unknown field `recrd`");
    assert_eq!(
        said(&mut options, "record", json!("yes")),
        "`record` takes true or false"
    );
    assert_eq!(
        said(&mut options, "voice_bridge", json!(7)),
        "`voice_bridge` takes 0, or 10000 to 99998"
    );
    assert!(said(&mut options, "disabled_features", json!(["sun"])).contains("breakoutRooms"));
    assert!(said(&mut options, "guest_policy", json!(null)).contains("ASK_MODERATOR"));
    let told: std::collections::BTreeMap<_, _> = options.for_bbb().into_iter().collect();
    assert_eq!(told["record"], "true");
    assert_eq!(told["disabledFeatures"], "chat,polls");
    assert_eq!(told["meetingLayout"], "VIDEO_FOCUS");
}

/// Census M14: voice bridges were drawn from ten thousand numbers and met; the server gives them out, unless somebody asks for one.
#[test]
fn what_is_left_to_the_server_is_not_sent() {
    let told: Vec<_> = Options::default().for_bbb().into_iter().map(|(name, _)| name).collect();
    for name in [
        "voiceBridge",
        "meetingLayout",
        "userCameraCap",
        "disabledFeatures",
        "welcome",
        "logo",
        "logoutURL",
    ] {
        assert!(!told.contains(&name), "{name}");
    }
    assert!(told.contains(&"muteOnStart") && told.contains(&"guestPolicy"));
    let dashboard = Options {
        learning_dashboard: false,
        ..Options::default()
    };
    assert!(
        dashboard
            .for_bbb()
            .contains(&("disabledFeatures", "learningDashboard".to_owned()))
    );
    let lines = Options {
        welcome_text: "one\r\ntwo\u{7}".into(),
        ..Options::default()
    };
    assert!(lines.for_bbb().contains(&("welcome", "one<br>two".to_owned())));
}

/// Census §1.1: each default there. Where ours differs, who reads the documentation is told.
#[test]
fn a_default_that_differs_says_so() {
    let there = json!({
        "max_participants": 150, "welcome_text": "a word", "logout_url": "", "webcam_only_for_moderators": false, "record": true,
        "auto_start_recording": false, "allow_start_stop_recording": true, "guest_policy": null, "lock_settings_disable_cam": false,
        "lock_settings_disable_mic": false, "lock_settings_disable_private_chat": false, "lock_settings_disable_public_chat": false,
        "lock_settings_disable_note": false, "lock_settings_locked_layout": false, "voice_bridge": "random",
    });
    let here = serde_json::to_value(Options::default()).unwrap();
    for (field, default) in there.as_object().unwrap() {
        let option = OPTIONS.iter().find(|o| o.field == field).expect("an option");
        assert_eq!(
            here[field] != *default,
            option.doc.contains("(census: "),
            "{field}: {}",
            option.doc
        );
    }
}

#[test]
fn the_documentation_is_what_the_table_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/meeting-options.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, markdown()).unwrap();
    } else {
        let held = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            held,
            markdown(),
            "docs/meeting-options.md is behind: run with UPDATE_DOCS=1"
        );
    }
}
