//! `amphi demo`: the tour on its start page, and the buttons that break things, each seen from outside.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Output, Process, Viewer, World, eventually, tail};

/// Something that takes a few looks of the reactors.
const SOON: Duration = Duration::from_secs(30);

/// What makes a demo quick; each wins over the demo's own.
const QUICK: &[(&str, &str)] = &[
    ("AMPHI_ROOM_POLL", "0.3"),
    ("AMPHI_ROOM_CONFIRM", "0.2"),
    ("AMPHI_RETRY_FIRST", "0.1"),
    ("AMPHI_RETRY_MOST", "0.5"),
    ("AMPHI_PROBE", "0.2"),
    ("AMPHI_GATEWAY_POLL", "0.5"),
    ("AMPHI_LATE_START", "1.5"),
    ("AMPHI_HEAL_AFTER", "4"),
    ("AMPHI_FENCE_AFTER", "2"),
    ("AMPHI_LOG_LEVEL", "info"),
];

/// `amphi demo` with nothing of the environment of the tests but what a program needs to run.
fn command(data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amphi"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(QUICK.iter().copied())
        .arg("demo")
        .arg("--data")
        .arg(data)
        .args(more);
    command
}

/// A demo that runs, and its live of now.
struct Demo {
    base: String,
    sim: String,
    said: Value,
    meeting: String,
    event: String,
    data: PathBuf,
    http: reqwest::Client,
    log: PathBuf,
    _process: Process,
    _folder: TempDir,
}

impl Demo {
    /// Starts one in a folder of its own, and waits until it is furnished and on air.
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, log) = (folder.path().join("demo"), folder.path().join("demo.log"));
        let mut process = Process::start(&mut command(&data, &["--listen", "127.0.0.1:0"]), &log);
        let said: Value = eventually(Duration::from_mins(2), "the demo is furnished", async || {
            assert!(process.runs(), "the demo ended: {}", tail(&log, 20));
            let text = std::fs::read(data.join("demo.json")).map_err(|e| e.to_string())?;
            serde_json::from_slice(&text).map_err(|e| e.to_string())
        })
        .await;
        let text = |v: &Value| v.as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
        let room = said["meetings"]
            .as_array()
            .and_then(|all| all.iter().find(|m| m["what"] == "now"))
            .expect("a room of now");
        let demo = Self {
            base: text(&said["base"]),
            sim: text(&said["sim"]),
            meeting: text(&room["id"]),
            event: text(&room["event"]),
            http: amphi::outgoing::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(20))
                .build()
                .expect("client"),
            said,
            data,
            log,
            _process: process,
            _folder: folder,
        };
        // A playlist that is gone is gone soon.
        let knobs = demo.http.put(format!("{}/hls/knobs", demo.sim));
        knobs.json(&json!({ "linger_ms": 1_000 })).send().await.expect("knobs");
        demo
    }

    fn token(&self, login: &str) -> String {
        let accounts = self.said["accounts"].as_array().expect("accounts");
        let account = accounts.iter().find(|a| a["login"] == login).expect("an account");
        account["token"].as_str().expect("a token").to_owned()
    }

    /// A call of the API as somebody.
    async fn api(&self, login: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        request = request.bearer_auth(self.token(login));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("text"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn page(&self, language: &str) -> String {
        let asked = self
            .http
            .get(format!("{}/", self.base))
            .header("accept-language", language);
        let answer = asked.send().await.expect("a page");
        assert_eq!(answer.status(), 200);
        answer.text().await.expect("text")
    }

    async fn state(&self) -> Value {
        let answer = self.http.get(format!("{}/demo/state", self.base)).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    /// Presses a button, as the page's form does.
    async fn press(&self, act: &str, on: bool) {
        let answer = self
            .http
            .post(format!("{}/demo/acts/{act}", self.base))
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("on={on}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 303, "{act} {on}");
        assert_eq!(answer.headers()["location"], "/#break");
        let state = self.state().await;
        let is_on = state["on"].as_array().expect("acts").iter().any(|a| a == act);
        assert_eq!(is_on, on, "{act}: {state}");
    }

    async fn viewer(&self, login: Option<&str>) -> Viewer {
        let address = format!("{}/live/{}/ws", self.base, self.event);
        Viewer::with_token(address, login.map(|l| self.token(l))).await
    }

    /// A viewer who has seen it go on air.
    async fn watched(&self) -> Viewer {
        let viewer = self.viewer(None).await;
        viewer.state(Duration::from_mins(1), json!({ "live": "on_air" })).await;
        viewer
    }

    /// Lines of the room, as the simulated BBB has them.
    async fn room(&self) -> Vec<(String, String)> {
        let path = format!("{}/sim/meetings/{}/chat", self.sim, self.meeting);
        let lines: Value = self
            .http
            .get(path)
            .send()
            .await
            .expect("lines")
            .json()
            .await
            .expect("JSON");
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let lines = lines.as_array().expect("a list");
        lines.iter().map(|l| (text(&l["from"]), text(&l["text"]))).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- end of the demo's log ----\n{}\n----", tail(&self.log, 40));
        }
    }
}

#[tokio::test]
async fn tour_in_both_languages_ticks_its_steps() {
    let demo = Demo::start().await;
    for (language, words) in [("fr", "Essayer Amphi"), ("en", "Try Amphi")] {
        let page = demo.page(language).await;
        assert!(page.contains(&format!("<html lang=\"{language}\"")), "{page}");
        assert!(page.contains(words), "{page}");
        assert_eq!(page.matches("data-step=").count(), 5, "{page}");
        assert_eq!(page.matches("data-act=").count(), 4, "{page}");
        assert!(page.contains(&format!("/live/{}", demo.event)), "{page}");
        assert!(page.contains(" audit verify --data "), "{page}");
    }
    let viewer = demo.watched().await;
    assert_eq!(demo.state().await["done"], json!([false, false, false, false]));
    let done = async |step: usize| {
        eventually(SOON, "the step is seen to be done", async || {
            let state = demo.state().await;
            if state["done"][step - 1] == true {
                Ok(())
            } else {
                Err(state)
            }
        })
        .await;
    };
    // A student writes, the room answers, the presenter closes the chat and opens it again.
    let line = json!({ "client_id": "tour-1", "text": "Is there an exam?" });
    demo.api("marie", Method::POST, &format!("/live/{}/chat", demo.event), Some(line))
        .await;
    done(1).await;
    // The room is reached without an account, as the tour's guide.
    let led = demo
        .http
        .post(format!("{}/demo/room", demo.base))
        .header("origin", &demo.base)
        .send()
        .await
        .expect("a way into the room");
    assert_eq!(led.status(), 302);
    let to = led.headers()["location"].to_str().expect("text").to_owned();
    let joined = demo.http.get(&to).send().await.expect("the room");
    let page = joined.headers()["location"].to_str().expect("text").to_owned();
    assert_eq!(demo.http.get(&page).send().await.expect("the room").status(), 200);
    let token = page.split_once("sessionToken=").expect("a session").1;
    let said = demo
        .http
        .post(page.replace("/?", "/chat?"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("text=No+exam.")
        .send()
        .await
        .expect("said");
    assert_eq!(said.status(), 204, "{token}");
    viewer.until(SOON, "the answer", |s| s.line("No exam.").cloned()).await;
    done(2).await;
    for enabled in [false, true] {
        let chat = format!("/meetings/{}/chat", demo.meeting);
        demo.api("grace", Method::PUT, &chat, Some(json!({ "enabled": enabled })))
            .await;
    }
    done(3).await;
    viewer.sound();
}

#[tokio::test]
async fn two_webinars_and_a_broken_gateway_that_nobody_has_to_mend() {
    let demo = Demo::start().await;
    let viewer = demo.watched().await;
    let rooms = demo.said["meetings"].as_array().expect("rooms");
    let beside = rooms.iter().find(|m| m["what"] == "beside").expect("a room beside");
    let event = beside["event"].as_str().expect("an event");
    let other = Viewer::with_token(format!("{}/live/{event}/ws", demo.base), None).await;
    let there = other.state(Duration::from_mins(1), json!({ "live": "on_air" })).await;
    let playlist = async |event: &str| {
        let path = format!("/live/{event}/playback");
        demo.api("marie", Method::GET, &path, None).await["hls_url"].clone()
    };
    let (before, beside) = (playlist(&demo.event).await, playlist(event).await);
    assert_ne!(before, beside, "each on a gateway of its own");
    let run = viewer.now().state["run"].as_u64().expect("a run");
    demo.press("gateway", true).await;
    viewer
        .until(SOON, "not on air", |s| (s.state["live"] != "on_air").then_some(()))
        .await;
    // On air again through the third one, while the first is still broken, on the same page.
    let state = viewer.state(Duration::from_mins(1), json!({ "live": "on_air" })).await;
    assert!(state["run"].as_u64() > Some(run), "{state}");
    assert!(state["moved"]["why"].is_string(), "{state}");
    assert_eq!(demo.state().await["on"], json!(["gateway"]));
    let after = playlist(&demo.event).await;
    assert!(after != before && after != beside, "{after}");
    // The one beside noticed nothing.
    let now = other.now().state;
    assert_eq!((&now["live"], &now["run"]), (&json!("on_air"), &there["run"]), "{now}");
    demo.press("gateway", false).await;
    viewer.sound();
    other.sound();
}

#[tokio::test]
async fn frozen_stream_is_told_and_moves_again_once_mended() {
    let demo = Demo::start().await;
    let viewer = demo.watched().await;
    demo.press("stream", true).await;
    viewer.state(SOON, json!({ "live": "stalled" })).await;
    demo.press("stream", false).await;
    viewer.state(Duration::from_mins(1), json!({ "live": "on_air" })).await;
    assert_eq!(demo.state().await["done"][3], true);
    viewer.sound();
}

#[tokio::test]
async fn lines_wait_while_bbb_is_away_and_arrive_once_in_order() {
    let demo = Demo::start().await;
    let mut marie = demo.viewer(Some("marie")).await;
    marie.state(Duration::from_mins(1), json!({ "live": "on_air" })).await;
    // The way into the room is known, so that what follows is not the first thing ever said.
    marie.post("c-0", "before").await;
    marie
        .until(SOON, "in the room", |s| (s.status("before") == "relayed").then_some(()))
        .await;
    demo.press("bbb", true).await;
    let said: Vec<String> = (1..=3).map(|n| format!("while away {n}")).collect();
    for (n, text) in said.iter().enumerate() {
        marie.post(&format!("c-{}", n + 1), text).await;
    }
    eventually(SOON, "the state says so", async || {
        let state = demo
            .api("grace", Method::GET, &format!("/meetings/{}/state", demo.meeting), None)
            .await;
        if state["meeting"]["why"] == "unreachable" {
            Ok(())
        } else {
            Err(state)
        }
    })
    .await;
    // A receipt may be there before the line itself is pushed.
    marie
        .until(SOON, "all three pushed", |s| {
            said.iter().all(|t| !s.status(t).is_empty()).then_some(())
        })
        .await;
    let now = marie.now();
    assert!(said.iter().all(|t| now.status(t) == "posted"), "{:?}", now.lines);
    assert_eq!(now.state["meeting"], "open", "away is not over");
    demo.press("bbb", false).await;
    marie
        .until(SOON, "all in the room", |s| {
            said.iter().all(|t| s.status(t) == "relayed").then_some(())
        })
        .await;
    let room: Vec<String> = demo.room().await.into_iter().map(|(_, text)| text).collect();
    let heard: Vec<&String> = room.iter().filter(|t| t.starts_with("while away")).collect();
    assert_eq!(heard, said.iter().collect::<Vec<_>>());
    marie.sound();
}

#[tokio::test]
async fn crowd_comes_writes_and_leaves() {
    let demo = Demo::start().await;
    let viewer = demo.watched().await;
    demo.press("crowd", true).await;
    viewer
        .until(SOON, "two hundred and this one", |s| {
            (s.viewers >= Some(201)).then_some(())
        })
        .await;
    viewer
        .until(SOON, "somebody of the crowd writes", |s| {
            s.lines.values().find(|l| l["from"]["kind"] == "audience").cloned()
        })
        .await;
    // Their lines are nobody's step of the tour.
    assert_eq!(demo.state().await["done"][0], false);
    // Pressed twice, they come once.
    demo.press("crowd", true).await;
    demo.press("crowd", false).await;
    viewer
        .until(SOON, "the anonymous ones have left", |s| {
            (s.viewers < Some(60)).then_some(())
        })
        .await;
    viewer.sound();
}

#[tokio::test]
async fn demo_writes_to_nobody_and_shows_its_mails() {
    let demo = Demo::start().await;
    let path = format!("/meetings/{}/invitations", demo.meeting);
    let invited = json!({ "addresses": ["zoe@univ.example"], "language": "en" });
    demo.api("grace", Method::POST, &path, Some(invited)).await;
    let read = async |path: &str| {
        let asked = demo.http.get(format!("{}{path}", demo.base)).send().await;
        asked.expect("an answer").text().await.expect("text")
    };
    let list = eventually(SOON, "a mail in the list", async || {
        let list = read("/demo/mails").await;
        if list.contains("zoe@univ.example") {
            Ok(list)
        } else {
            Err(list)
        }
    })
    .await;
    let one = list.split("href=\"/demo/mails/").nth(1).and_then(|l| l.get(..26));
    let mail = read(&format!("/demo/mails/{}", one.expect("an id"))).await;
    for said in ["Invitation: ", "invites you to", "METHOD:REQUEST", &demo.meeting] {
        assert!(mail.contains(said), "{said}: {mail}");
    }
    assert_eq!(list.matches("href=\"/demo/mails/").count(), 1, "{list}");
}

#[tokio::test]
async fn demo_refuses_what_is_not_its_own() {
    let demo = Demo::start().await;
    // A stranger's page presses nothing.
    let foreign = demo
        .http
        .post(format!("{}/demo/acts/crowd", demo.base))
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("on=true")
        .send()
        .await
        .expect("an answer");
    assert_eq!(foreign.status(), 403);
    assert_eq!(demo.state().await["on"], json!([]));
    let unknown = demo.http.post(format!("{}/demo/acts/flood", demo.base)).body("on=true");
    let unknown = unknown.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(unknown.send().await.expect("an answer").status(), 404);

    // The same folder twice; another demo at the same port; somebody else's folder: a line each, and the way out.
    let address = demo.base.trim_start_matches("http://");
    let other = tempfile::tempdir().expect("a folder");
    let strange = tempfile::tempdir().expect("a folder");
    std::fs::write(strange.path().join("log.db"), "a server's").expect("written");
    for (data, listen, reason, way_out) in [
        (demo.data.as_path(), "127.0.0.1:0", "runs on", "--data"),
        (other.path(), address, "can't listen", "--listen"),
        (strange.path(), "127.0.0.1:0", "holds no demo", "--data"),
    ] {
        let refused = Output::of(command(data, &["--listen", listen]), None).await;
        let said = &refused.stderr;
        assert_eq!(refused.status, Some(1), "{said}");
        assert!(said.contains(reason) && said.contains(way_out), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
}

#[tokio::test]
async fn outside_of_a_demo_there_is_no_demo() {
    let world = World::new().await;
    let (http, base) = (world.server.http(), &world.server.base);
    for path in ["state", "mails", "acts/gateway", "room"] {
        let url = format!("{base}/demo/{path}");
        let asked = if ["state", "mails"].contains(&path) {
            http.get(url)
        } else {
            http.post(url)
                .header("origin", base)
                .header("content-type", "application/x-www-form-urlencoded")
                .body("on=true")
        };
        assert_eq!(asked.send().await.expect("an answer").status(), 404, "{path}");
    }
    let start = http.get(format!("{base}/")).send().await.expect("a page");
    let page = start.text().await.expect("text");
    assert!(!page.contains("/demo/") && !page.contains("data-step"), "{page}");
}
