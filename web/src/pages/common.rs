//! What every page's handler needs: who reads, in which language, and how an answer or a refusal looks.

use std::sync::Arc;

use amphi_projections::ReadError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;

use super::layout::{Frame, MessageView, Who, message};
use crate::Web;
use crate::api::problem::{Code, Language, Problem};
use crate::auth::{Identity, MaybePerson, Rejected, language};
use crate::i18n::{self, Lang, T};

/// Whoever reads a page.
#[derive(Debug, Clone)]
pub struct Reader {
    /// What the page is given.
    pub frame: Frame,
    /// The person signed in.
    pub me: Option<Identity>,
    /// The request's headers.
    pub headers: HeaderMap,
    public_url: String,
    choice: Option<Lang>,
}

impl FromRequestParts<Web> for Reader {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Rejected> {
        let MaybePerson(me) = MaybePerson::from_request_parts(parts, web).await?;
        let lang = Lang::from_request(parts.uri.query(), &parts.headers);
        let choice = Lang::from_query(parts.uri.query());
        if let (Some(me), Some(choice)) = (&me, choice) {
            language::chosen(web, me, choice, &parts.headers).await;
        }
        let who = me.as_ref().map(|i| Who {
            name: i.name.clone(),
            role: i.role,
            plans: web.settings.may_plan(i.role),
        });
        Ok(Self {
            frame: Frame {
                brand: Arc::clone(&web.settings.brand),
                lang,
                who,
                path: path_of(&parts.uri),
                still: false,
            },
            me,
            headers: parts.headers.clone(),
            public_url: web.settings.public_url.clone(),
            choice,
        })
    }
}

/// Path and query, for links of the page to itself. In a link `//host` would lead to that host: an address of ours that was
/// written so must not become one.
pub(super) fn path_of(uri: &Uri) -> String {
    let asked = uri.path_and_query().map_or("/", |p| p.as_str());
    format!("/{}", asked.trim_start_matches(['/', '\\']))
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum Stop {
    /// Sign in first, and come back.
    SignIn,
    /// Something stands against it.
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Problem(code.into())
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Problem(Problem::unavailable("a page's read models can't be read", error))
    }
}

/// What a handler of a page comes to.
pub type Shown = Result<Response, Stop>;

/// Which contents a page takes from elsewhere, and who may frame it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// Nothing from elsewhere, nobody frames it.
    Page,
    /// The picture comes from these origins (`live::policy`).
    Picture(Vec<String>),
    /// A live's page: its picture, what else is shown on it, and who may frame it.
    Live(LiveSources),
}

/// Where what a live's page shows may come from, as origins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveSources {
    /// The picture.
    pub picture: Vec<String>,
    /// Films that are shown while there is none.
    pub films: Vec<String>,
    /// Pages in its frames.
    pub frames: Vec<String>,
    /// Who may put it into a frame, as in `frame-ancestors`; empty: nobody.
    pub ancestors: String,
}

impl Policy {
    /// `Content-Security-Policy` of a page of the house at `public_url`. `blob:` is for media alone: hls.js hands the
    /// picture to the browser so. No `form-action`: browsers apply it to redirects too, and a form of ours leads into
    /// BBB's host.
    pub fn header(&self, public_url: &str) -> String {
        let own =
            url::Url::parse(public_url).map_or_else(|_| public_url.to_owned(), |u| u.origin().ascii_serialization());
        // Older browsers don't count the websocket of the same host to 'self'.
        let socket = own.replacen("http", "ws", 1);
        let join = |origins: &[String]| -> String { origins.iter().map(|o| format!(" {o}")).collect() };
        let (origins, films, frames, blob) = match self {
            Self::Page => (String::new(), String::new(), String::new(), ""),
            Self::Picture(origins) => (join(origins), String::new(), String::new(), " blob:"),
            Self::Live(s) => (join(&s.picture), join(&s.films), join(&s.frames), " blob:"),
        };
        let ancestors = match self {
            Self::Live(s) if !s.ancestors.is_empty() => s.ancestors.as_str(),
            _ => "'none'",
        };
        format!(
            "default-src 'self'; connect-src 'self' {socket}{origins}; media-src 'self'{blob}{origins}{films}; img-src 'self' data:; frame-src 'self'{frames}; \
             object-src 'none'; base-uri 'none'; frame-ancestors {ancestors}"
        )
    }
}

impl Reader {
    /// The person signed in, or the way to sign in.
    ///
    /// # Errors
    /// [`Stop::SignIn`].
    pub fn person(&self) -> Result<&Identity, Stop> {
        self.me.as_ref().ok_or(Stop::SignIn)
    }

    /// The person signed in, where they may.
    ///
    /// # Errors
    /// [`Stop::SignIn`], 403.
    pub fn may(&self, right: impl Fn(amphi_events::person::Role) -> bool) -> Result<&Identity, Stop> {
        let me = self.person()?;
        if right(me.role) {
            Ok(me)
        } else {
            Err(Code::Forbidden.into())
        }
    }

    /// A page.
    pub fn page(&self, body: Markup) -> Response {
        self.policed(body, &Policy::Page)
    }

    /// A page with a policy of its own.
    pub fn policed(&self, body: Markup, policy: &Policy) -> Response {
        let mut answer = body.into_response();
        let h = answer.headers_mut();
        // What a person was shown stays nowhere: after signing out, the way back would show it to whoever sits there next.
        let kept = if self.me.is_some() {
            "private, no-store"
        } else {
            "private, no-cache"
        };
        h.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        h.insert(header::VARY, HeaderValue::from_static("cookie, accept-language"));
        h.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        if let Ok(csp) = HeaderValue::try_from(policy.header(&self.public_url)) {
            h.insert(header::CONTENT_SECURITY_POLICY, csp);
        }
        if let Some(lang) = self.choice
            && let Ok(cookie) = HeaderValue::try_from(format!(
                "{}={}; Path=/; Max-Age=31536000; SameSite=Lax",
                i18n::COOKIE,
                lang.code()
            ))
        {
            h.append(header::SET_COOKIE, cookie);
        }
        answer
    }

    /// The words of a problem.
    pub fn words(&self, problem: &Problem) -> String {
        let language = match self.frame.lang {
            Lang::Fr => Language::Fr,
            Lang::En => Language::En,
        };
        problem.code.words(language).to_owned()
    }

    /// What a handler came to, as an answer.
    pub fn answer(&self, shown: Shown) -> Response {
        match shown {
            Ok(answer) => answer,
            Err(Stop::SignIn) => see(&self.frame.login()),
            Err(Stop::Problem(problem)) => {
                let status = problem.code.status();
                let f = &self.frame;
                let (title, text) = match status {
                    StatusCode::NOT_FOUND => (T::NotFoundTitle, f.t(T::NotFound).to_owned()),
                    StatusCode::FORBIDDEN => (T::ForbiddenTitle, f.t(T::ForbiddenLong).to_owned()),
                    s if s.is_server_error() => (T::ErrorTitle, f.t(T::ErrorLong).to_owned()),
                    _ => (T::ErrorTitle, self.words(&problem)),
                };
                let view = MessageView {
                    title: f.t(title).to_owned(),
                    text,
                };
                let mut answer = self.page(message(f, &view));
                *answer.status_mut() = status;
                if let Some(seconds) = problem.retry_after {
                    answer
                        .headers_mut()
                        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                answer
            }
        }
    }
}

/// An address that leads nowhere: a page that says so.
pub async fn nothing(reader: Reader) -> Response {
    reader.answer(Err(Code::NotFound.into()))
}

/// After a form: go and see.
pub fn see(path: &str) -> Response {
    let to = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (
        StatusCode::SEE_OTHER,
        [
            (header::LOCATION, to),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
    )
        .into_response()
}

/// Into a room: the address is a bearer secret, so it is neither kept nor told to the next page.
pub fn into_room(address: &str) -> Result<Response, Stop> {
    let to = HeaderValue::try_from(address).map_err(|e| Problem::internal("a room's address is no header", e))?;
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_links_to_itself_and_to_no_other_host() {
        for (asked, said) in [
            ("/", "/"),
            ("/live?x=//y", "/live?x=//y"),
            ("//evil.example/x", "/evil.example/x"),
            ("///evil.example", "/evil.example"),
            ("/\\evil.example", "/evil.example"),
        ] {
            let uri = Uri::builder().path_and_query(asked).build().expect("a path");
            assert_eq!(path_of(&uri), said);
        }
    }

    #[test]
    fn a_page_takes_nothing_from_elsewhere() {
        let csp = Policy::Page.header("https://live.univ.example/amphi");
        assert!(csp.contains("connect-src 'self' wss://live.univ.example;"), "{csp}");
        assert!(
            csp.contains("media-src 'self';") && csp.ends_with("frame-ancestors 'none'"),
            "{csp}"
        );
    }

    #[test]
    fn a_live_names_its_broadcaster_and_nobody_else() {
        let origins = vec!["https://hls.univ.example:8443".to_owned()];
        let csp = Policy::Picture(origins.clone()).header("http://127.0.0.1:8000");
        assert!(
            csp.contains("connect-src 'self' ws://127.0.0.1:8000 https://hls.univ.example:8443;"),
            "{csp}"
        );
        assert!(
            csp.contains("media-src 'self' blob: https://hls.univ.example:8443;"),
            "{csp}"
        );
        // A scheme alone would let the page speak with everybody.
        assert!(
            !csp.contains("https: ") && !csp.contains("http: ") && !csp.contains("https:;"),
            "{csp}"
        );
        assert!(
            !csp.contains("unsafe") && csp.contains("frame-ancestors 'none'"),
            "{csp}"
        );
    }

    #[test]
    fn a_frame_is_for_those_whom_the_settings_name() {
        let of = |ancestors: &str| {
            let sources = LiveSources {
                frames: vec!["https://quiz.univ.example".into()],
                films: vec!["https://films.univ.example".into()],
                ancestors: ancestors.into(),
                ..LiveSources::default()
            };
            Policy::Live(sources).header("http://127.0.0.1:8000")
        };
        assert!(of("").ends_with("frame-ancestors 'none'"));
        assert!(of("*").ends_with("frame-ancestors *"));
        assert!(of("https://moodle.univ.example").ends_with("frame-ancestors https://moodle.univ.example"));
        assert!(of("").contains("frame-src 'self' https://quiz.univ.example;"));
        assert!(of("").contains("media-src 'self' blob: https://films.univ.example;"));
    }
}
