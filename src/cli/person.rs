//! `amphi person export|erase`.

use clap::Subcommand;

use super::common::{Where, print};
use super::folder;
use crate::socket::Order;

/// A person's data.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints everything that is known of the person, as JSON
    Export {
        /// Id or login
        id: String,
        #[command(flatten)]
        at: Where,
    },
    /// Destroys the person's key, account and mails; can't be undone
    Erase {
        /// Id or login
        id: String,
        #[command(flatten)]
        at: Where,
    },
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Export { id, at } => {
            let done = folder::order(&at, Order::PersonExport { person: id }, |_| ()).await?;
            print(&format!("{}\n", serde_json::to_string_pretty(&done)?))
        }
        Command::Erase { id, at } => {
            let done = folder::order(&at, Order::PersonErase { person: id }, |_| ()).await?;
            print(&format!(
                "erased {}; mails deleted: {}\n",
                done["id"].as_str().unwrap_or_default(),
                done["mails_deleted"]
            ))
        }
    }
}
