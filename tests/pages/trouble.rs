//! Small troubles of those who watch and of those who present: whose fault it is that no picture comes, a button on a
//! narrow screen, two presenters who move the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::story::{stage, world};
use crate::harness::{LATER, Look, SOON, World, WorldOptions, browsing};

/// What browsers get; programs always get the picture.
const WELL: u8 = 0;
const OVERLOADED: u8 = 1;
const SILENT: u8 = 2;

struct Front {
    behind: String,
    mood: AtomicU8,
    http: reqwest::Client,
}

async fn through(State(front): State<Arc<Front>>, request: Request) -> Response {
    if request.headers().contains_key("sec-fetch-mode") {
        match front.mood.load(Ordering::SeqCst) {
            // As web servers say it: without the headers that would let a page of elsewhere read the status.
            OVERLOADED => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            SILENT => std::future::pending().await,
            _ => {}
        }
    }
    let Ok(answer) = front
        .http
        .get(format!("{}{}", front.behind, request.uri()))
        .send()
        .await
    else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers) = (answer.status(), HeaderMap::new());
    for name in ["content-type", "access-control-allow-origin"] {
        if let Some(value) = answer.headers().get(name) {
            headers.insert(name, value.clone());
        }
    }
    (status, headers, answer.bytes().await.unwrap_or_default()).into_response()
}

/// A broadcaster whose front can be in a bad mood, in front of the simulated one.
async fn front(world: &World) -> Arc<Front> {
    let front = Arc::new(Front {
        behind: world.sim.base.clone(),
        mood: AtomicU8::new(WELL),
        http: amphi::outgoing::builder().build().expect("a client"),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(through).with_state(front.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut gateway = world.sim.gateway("g2").await;
    let hls = gateway["hls_url"].as_str().expect("hls_url").to_owned();
    gateway["hls_url"] = json!(hls.replacen(&world.sim.base, &address, 1));
    assert_ne!(gateway["hls_url"], hls.as_str());
    let token = gateway["token"].as_str().expect("token").to_owned();
    world.add_gateway(&gateway, &token).await.ok();
    front
}

#[tokio::test]
async fn a_broadcaster_that_gives_no_picture_is_not_the_viewer_s_network() {
    let world = World::with(WorldOptions {
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    browsing(world, async |world, chrome| {
        let front = front(world).await;
        let plan = world.plan("Overloaded").await;
        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        for expected in ["503", "CORS", "net::ERR", "Failed to load resource"] {
            viewer.forgive(expected);
        }
        viewer.open(&format!("/live/{}", plan.event)).await;
        world.on_air(&plan).await;
        stage(&viewer, "on_air").await;
        // From one look to the next: after a break the player may begin at another place, before or behind.
        let moves = async || {
            viewer.js("delete window.seenAt").await;
            let on = "(() => { const video = document.querySelector('#video'); const before = window.seenAt; window.seenAt = video.currentTime; \
                      return before !== undefined && video.currentTime > before && !video.paused })()";
            viewer.until(LATER, "the picture moves", on).await;
        };
        moves().await;
        front.mood.store(OVERLOADED, Ordering::SeqCst);
        viewer.reads("#player-note", "surchargé ou en panne").await;
        viewer.reads("#player-note", "votre réseau n’y est pour rien").await;
        assert_eq!(
            world.presenter.state(&plan.meeting).await["live"]["state"],
            "on_air",
            "the server sees it move"
        );
        front.mood.store(WELL, Ordering::SeqCst);
        moves().await;
        front.mood.store(SILENT, Ordering::SeqCst);
        viewer.reads("#player-note", "ne répond pas d’ici").await;
        front.mood.store(WELL, Ordering::SeqCst);
        moves().await;
        world.end(&plan).await;
    })
    .await;
}

/// Words of a control that stand on more than one line.
const BROKEN: &str = "return [...document.querySelectorAll('.over .big')].flatMap((e) => {
    e.hidden = false;
    const text = [...e.childNodes].find((n) => n.nodeType === 3 && n.data.trim());
    return [...text.data.matchAll(/\\S+/g)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size > 1;
    }).map((word) => word[0]);
})";

#[tokio::test]
async fn a_button_over_the_picture_breaks_no_word_on_a_narrow_screen_with_large_text() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Narrow").await;
        let look = Look {
            width: 320,
            ..Look::default()
        };
        let presenter = chrome.browser(world, "presenter", look).await;
        let console = format!("/live/{}/console", plan.event);
        presenter.sign_in("paul", &console).await;
        for page in [console, format!("/live/{}", plan.event)] {
            presenter.open(&page).await;
            presenter.js("document.documentElement.style.fontSize = '200%'").await;
            // The buttons lie over a picture, not over what is said instead of one.
            presenter.js("document.querySelector('#poster').hidden = true").await;
            assert_eq!(presenter.js(BROKEN).await, json!([]), "{page}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_presenters_who_move_the_end_the_second_is_told() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Two presenters").await;
        let presenter = chrome.browser(world, "presenter", Look::default()).await;
        // What another presenter did in the same second: the page's own call expects the end of before.
        presenter.forgive("409");
        presenter.sign_in("paul", &format!("/live/{}/console", plan.event)).await;
        presenter.until(SOON, "the end can be moved", "!document.querySelector('#longer').disabled").await;
        let before = presenter.js("return document.querySelector('#ends').textContent").await;
        presenter
            .js("const fetched = window.fetch; window.fetch = async (path, given) => {
                if (given?.method !== 'PATCH') return fetched(path, given);
                window.fetch = fetched;
                const { duration_s } = JSON.parse(given.body);
                const headers = { 'content-type': 'application/json' };
                await fetched(path, { method: 'PATCH', headers, body: JSON.stringify({ duration_s: duration_s + 900 }) });
                return fetched(path, given);
            }")
            .await;
        presenter.press("#longer").await;
        presenter.reads("#act-note", "Quelqu’un d’autre a déplacé la fin").await;
        let shows = format!("document.querySelector('#ends').textContent !== {before}");
        presenter.until(SOON, "the end that holds is shown", &shows).await;
        presenter.press("#longer").await;
        presenter.reads("#act-note", "La fin est maintenant à").await;
        let meeting = world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok();
        assert_eq!(meeting["duration_s"], 3600 + 1800 + 900, "{meeting}");
    })
    .await;
}
