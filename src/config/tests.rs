use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::values::Contact;
use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn given(file: Option<&str>, pairs: &[(&str, &str)], flags: &[(&str, &str)]) -> (Given, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = file.map(|text| {
        let path = dir.path().join("amphi.toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let flags = flags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    (
        Given {
            file: path,
            environment: environment(pairs),
            flags,
        },
        dir,
    )
}

fn load(file: Option<&str>, pairs: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, String> {
    let (given, _dir) = given(file, pairs, flags);
    Config::load(&given).map_err(|e| e.to_string())
}

#[test]
fn defaults_are_those_of_the_reactors() {
    let config = load(None, &[], &[]).unwrap();
    assert_eq!(
        format!("{:?}", config.reactors()),
        format!("{:?}", crate::reactors::ReactorSettings::default())
    );
    assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.missing_for_serve().len(), 5);
}

#[test]
fn six_settings_are_enough_to_serve() {
    let six = [
        ("AMPHI_LISTEN", "127.0.0.1:9000"),
        ("AMPHI_PUBLIC_URL", "https://Live.univ.example/"),
        ("AMPHI_DATA", "/srv/amphi"),
        ("AMPHI_BBB_URL", "https://bbb.univ.example/bigbluebutton/"),
        ("AMPHI_BBB_SECRET", "s"),
        ("AMPHI_MASTER_KEY_FILE", "/etc/amphi/key"),
    ];
    let config = load(None, &six, &[]).unwrap();
    assert!(config.missing_for_serve().is_empty());
    assert_eq!(config.web().public_url, "https://live.univ.example");
}

#[test]
fn file_then_environment_then_flag() {
    let file = "room_poll = 3\nprobe = 0.2\nlate_after = 7\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let config = load(
        Some(file),
        &[("AMPHI_PROBE", "0.4"), ("AMPHI_LATE_AFTER", "8")],
        &[("late_after", "9")],
    )
    .unwrap();
    assert_eq!(config.room_poll, Duration::from_secs(3));
    assert_eq!(config.probe, Duration::from_millis(400));
    assert_eq!(config.late_after, Duration::from_secs(9));
    assert_eq!(config.trusted_proxies.0, ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn an_empty_variable_is_as_if_it_were_not_there() {
    let config = load(
        Some("room_poll = 3"),
        &[("AMPHI_ROOM_POLL", ""), ("AMPHI_LOG", "")],
        &[],
    )
    .unwrap();
    assert_eq!(config.room_poll, Duration::from_secs(3));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest() {
    let said = load(None, &[("AMPHI_BBB_SECRT", "x")], &[]).unwrap_err();
    assert!(
        said.contains("AMPHI_BBB_SECRT") && said.contains("perhaps AMPHI_BBB_SECRET"),
        "{said}"
    );
    assert!(!said.contains('\n'));
    let said = load(Some("room_pol = 3"), &[], &[]).unwrap_err();
    assert!(
        said.contains("amphi.toml") && said.contains("perhaps room_poll"),
        "{said}"
    );
    let said = load(Some("[server]\nlisten = \"x\""), &[], &[]).unwrap_err();
    assert!(said.contains("no setting server"), "{said}");
    let said = load(None, &[], &[("wholly_different_thing", "1")]).unwrap_err();
    assert!(!said.contains("perhaps"), "{said}");
}

#[test]
fn a_secret_from_a_file_and_from_nowhere_else_by_flag() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "  hush\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(None, &[("AMPHI_BBB_SECRET_FILE", path)], &[]).unwrap();
    assert_eq!(config.bbb_secret.as_ref().unwrap().expose_secret(), "hush");
    assert!(!format!("{config:?}").contains("hush"));
    // The environment's file wins over the value in the file.
    let config = load(Some("bbb_secret = \"old\""), &[("AMPHI_BBB_SECRET_FILE", path)], &[]).unwrap();
    assert_eq!(config.bbb_secret.as_ref().unwrap().expose_secret(), "hush");
    let said = load(
        None,
        &[("AMPHI_BBB_SECRET_FILE", path), ("AMPHI_BBB_SECRET", "hush")],
        &[],
    )
    .unwrap_err();
    assert!(said.contains("both") && !said.contains("hush"), "{said}");
    let said = load(None, &[], &[("bbb_secret", "hush")]).unwrap_err();
    assert!(
        said.contains("AMPHI_BBB_SECRET_FILE") && !said.contains("hush"),
        "{said}"
    );
    let said = load(None, &[("AMPHI_BBB_SECRET_FILE", "/nonexistent/secret")], &[]).unwrap_err();
    assert!(said.contains("/nonexistent/secret"), "{said}");
}

#[test]
fn a_broken_file_is_said_in_a_line_without_what_stands_in_it() {
    let said = load(Some("listen = \"127.0.0.1:1\"\nbbb_secret = hush-hush"), &[], &[]).unwrap_err();
    assert!(
        said.contains("line 2") && !said.contains('\n') && !said.contains("hush"),
        "{said}"
    );
}

#[test]
fn values_that_cannot_be() {
    for (name, value) in [
        ("AMPHI_LISTEN", "8000"),
        ("AMPHI_PUBLIC_URL", "live.univ.example"),
        ("AMPHI_PUBLIC_URL", "https://live.univ.example/amphi"),
        ("AMPHI_TIME_ZONE", "Paris"),
        ("AMPHI_ROOM_POLL", "0"),
        ("AMPHI_ROOM_POLL", "-1"),
        ("AMPHI_ROOM_POLL", "NaN"),
        ("AMPHI_ROOM_POLL", "soon"),
        ("AMPHI_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("AMPHI_LOG_FORMAT", "xml"),
        ("AMPHI_PLANNERS", "students"),
        ("AMPHI_ACCEPT_LOST_EVENTS", "perhaps"),
    ] {
        let said = load(None, &[(name, value)], &[]).unwrap_err();
        assert!(said.starts_with(name) && said.contains("environment"), "{said}");
    }
    let said = load(None, &[("AMPHI_LOG", "postgres://u:hush@db/amphi")], &[]).unwrap_err();
    assert!(said.contains("later") && !said.contains("hush"), "{said}");
}

#[test]
fn the_documentation_is_that_of_the_declarations() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, markdown()).expect("docs/settings.md");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == markdown(),
        "docs/settings.md is not what the declarations say: run with UPDATE_DOCS=1"
    );
}

/// Every setting of the reference's modules (census §9 and §10.5, and the seeds).
const OF_POD: &str = "USE_MEETING BBB_API_URL BBB_SECRET_KEY BBB_LOGOUT_URL BBB_MEETING_INFO DEFAULT_MEETING_THUMBNAIL MEETING_MAIN_FIELDS \
     MEETING_DATE_FIELDS MEETING_RECURRING_FIELDS MEETING_RECORD_FIELDS MEETING_DISABLE_RECORD MEETING_MAX_DURATION \
     MEETING_PRE_UPLOAD_SLIDES RESTRICT_EDIT_MEETING_ACCESS_TO_STAFF_ONLY USE_MEETING_WEBINAR MEETING_WEBINAR_FIELDS \
     MEETING_WEBINAR_AFFILIATION MEETING_WEBINAR_GROUP_ADMIN MEETING_WEBINAR_SIPMEDIAGW_URL \
     MEETING_WEBINAR_SIPMEDIAGW_TOKEN AFFILIATION_EVENT EVENT_GROUP_ADMIN BROADCASTER_PILOTING_SOFTWARE DEFAULT_EVENT_PATH \
     DEFAULT_EVENT_THUMBNAIL DEFAULT_THUMBNAIL DEFAULT_EVENT_TYPE_ID EMAIL_ON_EVENT_SCHEDULING EVENT_ACTIVE_AUTO_START \
     EVENT_CHECK_MAX_ATTEMPT HEARTBEAT_DELAY VIEW_EXPIRATION_DELAY USE_LIVE_TRANSCRIPTION LIVE_TRANSCRIPTIONS_FOLDER \
     LIVE_VOSK_MODEL LIVE_CELERY_TRANSCRIPTION SHOW_EVENTS_ON_HOMEPAGE USE_IMPORT_VIDEO \
     RESTRICT_EDIT_IMPORT_VIDEO_ACCESS_TO_STAFF_ONLY MAX_UPLOAD_SIZE_ON_IMPORT USE_IMPORT_VIDEO_BBB_RECORDER \
     IMPORT_VIDEO_BBB_RECORDER_PLUGIN IMPORT_VIDEO_BBB_RECORDER_PATH VIDEO_ALLOWED_EXTENSIONS VIDEOS_DIR DEFAULT_TYPE_ID \
     CELERY_TO_ENCODE SECRET_KEY SITE_ID TIME_ZONE LANGUAGE_CODE DEFAULT_FROM_EMAIL ADMINS MANAGERS USE_ESTABLISHMENT_FIELD \
     SECURE_SSL_REDIRECT AFFILIATION_STAFF CREATE_GROUP_FROM_AFFILIATION CREATE_GROUP_FROM_GROUPS POPULATE_USER USE_PODFILE \
     THIRD_PARTY_APPS HIDE_USERNAME MEDIA_ROOT DEBUG USE_BBB USE_BBB_LIVE USE_BBB_LIVE_DOWNLOADING BBB_REDIS_CHANNEL \
     MAIN_APP DEFAULT_BBB_PATH BBB_STREAM_URL BBB_NUMBER_MAX_LIVES BBB_ATTENDEE_PASSWORD SERVER_NUMBER POD_DEFAULT_BBB_PATH \
     FFMPEG_STREAM_VIDEO_BITRATE FFMPEG_STREAM_THREADS BBB_URL BBB_SECRET BBB_RESOLUTION BBB_USERNAME_FORMAT BBB_SHOW_CHAT \
     BBB_MODERATOR_PASSWORD BBB_MEETING_TITLE WORKON_HOME VIRTUALENVWRAPPER_PYTHON NUMBER_SERVERS HOST_IP BROWSE_FILE \
     BBB_START_MEETING BBB_REDIS_HOST BBB_MEETING_ID BBB_ENABLE_CHAT BBB_DOWNLOAD_MEETING BBB_CHAT_NAME SERVER_HOSTNAME \
     POD_URL POD_TOKEN POD_HLS_STREAM POD_ID_BUILDING PHYSICAL_LOG_ROOT PHYSICAL_BASE_ROOT NUMBER_LIVES LOADBALANCER_SECRET \
     DEFAULT_BBB_TYPE_ID DEFAULT_BBB_PLUGIN BBB_SERVER_URL BBB_NUMBER_DAYS_BEFORE_DELETE BBB_VERSION_IS_23 \
     BBB_ENABLEMEETING_CHATID ADMIN_EMAIL";

#[test]
fn every_setting_of_pod_is_answered_and_what_it_became_exists() {
    let told = include_str!("../../docs/settings-of-pod.md");
    let named: std::collections::BTreeSet<&str> = told.split('`').skip(1).step_by(2).collect();
    for name in OF_POD.split_whitespace() {
        assert!(named.contains(name), "{name} is not answered");
    }
    let ours: std::collections::BTreeSet<String> = super::SETTINGS.iter().map(super::Setting::env).collect();
    let mut found = 0;
    for name in told.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if name.starts_with(super::PREFIX) {
            assert!(ours.contains(name), "there is no setting {name}");
            found += 1;
        }
    }
    assert!(found > 15, "{found}");
}

/// Administrators see that a secret is set, and nothing of it.
#[test]
fn no_secret_is_in_what_administrators_see() {
    use amphi_web::i18n::Lang;
    use amphi_web::pages::admin::list::Asked;
    use amphi_web::pages::admin::settings::{SettingsView, settings};
    use amphi_web::pages::layout::Frame;

    let secrets: Vec<&Setting> = SETTINGS.iter().filter(|s| s.secret).collect();
    assert!(secrets.len() >= 5, "{secrets:?}");
    let pairs: Vec<(String, String)> = secrets
        .iter()
        .map(|s| (s.env(), format!("hush-{}", s.name)))
        .chain([
            ("AMPHI_TIME_ZONE".to_owned(), "Indian/Reunion".to_owned()),
            // Not asked for as a secret, and still nobody's business.
            (
                "AMPHI_OIDC_CLIENT_ID".to_owned(),
                "https://me:hush-too@idp.example/".to_owned(),
            ),
        ])
        .collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let config = load(Some("planners = \"everybody\"\n"), &pairs, &[("listen", "127.0.0.1:1")]).unwrap();
    let held = format!("{:?}", config.in_force);
    assert!(!held.contains("hush"), "{held}");
    let view = SettingsView {
        settings: config.in_force.clone(),
        asked: Asked::default(),
    };
    for lang in Lang::ALL {
        let frame = Frame {
            brand: std::sync::Arc::new(Brand::new("House", None, None)),
            lang,
            who: None,
            path: "/admin/settings".into(),
            still: false,
        };
        let page = settings(&frame, &view).into_string();
        assert!(!page.contains("hush"), "{page}");
        for setting in SETTINGS {
            assert!(page.contains(&setting.env()), "{} is on the page", setting.name);
        }
    }
    let of = |name: &str| config.in_force.iter().find(|s| s.name == name).unwrap();
    use amphi_web::in_force::{Shown, Whence};
    assert_eq!(of("bbb_secret").value, Shown::Secret(true));
    assert_eq!(of("time_zone").whence, Whence::Environment);
    assert!(of("time_zone").differs() && of("time_zone").default == "Europe/Paris");
    assert!(matches!(&of("planners").whence, Whence::File(path) if path.ends_with("amphi.toml")));
    assert_eq!(of("listen").whence, Whence::CommandLine);
    assert!(of("log_format").whence == Whence::Default && !of("log_format").differs());
    let none = load(None, &[], &[]).unwrap();
    assert!(
        none.in_force
            .iter()
            .all(|s| !s.differs() && s.value != Shown::Secret(true))
    );
}

#[test]
fn whom_people_write_to_is_an_address() {
    for good in ["access@univ.example", "https://univ.example/accessibility"] {
        assert_eq!(Contact::read(good).unwrap().0, good);
    }
    for bad in [
        "nobody",
        "http://univ.example/",
        "javascript:alert(1)",
        "https://a:b@univ.example/",
    ] {
        assert!(Contact::read(bad).is_err(), "{bad}");
    }
}
