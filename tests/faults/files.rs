//! The data folder's bad days: in use, cut, damaged, an older copy, the wrong key.

use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::{SOON, events, one_line, start_refused, watching, world};
use crate::harness::{Ask, Plan, Viewer, World, open, seed};

/// A webinar with some lines, and the server stopped.
async fn with_lines(lines: usize) -> (World, Plan, Viewer) {
    let world = world("g2", vec![]).await;
    let plan = world.plan("On disk").await;
    let mut viewer = watching(&world, &plan).await;
    for n in 0..lines {
        viewer.post(&format!("c-{n}"), &format!("line {n}")).await;
    }
    (world, plan, viewer)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        if entry.file_type().expect("a type").is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

/// Puts a copy of a folder in the place of another.
fn put_back(copied: &Path, folder: &Path) {
    std::fs::remove_dir_all(folder).expect("removed");
    copy(copied, folder);
}

fn log_files(folder: &Path) -> Vec<PathBuf> {
    ["log.db", "log.db-wal", "log.db-shm"]
        .iter()
        .map(|f| folder.join(f))
        .collect()
}

#[tokio::test]
async fn second_process() {
    let (mut world, plan, mut viewer) = with_lines(1).await;
    let first = world.server.base.clone();
    let port = crate::harness::free_port();
    world.server.setting("listen", &format!("127.0.0.1:{port}"));
    let refused = start_refused(&world.server, &[]).await;
    one_line(&refused, &["in use", &world.server.data.to_string_lossy()]);
    assert_eq!(
        refused.1.lines().filter(|l| l.contains("in use")).count(),
        1,
        "{}",
        refused.1
    );
    // The first one notices nothing.
    viewer.post("c-first", "unharmed").await;
    assert_eq!(world.presenter.history(&plan.event).await.len(), 2);
    assert_eq!(world.server.base, first);
}

#[tokio::test]
async fn wrong_master_key() {
    let (world, plan, _) = with_lines(1).await;
    world.server.stop().await;
    let key = world.server.data.with_file_name("master.key");
    let aside = key.with_extension("aside");
    std::fs::rename(&key, &aside).expect("put aside");
    // Gone: none is made anew, it would open nothing.
    one_line(&start_refused(&world.server, &[]).await, &["master key", "gone"]);
    assert!(!key.exists());
    // Another folder's key.
    let text = std::fs::read_to_string(&aside).expect("a key");
    let other: String = text
        .chars()
        .map(|c| match c {
            '0'..='8' => char::from(c as u8 + 1),
            '9' => '0',
            c => c,
        })
        .collect();
    assert_ne!(text, other);
    std::fs::write(&key, other).expect("another key");
    let refused = start_refused(&world.server, &[]).await;
    assert_eq!(refused.0, Some(1), "{}", refused.1);
    one_line(&refused, &["master key"]);
    assert!(!refused.1.contains(text.trim()), "no key stands in a message");
    std::fs::rename(&aside, &key).expect("put back");
    world.server.start().await;
    assert_eq!(world.presenter.history(&plan.event).await[0]["text"], "line 0");
}

/// Where acknowledged events are gone the server refuses; told, it goes on with the prefix that is there and a new
/// epoch, and clients forget what they had.
async fn refused_unless_told(world: &World, plan: &Plan, viewer: &Viewer, acknowledged: &[Value]) {
    let refused = start_refused(&world.server, &[]).await;
    one_line(&refused, &["acknowledged events are lost", "--accept-lost-events"]);
    let (had, epoch) = (viewer.now().upto, viewer.now().epoch);

    world.server.launch_with(&["--accept-lost-events"]);
    world.server.ready().await;
    let kept = events(&world.server).await;
    // What stands there is what stood there, byte for byte, and nothing from beyond the first gap: the hashes say so.
    let hashes = |all: &[Value]| -> Vec<Value> { all.iter().map(|e| e["hash"].clone()).collect() };
    let (kept_hashes, before) = (hashes(&kept), hashes(acknowledged));
    let same = kept_hashes.iter().zip(&before).take_while(|(a, b)| a == b).count();
    assert!(same < before.len(), "something was lost");
    assert!(
        kept_hashes[same..].iter().all(|h| !before.contains(h)),
        "{same} of {}",
        before.len()
    );

    // The meeting itself is from before the loss, where the test saw to that.
    if kept.iter().any(|e| e["stream"] == format!("live-{}", plan.event)) {
        let ask = Ask {
            after: Some((had, epoch.clone())),
            token: Some(world.presenter.token.clone()),
            ..Ask::default()
        };
        let address = format!("{}/live/{}/ws", world.server.base, plan.event);
        let socket = open(&address, &ask).await.expect("a socket");
        let hello = super::sockets::hello(socket).await;
        assert_eq!(hello["reset"], true, "{hello}");
        assert_ne!(hello["epoch"], epoch.as_str(), "{hello}");
        let mut anew = watching(world, plan).await;
        anew.post("c-anew", "anew").await;
        anew.until(SOON, "the line", |s| s.line("anew").map(|_| ())).await;
        anew.sound();
    }
    world.server.stop().await;
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    // Told once: the next start needs no telling.
    world.server.start().await;
    world.server.stop().await;
}

#[tokio::test]
async fn older_copy_of_the_log() {
    let (world, plan, mut viewer) = with_lines(2).await;
    world.server.stop().await;
    let older = world.server.data.with_extension("older");
    copy(&world.server.data, &older);
    world.server.start().await;
    viewer.reconnect().await;
    viewer.post("c-lost", "acknowledged and lost").await;
    let acknowledged = events(&world.server).await;
    world.server.stop().await;
    for file in log_files(&world.server.data) {
        let _ = std::fs::remove_file(&file);
        let from = older.join(file.file_name().expect("a name"));
        if from.exists() {
            std::fs::copy(&from, &file).expect("put back");
        }
    }
    refused_unless_told(&world, &plan, &viewer, &acknowledged).await;
    world.server.start().await;
    let texts: Vec<Value> = world
        .presenter
        .history(&plan.event)
        .await
        .iter()
        .map(|l| l["text"].clone())
        .collect();
    assert_eq!(texts, [json!("line 0"), json!("line 1"), json!("anew")]);
}

#[tokio::test]
async fn log_cut() {
    let seed = seed("log_cut");
    let mut random = StdRng::seed_from_u64(seed);
    let (world, plan, viewer) = with_lines(30).await;
    let acknowledged = events(&world.server).await;
    // Once a second the folder notes how far the log is: the note is older than the cut of no test but this one's kill.
    super::noted(&world.server, acknowledged.last().expect("an event")).await;
    world.server.kill();
    let killed = world.server.data.with_extension("killed");
    copy(&world.server.data, &killed);
    let wal = killed.join("log.db-wal");
    let whole = std::fs::metadata(&wal).expect("a write-ahead log").len();
    assert!(whole > 100_000, "the lines are in the write-ahead log: {whole}");
    let mut cuts: Vec<u64> = (0..4).map(|_| random.random_range(1..whole)).collect();
    cuts.extend([whole - 1, whole - 4_096]);
    for cut in cuts {
        println!("cut at {cut} of {whole}");
        put_back(&killed, &world.server.data);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(world.server.data.join("log.db-wal"))
            .expect("the write-ahead log");
        file.set_len(cut).expect("cut");
        drop(file);
        refused_unless_told(&world, &plan, &viewer, &acknowledged).await;
    }
    // And uncut, after the same kill: all is there.
    put_back(&killed, &world.server.data);
    world.server.start().await;
    let kept = events(&world.server).await;
    assert_eq!(kept[..acknowledged.len()], acknowledged[..]);
    assert_eq!(world.presenter.history(&plan.event).await.len(), 30);
}

#[tokio::test]
async fn damaged_log() {
    let (world, _, _) = with_lines(5).await;
    let all = events(&world.server).await;
    world.server.stop().await;
    // The field of an event in the middle of the file: a gateway's event says which generation was found.
    let log = world.server.data.join("log.db");
    let bytes = std::fs::read(&log).expect("the log");
    let event = all.iter().find(|e| e["type"] == "MeetingScheduled").expect("an event");
    let position = event["position"].as_i64().expect("position");
    let needle = b"On disk";
    let found: Vec<usize> = bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, w)| *w == needle)
        .map(|(n, _)| n)
        .collect();
    assert!(!found.is_empty(), "the meeting's name is in the log's file");
    let mut damaged = bytes.clone();
    for at in found {
        damaged[at] ^= 0x20;
    }
    std::fs::write(&log, damaged).expect("damaged");
    let refused = start_refused(&world.server, &[]).await;
    one_line(&refused, &["damaged at position", "backup"]);
    // Told to accept a loss, it refuses all the same: damage is none.
    let refused = start_refused(&world.server, &["--accept-lost-events"]).await;
    one_line(&refused, &["damaged at position"]);
    let verified = world.server.run(&["audit", "verify"], None).await;
    assert_eq!(verified.status, Some(1), "{}{}", verified.stdout, verified.stderr);
    let said = format!("{}{}", verified.stdout, verified.stderr);
    // One of the events with that name is the first that does not fit: the meeting's own.
    assert!(said.contains(&format!("{position}")), "position {position} in {said}");
    std::fs::write(&log, bytes).expect("mended");
    world.server.start().await;
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
}
