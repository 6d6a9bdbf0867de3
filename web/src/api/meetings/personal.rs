//! A person's own room, made at their first visit (census §2.2): `/me/room`.

use amphi_events::Position;
use amphi_events::ids::{MeetingId, PersonId};
use amphi_events::meeting::personal;
use axum::extract::State;
use axum::http::HeaderMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::MeetingOut;
use super::view::{settle, whole};
use crate::Web;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::request::Written;
use crate::auth::{Identity, Planner};
use crate::i18n::{Lang, T};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(room))
}

/// Id of a person's own room.
async fn of(web: &Web, owner: PersonId) -> Result<MeetingId, Problem> {
    let unavailable = |e: String| Problem::unavailable("a personal room can't be made", e);
    let before = personal::id_without_key(owner);
    let held = web.aggregates.meetings.look(before).await.map_err(unavailable)?;
    if held.state.owner.is_some() {
        return Ok(before);
    }
    personal::id(&web.keys, owner).map_err(|e| unavailable(e.to_string()))
}

/// The person's own room: made where there is none, whoever else is asking for it at the same time.
///
/// # Errors
/// The log takes nothing.
pub async fn ensure(web: &Web, me: &Identity, lang: Lang) -> Result<(MeetingId, Position), Problem> {
    let id = of(web, me.person).await?;
    let now = web.sources.now();
    let command = personal::make(
        me.person,
        lang.t(T::PersonalRoom),
        now,
        &web.settings.time_zone,
        web.settings.meeting_defaults.clone(),
    );
    let act = me.act(web);
    let done = web.aggregates.meetings.execute(id, command, act).await?;
    settle(web, done.position).await;
    Ok((id, done.position))
}

/// One's own room: always there, under one address for ever. Made here where there is none yet; asked for again it is the same.
#[utoipa::path(put, path = "/me/room", tag = "meetings", responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn room(
    State(web): State<Web>,
    Planner(me): Planner,
    headers: HeaderMap,
) -> Result<Written<MeetingOut>, Problem> {
    let (id, position) = ensure(&web, &me, Lang::from_request(None, &headers)).await?;
    Ok(Written::done(position, whole(&web, id).await?))
}
