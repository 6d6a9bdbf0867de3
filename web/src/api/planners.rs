//! Who may plan here, found by name: for whoever shares a meeting or hands it over, and knows the people but not their logins (census §1.1). Few at
//! a time and not endlessly often: it is no list of everybody.

use amphi_events::person::Role;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem, ProblemBody};
use super::request::{Page, Query};
use crate::Web;
use crate::auth::{Planner, accounts};

/// Most in an answer.
const MOST: usize = 10;
/// Fewest characters that are looked for.
const FEWEST: usize = 2;
/// Searches of a person in an hour: more than anybody types.
const PER_HOUR: u32 = 600;

/// The call.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Somebody who may plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannerOut {
    /// Id.
    pub id: String,
    /// What signs in.
    pub login: String,
    /// What is shown.
    pub name: String,
}

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Sought {
    /// Words of a name or login, together at least two characters.
    search: String,
}

/// At most ten people who may plan and can sign in, by login; nobody for less than two characters.
#[utoipa::path(get, path = "/planners", tag = "people", params(Sought), responses((status = 200, body = Page<PlannerOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    Planner(me): Planner,
    Query(sought): Query<Sought>,
) -> Result<axum::Json<Page<PlannerOut>>, Problem> {
    let mut items = vec![];
    if sought.search.trim().chars().count() >= FEWEST {
        let paced = web.looked_up.takes(me.person, 1, PER_HOUR, web.sources.now());
        paced.map_err(|seconds| Problem::new(Code::TooManyTries).retry_after(seconds))?;
        let mut roles = vec![Role::User, Role::Staff, Role::Auditor, Role::Administrator];
        roles.retain(|role| web.settings.may_plan(*role));
        // Some of those may be closed, and are left out.
        let found = web.store.find_accounts(&sought.search, &roles, 2 * MOST as u32).await;
        for account in found.map_err(|e| Problem::unavailable("accounts can't be read", e))? {
            if items.len() < MOST && !accounts::is_closed(&web, &account).await? {
                items.push(PlannerOut {
                    id: account.person.to_string(),
                    login: account.login,
                    name: account.name,
                });
            }
        }
    }
    Ok(axum::Json(Page { items, next: None }))
}
