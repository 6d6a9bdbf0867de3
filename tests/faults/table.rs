//! The table and the tests name each other.

use std::collections::BTreeSet;
use std::path::Path;

fn tests_of(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the folder of tests").flatten() {
        let path = entry.path();
        let module = path.file_stem().and_then(|s| s.to_str()).expect("a name").to_owned();
        if path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        let mut is_test = false;
        for line in source.lines().map(str::trim) {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                let name = rest.split('(').next().expect("a name");
                found.insert(format!("faults::{module}::{name}"));
                is_test = false;
            }
        }
    }
    found
}

#[test]
fn each_test_is_in_the_table_and_each_row_names_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/faults.md")).expect("docs/faults.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| Fault "))
        .map(|l| l.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 30, "{} rows", rows.len());
    assert!(
        rows.iter().all(|r| r.len() == 4 && r.iter().all(|c| !c.is_empty())),
        "{rows:#?}"
    );
    let named: BTreeSet<String> = rows
        .iter()
        .flat_map(|r| r[3].split(", ").map(|n| n.trim_matches('`').to_owned()))
        .collect();
    let mut tests = tests_of(&root.join("tests/faults"));
    tests.remove("faults::table::each_test_is_in_the_table_and_each_row_names_a_test");
    assert_eq!(named, tests);
}
