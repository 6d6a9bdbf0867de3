//! When a socket that was cut comes back: as the live page does it.

use std::time::Duration;

use rand::Rng as _;

const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 30_000;

/// Half of a wait that grows, and by chance up to all of it.
pub fn wait(tries: &mut u32) -> Duration {
    let grown = FIRST_MS.saturating_mul(1 << (*tries).min(10)).min(LONGEST_MS);
    *tries += 1;
    Duration::from_millis(grown / 2 + rand::rng().random_range(0..=grown / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_end() {
        let mut tries = 0;
        for most in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            let wait = wait(&mut tries).as_millis();
            assert!((most / 2..=most).contains(&wait), "{wait} of {most}");
        }
    }
}
