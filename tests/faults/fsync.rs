//! A disk that fails while the server runs: a small library, loaded before the C library, lets the calls fail.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{LATER, SOON, events, health, row, told, watching, world};
use crate::harness::{Server, World, eventually};

/// Compiles the library into a folder.
fn library(folder: &Path) -> PathBuf {
    let library = folder.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fsync_shim.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .output()
        .expect("a C compiler");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    library
}

/// The failing disk of one server.
pub struct Shim {
    flag: PathBuf,
}

impl Shim {
    /// Put before the server's C library from its next start on; all is well at first.
    pub fn for_server(server: &mut Server) -> Self {
        let flag = server.data.with_extension("flag");
        server.environ(
            "LD_PRELOAD",
            &library(server.data.parent().expect("a folder")).to_string_lossy(),
        );
        server.environ("FAULTS_FLAG", &flag.to_string_lossy());
        let folder = server.data.canonicalize().expect("the data folder");
        server.environ("FAULTS_FOLDER", &folder.to_string_lossy());
        Self { flag }
    }

    /// From now on (`fsync`, `readonly`, `slow`).
    pub fn fails(&self, how: &str) {
        // Renamed into place: a half-written flag would be another fault.
        let beside = self.flag.with_extension("new");
        std::fs::write(&beside, how).expect("the flag");
        std::fs::rename(&beside, &self.flag).expect("the flag");
    }

    /// No more.
    pub fn heals(&self) {
        std::fs::remove_file(&self.flag).expect("the flag");
    }
}

#[tokio::test]
async fn fsync_error() {
    let mut world = world("g2", vec![]).await;
    world.server.stop().await;
    let shim = Shim::for_server(&mut world.server);
    world.server.start().await;
    let plan = world.plan("Failing disk").await;
    let mut viewer = watching(&world, &plan).await;
    viewer.post("c-1", "acknowledged").await;

    shim.fails("fsync");
    // Nobody is told that this line is on disk.
    viewer.say("c-2", "not acknowledged").await;
    let refused = viewer.until(SOON, "a refusal", |s| s.refused.first().cloned()).await;
    assert_eq!(
        (&refused["client_id"], &refused["code"]),
        (&"c-2".into(), &"unavailable".into()),
        "{refused}"
    );
    assert!(!viewer.now().receipts.contains_key("c-2"));
    assert!(
        viewer.now().line("not acknowledged").is_none(),
        "what may not be kept is shown to nobody"
    );
    eventually(SOON, "it is said on /health/ready", async || {
        let (status, rows) = health(&world.server).await;
        let said = row(&rows, "log")["why"].as_str().unwrap_or_default().to_owned();
        if status == 503 && said.contains("restart") {
            Ok(())
        } else {
            Err(rows)
        }
    })
    .await;

    // The disk is well again; the log is not: what it holds in memory and what the disk holds may differ.
    shim.heals();
    let before = events(&world.server).await.len();
    for _ in 0..5 {
        world
            .presenter
            .post("/meetings", &World::webinar("Not now"))
            .await
            .problem(503, "log_refuses");
    }
    assert_eq!(health(&world.server).await.0, 503);
    world.presenter.get("/meetings").await.ok();
    let history = world.presenter.history(&plan.event).await;
    assert!(history.iter().any(|l| l["text"] == "acknowledged"), "{history:?}");
    assert_eq!(events(&world.server).await.len(), before);

    world.server.restart().await;
    viewer.reconnect().await;
    // The same line again, with its client_id: once, whatever became of the first try.
    viewer.post("c-2", "not acknowledged").await;
    viewer.post("c-3", "after").await;
    let history = world.presenter.history(&plan.event).await;
    let texts: Vec<&Value> = history.iter().map(|l| &l["text"]).collect();
    assert_eq!(
        texts,
        [&json!("acknowledged"), &json!("not acknowledged"), &json!("after")]
    );
    world.presenter.post("/meetings", &World::webinar("Now")).await.ok();
    assert_eq!(told(&world.server, "ChatMessagePosted").await.len(), 3);
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    viewer
        .until(LATER, "all lines", |s| (s.lines.len() == 3).then_some(()))
        .await;
    viewer.sound();
}

#[tokio::test]
async fn stopped_while_the_log_is_closed() {
    let mut world = world("g2", vec![]).await;
    world.server.stop().await;
    let shim = Shim::for_server(&mut world.server);
    world.server.start().await;
    let plan = world.plan("Stopped all the same").await;
    world.on_air(&plan).await;

    shim.fails("fsync");
    // The first write that fails closes the log, for good; whether that one is on the disk nobody knows.
    world
        .presenter
        .post("/meetings", &World::webinar("Not now"))
        .await
        .problem(503, "outcome_unknown");
    // The presenter is told that nothing was recorded, and the gateway is stopped all the same.
    world
        .presenter
        .post(&format!("/meetings/{}/live/stop", plan.meeting), &json!({}))
        .await
        .problem(503, "log_refuses");
    world.all_quiet(LATER).await;
    assert_eq!(told(&world.server, "LiveStopRequested").await.len(), 0);

    // What was never recorded holds no longer than the program: after the restart the log's wish holds, and can be taken back.
    shim.heals();
    world.server.restart().await;
    world
        .presenter
        .post(&format!("/meetings/{}/live/stop", plan.meeting), &json!({}))
        .await
        .ok();
    world.all_quiet(LATER).await;
    assert_eq!(told(&world.server, "LiveStopRequested").await.len(), 1);
}
