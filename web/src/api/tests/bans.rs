//! Who is shut out of a live's chat, and what is left to them.

use amphi_events::Act;
use amphi_events::chat::ChatCommand;
use amphi_events::ids::LiveId;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, Person};

/// A live with an open chat.
async fn live(f: &Fixture) -> LiveId {
    let (_, live) = f.webinar().await;
    let act = Act::system("test", f.web.sources.now());
    let opened = f.web.aggregates.chats.execute(live, ChatCommand::SetOpen(true), act);
    f.there(opened.await.unwrap().position).await;
    live
}

async fn post(f: &Fixture, live: LiveId, person: &Person, client_id: &str) -> Answer {
    let (at, line) = (
        format!("/api/v1/live/{live}/chat"),
        json!({"client_id": client_id, "text": "hello"}),
    );
    f.call(Some(&person.token), "POST", &at, Some(line)).await
}

async fn ban(f: &Fixture, live: LiveId, by: &Person, body: Value) -> Answer {
    let at = format!("/api/v1/live/{live}/bans");
    f.call(Some(&by.token), "POST", &at, Some(body)).await
}

async fn bans(f: &Fixture, live: LiveId) -> Vec<Value> {
    let at = format!("/api/v1/live/{live}/bans");
    let listed = f.call(Some(&f.staff.token), "GET", &at, None).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
    listed.json["items"].as_array().unwrap().clone()
}

async fn seen(f: &Fixture, live: LiveId, person: &Person) -> Value {
    let at = format!("/api/v1/live/{live}");
    f.call(Some(&person.token), "GET", &at, None).await.json
}

#[tokio::test]
async fn the_author_of_a_line_is_shut_out_and_let_in_again() {
    let f = Fixture::new().await;
    let (here, elsewhere) = (live(&f).await, live(&f).await);
    let line = post(&f, here, &f.user, "1").await.json["id"].clone();
    assert_eq!(seen(&f, here, &f.user).await["banned"], Value::Null);

    let banned = ban(
        &f,
        here,
        &f.staff,
        json!({"message": line, "reason": " insults ", "remove_lines": false}),
    )
    .await;
    assert_eq!(banned.status, StatusCode::OK, "{}", banned.text);
    assert!(banned.header("amphi-position").parse::<u64>().is_ok());
    let said = json!({
        "person": f.user.id.to_string(), "name": "user", "by": "staff", "reason": "insults", "message": line,
        "at": "2026-03-02T09:00:00.000Z",
    });
    assert_eq!(banned.json, said);
    assert_eq!(bans(&f, here).await, std::slice::from_ref(&said));
    assert!(bans(&f, elsewhere).await.is_empty());

    // What they are told, and what is left to them.
    let told = seen(&f, here, &f.user).await;
    assert_eq!(
        told["banned"],
        json!({"by": "staff", "reason": "insults", "at": "2026-03-02T09:00:00.000Z"})
    );
    assert_eq!(told["may"], json!(["watch"]));
    let lists = f.call(Some(&f.user.token), "GET", "/api/v1/live", None).await.json;
    let lists = lists["upcoming"].as_array().unwrap();
    let marked = lists
        .iter()
        .filter(|l| !l["banned"].is_null())
        .map(|l| l["event"].clone());
    assert_eq!(marked.collect::<Vec<_>>(), [json!(here.to_string())]);
    let refused = post(&f, here, &f.user, "2").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "banned"));
    let history = format!("/api/v1/live/{here}/chat");
    let refused = f.call(Some(&f.user.token), "GET", &history, None).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "banned"));
    let public = f.call(None, "GET", &history, None).await;
    assert_eq!(
        public.json["items"].as_array().unwrap().len(),
        1,
        "the line stays, and nothing came after it"
    );
    assert_eq!(post(&f, elsewhere, &f.user, "1").await.status, StatusCode::CREATED);
    assert_eq!(
        post(&f, here, &f.user, "1").await.json["id"],
        line,
        "what was taken before keeps its receipt"
    );

    // Again is the same as once; the lines go if they are asked for then.
    let again = ban(
        &f,
        here,
        &f.administrator,
        json!({"person": f.user.id.to_string(), "reason": "more", "remove_lines": true}),
    )
    .await;
    assert_eq!(again.json, said, "{}", again.text);
    assert_eq!(f.call(None, "GET", &history, None).await.json["items"], json!([]));

    let one = format!("/api/v1/live/{here}/bans/{}", f.user.id);
    for _ in 0..2 {
        let gone = f.call(Some(&f.staff.token), "DELETE", &one, None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    }
    assert!(bans(&f, here).await.is_empty());
    assert_eq!(post(&f, here, &f.user, "3").await.status, StatusCode::CREATED);
    assert_eq!(seen(&f, here, &f.user).await["banned"], Value::Null);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let f = Fixture::new().await;
    let (here, elsewhere) = (live(&f).await, live(&f).await);
    let line = post(&f, elsewhere, &f.user, "1").await.json["id"].clone();
    let owner = post(&f, here, &f.staff, "1").await.json["id"].clone();
    let user = f.user.id.to_string();
    let unknown = "01J00000000000000000000001";
    for (body, status, code) in [
        (json!({}), 422, "bad_body"),
        (json!({"message": owner, "person": user}), 422, "bad_body"),
        (json!({"person": user, "until": "tomorrow"}), 422, "bad_body"),
        (json!({"person": "user"}), 404, "not_found"),
        (json!({"person": unknown}), 404, "not_found"),
        (json!({"message": unknown}), 404, "not_found"),
        (json!({"message": line}), 404, "not_found"),
        (json!({"person": user, "reason": "x".repeat(201)}), 422, "reason"),
        (json!({"person": user, "reason": "a\nb"}), 422, "reason"),
        (json!({"message": owner}), 409, "moderates"),
        (json!({"person": f.administrator.id.to_string()}), 409, "moderates"),
    ] {
        let refused = ban(&f, here, &f.staff, body.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (status, code), "{body}");
    }
    for other in [&f.user, &f.other, &f.auditor] {
        let refused = ban(&f, here, other, json!({"person": user})).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "forbidden"));
    }
    assert!(bans(&f, here).await.is_empty(), "nothing was written");
}

#[tokio::test]
async fn the_names_go_with_their_keys_and_the_ban_stays() {
    let f = Fixture::new().await;
    let here = live(&f).await;
    let user = json!({"person": f.user.id.to_string(), "reason": "insults of Ada"});
    assert_eq!(ban(&f, here, &f.staff, user).await.status, StatusCode::OK);
    let erase = format!("/api/v1/people/{}", f.user.id);
    let erased = f.call(Some(&f.administrator.token), "DELETE", &erase, None).await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);
    let left = bans(&f, here).await;
    assert_eq!(left.len(), 1);
    for gone in ["person", "name", "reason", "message"] {
        assert_eq!(left[0][gone], Value::Null, "{gone}");
    }
    assert_eq!(left[0]["by"], "staff");
}
