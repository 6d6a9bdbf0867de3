//! Simulated gateways.
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;

use crate::Sim;

/// A generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// First.
    G1,
    /// Second.
    G2,
    /// Third.
    G3,
    /// Fourth.
    G4,
    /// Fifth.
    G5,
    /// A pool.
    Pool,
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "g1" => Self::G1,
            "g2" => Self::G2,
            "g3" => Self::G3,
            "g4" => Self::G4,
            "g5" => Self::G5,
            "pool" => Self::Pool,
            other => return Err(format!("{other}: no such gateway")),
        })
    }
}

/// The gateways.
pub struct Gateways {}

impl Gateways {
    /// The gateways.
    pub fn new(_kinds: Vec<Kind>, _base: &str) -> Self {
        Self {}
    }

    /// For `GET /sim/gateways`.
    pub fn list_json(&self) -> serde_json::Value {
        serde_json::json!([])
    }
}

/// Routes.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
}
