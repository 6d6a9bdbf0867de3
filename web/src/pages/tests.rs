//! Renders every page with every sample in both languages.

use amphi_events::person::Role;

use super::layout::{Frame, Who};
use super::samples;
use crate::i18n::Lang;

/// The surroundings of a page in English, for nobody.
pub fn frame() -> Frame {
    Frame {
        brand: std::sync::Arc::new(crate::brand::Brand::new("House", None, None)),
        lang: Lang::En,
        who: None,
        path: "/admin".into(),
        still: false,
    }
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
                plans: role.plans(),
            });
            let frame = Frame {
                brand: std::sync::Arc::new(crate::brand::Brand::new("<b>House</b>", None, None)),
                lang,
                who,
                path: "/live?a=\"><b>".into(),
                still: false,
            };
            for (name, pages) in samples::all(&frame) {
                assert!(!pages.is_empty(), "{name} has no samples");
                for page in pages {
                    check(name, lang, &page.into_string());
                }
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
