//! The simulated BBB (bbb-contract.md).
pub mod checksum;
pub mod clock;
pub mod state;
use std::sync::Arc;

use axum::Router;

use crate::Sim;
pub use state::Bbb;

/// Routes of the BBB API.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
}
