//! The live page: the picture plays, swaps its source without a reload, and comes back after a crash of the server.

use std::time::Duration;

use serde_json::json;

use super::story::{line, stage, world};
use crate::harness::{LATER, Look, Person, SOON, Viewer, browsing};

/// Where the picture is: `[currentTime, decoded frames, paused]`.
const PICTURE: &str = "return (() => { const v = document.querySelector('#video');
    return [v.currentTime, v.getVideoPlaybackQuality().totalVideoFrames, v.paused, v.muted] })()";

/// Census C6: to whoever is not signed in and came early: where there was no box to write in, the page's script ended there, and nothing
/// came by itself any more.
#[tokio::test]
async fn the_picture_plays_on_and_a_frozen_one_is_swapped_without_a_reload() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Twenty seconds and a swap").await;
        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        viewer.open(&format!("/live/{}", plan.event)).await;
        viewer.js("window.sameDocument = true").await;
        world.on_air(&plan).await;
        stage(&viewer, "on_air").await;
        viewer
            .until(
                LATER,
                "the picture moves",
                "document.querySelector('#video').currentTime > 0.2",
            )
            .await;
        let begun = viewer.js(PICTURE).await;
        assert_eq!(
            begun[3], true,
            "it starts muted: a browser lets nothing else start by itself"
        );
        viewer.sees("#unmute").await;
        viewer.press("#unmute").await;
        viewer
            .until(SOON, "sound", "!document.querySelector('#video').muted")
            .await;
        // Twelve seconds of pictures go in a circle: this is more than one round, over the place where it closes.
        let far = format!(
            "document.querySelector('#video').currentTime >= {} && \
             document.querySelector('#video').getVideoPlaybackQuality().totalVideoFrames >= {}",
            begun[0].as_f64().expect("seconds") + 20.0,
            begun[1].as_i64().expect("frames") + 150,
        );
        viewer.until(Duration::from_mins(1), "twenty seconds more", &far).await;

        let source = "document.querySelector('#video').currentSrc";
        let first = viewer.js(&format!("return {source}")).await;
        world.sim.faults(json!([{ "on": "hls", "kind": "freeze" }])).await;
        stage(&viewer, "stalled").await;
        stage(&viewer, "starting").await;
        world.sim.faults(json!([])).await;
        stage(&viewer, "on_air").await;
        viewer
            .until(LATER, "another source", &format!("{source} && {source} !== {first}"))
            .await;
        let swapped = viewer
            .until(
                LATER,
                "the new picture moves",
                "(() => { const v = document.querySelector('#video'); return !v.paused && v.currentTime > 0.2 && \
                 v.readyState >= 3 ? [v.currentTime, v.getVideoPlaybackQuality().totalVideoFrames] : null })()",
            )
            .await;
        let on = format!(
            "document.querySelector('#video').currentTime > {} && \
             document.querySelector('#video').getVideoPlaybackQuality().totalVideoFrames > {}",
            swapped[0].as_f64().expect("seconds") + 1.0,
            swapped[1].as_i64().expect("frames") + 5,
        );
        viewer.until(LATER, "it moves on", &on).await;
        assert_eq!(
            viewer.js("return window.sameDocument === true").await,
            true,
            "no reload"
        );
        world.end(&plan).await;
        stage(&viewer, "ended").await;
        // A playlist that is frozen or gone for a moment is what this is about.
        viewer.forgive(".m3u8");
        viewer.forgive(".ts");
    })
    .await;
}

/// Census C7: a failure on the way told the sender nothing.
#[tokio::test]
async fn killed_in_mid_chat_the_page_comes_back_with_nothing_missing_and_nothing_twice() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Killed").await;
        let page = chrome.browser(world, "viewer", Look::default()).await;
        page.forgive("net::ERR_CONNECTION_REFUSED");
        page.forgive("net::ERR_CONNECTION_RESET");
        page.forgive("net::ERR_EMPTY_RESPONSE");
        page.forgive("WebSocket connection to");
        page.sign_in("emmy", &format!("/live/{}", plan.event)).await;
        page.js("window.sameDocument = true").await;
        let mut other = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
        let mut numbered = 0;
        let mut post = async |count: usize| {
            for _ in 0..count {
                numbered += 1;
                let text = format!("Ligne {numbered} de l’autre.");
                let id = format!("c-{numbered}");
                while !(other.say(&id, &text).await && receipt(&other, &id).await) {
                    other.reconnect().await;
                }
            }
        };
        post(10).await;
        line(&page, "Ligne 10 de l’autre.", None).await;
        // In the middle of it: some lines are on disk that the page was not told of, one is on its way.
        page.write("#line", "Avant la panne").await;
        page.press("#send").await;
        world.server.kill();
        page.until(
            SOON,
            "the loss is said",
            "document.querySelector('#connection').checkVisibility()",
        )
        .await;
        page.write("#line", "Pendant la panne").await;
        page.press("#send").await;
        line(&page, "Pendant la panne", None).await;
        world.server.start().await;
        post(10).await;
        for n in 1..=20 {
            line(&page, &format!("Ligne {n} de l’autre."), None).await;
        }
        for text in ["Avant la panne", "Pendant la panne"] {
            line(&page, text, Some("posted")).await;
        }
        assert_eq!(page.js("return window.sameDocument === true").await, true, "no reload");
        let history = world.presenter.history(&plan.event).await;
        assert_eq!(history.len(), 22, "{history:#?}");
        for text in ["Avant la panne", "Pendant la panne"] {
            let kept = history.iter().filter(|l| l["text"] == text).count();
            assert_eq!(kept, 1, "{text}");
        }
        // What the page shows is the history, in its order.
        let shown = page
            .js("return [...document.querySelectorAll('#lines .entry')].map((e) => e.innerText)")
            .await;
        let shown: Vec<&str> = shown
            .as_array()
            .expect("lines")
            .iter()
            .filter_map(|l| l.as_str())
            .collect();
        assert_eq!(shown.len(), 22, "{shown:#?}");
        // And so does a page that is loaded anew.
        page.reload().await;
        for n in 1..=20 {
            line(&page, &format!("Ligne {n} de l’autre."), None).await;
        }
        line(&page, "Pendant la panne", None).await;
        page.until(
            SOON,
            "the loss is forgotten",
            "!document.querySelector('#connection').checkVisibility()",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_watch_any_more_is_told_the_way_back_and_comes_back_by_it() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Was open").await;
        world.on_air(&plan).await;
        let reader = chrome.browser(world, "reader", Look::default()).await;
        reader.open(&format!("/live/{}", plan.event)).await;
        stage(&reader, "on_air").await;
        reader
            .until(
                LATER,
                "the picture moves",
                "document.querySelector('#video').currentTime > 0.2",
            )
            .await;
        let restricted = json!({ "is_restricted": true });
        world
            .presenter
            .patch(&format!("/meetings/{}", plan.meeting), &restricted)
            .await
            .ok();
        // Neither picture nor chat goes on; what to do stands in their place.
        let said = "Ce direct est désormais réservé aux personnes connectées.";
        reader.reads("#connection", said).await;
        reader.reads("#stage-text", said).await;
        reader
            .until(
                SOON,
                "nothing is shown any more",
                "document.querySelector('#video').hidden && !document.querySelector('#video').src && !document.querySelector('#lines').checkVisibility()",
            )
            .await;
        let way = reader.js("return document.querySelector('#connection a').href").await;
        assert!(way.as_str().is_some_and(|w| w.contains("/login?next=")), "{way}");
        // Signed in in another window, and looked at again.
        let sign_in = "const [login, password, done] = arguments;
            fetch('/api/v1/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login, password }) })
              .then((a) => done(a.status))";
        let came = reader
            .js_later(sign_in, vec![json!("emmy"), json!(Person::password_of("emmy"))])
            .await;
        assert!(came.as_u64().is_some_and(|s| s < 300), "{came}");
        reader.js("window.dispatchEvent(new Event('focus'))").await;
        reader
            .until(
                LATER,
                "it is there again",
                "document.querySelector('#live').dataset.me && document.querySelector('#video').currentTime > 0.2 && !document.querySelector('#line').disabled",
            )
            .await;
        world.end(&plan).await;
    })
    .await;
}

/// Whether there is a receipt, before the connection ends.
async fn receipt(viewer: &Viewer, id: &str) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let shown = viewer.now();
        if shown.receipts.contains_key(id) {
            return true;
        }
        if shown.closed.is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}
