//! A live's chat without a websocket: history by position, posting, removal.

use amphi_events::Position;
use amphi_events::chat::{self, AuthorKind};
use amphi_events::ids::{EventId, MessageId};
use amphi_events::store::Place;
use amphi_projections::{ChatLine, LineStatus};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::lives::{may_watch, row};
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Query, Written, gone, id, limit};
use crate::Web;
use crate::auth::{MaybePerson, SignedIn};
use crate::chat::{self as lines, PostCode, PostRefused, RemoveRefused};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read, post)).routes(routes!(remove))
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Those after this position, in order. Without `after` and `before`: the last ones.
    after: Option<u64>,
    /// The last ones before this position.
    before: Option<u64>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

/// Who wrote a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct From {
    /// Null: the person was erased, or the chat's retention is over.
    pub name: Option<String>,
    /// `audience`, `presenter`, `room` or `system`.
    pub kind: &'static str,
}

/// A line.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Where in the log.
    pub position: u64,
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// Who.
    pub from: From,
    /// Null: erased, or past its retention.
    pub text: Option<String>,
    /// `posted`, `held`, `relayed`, `unknown`, `late` or `failed`.
    pub status: &'static str,
}

/// Lines, in order of position.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lines {
    /// Those that were not removed.
    pub items: Vec<Line>,
    /// How far this reads: give it as `after` for what follows.
    pub upto: u64,
}

fn line(web: &Web, l: &ChatLine) -> Line {
    let stream = chat::stream(l.live);
    let at = |field| Place {
        stream: &stream,
        event: EventId(l.id.0),
        field,
    };
    let told = |error: amphi_events::store::KeyError| tracing::warn!(%error, line = %l.id, "a chat line does not open");
    let author = web.keys.open(&at("author"), &l.author).map_err(told).ok().flatten();
    let text = web.keys.open(&at("text"), &l.text).map_err(told).ok().flatten();
    Line {
        position: l.position.0,
        id: l.id.to_string(),
        at: l.at.rfc3339(),
        from: From {
            name: author.map(|a| a.name),
            kind: match l.kind {
                AuthorKind::Audience => "audience",
                AuthorKind::Presenter => "presenter",
                AuthorKind::Room => "room",
                AuthorKind::System => "system",
            },
        },
        text,
        status: match l.status {
            LineStatus::Posted => "posted",
            LineStatus::Held => "held",
            LineStatus::Relayed => "relayed",
            LineStatus::Unknown => "unknown",
            LineStatus::Late => "late",
            LineStatus::Failed => "failed",
        },
    }
}

/// The chat's history, by position.
#[utoipa::path(get, path = "/live/{event}/chat", tag = "chat", params(("event" = String, Path), Which), responses((status = 200, body = Lines), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Path(event): Path<String>,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<axum::Json<Lines>, Problem> {
    let row = row(&web, &event).await?;
    may_watch(&web, &row, me.as_ref(), &headers).await?;
    let limit = limit(which.limit)?;
    // A line that was taken away is handed out to nobody any more: the room may have said so before the tables have it.
    let head = web.log.head();
    settle(&web, head).await;
    // Where the tables stay behind, as on a full disk, the log itself says what was taken away.
    let gone = web.hub.removed_since_the_tables(row.id).await;
    let gone = gone.map_err(|e| Problem::unavailable("a chat can't be read", e))?;
    // Nor the chat to somebody who was shut out of it. Where it is public, anybody reads it who does not say who they are.
    let banned = lines::ban_of(&web, &row, me.as_ref()).await;
    if banned
        .map_err(|e| Problem::unavailable("bans can't be read", e))?
        .is_some()
    {
        return Err(Code::ChatBanned.into());
    }
    let found = match (which.after, which.before) {
        (Some(_), Some(_)) => return Err(Problem::new(Code::BadQuery).detail("after or before, not both")),
        (Some(after), None) => web.read.chat_after(row.id, Position(after), limit).await,
        (None, Some(before)) => web.read.chat_before(row.id, Position(before), limit).await,
        (None, None) => web.read.chat_last(row.id, limit).await,
    };
    let lines = found.map_err(|e| Problem::unavailable("a chat can't be read", e))?;
    let upto = lines.last().map_or(which.after.unwrap_or(0), |l| l.position.0);
    let shown = lines.iter().filter(|l| !l.removed && !gone.contains(&l.id));
    let items = shown.map(|l| line(&web, l)).collect();
    Ok(axum::Json(Lines { items, upto }))
}

/// A line to post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// Chosen by the client, the same when it tries again: nothing is posted twice.
    pub client_id: String,
    /// At least one character after trimming, no control characters.
    pub text: String,
}

/// It is in the log, on disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptOut {
    /// As given.
    pub client_id: String,
    /// The line's id.
    pub id: String,
    /// Where in the log.
    pub position: u64,
}

/// Posts a line.
#[utoipa::path(post, path = "/live/{event}/chat", tag = "chat", request_body = NewLine, params(("event" = String, Path)), responses((status = 201, body = ReceiptOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn post(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    headers: HeaderMap,
    Body(new): Body<NewLine>,
) -> Result<Written<ReceiptOut>, Problem> {
    let row = row(&web, &event).await?;
    let live = row.id;
    let _acting = web.acts.begin(me.person).await;
    let me = me.again(&web, &headers).await?;
    may_watch(&web, &row, Some(&me), &headers).await?;
    let posted = lines::post(&web, live, &me, &new.client_id, &new.text).await;
    let receipt = posted.map_err(post_refused)?;
    let body = ReceiptOut {
        client_id: receipt.client_id,
        id: receipt.id.to_string(),
        position: receipt.position.0,
    };
    Ok(Written {
        status: StatusCode::CREATED,
        position: Some(receipt.position),
        body,
    })
}

/// Takes a line away: its author, presenters, administrators.
#[utoipa::path(delete, path = "/live/{event}/chat/{message}", tag = "chat", params(("event" = String, Path), ("message" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((event, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let live = row(&web, &event).await?.id;
    let message: MessageId = id(&message)?;
    let _acting = web.acts.begin(me.person).await;
    let me = me.again(&web, &headers).await?;
    let position = lines::remove(&web, live, &me, message).await.map_err(remove_refused)?;
    Ok(gone(Some(position)))
}

fn post_refused(refused: PostRefused) -> Problem {
    let code = match refused.code {
        PostCode::Closed => Code::ChatClosed,
        PostCode::TooLong => Code::ChatTooLong,
        PostCode::TooFast => Code::ChatTooFast,
        PostCode::SignedOut => Code::SignedOut,
        PostCode::Forbidden => Code::Forbidden,
        PostCode::Banned => Code::ChatBanned,
        PostCode::Muted => Code::ChatMuted,
        PostCode::Unavailable => Code::Unavailable,
        PostCode::Invalid => Code::ChatBadText,
    };
    let problem = Problem::new(code).detail(refused.text);
    match refused.retry_after_ms {
        Some(ms) => problem.retry_after(ms.div_ceil(1000)),
        None => problem,
    }
}

fn remove_refused(refused: RemoveRefused) -> Problem {
    match refused {
        RemoveRefused::NoMessage => Code::NotFound.into(),
        RemoveRefused::Forbidden => Code::Forbidden.into(),
        RemoveRefused::Unavailable => Problem::new(Code::Unavailable).retry_after(2),
    }
}
