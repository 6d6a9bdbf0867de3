//! The command line, beside a running server and without one.

mod audit;
mod demo;
mod logging;
mod person;
mod rebuild;

use std::path::Path;

/// Fails where one of these texts stands in a file below a folder, whatever the file is.
#[track_caller]
pub fn found_nowhere(folder: &Path, texts: &[&str]) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found_nowhere(&path, texts);
            continue;
        }
        // A socket can't be read, and holds nothing.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for text in texts {
            let found = bytes.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!found, "{text:?} stands in {}", path.display());
        }
    }
}
