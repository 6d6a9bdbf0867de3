//! Hooks of media servers as they are documented, replayed: in any order, twice, by strangers. (MediaMTX itself was not run.)

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::told;
use crate::harness::{Answer, Plan, SimOptions, World, WorldOptions, eventually, rfc3339};

const TOKEN: &str = "a-secret-of-the-media-server";
const SOON: Duration = Duration::from_secs(30);

async fn world(settings: Vec<(&'static str, &'static str)>) -> World {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    World::with(WorldOptions {
        sim,
        settings,
        adds: None,
    })
    .await
}

async fn post(world: &World, path: &str, kind: &str, body: String) -> Answer {
    let request = world
        .server
        .http()
        .post(format!("{}/api/v1/hooks/{path}", world.server.base))
        .header("content-type", kind)
        .body(body);
    Answer::of(path.to_owned(), request.send().await.expect("an answer")).await
}

/// As nginx-rtmp 1.2.2 posts it.
async fn nginx(world: &World, call: &str, key: &str, client: u32) -> u16 {
    let body = format!(
        "app=live&flashver=FMLE/3.0%20(compatible%3B%20Lavf59.27&swfurl=&tcurl=rtmp://127.0.0.1:1935/live&pageurl=&addr=192.0.2.4&clientid={client}&call={call}&name={key}&type=live"
    );
    let path = format!("nginx-rtmp?token={TOKEN}");
    post(world, &path, "application/x-www-form-urlencoded", body)
        .await
        .status
}

/// As MediaMTX 1.20 posts it.
async fn mediamtx(world: &World, action: &str, path: &str, protocol: &str, query: &str) -> u16 {
    let body = json!({
        "user": "", "password": "", "token": "", "ip": "192.0.2.4", "action": action, "path": path, "protocol": protocol,
        "id": "2f9a3f0e-5c1b-4a4b-8f0e-0d1c2b3a4f5e", "query": query, "userAgent": "",
    });
    let at = format!("mediamtx?token={TOKEN}");
    post(world, &at, "application/json", body.to_string()).await.status
}

async fn on_air(world: &World) -> (Plan, String) {
    let plan = world.plan("Hooked").await;
    world.on_air(&plan).await;
    let key = world.sim.gateway("g2").await["rtmp_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let key = key.rsplit_once('/').expect("a key").1.to_owned();
    (plan, key)
}

#[tokio::test]
async fn hooks_say_who_may_push_and_come_twice_late_and_out_of_order() {
    let world = world(vec![("media_hook_token", TOKEN)]).await;
    let key = world.sim.gateway("g2").await["rtmp_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let key = key.rsplit_once('/').expect("a key").1.to_owned();
    assert_eq!(nginx(&world, "publish", &key, 1).await, 403, "nothing is to run");
    assert_eq!(nginx(&world, "publish", &key, 2).await, 403, "said once a minute");
    assert_eq!(nginx(&world, "publish", "nobodys", 3).await, 403);
    let refused = told(&world.server, "GatewayPublishRefused").await;
    assert_eq!(refused, [json!({ "live": null, "why": "idle" })]);

    let (plan, key) = on_air(&world).await;
    // The end of somebody who never came; the same beginning three times; the end of an older connection; the right one, twice; and the beginning again,
    // late.
    for (call, client) in [
        ("publish_done", 9),
        ("publish", 7),
        ("publish", 7),
        ("update_publish", 7),
        ("publish_done", 6),
        ("publish_done", 7),
        ("publish_done", 7),
        ("publish", 7),
    ] {
        assert_eq!(nginx(&world, call, &key, client).await, 204, "{call} {client}");
    }
    assert_eq!(told(&world.server, "LivePublishSeen").await.len(), 1);
    assert_eq!(told(&world.server, "LivePublishEnded").await.len(), 1);
    // It was a lie: the playlist moves, and that is what counts. A robot that pushes anew is another connection.
    assert_eq!(nginx(&world, "publish", &key, 8).await, 204);
    assert_eq!(told(&world.server, "LivePublishSeen").await.len(), 2);
    assert_eq!(told(&world.server, "LiveStalled").await, Vec::<Value>::new());
    world.live(&plan, SOON, "on_air").await;
    // The audience and the programs that follow it are told nothing of stream keys.
    let all = world.admin.get("/events?limit=200").await;
    assert!(
        !all.text.contains(&key) || all.text.contains(&format!("hls/{key}")),
        "{}",
        all.text
    );
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    world
        .state(&plan, SOON, "the gateway is let go", |s| {
            (s["live"]["state"] == "ended").then_some(())
        })
        .await;
    assert_eq!(
        nginx(&world, "update_publish", &key, 8).await,
        403,
        "a robot that is late is dropped"
    );
}

/// Rehearsals failed for want of a picture wherever hooks were set: only lives were asked whether they wait for one.
#[tokio::test]
async fn a_rehearsals_picture_is_let_in_for_as_long_as_it_goes() {
    let world = world(vec![("media_hook_token", TOKEN)]).await;
    let key = world.sim.gateway("g2").await["rtmp_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let key = key.rsplit_once('/').expect("a key").1.to_owned();
    world.sim.knobs("g2-1", &json!({ "robot": "none" })).await;
    let new = json!({ "name": "Rehearsed", "starts_at": rfc3339(7_200), "duration_s": 3600, "is_webinar": true });
    let made = world.presenter.post("/meetings", &new).await.ok();
    let path = format!("/meetings/{}/rehearsal", made["id"].as_str().expect("an id"));
    world.presenter.post(&path, &Value::Null).await.ok();
    let step = async |which: usize, state: &str| {
        eventually(SOON, &format!("step {which} is {state}"), async || {
            let said = world.presenter.get(&path).await.ok();
            if said["steps"][which]["state"] == state {
                Ok(())
            } else {
                Err(said)
            }
        })
        .await;
    };
    step(2, "done").await;
    for call in ["publish", "update_publish"] {
        assert_eq!(nginx(&world, call, &key, 1).await, 204, "{call}");
    }
    world.presenter.delete(&path).await.ok();
    eventually(SOON, "it is over", async || {
        let said = world.presenter.get(&path).await.ok();
        if said["state"] == "cancelled" {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await;
    assert_eq!(nginx(&world, "update_publish", &key, 1).await, 403);
}

/// Without hooks nothing would be seen here within an hour.
#[tokio::test]
async fn a_hook_shortens_the_wait_for_a_picture_that_comes_and_for_one_that_goes() {
    let slow = vec![
        ("media_hook_token", TOKEN),
        ("probe", "3600"),
        ("heal_after", "3600"),
        ("gateway_poll", "3600"),
        ("picture_deadline", "3600"),
    ];
    let world = world(slow).await;
    let plan = world.plan("Hinted").await;
    world.start(&plan).await;
    world.open(&plan).await;
    eventually(SOON, "the robot is in the room", async || {
        let joined = told(&world.server, "RobotJoined").await;
        if joined.is_empty() { Err(joined) } else { Ok(()) }
    })
    .await;
    let key = world.sim.gateway("g2").await["rtmp_url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let key = key.rsplit_once('/').expect("a key").1.to_owned();
    assert_eq!(nginx(&world, "publish", &key, 1).await, 204);
    world.live(&plan, SOON, "on_air").await;
    let first = told(&world.server, "GatewayStartAsked").await;
    world.sim.faults(json!([{ "on": "hls", "kind": "freeze" }])).await;
    assert_eq!(nginx(&world, "publish_done", &key, 1).await, 204);
    let healed = eventually(SOON, "it is healed", async || {
        let asked = told(&world.server, "GatewayStopAsked").await;
        asked.first().cloned().ok_or(asked)
    })
    .await;
    assert_eq!((&healed["run"], &healed["fault"]), (&first[0]["run"], &json!("frozen")));
    world.sim.faults(json!([])).await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Its encoder pushed to a stream that hooks knew nothing of: no live without a room could go on air where they were set.
#[tokio::test]
async fn a_live_without_a_room_has_a_key_for_its_encoder_in_its_time() {
    let world = world(vec![("media_hook_token", TOKEN)]).await;
    let gateway = world.sim.gateway("g2").await;
    let new = json!({
        "name": "Hall", "hls_url": gateway["hls_url"], "plannable": true, "rtmp_url": "rtmp://127.0.0.1:1935/live/hall",
    });
    let hall = world.admin.post("/broadcasters", &new).await.ok();
    let id = hall["id"].as_str().expect("an id");
    let plan = async |from: i64, to: i64| {
        let new = json!({ "title": "Open day", "broadcaster": id, "starts_at": rfc3339(from), "ends_at": rfc3339(to), "is_draft": false });
        let made = world.presenter.post("/live", &new).await.ok();
        made["event"].as_str().expect("a live").to_owned()
    };
    let door = async |event: &str| world.presenter.get(&format!("/live/{event}/door")).await.ok();
    let (now, later) = (plan(0, 1_800).await, plan(7_200, 9_000).await);
    let early = door(&later).await;
    assert_eq!(early["stream"], Value::Null, "it is too early: {early}");
    assert!(early["stream_from"].is_string(), "{early}");
    let shown = door(&now).await;
    assert_eq!(shown["stream"]["server"], "rtmp://127.0.0.1:1935/live");
    let pushed = |stream: &Value| {
        let key = stream["key"].as_str().unwrap_or_default();
        assert!(key.starts_with("hall?key="), "{stream}");
        key.replace('?', "&")
    };
    let own = pushed(&shown["stream"]);
    let fixed = world.admin.get(&format!("/broadcasters/{id}")).await.ok();
    let fixed = pushed(&fixed["stream"]);
    assert_ne!(own, fixed);
    for (key, status) in [
        ("hall", 403),
        ("hall&key=", 403),
        ("hall&key=guessed", 403),
        (&own, 204),
        (&fixed, 204),
    ] {
        assert_eq!(nginx(&world, "publish", key, 1).await, status, "{key}");
        assert_eq!(nginx(&world, "update_publish", key, 1).await, status, "{key}");
    }
    let query = own.split_once('&').expect("a key").1.to_owned();
    assert_eq!(mediamtx(&world, "publish", "live/hall", "rtmp", &query).await, 204);
    assert_eq!(mediamtx(&world, "publish", "live/hall", "rtmp", "").await, 403);
    assert_eq!(mediamtx(&world, "publish", "other/hall", "rtmp", &query).await, 403);
    // It is over: so is its picture, whoever pushes it.
    let gone = json!({ "ends_at": rfc3339(1) });
    world.presenter.patch(&format!("/live/{now}"), &gone).await.ok();
    eventually(SOON, "its picture is not wanted any more", async || {
        match (
            nginx(&world, "update_publish", &own, 1).await,
            nginx(&world, "publish", &fixed, 1).await,
        ) {
            (403, 403) => Ok(()),
            other => Err(other),
        }
    })
    .await;
    assert_eq!(door(&now).await["stream"], Value::Null);
    let log = world.admin.get("/events?limit=200").await.text;
    assert!(!log.contains(&query) && !world.server.said().contains(&query));
}

/// The key was shown weeks before and stayed what it was: whoever had ever seen it could push in the place of everybody after.
#[tokio::test]
async fn an_encoders_key_is_one_lives_and_shown_near_its_start() {
    let sim = SimOptions {
        gateways: "encoder",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        settings: vec![("media_hook_token", TOKEN)],
        adds: None,
    })
    .await;
    let plan = async |from: i64| {
        let new = json!({ "name": "My cameras", "starts_at": rfc3339(from), "duration_s": 3600, "is_webinar": true });
        let made = world.presenter.post("/meetings", &new).await.ok();
        let text = |v: &Value| v.as_str().expect("an id").to_owned();
        let plan = Plan {
            meeting: text(&made["id"]),
            event: text(&made["event"]),
        };
        let picture = format!("/meetings/{}/picture", plan.meeting);
        let wish = json!({ "source": "encoder" });
        world.presenter.put(&picture, &wish).await.ok();
        let held = eventually(SOON, "an encoder is held", async || {
            let said = world.presenter.get(&picture).await.ok();
            if said["generation"] == "encoder" {
                Ok(said)
            } else {
                Err(said)
            }
        })
        .await;
        (plan, held)
    };
    let (_, early) = plan(7_200).await;
    assert_eq!(early["stream"], Value::Null, "{early}");
    assert!(early["stream_from"].is_string(), "{early}");
    let (now, held) = plan(0).await;
    let key = held["stream"]["key"].as_str().expect("a key").replace('?', "&");
    assert!(key.starts_with("encoder-1&key="), "{held}");
    assert_eq!(nginx(&world, "publish", &key, 1).await, 403, "nothing is wanted yet");
    world.start(&now).await;
    world.open(&now).await;
    world
        .state(&now, SOON, "the encoder is waited for", |s| {
            (s["live"]["why"] == "encoder_waiting").then_some(())
        })
        .await;
    assert_eq!(nginx(&world, "publish", "encoder-1", 1).await, 403);
    assert_eq!(nginx(&world, "publish", "encoder-1&key=of-another-live", 1).await, 403);
    assert_eq!(nginx(&world, "publish", &key, 1).await, 204);
    world.end(&now).await;
    world.live(&now, SOON, "ended").await;
    assert_eq!(nginx(&world, "update_publish", &key, 1).await, 403);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused() {
    let world = world(vec![("media_hook_token", TOKEN)]).await;
    let form = "application/x-www-form-urlencoded";
    for query in [
        "",
        "?token=",
        "?token=wrong",
        "?Token=a-secret-of-the-media-server",
        "?token=a-secret-of-the-media-serve",
    ] {
        for path in ["nginx-rtmp", "mediamtx"] {
            let answer = post(&world, &format!("{path}{query}"), form, "call=publish".into()).await;
            answer.problem(403, "hook_token");
        }
    }
    let at = format!("nginx-rtmp?token={TOKEN}");
    for (body, why) in [
        ("", "call is missing"),
        ("call=publish&app=live&clientid=1", "name is missing"),
        ("call=publish&app=live&name=&clientid=1", "named"),
        ("call=publish&app=live&name=a&clientid=1&name=b", "name is there twice"),
        (
            "call=publish&app=live&name=a&clientid=1&call=publish_done",
            "call is there twice",
        ),
        ("call=play&app=live&name=a&clientid=1", "only publish"),
        ("call=publish&app=live&name=a%00b&clientid=1", "named"),
    ] {
        let said = post(&world, &at, form, body.to_owned())
            .await
            .problem(422, "hook_unreadable");
        assert!(
            said["detail"].as_str().is_some_and(|d| d.contains(why)),
            "{body}: {said}"
        );
    }
    let much = format!("call=publish&app=live&name={}&clientid=1", "a".repeat(9_000));
    post(&world, &at, form, much).await.problem(413, "too_large");
    for body in ["", "[]", "{", "null", "{\"action\":1}", "{\"action\":\"publish\"}"] {
        let at = format!("mediamtx?token={TOKEN}");
        post(&world, &at, "application/json", body.to_owned())
            .await
            .problem(422, "hook_unreadable");
    }
    assert!(
        !world.server.said().contains(TOKEN),
        "the secret is in the program's log"
    );
    // Nothing set, nothing there.
    let off = self::world(vec![]).await;
    post(&off, &at, form, "call=publish&app=live&name=a&clientid=1".into())
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn mediamtx_asks_who_may_push_and_who_may_watch() {
    let world = world(vec![("media_hook_token", TOKEN)]).await;
    let gateway = world.sim.gateway("g2").await;
    let key = gateway["rtmp_url"]
        .as_str()
        .expect("an address")
        .rsplit_once('/')
        .expect("a key")
        .1
        .to_owned();
    let push = format!("live/{key}");
    assert_eq!(mediamtx(&world, "publish", &push, "rtmp", "").await, 403);
    let (plan, _) = on_air(&world).await;
    assert_eq!(mediamtx(&world, "publish", &push, "rtmp", "").await, 204);
    assert_eq!(mediamtx(&world, "ready", &push, "", "").await, 204);
    assert_eq!(told(&world.server, "LivePublishSeen").await.len(), 1);
    assert_eq!(mediamtx(&world, "not_ready", &push, "", "").await, 204);
    assert_eq!(told(&world.server, "LivePublishEnded").await.len(), 1);
    for action in ["api", "metrics", "pprof", "playback", "else"] {
        assert_eq!(mediamtx(&world, action, &push, "", "").await, 403, "{action}");
    }
    // The simulated playlist is /hls/KEY.m3u8: its stream is hls/KEY.
    let stream = format!("hls/{key}");
    assert_eq!(
        mediamtx(&world, "read", &stream, "hls", "").await,
        204,
        "an open broadcaster"
    );
    assert_eq!(
        mediamtx(&world, "read", "hls/other", "hls", "").await,
        403,
        "no broadcaster's"
    );
    let broadcasters = world.admin.get("/broadcasters").await.ok();
    let id = broadcasters["items"][0]["id"].as_str().expect("an id");
    let close = json!({ "protection": "media_server" });
    world.admin.patch(&format!("/broadcasters/{id}"), &close).await.ok();
    assert_eq!(mediamtx(&world, "read", &stream, "hls", "").await, 403);
    assert_eq!(mediamtx(&world, "read", &stream, "hls", "amphi=01J.1.a").await, 403);
    let given = world
        .presenter
        .get(&format!("/live/{}/playback", plan.event))
        .await
        .ok();
    let url = given["hls_url"].as_str().expect("an address");
    let query = url.split_once('?').expect("a token").1;
    assert_eq!(mediamtx(&world, "read", &stream, "hls", query).await, 204);
    assert_eq!(
        mediamtx(&world, "read", &format!("{stream}x"), "hls", query).await,
        403,
        "another stream"
    );
    let longer = query.replacen(".1", ".2", 1);
    assert_eq!(
        mediamtx(&world, "read", &stream, "hls", &longer).await,
        403,
        "made to last longer"
    );
    world.end(&plan).await;
}
