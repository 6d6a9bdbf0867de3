//! Extractors for handlers: somebody, nobody, or somebody who may. Where the answer is no they answer themselves:
//! a problem document under `/api`, a way to the sign-in page elsewhere.

use amphi_events::person::Role;
use amphi_events::store::TokenScope;
use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Identity, asked_by, identify, scopes, sign_in};
use crate::Web;
use crate::api::problem::{Code, Problem};

/// Why a request does not reach its handler.
#[derive(Debug, Clone)]
pub struct Rejected {
    code: Code,
    /// The scopes of which one would be enough, where a token lacks them.
    needs: Option<&'static [TokenScope]>,
    /// Where a page's reader is sent: the sign-in page, and back.
    sign_in: Option<String>,
}

fn api(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}

/// The address as it was asked for: a nested router hands its routes the path without its own part.
fn asked(parts: &Parts) -> Uri {
    let original = parts.extensions.get::<axum::extract::OriginalUri>();
    original.map_or_else(|| parts.uri.clone(), |o| o.0.clone())
}

impl Rejected {
    /// Nobody is signed in. A page that was asked for sends to the sign-in page and comes back.
    pub fn signed_out(method: &Method, uri: &Uri) -> Self {
        let sign_in = (!api(uri)).then(|| {
            let back = if *method == Method::GET {
                uri.path_and_query().map_or("/", |p| p.as_str())
            } else {
                "/"
            };
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", back)
                .finish();
            format!("/login?{query}")
        });
        Self {
            code: Code::SignedOut,
            needs: None,
            sign_in,
        }
    }

    /// Signed in, but may not.
    pub const fn forbidden() -> Self {
        Self {
            code: Code::Forbidden,
            needs: None,
            sign_in: None,
        }
    }

    /// An unsafe method without same-origin proof.
    pub const fn csrf(_uri: &Uri) -> Self {
        Self {
            code: Code::Csrf,
            needs: None,
            sign_in: None,
        }
    }

    /// The store can't say who it is.
    pub const fn unavailable() -> Self {
        Self {
            code: Code::Unavailable,
            needs: None,
            sign_in: None,
        }
    }

    /// The token's time is over.
    const fn ended() -> Self {
        Self {
            code: Code::TokenEnded,
            needs: None,
            sign_in: None,
        }
    }

    /// The token is not for this.
    const fn beyond(needs: &'static [TokenScope]) -> Self {
        Self {
            code: Code::TokenScope,
            needs: Some(needs),
            sign_in: None,
        }
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        match self.sign_in {
            Some(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
            None => match self.needs {
                Some(needs) => {
                    // None named: only a token with every scope.
                    let needs = if needs.is_empty() { &TokenScope::ALL } else { needs };
                    let words: Vec<&str> = needs.iter().map(|s| s.as_str()).collect();
                    Problem::new(self.code).with("needs", words).into_response()
                }
                None => Problem::new(self.code).into_response(),
            },
        }
    }
}

async fn who(parts: &mut Parts, web: &Web) -> Result<Option<Identity>, Rejected> {
    // Middleware and several extractors may ask in one request: the store is read once.
    if let Some(Known(known)) = parts.extensions.get::<Known>() {
        return Ok(known.clone());
    }
    let found = identify(web, &parts.headers, true).await.map_err(|e| {
        tracing::warn!(error = %e, "sign-in could not be checked");
        Rejected::unavailable()
    })?;
    let cause = asked_by(&parts.extensions);
    let found = found.map(|i| Identity { cause, ..i });
    parts.extensions.insert(Known(found.clone()));
    Ok(found)
}

#[derive(Clone)]
struct Known(Option<Identity>);

/// Refuses calls of the API with an `Authorization` header that proves nothing, also where anybody may ask: a program with
/// a token that was taken back must hear of it, and not be served as a stranger. What a token is not for is refused here, for
/// every address (`scopes`).
pub async fn proven(State(web): State<Web>, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    let call = request.uri().path().starts_with("/api/v1/");
    let (mut parts, body) = request.into_parts();
    match who(&mut parts, &web).await {
        Ok(Some(me)) => {
            let routed = parts.extensions.get::<MatchedPath>();
            let path = routed.map_or_else(|| parts.uri.path(), MatchedPath::as_str);
            if let Err(needs) = scopes::check(me.scopes, &parts.method, path) {
                return Rejected::beyond(needs).into_response();
            }
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(None) if call && sign_in::token_has_ended(&web, &parts.headers).await => Rejected::ended().into_response(),
        Ok(None) if call => Rejected::signed_out(&parts.method, &parts.uri).into_response(),
        Ok(None) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => refused.into_response(),
    }
}

/// Whoever it is, if anybody.
#[derive(Debug, Clone)]
pub struct MaybePerson(pub Option<Identity>);

impl FromRequestParts<Web> for MaybePerson {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        who(parts, web).await.map(Self)
    }
}

macro_rules! who_may {
    ($($(#[$doc:meta])* $name:ident if $may:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Identity);

        impl FromRequestParts<Web> for $name {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
                let may: fn(&Web, Role) -> bool = $may;
                match who(parts, web).await? {
                    None => Err(Rejected::signed_out(&parts.method, &asked(parts))),
                    Some(i) if may(web, i.role) => Ok(Self(i)),
                    Some(_) => Err(Rejected::forbidden()),
                }
            }
        }

        impl OptionalFromRequestParts<Web> for $name {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Option<Self>, Rejected> {
                let may: fn(&Web, Role) -> bool = $may;
                Ok(who(parts, web).await?.filter(|i| may(web, i.role)).map(Self))
            }
        }
    )*};
}

who_may! {
    /// Somebody signed in.
    SignedIn if |_, _| true;
    /// An administrator.
    Administrator if |_, role| role.administers();
    /// Somebody who may read the log: auditors and administrators.
    Auditor if |_, role| role.audits();
    /// Somebody who may plan meetings: staff and administrators, or everybody, as the settings say.
    Planner if |web, role| web.settings.may_plan(role);
}
