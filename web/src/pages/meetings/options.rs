//! The options of a meeting's room in the form: each is shown and read by its kind, all from their one table
//! (`amphi_events::meeting::options`).

use std::collections::BTreeMap;

use amphi_events::meeting::Options;
use amphi_events::meeting::options::{Kind, OPTIONS, OptionSpec, Section};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::form::Wrong;
use super::form_view::{FormView, Line, tick};
use crate::i18n::{Lang, T};
use crate::pages::layout::Frame;

/// Says that the boxes were shown, so that one that is not there was unticked.
pub const SHOWN: &str = "options";

/// What stands in the fields, by their names. One word of several is `field.word`.
pub type Written = BTreeMap<String, String>;

/// Options as the form shows them.
pub fn written(options: &Options) -> Written {
    let mut out = Written::new();
    let values = serde_json::to_value(options).unwrap_or_default();
    for option in OPTIONS {
        let name = option.field;
        match &values[name] {
            Value::Bool(true) => drop(out.insert(name.to_owned(), "on".to_owned())),
            Value::Number(n) => drop(out.insert(name.to_owned(), n.to_string())),
            Value::String(s) => drop(out.insert(name.to_owned(), s.clone())),
            Value::Array(words) => {
                for word in words.iter().filter_map(Value::as_str) {
                    out.insert(format!("{name}.{word}"), "on".to_owned());
                }
            }
            _ => {}
        }
    }
    out
}

fn given<'a>(form: &'a Written, name: &str) -> Option<&'a str> {
    form.get(name).map(String::as_str)
}

fn ticked(form: &Written, name: &str) -> bool {
    given(form, name).is_some_and(|v| !v.is_empty())
}

/// What an option has by the form; `None`: the form says nothing of it.
fn value(form: &Written, option: &OptionSpec) -> Option<Value> {
    let shown = form.contains_key(SHOWN);
    let name = option.field;
    match option.kind {
        Kind::Flag => (shown || form.contains_key(name)).then(|| json!(ticked(form, name))),
        Kind::Several(words) => shown.then(|| {
            let on = words.iter().filter(|w| ticked(form, &format!("{name}.{w}")));
            json!(on.collect::<Vec<_>>())
        }),
        // What is no number is no value of its kind, and said beside the field.
        Kind::Number { .. } => given(form, name).map(|n| n.trim().parse::<u32>().map_or(Value::Null, Value::from)),
        // Browsers post CR LF.
        Kind::Text { .. } => given(form, name).map(|t| json!(t.replace("\r\n", "\n").trim())),
        Kind::Colour | Kind::Address { .. } => given(form, name).map(|t| json!(t.trim())),
        Kind::Choice(_) => given(form, name).map(|t| json!(t)),
    }
}

/// What the form says, onto what held before. A webinar has what it must have, whatever was ticked: its fields are hidden then.
pub fn read(
    form: &Written,
    held: &Options,
    hidden: &[&'static str],
    webinar: bool,
    lang: Lang,
) -> (Options, Vec<Wrong>) {
    let (mut options, mut wrong) = (held.clone(), vec![]);
    for option in OPTIONS {
        let must = option.webinar.filter(|_| webinar);
        let asked = match must {
            Some("true") => Some(json!(true)),
            Some(word) => Some(json!(word)),
            None if hidden.contains(&option.field) => None,
            None => value(form, option),
        };
        if let Some(asked) = asked
            && options.set(option.field, asked).is_err()
        {
            wrong.push(Wrong::at(option.field, takes(option.kind, lang)));
        }
    }
    (options, wrong)
}

/// What an option takes, for a person.
pub fn takes(kind: Kind, lang: Lang) -> String {
    let most = |key: T, max: usize| lang.f(key, &[("max", &max.to_string())]);
    match kind {
        Kind::Number { min, max, or_zero } => {
            let key = if or_zero { T::TakesNumberOrZero } else { T::TakesNumber };
            lang.f(key, &[("min", &min.to_string()), ("max", &max.to_string())])
        }
        Kind::Text { max, lines: true } => most(T::TakesText, max),
        Kind::Text { max, lines: false } => most(T::TakesLine, max),
        Kind::Colour => lang.t(T::TakesColour).to_owned(),
        Kind::Address { max } => most(T::TakesAddress, max),
        Kind::Flag | Kind::Choice(_) | Kind::Several(_) => lang.t(T::TakesChoice).to_owned(),
    }
}

const SECTIONS: &[(Section, T)] = &[
    (Section::Access, T::OptAccess),
    (Section::Record, T::OptRecord),
    (Section::Texts, T::OptTexts),
    (Section::Media, T::OptMedia),
    (Section::Locks, T::OptLocks),
    (Section::Features, T::OptFeatures),
    (Section::End, T::OptEnd),
];

/// Name of an option.
pub fn label(field: &str) -> T {
    words(field).map_or(T::Name, |(label, _)| label)
}

/// Name and hint of an option. A test finds one that has none.
fn words(field: &str) -> Option<(T, Option<T>)> {
    Some(match field {
        "guest_policy" => (T::OptGuestPolicy, None),
        "max_participants" => (T::OptMaxParticipants, Some(T::OptMaxParticipantsHint)),
        "allow_promote_guest_to_moderator" => (T::OptPromoteGuest, None),
        "voice_bridge" => (T::OptVoiceBridge, Some(T::OptVoiceBridgeHint)),
        "record" => (T::OptRecordIt, None),
        "auto_start_recording" => (T::OptAutoRecord, None),
        "allow_start_stop_recording" => (T::OptStartStopRecord, None),
        "notify_recording_is_on" => (T::OptNotifyRecord, None),
        "welcome_text" => (T::OptWelcome, Some(T::OptWelcomeHint)),
        "moderator_only_message" => (T::OptModeratorMessage, Some(T::OptModeratorMessageHint)),
        "banner_text" => (T::OptBanner, Some(T::OptBannerHint)),
        "banner_color" => (T::OptBannerColor, None),
        "logo" => (T::OptLogo, None),
        "logout_url" => (T::OptLogoutUrl, Some(T::OptLogoutUrlHint)),
        "mute_on_start" => (T::OptMuteOnStart, None),
        "allow_mods_to_unmute_users" => (T::OptModsUnmute, None),
        "webcam_only_for_moderators" => (T::OptWebcamsModerators, None),
        "allow_mods_to_eject_cameras" => (T::OptEjectCameras, None),
        "user_camera_cap" => (T::OptUserCameras, Some(T::OptServers)),
        "meeting_camera_cap" => (T::OptMeetingCameras, Some(T::OptServers)),
        "lock_settings_disable_cam" => (T::OptNoCam, None),
        "lock_settings_disable_mic" => (T::OptNoMic, None),
        "lock_settings_disable_private_chat" => (T::OptNoPrivateChat, None),
        "lock_settings_disable_public_chat" => (T::OptNoPublicChat, None),
        "lock_settings_disable_note" => (T::OptNoNotes, None),
        "lock_settings_locked_layout" => (T::OptFixedLayout, None),
        "lock_settings_hide_user_list" => (T::OptHideUsers, None),
        "lock_settings_hide_viewers_cursor" => (T::OptHideCursor, None),
        "lock_settings_hide_viewers_annotation" => (T::OptHideAnnotation, None),
        "lock_settings_lock_on_join" => (T::OptLockOnJoin, None),
        "meeting_layout" => (T::OptLayout, None),
        "disabled_features" => (T::OptDisabled, None),
        "learning_dashboard" => (T::OptDashboard, Some(T::OptDashboardHint)),
        "learning_dashboard_cleanup_delay" => (T::OptDashboardDelay, Some(T::OptDashboardDelayHint)),
        "end_when_no_moderator" => (T::OptEndNoModerator, Some(T::OptEndNoModeratorHint)),
        "end_when_no_moderator_delay" => (T::OptEndDelay, Some(T::OptEndDelayHint)),
        "expire_if_no_user_joined" => (T::OptExpireEmpty, Some(T::OptNever)),
        "expire_when_last_user_left" => (T::OptExpireLeft, Some(T::OptNever)),
        _ => return None,
    })
}

/// A word to choose, as people read it.
fn word(word: &str) -> Option<T> {
    Some(match word {
        "ALWAYS_ACCEPT" => T::GuestAccept,
        "ASK_MODERATOR" => T::GuestAsk,
        "ALWAYS_DENY" => T::GuestDeny,
        "SERVER" => T::LayoutServer,
        "CUSTOM_LAYOUT" => T::LayoutCustom,
        "SMART_LAYOUT" => T::LayoutSmart,
        "PRESENTATION_FOCUS" => T::LayoutPresentation,
        "VIDEO_FOCUS" => T::LayoutVideo,
        "CAMERAS_ONLY" => T::LayoutCameras,
        "PARTICIPANTS_AND_CHAT_ONLY" => T::LayoutPeople,
        "PRESENTATION_ONLY" => T::LayoutSlides,
        "MEDIA_ONLY" => T::LayoutMedia,
        "UNIFIED_LAYOUT" => T::LayoutUnified,
        "breakoutRooms" => T::FeatBreakout,
        "captions" => T::FeatCaptions,
        "chat" => T::FeatChat,
        "privateChat" => T::FeatPrivateChat,
        "deleteChatMessage" => T::FeatDeleteLine,
        "editChatMessage" => T::FeatEditLine,
        "replyChatMessage" => T::FeatReplyLine,
        "chatMessageReactions" => T::FeatLineReactions,
        "chatEmojiPicker" => T::FeatEmoji,
        "downloadPresentationWithAnnotations" => T::FeatAnnotated,
        "downloadPresentationConvertedToPdf" => T::FeatPdf,
        "downloadPresentationOriginalFile" => T::FeatOriginal,
        "snapshotOfCurrentSlide" => T::FeatSnapshot,
        "externalVideos" => T::FeatExternal,
        "layouts" => T::FeatLayouts,
        "learningDashboard" => T::FeatDashboard,
        "learningDashboardDownloadSessionData" => T::FeatDashboardData,
        "polls" => T::FeatPolls,
        "quizzes" => T::FeatQuizzes,
        "screenshare" => T::FeatScreen,
        "sharedNotes" => T::FeatNotes,
        "virtualBackgrounds" => T::FeatBackgrounds,
        "customVirtualBackgrounds" => T::FeatOwnBackgrounds,
        "liveTranscription" => T::FeatTranscription,
        "presentation" => T::FeatPresentation,
        "cameraAsContent" => T::FeatCameraContent,
        "timer" => T::FeatTimer,
        "infiniteWhiteboard" => T::FeatWhiteboard,
        "raiseHand" => T::FeatHand,
        "userReactions" => T::FeatReactions,
        _ => return None,
    })
}

/// One option's field.
fn field(frame: &Frame, view: &FormView, option: &'static OptionSpec) -> Markup {
    let form = &view.form.more;
    let (label, hint) = words(option.field).unwrap_or((T::OptAccess, None));
    let name = option.field;
    let line = Line {
        name,
        label,
        hint,
        view,
    };
    let text = given(form, name).unwrap_or_default();
    let (invalid, described) = (line.invalid(), line.described(""));
    let shown = match option.kind {
        Kind::Flag => tick(frame, name, label, hint, ticked(form, name)),
        Kind::Number { min, max, or_zero } => {
            let (min, max) = (if or_zero { 0 } else { min }, (max < u32::MAX).then_some(max));
            line.render(frame, &html! {
                input type="number" id=(name) name=(name) min=(min) max=[max] value=(text) inputmode="numeric" aria-invalid=[invalid] aria-describedby=[described];
            })
        }
        Kind::Text { max, lines: true } => line.render(frame, &html! {
            textarea id=(name) name=(name) rows="2" maxlength=(max) aria-invalid=[invalid] aria-describedby=[described] { (text) }
        }),
        Kind::Text { max, lines: false } => line.render(frame, &html! {
            input id=(name) name=(name) maxlength=(max) value=(text) aria-invalid=[invalid] aria-describedby=[described];
        }),
        // No colour field: it can't be empty.
        Kind::Colour => line.render(frame, &html! {
            input id=(name) name=(name) maxlength="7" placeholder="#2450c4" spellcheck="false" value=(text) aria-invalid=[invalid] aria-describedby=[described];
        }),
        Kind::Address { max } => line.render(frame, &html! {
            input type="url" id=(name) name=(name) maxlength=(max) placeholder="https://" value=(text) aria-invalid=[invalid] aria-describedby=[described];
        }),
        Kind::Choice(of) => line.render(frame, &html! {
            select id=(name) name=(name) aria-invalid=[invalid] aria-describedby=[described] {
                @for value in of { option value=(value) selected[text == *value] { (word(value).map_or(*value, |t| frame.t(t))) } }
            }
        }),
        Kind::Several(of) => html! {
            fieldset class="boxes" id=(name) {
                legend { (frame.t(label)) }
                @for w in line.wrong() { p class="wrong" { (w.text) } }
                @for value in of {
                    label class="tick" {
                        input type="checkbox" name={ (name) "." (value) } value="on" checked[ticked(form, &format!("{name}.{value}"))];
                        span { (word(value).map_or(*value, |t| frame.t(t))) }
                    }
                }
            }
        },
    };
    // What a webinar can't choose is hidden for one (planning.js).
    html! {
        @if option.webinar.is_some() { div data-not-webinar { (shown) } } @else { (shown) }
    }
}

/// The options that stand in the main part of the form.
pub fn main(frame: &Frame, view: &FormView) -> Markup {
    html! {
        input type="hidden" name=(SHOWN) value="on";
        @for option in OPTIONS.iter().filter(|o| view.fields.is_main(o.field)) { (field(frame, view, option)) }
    }
}

/// All others, section by section, folded. An error must not hide behind a fold.
pub fn sections(frame: &Frame, view: &FormView) -> Markup {
    let of = |section: Section| {
        OPTIONS
            .iter()
            .filter(move |o| o.section == section && !view.fields.is_main(o.field) && !view.fields.is_hidden(o.field))
    };
    html! {
        @for (section, title) in SECTIONS {
            @if of(*section).next().is_some() {
                details class="more" open[of(*section).any(|o| view.wrong.iter().any(|w| w.field == o.field))] {
                    summary { (frame.t(*title)) }
                    @for option in of(*section) { (field(frame, view, option)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_and_word_has_a_name_in_both_languages() {
        for option in OPTIONS {
            assert!(words(option.field).is_some(), "{}", option.field);
            assert!(SECTIONS.iter().any(|(s, _)| *s == option.section), "{}", option.field);
            if let Kind::Choice(of) | Kind::Several(of) = option.kind {
                for value in of {
                    assert!(word(value).is_some(), "{value}");
                }
            }
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        let mut options = Options::default();
        for (name, value) in [
            ("record", json!(true)),
            ("mute_on_start", json!(false)),
            ("disabled_features", json!(["polls", "raiseHand"])),
            ("meeting_layout", json!("VIDEO_FOCUS")),
            ("banner_color", json!("#00aaff")),
            ("user_camera_cap", json!(3)),
        ] {
            options.set(name, value).expect(name);
        }
        let mut form = written(&options);
        form.insert(SHOWN.into(), "on".into());
        assert_eq!(
            read(&form, &Options::default(), &[], false, Lang::Fr),
            (options.clone(), vec![])
        );
        // A form that shows no options changes none.
        assert_eq!(
            read(&Written::new(), &options, &[], false, Lang::Fr),
            (options.clone(), vec![])
        );
        // Nor one that was made up: what is hidden stays.
        form.insert("record".into(), String::new());
        assert!(read(&form, &options, &["record"], false, Lang::Fr).0.record);
        assert!(!read(&form, &options, &[], false, Lang::Fr).0.record);
    }

    #[test]
    fn everything_wrong_is_said_in_the_reader_s_words() {
        let form: Written = [
            ("voice_bridge", "7"),
            ("max_participants", "many"),
            ("logo", "javascript:alert(1)"),
            ("guest_policy", "EVERYBODY"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
        let (held, wrong) = read(&form, &Options::default(), &[], false, Lang::En);
        assert_eq!(held, Options::default());
        let said: Vec<(&str, &str)> = wrong.iter().map(|w| (w.field, w.text.as_str())).collect();
        assert_eq!(said[0].0, "guest_policy");
        assert_eq!(said[1].0, "max_participants");
        assert_eq!(said[2], ("voice_bridge", "0, or a whole number from 10000 to 99998."));
        assert_eq!(said[3].0, "logo");
    }
}
