//! The options of a meeting's room in its form.

use amphi_events::ids::MeetingId;
use amphi_events::meeting::options::{GuestPolicy, Kind, Layout, OPTIONS};
use amphi_events::meeting::{Details, Options};
use axum::http::StatusCode;

use super::{FORM, get, planned, post, with};
use crate::api::tests::fixture::Fixture;
use crate::fields::FormFields;

async fn details(f: &Fixture, id: &str) -> Details {
    let id: MeetingId = id.parse().expect("an id");
    let look = f.web.aggregates.meetings.look(id).await.expect("a meeting");
    look.state.details.expect("details")
}

/// Every fold of a page, with what stands in it.
fn folds(page: &str) -> Vec<&str> {
    let parts = page.split("<details class=\"more\"").skip(1);
    parts
        .map(|p| p.split("</details>").next().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn each_option_stands_where_the_house_wants_it_and_what_is_hidden_stays() {
    let f = Fixture::new().await;
    let f = f.with(|s| {
        s.meeting_fields = FormFields::new(&["guest_policy", "record", "logo"], &["record", "disabled_features"]);
        s.meeting_defaults.record = true;
        s.meeting_defaults.user_camera_cap.0 = 2;
    });
    let cookie = f.sign_in("staff").await;
    let page = get(&f, &cookie, "/meetings/new").await.text;
    let folded = folds(&page).concat();
    for option in OPTIONS {
        let several = matches!(option.kind, Kind::Several(_));
        let at = format!("name=\"{}{}", option.field, if several { "." } else { "\"" });
        let (all, below) = (page.matches(&at).count(), folded.matches(&at).count());
        match option.field {
            "record" | "disabled_features" => assert_eq!(all, 0, "{}", option.field),
            "guest_policy" | "logo" => assert_eq!((all, below), (1, 0), "{}", option.field),
            _ => assert!(all >= 1 && all == below, "{}: {all} {below}", option.field),
        }
    }
    assert!(!page.contains("class=\"more\" open"), "nothing is wrong yet");
    // The house's defaults, also where a form that somebody made asks for something else.
    let asked = with(&[("options", "on"), ("record", ""), ("disabled_features.polls", "on")]);
    let held = details(&f, &planned(&f, &cookie, &asked).await).await.options;
    assert!(held.record && held.disabled_features.is_empty(), "{held:?}");
    assert_eq!(held.user_camera_cap.0, 2);
    assert!(!held.mute_on_start, "its box was shown, and not ticked");
}

#[tokio::test]
async fn what_is_chosen_holds_and_stands_in_the_form_again() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let chosen = [
        ("options", "on"),
        ("guest_policy", "ASK_MODERATOR"),
        ("record", "on"),
        ("welcome_text", "Bienvenue\r\n<i>à tous</i>"),
        ("banner_color", "#00aaff"),
        ("voice_bridge", "71234"),
        ("disabled_features.polls", "on"),
        ("disabled_features.raiseHand", "on"),
        ("meeting_layout", "VIDEO_FOCUS"),
    ];
    let id = planned(&f, &cookie, &with(&chosen)).await;
    let held = details(&f, &id).await.options;
    let mut want = Options {
        guest_policy: GuestPolicy::AskModerator,
        record: true,
        meeting_layout: Layout::Video,
        ..held.clone()
    };
    want.welcome_text.0 = "Bienvenue\n<i>à tous</i>".into();
    want.banner_color.0 = "#00aaff".into();
    want.voice_bridge.0 = 71_234;
    assert_eq!(held, want);
    assert_eq!(held.disabled_features.len(), 2);
    assert!(!held.learning_dashboard && !held.end_when_no_moderator, "not ticked");
    let edit = format!("/meetings/{id}/edit");
    let page = get(&f, &cookie, &edit).await.text;
    for kept in [
        "<option value=\"ASK_MODERATOR\" selected",
        "name=\"record\" value=\"on\" checked",
        "&lt;i&gt;à tous&lt;/i&gt;</textarea>",
        "value=\"#00aaff\"",
        "value=\"71234\"",
        "name=\"disabled_features.polls\" value=\"on\" checked",
        "<option value=\"VIDEO_FOCUS\" selected",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    assert!(!page.contains("name=\"disabled_features.timer\" value=\"on\" checked"));
    // A form that shows no options changes none: that of another program, or of an older version.
    let renamed = post(
        &f,
        &cookie,
        &edit,
        &with(&[("name", "Optics II"), ("guest_policy", "ASK_MODERATOR")]),
    )
    .await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.text);
    let after = details(&f, &id).await;
    assert_eq!(after.name.0, "Optics II");
    assert_eq!(after.options, held);
}

#[tokio::test]
async fn an_option_that_is_wrong_is_seen_and_nothing_typed_is_lost() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let wrong = with(&[
        ("options", "on"),
        ("voice_bridge", "7"),
        ("banner_color", "blue"),
        ("logo", "javascript:alert(1)"),
        ("max_participants", "many"),
        ("welcome_text", "</textarea><b>Bonjour"),
        ("lock_settings_disable_cam", "on"),
        ("disabled_features.polls", "on"),
    ]);
    let a = post(&f, &cookie, "/meetings/new", &wrong).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = &a.text;
    for field in ["voice_bridge", "banner_color", "logo", "max_participants"] {
        assert!(page.contains(&format!("href=\"#{field}\"")), "{field}: {page}");
        let fold = folds(page)
            .into_iter()
            .find(|p| p.contains(&format!("id=\"{field}-wrong\"")));
        assert!(fold.is_some_and(|p| p.starts_with(" open")), "{field} is not seen");
    }
    for kept in [
        "value=\"7\"",
        "value=\"blue\"",
        "value=\"javascript:alert(1)\"",
        "value=\"many\"",
        "&lt;/textarea&gt;&lt;b&gt;Bonjour</textarea>",
        "name=\"lock_settings_disable_cam\" value=\"on\" checked",
        "name=\"disabled_features.polls\" value=\"on\" checked",
        "value=\"Optics\"",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    // Where nothing is wrong the fold stays closed.
    let locks = folds(page)
        .into_iter()
        .find(|p| p.contains("lock_settings_disable_cam"));
    assert!(locks.is_some_and(|p| !p.starts_with(" open")));
    let list = get(&f, &cookie, "/meetings").await.text;
    assert!(list.contains("class=\"empty\""), "nothing was planned: {list}");
}

#[tokio::test]
async fn a_webinar_has_what_it_must_have_whatever_was_posted() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let asked = with(&[
        ("is_webinar", "on"),
        ("options", "on"),
        ("guest_policy", "ALWAYS_DENY"),
        ("repeat", "weekly"),
        ("every", "0"),
    ]);
    let held = details(&f, &planned(&f, &cookie, &asked).await).await;
    assert!(held.is_webinar && held.recurrence.is_none());
    assert_eq!(held.options.guest_policy, GuestPolicy::AlwaysAccept);
    assert!(held.options.end_when_no_moderator);
    // With a chat, the room's can't be switched off.
    let silent = with(&[
        ("is_webinar", "on"),
        ("enable_chat", "on"),
        ("options", "on"),
        ("disabled_features.chat", "on"),
    ]);
    let refused = post(&f, &cookie, "/meetings/new", &silent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("href=\"#disabled_features\""), "{}", refused.text);
    assert!(FORM.iter().all(|(name, _)| *name != "options"));
}
