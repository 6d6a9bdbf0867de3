//! The command line: a file a subcommand. Exit status 0 done, 1 a failure said in one line, 2 wrong usage (surface §1).

mod audit;
mod check;
mod common;
mod demo;
mod folder;
mod import;
mod office;
mod person;
mod rebuild;
mod serve;
mod stats;
#[cfg(test)]
mod tests;
mod token;
mod tracing_setup;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use office::Office;

/// Runs BigBlueButton meetings and webinars: presenters in BBB, the audience on a live page.
#[derive(Parser)]
#[command(name = "amphi", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The server
    Serve(serve::Args),
    /// Everything in one process, with a simulated BBB, simulated gateways, accounts and rooms
    Demo(demo::Args),
    /// Tries configuration, log, clock, BBB's address and secret, every gateway, mail: a line each, with the mend
    Check(check::Args),
    /// Builds read models anew from the log
    Rebuild(rebuild::Args),
    /// Reads the log, also beside a running server
    #[command(subcommand)]
    Audit(audit::Command),
    /// A person's data
    #[command(subcommand)]
    Person(person::Command),
    /// Accounts
    #[command(subcommand)]
    User(user::Command),
    /// API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Takes over what another service kept
    #[command(subcommand)]
    Import(import::Command),
    /// Prints every setting with its default
    Settings {
        /// As docs/settings.md
        #[arg(long)]
        markdown: bool,
    },
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    // Wrong usage, `--help` and `--version` end the process here, with 2 or 0.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("amphi: {e}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(cli.run());
    // Blocking reads (a password being hashed) must not hold the end up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("amphi: {}", one_line(&e));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(args) => serve::run(args).await?,
            Command::Demo(args) => Box::pin(demo::run(args)).await?,
            Command::Check(args) => return check::run(args).await,
            Command::Rebuild(args) => rebuild::run(args).await?,
            Command::Audit(command) => return audit::run(command).await,
            Command::Person(command) => person::run(command).await?,
            Command::User(command) => user::run(command).await?,
            Command::Token(command) => token::run(command).await?,
            Command::Import(command) => import::run(command).await?,
            Command::Settings { markdown: true } => common::print(&crate::config::markdown())?,
            Command::Settings { markdown: false } => common::print(&crate::config::table())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// An error with its causes in one line; a cause that the text before it already says is left out.
pub fn one_line(e: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in e.chain() {
        let text = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if said.is_empty() {
            said = text;
        } else if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
    }
    said
}
