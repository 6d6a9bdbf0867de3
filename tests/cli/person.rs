//! `person export` and `person erase`.

use std::time::Duration;

use serde_json::{Value, json};

use super::found_nowhere;
use crate::harness::{Viewer, World};

const SOON: Duration = Duration::from_secs(20);
const WORDS: [&str; 3] = [
    "coquelicot-9137-premier",
    "coquelicot-9138-second",
    "coquelicot-9139-room",
];
const NAME: &str = "Zéphyrine Quatrefages";

#[tokio::test]
async fn an_erased_persons_words_are_in_no_file() {
    let world = World::new().await;
    let student = world.server.person("zephyrine", NAME, "user").await;
    let other = world.server.person("awa", "Awa", "user").await;
    let plan = world.plan("Erased afterwards").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    let rest = json!({ "client_id": "r-1", "text": WORDS[1] });
    viewer.post("c-1", WORDS[0]).await;
    student.post(&format!("/live/{}/chat", plan.event), &rest).await.ok();
    let kept = json!({ "client_id": "k-1", "text": "Awa bleibt" });
    other.post(&format!("/live/{}/chat", plan.event), &kept).await.ok();
    // The person in the room itself, known there by the id that we gave.
    let me = student.get("/me").await.ok();
    let id = me["id"].as_str().expect("id").to_owned();
    let newcomer = json!({ "name": NAME, "role": "viewer", "external_id": id });
    let (status, _) = world
        .sim
        .post(&format!("/sim/meetings/{}/users", plan.meeting), &newcomer)
        .await;
    assert_eq!(status, 201);
    world.sim.say(&plan.meeting, NAME, WORDS[2]).await;
    viewer
        .until(SOON, "all relayed or heard", |s| {
            (s.status(WORDS[0]) == "relayed" && s.status(WORDS[1]) == "relayed" && s.line(WORDS[2]).is_some())
                .then_some(())
        })
        .await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    world
        .state(&plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed").then_some(())
        })
        .await;

    let export: Value =
        serde_json::from_str(&world.server.run(&["person", "export", "zephyrine"], None).await.ok()).expect("JSON");
    let text = export.to_string();
    assert!(text.contains(WORDS[0]) && text.contains(NAME), "{text}");
    assert!(!text.contains("Awa bleibt"), "nobody else's: {text}");

    world.server.run(&["person", "erase", "zephyrine"], None).await.ok();
    // At once, while the server runs, with whatever write-ahead logs there are.
    let mut forgotten = WORDS.to_vec();
    forgotten.extend([NAME, "zephyrine"]);
    found_nowhere(&world.server.data, &forgotten);
    student.get("/me").await.problem(401, "signed_out");
    let history = world.presenter.history(&plan.event).await;
    let texts: Vec<&Value> = history.iter().map(|l| &l["text"]).collect();
    assert_eq!(texts.len(), 4, "the lines are still counted: {history:?}");
    assert_eq!(texts.iter().filter(|t| t.is_null()).count(), 3, "{history:?}");
    assert!(texts.contains(&&json!("Awa bleibt")), "{history:?}");

    world.server.stop().await;
    found_nowhere(&world.server.data, &forgotten);
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "the log is as it was: {said}");
    // Nor does the person come back with a restart, or with read models made anew.
    world.server.run(&["rebuild"], None).await.ok();
    world.server.start().await;
    found_nowhere(&world.server.data, &forgotten);
    assert_eq!(world.presenter.history(&plan.event).await, history);
    // A viewer who comes now is shown a line without words.
    let late = Viewer::of(&world.server, &plan.event, Some(&other)).await;
    let shown = late.now().hello.to_string();
    assert!(!shown.contains(WORDS[0]) && !shown.contains(NAME), "{shown}");
    late.sound();
}
