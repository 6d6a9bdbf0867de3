//! The bench that the tests of the gateways stand on: the simulators, and a join page with a BBB client behind it.

mod runs;
mod transcripts;

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
    let http = crate::http::builder()
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
