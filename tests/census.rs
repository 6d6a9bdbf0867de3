//! `docs/census.md` against the tests: what it names is there, no row of the reference's defects is missing, and a test that says which row it
//! holds stands in that row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every test of the tree, with what stands in the comments above tests of that name.
fn tests(folder: &Path, found: &mut BTreeMap<String, String>) {
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
                    found.entry(name).or_default().push_str(&said);
                }
                (said, is_test) = (String::new(), false);
            }
        }
    }
}

/// Rows that a comment names: `Census M5, M6: …`.
fn rows_of(said: &str) -> BTreeSet<String> {
    let heads = said.split("Census ").skip(1).filter_map(|t| t.split(':').next());
    let is_row = |w: &str| w.strip_prefix(['M', 'L']).is_some_and(|n| n.parse::<u8>().is_ok());
    let words = heads.flat_map(|head| head.split(", "));
    words.map(str::trim).filter(|w| is_row(w)).map(str::to_owned).collect()
}

#[test]
fn each_row_names_its_tests_and_each_of_them_its_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut held = BTreeMap::new();
    for folder in ["events", "projections", "web", "src", "tests"] {
        tests(&root.join(folder), &mut held);
    }
    let page = std::fs::read_to_string(root.join("docs/census.md")).expect("docs/census.md");
    let mut defects = BTreeMap::new();
    let mut rows = 0;
    for line in page.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if cells[0].starts_with("Row") || cells[0].starts_with("Behaviour") {
            continue;
        }
        rows += 1;
        let answer = cells.last().expect("a cell");
        assert!(cells.len() >= 2 && !answer.is_empty(), "{line}");
        // What is marked as code in the last column is a test.
        let named: BTreeSet<&str> = answer.split('`').skip(1).step_by(2).collect();
        for name in &named {
            assert!(held.contains_key(*name), "there is no test {name}: {line}");
        }
        if cells.len() == 3 {
            let before = defects.insert(cells[0].to_owned(), named);
            assert!(before.is_none(), "{} stands there twice", cells[0]);
        }
    }
    assert!(rows > 90, "{rows} rows");
    let meetings = (1..=38).map(|n| format!("M{n}"));
    let all: BTreeSet<String> = meetings.chain((1..=23).map(|n| format!("L{n}"))).collect();
    assert_eq!(defects.keys().cloned().collect::<BTreeSet<_>>(), all);
    // Those that were promised.
    for row in (1..=32).map(|n| format!("M{n}")) {
        let named = &defects[&row];
        let says = |name: &str| rows_of(&held[name]).contains(&row);
        assert!(
            named.is_empty() || named.iter().any(|n| says(n)),
            "no test of {row} names it"
        );
    }
    for (name, said) in &held {
        for row in rows_of(said) {
            let named = defects.get(&row).unwrap_or_else(|| panic!("{name}: no row {row}"));
            assert!(named.contains(&**name), "{name} says {row}, whose row does not name it");
        }
    }
}
