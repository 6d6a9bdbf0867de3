//! Who may watch a live: one rule for its page, its frame, the API, the websocket, the chat and the playlist's address (census §5.3).
//!
//! Owner, co-owners and administrators always. A draft: whoever came by its link, and nobody else hears that there is one. A restricted live,
//! and whatever a restricted broadcaster shows: the signed-in, of one of its groups where it has any. A live with a password: whoever said it. Having come by the link or having said the
//! password is a *pass*: signed by this house, for this live, worthless once the secret is another; a cookie for browsers, a header for programs.

use amphi_events::Time;
use amphi_events::ids::LiveId;
use amphi_events::page::{LINK, PASSWORD};
use amphi_projections::{Eyes, LiveRow};
use axum::http::{HeaderMap, HeaderValue};

use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::auth::{Identity, cookie};

/// Header that carries a pass for programs.
pub const HEADER: &str = "amphi-live-pass";
/// A pass holds so long, in seconds.
pub const HOLDS_S: i64 = 12 * 3600;
/// Longest pass, in bytes.
const LONGEST: usize = 120;

/// Why somebody may not watch.
#[derive(Debug)]
pub enum Shut {
    /// Sign in first.
    SignIn,
    /// Say the password first.
    Password,
    /// Not a member of any of its groups.
    Group,
    /// As far as they are concerned there is no such live.
    Hidden,
    /// It can't be said now.
    Down(Problem),
}

impl From<Shut> for Problem {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::SignIn => Code::SignedOut.into(),
            Shut::Password => Code::LivePassword.into(),
            Shut::Group => Code::Forbidden.into(),
            Shut::Hidden => Code::NotFound.into(),
            Shut::Down(problem) => problem,
        }
    }
}

fn down(e: impl std::fmt::Display) -> Shut {
    Shut::Down(Problem::unavailable("who may watch can't be looked up", e))
}

/// Whether this person pilots the live.
pub fn pilots(row: &LiveRow, me: Option<&Identity>) -> bool {
    me.is_some_and(|i| row.is_presenter(i.person) || i.role.administers())
}

/// What whoever may not do something with a live hears. A draft is hidden from all who don't pilot it: told that they may not, they would know
/// that there is one.
pub fn refused(row: &LiveRow, me: Option<&Identity>) -> Code {
    if row.page.draft && !pilots(row, me) {
        Code::NotFound
    } else {
        Code::Forbidden
    }
}

/// Lets pass who may watch this live.
///
/// # Errors
/// [`Shut`].
pub async fn look(web: &Web, row: &LiveRow, me: Option<&Identity>, headers: &HeaderMap) -> Result<(), Shut> {
    judge(web, row, me, &Passes::of(headers, row.id)).await
}

/// The same for somebody who showed these passes when they came.
///
/// # Errors
/// [`Shut`].
pub async fn judge(web: &Web, row: &LiveRow, me: Option<&Identity>, passes: &Passes) -> Result<(), Shut> {
    if pilots(row, me) {
        return Ok(());
    }
    let page = &row.page;
    if page.draft && !holds(web, row.id, LINK, passes).await? {
        return Err(Shut::Hidden);
    }
    // The broadcaster's own restriction holds for whatever is shown there (census L3): a webinar's picture too, which its gateway takes there,
    // and a draft's.
    let there = match row.place() {
        Some(place) => web.read.broadcaster(place).await.map_err(down)?,
        None => None,
    };
    let closed = there.is_some_and(|b| b.details.restricted);
    if page.draft {
        return if closed && me.is_none() {
            Err(Shut::SignIn)
        } else {
            Ok(())
        };
    }
    let restricted = row.restricted || closed || row.for_groups();
    let Some(me) = me else {
        if restricted {
            return Err(Shut::SignIn);
        }
        return said(web, row, passes).await;
    };
    if row.for_groups() && !row.lets_in(&web.store.groups_of(me.person).await.map_err(down)?) {
        return Err(Shut::Group);
    }
    said(web, row, passes).await
}

async fn said(web: &Web, row: &LiveRow, passes: &Passes) -> Result<(), Shut> {
    if !row.page.password || holds(web, row.id, PASSWORD, passes).await? {
        Ok(())
    } else {
        Err(Shut::Password)
    }
}

/// Who looks at lists.
///
/// # Errors
/// 503.
pub async fn eyes(web: &Web, me: Option<&Identity>) -> Result<Eyes, Problem> {
    Ok(match me {
        None => Eyes::Stranger,
        Some(me) if me.role.administers() => Eyes::Administrator { id: me.person },
        Some(me) => {
            let groups = web.store.groups_of(me.person).await;
            let groups = groups.map_err(|e| Problem::unavailable("groups can't be read", e))?;
            Eyes::Person { id: me.person, groups }
        }
    })
}

/// What is signed: the secret stands in it, so that another secret makes every pass of the one before worthless.
fn words(live: LiveId, kind: &str, secret: &str, until_s: i64) -> String {
    format!("amphi/live-pass/1\n{live}\n{kind}\n{until_s}\n{secret}")
}

/// A pass for whoever came by the link or said the password; `None`: there is no such secret.
///
/// # Errors
/// The store can't be read.
pub async fn pass(web: &Web, live: LiveId, kind: &str) -> Result<Option<(String, Time)>, Problem> {
    let secret = web.store.get_secret(kind, &live.to_string()).await;
    let secret = secret.map_err(|e| Problem::unavailable("what opens a live can't be read", e))?;
    let until = web.sources.now().plus_s(HOLDS_S);
    let until_s = until.0 / 1000;
    Ok(secret
        .and_then(|secret| web.shelf.sign(&words(live, kind, &secret, until_s)))
        .map(|signature| (format!("{until_s}.{signature}"), until)))
}

/// The passes that a request showed, and nothing else of it: a socket keeps them as long as it is open. Most showed none.
#[derive(Debug, Clone, Default)]
pub struct Passes(Box<[Box<str>]>);

impl Passes {
    /// Those for this live.
    pub fn of(headers: &HeaderMap, live: LiveId) -> Self {
        let by_header = headers.get(HEADER).and_then(|v| v.to_str().ok());
        let by_header = by_header.filter(|pass| pass.len() <= LONGEST);
        let by_cookie = cookie::value_of(headers, &cookie_name(live), LONGEST);
        Self(by_header.into_iter().chain(by_cookie).map(Into::into).collect())
    }

    /// None was shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

async fn holds(web: &Web, live: LiveId, kind: &str, passes: &Passes) -> Result<bool, Shut> {
    let now_s = web.sources.now().0 / 1000;
    for given in &passes.0 {
        let Some((until, signature)) = given.split_once('.') else {
            continue;
        };
        let Some(until) = until.parse::<i64>().ok().filter(|until| now_s < *until) else {
            continue;
        };
        let secret = web.store.get_secret(kind, &live.to_string()).await.map_err(down)?;
        if secret.is_some_and(|secret| web.shelf.signed(&words(live, kind, &secret, until), signature)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn cookie_name(live: LiveId) -> String {
    format!("amphi_live_{live}")
}

/// A `Set-Cookie` value that keeps a pass.
pub fn keep(web: &Web, live: LiveId, pass: &str) -> Option<HeaderValue> {
    let secure = if cookie::secure(&web.settings) { "; Secure" } else { "" };
    let text = format!(
        "{}={pass}; Max-Age={HOLDS_S}; Path=/; HttpOnly; SameSite=Lax{secure}",
        cookie_name(live)
    );
    HeaderValue::try_from(text).ok()
}
