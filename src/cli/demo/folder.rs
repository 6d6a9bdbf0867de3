//! The demo's data folder.

use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::seed::{DEMO, SEED};
use crate::cli::folder::in_use;

/// The master key: inside the folder here and nowhere else, because what it seals is made up.
pub const KEY_FILE: &str = "demo.key";

/// What an emptied folder loses: the files of a data folder and of the demo, and nothing that somebody else put there.
const OURS: &[&str] = &[
    "log.",
    "keys.db",
    "store.db",
    "read.db",
    "lock",
    "mail",
    "amphi.sock",
    "demo.json",
    "demo-seed.json",
    "demo.key",
];

/// Where it is if nobody says.
pub fn default() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
    base.map_or_else(|| PathBuf::from("amphi-demo"), |base| base.join("amphi-demo"))
}

/// Makes the folder, or checks that it is a demo's; empties it if asked to.
///
/// # Errors
/// It is somebody else's, or in use.
pub fn prepare(data: &Path, fresh: bool) -> anyhow::Result<()> {
    let shown = data.display();
    let filled = match std::fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_some(),
        Err(e) if e.kind() == ErrorKind::NotFound => false,
        Err(e) => return Err(e).with_context(|| shown.to_string()),
    };
    let demo = [DEMO, SEED, KEY_FILE].iter().any(|name| data.join(name).exists());
    ensure!(
        !filled || demo,
        "{shown} is not empty and holds no demo; give another folder with --data"
    );
    if in_use(data)? {
        bail!(
            "a demo runs on {shown} already; stop it, or give another folder with --data and another port with --listen 127.0.0.1:0"
        );
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| shown.to_string())?;
    // Whoever waits for it waits until this demo is furnished.
    remove(&data.join(DEMO))?;
    if fresh {
        for entry in std::fs::read_dir(data)? {
            let entry = entry?;
            if OURS
                .iter()
                .any(|ours| entry.file_name().to_string_lossy().starts_with(ours))
            {
                remove(&entry.path())?;
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e).with_context(|| path.display().to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_elses_folder_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        assert!(prepare(dir.path(), false).is_err());
        assert!(prepare(dir.path(), true).is_err());
        assert!(dir.path().join("thesis.tex").exists());
    }

    #[test]
    fn fresh_empties_a_demo_and_leaves_what_is_not_its() {
        let dir = tempfile::tempdir().unwrap();
        for name in [DEMO, SEED, KEY_FILE, "log.db", "log.db-wal", "store.db", "notes.txt"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(dir.path().join("mail")).unwrap();
        prepare(dir.path(), false).unwrap();
        assert!(dir.path().join("log.db").exists());
        assert!(!dir.path().join(DEMO).exists());
        prepare(dir.path(), true).unwrap();
        let left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(left, ["notes.txt"]);
    }

    #[test]
    fn a_folder_in_use_is_not_emptied() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(SEED), "{}").unwrap();
        let lock = std::fs::File::create(dir.path().join("lock")).unwrap();
        lock.lock().unwrap();
        let said = prepare(dir.path(), true).unwrap_err().to_string();
        assert!(said.contains("runs on"), "{said}");
        assert!(dir.path().join(SEED).exists());
    }
}
