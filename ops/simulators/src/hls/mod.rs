//! Simulated HLS server.
use std::sync::Arc;

use axum::Router;

use crate::Sim;

/// The HLS server.
#[derive(Default)]
pub struct Hls {}

impl Hls {
    /// The HLS server.
    pub fn new() -> Self {
        Self {}
    }
}

/// Routes.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
}
