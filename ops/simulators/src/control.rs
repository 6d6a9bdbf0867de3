//! Control.
use std::sync::Arc;

use axum::Router;

use crate::Sim;
/// Routes.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
}
