//! Somebody is shut out of a chat by the call of a moderator: what their sockets hear, and everybody else's.

use amphi_hub::{CloseReason, Guest as _, Said};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::guest::Signed;
use super::socket_tests::{next, say, served};
use crate::auth::Proof;
use crate::watch::Passes;

fn bearer(token: &str) -> HeaderMap {
    let value = format!("Bearer {token}").parse().unwrap();
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

#[tokio::test]
async fn open_sockets_hear_of_it_at_once_and_the_door_is_shut() {
    let s = served().await;
    let (f, live) = (&s.fixture, s.live);
    let at = format!("/api/v1/live/{live}/bans");
    let (mut tab, _) = s.join(Some(&f.user.token)).await;
    let (mut other_tab, _) = s.join(Some(&f.user.token)).await;
    let (mut stranger, _) = s.join(None).await;
    let mut console = s.open("console/ws", Some(&f.staff.token), None).await.unwrap();
    next(&mut console, "hello").await;
    say(&mut tab, json!({ "t": "post", "client_id": "c", "text": "rude" })).await;
    let line = next(&mut tab, "receipt").await["id"].clone();

    let body = json!({ "message": line, "remove_lines": true });
    let banned = f.call(Some(&f.staff.token), "POST", &at, Some(body)).await;
    assert_eq!(banned.status, StatusCode::OK, "{}", banned.text);
    assert_eq!(next(&mut tab, "close").await["code"], 4502);
    assert_eq!(next(&mut other_tab, "close").await["code"], 4502);
    assert_eq!(s.open("ws", Some(&f.user.token), None).await.err(), Some(403));
    assert_eq!(next(&mut stranger, "removed").await["ids"], json!([line]));
    say(&mut console, json!({ "t": "post", "client_id": "p", "text": "calm" })).await;
    assert_eq!(next(&mut stranger, "messages").await["messages"][0]["text"], "calm");

    // Who may moderate is shut out of nothing, whatever was said before.
    let role = json!({ "role": "administrator" });
    let path = format!("/api/v1/people/{}", f.user.id);
    let raised = f.call(Some(&f.administrator.token), "PATCH", &path, Some(role)).await;
    assert_eq!(raised.status, StatusCode::OK, "{}", raised.text);
    let (mut above, hello) = s.join(Some(&f.user.token)).await;
    assert_eq!(hello["you"]["may"], json!(["post", "moderate"]));
    say(&mut above, json!({ "t": "post", "client_id": "a", "text": "again" })).await;
    next(&mut above, "receipt").await;
    let role = json!({ "role": "user" });
    f.call(Some(&f.administrator.token), "PATCH", &path, Some(role)).await;
    assert_eq!(next(&mut above, "close").await["code"], 4000);
    assert_eq!(s.open("ws", Some(&f.user.token), None).await.err(), Some(403));

    let one = format!("{at}/{}", f.user.id);
    let freed = f.call(Some(&f.staff.token), "DELETE", &one, None).await;
    assert_eq!(freed.status, StatusCode::NO_CONTENT, "{}", freed.text);
    // The hub hears of it from the log.
    let mut tries = 0;
    let mut back = loop {
        match s.open("ws", Some(&f.user.token), None).await {
            Ok(socket) => break socket,
            Err(status) => assert_eq!(status, 403),
        }
        tries += 1;
        assert!(tries < 100, "still shut out");
        tokio::task::yield_now().await;
    };
    assert_eq!(next(&mut back, "hello").await["you"]["may"], json!(["post"]));
    say(&mut back, json!({ "t": "post", "client_id": "b", "text": "sorry" })).await;
    next(&mut back, "receipt").await;
}

/// The hub hears of a ban from the log, a moment after the log refuses the first line: the socket ends with that line all the same.
#[tokio::test]
async fn a_line_that_the_log_refuses_ends_its_socket() {
    let s = served().await;
    let f = &s.fixture;
    let at = format!("/api/v1/live/{}/bans", s.live);
    let body = json!({ "person": f.user.id.to_string() });
    let banned = f.call(Some(&f.staff.token), "POST", &at, Some(body)).await;
    assert_eq!(banned.status, StatusCode::OK, "{}", banned.text);
    let proof = Proof::of(&f.web.settings, &bearer(&f.user.token), false);
    let guest = Signed::new(
        f.web.clone(),
        s.live,
        f.user.id,
        proof,
        Passes::default(),
        "test".to_owned(),
    );
    let answer = guest.post("c".to_owned(), "hello".to_owned()).await;
    assert_eq!(answer.end, Some(CloseReason::Banned));
    let Some(Said::Refused { client_id, refused }) = answer.said else {
        panic!("{answer:?}");
    };
    assert_eq!((&*client_id, refused.code), ("c", "banned"));
}
