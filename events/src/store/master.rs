//! The master key: one file outside the data folder, without which neither keys nor secrets open.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::crypto::{self, Key};
use crate::ids::{IdSource, SystemIds};

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// A copy of the data folder would hold the key to what is sealed in it.
    #[error(
        "the master key {path} lies inside the data folder {folder}; keep it elsewhere, so that a copy of the folder does not open itself"
    )]
    Inside {
        /// The key's file.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
    },
    /// The file could not be read or made.
    #[error("the master key {path}: {source}")]
    Io {
        /// The key's file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no master key.
    #[error("{path} is no master key: it should be one line `amphi-master-key NUMBER HEX` with 64 hexadecimal digits")]
    Malformed {
        /// The key's file.
        path: PathBuf,
    },
}

/// A numbered key of 256 bits. Wiped when dropped.
#[derive(Clone)]
pub struct MasterKey {
    number: u32,
    key: Key,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.number)
    }
}

impl MasterKey {
    /// From its parts.
    pub fn new(number: u32, key: [u8; 32]) -> Self {
        Self {
            number,
            key: Zeroizing::new(key),
        }
    }

    /// Reads the file, or makes it (number 1, mode 0600) where there is none. `forbid_inside`: the data
    /// folder, in which no master key is taken.
    ///
    /// # Errors
    /// [`MasterKeyError`].
    pub fn load_or_make(path: &Path, forbid_inside: Option<&Path>) -> Result<Self, MasterKeyError> {
        if let Some(folder) = forbid_inside
            && lies_inside(path, folder)
        {
            return Err(MasterKeyError::Inside {
                path: path.to_owned(),
                folder: folder.to_owned(),
            });
        }
        let io = |source| MasterKeyError::Io {
            path: path.to_owned(),
            source,
        };
        match File::open(path) {
            Ok(file) => Self::read(file, path),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::make(path).map_err(io),
            Err(e) => Err(io(e)),
        }
    }

    fn read(mut file: File, path: &Path) -> Result<Self, MasterKeyError> {
        let io = |source| MasterKeyError::Io {
            path: path.to_owned(),
            source,
        };
        if file.metadata().map_err(io)?.permissions().mode() & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "others than the owner may read the master key: chmod 600");
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(io)?;
        Self::parse(&text).ok_or_else(|| MasterKeyError::Malformed { path: path.to_owned() })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (Some("amphi-master-key"), Some(number), Some(hex), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return None;
        };
        let mut key = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(hex, &mut key[..]).ok()?;
        Some(Self {
            number: number.parse().ok()?,
            key,
        })
    }

    fn make(path: &Path) -> std::io::Result<Self> {
        let mut key = Zeroizing::new([0_u8; 32]);
        SystemIds.fill(&mut key[..]);
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        // Beside it first, then linked to its name: a crash in between leaves no half key, and of two that
        // start at once one wins and the other fails loudly.
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".new-{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let line = Zeroizing::new(format!(
            "amphi-master-key 1 {}\n",
            *Zeroizing::new(hex::encode(&key[..]))
        ));
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&beside, path);
        std::fs::remove_file(&beside)?;
        linked?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(Self { number: 1, key })
    }

    /// Its number, kept beside what it wraps.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// A key of its own for each use.
    pub(super) fn derive(&self, use_: &str) -> Key {
        crypto::derive(&[&self.key], use_)
    }
}

fn lies_inside(path: &Path, folder: &Path) -> bool {
    let real = |p: &Path| -> PathBuf {
        let whole = std::path::absolute(p).unwrap_or_else(|_| p.to_owned());
        // The deepest part that exists decides, with its symbolic links resolved.
        whole
            .ancestors()
            .find_map(|a| Some(a.canonicalize().ok()?.join(whole.strip_prefix(a).ok()?)))
            .unwrap_or(whole)
    };
    real(path).starts_with(real(folder))
}
