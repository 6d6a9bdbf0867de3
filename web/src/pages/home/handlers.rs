//! `GET /`.

use amphi_events::Time;
use amphi_projections::{LiveRow, LiveState, Sought, Span};
use axum::extract::State;
use axum::response::Response;

use super::view::{self, HomeView};
use crate::auth::Identity;
use crate::pages::common::{Reader, Stop};
use crate::pages::demo;
use crate::pages::lives::handlers::{Places, card};
use crate::pages::parts::Stage;
use crate::{Web, watch};

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

pub(in crate::pages) async fn lives(web: &Web, me: Option<&Identity>) -> Result<HomeView, Stop> {
    let now = web.sources.now();
    let mut view = HomeView {
        offers: crate::pages::elsewhere::handlers::offers(web, me).await?,
        now: vec![],
        next: vec![],
        at: now,
    };
    let places = Places::load(web).await?;
    let sought = Sought::by(watch::eyes(web, me).await?);
    for row in web
        .read
        .lives_sought(Span::NotOver, &sought, now, None, 0, MOST)
        .await?
    {
        // Drafts stand among one's own lives, and not on the first page.
        if row.page.draft {
            continue;
        }
        let card = card(web, &row, &places, None, now);
        match card.stage {
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
    let shown = lives(&web, reader.me.as_ref()).await;
    reader.answer(shown.map(|v| reader.page(view::home(&reader.frame, &v))))
}
