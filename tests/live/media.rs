//! Who may fetch a live's picture from the media server itself: with nginx's `secure_link`, whose configuration is the documentation's.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, MediaServer, Plan, SIGNING, SimOptions, World, WorldOptions, eventually};

const TOKEN: &str = "a-secret-of-the-media-server";
const LONG: Duration = Duration::from_mins(1);

async fn anonymous(world: &World, path: &str) -> Answer {
    let request = world.server.http().get(format!("{}/api/v1{path}", world.server.base));
    Answer::of(path.to_owned(), request.send().await.expect("an answer")).await
}

/// Census L4: the address of a restricted live's picture was public.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_address_opens_one_stream_for_a_while_and_the_open_one_opens_nothing() {
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            flags: vec!["--clock-speed", "5", "--ffmpeg", "/usr/bin/ffmpeg"],
        },
        settings: vec![("media_hook_token", TOKEN), ("media_link_life", "4")],
        adds: Some(vec![]),
    })
    .await;
    let media = MediaServer::start(&world.server.base, TOKEN, false).await;
    let gateway = world.sim.gateway("g2").await;
    let real = media.gateway(&gateway, "room-1");
    let added = world
        .add_gateway(&real, gateway["token"].as_str().expect("token"))
        .await
        .ok();
    let path = format!("/broadcasters/{}", added["broadcaster"].as_str().expect("an id"));
    let open = "whoever knows the playlist's address watches";
    let checked = world.server.run(&["check"], None).await;
    assert!(checked.stdout.contains(open), "{}", checked.stdout);
    // Without a secret nothing is promised.
    let none = json!({ "protection": "secure_link" });
    world.admin.patch(&path, &none).await.problem(422, "protection_secret");
    let short = json!({ "protection": "secure_link", "signing_secret": "short" });
    world.admin.patch(&path, &short).await.problem(422, "protection_secret");
    let good = json!({ "protection": "secure_link", "signing_secret": SIGNING });
    let set = world.admin.patch(&path, &good).await.ok();
    assert_eq!(set["protection"], "secure_link");
    assert!(!set.to_string().contains(SIGNING));
    let checked = world.server.run(&["check"], None).await;
    assert!(!checked.stdout.contains(open), "{}", checked.stdout);

    let mut new = World::webinar("Closed circle");
    new["is_restricted"] = true.into();
    let made = world.presenter.post("/meetings", &new).await.ok();
    let text = |v: &Value| v.as_str().expect("an id").to_owned();
    let plan = Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    };
    world.start(&plan).await;
    world.open(&plan).await;
    world.live(&plan, LONG, "on_air").await;

    let playback = format!("/live/{}/playback", plan.event);
    anonymous(&world, &playback).await.problem(401, "signed_out");
    let given = world.presenter.get(&playback).await.ok();
    assert_eq!(given["signed"], true);
    let url = given["hls_url"].as_str().expect("an address").to_owned();
    let (status, playlist) = media.get(&url).await;
    assert_eq!(status, 200, "{url}: {playlist}");
    let segment = playlist
        .lines()
        .rfind(|l| l.rsplit('.').next() == Some("ts"))
        .expect("a segment");
    let beside = |name: &str| format!("{}/{name}", url.rsplit_once('/').expect("a path").0);
    assert_eq!(
        media.get(&beside(segment)).await.0,
        200,
        "segments stand under the playlist's signature"
    );
    // Everything else does not.
    assert_eq!(media.get(&media.hls_url("room-1")).await.0, 404, "the open address");
    assert_eq!(media.get(&beside("room-2.m3u8")).await.0, 403, "another stream");
    let parts: Vec<&str> = url.splitn(7, '/').collect();
    let forged =
        |signature: &str, until: &str| format!("{}//{}/signed/{signature}/{until}/{}", parts[0], parts[2], parts[6]);
    assert_eq!(media.get(&forged(parts[4], parts[5])).await.0, 200);
    let later = (parts[5].parse::<i64>().expect("seconds") + 3600).to_string();
    assert_eq!(media.get(&forged(parts[4], &later)).await.0, 403, "made to last longer");
    assert_eq!(media.get(&forged(&"A".repeat(22), parts[5])).await.0, 403, "guessed");
    assert_eq!(
        media.get(&beside("../../../hls/room-1.m3u8")).await.0,
        404,
        "a way round"
    );
    // It ends, and the next one holds.
    eventually(LONG, "it ends", async || match media.get(&url).await.0 {
        410 => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(media.get(&beside(segment)).await.0, 410);
    let next = world.presenter.get(&playback).await.ok();
    let next = next["hls_url"].as_str().expect("an address");
    assert_ne!(next, url);
    assert_eq!(media.get(next).await.0, 200);
    // Nobody is told the open address: not the audience, not the presenters' socket.
    let live = world.presenter.get(&format!("/live/{}", plan.event)).await.ok();
    assert!(!live.to_string().contains("room-1"), "{live}");
    assert!(
        !world.server.said().contains("room-1"),
        "the stream key is in the program's log"
    );
    assert!(!world.server.said().contains(TOKEN) && !world.server.said().contains(SIGNING));
    world.end(&plan).await;
}
