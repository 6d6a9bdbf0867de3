//! Who may what.

use serde_json::{Value, json};

use crate::harness::{Answer, World};

#[tokio::test]
async fn each_role_may_what_is_its_own() {
    let world = World::new().await;
    let user = world.server.person("ulla", "Ulla", "user").await;
    let auditor = world.server.person("otto", "Otto", "auditor").await;
    let other = world.server.person("stefan", "Stefan", "staff").await;
    let plan = world.plan("Paul's own").await;
    let path = format!("/meetings/{}", plan.meeting);

    for nobody in [&user, &auditor] {
        nobody
            .post("/meetings", &World::webinar("Not allowed"))
            .await
            .problem(403, "forbidden");
        nobody
            .post(&format!("{path}/start"), &Value::Null)
            .await
            .problem(403, "forbidden");
    }
    for stranger in [&user, &other] {
        stranger.get(&format!("{path}/state")).await.problem(403, "forbidden");
        stranger
            .patch(&path, &json!({ "name": "Mine now" }))
            .await
            .problem(403, "forbidden");
        stranger.delete(&path).await.problem(403, "forbidden");
        stranger
            .put(&format!("{path}/chat"), &json!({ "enabled": false }))
            .await
            .problem(403, "forbidden");
        stranger
            .post(&format!("{path}/live/stop"), &Value::Null)
            .await
            .problem(403, "forbidden");
        stranger.get("/events").await.problem(403, "forbidden");
        stranger.get("/gateways").await.problem(403, "forbidden");
        stranger
            .post(
                "/broadcasters",
                &json!({ "name": "x", "hls_url": "http://127.0.0.1/x.m3u8" }),
            )
            .await
            .problem(403, "forbidden");
    }
    auditor.get(&format!("{path}/state")).await.ok();
    auditor
        .patch(&path, &json!({ "name": "Audited" }))
        .await
        .problem(403, "forbidden");
    assert_eq!(auditor.get("/events").await.status, 200);
    world
        .admin
        .patch(&path, &json!({ "name": "By the administrator" }))
        .await
        .ok();
    assert_eq!(world.presenter.get(&path).await.ok()["name"], "By the administrator");

    // A token that is revoked, and one that never was.
    let made_up = amphi::outgoing::builder()
        .build()
        .expect("a client")
        .get(format!("{}/api/v1/me", world.server.base))
        .bearer_auth("made-up")
        .send()
        .await
        .expect("an answer");
    Answer::of("made up".into(), made_up).await.problem(401, "signed_out");
}

#[tokio::test]
async fn a_restricted_live_is_for_the_signed_in() {
    let world = World::new().await;
    let user = world.server.person("ulla", "Ulla", "user").await;
    let mut body = World::webinar("For members");
    body["is_restricted"] = true.into();
    let made = world.presenter.post("/meetings", &body).await.ok();
    let event = made["event"].as_str().expect("event");
    let page = format!("{}/api/v1/live/{event}", world.server.base);
    let nobody = reqwest::get(&page).await.expect("an answer");
    assert_eq!(nobody.status(), 401);
    user.get(&format!("/live/{event}")).await.ok();
    user.get(&format!("/live/{event}/chat")).await.ok();
    let socket = crate::harness::open(
        &format!("{}/live/{event}/ws", world.server.base),
        &crate::harness::Ask::default(),
    )
    .await;
    assert_eq!(socket.err(), Some(401));
    let console = crate::harness::Ask {
        token: Some(user.token.clone()),
        ..Default::default()
    };
    let console = crate::harness::open(&format!("{}/live/{event}/console/ws", world.server.base), &console).await;
    assert_eq!(console.err(), Some(403));
}
