//! The transcripts of gateway contract §9, byte for byte.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ROOM, bench, pair};
use crate::gateways::Kind;

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
