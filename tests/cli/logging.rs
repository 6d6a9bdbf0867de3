//! What the program writes while a webinar runs (`docs/logging.md`): each act that matters, and nothing that is a secret or a name.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, SECRET, SimOptions, World, WorldOptions, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(20);
const AIR: Duration = Duration::from_secs(45);

/// The lines of the log that are JSON and speak of webinars.
fn lines(said: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str::<Value>(line).ok();
    said.lines()
        .filter_map(read)
        .filter(|line| line["target"] == "webinar")
        .collect()
}

#[tokio::test]
async fn a_webinar_is_found_in_the_programs_own_log_and_no_name_and_no_secret_is() {
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            // Lines of the audience go through the gateway, which can refuse one.
            flags: vec!["--old-bbb"],
        },
        settings: vec![("log_format", "json"), ("log_level", "debug")],
        adds: Some(vec![]),
    })
    .await;
    // A gateway whose token and stream key can be recognised.
    let mut gateway = world.sim.gateway("g2").await;
    world.sim.knobs("g2-1", &json!({ "token": "Jeton-Zorglub" })).await;
    gateway["rtmp_url"] = json!("rtmp://127.0.0.1/live/Clef-Zephirin");
    let shown = gateway["hls_url"]
        .as_str()
        .expect("hls")
        .replace("g2-1", "Clef-Zephirin");
    gateway["hls_url"] = json!(shown);
    let added = world.add_gateway(&gateway, "Jeton-Zorglub").await.ok();
    let awa = world.server.person("zigomar", "Awa Zigomar", "user").await;

    // A rehearsal is told as well, with what its gateway answered.
    let new =
        json!({ "name": "Titre Zanzibar ter", "starts_at": rfc3339(7200), "duration_s": 600, "is_webinar": true });
    let rehearsed = world.presenter.post("/meetings", &new).await.ok();
    world
        .presenter
        .post(
            &format!("/meetings/{}/rehearsal", rehearsed["id"].as_str().expect("an id")),
            &Value::Null,
        )
        .await
        .ok();
    eventually(AIR, "the rehearsal is a line each", async || {
        let all = lines(&world.server.said());
        let of = |act: &str| {
            let found = all
                .iter()
                .map(|l| &l["fields"])
                .find(|f| f["message"] == act && f["webinar"] == rehearsed["event"] && f["rehearsal"].is_string());
            found.cloned()
        };
        let acts = [
            "rehearsal asked for",
            "rehearsal holds a gateway",
            "rehearsal's room opened",
            "a gateway was told to start",
            "rehearsal's step is over",
            "a gateway was told to stop",
            "rehearsal over",
        ];
        let missing: Vec<&str> = acts.into_iter().filter(|act| of(act).is_none()).collect();
        match of("a gateway was told to stop") {
            Some(stop) if missing.is_empty() => {
                assert_eq!(stop["gateway"], added["id"], "{stop}");
                Ok(())
            }
            _ => Err(missing.join(", ")),
        }
    })
    .await;
    let plan = world.plan("Titre Zanzibar").await;
    world
        .sim
        .faults(json!([
            { "on": "gateway.start", "kind": "refuse", "times": 1 },
            { "on": "gateway.chat", "kind": "refuse", "times": 1 },
        ]))
        .await;
    world.on_air(&plan).await;
    let said = json!({ "client_id": "c-1", "text": "Phrase Zébulon, avec « guillemets »" });
    awa.post(&format!("/live/{}/chat", plan.event), &said).await.ok();
    eventually(SOON, "the line has its outcome", async || {
        let lines = awa.history(&plan.event).await;
        match lines.first() {
            Some(line) if line["status"] == "failed" => Ok(()),
            other => Err(other.cloned()),
        }
    })
    .await;
    // The next one goes through.
    let said = json!({ "client_id": "c-2", "text": "Phrase Zébulon encore" });
    awa.post(&format!("/live/{}/chat", plan.event), &said).await.ok();
    let later = json!({ "duration_s": 5400 });
    world
        .presenter
        .patch(&format!("/meetings/{}", plan.meeting), &later)
        .await
        .ok();
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    let cancelled = world.plan("Titre Zanzibar bis").await;
    world
        .presenter
        .delete(&format!("/meetings/{}", cancelled.meeting))
        .await;

    // The acts, in the order of the log.
    let expected = [
        "planned",
        "gateway held",
        "room asked for",
        "room opened",
        "picture wanted",
        "gateway taken",
        "gateway is told to start",
        "gateway failed",
        "gateway started",
        "robot in the room",
        "on air",
        "chat line refused",
        "a gateway was given a chat line",
        "chat line in the room",
        "plan changed",
        "picture to be stopped",
        "gateway stopped",
        "off air",
        "room closed",
    ];
    let all = eventually(SOON, "every act has its line", async || {
        let all = lines(&world.server.said());
        let of = |act: &str| {
            all.iter()
                .any(|l| l["fields"]["message"] == act && l["fields"]["webinar"] == plan.event.as_str())
        };
        let missing: Vec<&str> = expected.into_iter().filter(|act| !of(act)).collect();
        let cancel = all
            .iter()
            .any(|l| l["fields"]["message"] == "cancelled" && l["fields"]["webinar"] == cancelled.event.as_str());
        if missing.is_empty() && cancel {
            Ok(all)
        } else {
            Err((missing, cancel))
        }
    })
    .await;
    let mine: Vec<&Value> = all
        .iter()
        .map(|l| &l["fields"])
        .filter(|f| f["webinar"] == plan.event.as_str())
        .collect();
    assert!(mine.iter().all(|f| f["meeting"] == plan.meeting.as_str()), "{mine:#?}");
    // The last of each: a start that failed is over as well.
    let at = |act: &str| mine.iter().rposition(|f| f["message"] == act);
    for pair in [
        "planned",
        "room opened",
        "gateway started",
        "robot in the room",
        "on air",
        "gateway stopped",
    ]
    .windows(2)
    {
        assert!(
            at(pair[0]) < at(pair[1]),
            "{} comes before {}: {mine:#?}",
            pair[0],
            pair[1]
        );
    }
    let failed = mine
        .iter()
        .find(|f| f["message"] == "gateway failed")
        .expect("a failure");
    assert_eq!(failed["why"], "busy", "{failed}");
    // By whom the lines of a run are, also of one that is over.
    for act in ["gateway is told to stop", "gateway stopped", "on air"] {
        let line = mine.iter().find(|f| f["message"] == act).expect(act);
        assert_eq!(line["gateway"], added["id"], "{line}");
    }
    let answers: Vec<_> = mine
        .iter()
        .filter(|f| f["message"] == "a gateway was told to start")
        .map(|f| (f["status"].clone(), f["outcome"].clone(), f["gateway"].clone()))
        .collect();
    // A busy gateway answers 200 and "success": the status alone would say that it started.
    assert_eq!(
        answers,
        [
            (json!("200"), json!("refused"), added["id"].clone()),
            (json!("200"), json!("started"), added["id"].clone())
        ]
    );
    let stops = mine
        .iter()
        .any(|f| f["message"] == "a gateway was told to stop" && f["outcome"] == "stopped");
    assert!(stops, "{mine:#?}");

    // Nothing of anybody, and no secret, however the program is set to speak.
    let rooms: Vec<String> = world
        .sim
        .calls_named("start")
        .await
        .iter()
        .filter_map(|c| c.params.get("room").cloned())
        .collect();
    assert!(!rooms.is_empty());
    let checksums: Vec<String> = world
        .sim
        .calls()
        .await
        .iter()
        .filter_map(|c| c.params.get("checksum").cloned())
        .collect();
    let passwords = [Person::password_of("paul"), Person::password_of("zigomar")];
    let mut secrets: Vec<&str> = vec![
        SECRET,
        "Jeton-Zorglub",
        "Clef-Zephirin",
        "Zigomar",
        "Présentateur",
        "Zanzibar",
        "Zébulon",
        "guillemets",
        &awa.token,
        &world.presenter.token,
        &world.admin.token,
    ];
    secrets.extend(rooms.iter().chain(&checksums).chain(&passwords).map(String::as_str));
    let said = world.server.said();
    for secret in secrets {
        let found = said.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret:?} stands in: {found:?}");
    }
}

/// The same lines as text, for `grep webinar`.
#[tokio::test]
async fn a_webinar_is_found_by_its_word_in_a_log_of_text() {
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            ..SimOptions::default()
        },
        settings: vec![("log_format", "text"), ("log_level", "webinar=info")],
        adds: None,
    })
    .await;
    let plan = world.plan("As text").await;
    eventually(SOON, "the plan is a line", async || {
        let said = world.server.said();
        let line = said
            .lines()
            .find(|l| l.contains(" webinar: ") && l.contains(&format!("webinar={}", plan.event)));
        match line {
            Some(line) if line.contains(&format!("meeting={}", plan.meeting)) => Ok(()),
            _ => Err(said),
        }
    })
    .await;
}
