//! `GET /live`, `/live/new`, `/live/{event}/edit`.

use std::collections::HashMap;

use amphi_events::Time;
use amphi_events::building::Buildings;
use amphi_events::ids::BroadcasterId;
use amphi_projections::{BroadcasterRow, LiveRow, Sought, Span};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::form::{self, FormView, LiveFields};
use super::view::{self, Card, Filters, ListView, PER_PAGE, Part, Which};
use crate::api::lives::picture_path;
use crate::api::problem::{Code, Problem};
use crate::api::{buildings, live_door, live_holds};
use crate::auth::Identity;
use crate::i18n::{T, times};
use crate::media::push;
use crate::pages::common::{Reader, Shown, Stop};
use crate::pages::home::handlers::{stage_of, zone_of};
use crate::{Web, live_settings, watch};

/// Most lives that run at the same time on a page.
const MOST: usize = 60;

/// What stands behind the question mark.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `past`, or what is not over.
    pub when: String,
    /// `1`: the reader's own.
    pub mine: String,
    /// Words of the title.
    pub q: String,
    /// A type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of a building.
    pub building: String,
    /// From 1; what is none is the first, and beyond the last the last (census §5.4).
    pub page: String,
    /// The same for the past among one's own.
    pub past: String,
}

/// What cards say of places.
pub struct Places {
    rows: HashMap<BroadcasterId, BroadcasterRow>,
    buildings: Buildings,
}

impl Places {
    /// As of now.
    ///
    /// # Errors
    /// 503.
    pub async fn load(web: &Web) -> Result<Self, Stop> {
        let rows = web.read.broadcasters().await?;
        Ok(Self {
            rows: rows.into_iter().map(|b| (b.id, b)).collect(),
            buildings: buildings::all(web).await?,
        })
    }

    /// Building and broadcaster in words; a broadcaster that nobody chose for its place says nothing to people.
    pub fn words(&self, at: BroadcasterId) -> Option<String> {
        let row = self.rows.get(&at)?;
        let building = row.details.building.and_then(|b| self.buildings.all.get(&b));
        building.map(|b| format!("{} – {}", b.name, row.name))
    }

    /// The map of its building, and what the broadcaster is: how people find it.
    pub fn way(&self, at: BroadcasterId) -> (Option<String>, Option<String>) {
        let Some(row) = self.rows.get(&at) else {
            return (None, None);
        };
        let building = row.details.building.and_then(|b| self.buildings.all.get(&b));
        // Where nobody chose its place it is a machine's, and no matter of people who come.
        let Some(building) = building else { return (None, None) };
        let about = row.details.description.0.clone();
        (building.map_url.clone(), Some(about).filter(|a| !a.is_empty()))
    }

    /// Whether the wall shows what is fetched there.
    pub fn on_the_wall(&self, at: BroadcasterId) -> bool {
        self.rows.get(&at).is_none_or(|b| b.details.public)
    }

    /// Names of a broadcaster and of its building, for administrators; empty where there is none.
    pub fn names(&self, at: BroadcasterId) -> (String, String) {
        let Some(row) = self.rows.get(&at) else {
            return (String::new(), String::new());
        };
        let building = row.details.building.and_then(|b| self.buildings.all.get(&b));
        (row.name.clone(), building.map(|b| b.name.clone()).unwrap_or_default())
    }

    /// What is shown there is for the signed-in.
    pub fn restricted(&self, at: BroadcasterId) -> bool {
        self.rows.get(&at).is_some_and(|b| b.details.restricted)
    }

    /// The broadcaster's own picture.
    pub fn picture(&self, at: BroadcasterId) -> Option<&amphi_events::page::HoldPicture> {
        self.rows.get(&at)?.details.picture.as_ref()
    }

    fn buildings(&self) -> Vec<(String, String)> {
        let named = self
            .buildings
            .all
            .iter()
            .map(|(id, b)| (id.to_string(), b.name.clone()));
        let mut all: Vec<(String, String)> = named.collect();
        all.sort_by_key(|(_, name)| name.to_lowercase());
        all
    }
}

/// A live as a card.
pub fn card(web: &Web, row: &LiveRow, places: &Places, me: Option<&Identity>, now: Time) -> Card {
    let shown = row.page.open() || watch::pilots(row, me);
    let of_place = || row.place().and_then(|at| places.picture(at));
    let picture = row.page.picture.as_ref().or_else(of_place).filter(|_| shown);
    Card {
        event: row.id.to_string(),
        title: row.title.clone(),
        stage: stage_of(row, now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: zone_of(web, row),
        restricted: row.restricted || row.place().is_some_and(|at| places.restricted(at)),
        groups: row.for_groups(),
        password: row.page.password,
        draft: row.page.draft,
        kind: row.page.details.kind.0.clone(),
        place: row.place().and_then(|at| places.words(at)),
        picture: picture.map(|p| picture_path(row.id, p.id)),
        edits: watch::pilots(row, me),
    }
}

/// A page's number: what is none is the first, and beyond the last the last.
fn page_of(text: &str, count: u64) -> u64 {
    let pages = count.div_ceil(PER_PAGE as u64).max(1);
    text.parse::<u64>().unwrap_or(1).clamp(1, pages)
}

async fn part(
    web: &Web,
    me: Option<&Identity>,
    places: &Places,
    sought: &Sought,
    span: Span,
    asked: &str,
    name: &'static str,
) -> Result<Part, Stop> {
    let now = web.sources.now();
    let count = web.read.count_lives(span, sought, now).await?;
    // What runs stands on one page.
    let (page, most) = if span == Span::Now {
        (1, MOST)
    } else {
        (page_of(asked, count), PER_PAGE)
    };
    let skip = usize::try_from(page - 1).unwrap_or(0) * PER_PAGE;
    let rows = web.read.lives_sought(span, sought, now, None, skip, most).await?;
    let (id, title, none) = match span {
        Span::Now => ("now", T::LivesNow, T::NoLiveNow),
        Span::Next | Span::NotOver => ("next", T::LivesNext, T::NoLiveNext),
        Span::Past => ("past", T::LivesPast, T::NoLivePast),
    };
    Ok(Part {
        id,
        title,
        none,
        cards: rows.iter().map(|r| card(web, r, places, me, now)).collect(),
        count: if span == Span::Now { count.min(1) } else { count },
        page: (page, name),
    })
}

/// `GET /live`.
pub async fn list(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(listed(&web, &reader, asked).await)
}

async fn listed(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    let me = reader.me.as_ref();
    let which = match (asked.mine.as_str(), asked.when.as_str()) {
        ("1", _) => Which::Mine,
        (_, "past") => Which::Past,
        _ => Which::Coming,
    };
    if which == Which::Mine {
        reader.person()?;
    }
    let places = Places::load(web).await?;
    let eyes = Sought::by(watch::eyes(web, me).await?);
    let span = match which {
        Which::Coming => Some(Span::NotOver),
        Which::Past => Some(Span::Past),
        Which::Mine => None,
    };
    let of = Sought {
        mine: which == Which::Mine,
        ..eyes.clone()
    };
    let kinds = web.read.kinds_of_lives(span, &of, web.sources.now()).await?;
    let sought = Sought {
        mine: which == Which::Mine,
        kinds: if asked.kind.is_empty() {
            vec![]
        } else {
            vec![asked.kind.clone()]
        },
        places: match asked.building.parse() {
            Ok(id) => Some(buildings::broadcasters_in(web, id).await?),
            Err(_) => None,
        },
        text: asked.q.chars().take(100).collect(),
        ..eyes
    };
    let part = async |span, asked: &str, name| part(web, me, &places, &sought, span, asked, name).await;
    let parts = match which {
        Which::Coming => vec![
            part(Span::Now, "", "page").await?,
            part(Span::Next, &asked.page, "page").await?,
        ],
        Which::Past => vec![part(Span::Past, &asked.page, "page").await?],
        Which::Mine => vec![
            part(Span::NotOver, &asked.page, "page").await?,
            part(Span::Past, &asked.past, "past").await?,
        ],
    };
    let plans = match me {
        Some(me) => live_settings::may_plan(web, me).await?,
        None => false,
    };
    let view = ListView {
        which,
        parts,
        filters: Filters {
            text: sought.text.clone(),
            kind: asked.kind,
            kinds,
            building: asked.building,
            buildings: places.buildings(),
        },
        plans,
        signed_in: me.is_some(),
        at: web.sources.now(),
    };
    Ok(reader.page(view::list(&reader.frame, &view)))
}

/// What the form offers, beside the live itself.
async fn offers(
    web: &Web,
    me: &Identity,
    held: Option<BroadcasterId>,
) -> Result<(Vec<(String, String)>, Vec<(String, String)>), Stop> {
    let places = Places::load(web).await?;
    let mut broadcasters = vec![];
    let mut rows: Vec<&BroadcasterRow> = places.rows.values().filter(|b| !b.removed).collect();
    rows.sort_by_key(|b| b.name.to_lowercase());
    for row in rows {
        let open = row.details.plannable && live_settings::may_use(web, me, &row.details.groups.0).await?;
        if open || held == Some(row.id) {
            let name = places.words(row.id).unwrap_or_else(|| row.name.clone());
            broadcasters.push((row.id.to_string(), name));
        }
    }
    let down = |e| Stop::from(Problem::unavailable("groups can't be read", e));
    let groups = web.store.list_groups().await.map_err(down)?;
    Ok((broadcasters, groups.into_iter().map(|g| (g.code, g.name)).collect()))
}

/// What a form chooses before anything is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Id of a broadcaster (census §5.2: opened from a broadcaster's page).
    pub broadcaster: String,
}

/// `GET /live/new`.
pub async fn fresh(State(web): State<Web>, reader: Reader, Query(chosen): Query<Chosen>) -> Response {
    reader.answer(new_form(&web, &reader, chosen).await)
}

async fn new_form(web: &Web, reader: &Reader, chosen: Chosen) -> Shown {
    let me = reader.person()?;
    if !live_settings::may_plan(web, me).await? {
        return Err(Code::LiveRight.into());
    }
    let (broadcasters, groups) = offers(web, me, None).await?;
    let zone = web.settings.time_zone.clone();
    let now = web.sources.now();
    // Whole minutes, as the form writes them (census §5.1: an hour from now on).
    let next = Time(now.0.div_euclid(60_000) * 60_000 + 60_000);
    let view = FormView {
        id: None,
        version: None,
        meeting: false,
        owns: true,
        going_on: false,
        over: false,
        fields: LiveFields {
            starts_at: times::input(next, &zone),
            ends_at: times::input(next.plus_s(3600), &zone),
            broadcaster: chosen.broadcaster,
            draft: true,
            chat: true,
            below_height: 400,
            ..LiveFields::default()
        },
        broadcasters,
        open: push::shown_to_everybody(web).await?,
        groups,
        kinds: web.settings.lives.kinds.clone(),
        hosts: web.settings.lives.hosts.clone(),
        zone,
        link: None,
        encoder: None,
        picture: None,
        picture_max: web.shelf.bytes_max,
    };
    Ok(reader.page(form::form(&reader.frame, &view)))
}

/// `GET /live/{event}/edit`.
pub async fn edit(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    reader.answer(edit_form(&web, &reader, &event).await)
}

async fn edit_form(web: &Web, reader: &Reader, event: &str) -> Shown {
    let me = reader.person()?;
    let row = crate::api::lives::row(web, event).await?;
    if !watch::pilots(&row, Some(me)) {
        return Err(watch::refused(&row, Some(me)).into());
    }
    let version = live_holds::version(web, row.id).await?;
    let row = crate::api::lives::row(web, event).await?;
    let door = live_door::held(web, &row).await?;
    let held = row.feed.map(|f| f.broadcaster);
    let (broadcasters, groups) = offers(web, me, held).await?;
    let down = |e| Stop::from(Problem::unavailable("accounts can't be read", e));
    let accounts = web.store.accounts_by_ids(&row.presenters).await.map_err(down)?;
    let logins: Vec<String> = accounts.into_iter().map(|a| a.login).collect();
    let zone = web.settings.time_zone.clone();
    let now = web.sources.now();
    let details = &row.page.details;
    let address = |a: &Option<amphi_events::Public<String>>| a.as_ref().map(|a| a.0.clone()).unwrap_or_default();
    let encoder = match (
        door.stream,
        door.stream_from.as_deref().map(amphi_events::Time::parse_rfc3339),
    ) {
        (None, None) => None,
        (stream, from) => {
            let from = from.and_then(Result::ok).map(|at| times::exact(at, &zone));
            Some((stream, from))
        }
    };
    let going_on = |p: &LiveRow| p.starts_at <= now && now < p.ends_at;
    let view = FormView {
        meeting: row.feed.is_none(),
        owns: row.owner == me.person || me.role.administers(),
        going_on: going_on(&row),
        over: row.ends_at <= now,
        fields: LiveFields {
            title: row.title.clone(),
            description: details.description.0.clone(),
            starts_at: times::input(row.starts_at, &zone),
            ends_at: times::input(row.ends_at, &zone),
            broadcaster: held.map(|b| b.to_string()).unwrap_or_default(),
            presenters: logins.join(", "),
            draft: row.page.draft,
            restricted: row.restricted,
            chat: row.chat_open,
            groups: row.page.groups.iter().cloned().collect(),
            password: door.password.unwrap_or_default(),
            kind: details.kind.0.clone(),
            below_url: address(&details.below_url),
            below_height: if details.below_height == 0 {
                400
            } else {
                details.below_height
            },
            beside_url: address(&details.beside_url),
            hold_video_url: address(&details.hold_video_url),
        },
        broadcasters,
        open: push::shown_to_everybody(web).await?,
        groups,
        kinds: web.settings.lives.kinds.clone(),
        hosts: web.settings.lives.hosts.clone(),
        zone,
        link: door.link,
        encoder,
        picture: row.page.picture.as_ref().map(|p| picture_path(row.id, p.id)),
        picture_max: web.shelf.bytes_max,
        id: Some(row.id.to_string()),
        version: Some(version),
    };
    Ok(reader.page(form::form(&reader.frame, &view)))
}
