//! What a plan spans: the broadcaster's calendar, the live, its feed and its page, each a stream of its own.

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::feed::FeedCommand;
use amphi_events::ids::{BroadcasterId, LiveId};
use amphi_events::live::LiveCommand;
use amphi_events::page::PageCommand;
use amphi_events::{Position, Time};

use super::input::Asked;
use super::{down, place};
use crate::Web;
use crate::api::live_door;
use crate::api::meetings::view::settle;
use crate::api::problem::Problem;
use crate::auth::Identity;

/// Holds the broadcaster, makes the plan, places the feed; the hold that was there before is let go, or comes back where the plan is refused.
pub(super) async fn arrange(
    web: &Web,
    me: &Identity,
    live: LiveId,
    asked: &Asked,
    key: Option<amphi_events::Key>,
) -> Result<Position, Problem> {
    let aggregates = &web.aggregates;
    let before = place(web, asked.at).await?.reservations.of(live).copied();
    let hold = |from, to| BroadcasterCommand::Reserve {
        reservation: web.sources.id(),
        live,
        from,
        to,
        margins: web.settings.margins,
    };
    let now = web.sources.now();
    let over = asked.plan.ends_at <= now;
    let mut position = Position(0);
    if !over {
        let command = hold(asked.plan.starts_at, asked.plan.ends_at);
        let done = aggregates.broadcasters.execute(asked.at, command, me.act(web)).await?;
        position = done.position;
    }
    let mut doing = me.act(web);
    doing.key = key;
    let planned = aggregates
        .lives
        .execute(live, LiveCommand::Arrange(Box::new(asked.plan.clone())), doing)
        .await;
    let planned = match planned {
        Ok(done) => done,
        Err(e) => {
            // As it was before. Of unknown fate the hold stays: the plan may be there.
            if e.refusal().is_some() && !over {
                let undo = match before {
                    Some(held) => Some(hold(held.from, held.to)),
                    None => place(web, asked.at)
                        .await?
                        .reservations
                        .of(live)
                        .map(|held| BroadcasterCommand::Release { reservation: held.id }),
                };
                if let Some(undo) = undo {
                    aggregates.broadcasters.execute(asked.at, undo, me.act(web)).await?;
                }
            }
            return Err(e.into());
        }
    };
    let feed = FeedCommand::Place(asked.at);
    let fed = aggregates.feeds.execute(live, feed, me.act(web)).await?;
    let let_go = let_go(web, me, live, Some(asked.at)).await?;
    Ok(position.max(planned.position).max(fed.position).max(let_go))
}

/// Lets go of every broadcaster that is held for a live, but for one.
pub(in crate::api) async fn let_go(
    web: &Web,
    me: &Identity,
    live: LiveId,
    but: Option<BroadcasterId>,
) -> Result<Position, Problem> {
    let mut position = Position(0);
    settle(web, web.log.head()).await;
    let held = web
        .read
        .broadcasters_held(Time(i64::MIN), Time(i64::MAX))
        .await
        .map_err(down)?;
    for hold in held
        .into_iter()
        .filter(|h| h.live == live && Some(h.broadcaster) != but)
    {
        let command = BroadcasterCommand::Release { reservation: hold.id };
        let done = web
            .aggregates
            .broadcasters
            .execute(hold.broadcaster, command, me.act(web))
            .await?;
        position = position.max(done.position);
    }
    Ok(position)
}

/// What the page shows and who may see it.
pub(super) async fn dress(
    web: &Web,
    me: &Identity,
    live: LiveId,
    asked: &Asked,
    password: Option<Option<&str>>,
) -> Result<Position, Problem> {
    let pages = &web.aggregates.pages;
    let mut position = Position(0);
    live_door::keep(web, live, password.flatten()).await?;
    for command in [
        PageCommand::Change(Box::new(asked.details.clone())),
        PageCommand::Door {
            draft: asked.draft,
            groups: asked.groups.clone(),
            password: password.map(|p| p.is_some()),
        },
    ] {
        let done = pages.execute(live, command, me.act(web)).await?;
        position = position.max(done.position);
    }
    if asked.draft {
        position = position.max(live_door::draft(web, me, live).await?);
    } else if password == Some(None) {
        live_door::forget(web, live).await?;
    }
    Ok(position)
}
