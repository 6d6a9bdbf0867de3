//! What holds of a live when somebody changes it: folded from its streams, one change of a live at a time, and with a version that says what a
//! form was made of.
//!
//! A live's plan, page, feed and its broadcaster's calendar are streams of their own. Two changes that were carried out at the same time left
//! it placed at a broadcaster whose hold the other one had let go; and one made of what a read model knew a moment ago took away groups that
//! somebody had just set, and the live was everybody's. One process holds the folder, so a turn here is a turn for all.

use std::sync::Arc;

use amphi_events::feed::Feed;
use amphi_events::ids::{BroadcasterId, EventId, LiveId};
use amphi_events::live::{Live, Plan};
use amphi_events::page::Page;
use amphi_events::{Aggregate, Position, Time};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::meetings::view::settle;
use super::problem::{Code, Problem};
use super::refusals::Refused;
use crate::Web;

/// So many turns there are: lives that share one wait for each other now and then, and nothing has to be tidied away.
const TURNS: usize = 64;

/// Whose turn it is to change a live.
#[derive(Debug, Clone)]
pub struct Turns(Arc<[Arc<Mutex<()>>]>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Arc::default()).collect())
    }
}

impl Turns {
    /// Waits until nobody else changes this live. Nobody else does while the answer is kept.
    pub async fn take(&self, live: LiveId) -> OwnedMutexGuard<()> {
        let n = usize::try_from(live.0.0 % TURNS as u128).unwrap_or(0);
        self.0[n].clone().lock_owned().await
    }
}

/// What holds of a live, as its streams say.
#[derive(Debug, Clone, Default)]
pub struct Holds {
    /// Its own.
    pub live: Live,
    /// What its page shows, and to whom.
    pub page: Page,
    /// Its encoder's picture.
    pub feed: Feed,
    /// People may post.
    pub chat: bool,
    at: Position,
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("a live's streams can't be read", e)
}

impl Holds {
    /// As of now.
    ///
    /// # Errors
    /// 503.
    pub async fn look(web: &Web, id: LiveId) -> Result<Self, Problem> {
        let all = &web.aggregates;
        let live = all.lives.look(id).await.map_err(down)?;
        let page = all.pages.look(id).await.map_err(down)?;
        let feed = all.feeds.look(id).await.map_err(down)?;
        let chat = all.chats.look(id).await.map_err(down)?;
        Ok(Self {
            at: live.position.max(page.position).max(feed.position),
            live: live.state,
            page: page.state,
            feed: feed.state,
            chat: chat.state.open,
        })
    }

    /// Its plan, where it is no meeting's: a meeting's live is planned with the meeting.
    pub fn plan(&self) -> Option<&Plan> {
        let plan = self.live.plan.as_ref();
        plan.filter(|p| p.meeting.is_none() && self.feed.broadcaster.is_some())
    }

    /// Where its encoder's picture is fetched.
    pub fn place(&self) -> Option<BroadcasterId> {
        self.feed.broadcaster
    }

    /// The version of all that its form holds.
    pub fn version(&self) -> String {
        let said = |id: Option<EventId>| id.map_or_else(|| "0".to_owned(), |id| id.to_string());
        let page = said(self.page.edited);
        let Some(_) = self.plan() else { return page };
        let place = self.place().map(|b| b.to_string()).unwrap_or_default();
        let chat = if self.chat { "chat" } else { "quiet" };
        format!("{}.{page}.{place}.{chat}", said(self.live.edited))
    }

    /// Refuses what was made of another version than this one; `None`: whatever holds.
    ///
    /// # Errors
    /// 412.
    pub fn still(&self, wanted: Option<&[String]>) -> Result<(), Problem> {
        match wanted {
            Some(wanted) if !wanted.contains(&self.version()) => Err(Code::LiveChangedMeanwhile.into()),
            _ => Ok(()),
        }
    }
}

/// The version of a live as it is now. Read models that are read afterwards know at least as much: a version that is older than what is shown
/// with it is refused too often, never too seldom.
///
/// # Errors
/// 503.
pub async fn version(web: &Web, live: LiveId) -> Result<String, Problem> {
    let holds = Holds::look(web, live).await?;
    settle(web, holds.at).await;
    Ok(holds.version())
}

/// With a version, which `If-Match` of a change takes.
pub fn versioned(mut answer: Response, version: &str) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Says beforehand what a command would be refused for.
///
/// # Errors
/// The rule against it.
pub fn allowed<A: Aggregate>(state: &A, command: &A::Command, now: Time) -> Result<(), Problem>
where
    A::Refusal: Refused,
{
    state.decide(command, now).map(drop).map_err(|why| why.problem())
}
