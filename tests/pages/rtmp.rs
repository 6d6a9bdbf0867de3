//! The whole way of a picture with nothing simulated on it: a real ffmpeg pushes RTMP to a real nginx, whose hooks ask Amphi, and Chromium plays
//! the HLS that comes of it.

use std::time::Duration;

use serde_json::json;

use super::story::stage;
use crate::faults::told;
use crate::harness::{Browser, LATER, Look, MediaServer, SOON, SimOptions, World, WorldOptions, browsing, eventually};

/// What the media server shows.
const TOKEN: &str = "a-secret-of-the-media-server";
/// For what a real publisher and a real segmenter take on a machine where much else runs.
const LONG: Duration = Duration::from_secs(90);

/// Frames that were decoded of the present source.
const FRAMES: &str = "document.querySelector('#video').getVideoPlaybackQuality().totalVideoFrames";

/// Keeps what the console said, each text once after the other.
const NOTES: &str = "window.notes = [];
    const note = () => { const t = ['#now', '#why', '#gateway-name'].map((c) => document.querySelector(c)?.textContent ?? '').join(' | ');
        if (window.notes.at(-1) !== t) window.notes.push(t); };
    note(); new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });";

/// Gateways of generation 2, each pushing to a place of its own on a real media server.
async fn real(gateways: &'static str, open: bool, more: &[(&'static str, &'static str)]) -> (World, MediaServer) {
    let mut settings = vec![("media_hook_token", TOKEN), ("heal_after", "4")];
    settings.extend_from_slice(more);
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways,
            flags: vec!["--clock-speed", "5", "--ffmpeg", "/usr/bin/ffmpeg"],
        },
        settings,
        adds: Some(vec![]),
    })
    .await;
    let media = MediaServer::start(&world.server.base, TOKEN, open).await;
    for gateway in world.sim.gateways().await {
        let name = gateway["name"].as_str().expect("name");
        let real = media.gateway(&gateway, &format!("key-of-{name}"));
        let token = gateway["token"].as_str().expect("token");
        world.add_gateway(&real, token).await.ok();
    }
    (world, media)
}

/// The picture moves on: so many more frames are decoded.
async fn plays(viewer: &Browser, more: i64) {
    let before = viewer.js(&format!("return {FRAMES}")).await.as_i64().expect("frames");
    let on = format!("{FRAMES} >= {}", before + more);
    viewer.until(LONG, "more frames are decoded", &on).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_picture_is_on_air_and_comes_back_when_its_gateway_dies() {
    let (world, media) = real("g2,g2", true, &[]).await;
    browsing(world, async |world, chrome| {
        let plan = world.plan("Real RTMP").await;
        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        viewer.open(&format!("/live/{}", plan.event)).await;
        viewer.js("window.sameDocument = true").await;
        // Nobody pushes where nothing is to run, and nobody whom nobody knows: nginx asks, and lets go of them.
        let stranger = media.push(&media.rtmp_url("key-of-nobody"), 5).await;
        assert_ne!(stranger.status, Some(0), "{}", media.said());
        let early = media.push(&media.rtmp_url("key-of-g2-1"), 5).await;
        assert_ne!(early.status, Some(0), "{}", media.said());
        // By its own address it can name no other stream.
        let crook = format!("{}?name=key-of-g2-1&call=publish_done", media.rtmp_url("key-of-nobody"));
        assert_ne!(media.push(&crook, 5).await.status, Some(0), "{}", media.said());
        assert!(!media.has("key-of-nobody") && !media.has("key-of-g2-1"));
        let refused = told(&world.server, "GatewayPublishRefused").await;
        assert_eq!(refused, [json!({ "live": null, "why": "idle" })]);

        world.start(&plan).await;
        world.open(&plan).await;
        world.live(&plan, LONG, "on_air").await;
        stage(&viewer, "on_air").await;
        plays(&viewer, 30).await;
        let seen = told(&world.server, "LivePublishSeen").await;
        assert_eq!(
            seen.len(),
            1,
            "`on_update` comes each second and says nothing new: {seen:?}"
        );
        // Nobody comes beside it: nginx has a publisher of that name.
        assert_ne!(media.push(&media.rtmp_url("key-of-g2-1"), 5).await.status, Some(0));

        // The gateway dies in mid-stream.
        let console = chrome.browser(world, "console", Look::default()).await;
        console.sign_in("paul", &format!("/live/{}/console", plan.event)).await;
        console.reads("#gateway-name", "g2-").await;
        console.js(NOTES).await;
        let first = told(&world.server, "GatewayStartAsked").await[0].clone();
        let gateway = world.sim.running().await[0].trim_matches('"').to_owned();
        world
            .sim
            .faults(json!([{ "on": format!("gateway@{gateway}"), "kind": "die", "times": 1 }]))
            .await;
        eventually(LONG, "another run is on air", async || {
            let runs = told(&world.server, "GatewayStartAsked").await;
            let ended = told(&world.server, "LivePublishEnded").await;
            let air = told(&world.server, "LiveWentOnAir").await;
            match runs.last() {
                Some(last) if air.iter().any(|a| a["run"] == last["run"]) && last["run"] != first["run"] => {
                    assert_eq!(ended[0]["run"], first["run"], "nginx said that the publisher was gone");
                    Ok(())
                }
                _ => Err((runs, ended, air)),
            }
        })
        .await;
        stage(&viewer, "on_air").await;
        let again = "(() => { const v = document.querySelector('#video'); return !v.paused && v.readyState >= 3 })()";
        viewer.until(LONG, "the new picture", again).await;
        plays(&viewer, 30).await;
        assert_eq!(
            viewer.js("return window.sameDocument === true").await,
            true,
            "no reload"
        );
        let second = told(&world.server, "GatewayStartAsked")
            .await
            .last()
            .expect("a run")
            .clone();
        assert_ne!(second["gateway"], first["gateway"], "another gateway took it over");
        // What was done was said, in this order: it stood, it was begun anew, it is seen again.
        console
            .until(
                SOON,
                "seen again",
                "document.querySelector('#air').dataset.now === 'on_air'",
            )
            .await;
        let notes = console.js("return window.notes.join('\\n')").await;
        let notes = notes.as_str().expect("text").to_owned();
        let changes = notes.lines().count();
        assert!(changes >= 3, "the console said too little:\n{notes}");
        world.end(&plan).await;
        stage(&viewer, "ended").await;
        world.all_quiet(LATER).await;
        // With the live goes its picture: whoever pushes for it now is refused.
        assert_ne!(media.push(&media.rtmp_url("key-of-g2-1"), 5).await.status, Some(0));
        viewer.forgive(".m3u8");
        viewer.forgive(".ts");
        console.forgive(".m3u8");
        console.forgive(".ts");
    })
    .await;
}

/// nginx drops a publisher whose `on_update` is not answered well: each upgrade of Amphi cut the picture of every webinar.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_stays_while_amphi_is_down_and_is_on_air_when_it_is_back() {
    let (world, media) = real("g2", true, &[]).await;
    let plan = world.plan("Upgraded").await;
    world.start(&plan).await;
    world.open(&plan).await;
    world.live(&plan, LONG, "on_air").await;
    let runs = told(&world.server, "GatewayStartAsked").await;
    world.server.kill();
    // Asked each second whether it may go on, and nobody answers.
    let unanswered = "Connection refused) while connecting to upstream";
    let before = media.said_times(unanswered);
    eventually(LONG, "nginx asked in vain three times", async || {
        let times = media.said_times(unanswered) - before;
        if times >= 3 { Ok(()) } else { Err(times) }
    })
    .await;
    let then = media.sequence("key-of-g2-1").await.expect("a playlist");
    eventually(LONG, "the picture goes on", async || {
        match media.sequence("key-of-g2-1").await {
            Some(now) if now >= then + 3 => Ok(()),
            other => Err((then, other, media.said())),
        }
    })
    .await;
    // Nobody new is let in meanwhile.
    let stranger = media.push(&media.rtmp_url("key-of-nobody"), 5).await;
    assert_ne!(stranger.status, Some(0), "{}", media.said());
    assert!(!media.has("key-of-nobody"));
    world.server.start().await;
    world.live(&plan, LONG, "on_air").await;
    assert_eq!(told(&world.server, "GatewayStartAsked").await, runs, "the same run");
    assert_eq!(
        told(&world.server, "LivePublishEnded").await,
        Vec::<serde_json::Value>::new()
    );
    world.end(&plan).await;
    world.all_quiet(LATER).await;
}

/// nginx hands the key behind a stream's name on to us, with each of its questions, and names no file by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoders_real_picture_is_let_in_by_its_lives_key() {
    let (world, media) = real("g2", true, &[]).await;
    let new = json!({
        "name": "Hall", "hls_url": media.hls_url("hall"), "plannable": true, "rtmp_url": media.rtmp_url("hall"),
    });
    let hall = world.admin.post("/broadcasters", &new).await.ok();
    let (from, to) = (crate::harness::rfc3339(0), crate::harness::rfc3339(1_800));
    let new =
        json!({ "title": "Open day", "broadcaster": hall["id"], "starts_at": from, "ends_at": to, "is_draft": false });
    let made = world.presenter.post("/live", &new).await.ok();
    let event = made["event"].as_str().expect("a live");
    let door = world.presenter.get(&format!("/live/{event}/door")).await.ok();
    let text = |v: &serde_json::Value| v.as_str().expect("text").to_owned();
    let address = format!("{}/{}", text(&door["stream"]["server"]), text(&door["stream"]["key"]));
    assert_ne!(media.push(&media.rtmp_url("hall"), 5).await.status, Some(0), "no key");
    let on_air = eventually(LONG, "the live is on air", async || {
        let live = world.presenter.get(&format!("/live/{event}")).await.ok();
        if live["state"]["live"] == "on_air" {
            Ok(())
        } else {
            Err(live.to_string())
        }
    });
    // Many times longer than the time between two of nginx's questions.
    let (pushed, ()) = tokio::join!(media.push(&address, 20), on_air);
    assert_eq!(pushed.status, Some(0), "{}", media.said());
    assert!(media.has("hall"));
}

/// Census L4: the address of a restricted live's picture was public.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restricted_picture_is_signed_and_goes_on_under_the_next_signature() {
    let (world, media) = real("g2", false, &[("media_link_life", "8")]).await;
    world.server.person("emmy", "Emmy N.", "user").await;
    browsing(world, async |world, chrome| {
        let broadcasters = world.admin.get("/broadcasters").await.ok();
        let id = broadcasters["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/broadcasters/{id}");
        let signed = json!({ "protection": "secure_link", "signing_secret": crate::harness::SIGNING });
        world.admin.patch(&path, &signed).await.ok();

        let mut new = World::webinar("Closed circle");
        new["is_restricted"] = true.into();
        let made = world.presenter.post("/meetings", &new).await.ok();
        let text = |v: &serde_json::Value| v.as_str().expect("an id").to_owned();
        let plan = crate::harness::Plan {
            meeting: text(&made["id"]),
            event: text(&made["event"]),
        };
        // What the page asks for, and what it is told.
        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        viewer.sign_in("emmy", &format!("/live/{}", plan.event)).await;
        viewer
            .js("window.sameDocument = true; window.asked = new Set(); window.failed = [];
                const open = XMLHttpRequest.prototype.open;
                XMLHttpRequest.prototype.open = function (method, url, ...more) {
                    window.asked.add(new URL(url, location.href).pathname);
                    this.addEventListener('load', () => { if (this.status >= 400) window.failed.push([this.status, url]) });
                    return open.call(this, method, url, ...more); };")
            .await;
        world.start(&plan).await;
        world.open(&plan).await;
        // Amphi's own look at the playlist is signed, or it would never be on air.
        world.live(&plan, LONG, "on_air").await;
        stage(&viewer, "on_air").await;
        plays(&viewer, 20).await;
        // Over the life of three signatures: nothing is refused, and nothing stands.
        plays(&viewer, 200).await;
        let asked = viewer.js("return [...window.asked]").await;
        let asked: Vec<&str> = asked.as_array().expect("paths").iter().filter_map(|a| a.as_str()).collect();
        let media_paths: Vec<&&str> = asked.iter().filter(|a| a.contains("/hls/")).collect();
        assert!(media_paths.iter().all(|a| a.starts_with("/signed/")), "{media_paths:?}");
        let mut signatures: Vec<&str> = media_paths.iter().filter_map(|a| a.split('/').nth(2)).collect();
        signatures.sort_unstable();
        signatures.dedup();
        assert!(signatures.len() >= 3, "{signatures:?}");
        let failed = viewer.js("return window.failed").await;
        assert_eq!(failed, json!([]), "nothing was refused on the way");
        assert_eq!(viewer.js("return window.sameDocument === true").await, true, "no reload");
        let page = viewer.js("return document.documentElement.outerHTML").await;
        assert!(!page.as_str().expect("HTML").contains("/hls/key-of"), "the open address is not in the page");
        world.end(&plan).await;
        stage(&viewer, "ended").await;
        viewer.forgive(".m3u8");
        viewer.forgive(".ts");
    })
    .await;
    drop(media);
}
