//! What other sites and other people's texts can do to somebody at a browser: nothing.
//!
//! Origins and cookies of the websocket are looked at in `live/ws.rs`, those of the interface in `api/problems.rs`.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::story::{line, world};
use crate::harness::{Browser, LATER, Look, SOON, Viewer, World, browsing, eventually, rfc3339};

/// Another site: answers every request with this page, whatever it is. At another host name than the server's, as
/// `127.0.0.1` and `localhost` are two sites to a browser.
async fn stranger(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let page = Arc::new(page);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let page = page.clone();
            tokio::spawn(async move {
                let mut asked = [0_u8; 4096];
                let _ = socket.read(&mut asked).await;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
                let _ = socket.write_all(answer.as_bytes()).await;
            });
        }
    });
    format!("http://localhost:{port}/")
}

#[tokio::test]
async fn another_site_posts_nothing_frames_nothing_and_hears_nothing() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("À l’abri").await;
        let base = &world.server.base;
        let presenter = chrome.browser(world, "presenter", Look::default()).await;
        presenter.forgive("status of 403");
        presenter.forgive("X-Frame-Options");
        presenter.forgive("frame-ancestors");
        presenter.forgive("WebSocket connection to");
        presenter.forgive("ERR_BLOCKED_BY_RESPONSE");
        presenter.forgive("Refused to display");
        presenter.sign_in("paul", "/meetings").await;

        // A form of theirs, sent by somebody who is signed in here.
        let forms = [
            ("/meetings/new", "name=Vol&starts_at=2030-01-01T10:00&minutes=60&time_zone=Europe/Paris"),
            ("/logout", ""),
            ("/account", "everywhere=1"),
        ];
        for (path, fields) in forms {
            let inputs: String = url::form_urlencoded::parse(fields.as_bytes())
                .map(|(name, value)| format!("<input type=hidden name='{name}' value='{value}'>"))
                .collect();
            let site = stranger(format!(
                "<!doctype html><title>x</title><form method=post action='{base}{path}'>{inputs}<button id=go>go</button></form>"
            ))
            .await;
            presenter.open(&site).await;
            presenter.press("#go").await;
            presenter
                .until(SOON, "an answer", &format!("location.href === {}", json!(format!("{base}{path}"))))
                .await;
            let status = presenter
                .js("return performance.getEntriesByType('navigation')[0].responseStatus")
                .await;
            assert_eq!(status, 403, "{path} from another site");
        }
        presenter.open("/meetings").await;
        assert_eq!(presenter.js("return location.pathname").await, "/meetings", "still signed in");
        let mine = world.presenter.get("/meetings").await.ok();
        assert!(!mine.to_string().contains("Vol"), "{mine}");

        // A script of theirs: a socket, an answer to read, a write.
        let event = &plan.event;
        let site = stranger(format!(
            "<!doctype html><title>x</title><script>
            window.seen = [];
            const s = new WebSocket('{}/live/{event}/ws');
            s.onmessage = (m) => seen.push(m.data); s.onclose = () => {{ window.shut = true; }};
            fetch('{base}/api/v1/meetings', {{ credentials: 'include' }}).then((a) => a.text()).then((t) => seen.push(t), () => {{ window.unread = true; }});
            fetch('{base}/api/v1/meetings/{}/end', {{ method: 'POST', mode: 'no-cors', credentials: 'include' }}).finally(() => {{ window.wrote = true; }});
            </script>",
            base.replacen("http", "ws", 1),
            plan.meeting
        ))
        .await;
        presenter.forgive("CORS policy");
        presenter.forgive("net::ERR_FAILED");
        presenter.open(&site).await;
        presenter.until(SOON, "all three are over", "window.shut && window.unread && window.wrote").await;
        assert_eq!(presenter.js("return seen").await, json!([]));
        let state = world.presenter.state(&plan.meeting).await;
        assert_eq!(state["meeting"]["state"], "scheduled", "{state}");

        // A frame of theirs: empty for every page but the one that is made for it.
        let frames: Vec<String> = [
            format!("/live/{event}"),
            format!("/live/{event}/console"),
            "/meetings/new".to_owned(),
            "/login".to_owned(),
            "/account".to_owned(),
            format!("/live/{event}/embed"),
        ]
        .iter()
        .map(|path| format!("<iframe src='{base}{path}' width=600 height=400></iframe>"))
        .collect();
        // Another origin of the same site: its frames can be looked at from outside, and are refused all the same.
        let site = stranger(format!("<!doctype html><title>x</title>{}", frames.concat())).await;
        presenter.open(&site.replacen("localhost", "127.0.0.1", 1)).await;
        let shown = presenter.cdp("Page.getFrameTree", json!({})).await;
        let shown: Vec<String> = shown["frameTree"]["childFrames"]
            .as_array()
            .expect("frames")
            .iter()
            .map(|f| f["frame"]["unreachableUrl"].as_str().unwrap_or_default().to_owned())
            .collect();
        let refused = shown.iter().filter(|u| !u.is_empty()).count();
        assert_eq!((refused, shown.len()), (5, 6), "refused: {shown:?}");
        assert!(shown[5].is_empty(), "the embed is shown");
    })
    .await;
}

/// What runs if it is taken for markup, or breaks out of an attribute, a script or a text of JSON.
const HOSTILE: &str = "\"'><img src=x onerror=boom()><script>boom()</script></script>{{7*7}}${7*7}<!--\u{202e}";

/// Nothing of it ran, and nothing of it became an element.
async fn unharmed(browser: &Browser, path: &str, shows: bool) {
    browser.open(path).await;
    let seen = browser
        .js("return [window.boomed ?? 0, document.querySelectorAll('img[src=\"x\"], [onerror]').length,
            [...document.scripts].filter((s) => s.textContent.includes('boom()') && s.type !== 'application/json').length,
            document.body.innerText.includes('boom()') || [...document.querySelectorAll('input, textarea')].some((f) => f.value.includes('boom()')),
            document.querySelector('main') !== null]")
        .await;
    assert_eq!(seen, json!([0, 0, 0, shows, true]), "{path}: {seen}");
}

/// Census M9, W22: names that people gave themselves, and those of gateways and meetings, were put into pages as markup.
#[tokio::test]
async fn markup_in_names_and_texts_stays_text() {
    let world = World::with(crate::harness::WorldOptions {
        sim: crate::harness::SimOptions {
            gateways: "g2",
            ..crate::harness::SimOptions::default()
        },
        adds: Some(vec![]),
        ..crate::harness::WorldOptions::default()
    })
    .await;
    browsing(world, async |world, chrome| {
        let mut gateway = world.sim.gateway("g2").await;
        let token = gateway["token"].as_str().expect("a token").to_owned();
        gateway["name"] = "<img src=x onerror=boom()>".into();
        world.add_gateway(&gateway, &token).await.ok();
        let mallory = world.server.person("mallory", HOSTILE, "staff").await;
        let meeting = json!({ "name": HOSTILE, "description": HOSTILE, "welcome_text": HOSTILE, "starts_at": rfc3339(0),
            "duration_s": 3600, "is_webinar": true, "enable_chat": true });
        let made = mallory.post("/meetings", &meeting).await.ok();
        let text = |v: &Value| v.as_str().expect("an id").to_owned();
        let (meeting, event) = (text(&made["id"]), text(&made["event"]));
        mallory
            .post(&format!("/meetings/{meeting}/start"), &Value::Null)
            .await
            .ok();
        mallory
            .post(
                &format!("/live/{event}/chat"),
                &json!({ "client_id": "c-1", "text": HOSTILE }),
            )
            .await
            .ok();

        let browser = chrome.browser(world, "reader", Look::default()).await;
        browser
            .cdp(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": "window.boom = () => { window.boomed = (window.boomed ?? 0) + 1; }" }),
            )
            .await;
        let live = format!("/live/{event}");
        for path in ["/", "/live", &live, &format!("{live}/embed")] {
            unharmed(&browser, path, true).await;
        }
        browser.open(&live).await;
        line(&browser, "boom()", None).await;
        unharmed_here(&browser, &live).await;

        browser.sign_in("mallory", "/meetings").await;
        let own = [
            "/meetings".to_owned(),
            format!("/meetings/{meeting}"),
            format!("/meetings/{meeting}/edit"),
            format!("{live}/console"),
            "/account".to_owned(),
        ];
        for path in &own {
            unharmed(&browser, path, true).await;
        }
        // People and lines of the room, by push.
        eventually(LATER, "the room is open", async || {
            let state = mallory.state(&meeting).await;
            if state["meeting"]["state"] == "open" {
                Ok(())
            } else {
                Err(state)
            }
        })
        .await;
        world.sim.enter(&meeting, HOSTILE).await;
        world
            .sim
            .say(&meeting, HOSTILE, &format!("{HOSTILE} de la salle"))
            .await;
        browser.open(&format!("{live}/console")).await;
        browser.reads("#room", "boom()").await;
        browser.reads("#lines", "de la salle").await;
        unharmed_here(&browser, "the console").await;
        let viewer = Viewer::of(&world.server, &event, None).await;
        viewer.sound();

        browser.forget().await;
        browser.sign_in("ada", "/admin").await;
        for path in ["/admin", "/admin/gateways", "/admin/people", "/audit"] {
            browser.open(path).await;
            unharmed_here(&browser, path).await;
        }
        mallory
            .post(&format!("/meetings/{meeting}/end"), &Value::Null)
            .await
            .ok();
    })
    .await;
}

/// As [`unharmed`], of the page that is open.
async fn unharmed_here(browser: &Browser, at: &str) {
    let seen = browser
        .js("return [window.boomed ?? 0, document.querySelectorAll('img[src=\"x\"], [onerror]').length]")
        .await;
    assert_eq!(seen, json!([0, 0]), "{at}");
}

#[tokio::test]
async fn sign_in_leads_nowhere_else_and_private_pages_are_kept_by_nobody() {
    browsing(world().await, async |world, chrome| {
        let browser = chrome.browser(world, "visitor", Look::default()).await;
        browser.forgive("status of 40");
        let elsewhere = [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "/%5Cevil.example/",
            "/\t/evil.example/",
            "javascript:boom()",
            "https:evil.example",
            "/../..//evil.example",
        ];
        let host = url::Url::parse(&world.server.base).expect("an address");
        for next in elsewhere {
            browser.forget().await;
            let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            browser.open(&format!("/login?next={encoded}")).await;
            browser.write("input[name=login]", "emmy").await;
            browser
                .write("input[name=password]", &crate::harness::Person::password_of("emmy"))
                .await;
            browser.press("main form [type=submit]").await;
            browser
                .until(SOON, "signed in", "!document.querySelector('input[name=password]') && document.readyState === 'complete'")
                .await;
            let at = url::Url::parse(&browser.url().await).expect("an address");
            assert_eq!(at.origin(), host.origin(), "{next}");
        }

        // What is for one person is kept by no cache, not by the browser's own either.
        let plan = world.plan("Privée").await;
        browser.forget().await;
        browser.sign_in("paul", "/meetings").await;
        let private = [
            "/".to_owned(),
            "/meetings".to_owned(),
            "/meetings/new".to_owned(),
            format!("/meetings/{}", plan.meeting),
            format!("/live/{}", plan.event),
            format!("/live/{}/console", plan.event),
            "/account".to_owned(),
            "/login".to_owned(),
            "/api/v1/me".to_owned(),
        ];
        for path in private {
            let kept = browser
                .js_later(
                    "const done = arguments[arguments.length - 1];
                    fetch(arguments[0], { cache: 'no-store' }).then((a) => done([a.status, a.headers.get('cache-control'), a.headers.get('vary')]))",
                    vec![json!(path)],
                )
                .await;
            let control = kept[1].as_str().unwrap_or_default().to_owned();
            assert!(
                control.contains("no-store") || control.contains("private"),
                "{path}: {kept}"
            );
        }
        // After signing out, the way back shows nothing.
        browser.open("/meetings").await;
        browser.press("header form[action='/logout'] [type=submit]").await;
        browser.until(SOON, "signed out", "location.pathname !== '/meetings'").await;
        browser.js("history.back()").await;
        browser
            .until(SOON, "signed out there too", "document.querySelector('form[action=\"/logout\"]') === null && document.readyState === 'complete'")
            .await;
    })
    .await;
}
