//! `/import`: moving in from another service, for administrators. A dump is uploaded and looked at; it is written once somebody says so.

use axum::body::Body as Raw;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meetings::slides::announced;
use super::problem::{Code, Problem, ProblemBody};
use super::request::Query;
use crate::Web;
use crate::auth::Administrator;
use crate::moving::{NotNow, Report, Standing, Step, Ties, Wanted};

/// Longest name of a service, in characters.
const FROM_MAX: usize = 40;
/// Longest key of a site.
const SITE_MAX: usize = 40;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(standing, take, discard))
        .routes(routes!(apply))
        .routes(routes!(report))
}

/// Where the import stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportOut {
    /// `idle`, `uploading`, `looking`, `looked` (nothing is written yet), `applying`, `done` or `failed`.
    pub phase: &'static str,
    /// What is being worked on: `upload` and `reading` (in bytes), or a kind of rows.
    pub step: Option<String>,
    /// So much of it is done.
    pub done: Option<u64>,
    /// Of so much.
    pub of: Option<u64>,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// Why it was broken off.
    pub error: Option<String>,
    /// What would come, or came; what is left out and why.
    #[schema(value_type = Option<Object>)]
    pub report: Option<Report>,
    /// Most bytes of a dump.
    pub bytes_max: u64,
}

/// What is asked of a dump.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// Names the service that moves in, `pod` where nothing is said; the same one at each run.
    from: Option<String>,
    /// Primary key of the site that moves, where the dump has several.
    site: Option<String>,
    /// Zone of the meetings; else the house's.
    time_zone: Option<String>,
    /// Which way of signing in there (Pod's `auth_type`) is which provider here, such as `cas=cas,shibboleth=headers`: the provider must say
    /// people's user names as what stays the same.
    tie: Option<String>,
    /// Whoever has the same login here is the same person, also where another house gave it to them.
    same_logins: bool,
}

impl Asked {
    fn wanted(self, web: &Web) -> Result<Wanted, Problem> {
        let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let plain = |text: &str, most| {
            text.chars().count() <= most && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        let from = given(self.from).unwrap_or_else(|| "pod".to_owned());
        if !plain(&from, FROM_MAX) {
            return Err(Code::ImportFrom.into());
        }
        let site = given(self.site);
        if site.as_ref().is_some_and(|s| !plain(s, SITE_MAX)) {
            return Err(Code::ImportSite.into());
        }
        let time_zone = given(self.time_zone).unwrap_or_else(|| web.settings.time_zone.clone());
        if time_zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(Code::TimeZone.into());
        }
        let ties = Ties::parse(&self.tie.unwrap_or_default(), &web.settings.outside.providers)
            .map_err(|why| Problem::new(Code::ImportTie).detail(why.to_string()))?;
        Ok(Wanted {
            from,
            site,
            time_zone,
            ties,
            same_logins: self.same_logins,
        })
    }
}

impl From<NotNow> for Problem {
    fn from(why: NotNow) -> Self {
        match why {
            NotNow::Busy => Code::ImportBusy.into(),
            NotNow::NothingHere => Code::ImportNothing.into(),
            NotNow::TooLarge => Code::ImportTooLarge.into(),
            NotNow::CutOff => Code::ImportCutOff.into(),
            NotNow::Unavailable(why) => Self::unavailable("a dump can't be kept", why),
        }
    }
}

fn out(web: &Web, at: Standing) -> ImportOut {
    let step = |step| match step {
        Step::Upload => "upload".to_owned(),
        Step::Reading => "reading".to_owned(),
        Step::Rows(kind) => kind.as_str().to_owned(),
    };
    ImportOut {
        phase: at.phase.as_str(),
        step: at.progress.map(|p| step(p.step)),
        done: at.progress.map(|p| p.done),
        of: at.progress.map(|p| p.of),
        since: at.since.map(amphi_events::Time::rfc3339),
        error: at.trouble.map(|t| t.to_string()),
        report: at.report.map(|r| (*r).clone()),
        bytes_max: web.movers.bytes_max(),
    }
}

/// Where the import stands, and its report.
#[utoipa::path(get, path = "/import", tag = "people", responses((status = 200, body = ImportOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn standing(State(web): State<Web>, _: Administrator) -> axum::Json<ImportOut> {
    axum::Json(out(&web, web.movers.standing()))
}

/// Uploads a dump, as the body, and looks at it: nothing is written. What `Content-Length` announces as too large is refused before it comes.
#[utoipa::path(post, path = "/import", tag = "people", request_body(content = Vec<u8>, content_type = "application/octet-stream"), params(Asked), responses((status = 202, body = ImportOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn take(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Response, Problem> {
    let wanted = asked.wanted(&web)?;
    let most = web.movers.bytes_max();
    let length = announced(&headers).ok_or(Code::LengthRequired)?;
    if length > most {
        return Err(Problem::new(Code::ImportTooLarge).with("most_bytes", most));
    }
    let file = body.into_data_stream().boxed();
    web.movers.take(me.person, wanted, length, file).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(out(&web, web.movers.standing()))).into_response())
}

/// Writes what was looked at. Killed in the middle, the same dump goes on where it was; done twice, it writes nothing.
#[utoipa::path(post, path = "/import/apply", tag = "people", responses((status = 202, body = ImportOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn apply(State(web): State<Web>, Administrator(me): Administrator) -> Result<Response, Problem> {
    web.movers.apply(me.person)?;
    Ok((StatusCode::ACCEPTED, axum::Json(out(&web, web.movers.standing()))).into_response())
}

/// Forgets the dump and its report.
#[utoipa::path(delete, path = "/import", tag = "people", responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn discard(State(web): State<Web>, _: Administrator) -> Result<StatusCode, Problem> {
    web.movers.discard()?;
    Ok(StatusCode::NO_CONTENT)
}

/// The report as a file.
#[utoipa::path(get, path = "/import/report", tag = "people", responses((status = 200), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn report(State(web): State<Web>, _: Administrator) -> Result<Response, Problem> {
    let report = web.movers.standing().report.ok_or(Code::ImportNothing)?;
    let text = serde_json::to_vec_pretty(&*report).map_err(|e| Problem::internal("a report can't be written", e))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"import.json\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}
