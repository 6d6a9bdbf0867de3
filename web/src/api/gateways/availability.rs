//! Which gateways are free, and who holds the rest.

use amphi_events::Time;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Query, moment};
use crate::auth::Planner;

/// The call.
pub(super) fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(availability))
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// From, RFC 3339.
    from: String,
    /// To, exclusive.
    to: String,
}

/// A gateway during the interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatewayHours {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Nothing holds it.
    pub free: bool,
    /// The live that holds it first.
    pub held_by: Option<String>,
    /// Until when.
    pub held_until: Option<String>,
    /// It is out of service for a part of it.
    pub out_of_service: Option<Span>,
}

/// From and to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Span {
    /// From.
    pub from: String,
    /// To, exclusive; null: nobody knows until when.
    pub to: Option<String>,
}

impl Span {
    fn of(from: Time, to: Option<Time>) -> Self {
        Self {
            from: from.rfc3339(),
            to: to.map(Time::rfc3339),
        }
    }
}

/// Who is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// Each gateway in use.
    pub gateways: Vec<GatewayHours>,
    /// The next starts at which some gateway is free for as long.
    pub next_free: Vec<String>,
}

/// Who is free during [from, to), and who holds the rest.
#[utoipa::path(get, path = "/gateways/availability", tag = "gateways", params(When), responses((status = 200, body = Availability), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn availability(
    State(web): State<Web>,
    _: Planner,
    Query(when): Query<When>,
) -> Result<axum::Json<Availability>, Problem> {
    let from = moment(Code::BadQuery, "from", &when.from)?;
    let to = moment(Code::BadQuery, "to", &when.to)?;
    if from >= to {
        return Err(Code::Interval.into());
    }
    let unavailable = |e| Problem::unavailable("gateways can't be read", e);
    let margins = web.settings.margins;
    let gateways = web.read.availability(from, to, margins).await.map_err(unavailable)?;
    let next = web
        .read
        .next_free(to.since_ms(from) / 1000, from, 5, margins)
        .await
        .map_err(unavailable)?;
    let gateways = gateways
        .into_iter()
        .map(|a| GatewayHours {
            id: a.gateway.id.to_string(),
            name: a.gateway.setup.name.0,
            free: a.free,
            held_by: a.held_by.map(|l| l.to_string()),
            held_until: a.held_until.map(Time::rfc3339),
            out_of_service: a.out_of_service.map(|o| Span::of(o.from, o.to)),
        })
        .collect();
    Ok(axum::Json(Availability {
        gateways,
        next_free: next.into_iter().map(Time::rfc3339).collect(),
    }))
}
