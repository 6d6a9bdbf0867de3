//! `/join/{id}/events`: tells the waiting page where the room stands, as soon as it changes (server-sent events). A page that can't hold the
//! line asks `/join/{id}/state` instead.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;

use super::bells::Seat;
use super::handlers::{Waiting, waiting};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::auth::address::ClientAddress;
use crate::pages::common::Reader;

/// The clock rings no bell: what changes by time alone (early, over) is looked at so often.
const LOOK: Duration = Duration::from_secs(15);
/// A page whose line broke comes back after so long.
const RETRY: Duration = Duration::from_secs(3);

/// What a line holds.
struct Line {
    web: Web,
    reader: Reader,
    id: String,
    bell: tokio::sync::watch::Receiver<()>,
    said: Option<Waiting>,
    _seat: Seat,
}

/// `GET /join/{id}/events`.
pub async fn events(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(id): Path<String>,
) -> Response {
    let meeting = match waiting(&web, reader.me.as_ref(), &id).await {
        Ok((meeting, _)) => meeting,
        Err(problem) => return problem.into_response(),
    };
    let Some(seat) = web.bells.seat(address, web.settings.rooms.sockets_per_address) else {
        return Problem::new(Code::TooManyTries)
            .retry_after(RETRY.as_secs())
            .into_response();
    };
    let line = Line {
        // Hung before the first look: nothing happens between the two.
        bell: web.bells.hang(meeting),
        web,
        reader,
        id,
        said: None,
        _seat: seat,
    };
    let events = unfold(line, |mut line| async {
        let event = line.next().await?;
        Some((Ok::<_, Infallible>(event), line))
    });
    let mut answer = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(LOOK))
        .into_response();
    let headers = answer.headers_mut();
    headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    // nginx would gather what is to go out at once.
    headers.insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    answer
}

impl Line {
    /// Where the room stands, once it is somewhere else than was said; `None`: the line ends, and the page asks anew.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.bell.borrow_and_update();
            // Signed out since: whoever may not see it is not told.
            if let Some(me) = &self.reader.me {
                me.again(&self.web, &self.reader.headers).await.ok()?;
            }
            let (_, now) = waiting(&self.web, self.reader.me.as_ref(), &self.id).await.ok()?;
            if self.said.as_ref() != Some(&now) {
                let event = Event::default().retry(RETRY).json_data(&now).ok()?;
                self.said = Some(now);
                return Some(event);
            }
            tokio::select! {
                rung = self.bell.changed() => rung.ok()?,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}
