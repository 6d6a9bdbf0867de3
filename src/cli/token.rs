//! `amphi token new`.

use amphi_events::store::{NoScope, TokenScope};
use clap::Subcommand;

use super::common::{Where, print};
use super::folder;
use crate::socket::Order;

/// API tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a token and prints it alone; it is not kept and can't be read again
    New {
        /// Whose rights it has
        #[arg(long)]
        login: String,
        /// What it may be used for: read, chat, plan, moderate, audit, administer, account; named several times or with commas.
        /// Without: whatever the person may
        #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', value_parser = scope)]
        scopes: Vec<String>,
        /// Days until it ends; without: it lasts until it is revoked
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
        #[command(flatten)]
        at: Where,
    },
}

fn scope(text: &str) -> Result<String, NoScope> {
    text.parse::<TokenScope>().map(|s| s.as_str().to_owned())
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let Command::New {
        login,
        scopes,
        days,
        at,
    } = command;
    let token = folder::order(&at, Order::TokenNew { login, scopes, days }, |_| ()).await?;
    print(&format!("{}\n", token.as_str().unwrap_or_default()))
}
