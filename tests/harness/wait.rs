//! Waiting for something with a bound, and the seeds of what is random.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks until `look` gives `Ok`, at most for `bound`; then fails with `what` and what was seen last.
pub async fn eventually<T, S: Debug>(bound: Duration, what: &str, mut look: impl AsyncFnMut() -> Result<T, S>) -> T {
    let begun = Instant::now();
    loop {
        let seen = match look().await {
            Ok(found) => return found,
            Err(seen) => seen,
        };
        assert!(
            begun.elapsed() < bound,
            "not within {bound:?}: {what}\nlast seen: {seen:#?}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// The seed of a test: from `SEED`, else random. Printed, so that a failure can be repeated.
pub fn seed(test: &str) -> u64 {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(rand::random);
    println!("{test}: SEED={seed}");
    seed
}
