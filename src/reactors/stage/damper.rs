//! What one probe saw is no news yet: a gateway whose answer was lost once was told to be unreachable, and a minute later to be well, and whoever
//! looked in between took it out of service.

use amphi_events::gateway::{Health, HealthCause};

/// How a gateway was seen.
pub(in crate::reactors) type Reading = (Health, Option<HealthCause>);

/// The reading before, in memory alone: after a restart it takes two again.
#[derive(Debug, Default)]
pub(in crate::reactors) struct Damper {
    before: Option<Reading>,
    unsure: bool,
}

impl Damper {
    /// Whether a reading is told: the very first that there ever was (`told` is `None`), or one that is the second of its like in a row.
    pub(in crate::reactors) fn settles(&mut self, told: Option<Reading>, seen: Reading) -> bool {
        let again = self.before.replace(seen) == Some(seen);
        self.unsure = told.is_some_and(|told| told != seen) && !again;
        told.is_none() || again
    }

    /// The last reading is another than what is told, and waits for a second of its like.
    pub(in crate::reactors) const fn unsure(&self) -> bool {
        self.unsure
    }

    /// Nothing was seen that says anything of now: what comes next begins anew.
    pub(in crate::reactors) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading() -> impl Strategy<Value = Option<Reading>> {
        let seen = |n: u8| match n {
            0..4 => Some((Health::Up, None)),
            4 | 5 => Some((Health::Unreachable, None)),
            6 => Some((Health::Unreachable, Some(HealthCause::FrontServer))),
            7 => Some((Health::BusyElsewhere, None)),
            _ => None,
        };
        (0_u8..9).prop_map(seen)
    }

    proptest! {
        /// Whatever is seen: but for the very first, health changes only to what two readings in a row agree on, and always to that.
        #[test]
        fn health_changes_after_two_equal_readings_in_a_row(readings in prop::collection::vec(reading(), 0..60)) {
            let (mut damper, mut told) = (Damper::default(), None);
            for (n, seen) in readings.iter().enumerate() {
                let Some(seen) = *seen else {
                    damper.forget();
                    continue;
                };
                let before = told;
                if damper.settles(told, seen) {
                    told = Some(seen);
                }
                let twice = n > 0 && readings[n - 1] == Some(seen);
                prop_assert_eq!(told, if before.is_none() || twice { Some(seen) } else { before });
            }
        }
    }

    #[test]
    fn one_lost_answer_is_no_news() {
        let mut damper = Damper::default();
        let (up, gone) = ((Health::Up, None), (Health::Unreachable, None));
        assert!(damper.settles(None, gone), "the very first is told at once");
        assert!(!damper.settles(Some(gone), up) && damper.unsure());
        assert!(damper.settles(Some(gone), up) && !damper.unsure());
        assert!(!damper.settles(Some(up), gone));
        assert!(!damper.settles(Some(up), up), "it is so already, and the blip is over");
        assert!(
            !damper.settles(Some(up), gone),
            "two that are apart are not two in a row"
        );
    }
}
