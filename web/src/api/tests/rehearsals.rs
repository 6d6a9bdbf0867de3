//! Rehearsals as they are asked for.

use axum::http::StatusCode;
use futures_util::future::join;
use serde_json::json;

use super::fixture::Fixture;

/// Each had an id of its own, and nothing kept them from both holding a gateway.
#[tokio::test]
async fn of_two_who_ask_for_a_rehearsal_at_once_one_begins_it() {
    let f = Fixture::new().await;
    let (meeting, live) = f.webinar().await;
    let path = format!("/api/v1/meetings/{meeting}/rehearsal");
    let asks = async || f.call(Some(&f.staff.token), "POST", &path, Some(json!(null))).await;
    let (one, other) = join(asks(), asks()).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [StatusCode::OK, StatusCode::CONFLICT],
        "{} {}",
        one.text,
        other.text
    );
    assert_eq!(f.web.read.rehearsals_in_hand().await.unwrap().len(), 1, "{live}");
}
