//! A client of a websocket who showed something: who they are is looked up again for every line, and whether they may watch whenever that
//! may have become less.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::ids::{LiveId, MessageId, PersonId};
use amphi_events::store::TokenScope;
use amphi_hub::{Answer, CloseReason, Guest, Refused, Said, Standing};
use async_trait::async_trait;
use tokio::time::Instant;

use super::post::{PostCode, PostRefused};
use super::remove::RemoveRefused;
use crate::Web;
use crate::auth::{Identity, Proof, identify_by};
use crate::watch::{self, Passes, Shut};

/// A look-up holds for so long, unless somebody was signed out in between. Whoever posts line after line is not looked up line by line.
const HOLDS: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Signed {
    web: Web,
    live: LiveId,
    person: PersonId,
    /// The cookie or token, and nothing else of the request: it is kept as long as the socket.
    proof: Proof,
    /// Likewise.
    passes: Passes,
    /// What opened the socket: all that is done on it comes of that.
    cause: String,
    seen: Mutex<Option<Seen>>,
}

/// The last look-up: when, and after how many closings.
struct Seen {
    identity: Arc<Identity>,
    at: Instant,
    closings: u64,
}

impl Signed {
    pub(super) fn new(web: Web, live: LiveId, person: PersonId, proof: Proof, passes: Passes, cause: String) -> Self {
        Self {
            web,
            live,
            person,
            proof,
            passes,
            cause,
            seen: Mutex::default(),
        }
    }

    /// Signing out, a changed role, a ban and a token taken back count as closings, here and before they are answered.
    fn just_seen(&self) -> Option<Arc<Identity>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.as_ref()?;
        let holds = seen.at.elapsed() < HOLDS && seen.closings == self.web.hub.closings();
        holds.then(|| seen.identity.clone())
    }

    async fn identity(&self) -> Result<Option<Arc<Identity>>, PostRefused> {
        if let Some(identity) = self.just_seen() {
            return Ok(Some(identity));
        }
        // Before the look-up: what is closed during it is looked up again.
        let (at, closings) = (Instant::now(), self.web.hub.closings());
        let identity = identify_by(&self.web, &self.proof).await.map_err(|why| {
            tracing::warn!(%why, "a client's sign-in can't be checked");
            PostRefused::new(PostCode::Unavailable, "sign-in can't be checked just now")
        })?;
        let identity = identity.filter(|i| i.person == self.person).map(|i| {
            let cause = self.cause.clone();
            Arc::new(Identity { cause, ..i })
        });
        let seen = identity.clone().map(|identity| Seen { identity, at, closings });
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        Ok(identity)
    }

    /// Who asks, or what they are told instead.
    async fn fresh(&self, named: &str) -> Result<Arc<Identity>, Answer> {
        let (refused, end) = match self.identity().await {
            Ok(Some(identity)) => return Ok(identity),
            Ok(None) => (
                PostRefused::new(PostCode::SignedOut, "sign in again"),
                Some(CloseReason::SignedOut),
            ),
            Err(refused) => (refused, None),
        };
        Err(Answer {
            said: Some(Said::refused(named, refused.into())),
            end,
        })
    }
}

/// A stranger with a pass.
pub(super) struct Passer {
    pub web: Web,
    pub live: LiveId,
    pub passes: Passes,
}

impl Passer {
    fn refused(named: &str) -> Answer {
        let refused = Refused::plain("signed_out", "sign in to take part");
        Answer {
            said: Some(Said::refused(named, refused)),
            end: None,
        }
    }
}

/// Whether this one still may watch, by the same rule as at the door.
async fn watches(web: &Web, live: LiveId, me: Option<&Identity>, passes: &Passes) -> Standing {
    let row = match web.hub.row(live).await {
        Ok(Some(row)) => row,
        Ok(None) => return Standing::Shut(CloseReason::Forbidden),
        Err(why) => return unsaid(&why),
    };
    match watch::judge(web, &row, me, passes).await {
        Ok(()) => Standing::Holds,
        Err(Shut::SignIn) => Standing::Shut(CloseReason::SignIn),
        Err(Shut::Password) => Standing::Shut(CloseReason::Password),
        Err(Shut::Group | Shut::Hidden) => Standing::Shut(CloseReason::Forbidden),
        Err(Shut::Down(why)) => unsaid(&why),
    }
}

/// They come back, and are judged at the door: somebody who may not watch does not go on because nobody could say so.
fn unsaid(why: &dyn std::fmt::Debug) -> Standing {
    tracing::warn!(
        ?why,
        "who may watch can't be looked up: a client is sent back to the door"
    );
    Standing::Shut(CloseReason::Resume)
}

impl From<PostRefused> for Refused {
    fn from(refused: PostRefused) -> Self {
        Self {
            code: refused.code.as_str(),
            retry_after_ms: refused.retry_after_ms,
            text: Cow::Borrowed(refused.text),
        }
    }
}

impl From<RemoveRefused> for Refused {
    fn from(why: RemoveRefused) -> Self {
        Self {
            code: why.as_str(),
            retry_after_ms: (why == RemoveRefused::Unavailable).then_some(2_000),
            text: Cow::Owned(why.to_string()),
        }
    }
}

#[async_trait]
impl Guest for Signed {
    async fn standing(&self) -> Standing {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match self.identity().await {
            Ok(Some(identity)) => watches(&self.web, self.live, Some(&identity), &self.passes).await,
            Ok(None) => Standing::Ended,
            Err(_) => Standing::Unknown,
        }
    }

    async fn post(&self, client_id: String, text: String) -> Answer {
        let _acting = self.web.acts.begin(self.person).await;
        let identity = match self.fresh(&client_id).await {
            Ok(identity) => identity,
            Err(answer) => return answer,
        };
        if !identity.scopes.has(TokenScope::Chat) {
            let refused = PostRefused::new(PostCode::Forbidden, "the token is not for writing");
            return Answer {
                said: Some(Said::refused(&client_id, refused.into())),
                end: None,
            };
        }
        match super::post(&self.web, self.live, &identity, &client_id, &text).await {
            Ok(receipt) => Answer {
                said: Some(Said::Receipt(receipt)),
                end: None,
            },
            Err(refused) => Answer {
                // The hub hears of a ban from the log, a moment after the log has refused the line.
                end: (refused.code == PostCode::Banned).then_some(CloseReason::Banned),
                said: Some(Said::refused(&client_id, refused.into())),
            },
        }
    }

    async fn remove(&self, line: MessageId) -> Answer {
        let named = line.to_string();
        let _acting = self.web.acts.begin(self.person).await;
        let identity = match self.fresh(&named).await {
            Ok(identity) => identity,
            Err(answer) => return answer,
        };
        // A token for neither takes nothing away, its own person's lines included.
        if !identity.scopes.has_any(&[TokenScope::Chat, TokenScope::Moderate]) {
            return Answer {
                said: Some(Said::refused(&named, RemoveRefused::Forbidden.into())),
                end: None,
            };
        }
        // Where it is done, everybody hears of it, the one who asked as well.
        let removed = super::remove(&self.web, self.live, &identity, line).await;
        Answer {
            said: removed.err().map(|why| Said::refused(&named, why.into())),
            end: None,
        }
    }
}

#[async_trait]
impl Guest for Passer {
    async fn standing(&self) -> Standing {
        watches(&self.web, self.live, None, &self.passes).await
    }

    async fn post(&self, client_id: String, _: String) -> Answer {
        Self::refused(&client_id)
    }

    async fn remove(&self, line: MessageId) -> Answer {
        Self::refused(&line.to_string())
    }
}
