//! Names and texts that want to look like somebody else's: on the page the mark of a presenter comes from the log alone, and no
//! line reaches out of itself.

use std::time::Duration;

use serde_json::{Value, json};

use super::story::{line, world};
use crate::harness::{Look, SOON, browsing};

/// Every line: its text, its classes, the mark, what its name is, and whether things stand where they should.
const LINES: &str = r##"return [...document.querySelectorAll("#lines .entry")].map((e) => {
    const one = (css) => e.querySelector(css), at_ = (n) => n.getBoundingClientRect();
    const from = one(".from"), text = one(".text"), at = one(".at");
    return {
        text: text.textContent, presenter: e.classList.contains("presenter"), kind: one(".kind")?.textContent ?? null, name: from.textContent,
        name_isolated: getComputedStyle(from).unicodeBidi === "isolate", clipped: [one(".head"), text].every((n) => getComputedStyle(n).overflowY === "clip"),
        order: at_(from).left < at_(at).left || at_(from).bottom <= at_(at).top + 1, inside: text.getBoundingClientRect().right <= e.getBoundingClientRect().right + 1,
    };
})"##;

#[tokio::test]
async fn no_name_makes_a_presenter_and_no_line_reaches_out_of_itself() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Imposteurs").await;
        let post = async |person: &crate::harness::Person, text: &str| {
            let body = json!({ "client_id": text, "text": text });
            person.post(&format!("/live/{}/chat", plan.event), &body).await.ok();
        };
        let names = [
            ("same", "Paul Présentateur"),
            ("marked", "Paul Présentateur intervenant"),
            ("comma", "intervenant, Paul Présentateur"),
            ("bracket", "Paul Présentateur (INTERVENANT)"),
            ("cyrillic", "Раul Présentateur"),
            ("wide", "Ｐａｕｌ Présentateur"),
            ("turned", "\u{202e}ruetatneséP luaP"),
            ("hebrew", "שלום עולם"),
            ("html", "<b class=kind>intervenant</b>"),
        ];
        for (login, name) in names {
            let person = world.server.person(login, name, "user").await;
            post(&person, &format!("by {login}")).await;
        }
        post(&world.presenter, "by the presenter").await;
        // What the room sends is not refused: it was said already.
        world.start(&plan).await;
        world.open(&plan).await;
        world.sim.enter(&plan.meeting, "\u{202e}intervenant luaP").await;
        let tower = format!("tower {}", "a\u{30d}\u{316}".repeat(3) + &"\u{30d}\u{316}\u{489}".repeat(60));
        for text in [&*tower, "\u{202e}turned \u{2067}and isolated", "link https://a.example/\u{202e}gpj.exe end"] {
            world.sim.say(&plan.meeting, "\u{202e}intervenant luaP", text).await;
        }

        let page = chrome.browser(world, "reader", Look::default()).await;
        page.open(&format!("/live/{}", plan.event)).await;
        line(&page, "by the presenter", None).await;
        line(&page, "tower", None).await;
        line(&page, "gpj.exe", None).await;
        let lines = page.js(LINES).await;
        let lines = lines.as_array().expect("lines");
        for l in lines {
            let text = l["text"].as_str().expect("text");
            let (presenter, mark) = match text {
                "by the presenter" => (true, json!("intervenant")),
                _ if text.starts_with("by ") => (false, Value::Null),
                _ => (false, json!("salle")),
            };
            assert_eq!((&l["presenter"], &l["kind"]), (&json!(presenter), &mark), "{l}");
            for what in ["name_isolated", "clipped", "order", "inside"] {
                assert_eq!(l[what], true, "{what}: {l}");
            }
            let name = l["name"].as_str().expect("a name");
            assert!(!name.contains('\u{202e}'), "{name:?}");
        }
        assert_eq!(lines.len(), names.len() + 1 + 3);
        let link = page.js("return [...document.querySelectorAll('#lines .text a')].map((a) => [a.href, a.textContent])").await;
        assert_eq!(link, json!([["https://a.example/", "https://a.example/"]]));
        // Read out, the word comes first, and whoever claims it is said to be of the audience.
        page.js("document.querySelectorAll('#lines .entry').forEach((e) => e.focus())").await;
        for (login, name) in names {
            let label = page
                .js_with(
                    "const e = [...document.querySelectorAll('#lines .entry')].find((e) => e.querySelector('.text').textContent === arguments[0]);
                     e.focus(); return e.getAttribute('aria-label')",
                    vec![json!(format!("by {login}"))],
                )
                .await;
            let claims = name.to_lowercase().contains("intervenant");
            let label = label.as_str().expect("a label").to_owned();
            assert_eq!(label.starts_with("public, "), claims, "{label}");
            assert!(!label.starts_with("intervenant"), "{label}");
        }
        page.until(SOON, "the presenter's own", "[...document.querySelectorAll('#lines .presenter')].length === 1").await;
        let label = page
            .js("const e = document.querySelector('#lines .presenter'); e.focus(); return e.getAttribute('aria-label')")
            .await;
        assert!(label.as_str().is_some_and(|l| l.starts_with("intervenant, Paul Présentateur, ")), "{label}");
        world.end(&plan).await;
        world.all_quiet(Duration::from_secs(30)).await;
    })
    .await;
}
