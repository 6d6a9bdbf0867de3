//! `amphi rebuild`.

use indicatif::{ProgressBar, ProgressStyle};

use super::common::{Where, print};
use super::folder;
use crate::socket::Order;

/// Read models.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of models; none: all
    models: Vec<String>,
    #[command(flatten)]
    at: Where,
}

/// Does it.
pub async fn run(args: Args) -> anyhow::Result<()> {
    // On standard error, and only where that is a terminal: the lines below are for everybody.
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len} {eta}")?);
    let shown = bar.clone();
    let done = folder::order(
        &args.at,
        Order::Rebuild {
            models: args.models.clone(),
        },
        move |p| {
            shown.set_message(p.what);
            shown.set_length(p.of);
            shown.set_position(p.done);
        },
    )
    .await;
    bar.finish_and_clear();
    let done = done?;
    let mut halted = Vec::new();
    for model in done.as_array().into_iter().flatten() {
        let name = model["model"].as_str().unwrap_or_default();
        if !args.models.is_empty() && !args.models.iter().any(|m| m == name) {
            continue;
        }
        if let Some(why) = model["halted"].as_str() {
            halted.push(format!("{name} halted: {why}"));
        } else {
            print(&format!("{name}: up to position {}\n", model["position"]))?;
        }
    }
    anyhow::ensure!(halted.is_empty(), "{}", halted.join("; "));
    Ok(())
}
