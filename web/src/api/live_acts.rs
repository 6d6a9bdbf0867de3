//! What those who pilot a live do while it goes on, from its console: open and close its chat, end it.

use amphi_events::feed::{FeedCommand, FeedEnd};
use amphi_events::live::LiveCommand;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live_plans::{answer, changed, let_go};
use super::lives::LiveOut;
use super::meetings::acts::{ChatSwitch, switch_chat};
use super::meetings::view::settle;
use super::problem::{Problem, ProblemBody};
use super::request::{Body, Written};
use crate::Web;
use crate::auth::SignedIn;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(chat)).routes(routes!(end))
}

/// Says whether people may post on the live page; what is there stays.
#[utoipa::path(put, path = "/live/{event}/chat", tag = "lives", request_body = ChatSwitch, params(("event" = String, Path)), responses((status = 200, body = ChatSwitch), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn chat(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    Body(switch): Body<ChatSwitch>,
) -> Result<Written<ChatSwitch>, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    let position = switch_chat(&web, &me, live, switch).await?;
    Ok(Written::done(position, switch))
}

/// Ends a live that is no webinar's, now: its picture is fetched no longer, whatever the encoder sends, and the broadcaster is free. It goes on
/// where its end is moved again.
#[utoipa::path(post, path = "/live/{event}/end", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn end(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<Written<LiveOut>, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    let doing = || me.act(&web);
    // The plan first: in its time a feed that is over is awaited again.
    let done = web.aggregates.lives.execute(live, LiveCommand::EndNow, doing()).await?;
    let over = FeedCommand::End(FeedEnd::Person);
    let over = web.aggregates.feeds.execute(live, over, doing()).await?;
    let free = let_go(&web, &me, live, None).await?;
    let position = done.position.max(over.position).max(free);
    settle(&web, position).await;
    Ok(Written::done(position, answer(&web, &me, live).await?))
}
