//! What reaches people on bad days: a full disk under load, readers that read nothing for a while. Judged by what each
//! client wrote down, against the log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amphi_checker::Log;
use amphi_checker::chaos::Weather;
use amphi_checker::visitor::until;

use super::mounted::Mounted;
use super::{LATER, health, world};
use crate::harness::{eventually, seed};
use crate::kill::crowd::{Crowd, Schedule, Size, Verdict};

/// A live whose disk is full for a while, and whose server dies after it. Also a round of `ops/soak`.
pub async fn disk_is_full(seed: u64) -> Verdict {
    let world = world("g2", vec![("posts_per_10s", "100000")]).await;
    world.server.stop().await;
    let disk = Mounted::under(&world.server.data);
    world.server.start().await;
    let plan = world.plan("Full under load").await;
    let size = Size { posters: 3, readers: 6 };
    let mut crowd = Crowd::gather(&world, &plan, seed, size, Weather::foul()).await;
    let done = AtomicBool::new(false);
    let mut writer = crowd.writer(&world).await;
    let filling = async {
        writer.post(&world, &plan, 200, 8, "before", |_| true).await;
        let filler = disk.fill();
        let mut refused = 0;
        // Until it refuses again and again: a checkpoint makes room for a moment.
        writer
            .post(&world, &plan, 20_000, 8, &"x".repeat(300), |status| {
                disk.fill();
                refused += usize::from(status == 503);
                refused < 40
            })
            .await;
        assert!(refused >= 40, "seed {seed}: it is not full");
        std::fs::remove_file(filler).expect("room is made");
        eventually(LATER, "ready again", async || {
            let (status, rows) = health(&world.server).await;
            if status == 200 { Ok(()) } else { Err(rows) }
        })
        .await;
        Schedule::new(seed, 1).run(&world).await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(crowd.busy(&done), filling);
    crowd.kills = 1;
    crowd.wrote(writer);
    let verdict = crowd.judged(&world, &plan).await;
    assert!(verdict.lines > 200 && verdict.tally.resumed > 0, "{verdict}");
    verdict
}

#[tokio::test]
async fn full_disk_under_load() {
    let verdict = disk_is_full(seed("full_disk_under_load")).await;
    println!("{verdict}");
    verdict.sound();
}

#[tokio::test]
async fn readers_that_stall() {
    let seed = seed("readers_that_stall");
    let world = world("g2", vec![("posts_per_10s", "100000"), ("blocked", "1")]).await;
    let plan = world.plan("Nobody reads").await;
    let size = Size { posters: 2, readers: 4 };
    let mut crowd = Crowd::gather(&world, &plan, seed, size, Weather::fair()).await;
    let (before, epoch) = Log::last_told(&world.server.data).await.expect("the log");
    // More than the buffers of a connection take.
    let mut writer = crowd.writer(&world).await;
    let long = "\u{1f393}".repeat(240);
    writer.post(&world, &plan, 600, 16, &long, |_| true).await;
    let stalled: Vec<usize> = (0..6)
        .map(|_| crowd.stalled((before, epoch.clone()), Duration::from_secs(4)))
        .collect();
    let done = AtomicBool::new(false);
    let waiting = async {
        writer.post(&world, &plan, 200, 8, &long, |_| true).await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(crowd.busy(&done), waiting);
    crowd.wrote(writer);
    // Each was cut off, and came back for the rest.
    for n in stalled {
        let back = until(LATER, || crowd.reader(n).written().greeted() > 1).await;
        assert!(back, "seed {seed}: {:?}", crowd.reader(n).stand());
    }
    let verdict = crowd.judged(&world, &plan).await;
    println!("{verdict}");
    verdict.sound();
    assert!(verdict.lines >= 800, "{verdict}");
}
