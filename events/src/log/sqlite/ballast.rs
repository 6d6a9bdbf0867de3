//! A file that takes up room so that it can be given back: on a full disk the absolute stops must still go
//! out and be recorded (design §4). Making it again also tells when there is room.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Size of the ballast, in bytes.
pub const BALLAST_BYTES: usize = 1 << 20;
/// What must fit beside it before a full disk is called one with room, in bytes.
const TRY_BYTES: usize = 256 << 10;

fn place(log: &Path) -> PathBuf {
    log.with_file_name("ballast")
}

/// True once the ballast is there in full.
pub(super) fn make(log: &Path) -> bool {
    let path = place(log);
    if std::fs::metadata(&path).is_ok_and(|m| m.len() == BALLAST_BYTES as u64) {
        return true;
    }
    let made = write(&path, BALLAST_BYTES);
    if made.is_err() {
        // A half-written ballast would hold room and be counted as none.
        let _ = std::fs::remove_file(&path);
    }
    made.is_ok()
}

/// Whether the disk takes something beside the ballast. A log that was refused for want of room and has its ballast
/// would else be called well again every time it is looked at.
pub(super) fn has_room(log: &Path) -> bool {
    let path = log.with_file_name("ballast.try");
    let took = write(&path, TRY_BYTES).is_ok();
    let _ = std::fs::remove_file(&path);
    took
}

fn write(path: &Path, size: usize) -> std::io::Result<()> {
    // Not zeros: a file system that compresses or keeps holes would reserve nothing for them.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    let mut file = File::create(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// True: there was one.
pub(super) fn free(log: &Path) -> bool {
    std::fs::remove_file(place(log)).is_ok()
}
