//! The disk's bad days: full, and not to be written, at start and while running.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::mounted::Mounted;
use super::{
    LATER, SOON, events, health, in_order, one_line, plan_that_ends_in, row, start_refused, story, told, watching,
    world,
};
use crate::harness::{Call, Plan, Server, Viewer, World, eventually};

/// A server whose data folder lies on a small file system.
async fn on_a_small_disk(settings: Vec<(&'static str, &'static str)>) -> (World, Mounted) {
    let world = world("g2", settings).await;
    world.server.stop().await;
    let disk = Mounted::under(&world.server.data);
    world.server.start().await;
    (world, disk)
}

/// Refusals in a row, 0.1 s apart, after which a disk counts as full: longer than the server's own looks at it (2 s).
const REFUSED: usize = 30;

/// Writes until the log refuses for good; gives the lines that were acknowledged.
async fn write_until_refused(world: &World, plan: &Plan, disk: &Mounted) -> Vec<String> {
    let (mut kept, mut in_a_row) = (Vec::new(), 0);
    for n in 0..20_000 {
        if n % 50 == 0 || in_a_row > 0 {
            disk.fill();
        }
        let text = format!("line {n} {}", "x".repeat(200));
        let body = json!({ "client_id": format!("c-{n}"), "text": text });
        let answer = world.presenter.post(&format!("/live/{}/chat", plan.event), &body).await;
        match answer.status {
            429 => tokio::time::sleep(Duration::from_millis(50)).await,
            503 => {
                answer.problem(503, "unavailable");
                in_a_row += 1;
                // A checkpoint makes room in the write-ahead log, and it is filled too; then nothing makes any.
                if in_a_row == REFUSED {
                    return kept;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            _ => {
                answer.ok();
                kept.push(text);
                in_a_row = 0;
            }
        }
    }
    panic!("it is not full after {} lines", kept.len());
}

/// Writes are refused with a problem document and a waiting time; reads go on; `/health/ready` says so.
async fn writes_refused_reads_go_on(world: &World, plan: &Plan, why: &str) {
    let refused = world.presenter.post("/meetings", &World::webinar("Not now")).await;
    let wait = refused.header("retry-after").parse::<u64>();
    let said = refused.problem(503, "log_refuses");
    assert!(wait.is_ok_and(|s| s >= 1), "a waiting time");
    assert!(said["retry_after_ms"].as_u64() >= Some(1_000), "{said}");
    let path = format!("/meetings/{}", plan.meeting);
    world
        .presenter
        .patch(&path, &json!({ "name": "Renamed" }))
        .await
        .problem(503, "log_refuses");

    let (status, rows) = health(&world.server).await;
    assert_eq!((status, &row(&rows, "log")["ok"]), (503, &false.into()), "{rows}");
    let said = row(&rows, "log")["why"].as_str().unwrap_or_default();
    assert!(said.contains(why), "{said}");
    let live = world
        .server
        .http()
        .get(format!("{}/health/live", world.server.base))
        .send()
        .await;
    assert_eq!(live.expect("an answer").status(), 200, "restarting it would not help");

    assert_ne!(world.presenter.get(&path).await.ok()["name"], "Renamed");
    world.presenter.get("/meetings").await.ok();
    world.presenter.state(&plan.meeting).await;
    world.presenter.history(&plan.event).await;
    for page in ["/", "/live", &format!("/live/{}", plan.event)] {
        let page = world
            .server
            .http()
            .get(format!("{}{page}", world.server.base))
            .send()
            .await;
        assert_eq!(page.expect("a page").status(), 200);
    }
    // A socket opens, shows everything, and refuses a line without losing it.
    let mut viewer = watching(world, plan).await;
    viewer.say("c-not-now", "not now").await;
    let refused = viewer.until(SOON, "a refusal", |s| s.refused.first().cloned()).await;
    assert_eq!(refused["code"], "unavailable", "{refused}");
    assert!(refused["retry_after_ms"].as_u64() > Some(0), "{refused}");
    viewer.sound();
}

async fn well_again(server: &Server) {
    eventually(LATER, "ready again", async || {
        let (status, rows) = health(server).await;
        if status == 200 { Ok(()) } else { Err(rows) }
    })
    .await;
}

/// What was acknowledged is there, each once, in order.
async fn all_kept(world: &World, plan: &Plan, kept: &[String]) {
    let history = world.presenter.history(&plan.event).await;
    let texts: Vec<&str> = history.iter().filter_map(|l| l["text"].as_str()).collect();
    let positions: Vec<i64> = history.iter().filter_map(|l| l["position"].as_i64()).collect();
    assert!(positions.windows(2).all(|p| p[0] < p[1]), "{positions:?}");
    for text in kept {
        let count = texts.iter().filter(|t| *t == text).count();
        assert_eq!(count, 1, "{text}\nshown at {positions:?}");
    }
}

#[tokio::test]
async fn full_while_running() {
    let (world, disk) = on_a_small_disk(vec![("posts_per_10s", "100000")]).await;
    let plan = world.plan("Full").await;
    let other = world.plan("Another day").await;
    world.on_air(&plan).await;
    let kept = write_until_refused(&world, &plan, &disk).await;
    writes_refused_reads_go_on(&world, &plan, "full").await;

    // What can't be recorded is not begun.
    world
        .presenter
        .post(&format!("/meetings/{}/start", other.meeting), &Value::Null)
        .await
        .problem(503, "log_refuses");
    let creates = world.sim.calls_named("create").await;
    assert!(
        creates.iter().all(|c| c.params["meetingID"] != other.meeting),
        "{creates:?}"
    );

    // A stop goes out all the same, and is recorded: room is kept for it.
    assert_eq!(world.sim.running().await.len(), 1);
    world
        .presenter
        .post(&format!("/meetings/{}/live/stop", plan.meeting), &Value::Null)
        .await
        .ok();
    world.all_quiet(LATER).await;
    let stops = world.sim.calls_named("stop").await;
    assert!(stops.iter().any(Call::applied), "{}", world.sim.last_calls(15).await);

    std::fs::remove_file(disk.fill()).expect("room is made");
    well_again(&world.server).await;
    world.presenter.post("/meetings", &World::webinar("Now")).await.ok();
    all_kept(&world, &plan, &kept).await;
    world.live(&plan, LATER, "ended").await;
    in_order(
        &story(&world.server, &format!("live-{}", plan.event)).await,
        &[
            "LiveWentOnAir",
            "LiveStopRequested",
            "GatewayStopAsked",
            "GatewayStopped",
            "LiveStopped",
        ],
    );
    world.server.stop().await;
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    world.server.start().await;
    all_kept(&world, &plan, &kept).await;
}

#[tokio::test]
async fn full_at_start() {
    let (world, disk) = on_a_small_disk(vec![("posts_per_10s", "100000")]).await;
    let plan = world.plan("Full at start").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    viewer.post("c-before", "before").await;
    world.server.kill();
    let filler = disk.fill();
    world.server.launch();
    eventually(LATER, "the server answers", async || {
        world
            .presenter
            .try_call(Method::GET, "/meetings", None, &[])
            .await
            .map(|_| ())
    })
    .await;
    let kept = write_until_refused(&world, &plan, &disk).await;
    writes_refused_reads_go_on(&world, &plan, "full").await;
    all_kept(&world, &plan, &["before".to_owned()]).await;
    std::fs::remove_file(filler).expect("room is made");
    well_again(&world.server).await;
    viewer.reconnect().await;
    viewer.post("c-after", "after").await;
    all_kept(&world, &plan, &kept).await;
    all_kept(&world, &plan, &["before".to_owned(), "after".to_owned()]).await;
    viewer.sound();
}

#[tokio::test]
async fn read_only_at_start() {
    let (world, disk) = on_a_small_disk(vec![]).await;
    let plan = world.plan("Read only").await;
    world.server.stop().await;
    disk.read_only();
    let refused = start_refused(&world.server, &[]).await;
    one_line(&refused, &["can't be written", &world.server.data.to_string_lossy()]);
    disk.writable();
    world.server.start().await;
    assert_eq!(
        world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok()["name"],
        "Read only"
    );
}

/// The file system turns read-only under the running server, as a kernel does after an error of the disk: from then on
/// each write fails, also through files that are open. Played by the shim: a remount is refused while files are open.
#[tokio::test]
async fn read_only_while_running() {
    let mut world = world("g2", vec![("overrun", "1")]).await;
    world.server.stop().await;
    let shim = super::fsync::Shim::for_server(&mut world.server);
    world.server.start().await;
    let plan = plan_that_ends_in(&world, 14).await;
    world.on_air(&plan).await;
    let mut viewer = watching(&world, &plan).await;
    viewer.post("c-1", "kept").await;
    let head = events(&world.server).await.len();

    shim.fails("readonly");
    let (_, rows) = eventually(LATER, "the log refuses", async || {
        let name = json!({ "name": "Renamed" });
        world
            .presenter
            .patch(&format!("/meetings/{}", plan.meeting), &name)
            .await;
        let seen = health(&world.server).await;
        if seen.0 == 503 { Ok(seen) } else { Err(seen) }
    })
    .await;
    assert_eq!(row(&rows, "log")["ok"], false, "{rows}");
    writes_refused_reads_go_on(&world, &plan, "commit failed").await;

    // Its time is over: the stop goes out although it can't be recorded.
    world.all_quiet(Duration::from_mins(1)).await;
    assert!(
        world.sim.calls_named("stop").await.iter().any(Call::applied),
        "{}",
        world.sim.last_calls(15).await
    );
    assert_eq!(world.server.run(&["audit", "verify"], None).await.status, Some(0));

    // Mended, and started again: recorded now, and nothing that was acknowledged is lost.
    shim.heals();
    world.server.restart().await;
    world.live(&plan, LATER, "ended").await;
    let stopped = told(&world.server, "LiveStopped").await;
    assert_eq!(stopped, [json!({ "why": "time_out" })]);
    assert!(events(&world.server).await.len() > head);
    all_kept(&world, &plan, &["kept".to_owned()]).await;
    viewer.reconnect().await;
    viewer.until(SOON, "the line", |s| s.line("kept").map(|_| ())).await;
    viewer.sound();
}
