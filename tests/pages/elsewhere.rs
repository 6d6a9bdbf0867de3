//! A session of another front end in a browser: the offer on the first page, its form, and the console of its live.

use serde_json::json;

use crate::harness::{Hand, Look, SOON, World, WorldOptions, browsing};

#[tokio::test]
async fn a_session_is_found_and_broadcast_by_its_form() {
    let world = World::with(WorldOptions {
        settings: vec![("elsewhere", "true"), ("elsewhere_poll", "0.3")],
        adds: Some(vec!["g2"]),
        ..WorldOptions::default()
    })
    .await;
    browsing(world, async |world, chrome| {
        let name = "Optique <b>&</b> ondes";
        let session = json!({ "id": "moodle-7", "name": name, "record": true, "moderators": [{ "id": "12", "name": "PRÉSENTATEUR Paul" }] });
        let (status, made) = world.sim.post("/sim/foreign", &session).await;
        assert_eq!(status, 201, "{made}");
        let (status, _) = world.sim.post("/sim/meetings/moodle-7/breakout", &json!(null)).await;
        assert_eq!(status, 201);
        let paul = chrome.browser(world, "paul", Look::default()).await;
        paul.sign_in("paul", "/").await;
        let offer = "a[href^='/elsewhere/']";
        // The page is told at its load: it was perhaps loaded before the first look at BBB.
        for _ in 0..20 {
            if paul.js(&format!("return Boolean(document.querySelector(\"{offer}\"))")).await == json!(true) {
                break;
            }
            paul.reload().await;
        }
        paul.reads(".notice", name).await;
        paul.hand(Hand::Keyboard);
        paul.press(offer).await;
        paul.reads("h1", name).await;
        paul.sees(".callout").await;
        for width in [320, 1280] {
            paul.width(width).await;
            let fits = paul.js("return document.scrollingElement.scrollWidth <= window.innerWidth").await;
            assert_eq!(fits, json!(true), "at {width}");
        }
        let ticked = "return [...document.querySelectorAll('form.form input[type=checkbox]')].map((i) => [i.name, i.checked, i.disabled])";
        assert_eq!(
            paul.js(ticked).await,
            json!([["restricted", false, false], ["show_chat", true, false], ["chat", false, false], ["record", false, true]])
        );
        paul.tick("input[name=chat]").await;
        paul.press("form.form button[type=submit]").await;
        paul.until(SOON, "its console", "location.pathname.endsWith('/console')").await;
        paul.until(SOON, "on air", "document.getElementById('air')?.classList.contains('on_air') || document.getElementById('badge')?.className.includes('on_air')").await;
        assert_eq!(
            paul.js("return [...document.querySelectorAll('button.act, #enter')].filter((b) => !b.closest('[hidden]')).map((b) => b.id).sort()").await,
            json!(["chat-off", "leave", "live-restart", "live-stop"]),
            "nothing that needs a room of one's own"
        );
        // The first page says who does it, and leads back.
        paul.open("/").await;
        paul.reads(".notice", "Paul Présentateur").await;
    })
    .await;
}
