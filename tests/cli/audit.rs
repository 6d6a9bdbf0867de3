//! Step 7: the log tells the story in order, and its chains are proved, twice.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Viewer, World};

const SOON: Duration = Duration::from_secs(20);

/// A short story: planned, started, a line, ended.
async fn told() -> (World, crate::harness::Plan) {
    let world = World::new().await;
    let plan = world.plan("Told").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    world.on_air(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    viewer.post("c-1", "Pour la postérité").await;
    viewer
        .until(SOON, "relayed", |s| {
            (s.status("Pour la postérité") == "relayed").then_some(())
        })
        .await;
    world.end(&plan).await;
    viewer
        .state(SOON, json!({ "meeting": "closed", "live": "ended" }))
        .await;
    world.all_quiet(SOON).await;
    (world, plan)
}

fn events(text: &str) -> Vec<Value> {
    text.lines()
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}")))
        .collect()
}

#[tokio::test]
async fn the_log_tells_the_story_in_order_and_its_chains_hold() {
    let (world, plan) = told().await;
    let printed = events(&world.server.run(&["audit", "events"], None).await.ok());
    let positions: Vec<i64> = printed
        .iter()
        .map(|e| e["position"].as_i64().expect("position"))
        .collect();
    assert!(positions.windows(2).all(|p| p[0] < p[1]), "{positions:?}");
    let kinds: Vec<&str> = printed.iter().map(|e| e["type"].as_str().expect("type")).collect();
    let story = [
        "BroadcasterAdded",
        "GatewayAdded",
        "MeetingScheduled",
        "LivePlanned",
        "ChatOpened",
        "GatewayReserved",
        "SessionRequested",
        "SessionOpened",
        "LiveRequested",
        "GatewayStartAsked",
        "GatewayStarted",
        "LiveWentOnAir",
        "ChatMessagePosted",
        "ChatRelayAsked",
        "ChatMessageRelayed",
        "LiveStopped",
    ];
    let mut at = 0;
    for kind in story {
        let found = kinds[at..].iter().position(|k| *k == kind);
        at += found.unwrap_or_else(|| panic!("{kind} is not told, or not in its place, in {kinds:#?}")) + 1;
    }
    assert!(
        kinds[at - 1..].contains(&"SessionClosed") || kinds.contains(&"SessionClosed"),
        "{kinds:?}"
    );
    for event in &printed {
        for field in [
            "position", "stream", "version", "id", "type", "schema", "time", "actor", "hash",
        ] {
            assert!(!event[field].is_null(), "{field} of {event}");
        }
    }
    // What people wrote and who they are is in none of it.
    let text = serde_json::to_string(&printed).expect("json");
    assert!(
        !text.contains("postérité") && !text.contains("Paul Présentateur"),
        "{text}"
    );

    // The interface tells auditors the same, and nobody else.
    let auditor = world.server.person("otto", "Otto", "auditor").await;
    let live = format!("/events?stream=live-{}", plan.event);
    let told = events(&auditor.get(&live).await.text);
    let printed_live: Vec<&Value> = printed
        .iter()
        .filter(|e| e["stream"] == format!("live-{}", plan.event))
        .collect();
    assert_eq!(
        told.iter().map(|e| &e["hash"]).collect::<Vec<_>>(),
        printed_live.iter().map(|e| &e["hash"]).collect::<Vec<_>>()
    );
    world.presenter.get(&live).await.problem(403, "forbidden");

    // The chains, beside the running server and without it, by two programs.
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    world.server.stop().await;
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    let (status, said) = second_verifier(&world.server.data.join("log.db"));
    assert_eq!(status, Some(0), "{said}");
}

fn second_verifier(log: &Path) -> (Option<i32>, String) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/ops/verify/verify.py");
    let done = Command::new("python3").arg(program).arg(log).output().expect("python3");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    (done.status.code(), said)
}

#[tokio::test]
async fn a_changed_byte_is_found_with_its_position_by_both_verifiers() {
    use sqlx::Connection as _;
    let (world, _) = told().await;
    world.server.stop().await;
    let log = world.server.data.join("log.db");
    let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", log.display()))
        .await
        .expect("log.db");
    let (position, kind): (i64, String) =
        sqlx::query_as("SELECT position, kind FROM events WHERE kind = 'LiveWentOnAir' LIMIT 1")
            .fetch_one(&mut db)
            .await
            .expect("an event");
    sqlx::query("UPDATE events SET actor = actor || 'x' WHERE position = ?")
        .bind(position)
        .execute(&mut db)
        .await
        .expect("changed");
    db.close().await.expect("closed");
    let found = world.server.run(&["audit", "verify"], None).await;
    assert_eq!(found.status, Some(1), "{found:?}");
    assert!(
        found.stdout.contains(&format!("position {position}")),
        "{kind}: {found:?}"
    );
    let (status, said) = second_verifier(&log);
    assert!(
        status == Some(1) && said.contains(&position.to_string()),
        "{status:?} {said}"
    );
}

#[tokio::test]
async fn wrong_usage_is_status_2_and_a_failure_is_one_line() {
    let world = World::new().await;
    let wrong = world.server.run(&["audit", "nonsense"], None).await;
    assert_eq!(wrong.status, Some(2), "{wrong:?}");
    let taken = [
        "user",
        "add",
        "--login",
        "ada",
        "--name",
        "Again",
        "--role",
        "staff",
        "--password-stdin",
    ];
    let refused = world.server.run(&taken, Some("a password\n")).await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    let nobody = world.server.run(&["token", "new", "--login", "nobody"], None).await;
    assert_eq!(
        (nobody.status, nobody.stderr.lines().count()),
        (Some(1), 1),
        "{nobody:?}"
    );
    // A second server on the folder is refused in one line as well.
    let second = world.server.run(&["serve", "--set", "listen=127.0.0.1:0"], None).await;
    assert_eq!(second.status, Some(1), "{second:?}");
}
