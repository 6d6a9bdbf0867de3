//! What the live page weighs, and what it is allowed to load.

use serde_json::Value;

use super::story::{stage, world};
use crate::harness::{Look, browsing};

/// Compressed, without the player's library and the stream.
const MOST: u64 = 40 * 1024;

#[tokio::test]
async fn the_live_page_is_light_has_one_sheet_and_a_strict_policy() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Légère").await;
        world.on_air(&plan).await;
        let path = format!("/live/{}", plan.event);
        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        viewer.open(&path).await;
        stage(&viewer, "on_air").await;

        let loaded = viewer
            .js(
                "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                .filter((e) => new URL(e.name).origin === location.origin)
                .map((e) => [new URL(e.name).pathname, e.encodedBodySize, e.renderBlockingStatus ?? ''])",
            )
            .await;
        let loaded = loaded.as_array().expect("a list").clone();
        let path_of = |e: &Value| e[0].as_str().unwrap_or_default().to_owned();
        let counted: Vec<&Value> = loaded
            .iter()
            .filter(|e| !path_of(e).contains("vendor/hls") && !path_of(e).starts_with("/api/"))
            .collect();
        assert!(counted.iter().any(|e| path_of(e) == path), "{loaded:#?}");
        let weight: u64 = counted.iter().filter_map(|e| e[1].as_u64()).sum();
        assert!(weight < MOST, "{weight} bytes: {counted:#?}");
        println!("the live page weighs {weight} bytes compressed: {counted:#?}");

        // One style sheet, no more that the first text would wait for, nothing in the page itself.
        let sheets = viewer.js("return document.styleSheets.length").await;
        assert_eq!(sheets, 1);
        let waits: Vec<String> = loaded.iter().filter(|e| e[2] == "blocking").map(path_of).collect();
        assert_eq!(
            waits.len(),
            1,
            "only the style sheet keeps the first text waiting: {waits:?}"
        );
        let inline = viewer
            .js(
                "return [...document.querySelectorAll('style, [style], script:not([src])')]
                .filter((e) => e.type !== 'application/json').map((e) => e.outerHTML.slice(0, 200))",
            )
            .await;
        let source = page(world, &path).await.1;
        for piece in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!source.contains(piece), "{piece} stands in the page");
        }
        assert!(!source.contains("<script>"), "a script stands in the page");
        // What the player's library or a script sets by itself is no attribute of ours.
        println!("set by scripts: {inline}");

        let header = page(world, &path).await.0;
        let policy = |name: &str| -> String {
            let found = header
                .split(';')
                .map(str::trim)
                .find(|d| d.split(' ').next() == Some(name));
            found.unwrap_or_default().to_owned()
        };
        assert!(!header.contains("unsafe"), "{header}");
        for open in [" https:", " http:", " *", " data: *"] {
            let word = open.trim();
            assert!(!header.split([' ', ';']).any(|w| w == word), "{open}: {header}");
        }
        assert_eq!(policy("default-src"), "default-src 'self'", "{header}");
        assert!(
            policy("frame-ancestors").contains("'none'") && policy("object-src").contains("'none'"),
            "{header}"
        );
        // Built for this live: its broadcaster's origin and no other.
        let playback = world
            .presenter
            .get(&format!("/live/{}/playback", plan.event))
            .await
            .ok();
        let stream = url::Url::parse(playback["hls_url"].as_str().expect("hls_url")).expect("an address");
        let origin = stream.origin().ascii_serialization();
        assert!(policy("connect-src").contains(&origin), "{origin} in {header}");
        let others: Vec<&str> = header
            .split([' ', ';'])
            .filter(|w| w.starts_with("http") && *w != origin)
            .collect();
        assert!(others.is_empty(), "{others:?} in {header}");
    })
    .await;
}

/// Policy and source of a page.
async fn page(world: &crate::harness::World, path: &str) -> (String, String) {
    let answer = world
        .server
        .http()
        .get(format!("{}{path}", world.server.base))
        .send()
        .await
        .expect("an answer");
    let header = answer.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    (header, answer.text().await.expect("text"))
}

#[tokio::test]
async fn the_first_text_comes_one_round_trip_after_the_page() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Loin").await;
        let viewer = chrome.browser(world, "far-away", Look::default()).await;
        viewer.open("/").await;
        // Long beside what a busy machine takes to draw.
        let round_trip = 1500.0;
        viewer.cdp("Network.enable", serde_json::json!({})).await;
        viewer
            .cdp("Network.setCacheDisabled", serde_json::json!({ "cacheDisabled": true }))
            .await;
        viewer
            .cdp(
                "Network.emulateNetworkConditions",
                serde_json::json!({ "offline": false, "latency": round_trip, "downloadThroughput": -1, "uploadThroughput": -1 }),
            )
            .await;
        viewer.open(&format!("/live/{}", plan.event)).await;
        let times = viewer
            .until(
                crate::harness::SOON,
                "a first paint",
                "(() => { const n = performance.getEntriesByType('navigation')[0];
                    const p = performance.getEntriesByName('first-contentful-paint')[0];
                    return p ? [n.responseEnd, p.startTime] : null })()",
            )
            .await;
        let (page, text) = (times[0].as_f64().expect("ms"), times[1].as_f64().expect("ms"));
        // The style sheet is the one thing that it waits for; two would be two round trips one after the other.
        assert!(
            text - page < 1.6 * round_trip,
            "the page was there after {page} ms, its text after {text} ms"
        );
    })
    .await;
}
