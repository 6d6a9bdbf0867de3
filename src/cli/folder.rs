//! Commands that write: asked of the server where one runs on the folder, else done here with the folder open.

use std::fs::{OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amphi_events::log::EventLog;
use amphi_events::store::{DataFolder, FolderOptions, MasterKey};
use amphi_events::{Aggregates, Sources};
use amphi_projections::ReadModels;
use anyhow::{Context as _, bail};
use serde_json::Value;

use super::common::Where;
use super::demo::KEY_FILE;
use super::office::Office;
use crate::config::{Config, env_name};
use crate::socket::{self, AskError, Clerk, Order, Progress};

/// Whether another process holds the folder.
///
/// # Errors
/// The lock can't be looked at.
pub fn in_use(folder: &Path) -> anyhow::Result<bool> {
    let path = folder.join("lock");
    let file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e).context(path.display().to_string()),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e).context(path.display().to_string()),
    }
}

/// Has an order carried out, by the server or here.
///
/// # Errors
/// Nobody can do it, or it failed.
pub async fn order(at: &Where, order: Order, tell: impl FnMut(Progress) + Send + 'static) -> anyhow::Result<Value> {
    let (config, data) = at.folder()?;
    order_in(&config, &data, order, tell).await
}

/// As [`order`], with the configuration read.
///
/// # Errors
/// As [`order`].
pub async fn order_in(
    config: &Config,
    data: &Path,
    order: Order,
    mut tell: impl FnMut(Progress) + Send + 'static,
) -> anyhow::Result<Value> {
    if in_use(data)? {
        return match socket::ask(data, &order, tell).await {
            Ok(value) => Ok(value),
            Err(AskError::Nobody { .. }) => bail!(
                "the data folder {} is in use, but no server answers at its {}: a server that is starting or stopping, or another command; try again, or stop it",
                data.display(),
                socket::NAME
            ),
            Err(e) => Err(e.into()),
        };
    }
    let master = master_key(config, data)?;
    let sources = Sources::system();
    let options = FolderOptions {
        accept_lost_events: config.accept_lost_events,
        sources: sources.clone(),
    };
    let folder = DataFolder::open(data, master, options).await?;
    let log: Arc<dyn EventLog> = folder.log.clone();
    let office = Office {
        aggregates: Aggregates::new(&log, &sources),
        keys: folder.keys.clone(),
        store: folder.store.clone(),
        read: ReadModels::open(&folder.path, log.clone(), sources.clone()).await?,
        mail_folder: folder.path.join("mail"),
        hub: None,
        desk: None,
        log,
        sources,
    };
    let (progress, mut told) = tokio::sync::mpsc::unbounded_channel();
    let telling = tokio::spawn(async move {
        while let Some(p) = told.recv().await {
            tell(p);
        }
    });
    let done = office.carry_out(order, progress).await;
    let _ = telling.await;
    drop(office);
    folder.close().await;
    done
}

/// The master key of a folder: the one configured; a demo's lies inside its folder.
///
/// # Errors
/// There is none, or it can't be read.
pub fn master_key(config: &Config, data: &Path) -> anyhow::Result<MasterKey> {
    let demo: PathBuf = data.join(KEY_FILE);
    if config.master_key_file.is_none() && demo.exists() {
        return Ok(MasterKey::load_or_make(&demo, None)?);
    }
    let path = config.master_key_file.as_ref();
    let path = path.with_context(|| {
        format!(
            "which master key? Give {}, or --set master_key_file=FILE",
            env_name("master_key_file")
        )
    })?;
    configured_key(path, data)
}

/// The key in a file outside the folder; made where there is none, unless the folder's keys were wrapped with one: a new
/// key would open nothing, and would look like the old one to whoever searches for it.
///
/// # Errors
/// It lies inside, can't be read, or is gone.
pub fn configured_key(path: &Path, data: &Path) -> anyhow::Result<MasterKey> {
    if !path.exists() && data.join("keys.db").exists() {
        bail!(
            "the master key {} is gone, and the keys in {} were wrapped with it; put it back",
            path.display(),
            data.display()
        );
    }
    Ok(MasterKey::load_or_make(path, Some(data))?)
}
