//! What several subcommands take and do.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::config::{Config, Given, env_name};

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Where {
    /// Configuration file: flat TOML, the settings in lower case without `AMPHI_`
    #[arg(long, value_name = "FILE", env = "AMPHI_CONFIG")]
    pub config: Option<PathBuf>,
    /// Data folder (`AMPHI_DATA`)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Any setting but a secret; `amphi settings` lists them
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a setting is given as NAME=VALUE")?;
    let name = name.trim().to_ascii_lowercase();
    Ok((
        name.strip_prefix("amphi_").unwrap_or(&name).to_owned(),
        value.to_owned(),
    ))
}

impl Where {
    /// The configuration, with these flags on top.
    pub fn load(&self, more: Vec<(String, String)>) -> anyhow::Result<Config> {
        let mut flags = self.set.clone();
        flags.extend(self.data.iter().map(|d| ("data".to_owned(), d.display().to_string())));
        flags.extend(more);
        Ok(Config::load(&Given::process(self.config.clone(), flags))?)
    }

    /// The configuration and the data folder that it names.
    pub fn folder(&self) -> anyhow::Result<(Config, PathBuf)> {
        let config = self.load(Vec::new())?;
        let data = config
            .data
            .clone()
            .with_context(|| format!("which data folder? Give --data or {}", env_name("data")))?;
        Ok((config, data))
    }
}

/// Writes to standard output. A reader that has gone (`| head`) ends the program quietly.
pub fn print(text: &str) -> anyhow::Result<()> {
    write_all(text.as_bytes())
}

/// As [`print`], bytes.
pub fn write_all(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => done.context("standard output"),
    }
}
