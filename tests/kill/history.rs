//! Nothing that was acknowledged is lost, and nobody misses a line, however often the server dies.
//!
//! `HISTORY_KILLS` says how many times (12 unless given); `SEED` repeats a schedule. `ops/soak` is the long one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use amphi_checker::Log;
use amphi_checker::chaos::Weather;

use super::crowd::{Crowd, Schedule, Size, Verdict};
use crate::faults::delivery::disk_is_full;
use crate::harness::{SimOptions, World, WorldOptions, seed};

fn number(name: &str, unless: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(unless)
}

/// One live, killed so many times. One of its readers has a small buffer and reads nothing for ten seconds.
async fn round(seed: u64, kills: usize, size: Size) -> Verdict {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    let settings = vec![("blocked", "1"), ("gateway_scout", "600")];
    let world = World::with(WorldOptions {
        sim,
        settings,
        adds: Some(vec!["g2"]),
    })
    .await;
    let plan = world.plan("Killed again and again").await;
    world.start(&plan).await;
    world.open(&plan).await;
    let mut crowd = Crowd::gather(&world, &plan, seed, size, Weather::foul()).await;
    crowd.kills = kills;
    let from_here = Log::last_told(&world.server.data).await.expect("the log");
    crowd.stalled(from_here, Duration::from_secs(10));
    let done = AtomicBool::new(false);
    // The schedule of kills and what people do meanwhile are drawn apart: each repeats by itself.
    let killing = async {
        Schedule::new(seed, kills).run(&world).await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(crowd.busy(&done), killing);
    let verdict = crowd.judged(&world, &plan).await;
    // Else it would have shown nothing.
    let t = &verdict.tally;
    assert!(
        verdict.lines > 20 && verdict.removed > 0 && t.resumed > t.clients,
        "{verdict}"
    );
    verdict
}

#[tokio::test]
async fn nobody_misses_a_line_however_often_the_server_dies() {
    let seed = seed("nobody_misses_a_line_however_often_the_server_dies");
    let size = Size { posters: 4, readers: 8 };
    let verdict = round(seed, number("HISTORY_KILLS", 12), size).await;
    println!("{verdict}");
    verdict.sound();
}

/// For `ops/soak`: rounds of 20 kills, each with a seed of its own, every fourth one on a disk that is full for a while, until both
/// time and kills are reached.
#[tokio::test]
#[ignore = "takes as long as SOAK_MINUTES says: ops/soak runs it"]
async fn soak() {
    let first = seed("soak");
    let (kills, minutes) = (number("SOAK_KILLS", 200), number("SOAK_MINUTES", 30));
    let begun = Instant::now();
    let (mut rounds, mut full, mut killed, mut lines, mut receipts, mut handed, mut breaches) =
        (0_u64, 0, 0, 0, 0, 0, 0);
    while killed < kills || begun.elapsed() < Duration::from_mins(minutes as u64) {
        let seed = first.wrapping_add(rounds);
        let size = if rounds % 2 == 0 {
            Size { posters: 4, readers: 8 }
        } else {
            Size {
                posters: 8,
                readers: 40,
            }
        };
        let verdict = if rounds % 4 == 3 {
            full += 1;
            disk_is_full(seed).await
        } else {
            round(seed, 20, size).await
        };
        println!("round {rounds}, {verdict}");
        for breach in verdict.breaches.iter().take(10) {
            println!("  {breach}");
        }
        rounds += 1;
        killed += verdict.kills;
        lines += verdict.lines;
        receipts += verdict.tally.receipts;
        handed += verdict.tally.handed;
        breaches += verdict.breaches.len();
    }
    println!(
        "seed {first}, {} s: rounds {rounds}, on a full disk {full}, kills {killed}, lines {lines}, receipts {receipts}, lines handed out {handed}, breaches {breaches}",
        begun.elapsed().as_secs()
    );
    assert!(
        full > 0 && lines > 200 && receipts > 0 && handed > lines,
        "it showed nothing"
    );
    assert_eq!(
        breaches, 0,
        "each round's seed is above; SEED=… HISTORY_KILLS=20 repeats it"
    );
}
