//! Planning lives that an encoder feeds, on a broadcaster (census §5.2), and what any live's page shows.
//!
//! Plan, page, feed and the broadcaster's calendar are streams of their own, each with its rules. What spans them goes in this order: the
//! broadcaster is held, the plan is made, the feed is placed, the page is set; refused by the plan, the hold is let go. What a process that
//! was killed between two of them leaves held is let go by the reactor `feeds`.

mod input;
mod spanning;

use amphi_events::broadcaster::{Broadcaster, BroadcasterCommand};
use amphi_events::chat::ChatCommand;
use amphi_events::feed::{FeedCommand, FeedEnd};
use amphi_events::ids::{BroadcasterId, LiveId};
use amphi_events::live::{self, Arrangement, LiveCommand};
use amphi_events::{Aggregate as _, Position, Scope};
use amphi_projections::LiveRow;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::input::{Asked, asked};
use self::spanning::{arrange, dress};
use super::lives::{LiveOut, out, row};
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::refusals::Refused as _;
use super::request::{Body, Idempotency, Written, done_before, gone};
use crate::auth::{Identity, SignedIn, accounts};
use crate::{Web, live_settings, watch};

pub use self::input::LiveInput;
pub(super) use self::spanning::let_go;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(change, withdraw))
        .routes(routes!(hand_over))
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("a live can't be read or planned", e)
}

/// A live that one may change: owner, co-owners, administrators.
pub(super) async fn changed(web: &Web, me: &Identity, event: &str) -> Result<LiveRow, Problem> {
    let row = row(web, event).await?;
    if watch::pilots(&row, Some(me)) {
        Ok(row)
    } else {
        Err(Code::Forbidden.into())
    }
}

/// A live that one may delete or hand over: its owner, administrators.
async fn owned(web: &Web, me: &Identity, event: &str) -> Result<LiveRow, Problem> {
    let row = row(web, event).await?;
    if row.owner == me.person || me.role.administers() {
        Ok(row)
    } else {
        Err(Code::Forbidden.into())
    }
}

async fn place(web: &Web, id: BroadcasterId) -> Result<Broadcaster, Problem> {
    Ok(web.aggregates.broadcasters.look(id).await.map_err(down)?.state)
}

/// A broadcaster on which this person may plan.
///
/// # Errors
/// 422, 403, 503.
pub async fn plannable(web: &Web, me: &Identity, id: BroadcasterId) -> Result<Broadcaster, Problem> {
    let held = place(web, id).await?;
    if held.name.is_none() || held.removed {
        return Err(Code::UnknownBroadcaster.into());
    }
    if !held.details.plannable || !live_settings::may_use(web, me, &held.details.groups.0).await? {
        return Err(Code::BroadcasterRight.into());
    }
    Ok(held)
}

pub(super) async fn answer(web: &Web, me: &Identity, live: LiveId) -> Result<LiveOut, Problem> {
    let row = row(web, &live.to_string()).await?;
    out(web, &row, Some(me), None, true).await
}

/// Plans a live on a broadcaster, fed by an encoder. For those who may plan lives.
///
/// # Errors
/// 403, 409, 422, 503.
pub async fn plan(
    web: &Web,
    me: &Identity,
    idem: &Idempotency,
    input: &LiveInput,
) -> Result<(LiveId, Position), Problem> {
    const CALL: &str = "POST /live";
    if !live_settings::may_plan(web, me).await? {
        return Err(Code::LiveRight.into());
    }
    let live: LiveId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &live::stream(live), key).await? {
        return Ok((live, position));
    }
    let asked = asked(web, me, input, None).await?;
    let password = input.password()?;
    if asked.draft && password.flatten().is_some() {
        return Err(Code::LiveDraft.into());
    }
    let chat = input.enable_chat.unwrap_or(true);
    // What is refused leaves nothing behind: neither a page nor a password.
    let now = web.sources.now();
    let arrange_it = LiveCommand::Arrange(Box::new(asked.plan.clone()));
    let tried = live::Live::default().decide(&arrange_it, now);
    tried.map_err(|why| why.problem())?;
    let reserve = BroadcasterCommand::Reserve {
        reservation: web.sources.id(),
        live,
        from: asked.plan.starts_at,
        to: asked.plan.ends_at,
        margins: web.settings.margins,
    };
    let tried = place(web, asked.at).await?.decide(&reserve, now);
    tried.map_err(|why| why.problem())?;
    // The door is shut before there is anything behind it: a live that is planned and not yet restricted would be seen.
    web.keys.make_scope(&Scope::chat(live)).await.map_err(down)?;
    let dressed = dress(web, me, live, &asked, password).await?;
    let position = arrange(web, me, live, &asked, key).await?.max(dressed);
    let open = ChatCommand::SetOpen(chat);
    let chatting = web.aggregates.chats.execute(live, open, me.act(web)).await?;
    let position = position.max(chatting.position);
    settle(web, position).await;
    Ok((live, position))
}

/// Plans a live that an encoder feeds, on a broadcaster. For those who may plan lives.
#[utoipa::path(post, path = "/live", tag = "lives", request_body = LiveInput, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    idem: Idempotency,
    Body(input): Body<LiveInput>,
) -> Result<Written<LiveOut>, Problem> {
    let (live, position) = plan(&web, &me, &idem, &input).await?;
    Ok(Written::made(position, answer(&web, &me, live).await?))
}

/// Changes a live: its owners and administrators. Whoever changes it does not become its owner.
#[utoipa::path(patch, path = "/live/{event}", tag = "lives", request_body = LiveInput, params(("event" = String, Path)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    Body(input): Body<LiveInput>,
) -> Result<Written<LiveOut>, Problem> {
    let row = changed(&web, &me, &event).await?;
    let live = row.id;
    let password = input.password()?;
    if password.flatten().is_some() && input.is_draft.unwrap_or(row.page.draft) {
        return Err(Code::LiveDraft.into());
    }
    let mut position;
    if row.meeting.is_some() || row.feed.is_none() {
        let theirs = [
            input.title.is_some(),
            input.starts_at.is_some(),
            input.ends_at.is_some(),
            input.broadcaster.is_some(),
            input.additional_owners.is_some() || input.presenters.is_some(),
            input.is_restricted.is_some(),
            input.enable_chat.is_some(),
        ];
        if theirs.contains(&true) {
            return Err(Code::LiveOfMeeting.into());
        }
        let asked = Asked {
            plan: Arrangement {
                owner: row.owner,
                presenters: vec![],
                title: String::new(),
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                restricted: row.restricted,
            },
            at: BroadcasterId(ulid::Ulid::nil()),
            details: input.details(&web, &row.page.details)?,
            draft: input.is_draft.unwrap_or(row.page.draft),
            groups: input.groups(&web).await?.unwrap_or(row.page.groups),
        };
        position = dress(&web, &me, live, &asked, password).await?;
    } else {
        if !live_settings::may_plan(&web, &me).await? {
            return Err(Code::LiveRight.into());
        }
        let asked = asked(&web, &me, &input, Some(&row)).await?;
        let going_on = row.starts_at <= web.sources.now() && web.sources.now() < row.ends_at;
        if going_on && row.feed.is_some_and(|f| f.broadcaster != asked.at) {
            return Err(Code::LiveGoingOn.into());
        }
        // A draft is not restricted, and what is restricted may be no draft any more: whichever shuts comes first.
        if asked.draft {
            let dressed = dress(&web, &me, live, &asked, password).await?;
            position = arrange(&web, &me, live, &asked, None).await?.max(dressed);
        } else {
            let arranged = arrange(&web, &me, live, &asked, None).await?;
            position = dress(&web, &me, live, &asked, password).await?.max(arranged);
        }
        if let Some(open) = input.enable_chat {
            let command = ChatCommand::SetOpen(open);
            let done = web.aggregates.chats.execute(live, command, me.act(&web)).await?;
            position = position.max(done.position);
        }
    }
    settle(&web, position).await;
    Ok(Written::done(position, answer(&web, &me, live).await?))
}

/// Deletes a live that is no webinar's: its owner and administrators, not while it is going on.
#[utoipa::path(delete, path = "/live/{event}", tag = "lives", params(("event" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn withdraw(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<Response, Problem> {
    let live = owned(&web, &me, &event).await?.id;
    let doing = || me.act(&web);
    let done = web
        .aggregates
        .lives
        .execute(live, LiveCommand::Withdraw, doing())
        .await?;
    let mut position = done.position;
    let chat = ChatCommand::SetOpen(false);
    position = position.max(web.aggregates.chats.execute(live, chat, doing()).await?.position);
    let end = FeedCommand::End(FeedEnd::Cancelled);
    position = position.max(web.aggregates.feeds.execute(live, end, doing()).await?.position);
    position = position.max(let_go(&web, &me, live, None).await?);
    settle(&web, position).await;
    Ok(gone(Some(position)))
}

/// Whose it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLiveOwner {
    /// Their id or login.
    pub person: String,
}

/// Hands a live that is no webinar's to another person with an account. For its owner and administrators.
#[utoipa::path(put, path = "/live/{event}/owner", tag = "lives", request_body = NewLiveOwner, params(("event" = String, Path)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn hand_over(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    headers: HeaderMap,
    Path(event): Path<String>,
    Body(input): Body<NewLiveOwner>,
) -> Result<Written<LiveOut>, Problem> {
    let live = owned(&web, &me, &event).await?.id;
    let Some(account) = accounts::find(&web, &input.person).await? else {
        return Err(Problem::new(Code::UnknownPerson).with("person", input.person.as_str()));
    };
    if !web.settings.may_plan(account.role) {
        return Err(Code::OwnerPlans.into());
    }
    if accounts::is_closed(&web, &account).await? {
        return Err(Code::OwnerClosed.into());
    }
    let command = LiveCommand::HandOver { to: account.person };
    let done = web.aggregates.lives.execute(live, command, me.act(&web)).await?;
    settle(&web, done.position).await;
    let row = row(&web, &event).await?;
    // Whoever gave it away may no longer watch it.
    let watches = watch::look(&web, &row, Some(&me), &headers).await.is_ok();
    Ok(Written::done(
        done.position,
        out(&web, &row, Some(&me), None, watches).await?,
    ))
}
