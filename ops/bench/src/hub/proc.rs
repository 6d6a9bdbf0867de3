//! What the system knows of a server: CPU and memory, of it and of everything it started.

use std::collections::HashMap;
use std::fs;

/// Clock ticks a second in `/proc/PID/stat`: fixed by Linux' interface.
const TICKS: f64 = 100.0;

struct Stat {
    parent: u32,
    /// User and system time, of its own and of children that were waited for.
    ticks: u64,
}

/// Fields of `/proc/PID/stat` after the name, which may hold anything.
fn parse(stat: &str) -> Option<Stat> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let number = |n: usize| fields.get(n)?.parse::<u64>().ok();
    Some(Stat {
        parent: number(1)? as u32,
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
    })
}

fn all() -> HashMap<u32, Stat> {
    let mut all = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok())
            && let Ok(text) = fs::read_to_string(entry.path().join("stat"))
            && let Some(stat) = parse(&text)
        {
            all.insert(pid, stat);
        }
    }
    all
}

fn family(all: &HashMap<u32, Stat>, root: u32) -> Vec<u32> {
    let mut family = vec![root];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(all.iter().filter(|(_, s)| s.parent == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    family
}

/// CPU seconds that a process and its children have taken, all threads.
pub fn cpu(root: u32) -> f64 {
    let all = all();
    let ticks: u64 = family(&all, root)
        .iter()
        .filter_map(|pid| all.get(pid))
        .map(|s| s.ticks)
        .sum();
    ticks as f64 / TICKS
}

/// Proportional memory of a process and its children, in KiB.
pub fn pss(root: u32) -> u64 {
    family(&all(), root)
        .iter()
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok())
        .filter_map(|text| pss_of(&text))
        .sum()
}

fn pss_of(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_parents_are_found_behind_any_name() {
        let stat = "4242 (a (very) odd name) S 17 1 1 0 -1 4194560 1 2 3 4 100 50 7 3 20 0 9 0 1 2 3";
        let stat = parse(stat).unwrap();
        assert_eq!((stat.parent, stat.ticks), (17, 160));
    }

    #[test]
    fn memory_is_read_from_the_rollup() {
        assert_eq!(
            pss_of("55 ---p [rollup]\nRss:   900 kB\nPss:     812 kB\nPss_Dirty: 3 kB\n"),
            Some(812)
        );
    }

    #[test]
    fn this_process_has_both() {
        assert!(pss(std::process::id()) > 100);
        // A tick is a hundredth of a second of work.
        let began = std::time::Instant::now();
        while cpu(std::process::id()) <= 0.0 {
            assert!(began.elapsed().as_secs() < 60, "no CPU is counted");
        }
    }
}
