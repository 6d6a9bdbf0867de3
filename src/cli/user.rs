//! `amphi user add`.

use std::io::Read;

use anyhow::Context as _;
use clap::Subcommand;

use super::common::{Where, print};
use super::folder;
use crate::socket::Order;

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes an account; prints its id
    Add {
        /// What signs in
        #[arg(long)]
        login: String,
        /// What is shown to others
        #[arg(long)]
        name: String,
        /// What the person may do
        #[arg(long, value_parser = ["user", "staff", "auditor", "administrator"])]
        role: String,
        /// Reads the password from standard input: a command line is seen by everybody on the machine
        #[arg(long, required = true)]
        password_stdin: bool,
        #[command(flatten)]
        at: Where,
    },
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Add {
        login,
        name,
        role,
        password_stdin: _,
        at,
    } = command;
    let mut password = String::new();
    std::io::stdin()
        .read_to_string(&mut password)
        .context("the password on standard input")?;
    // `echo` and editors end a line; a password's own spaces stay.
    let password = password.trim_end_matches(['\n', '\r']).to_owned();
    let done = folder::order(
        &at,
        Order::UserAdd {
            login,
            name,
            role,
            password,
        },
        |_| (),
    )
    .await?;
    print(&format!("{}\n", done["id"].as_str().unwrap_or_default()))
}
