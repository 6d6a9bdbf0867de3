//! The transcripts of gateway contract §9, byte for byte, and whole runs of the robot against a page of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde_json::{Value, json};

use super::Kind;
use crate::{Fault, Running, SimConfig, faults};

const ROOM: &str = "ab12cd34ef";

struct Bench {
    running: Running,
    http: reqwest::Client,
    log: Log,
    page: SocketAddr,
}

type Log = Arc<Mutex<Vec<String>>>;

/// A join page with a holding page behind it, and the BBB client's calls.
async fn page_server(log: Log) -> SocketAddr {
    async fn page(State(log): State<Log>) -> impl IntoResponse {
        log.lock().unwrap().push("page".into());
        (
            [(header::SET_COOKIE, "run=1; Path=/robot; HttpOnly")],
            Html(
                "<button type=button id=okcookie>ok</button><form method=post action=join><input id=joinFormName name=a>\
                 <input id=id_name name=b><input id=fullname name=c><button type=submit>Join</button></form>",
            ),
        )
    }
    async fn join(State(log): State<Log>, headers: HeaderMap, body: String) -> Redirect {
        let cookie = headers
            .get(header::COOKIE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("-");
        log.lock().unwrap().push(format!("join {cookie} {body}"));
        Redirect::to("/robot/hold")
    }
    async fn hold(State(log): State<Log>) -> Response {
        let mut log = log.lock().unwrap();
        log.push("hold".into());
        if log.iter().filter(|line| *line == "hold").count() > 1 {
            return Redirect::to("/html5client/?sessionToken=s1").into_response();
        }
        Html("<meta http-equiv=refresh content='0;url=/robot/hold'>").into_response()
    }
    async fn client(State(log): State<Log>, RawQuery(query): RawQuery) -> Html<&'static str> {
        log.lock()
            .unwrap()
            .push(format!("client {}", query.unwrap_or_default()));
        Html("BBB")
    }
    async fn chat(State(log): State<Log>, Form(line): Form<HashMap<String, String>>) -> StatusCode {
        log.lock().unwrap().push(format!("chat {}", line["text"]));
        StatusCode::NO_CONTENT
    }
    async fn leave(State(log): State<Log>, RawQuery(query): RawQuery) -> StatusCode {
        log.lock().unwrap().push(format!("leave {}", query.unwrap_or_default()));
        StatusCode::NO_CONTENT
    }
    let app = Router::new()
        .route("/robot/hold", get(hold))
        .route("/robot/join", post(join))
        .route("/robot/{room}", get(page))
        .route("/html5client/", get(client))
        .route("/html5client/chat", post(chat))
        .route("/html5client/leave", post(leave))
        .with_state(log);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    addr
}

async fn bench(kinds: &[Kind]) -> Bench {
    let log = Log::default();
    let page = page_server(Arc::clone(&log)).await;
    let config = SimConfig {
        gateways: kinds.to_vec(),
        robot_domain: Some(format!("http://{page}/robot")),
        ..SimConfig::default()
    };
    let running = crate::start(config).await.unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let bench = Bench {
        running,
        http,
        log,
        page,
    };
    for kind in kinds {
        bench
            .knobs(
                &format!("{kind}-1"),
                json!({"start_delay_ms": 0, "stop_delay_ms": 0, "readiness_ms": 20, "publish_delay_ms": 0}),
            )
            .await;
    }
    bench
}

impl Bench {
    fn url(&self, gateway: &str, rest: &str) -> String {
        format!("http://{}/gateways/{gateway}/{rest}", self.running.addr)
    }

    async fn knobs(&self, gateway: &str, knobs: Value) {
        let sent = self
            .http
            .put(self.url(gateway, "knobs"))
            .json(&knobs)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 200, "{}", sent.text().await.unwrap());
    }

    async fn get(&self, gateway: &str, rest: &str) -> (u16, String) {
        let request = self
            .http
            .get(self.url(gateway, rest))
            .bearer_auth(format!("tok-{gateway}"));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn post(&self, gateway: &str, rest: &str, body: &str) -> (u16, String) {
        let answer = self
            .http
            .post(self.url(gateway, rest))
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    fn start_path(&self, room: &str, name: &str) -> String {
        format!(
            "start?room={room}&domain={}/robot&rtmpDst=rtmp://live.univ.fr/live/{name}",
            self.page
        )
    }

    fn state(&self, gateway: &str) -> Value {
        self.running.sim.gateways.get(gateway).unwrap().json()
    }

    fn logged(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..400 {
            if done(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never: {what}; log {:?}", self.logged());
    }

    async fn joined(&self, gateway: &str) {
        self.until("joined", |bench| {
            bench.state(gateway)["running"]["robot_joined"] == true
        })
        .await;
    }

    fn fault(&self, on: &str, kind: faults::Kind) {
        self.running.sim.faults.set(vec![Fault {
            on: on.into(),
            kind,
            times: Some(1),
            ms: None,
            code: None,
        }]);
    }
}

fn pair(status: u16, body: &str) -> (u16, String) {
    (status, body.to_owned())
}

#[tokio::test]
async fn transcript_of_g1() {
    let bench = bench(&[Kind::G1]).await;
    let refused = bench.http.get(bench.url("g1-1", "start")).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().get("content-type").is_none());
    assert_eq!(refused.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    assert_eq!(refused.headers()["server"], "localhost");
    assert_eq!(refused.headers()["transfer-encoding"], "chunked");
    assert_eq!(refused.text().await.unwrap(), "authorization error");

    assert_eq!(
        bench.get("g1-1", "start").await,
        pair(200, r#"{"Error": "a room name must be specified"}"#)
    );
    let start = bench.start_path(ROOM, "name");
    assert_eq!(
        bench.get("g1-1", &start).await,
        pair(200, r#"{"res": "ok", "app": "streaming", "uri": ""}"#)
    );
    assert_eq!(
        bench.get("g1-1", &start).await,
        pair(200, r#"{"res": "error", "type": "No free resources found"}"#)
    );
    let crash = bench
        .http
        .get(bench.url("g1-1", "start?room=ab12cd34ef&loop=1"))
        .bearer_auth("tok-g1-1");
    let crash = crash.send().await.unwrap();
    assert_eq!(crash.status(), 500);
    let types: Vec<_> = crash.headers().get_all("content-type").iter().collect();
    assert_eq!(types, ["application/json", "text/html"]);
    assert!(crash.text().await.unwrap().starts_with("<!DOCTYPE HTML"));
    assert_eq!(
        bench.get("g1-1", "chat?room=ab12cd34ef&toggle=True").await,
        pair(200, r#"{"res": "ok"}"#)
    );
    assert_eq!(
        bench
            .post("g1-1", "chat", r#"{"room":"ab12cd34ef","msg":"it's me"}"#)
            .await,
        pair(
            200,
            r#"{"res": "/bin/sh: 1: Syntax error: Unterminated quoted string"}"#
        )
    );
    assert_eq!(
        bench.get("g1-1", "stop?room=ab12cd34ef").await,
        pair(
            200,
            r#"{"res": " Container gw0  Stopping =>  Container gw0  Stopped =>  Container gw0  Removing =>  Container gw0  Removed"}"#
        )
    );
    assert_eq!(
        bench.get("g1-1", "stop?room=ab12cd34ef").await,
        pair(
            200,
            r#"{"res": "Warning: No resource found to remove for project \"ab12cd34ef\"."}"#
        )
    );
    assert_eq!(bench.get("g1-1", "status").await, pair(404, "not found"));
    assert_eq!(bench.get("g1-1", "progress").await, pair(404, "not found"));
    assert_eq!(bench.post("g1-1", "start", "").await, pair(405, "method not allowed"));
    bench.knobs("g1-1", json!({"readiness_failure": true})).await;
    assert_eq!(
        bench.get("g1-1", &start).await,
        pair(200, r#"{"res": "error", "type": "The gateway failed to launch"}"#)
    );
    assert_eq!(bench.state("g1-1")["running"]["room"], ROOM, "a zombie stays");
}

#[tokio::test]
async fn transcript_of_g2() {
    let bench = bench(&[Kind::G2]).await;
    assert_eq!(
        bench.state("g2-1")["hls_url"],
        format!("http://{}/hls/g2-1.m3u8", bench.running.addr)
    );
    let refused = bench.http.get(bench.url("g2-1", "start")).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().get("content-type").is_none());
    assert_eq!(refused.text().await.unwrap(), r#"{"Error": "authorization error"}"#);
    assert_eq!(
        bench.get("g2-1", "start").await,
        pair(400, r#"{"Error": "a room name must be specified"}"#)
    );
    assert_eq!(bench.get("g2-1", "start?room=0").await.0, 400);
    assert_eq!(
        bench.get("g2-1", &bench.start_path(ROOM, "name")).await,
        pair(
            200,
            r#"{"status": "success", "details": {"res": "ok", "app": "streaming", "uri": "rtmp://live.univ.fr/live/name"}}"#
        )
    );
    assert_eq!(
        bench.get("g2-1", &bench.start_path("second", "name")).await,
        pair(
            200,
            r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#
        )
    );
    assert_eq!(
        bench.get("g2-1", "chat?room=x").await,
        pair(400, r#"{"Error": "toggle parameter is expected"}"#)
    );
    assert_eq!(
        bench.post("g2-1", "chat", r#"{"room":"x"}"#).await,
        pair(400, r#"{"Error": "message missing or not readable"}"#)
    );
    assert_eq!(bench.post("g2-1", "chat", "no json").await.0, 500);
    assert!(
        bench
            .post("g2-1", "chat", r#"{"room":"x","msg":"m"}"#)
            .await
            .1
            .contains("not known")
    );
    assert_eq!(
        bench.get("g2-1", "stop?room=unknown").await,
        pair(
            200,
            r#"{"status": "success", "details": {"res": "Warning: No resource found to remove for project \"unknown\"."}}"#
        )
    );
    assert_eq!(
        bench.get("g2-1", "start?room=A.b").await.1,
        r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#
    );
}

#[tokio::test]
async fn transcript_of_g3() {
    let bench = bench(&[Kind::G3]).await;
    assert_eq!(bench.get("g3-1", &bench.start_path(ROOM, "name")).await.0, 200);
    assert_eq!(
        bench.get("g3-1", "progress?room=ab12cd34ef").await,
        pair(200, r#"{"status": "success", "transcript_progress": "0%"}"#)
    );
    assert_eq!(
        bench.get("g3-1", "progress?room=zzz").await,
        pair(200, r#"{"status": "success", "gw_state": "down"}"#)
    );
    bench.joined("g3-1").await;
    assert_eq!(
        bench
            .post("g3-1", "chat", r#"{"room":"ab12cd34ef","msg":"(Ada L) hello"}"#)
            .await,
        pair(200, r#"{"res": "ok"}"#)
    );
    bench
        .until("typed", |bench| {
            bench.logged().contains(&"chat b'(Ada L) hello'".to_owned())
        })
        .await;
    assert_eq!(
        bench.get("g3-1", "stop?room=ab12cd34ef").await,
        pair(
            200,
            r#"{"status": "success", "details": {"res": " Container gw0  Stopping =>  Container gw0  Stopped"}}"#
        )
    );
    assert_eq!(
        bench.get("g3-1", "stop?room=ab12cd34ef&force=1").await,
        pair(400, r#"{"Error": "no running container for room=ab12cd34ef"}"#)
    );
    assert_eq!(
        bench.get("g3-1", &bench.start_path("Odd.Room", "name")).await.1,
        r#"{"status": "success", "details": {"res": "error", "type": "The gateway failed to launch"}}"#
    );
    assert_eq!(bench.state("g3-1")["running"], Value::Null);
}

#[tokio::test]
async fn transcript_of_g4_and_g5() {
    let bench = bench(&[Kind::G4, Kind::G5]).await;
    for name in ["g4-1", "g5-1"] {
        let id = bench.state(name)["gw_id"].as_str().unwrap().to_owned();
        assert_eq!(id.len(), 24);
        let start = |id: &str| {
            format!(
                r#"{{"room":"{ROOM}","gw_id":"{id}","main_app":"streaming","browsing_name":"bigbluebutton","rtmp_dst":"rtmp://h/live/{name}"}}"#
            )
        };
        let unknown =
            r#"{"status":"error","error":{"code":404,"detail":"Failed to start gateway container"},"data":null}"#;
        assert_eq!(
            bench.post(name, "gateway/start", &start("nope")).await,
            pair(404, unknown)
        );
        let (status, body) = bench.post(name, "gateway/start", r#"{"room": "x"}"#).await;
        assert_eq!(status, 422);
        assert!(body.starts_with(r#"{"status":"error","error":"Invalid input","message":[{"type":"missing","loc":["body","gw_id"],"msg":"Field required","input":{"room":"x"}},"#), "{body}");
        assert_eq!(
            bench.post(name, "gateway/start", &start(&id)).await,
            (
                200,
                format!(
                    r#"{{"status":"success","error":null,"data":{{"processing_state":"working","gw_id":"{id}"}}}}"#
                )
            )
        );
        bench.joined(name).await;
        let up = bench.get(name, &format!("gateway/status?gw_id={id}")).await.1;
        let more = if name == "g5-1" {
            r#","browsing":"bigbluebutton","room":"ab12cd34ef""#
        } else {
            ""
        };
        assert_eq!(
            up,
            format!(r#"{{"status":"success","error":null,"data":{{"gw_state":"up","gw_id":"{id}"{more}}}}}"#)
        );
        // A second start takes the container over.
        assert_eq!(bench.post(name, "gateway/start", &start(&id)).await.0, 200);
        bench.joined(name).await;

        let command = format!(r#"{{"gw_id":"{id}","payload":{{"command":"sendChat","param1":"hello"}}}}"#);
        if name == "g4-1" {
            assert_eq!(
                bench.post(name, "gateway/command", &command).await,
                pair(
                    200,
                    r#"{"status":"success","error":null,"data":{"ack":true,"received":{"command":"sendChat","param1":"hello"}}}"#
                )
            );
        } else {
            let hangs = bench.post(name, "gateway/command", &command);
            assert!(tokio::time::timeout(Duration::from_millis(300), hangs).await.is_err());
        }
        let stop = format!(r#"{{"gw_id":"{id}"}}"#);
        assert_eq!(
            bench.post(name, "gateway/stop", &stop).await,
            pair(
                200,
                r#"{"status":"success","error":null,"data":{"processing_state":"stopped"}}"#
            )
        );
        assert_eq!(
            bench.post(name, "gateway/stop", &stop).await,
            (
                404,
                format!(
                    r#"{{"status":"error","error":{{"code":404,"detail":"no running container for gw_id={id}"}},"data":null}}"#
                )
            )
        );
        assert_eq!(
            bench.get(name, &format!("gateway/status?gw_id={id}")).await,
            pair(
                200,
                r#"{"status":"success","error":null,"data":{"gw_state":"down","detail":"exited"}}"#
            )
        );
        let nope = if name == "g4-1" {
            pair(
                500,
                r#"{"status":"error","error":{"code":500,"detail":"argument of type 'NoneType' is not iterable"},"data":null}"#,
            )
        } else {
            pair(
                404,
                r#"{"status":"error","error":{"code":404,"detail":"Gateway not found"},"data":null}"#,
            )
        };
        assert_eq!(bench.get(name, "gateway/status?gw_id=nope").await, nope);
        assert_eq!(
            bench.get(name, "start?room=x").await,
            pair(404, r#"{"detail":"Not Found"}"#)
        );
        assert_eq!(
            bench.get(name, "gateway/start").await,
            pair(405, r#"{"detail":"Method Not Allowed"}"#)
        );
        let openapi: Value = serde_json::from_str(&bench.get(name, "openapi.json").await.1).unwrap();
        assert_eq!(openapi["info"]["title"], "SIP Media Gateway API");
        assert_eq!(openapi["paths"].get("/gateway/ivrConfig").is_some(), name == "g5-1");
    }
}

#[tokio::test]
async fn a_whole_run() {
    let bench = bench(&[Kind::G2]).await;
    bench.get("g2-1", &bench.start_path(ROOM, "g2-1")).await;
    // Sent before the robot is in: queued and replayed.
    bench
        .post("g2-1", "chat", r#"{"room":"ab12cd34ef","msg":"early"}"#)
        .await;
    bench.joined("g2-1").await;
    bench
        .until("typed", |bench| bench.logged().contains(&"chat early".to_owned()))
        .await;
    let log = bench.logged();
    assert_eq!(
        log[..5],
        [
            "page",
            "join run=1 a=&b=streaming&c=",
            "hold",
            "hold",
            "client sessionToken=s1"
        ]
    );
    assert_eq!(bench.state("g2-1")["running"]["publishing"], true);
    assert!(bench.running.sim.hls.publishing("g2-1"));

    // The pane closed, lines vanish; open again, they pass.
    bench.get("g2-1", "chat?room=ab12cd34ef&toggle=1").await;
    bench
        .post("g2-1", "chat", r#"{"room":"ab12cd34ef","msg":"vanishes"}"#)
        .await;
    bench.get("g2-1", "chat?room=ab12cd34ef&toggle=1").await;
    bench
        .post("g2-1", "chat", r#"{"room":"ab12cd34ef","msg":"passes"}"#)
        .await;
    bench
        .until("typed", |bench| bench.logged().contains(&"chat passes".to_owned()))
        .await;
    assert!(!bench.logged().contains(&"chat vanishes".to_owned()));

    // Over-long: the event loop dies and the stream with it; the robot is gone from the room.
    let long = json!({"room": ROOM, "msg": "é".repeat(500)}).to_string();
    assert_eq!(bench.post("g2-1", "chat", &long).await, pair(200, r#"{"res": "ok"}"#));
    bench
        .until("dead", |bench| bench.state("g2-1")["running"].is_null())
        .await;
    assert_eq!(bench.logged().last().map(String::as_str), Some("leave sessionToken=s1"));
    assert!(!bench.running.sim.hls.publishing("g2-1"));
}

#[tokio::test]
async fn faults_of_gateways() {
    let bench = bench(&[Kind::G2]).await;
    let start = bench.start_path(ROOM, "g2-1");
    bench.fault("gateway.start@g2-1", faults::Kind::ErrorInsideSuccess);
    assert_eq!(
        bench.get("g2-1", &start).await,
        pair(
            200,
            r#"{"status": "success", "details": {"res": "error", "type": "The gateway failed to launch"}}"#
        )
    );
    bench.joined("g2-1").await;
    bench.get("g2-1", "stop?room=ab12cd34ef").await;

    bench.fault("gateway.start", faults::Kind::Refuse);
    assert!(bench.get("g2-1", &start).await.1.contains("No free resources found"));
    assert!(bench.state("g2-1")["running"].is_null());

    bench.fault("gateway.start", faults::Kind::ApplyThenSilence);
    let silent = tokio::time::timeout(Duration::from_millis(200), bench.get("g2-1", &start)).await;
    assert!(silent.is_err());
    bench.joined("g2-1").await;

    // Nothing is called, yet it dies.
    bench.fault("gateway@g2-1", faults::Kind::Die);
    bench
        .until("dead", |bench| bench.state("g2-1")["running"].is_null())
        .await;

    bench.fault("gateway", faults::Kind::Status);
    let (status, body) = bench.get("g2-1", &start).await;
    assert!(status == 502 && body.starts_with("<html>"));
    bench.fault("gateway", faults::Kind::Reset);
    let cut = bench.http.get(bench.url("g2-1", "stop?room=x")).send().await;
    assert!(cut.is_err() || cut.unwrap().text().await.is_err());

    let calls = serde_json::to_value(bench.running.sim.journal.list()).unwrap();
    let calls = calls.as_array().unwrap();
    assert_eq!(calls[0]["gateway"], "g2-1");
    assert_eq!(calls[0]["effect"], "applied", "the zombie is an effect");
    assert_eq!(calls[0]["params"]["room"], ROOM);
    let silent = calls.iter().find(|call| call["answered"] == false).unwrap();
    assert_eq!(
        (silent["name"].as_str(), silent["effect"].as_str()),
        (Some("start"), Some("applied"))
    );
}

#[tokio::test]
async fn playlist_over_http() {
    let bench = bench(&[]).await;
    let url = format!("http://{}/hls/demo.m3u8", bench.running.addr);
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 404);
    bench.running.sim.hls.publish_forever("demo");
    let answer = bench.http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["cache-control"], "no-cache");
    assert!(answer.headers()["last-modified"].to_str().unwrap().ends_with(" GMT"));
    let text = answer.text().await.unwrap();
    let last = text.lines().last().unwrap();
    let segment = format!("http://{}/hls/{last}", bench.running.addr);
    let media = bench.http.get(segment).send().await.unwrap().bytes().await.unwrap();
    assert_eq!((media[0], media.len() % 188), (0x47, 0), "MPEG-TS packets");
    bench.fault("hls@demo", faults::Kind::End);
    assert!(
        bench
            .http
            .get(&url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .ends_with("#EXT-X-ENDLIST\n")
    );
    bench.fault("hls", faults::Kind::Status);
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 404);
}
