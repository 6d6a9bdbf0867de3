//! Sessions that other front ends opened on the same BBB: what is offered, and broadcasting it (census §10).

use amphi_events::Time;
use amphi_events::ids::{MeetingId, PersonId};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meetings::shape::MeetingOut;
use super::meetings::view::whole;
use super::people;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Written};
use crate::Web;
use crate::auth::{Identity, Planner, SignedIn, accounts, webinar};
use crate::elsewhere::Sighting;
use crate::elsewhere::matching::By;
use crate::elsewhere::start::{self, Wish};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(begin))
}

/// Somebody to whom a session is offered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForeignMatchOut {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// How they were found: `id`, `name`, or `homonym` (then it is offered to administrators alone).
    pub by: &'static str,
}

/// The live of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BroadcastOut {
    /// Name of whoever does it.
    pub by: String,
    /// The meeting.
    pub meeting: String,
    /// The live.
    pub event: Option<String>,
}

/// A session that another front end opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForeignSessionOut {
    /// What it is called in these addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// So many are in it.
    pub people: u32,
    /// It has breakout rooms now, of which the audience would see no more than their announcement.
    pub breakouts: bool,
    /// BBB may record it, for whoever opened it.
    pub recorded: bool,
    /// Its live, if there is one.
    pub broadcast: Option<BroadcastOut>,
    /// Whose it is, for administrators.
    pub people_matched: Vec<ForeignMatchOut>,
    /// Names of those who moderate it, for administrators.
    pub moderators: Vec<String>,
}

/// What is offered, and how much more may be broadcast.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForeignSessionsOut {
    /// The sessions: one's own; all of them for administrators.
    pub items: Vec<ForeignSessionOut>,
    /// When BBB said so, RFC 3339.
    pub as_of: Option<String>,
    /// Since when BBB doesn't answer, RFC 3339: then these are unknown, and none of them is over.
    pub unknown_since: Option<String>,
    /// So many may be broadcast at once.
    pub most: u32,
    /// So many are.
    pub running: usize,
    /// When the first of them is planned to be over, RFC 3339.
    pub next_free: Option<String>,
}

/// Sessions that another front end opened and that one may broadcast: one's own; all of them for administrators.
#[utoipa::path(get, path = "/elsewhere", tag = "lives", responses((status = 200, body = ForeignSessionsOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, SignedIn(me): SignedIn) -> Result<axum::Json<ForeignSessionsOut>, Problem> {
    let settings = start::settings(&web)?;
    let seen = web.elsewhere.seen();
    let looked = web.aggregates.elsewhere.look(amphi_events::elsewhere::ALL).await;
    let taken = looked
        .map_err(|e| Problem::unavailable("sessions from elsewhere can't be read", e))?
        .state;
    let theirs: Vec<&Sighting> = if me.role.administers() {
        seen.sessions.iter().collect()
    } else if webinar::may(&web, &me).await? {
        seen.of(me.person).collect()
    } else {
        vec![]
    };
    let mut items = vec![];
    for session in theirs {
        let broadcast = match taken.of(&session.room.internal_id) {
            Some((meeting, held)) => Some(broadcast(&web, meeting, held.by).await?),
            None => None,
        };
        items.push(out(&web, &me, session, broadcast).await?);
    }
    let time = |t: Option<Time>| t.map(Time::rfc3339);
    Ok(axum::Json(ForeignSessionsOut {
        items,
        as_of: time(seen.at),
        unknown_since: time(seen.unknown_since),
        most: settings.most,
        running: taken.taken.len(),
        next_free: time(taken.next_free(web.sources.now())),
    }))
}

async fn broadcast(web: &Web, meeting: MeetingId, by: PersonId) -> Result<BroadcastOut, Problem> {
    let looked = web.aggregates.meetings.look(meeting).await;
    let live = looked
        .map_err(|e| Problem::unavailable("a meeting can't be read", e))?
        .state
        .live;
    Ok(BroadcastOut {
        by: start::name_of(web, by).await?,
        meeting: meeting.to_string(),
        event: live.map(|l| l.to_string()),
    })
}

async fn out(
    web: &Web,
    me: &Identity,
    session: &Sighting,
    broadcast: Option<BroadcastOut>,
) -> Result<ForeignSessionOut, Problem> {
    let (mut people_matched, mut moderators) = (vec![], vec![]);
    if me.role.administers() {
        let matched = &session.matched;
        let found = matched.people.iter().map(|(person, by)| {
            let by = if *by == By::Id { "id" } else { "name" };
            (*person, by)
        });
        let all: Vec<(PersonId, &'static str)> =
            found.chain(matched.homonyms.iter().map(|p| (*p, "homonym"))).collect();
        let ids: Vec<PersonId> = all.iter().map(|(p, _)| *p).collect();
        let names = people::names(web, &ids).await?;
        people_matched = all
            .into_iter()
            .map(|(person, by)| ForeignMatchOut {
                id: person.to_string(),
                name: names.of(person).name,
                by,
            })
            .collect();
        moderators = session.moderators.iter().map(|m| m.name.clone()).collect();
    }
    Ok(ForeignSessionOut {
        id: session.key.clone(),
        name: session.name.clone(),
        people: session.people,
        breakouts: session.breakouts,
        recorded: session.recorded,
        broadcast,
        people_matched,
        moderators,
    })
}

/// How a session is to be broadcast; what is left out is as the form proposes it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BroadcastInput {
    /// Only signed-in people watch; no.
    pub restricted: Option<bool>,
    /// The room's public chat is in the picture; yes.
    pub show_chat: Option<bool>,
    /// Keep a recording of the picture; no, and no gateway can.
    pub record: Option<bool>,
    /// Signed-in people write into the room's public chat; no.
    pub chat: Option<bool>,
    /// In whose name, by id or login: for administrators, and of those whose it may be.
    pub owner: Option<String>,
}

/// Broadcasts a session. Asked again by the same person, the answer is the meeting that is there.
#[utoipa::path(post, path = "/elsewhere/{id}/live", tag = "lives", request_body = BroadcastInput, params(("id" = String, Path)), responses((status = 201, body = MeetingOut), (status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn begin(
    State(web): State<Web>,
    Planner(me): Planner,
    Path(key): Path<String>,
    Body(input): Body<BroadcastInput>,
) -> Result<Written<MeetingOut>, Problem> {
    let usual = Wish::default();
    let wish = Wish {
        restricted: input.restricted.unwrap_or(usual.restricted),
        show_chat: input.show_chat.unwrap_or(usual.show_chat),
        record: input.record.unwrap_or(usual.record),
        chat: input.chat.unwrap_or(usual.chat),
    };
    let owner = match &input.owner {
        Some(who) => match accounts::find(&web, who).await? {
            Some(account) => account.person,
            None => return Err(Problem::new(Code::UnknownPerson).with("person", who.as_str())),
        },
        None => me.person,
    };
    let begun = start::begin(&web, &me, &key, wish, owner).await?;
    let meeting = whole(&web, begun.meeting).await?;
    Ok(if begun.new {
        Written::made(begun.position, meeting)
    } else {
        Written::done(begun.position, meeting)
    })
}
