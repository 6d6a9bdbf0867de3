//! What the program writes about itself, on standard error. Ids and numbers only: names, texts and secrets are never
//! given to a message.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Sets it up, once a process.
///
/// # Errors
/// `log_level` can't be read.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_level).map_err(|e| anyhow::anyhow!("AMPHI_LOG_LEVEL: {e}"))?;
    let out = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours in a file or a journal are noise to whoever reads it.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second one in the same process (tests) keeps the first.
    let _ = match config.log_format {
        LogFormat::Text => out.try_init(),
        LogFormat::Json => out.json().try_init(),
    };
    Ok(())
}
