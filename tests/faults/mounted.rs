//! A data folder on a small file system of its own.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Size of the file system: the log's ballast (1 MiB), the databases, and room for what a test writes.
const SIZE: &str = "16m";

/// A tmpfs, there as long as this value.
pub struct Mounted {
    at: PathBuf,
}

fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program)
        .args(arguments)
        .output()
        .expect("the command starts");
    assert!(
        done.status.success(),
        "{program} {arguments:?}: {}\nthis test mounts file systems: run it as root, or in `unshare --map-root-user --mount`",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Mounted {
    /// Moves a folder, with what is in it, onto a tmpfs at the same place.
    pub fn under(folder: &Path) -> Self {
        let (at, aside) = (folder.to_owned(), folder.with_extension("aside"));
        std::fs::rename(&at, &aside).expect("the folder is moved aside");
        std::fs::create_dir(&at).expect("a mount point");
        let (place, from) = (at.to_string_lossy(), aside.join("."));
        run(
            "mount",
            &["-t", "tmpfs", "-o", &format!("size={SIZE},mode=700"), "tmpfs", &place],
        );
        let mounted = Self { at: at.clone() };
        run("cp", &["-a", &from.to_string_lossy(), &place]);
        mounted
    }

    /// Fills what is free, to the last byte; gives the file that holds it.
    pub fn fill(&self) -> PathBuf {
        let path = self.at.join("somebody-elses-data");
        let open = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let mut file = open.expect("a file");
        // Pages may become free for a moment while the server works: until two tries in a row find none.
        let mut refused = 0;
        while refused < 2 {
            match file.write(&[0x55; 4096]) {
                Ok(_) => refused = 0,
                Err(e) if e.kind() == ErrorKind::StorageFull => refused += 1,
                Err(e) => panic!("{}: {e}", path.display()),
            }
        }
        path
    }

    /// Mounts it again for reading only; nothing may hold it open for writing.
    pub fn read_only(&self) {
        run("mount", &["-o", "remount,ro", &self.at.to_string_lossy()]);
    }

    /// Mounts it again for writing.
    pub fn writable(&self) {
        run("mount", &["-o", "remount,rw", &self.at.to_string_lossy()]);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: the server of the test may still be there.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
