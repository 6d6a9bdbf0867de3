//! What the simulators saw, judged without asking the server: when each container ran.

use crate::harness::Call;

/// A container, from the arrival of the call that started it to the earliest moment at which it can have been gone.
#[derive(Debug, Clone)]
pub struct Run {
    pub gateway: String,
    pub room: String,
    pub from: i64,
    pub to: Option<i64>,
}

/// Runs by the calls that were carried out. A stop takes `stop_delay_ms` at least.
pub fn runs(calls: &[Call], stop_delay_ms: i64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for call in calls.iter().filter(|c| c.to == "gateway" && c.applied()) {
        let gateway = call.gateway.clone().unwrap_or_default();
        let room = call.params.get("room").cloned();
        match (call.name.as_str(), room) {
            ("start", Some(room)) => runs.push(Run {
                gateway,
                room,
                from: call.ms(),
                to: None,
            }),
            // Without a room, a gateway stops what it runs (G4, G5).
            ("stop", room) => {
                let stopped = |r: &&mut Run| {
                    r.to.is_none() && r.gateway == gateway && room.as_ref().is_none_or(|room| *room == r.room)
                };
                if let Some(run) = runs.iter_mut().find(stopped) {
                    run.to = Some(call.ms() + stop_delay_ms);
                }
            }
            _ => {}
        }
    }
    runs
}

/// Pairs that ran at the same time: the runs of one live may not.
pub fn overlaps(runs: &[Run]) -> Vec<String> {
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(|r| r.from);
    let both = sorted
        .windows(2)
        .filter(|pair| pair[0].to.is_none_or(|to| to > pair[1].from));
    both.map(|pair| format!("{:?} and {:?}", pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(at: &str, gateway: &str, name: &str, room: Option<&str>, effect: &str) -> Call {
        let params = room.map(|r| ("room".to_owned(), r.to_owned())).into_iter().collect();
        let (to, gateway) = ("gateway".to_owned(), Some(gateway.to_owned()));
        Call {
            at: format!("2026-01-01T00:00:{at}Z"),
            to,
            gateway,
            name: name.into(),
            params,
            effect: effect.into(),
            answered: false,
        }
    }

    #[test]
    fn an_overlap_is_seen_and_a_refused_start_is_none() {
        let mut calls = vec![
            call("01.000", "g2-1", "start", Some("a"), "applied"),
            call("02.000", "g5-1", "start", Some("b"), "refused"),
            call("03.000", "g2-1", "stop", Some("a"), "applied"),
            call("03.200", "g5-1", "start", Some("c"), "applied"),
            call("04.000", "g5-1", "stop", None, "applied"),
        ];
        assert!(overlaps(&runs(&calls, 150)).is_empty());
        assert_eq!(overlaps(&runs(&calls, 300)).len(), 1, "the first was still stopping");
        calls.remove(2);
        assert_eq!(overlaps(&runs(&calls, 150)).len(), 1, "never stopped");
    }
}
