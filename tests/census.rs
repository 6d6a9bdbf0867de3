//! `docs/census.md` against the tests: what it names is there, once; no row of the reference's defects is missing; a test that says which row it
//! holds stands in that row; and no row is without a test but those that are listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Rows whose defects are each held by a test that names them: meetings (§12.3), webinars (§12.1) and their chat (§12.2).
const PROMISED: [(char, u8); 3] = [('M', 32), ('W', 28), ('C', 8)];
/// All rows, those of lives (§12.4) too.
const ALL: [(char, u8); 4] = [('M', 38), ('L', 23), ('W', 28), ('C', 8)];
/// Rows that may name no test, each for what its cell says.
const MAY_BE_EMPTY: [&str; 11] = [
    "L7",
    "L8",
    "L14",
    "L15",
    "L17",
    "L18",
    "L19",
    "L21",
    "L23",
    "Its id: number and name",
    "Who may import, what is said of each kind that can't be, paths of what is converted",
];

/// Every test of the tree by its name: what stands in the comment above each that is called so.
type Tests = BTreeMap<String, Vec<String>>;

fn tests(folder: &Path, found: &mut Tests) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            // Built things are none of ours.
            if path.file_name().is_some_and(|n| n != "target" && n != "corpus") {
                tests(&path, found);
            }
            continue;
        }
        if path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        let (mut said, mut is_test) = (String::new(), false);
        for line in source.lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix("///") {
                said.push_str(comment);
            } else if line == "#[test]" || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if !line.starts_with("#[") {
                if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                    let name = rest.split('(').next().expect("a name").to_owned();
                    found.entry(name).or_default().push(said.clone());
                }
                (said, is_test) = (String::new(), false);
            }
        }
    }
}

/// Rows that a comment names: `Census M5, M6: …`.
fn rows_of(said: &str) -> BTreeSet<String> {
    let heads = said.split("Census ").skip(1).filter_map(|t| t.split(':').next());
    let is_row = |w: &str| {
        w.strip_prefix(['M', 'L', 'W', 'C'])
            .is_some_and(|n| n.parse::<u8>().is_ok())
    };
    let words = heads.flat_map(|head| head.split(", "));
    words.map(str::trim).filter(|w| is_row(w)).map(str::to_owned).collect()
}

/// `M1`, `M2` and so on, up to the last of each letter.
fn numbered(letters: &[(char, u8)]) -> BTreeSet<String> {
    let of = |(letter, last): &(char, u8)| (1..=*last).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    letters.iter().flat_map(of).collect()
}

/// What is wrong with the page.
fn wrong(page: &str, held: &Tests) -> Vec<String> {
    let mut wrong = vec![];
    let mut defects: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut rows = 0;
    let mut empty = BTreeSet::new();
    for line in page.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if cells[0].starts_with("Row") || cells[0].starts_with("Behaviour") {
            continue;
        }
        rows += 1;
        let answer = cells.last().copied().unwrap_or_default();
        if cells.len() < 2 || answer.is_empty() {
            wrong.push(format!("no answer: {line}"));
        }
        // What is marked as code in the last column is a test.
        let named: BTreeSet<&str> = answer.split('`').skip(1).step_by(2).collect();
        for name in &named {
            match held.get(*name).map_or(0, Vec::len) {
                1 => {}
                0 => wrong.push(format!("there is no test {name}: {line}")),
                n => wrong.push(format!("{n} tests are called {name}: {line}")),
            }
        }
        if named.is_empty() {
            empty.insert(cells[0]);
        }
        if cells.len() == 3 && defects.insert(cells[0].to_owned(), named).is_some() {
            wrong.push(format!("{} stands there twice", cells[0]));
        }
    }
    if rows <= 140 {
        wrong.push(format!("{rows} rows"));
    }
    for row in empty.iter().filter(|row| !MAY_BE_EMPTY.contains(row)) {
        wrong.push(format!("{row} names no test"));
    }
    // What has tests by now is to keep them.
    for row in MAY_BE_EMPTY.iter().filter(|row| !empty.contains(*row)) {
        wrong.push(format!("{row} need not be empty any more"));
    }
    if defects.keys().cloned().collect::<BTreeSet<_>>() != numbered(&ALL) {
        wrong.push(format!("the rows are {:?}", defects.keys()));
    }
    for row in numbered(&PROMISED) {
        let named = defects.get(&row).into_iter().flatten();
        let says = |name: &&str| {
            held.get(*name)
                .is_some_and(|h| h.iter().any(|s| rows_of(s).contains(&row)))
        };
        if !MAY_BE_EMPTY.contains(&&*row) && !named.copied().any(|name| says(&name)) {
            wrong.push(format!("no test of {row} names it"));
        }
    }
    for (name, said) in held
        .iter()
        .flat_map(|(name, all)| all.iter().map(move |said| (name, said)))
    {
        for row in rows_of(said) {
            if !defects.get(&row).is_some_and(|named| named.contains(&**name)) {
                wrong.push(format!("{name} says {row}, whose row does not name it"));
            }
        }
    }
    wrong
}

fn all() -> (String, Tests) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut held = BTreeMap::new();
    for folder in ["events", "projections", "web", "src", "tests"] {
        tests(&root.join(folder), &mut held);
    }
    let page = std::fs::read_to_string(root.join("docs/census.md")).expect("docs/census.md");
    (page, held)
}

#[test]
fn each_row_names_its_tests_and_each_of_them_its_row() {
    let (page, held) = all();
    let wrong = wrong(&page, &held);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All tests could be taken out of a row, and the gate stayed green.
#[test]
fn a_row_that_loses_its_tests_is_noticed() {
    let (page, held) = all();
    let row = page.lines().find(|l| l.starts_with("| M25 |")).expect("M25");
    let head = row.rsplit_once(" | ").expect("cells").0;
    let bare = page.replace(row, &format!("{head} | It is so |"));
    // Nor does its test say any more which row it holds.
    let mut silent = held.clone();
    for said in silent.values_mut().flatten() {
        *said = said.replace("M25", "");
    }
    let said = wrong(&bare, &silent);
    assert!(said.contains(&"M25 names no test".to_owned()), "{said:?}");
    assert!(said.contains(&"no test of M25 names it".to_owned()), "{said:?}");
    // A row of webinars, whose tests say nothing of it any more.
    let mut silent = held.clone();
    for said in silent.values_mut().flatten() {
        *said = said.replace("W10:", "");
    }
    assert_eq!(wrong(&page, &silent), ["no test of W10 names it"]);
    // A row of behaviours, too.
    let row = page.lines().find(|l| l.starts_with("| Sundays |")).expect("Sundays");
    let said = wrong(&page.replace(row, "| Sundays | They are right |"), &held);
    assert_eq!(said, ["Sundays names no test"]);
    // Of two tests of one name nobody knows which is meant.
    let mut twice = held.clone();
    twice.get_mut("slow").expect("a test").push(String::new());
    let said = wrong(&page, &twice);
    assert!(!said.is_empty(), "nothing was noticed");
    assert!(
        said.iter().all(|w| w.starts_with("2 tests are called slow")),
        "{said:?}"
    );
    // What may be empty is so no longer than it has to be.
    let row = page.lines().find(|l| l.starts_with("| L14 |")).expect("L14");
    let head = row.rsplit_once(" | ").expect("cells").0;
    let said = wrong(&page.replace(row, &format!("{head} | `slow` |")), &held);
    assert_eq!(said, ["L14 need not be empty any more"]);
}
