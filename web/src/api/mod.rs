//! REST under `/api/v1` (surface §3), with its description at `/api/openapi.json` and `/api/docs`; and what
//! supervisors ask, without the prefix.

pub mod access;
pub mod address;
pub mod announcements;
pub mod bans;
pub mod broadcaster_pictures;
pub mod broadcasters;
pub mod buildings;
pub mod chat;
pub mod codes;
pub mod docs;
pub mod elsewhere;
pub mod events;
pub mod free;
pub mod gateway_acts;
pub mod gateways;
pub mod groups;
pub mod health;
pub mod imports;
pub mod live_acts;
pub mod live_door;
pub mod live_holds;
pub mod live_plans;
pub mod lives;
pub mod me;
pub mod meetings;
pub mod outages;
pub mod people;
pub mod planners;
pub mod problem;
pub mod reactors;
pub mod refusals;
pub mod request;
pub mod sessions;
pub mod tokens;

#[cfg(test)]
pub(crate) mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use self::docs::Docs;
use self::problem::{Code, Problem};
use crate::Web;
use crate::pages::common::Reader;

fn described() -> (Router<Web>, OpenApi) {
    let v1 = OpenApiRouter::new()
        .merge(meetings::router())
        .merge(lives::router())
        .merge(crate::media::hooks::router())
        .merge(live_plans::router())
        .merge(live_door::router())
        .merge(live_acts::router())
        .merge(announcements::router())
        .merge(buildings::router())
        .merge(elsewhere::router())
        .merge(chat::router())
        .merge(bans::router())
        .merge(sessions::router())
        .merge(gateways::router())
        .merge(gateway_acts::router())
        .merge(outages::router())
        .merge(free::router())
        .merge(broadcasters::router())
        .merge(broadcaster_pictures::router())
        .merge(events::router())
        .merge(people::router())
        .merge(planners::router())
        .merge(groups::router())
        .merge(imports::router())
        .merge(access::router())
        .merge(reactors::router())
        .merge(me::router())
        .merge(tokens::router());
    let (router, mut api) = OpenApiRouter::new()
        .nest("/api/v1", v1)
        .merge(health::router())
        .split_for_parts();
    "Amphi".clone_into(&mut api.info.title);
    api.info.description = Some("Runs BigBlueButton meetings and webinars.".to_owned());
    let components = api.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("amphi_session"))),
    );
    (router, api)
}

/// The OpenAPI document.
pub fn openapi() -> OpenApi {
    described().1
}

async fn nothing() -> Problem {
    Code::NotFound.into()
}

/// The API, its description, and what supervisors ask.
pub fn router() -> Router<Web> {
    let (router, api) = described();
    let (json, page) = (Docs::new(&api), Docs::new(&api));
    router
        .layer(DefaultBodyLimit::max(request::BODY_MAX))
        .route("/api/openapi.json", get(move || async move { json.json() }))
        .route(
            "/api/docs",
            get(move |reader: Reader| async move { page.page(&reader) }),
        )
        .route("/api/{*rest}", axum::routing::any(nothing))
        .route("/api", axum::routing::any(nothing))
}
