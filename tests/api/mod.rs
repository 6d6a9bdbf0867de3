//! The REST interface under `/api/v1`, surface §3.

mod idempotency;
mod problems;
mod roles;
