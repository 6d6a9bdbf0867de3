//! `/admin/wall`: all lives that go on, with their pictures, kept up by push; and one word to all of them.

use std::convert::Infallible;
use std::time::Duration;

use amphi_events::person::Role;
use amphi_projections::{Pinned, Sought, Span};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use maud::{Markup, html};
use serde::Serialize;

use super::{Tab, area};
use crate::Web;
use crate::api::announcements;
use crate::i18n::T;
use crate::pages::assets::asset;
use crate::pages::common::{LiveSources, Policy, Reader, Shown, Stop};
use crate::pages::home::handlers::stage_of;
use crate::pages::layout::Frame;
use crate::pages::live::policy;
use crate::pages::lives::form::announce;
use crate::pages::lives::handlers::Places;
use crate::pages::parts::{self, Stage, badge};
use crate::watch;

/// Lives on the wall.
const MOST: usize = 60;
/// What no event tells (viewers, what time alone makes) is looked at so often.
const LOOK: Duration = Duration::from_secs(2);
/// A page whose line broke comes back after so long.
const RETRY: Duration = Duration::from_secs(3);

/// One live on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// The live's id.
    pub event: String,
    /// Title.
    pub title: String,
    /// As in `state.live`, or `late`, `scheduled`.
    pub stage: &'static str,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// Who watch.
    pub viewers: u32,
    /// Building and broadcaster.
    pub place: Option<String>,
    /// What stands against it.
    pub why: Option<String>,
    /// Grows when the picture comes from elsewhere.
    pub run: u32,
}

/// `/admin/wall`.
#[derive(Debug, Clone, Default)]
pub struct WallView {
    /// What goes on.
    pub tiles: Vec<Tile>,
    /// What is pinned on all lives.
    pub pinned: Vec<Pinned>,
}

/// Renders it; `wall.js` keeps it up.
pub fn wall(frame: &Frame, view: &WallView) -> Markup {
    let mut keys: Vec<(String, T)> = Stage::ALL
        .iter()
        .map(|s| (format!("stage_{}", s.as_str()), s.short()))
        .collect();
    for (name, key) in [
        ("since", T::WallSince),
        ("viewer", T::OneViewer),
        ("viewers", T::ManyViewers),
        ("lost", T::WallLost),
        ("picture", T::WallPicture),
    ] {
        keys.push((name.to_owned(), key));
    }
    let keys: Vec<(&str, T)> = keys.iter().map(|(n, k)| (n.as_str(), *k)).collect();
    area(
        frame,
        Tab::Wall,
        frame.t(T::WallTitle),
        &["forms.js", "wall.js"],
        &html! {
            h1 { (frame.t(T::WallTitle)) }
            p class="lead" { (frame.t(T::WallLead)) }
            p id="wall-note" class="callout" role="status" hidden {}
            ul id="wall" class="cards wall" data-hls=(asset("vendor/hls.light.min.js")) data-texts=(parts::texts(frame.lang, &keys)) {
                @for tile in &view.tiles { (card(frame, tile)) }
            }
            div id="wall-nothing" class="empty" hidden[!view.tiles.is_empty()] { p { (frame.t(T::WallNothing)) } }
            section class="panel" aria-labelledby="speak" {
                h2 id="speak" { (frame.t(T::AnnounceEverywhere)) }
                @if !view.pinned.is_empty() {
                    ul class="rows" { @for a in &view.pinned { li {
                        bdi { (a.text) }
                        button type="button" class="small" data-api={ "/api/v1/announcements/" (a.id) } data-method="DELETE" data-goto="/admin/wall" { (frame.t(T::AnnouncementTakeDown)) span class="unseen" { " – " (a.text) } }
                    } } }
                }
                div data-goto-wall {
                    (announce(frame, "everywhere", "/api/v1/announcements", T::AnnouncementWords, Some(T::AnnouncedEverywhere)))
                }
            }
        },
    )
}

fn stage(name: &str) -> Stage {
    Stage::ALL
        .into_iter()
        .find(|s| s.as_str() == name)
        .unwrap_or(Stage::Scheduled)
}

const fn viewers(count: u32) -> T {
    if count == 1 { T::OneViewer } else { T::ManyViewers }
}

fn card(frame: &Frame, tile: &Tile) -> Markup {
    html! {
        li class="card" data-event=(tile.event) {
            h2 class="wall-title" { a href={ "/live/" (tile.event) } { (tile.title) } }
            p { (badge(frame, stage(tile.stage))) " " span class="quiet" { (frame.f(viewers(tile.viewers), &[("n", &tile.viewers.to_string())])) } }
            @if let Some(place) = &tile.place { p class="meta" { (place) } }
        }
    }
}

async fn tiles(web: &Web, reader: &Reader) -> Result<(Vec<Tile>, Vec<String>), Stop> {
    let me = reader.may(Role::administers)?;
    let now = web.sources.now();
    let sought = Sought::by(watch::eyes(web, Some(me)).await?);
    let rows = web.read.lives_sought(Span::Now, &sought, now, None, 0, MOST).await?;
    let places = Places::load(web).await?;
    let (mut tiles, mut origins) = (vec![], vec![]);
    for row in rows {
        if row.place().is_some_and(|at| !places.on_the_wall(at)) {
            continue;
        }
        let state = row.state(now);
        origins.extend(policy::origins(web, &row, now).await?);
        tiles.push(Tile {
            event: row.id.to_string(),
            stage: stage_of(&row, now).as_str(),
            since: state.since.map(amphi_events::Time::rfc3339),
            viewers: web.hub.viewers(row.id),
            place: row.place().and_then(|at| places.words(at)),
            why: state.why,
            run: state.run,
            title: row.title,
        });
    }
    origins.sort_unstable();
    origins.dedup();
    Ok((tiles, origins))
}

/// `GET /admin/wall`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let (tiles, _) = tiles(web, reader).await?;
    let view = WallView {
        tiles,
        pinned: announcements::of_the_house(web).await?,
    };
    // A live that begins while the wall is looked at may be shown at any broadcaster.
    let all = web.read.broadcasters().await?;
    let mut picture: Vec<String> = all
        .iter()
        .filter(|b| !b.removed)
        .filter_map(|b| policy::origin(&b.hls_url))
        .collect();
    picture.sort_unstable();
    picture.dedup();
    let sources = LiveSources {
        picture,
        ..LiveSources::default()
    };
    Ok(reader.policed(wall(&reader.frame, &view), &Policy::Live(sources)))
}

struct Line {
    web: Web,
    reader: Reader,
    said: Option<Vec<Tile>>,
}

impl Line {
    /// What is on the wall, once it is something else than was said; `None`: the line ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let mut feed = self.web.log.watch();
            // Signed out since, or no longer an administrator: whoever may not see it is not told.
            let me = self.reader.me.clone()?;
            self.reader.me = Some(me.again(&self.web, &self.reader.headers).await.ok()?);
            let (now, _) = tiles(&self.web, &self.reader).await.ok()?;
            if self.said.as_ref() != Some(&now) {
                let event = Event::default().retry(RETRY).json_data(&now).ok()?;
                self.said = Some(now);
                return Some(event);
            }
            // Many events in a row are one look.
            tokio::select! {
                _ = feed.recv() => tokio::time::sleep(Duration::from_millis(200)).await,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// `GET /admin/wall/events`: what is on the wall, as soon as it changes (server-sent events).
pub async fn events(State(web): State<Web>, reader: Reader) -> Response {
    if let Err(stop) = reader.may(Role::administers) {
        return reader.answer(Err(stop));
    }
    let line = Line {
        web,
        reader,
        said: None,
    };
    let events = unfold(line, |mut line| async {
        let event = line.next().await?;
        Some((Ok::<_, Infallible>(event), line))
    });
    let mut answer = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    let headers = answer.headers_mut();
    headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    // nginx would gather what is to go out at once.
    headers.insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    answer
}

impl WallView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let tile = |stage: &'static str| Tile {
            event: format!("01J0000000000000000000000{}", stage.len() % 10),
            title: "<b>Optique</b>".into(),
            stage,
            since: Some("2026-03-02T09:00:00Z".into()),
            viewers: 12,
            place: Some("<i>Hall</i> – 1".into()),
            why: None,
            run: 1,
        };
        vec![
            Self::default(),
            Self {
                tiles: ["on_air", "stalled", "late"].map(tile).to_vec(),
                pinned: vec![Pinned {
                    id: amphi_events::ids::AnnouncementId(ulid::Ulid(7)),
                    text: "<script>alert(1)</script>".into(),
                    house: true,
                    at: amphi_events::Time(1_795_000_000_000),
                }],
            },
        ]
    }
}
