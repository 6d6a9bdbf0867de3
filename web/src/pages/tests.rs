//! Renders every page with every sample in both languages.

use amphi_events::person::Role;
use maud::Markup;

use super::layout::{Frame, Who};
use super::{account, admin, audit, home, join, layout, live, meetings, robot};
use crate::i18n::Lang;

fn all(f: &Frame) -> Vec<(&'static str, Markup)> {
    fn each<V>(name: &'static str, samples: Vec<V>, page: impl Fn(&V) -> Markup) -> Vec<(&'static str, Markup)> {
        assert!(!samples.is_empty(), "{name} has no samples");
        samples.iter().map(|v| (name, page(v))).collect()
    }
    [
        each("message", layout::MessageView::samples(), |v| layout::message(f, v)),
        each("home", home::view::HomeView::samples(), |v| home::view::home(f, v)),
        each("list", home::view::HomeView::samples(), |v| home::view::list(f, v)),
        each("live", live::view::LiveView::samples(), |v| live::view::live(f, v)),
        each("embed", live::view::LiveView::samples(), |v| live::view::embed(f, v)),
        each("console", live::console::ConsoleView::samples(), |v| {
            live::console::console(f, v)
        }),
        each("meetings", meetings::view::MeetingsView::samples(), |v| {
            meetings::view::list(f, v)
        }),
        each("meeting", meetings::view::MeetingView::samples(), |v| {
            meetings::view::one(f, v)
        }),
        each("form", meetings::form::FormView::samples(), |v| {
            meetings::form::form(f, v)
        }),
        each("join", join::view::JoinView::samples(), |v| join::view::join(f, v)),
        each("login", account::view::LoginView::samples(), |v| {
            account::view::login(f, v)
        }),
        vec![("logout", account::view::leaving(f))],
        each("account", account::view::AccountView::samples(), |v| {
            account::view::account(f, v)
        }),
        each("admin", admin::view::AdminView::samples(), |v| admin::view::admin(f, v)),
        each("audit", audit::view::AuditView::samples(), |v| audit::view::audit(f, v)),
        each("robot", robot::view::RobotView::samples(), robot::view::robot),
    ]
    .concat()
}

#[test]
fn every_page_in_both_languages() {
    for lang in Lang::ALL {
        let people = [
            None,
            Some(Role::User),
            Some(Role::Staff),
            Some(Role::Auditor),
            Some(Role::Administrator),
        ];
        for role in people {
            let who = role.map(|role| Who {
                name: "<b>Zoé</b> & co".into(),
                role,
            });
            let frame = Frame {
                brand: std::sync::Arc::new(crate::brand::Brand::new("<b>House</b>", None, None)),
                lang,
                who,
                path: "/live?a=\"><b>".into(),
            };
            for (name, page) in all(&frame) {
                check(name, lang, &page.into_string());
            }
        }
    }
}

fn check(name: &str, lang: Lang, page: &str) {
    let at = format!("{name} in {}: {page}", lang.code());
    assert!(page.starts_with("<!DOCTYPE html><html lang=\""), "{at}");
    if name != "robot" {
        assert!(page.contains(&format!("<html lang=\"{}\">", lang.code())), "{at}");
    }
    assert_eq!(page.matches("<title>").count(), 1, "{at}");
    assert!(!page.contains("<title> "), "an empty title: {at}");
    assert_eq!(page.matches("<main ").count(), 1, "{at}");
    assert_eq!(page.matches("<h1").count(), 1, "{at}");
    assert!(page.contains("name=\"viewport\""), "{at}");
    for script in page.split("<script").skip(1) {
        let (tag, rest) = script.split_once('>').expect("a tag's end");
        assert!(
            tag.contains("src=\"/assets/") && rest.starts_with("</script>"),
            "an inline script: {at}"
        );
    }
    for inline in [
        " style=\"",
        "<style",
        " onclick=",
        " onsubmit=",
        " onload=",
        "javascript:",
    ] {
        assert!(!page.contains(inline), "{inline}: {at}");
    }
    // Names and texts of the samples hold markup; none of it may get through.
    for raw in ["<b>", "<i>", "<u>", "<x>", "alert(1)</script>"] {
        assert!(!page.contains(raw), "{raw} is not escaped: {at}");
    }
    for (_, rest) in page.match_indices("src=\"").map(|(n, _)| page[n + 5..].split_at(1)) {
        assert!(
            !rest.starts_with('/') || page.contains("https://live.univ.example"),
            "a third-party source: {at}"
        );
    }
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|p| p.split_once('"').map(|(id, _)| id))
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "an id twice: {at}");
    // A picture without an alternative is nothing for those who don't see it.
    for image in page.split("<img").skip(1) {
        assert!(
            image.split_once('>').is_some_and(|(tag, _)| tag.contains("alt=\"")),
            "{at}"
        );
    }
}
