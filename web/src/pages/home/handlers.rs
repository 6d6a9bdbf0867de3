//! `GET /`, `GET /live`.

use amphi_events::Time;
use amphi_projections::{LiveRow, LiveState};
use axum::extract::State;
use axum::response::Response;

use super::view::{self, Card, HomeView};
use crate::Web;
use crate::pages::common::{Reader, Stop};
use crate::pages::demo;
use crate::pages::parts::Stage;

/// Most lives on a page.
const MOST: usize = 60;

/// A live's stage as its row says.
pub fn stage_of(row: &LiveRow, now: Time) -> Stage {
    let live = match row.state(now).live {
        LiveState::Off => "off",
        LiveState::Starting => "starting",
        LiveState::OnAir => "on_air",
        LiveState::Stalled => "stalled",
        LiveState::Stopping => "stopping",
        LiveState::Ended => "ended",
    };
    Stage::of(row.cancelled, live, row.starts_at, now)
}

/// The zone in which it was planned, or the settings'.
pub fn zone_of(web: &Web, row: &LiveRow) -> String {
    row.time_zone.clone().unwrap_or_else(|| web.settings.time_zone.clone())
}

pub(in crate::pages) async fn lives(web: &Web) -> Result<HomeView, Stop> {
    let now = web.sources.now();
    let mut view = HomeView {
        now: vec![],
        next: vec![],
        at: now,
    };
    for row in web.read.lives_now_and_next(now, MOST).await? {
        let stage = stage_of(&row, now);
        let card = Card {
            event: row.id.to_string(),
            title: row.title.clone(),
            stage,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            zone: zone_of(web, &row),
            restricted: row.restricted,
        };
        match stage {
            Stage::Scheduled => view.next.push(card),
            Stage::Cancelled => {}
            _ => view.now.push(card),
        }
    }
    Ok(view)
}

/// `GET /`.
pub async fn home(State(web): State<Web>, reader: Reader) -> Response {
    if web.demo.is_some() {
        return demo::handlers::start(web, reader).await;
    }
    reader.answer(lives(&web).await.map(|v| reader.page(view::home(&reader.frame, &v))))
}

/// `GET /live`.
pub async fn list(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(lives(&web).await.map(|v| reader.page(view::list(&reader.frame, &v))))
}
