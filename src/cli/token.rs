//! `amphi token new`.

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
        #[command(flatten)]
        at: Where,
    },
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let Command::New { login, at } = command;
    let token = folder::order(&at, Order::TokenNew { login }, |_| ()).await?;
    print(&format!("{}\n", token.as_str().unwrap_or_default()))
}
