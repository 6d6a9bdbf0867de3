//! Whole runs: the robot against a page, faults, the playlist over HTTP.

use std::time::Duration;

use serde_json::json;

use super::{ROOM, bench, pair};
use crate::faults;
use crate::gateways::Kind;

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
