//! The kept corpora of `cargo fuzz`, through the very functions that the targets call.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

#[path = "src/lib.rs"]
mod checks;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

fn names(folder: PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

fn replay(target: &str) {
    let folder = folder().join("corpus").join(target);
    let files = names(folder.clone());
    assert!(!files.is_empty(), "nothing is kept in {}", folder.display());
    let fails = |file: &&String| {
        let data = fs::read(folder.join(file)).expect("readable");
        catch_unwind(AssertUnwindSafe(|| checks::run(target, &data))).is_err()
    };
    let failed: Vec<&String> = files.iter().filter(fails).collect();
    assert!(failed.is_empty(), "{target}: {failed:?}");
}

macro_rules! replayed {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target));
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            let here = BTreeSet::from([$(stringify!($target).to_owned()),*]);
            let known: BTreeSet<String> = checks::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(known, here);
            assert_eq!(names(folder().join("corpus")), here);
            let programs = here.iter().map(|name| format!("{name}.rs")).collect::<BTreeSet<_>>();
            assert_eq!(names(folder().join("targets")), programs);
        }
    };
}

replayed! { bbb_answer bbb_hook cas_answer chat_line client_frame gateway_answer media_hook moment playlist recording web_address }
