//! Everything that is served, and what surrounds every request.

use axum::Router;
use axum::routing::get;

use crate::Web;

/// The whole service.
pub fn router(web: Web) -> Router {
    let sockets = Router::new()
        .route("/live/{event}/ws", get(crate::hub::live_ws))
        .route("/live/{event}/console/ws", get(crate::hub::console_ws));
    Router::new().merge(crate::api::router()).merge(crate::pages::router()).merge(sockets).with_state(web)
}
