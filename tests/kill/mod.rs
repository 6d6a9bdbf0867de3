//! Step 6: SIGKILL at seeded instants of every step, at least half of them while the simulators have carried out a
//! call and withhold its answer. Judged from `/sim/calls`, the room's lines and the history alone.
//!
//! `KILLS` says how many instants a step (20 unless given); `SEED` repeats a run.

pub mod crowd;
mod echo;
mod history;
pub mod judge;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Plan, SimOptions, Viewer, World, WorldOptions, eventually, seed};

const SOON: Duration = Duration::from_secs(30);
/// Worlds of one step, each with a gateway of another generation.
const WORLDS: [&str; 2] = ["g2", "g5"];

/// One instant.
#[derive(Debug, Clone)]
struct Instant {
    number: usize,
    /// The call that is carried out and never answered; the kill comes after it.
    withheld: Option<&'static str>,
    /// Then, or after the step was asked for.
    delay: Duration,
}

fn instants(calls: &[&'static str], longest_ms: u64, random: &mut StdRng) -> Vec<Instant> {
    let kills: usize = std::env::var("KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(20);
    let of_each = kills.div_ceil(WORLDS.len());
    let one = |number: usize| {
        // Every other one, beginning with the first: at least half.
        let withheld = number.is_multiple_of(2).then(|| calls[number / 2 % calls.len()]);
        let longest = if withheld.is_some() { 300 } else { longest_ms };
        Instant {
            number,
            withheld,
            delay: Duration::from_millis(random.random_range(0..=longest)),
        }
    };
    (0..of_each).map(one).collect()
}

async fn world(gateway: &'static str) -> World {
    let sim = SimOptions {
        gateways: gateway,
        ..SimOptions::default()
    };
    // A look at what a gateway speaks is a call of the same name as the start that is to be withheld.
    let settings = vec![("gateway_scout", "600")];
    World::with(WorldOptions {
        sim,
        settings,
        ..WorldOptions::default()
    })
    .await
}

/// How many calls of this name were carried out and not answered.
async fn silent(world: &World, on: &str) -> usize {
    let name = on.split_once('.').map_or(on, |(_, name)| name);
    world
        .sim
        .calls_named(name)
        .await
        .iter()
        .filter(|c| c.applied() && !c.answered)
        .count()
}

/// Asks for something once, kills at the instant, and starts again. Gives whether the asking was acknowledged.
async fn killed_while(world: &World, instant: &Instant, who: &Person, path: &str) -> bool {
    let before = match instant.withheld {
        Some(on) => {
            world
                .sim
                .faults(json!([{ "on": on, "kind": "apply_then_silence" }]))
                .await;
            silent(world, on).await
        }
        None => 0,
    };
    let ask = async || matches!(who.try_call(Method::POST, path, None, &[]).await, Ok(answer) if answer.status == 200);
    let kill = async {
        if let Some(on) = instant.withheld {
            let what = format!("{on} is carried out and not answered");
            let mut asked = std::time::Instant::now();
            eventually(SOON, &what, async || {
                if silent(world, on).await > before {
                    return Ok(());
                }
                // The same wish, still being carried out from before a kill, may have taken this one in.
                if asked.elapsed() > Duration::from_secs(3) {
                    asked = std::time::Instant::now();
                    ask().await;
                }
                Err(world.sim.last_calls(15).await)
            })
            .await;
        }
        // The instant itself: this is what is drawn, not a wait for something.
        tokio::time::sleep(instant.delay).await;
        world.server.kill();
    };
    let (acknowledged, ()) = tokio::join!(ask(), kill);
    world.sim.faults(json!([])).await;
    world.server.start().await;
    acknowledged
}

/// Ends a meeting and waits until nothing of it is left outside.
async fn end(world: &World, plan: &Plan) {
    let path = format!("/meetings/{}/end", plan.meeting);
    let ended = world.presenter.post(&path, &Value::Null).await;
    assert!(
        ended.status == 200 || ended.json()["code"] == "meeting_not_running",
        "{}",
        ended.text
    );
    world
        .state(plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
    assert!(world.sim.room(&plan.meeting).await.is_none(), "the room is gone");
    // The gateway is free for the next one.
    world
        .presenter
        .delete(&format!("/meetings/{}", plan.meeting))
        .await
        .ok();
}

/// The robot of a run is in the room.
async fn robot(world: &World, plan: &Plan, after_run: i64) -> i64 {
    world
        .state(plan, SOON, "a robot is in the room", |s| {
            let run = s["live"]["run"].as_i64().filter(|run| *run > after_run)?;
            let there = s["live"]["robot_since"].is_string()
                && ["starting", "on_air", "stalled"]
                    .map(Value::from)
                    .contains(&s["live"]["state"]);
            there.then_some(run)
        })
        .await
}

/// The end of a step: no overlap, no gateway that runs, no room that nobody ended.
async fn judged(world: &World) {
    world.all_quiet(SOON).await;
    let runs = judge::runs(&world.sim.calls().await, 150);
    assert_eq!(judge::overlaps(&runs), Vec::<String>::new());
    assert!(runs.iter().all(|r| r.to.is_some()), "{runs:#?}");
    assert_eq!(world.sim.get("/sim/meetings").await, json!([]));
}

/// Runs a step in every world at once.
async fn each(test: &str, calls: &[&'static str], longest_ms: u64, step: impl AsyncFn(World, Vec<Instant>)) {
    let seed = seed(test);
    let run = async |n: usize| {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(n as u64));
        let instants = instants(calls, longest_ms, &mut random);
        step(world(WORLDS[n]).await, instants).await;
    };
    tokio::join!(run(0), run(1));
}

#[tokio::test]
async fn killed_while_opening() {
    each("killed_while_opening", &["bbb.create"], 400, async |world, instants| {
        for instant in instants {
            let plan = world.plan(&format!("Opening {}", instant.number)).await;
            let path = format!("/meetings/{}/start", plan.meeting);
            if !killed_while(&world, &instant, &world.presenter, &path).await {
                // Nobody was told that it would open: asked again, whether or not it was taken.
                world.start(&plan).await;
            }
            robot(&world, &plan, 0).await;
            let made = world.sim.calls_named("create").await;
            assert!(
                made.iter()
                    .any(|c| c.params["meetingID"] == plan.meeting && c.applied()),
                "{instant:?}"
            );
            end(&world, &plan).await;
        }
        judged(&world).await;
    })
    .await;
}

#[tokio::test]
async fn killed_while_starting() {
    each(
        "killed_while_starting",
        &["gateway.start"],
        1_200,
        async |world, instants| {
            for instant in instants {
                let plan = world.plan(&format!("Starting {}", instant.number)).await;
                let path = format!("/meetings/{}/start", plan.meeting);
                if !killed_while(&world, &instant, &world.presenter, &path).await {
                    world.start(&plan).await;
                }
                robot(&world, &plan, 0).await;
                end(&world, &plan).await;
            }
            judged(&world).await;
        },
    )
    .await;
}

#[tokio::test]
async fn killed_while_restarting() {
    each(
        "killed_while_restarting",
        &["gateway.start", "gateway.stop"],
        1_000,
        async |world, instants| {
            let plan = world.plan("Restarted and restarted").await;
            world.start(&plan).await;
            // Somebody stays: a room that holds a robot alone is ended by BBB after a while.
            world.open(&plan).await;
            let mut run = robot(&world, &plan, 0).await;
            for instant in instants {
                let path = format!("/meetings/{}/live/restart", plan.meeting);
                let acknowledged = killed_while(&world, &instant, &world.presenter, &path).await;
                run = robot(&world, &plan, if acknowledged { run } else { run - 1 }).await;
            }
            end(&world, &plan).await;
            judged(&world).await;
        },
    )
    .await;
}

#[tokio::test]
async fn killed_while_stopping() {
    each(
        "killed_while_stopping",
        &["gateway.stop", "bbb.end"],
        800,
        async |world, instants| {
            for instant in instants {
                let plan = world.plan(&format!("Stopping {}", instant.number)).await;
                world.start(&plan).await;
                robot(&world, &plan, 0).await;
                let path = format!("/meetings/{}/end", plan.meeting);
                if killed_while(&world, &instant, &world.presenter, &path).await {
                    // It was acknowledged: it happens without being asked for again.
                    world
                        .state(&plan, SOON, "closed", |s| {
                            (s["meeting"]["state"] == "closed").then_some(())
                        })
                        .await;
                    world.all_quiet(SOON).await;
                }
                end(&world, &plan).await;
            }
            judged(&world).await;
        },
    )
    .await;
}

/// Posts a line until there is a receipt, through kills: always with the same `client_id`.
async fn post_through(viewer: &mut Viewer, client_id: &str, text: &str) {
    let begun = std::time::Instant::now();
    loop {
        if viewer.say(client_id, text).await {
            let receipt = async {
                loop {
                    let shown = viewer.now();
                    if shown.receipts.contains_key(client_id) {
                        return true;
                    }
                    if shown.closed.is_some() {
                        return false;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            if tokio::time::timeout(Duration::from_secs(3), receipt).await == Ok(true) {
                return;
            }
        }
        assert!(
            begun.elapsed() < SOON,
            "no receipt of {text}: {:?}",
            viewer.now().refused
        );
        viewer.reconnect().await;
    }
}

#[tokio::test]
async fn killed_on_air_while_people_chat() {
    each(
        "killed_on_air_while_people_chat",
        &["bbb.sendChatMessage"],
        600,
        async |world, instants| {
            let plan = world.plan("Chatting").await;
            let student = world.server.person("awa", "Awa", "user").await;
            world.on_air(&plan).await;
            let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
            viewer
                .until(SOON, "a way both ways", |s| {
                    (s.state["chat"]["room"] == "both").then_some(())
                })
                .await;
            let mut posted: Vec<String> = Vec::new();
            for instant in instants {
                let before = match instant.withheld {
                    Some(on) => {
                        world
                            .sim
                            .faults(json!([{ "on": on, "kind": "apply_then_silence" }]))
                            .await;
                        silent(&world, on).await
                    }
                    None => 0,
                };
                let texts: Vec<String> = (0..4).map(|n| format!("Ligne {n} de {}", instant.number)).collect();
                let chat = async {
                    for text in &texts {
                        post_through(&mut viewer, &format!("c-{text}"), text).await;
                    }
                };
                let kill = async {
                    if let Some(on) = instant.withheld {
                        eventually(SOON, "a line is in the room and not answered", async || {
                            if silent(&world, on).await > before {
                                Ok(())
                            } else {
                                Err(world.sim.last_calls(15).await)
                            }
                        })
                        .await;
                    }
                    tokio::time::sleep(instant.delay).await;
                    world.server.kill();
                    world.sim.faults(json!([])).await;
                    world.server.start().await;
                };
                tokio::join!(chat, kill);
                posted.extend(texts);
                // With every receipt in hand before the kill, nobody has come back yet.
                if viewer.now().closed.is_some() {
                    viewer.reconnect().await;
                }
                viewer
                    .until(SOON, "every line is relayed", |s| {
                        posted.iter().all(|text| s.status(text) == "relayed").then_some(())
                    })
                    .await;
            }
            let lines = world.sim.chat(&plan.meeting).await;
            let history = world.presenter.history(&plan.event).await;
            for text in &posted {
                let in_room = lines.iter().filter(|(_, said)| said == text).count();
                let kept: Vec<&Value> = history.iter().filter(|l| l["text"] == text.as_str()).collect();
                assert_eq!((in_room, kept.len()), (1, 1), "{text}: {kept:?}");
                assert_eq!(kept[0]["status"], "relayed", "unknown stays 0: {kept:?}");
            }
            assert_eq!(history.len(), posted.len());
            viewer.sound();
            end(&world, &plan).await;
            judged(&world).await;
        },
    )
    .await;
}
