//! Planning lives that an encoder feeds, on a broadcaster (census §5.2), and what any live's page shows.
//!
//! Plan, page, feed and the broadcaster's calendar are streams of their own, each with its rules. What spans them is asked of all of them
//! first, so that what is refused leaves nothing half done, and then goes in this order: the broadcaster is held, the plan is made and the page
//! is set (whichever shuts the page comes first), the feed is placed. What a process that was killed between two of them leaves held is let go
//! by the reactor `feeds`. One change of a live is carried out at a time (`live_holds`).

use std::collections::BTreeSet;

use amphi_events::broadcaster::{Broadcaster, BroadcasterCommand};
use amphi_events::chat::ChatCommand;
use amphi_events::feed::{FeedCommand, FeedEnd};
use amphi_events::ids::{BroadcasterId, LiveId, PersonId};
use amphi_events::live::{self, Arrangement, LiveCommand, Plan};
use amphi_events::page::{PageCommand, PageDetails};
use amphi_events::{Position, Public, Scope, Time};
use amphi_projections::LiveRow;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::free::{again, wall};
use super::live_door;
use super::live_holds::{Holds, allowed, version, versioned};
use super::lives::{LiveOut, out, row};
use super::meetings::shape::persons;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Written, done_before, gone, if_match};
use crate::auth::{Identity, SignedIn, accounts};
use crate::i18n::times;
use crate::live_settings::{self, DAY_S};
use crate::{Web, watch};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(change, withdraw))
        .routes(routes!(hand_over))
}

/// A live to plan, or what to change of one. What is left out stays, or has its default. Of a webinar's live only what its page shows and who
/// may see it can be changed: the rest is the meeting's.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LiveInput {
    /// Title, 1 to 250 characters. Stands in clear in the log. Needed for a new live.
    pub title: Option<String>,
    /// Start, RFC 3339, or date and hour (`2026-03-02T14:00`) in the house's zone. A new live without one starts now.
    pub starts_at: Option<String>,
    /// End, likewise. Needed for a new live.
    pub ends_at: Option<String>,
    /// Id of the broadcaster that an encoder pushes to. Needed for a new live.
    pub broadcaster: Option<String>,
    /// Co-owners, by id or login.
    pub additional_owners: Option<Vec<String>>,
    /// The same, as a form writes it: separated by commas or blanks.
    pub presenters: Option<String>,
    /// Only signed-in people watch. On a restricted broadcaster every live is.
    pub is_restricted: Option<bool>,
    /// Codes of groups: only their members watch. Naming any restricts the live.
    pub restrict_access_to_groups: Option<Vec<String>>,
    /// Only its owners see it, and whoever has its link. A new live is one where nobody says otherwise. A draft has no password, no restriction
    /// and no groups.
    pub is_draft: Option<bool>,
    /// Asked for on its page, 1 to 50 characters; null: none. Sealed in the store.
    #[serde(deserialize_with = "said")]
    pub password: Option<Option<String>>,
    /// There is a chat.
    pub enable_chat: Option<bool>,
    /// What it is about, at most 4000 characters. Stands in clear in the log.
    pub description: Option<String>,
    /// One of the types of the settings; empty: none.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Page in a frame below the picture; its host must be listed in the settings. Null: none.
    #[serde(deserialize_with = "said")]
    pub below_url: Option<Option<String>>,
    /// Height of that frame, 100 to 2000 pixels.
    pub below_height: Option<u32>,
    /// Page in a frame beside the picture, likewise.
    #[serde(deserialize_with = "said")]
    pub beside_url: Option<Option<String>>,
    /// Film shown while there is no picture, likewise.
    #[serde(deserialize_with = "said")]
    pub hold_video_url: Option<Option<String>>,
}

/// Tells null from what is not there.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("a live can't be read or planned", e)
}

fn needed<T>(value: Option<T>, field: &str) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::new(Code::BadBody).detail(format!("missing field `{field}`")))
}

fn moment(web: &Web, field: &'static str, text: &str) -> Result<Time, Problem> {
    let text = text.trim();
    let zone = web.settings.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let plain = || wall(text, zone).and_then(super::free::Wall::moment);
    let time = Time::parse_rfc3339(text).ok().or_else(plain);
    time.ok_or_else(|| {
        Problem::new(Code::LiveTime)
            .detail(format!("{field}: no moment"))
            .with("field", field)
    })
}

/// A live that one may change: owner, co-owners, administrators.
pub(super) async fn changed(web: &Web, me: &Identity, event: &str) -> Result<LiveRow, Problem> {
    let row = row(web, event).await?;
    if watch::pilots(&row, Some(me)) {
        Ok(row)
    } else {
        Err(watch::refused(&row, Some(me)).into())
    }
}

/// A live that one may delete or hand over: its owner, administrators.
async fn owned(web: &Web, me: &Identity, event: &str) -> Result<LiveRow, Problem> {
    let row = row(web, event).await?;
    if row.owner == me.person || me.role.administers() {
        Ok(row)
    } else {
        Err(watch::refused(&row, Some(me)).into())
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

impl LiveInput {
    async fn owners(&self, web: &Web) -> Result<Option<Vec<PersonId>>, Problem> {
        let written = self.presenters.as_deref().map(|text| {
            let names = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
            names.filter(|n| !n.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        });
        match self.additional_owners.clone().or(written) {
            Some(names) => Ok(Some(persons(web, &names).await?)),
            None => Ok(None),
        }
    }

    /// What the page shows, with what is given here in place.
    fn details(&self, web: &Web, held: &PageDetails) -> Result<PageDetails, Problem> {
        let lives = &web.settings.lives;
        let mut details = held.clone();
        if let Some(text) = &self.description {
            details.description = Public(text.trim().to_owned());
        }
        if let Some(kind) = &self.kind {
            let kind = kind.trim();
            // One that was taken out of the settings stays where it is.
            if !kind.is_empty() && *kind != held.kind.0 && !lives.kinds.iter().any(|k| k == kind) {
                return Err(Code::LiveType.into());
            }
            details.kind = Public(kind.to_owned());
        }
        details.below_height = self.below_height.unwrap_or(match details.below_height {
            0 => 400,
            height => height,
        });
        for (field, given, slot) in [
            ("below_url", &self.below_url, &mut details.below_url),
            ("beside_url", &self.beside_url, &mut details.beside_url),
            ("hold_video_url", &self.hold_video_url, &mut details.hold_video_url),
        ] {
            let Some(given) = given else { continue };
            let address = given.as_deref().map(str::trim).filter(|a| !a.is_empty());
            let held = slot.as_ref().map(|a| a.0.as_str());
            if let Some(address) = address.filter(|a| Some(*a) != held)
                && !lives.shows(address)
            {
                return Err(Problem::new(Code::LiveHost)
                    .detail(format!("{field}: not listed"))
                    .with("field", field));
            }
            *slot = address.map(|a| Public(a.to_owned()));
        }
        Ok(details)
    }

    async fn groups(&self, web: &Web) -> Result<Option<BTreeSet<String>>, Problem> {
        match &self.restrict_access_to_groups {
            Some(codes) => Ok(Some(super::groups::checked(web, codes).await?)),
            None => Ok(None),
        }
    }

    fn password(&self) -> Result<Option<Option<&str>>, Problem> {
        let Some(given) = &self.password else { return Ok(None) };
        let given = given.as_deref().map(str::trim).filter(|p| !p.is_empty());
        live_door::check_password(given)?;
        Ok(Some(given))
    }
}

/// What is asked for, once everything of it that can be said beforehand is right.
struct Asked {
    plan: Arrangement,
    at: BroadcasterId,
    details: PageDetails,
    draft: bool,
    /// It is one now.
    was_draft: bool,
    groups: BTreeSet<String>,
}

async fn asked(web: &Web, me: &Identity, input: &LiveInput, holds: &Holds) -> Result<Asked, Problem> {
    let now = web.sources.now();
    let (held, page) = (holds.plan(), &holds.page);
    let draft = input.is_draft.unwrap_or(held.is_none() || page.draft);
    let mut groups = input.groups(web).await?.unwrap_or_else(|| page.groups.clone());
    let at = match &input.broadcaster {
        Some(text) => text.parse().map_err(|_| Problem::new(Code::UnknownBroadcaster))?,
        None => needed(holds.place(), "broadcaster")?,
    };
    let there = if holds.place() == Some(at) {
        place(web, at).await?
    } else {
        plannable(web, me, at).await?
    };
    // Census L3: a disabled box is not sent, and the live was open to everybody.
    let restricted = input.is_restricted.unwrap_or(held.is_some_and(|p| p.restricted));
    let restricted = restricted || there.details.restricted || input.groups_named();
    let restricted = restricted && !draft;
    if !restricted {
        groups.clear();
    }
    let starts_at = match &input.starts_at {
        Some(text) => asked_moment(web, "starts_at", text, held.map(|p| p.starts_at))?,
        None => held.map_or(now, |p| p.starts_at),
    };
    let ends_at = match &input.ends_at {
        Some(text) => asked_end(web, text, held.map(|p| p.ends_at), starts_at)?,
        None => needed(held.map(|p| p.ends_at), "ends_at")?,
    };
    let longer = held.is_none_or(|p| ends_at.since_ms(starts_at) > p.ends_at.since_ms(p.starts_at));
    if longer && ends_at.since_ms(starts_at) > DAY_S * 1000 && !live_settings::may_plan_long(web, me).await? {
        return Err(Code::LiveLong.into());
    }
    let presenters = input.owners(web).await?;
    let plan = Arrangement {
        owner: held.map_or(me.person, |p| p.owner),
        presenters: presenters.unwrap_or_else(|| held.map(|p| p.presenters.clone()).unwrap_or_default()),
        title: match &input.title {
            Some(title) => title.clone(),
            None => needed(held.map(|p| p.title.clone()), "title")?,
        },
        starts_at,
        ends_at,
        restricted,
    };
    Ok(Asked {
        plan,
        at,
        details: input.details(web, &page.details)?,
        draft,
        was_draft: page.draft,
        groups,
    })
}

/// A moment, as it is asked for. A form writes what a clock shows, in whole minutes: what it did not move stays as it is, also where the clock
/// shows it twice, in the night in which summer time ends.
fn asked_moment(web: &Web, field: &'static str, text: &str, held: Option<Time>) -> Result<Time, Problem> {
    let given = moment(web, field, text)?;
    let same = |held: &Time| {
        held.0.div_euclid(60_000) == given.0.div_euclid(60_000)
            || times::input(*held, &web.settings.time_zone) == text.trim()
    };
    Ok(held.filter(same).unwrap_or(given))
}

/// An end that the clock shows twice is the second one where the first would not be after the start.
fn asked_end(web: &Web, text: &str, held: Option<Time>, starts_at: Time) -> Result<Time, Problem> {
    let given = asked_moment(web, "ends_at", text, held)?;
    if given > starts_at {
        return Ok(given);
    }
    let zone = web.settings.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    Ok(again(text.trim(), zone).unwrap_or(given))
}

impl LiveInput {
    fn groups_named(&self) -> bool {
        self.restrict_access_to_groups.as_ref().is_some_and(|g| !g.is_empty())
    }
}

impl Asked {
    fn arrange(&self) -> LiveCommand {
        LiveCommand::Arrange(Box::new(self.plan.clone()))
    }

    fn hold(&self, web: &Web, live: LiveId, (from, to): (Time, Time)) -> BroadcasterCommand {
        BroadcasterCommand::Reserve {
            reservation: web.sources.id(),
            live,
            from,
            to,
            margins: web.settings.margins,
        }
    }

    fn reserve(&self, web: &Web, live: LiveId) -> BroadcasterCommand {
        self.hold(web, live, (self.plan.starts_at, self.plan.ends_at))
    }

    fn page(&self, password: Option<Option<&str>>) -> [PageCommand; 2] {
        [
            PageCommand::Change(Box::new(self.details.clone())),
            PageCommand::Door {
                draft: self.draft,
                groups: self.groups.clone(),
                password: password.map(|p| p.is_some()),
            },
        ]
    }

    /// What is refused leaves nothing behind, and what is changed is changed whole: every rule is asked before anything is done.
    fn dressed(&self, holds: &Holds, password: Option<Option<&str>>, now: Time) -> Result<(), Problem> {
        if self.draft && password.flatten().is_some() {
            return Err(Code::LiveDraft.into());
        }
        for command in self.page(password) {
            allowed(&holds.page, &command, now)?;
        }
        Ok(())
    }

    async fn possible(
        &self,
        web: &Web,
        live: LiveId,
        holds: &Holds,
        password: Option<Option<&str>>,
    ) -> Result<(), Problem> {
        let now = web.sources.now();
        allowed(&holds.live, &self.arrange(), now)?;
        if self.plan.ends_at > now {
            allowed(&place(web, self.at).await?, &self.reserve(web, live), now)?;
        }
        allowed(&holds.feed, &FeedCommand::Place(self.at), now)?;
        self.dressed(holds, password, now)
    }
}

/// Carries out what was found possible. What shuts the page comes before the plan, or after it: a live that is planned and not yet restricted
/// would be seen, as would one that is no draft any more and not yet restricted.
async fn carry_out(
    web: &Web,
    me: &Identity,
    live: LiveId,
    asked: &Asked,
    (fresh, password): (bool, Option<Option<&str>>),
    key: Option<amphi_events::Key>,
) -> Result<Position, Problem> {
    let aggregates = &web.aggregates;
    let before = place(web, asked.at).await?.reservations.of(live).copied();
    let over = asked.plan.ends_at <= web.sources.now();
    let mut position = Position(0);
    // First of all: somebody else may have it since it was looked at, and then nothing is done.
    if !over {
        let reserve = asked.reserve(web, live);
        let done = aggregates.broadcasters.execute(asked.at, reserve, me.act(web)).await?;
        position = done.position;
    }
    let shuts_first = fresh || asked.draft;
    if shuts_first {
        position = position.max(dress(web, me, live, asked, password).await?);
    }
    let mut doing = me.act(web);
    doing.key = key;
    let planned = match aggregates.lives.execute(live, asked.arrange(), doing).await {
        Ok(done) => done,
        Err(e) => {
            // As it was before. Of unknown fate the hold stays: the plan may be there.
            if e.refusal().is_some() && !over {
                let undo = match before {
                    Some(held) => Some(asked.hold(web, live, (held.from, held.to))),
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
    position = position.max(planned.position);
    if !shuts_first {
        position = position.max(dress(web, me, live, asked, password).await?);
    }
    let feed = FeedCommand::Place(asked.at);
    let fed = aggregates.feeds.execute(live, feed, me.act(web)).await?;
    let let_go = let_go(web, me, live, Some(asked.at)).await?;
    Ok(position.max(fed.position).max(let_go))
}

/// Lets go of every broadcaster that is held for a live, but for one.
pub(super) async fn let_go(
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
async fn dress(
    web: &Web,
    me: &Identity,
    live: LiveId,
    asked: &Asked,
    password: Option<Option<&str>>,
) -> Result<Position, Problem> {
    let pages = &web.aggregates.pages;
    let mut position = Position(0);
    live_door::keep(web, live, password.flatten()).await?;
    if asked.draft && !asked.was_draft {
        // Made a draft again it has a link of its own: the one of before was given away.
        live_door::unlink(web, live).await?;
    }
    for command in asked.page(password) {
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
    let _turn = web.turns.take(live).await;
    let holds = Holds::look(web, live).await?;
    let asked = asked(web, me, input, &holds).await?;
    let password = input.password()?;
    let chat = input.enable_chat.unwrap_or(true);
    asked.possible(web, live, &holds, password).await?;
    web.keys.make_scope(&Scope::chat(live)).await.map_err(down)?;
    let position = carry_out(web, me, live, &asked, (true, password), key).await?;
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

/// Changes a live: its owners and administrators. Whoever changes it does not become its owner. With `If-Match` (what `ETag` said) only if
/// nobody changed it since.
#[utoipa::path(patch, path = "/live/{event}", tag = "lives", request_body = LiveInput, params(("event" = String, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    headers: HeaderMap,
    Body(input): Body<LiveInput>,
) -> Result<Response, Problem> {
    let live = changed(&web, &me, &event).await?.id;
    let wanted: Option<Vec<String>> = if_match(&headers)?;
    let password = input.password()?;
    let _turn = web.turns.take(live).await;
    let holds = Holds::look(&web, live).await?;
    // It may have been handed over while it was another's turn.
    if !me.role.administers() && !holds.live.is_presenter(me.person) {
        return Err(Code::Forbidden.into());
    }
    holds.still(wanted.as_deref())?;
    let position = match holds.plan() {
        Some(held) => replanned(&web, &me, live, &holds, held, (&input, password)).await?,
        None => of_meeting(&web, &me, live, &holds, (&input, password)).await?,
    };
    settle(&web, position).await;
    let version = version(&web, live).await?;
    let answer = Written::done(position, answer(&web, &me, live).await?).into_response();
    Ok(versioned(answer, &version))
}

/// Of a webinar's live only the page is changed here.
async fn of_meeting(
    web: &Web,
    me: &Identity,
    live: LiveId,
    holds: &Holds,
    (input, password): (&LiveInput, Option<Option<&str>>),
) -> Result<Position, Problem> {
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
            owner: me.person,
            presenters: vec![],
            title: String::new(),
            starts_at: Time(0),
            ends_at: Time(0),
            restricted: false,
        },
        at: BroadcasterId(ulid::Ulid::nil()),
        details: input.details(web, &holds.page.details)?,
        draft: input.is_draft.unwrap_or(holds.page.draft),
        was_draft: holds.page.draft,
        groups: input.groups(web).await?.unwrap_or_else(|| holds.page.groups.clone()),
    };
    asked.dressed(holds, password, web.sources.now())?;
    dress(web, me, live, &asked, password).await
}

async fn replanned(
    web: &Web,
    me: &Identity,
    live: LiveId,
    holds: &Holds,
    held: &Plan,
    (input, password): (&LiveInput, Option<Option<&str>>),
) -> Result<Position, Problem> {
    if !live_settings::may_plan(web, me).await? {
        return Err(Code::LiveRight.into());
    }
    let asked = asked(web, me, input, holds).await?;
    if held.going_on(web.sources.now()) && holds.place() != Some(asked.at) {
        return Err(Code::LiveGoingOn.into());
    }
    asked.possible(web, live, holds, password).await?;
    let mut position = carry_out(web, me, live, &asked, (false, password), None).await?;
    if let Some(open) = input.enable_chat {
        let command = ChatCommand::SetOpen(open);
        let done = web.aggregates.chats.execute(live, command, me.act(web)).await?;
        position = position.max(done.position);
    }
    Ok(position)
}

/// Deletes a live that is no webinar's: its owner and administrators, not while it is going on.
#[utoipa::path(delete, path = "/live/{event}", tag = "lives", params(("event" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn withdraw(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<Response, Problem> {
    let live = owned(&web, &me, &event).await?.id;
    let _turn = web.turns.take(live).await;
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
    let _turn = web.turns.take(live).await;
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
