//! API tokens: one's own here, other people's in `access`. What a token may be used for stands in `auth::scopes`.

use amphi_events::ids::PersonId;
use amphi_events::plain::is_label;
use amphi_events::store::{ApiToken, NewApiToken, TokenScope, TokenScopes};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::secret_answer;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Page, Written, gone};
use crate::Web;
use crate::auth::{Identity, SignedIn, accounts};

/// Most tokens of a person, those that have ended included.
const TOKENS_MAX: usize = 50;
/// Shortest and longest time of a token that ends, in seconds: an hour, ten years.
const LASTS_S: std::ops::RangeInclusive<i64> = 3_600..=3_653 * 86_400;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// What it may be used for: `read`, `chat`, `plan`, `moderate`, `audit`, `administer`, `account`. None named: whatever this
    /// call's own proof may. A token never may more than its person.
    pub scopes: Option<Vec<String>>,
    /// Seconds until it ends; none: until it is revoked, or as long as the token that makes it.
    pub lasts_s: Option<i64>,
}

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenOut {
    /// Names it; not secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Since when.
    pub created: String,
    /// What it may be used for.
    pub scopes: Vec<&'static str>,
    /// From when on it is refused.
    pub ends_at: Option<String>,
    /// It is refused because its time is over.
    pub ended: bool,
    /// Its last use, to the minute.
    pub used_at: Option<String>,
}

/// A token just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenMade {
    /// Names it; not secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<&'static str>,
    /// From when on it is refused.
    pub ends_at: Option<String>,
    /// For `Authorization: Bearer`; shown this once.
    pub token: String,
}

fn words(scopes: TokenScopes) -> Vec<&'static str> {
    scopes.list().into_iter().map(TokenScope::as_str).collect()
}

/// One's tokens, oldest first.
#[utoipa::path(get, path = "/tokens", tag = "me", responses((status = 200, body = Page<TokenOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, SignedIn(me): SignedIn) -> Result<axum::Json<Page<TokenOut>>, Problem> {
    Ok(axum::Json(outs(&web, me.person).await?))
}

/// A person's tokens.
pub(super) async fn outs(web: &Web, person: PersonId) -> Result<Page<TokenOut>, Problem> {
    let tokens = web
        .store
        .list_tokens(person)
        .await
        .map_err(|e| Problem::unavailable("tokens can't be read", e))?;
    let now = web.sources.now();
    let out = |t: ApiToken| TokenOut {
        ended: t.ended(now),
        id: t.id,
        name: t.name,
        created: t.created.rfc3339(),
        scopes: words(t.scopes),
        ends_at: t.ends.map(amphi_events::Time::rfc3339),
        used_at: t.used.map(amphi_events::Time::rfc3339),
    };
    Ok(Page {
        items: tokens.into_iter().map(out).collect(),
        next: None,
    })
}

/// Makes a token of a person. A token makes none that could do what it can't itself, nor one that outlives it: who finds a limited one must
/// not get further.
pub(super) async fn made(
    web: &Web,
    by: &Identity,
    person: PersonId,
    new: &NewToken,
) -> Result<Written<TokenMade>, Problem> {
    let unavailable = |e| Problem::unavailable("a token can't be made", e);
    let name = new.name.trim();
    if !is_label(name) {
        return Err(Code::BadName.into());
    }
    let scopes = match &new.scopes {
        None => by.scopes,
        Some(words) => {
            let parsed: Result<TokenScopes, _> = words.iter().map(|w| w.parse::<TokenScope>()).collect();
            parsed.map_err(|e| Problem::new(Code::TokenScopes).detail(e.to_string()))?
        }
    };
    if scopes.is_empty() || !by.scopes.covers(scopes) {
        return Err(Code::TokenScopes.into());
    }
    if new.lasts_s.is_some_and(|s| !LASTS_S.contains(&s)) {
        return Err(Code::TokenLasts.into());
    }
    let now = web.sources.now();
    let ends = match (new.lasts_s.map(|s| now.plus_s(s)), by.ends) {
        (Some(asked), Some(most)) if asked > most => {
            return Err(Problem::new(Code::TokenLasts).with("ends_at", most.rfc3339()));
        }
        (asked, most) => asked.or(most),
    };
    if web.store.list_tokens(person).await.map_err(unavailable)?.len() >= TOKENS_MAX {
        return Err(Code::TooManyTokens.into());
    }
    let kept = NewApiToken { name, scopes, ends };
    let act = by.act(web);
    let (held, token, position) = accounts::make_token(&web.aggregates, &web.store, act, person, kept).await?;
    let body = TokenMade {
        id: held.id,
        name: name.to_owned(),
        scopes: words(scopes),
        ends_at: ends.map(amphi_events::Time::rfc3339),
        token,
    };
    Ok(Written::made(position, body))
}

/// Makes a token that may what its scopes name of what one may oneself.
#[utoipa::path(post, path = "/tokens", tag = "me", request_body = NewToken, responses((status = 201, body = TokenMade), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn make(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    headers: HeaderMap,
    Body(new): Body<NewToken>,
) -> Result<Response, Problem> {
    let _acting = web.acts.begin(me.person).await;
    let me = me.again(&web, &headers).await?;
    let body = made(&web, &me, me.person, &new).await?;
    Ok(secret_answer(body.into_response()))
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "me", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn revoke(State(web): State<Web>, SignedIn(me): SignedIn, Path(id): Path<String>) -> Result<Response, Problem> {
    let act = me.act(&web);
    let position = accounts::revoke_token(&web, act, me.person, &id).await?;
    Ok(gone(Some(position.ok_or(Code::NotFound)?)))
}
