//! Pages: maud functions of view structs, and the handlers that fill them from the read models.

use axum::Router;
use axum::routing::get;

use crate::Web;

pub mod assets;

/// Every page, the robot's door, BBB's callbacks and the assets.
pub fn router() -> Router<Web> {
    Router::new().route("/assets/{*file}", get(assets::serve))
}
