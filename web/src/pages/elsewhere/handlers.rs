//! `/elsewhere/{key}`, and what the first page and *My meetings* offer.

use amphi_events::Time;
use amphi_events::ids::PersonId;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::view::{self, Bar, FormView, OfferLine};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::auth::{Identity, webinar};
use crate::elsewhere::start::{self, Wish};
use crate::elsewhere::{Sighting, matching};
use crate::pages::common::{Reader, Shown, Stop, see};

fn down(e: impl std::fmt::Display) -> Stop {
    Problem::unavailable("accounts can't be read", e).into()
}

/// The sessions that are offered to somebody.
///
/// # Errors
/// 503.
pub async fn offers(web: &Web, me: Option<&Identity>) -> Result<Vec<OfferLine>, Stop> {
    let Some(me) = me.filter(|_| web.settings.elsewhere.is_some()) else {
        return Ok(vec![]);
    };
    let seen = web.elsewhere.seen();
    let mut lines = vec![];
    for session in seen.of(me.person) {
        if lines.is_empty() && !webinar::may(web, me).await? {
            break;
        }
        let taken = match start::taken(web, &session.room.internal_id).await? {
            Some((meeting, taken)) => {
                let live = web.read.meeting(meeting).await?.filter(|m| m.is_presenter(me.person));
                let event = live.and_then(|m| m.live).map(|l| l.to_string());
                Some((start::name_of(web, taken.by).await?, event))
            }
            None => None,
        };
        lines.push(OfferLine {
            key: session.key.clone(),
            name: session.name.clone(),
            taken,
        });
    }
    Ok(lines)
}

/// In whose name a session can be broadcast by an administrator, beside their own.
pub(super) async fn owners(
    web: &Web,
    me: &Identity,
    matched: &matching::Matched,
) -> Result<Vec<(String, String)>, Stop> {
    if !me.role.administers() {
        return Ok(vec![]);
    }
    let ids: Vec<PersonId> = matched.people.keys().chain(&matched.homonyms).copied().collect();
    let accounts = web.store.accounts_by_ids(&ids).await.map_err(down)?;
    let others = accounts.into_iter().filter(|a| a.person != me.person);
    // Homonyms are told apart by their logins.
    let mut owners: Vec<_> = others
        .map(|a| (a.person.to_string(), format!("{} ({})", a.name, a.login)))
        .collect();
    owners.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(owners)
}

/// What the form posts: a box that is not ticked sends nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    restricted: Option<String>,
    show_chat: Option<String>,
    record: Option<String>,
    chat: Option<String>,
    owner: String,
}

impl Asked {
    const fn wish(&self) -> Wish {
        Wish {
            restricted: self.restricted.is_some(),
            show_chat: self.show_chat.is_some(),
            record: self.record.is_some(),
            chat: self.chat.is_some(),
        }
    }
}

/// `GET /elsewhere/{key}`.
pub async fn show(State(web): State<Web>, reader: Reader, Path(key): Path<String>) -> Response {
    reader.answer(shown(&web, &reader, &key, Wish::default(), String::new(), None).await)
}

async fn shown(web: &Web, reader: &Reader, key: &str, wish: Wish, owner: String, bar: Option<Bar>) -> Shown {
    let me = reader.person()?;
    let session: Sighting = start::offered(web, me, key).await?;
    let bar = match bar {
        None => barred(web, &session).await?,
        bar => bar,
    };
    let view = FormView {
        key: session.key,
        name: session.name,
        breakouts: session.breakouts,
        recorded: session.recorded,
        wish,
        owners: owners(web, me, &session.matched).await?,
        owner,
        bar,
        zone: web.settings.time_zone.clone(),
        now: web.sources.now(),
    };
    Ok(reader.page(view::form(&reader.frame, &view)))
}

/// What stands against it before anybody asks.
async fn barred(web: &Web, session: &Sighting) -> Result<Option<Bar>, Stop> {
    if let Some((_, taken)) = start::taken(web, &session.room.internal_id).await? {
        return Ok(Some(Bar::Taken(start::name_of(web, taken.by).await?)));
    }
    let looked = web.aggregates.elsewhere.look(amphi_events::elsewhere::ALL).await;
    let all = looked.map_err(down)?.state;
    let most = start::settings(web)?.most;
    let full = all.taken.len() >= usize::try_from(most).unwrap_or(usize::MAX);
    Ok(full.then(|| Bar::Full(most, all.next_free(web.sources.now()))))
}

/// `POST /elsewhere/{key}`.
pub async fn begin(
    State(web): State<Web>,
    reader: Reader,
    Path(key): Path<String>,
    Form(asked): Form<Asked>,
) -> Response {
    let done = begun(&web, &reader, &key, &asked).await;
    reader.answer(done)
}

async fn begun(web: &Web, reader: &Reader, key: &str, asked: &Asked) -> Shown {
    let me = reader.person()?;
    let owner = match asked.owner.as_str() {
        "" => me.person,
        id => id.parse().map_err(|_| Code::BadQuery)?,
    };
    let problem = match start::begin(web, me, key, asked.wish(), owner).await {
        Ok(begun) => return Ok(see(&format!("/live/{}/console", begun.live))),
        Err(problem) => problem,
    };
    let text = |name: &str| problem.more.get(name).and_then(|v| v.as_str());
    let bar = match problem.code {
        Code::ElsewhereTaken => Bar::Taken(text("by").unwrap_or("–").to_owned()),
        Code::ElsewhereFull => {
            let most = problem.more.get("most").and_then(serde_json::Value::as_u64);
            let next = text("next_free").and_then(|t| Time::parse_rfc3339(t).ok());
            Bar::Full(most.and_then(|m| u32::try_from(m).ok()).unwrap_or_default(), next)
        }
        Code::ElsewhereRecording | Code::MeetingElsewhere => Bar::Other(reader.words(&problem)),
        _ => return Err(problem.into()),
    };
    let mut answer = shown(web, reader, key, asked.wish(), asked.owner.clone(), Some(bar)).await?;
    *answer.status_mut() = if problem.code == Code::ElsewhereRecording {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::CONFLICT
    };
    Ok(answer)
}
