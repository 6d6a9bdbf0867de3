//! `amphi import`.

use std::path::{Path, PathBuf};

use amphi_web::moving::Ties;
use anyhow::Context as _;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::common::{Where, print};
use super::folder;
use crate::moving::Report;
use crate::socket::Order;

/// Other services.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Esup-Pod 3 or 4: people, meetings, gateways, broadcasters, events and logs of sessions. Looks first; writes with --apply
    Pod(Args),
}

/// What moves, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What `manage.py dumpdata` wrote, as JSON
    #[arg(long, value_name = "FILE")]
    dump: PathBuf,
    /// Only look, and say what would be written: what is done without --apply
    #[arg(long, conflicts_with = "apply")]
    dry_run: bool,
    /// Write it
    #[arg(long)]
    apply: bool,
    /// Where the report is written as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Primary key of the site that moves, where there are several
    #[arg(long, value_name = "KEY")]
    site: Option<String>,
    /// Zone of the meetings, which have none there; else the setting `time_zone`
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Names the service that moves in; the same one at each run
    #[arg(long, value_name = "NAME", default_value = "pod")]
    from: String,
    /// People who sign in there by this way (Pod's `auth_type`: cas, oidc, shibboleth) sign in here by this provider, which must say their
    /// user name as what stays the same: `--tie cas=cas`
    #[arg(long, value_name = "WAY=PROVIDER", value_delimiter = ',')]
    tie: Vec<String>,
    /// Whoever has the same login here is the same person, also where another house gave it to them
    #[arg(long)]
    same_logins: bool,
    #[command(flatten)]
    at: Where,
}

/// Does it.
pub async fn run(command: Command) -> anyhow::Result<()> {
    let Command::Pod(args) = command;
    let (config, data) = args.at.folder()?;
    let time_zone = match args.time_zone {
        Some(zone) => {
            anyhow::ensure!(
                zone.parse::<chrono_tz::Tz>().is_ok(),
                "{zone} is no IANA zone, such as Europe/Paris"
            );
            zone
        }
        None => config.time_zone.0.clone(),
    };
    let ties = Ties::parse(&args.tie.join(","), &config.providers()).map_err(|e| anyhow::anyhow!("--tie: {e}"))?;
    // A running server reads it, from a folder of its own.
    let file = std::path::absolute(&args.dump).with_context(|| args.dump.display().to_string())?;
    let order = Order::ImportPod {
        file,
        apply: args.apply && !args.dry_run,
        site: args.site,
        time_zone,
        from: args.from,
        ties,
        same_logins: args.same_logins,
    };
    // On standard error, and only where that is a terminal.
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len} {eta}")?);
    let shown = bar.clone();
    let done = folder::order_in(&config, &data, order, move |p| {
        shown.set_message(p.what);
        shown.set_length(p.of);
        shown.set_position(p.done);
    })
    .await;
    bar.finish_and_clear();
    let report: Report = serde_json::from_value(done?)?;
    if let Some(path) = &args.report {
        write(path, &report)?;
    }
    print(&report.text())
}

fn write(path: &Path, report: &Report) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(report)?;
    std::fs::write(path, text).with_context(|| path.display().to_string())
}
