//! `amphi user add`, `amphi user tie`, `amphi user mail`.

use std::io::Read;

use anyhow::Context as _;
use clap::Subcommand;

use super::common::{Where, print};
use super::folder;
use crate::config::{ProviderName, Value};
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
    /// Lets an identity of another house (CAS, OpenID Connect, a reverse proxy) sign in as an account that there is
    Tie {
        /// Whose account
        #[arg(long)]
        login: String,
        /// The provider's name, as `cas_provider`, `oidc_provider` or `headers_provider` say it
        #[arg(long)]
        provider: String,
        /// What stays the same there: the value of the subject's attribute
        #[arg(long)]
        subject: String,
        #[command(flatten)]
        at: Where,
    },
    /// Says where somebody is written to, where no other house says it
    Mail {
        /// Whose account
        #[arg(long)]
        login: String,
        /// The mail address; empty: none
        #[arg(long)]
        address: String,
        #[command(flatten)]
        at: Where,
    },
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let (login, name, role, at) = match command {
        Command::Add {
            login,
            name,
            role,
            password_stdin: _,
            at,
        } => (login, name, role, at),
        Command::Mail { login, address, at } => {
            let done = folder::order(&at, Order::UserMail { login, address }, |_| ()).await?;
            return print(&format!("{}\n", done["id"].as_str().unwrap_or_default()));
        }
        Command::Tie {
            login,
            provider,
            subject,
            at,
        } => {
            let provider = ProviderName::read(&provider).map_err(anyhow::Error::msg)?.0;
            let order = Order::UserTie {
                login,
                provider,
                subject,
            };
            let done = folder::order(&at, order, |_| ()).await?;
            return print(&format!("{}\n", done["id"].as_str().unwrap_or_default()));
        }
    };
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
