//! Expiry.
use std::sync::Arc;

use crate::Sim;

/// Runs for ever.
pub async fn run(_sim: Arc<Sim>) {
    std::future::pending::<()>().await;
}
