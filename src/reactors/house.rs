//! What the house says to all lives is said to one that begins while it holds as well.

use amphi_events::ids::LiveId;
use amphi_events::page::PageCommand;

use super::Deps;

/// Pins it on the page of a live that begins. That it can't be pinned keeps no picture off the air.
pub(super) async fn is_heard(deps: &Deps, live: LiveId, reactor: &'static str) {
    let said = match deps.read.said_to_all(deps.now()).await {
        Ok(said) => said,
        Err(error) => {
            tracing::warn!(%live, %error, "what is said to all lives can't be read for one that begins");
            return;
        }
    };
    for said in said {
        let command = PageCommand::Pin {
            announcement: said.id,
            text: said.text,
            house: true,
        };
        if let Err(error) = deps.aggregates.pages.execute(live, command, deps.act(reactor)).await {
            tracing::warn!(%live, %error, "what is said to all lives could not be pinned on one that begins");
        }
    }
}
