//! Excluded from the chat of one live: every tab of it, nothing else, and for as long as it is not taken back.

use serde_json::json;

use super::authority::{heard, kept, ready, token};
use super::ws::{address, close_code, next, planned};
use crate::harness::{eventually, open};

#[tokio::test]
async fn a_ban_reaches_every_tab_of_this_live_and_outlives_a_restart() {
    let (world, plan, student) = planned(vec![]).await;
    let other = world.plan("Elsewhere").await;
    let ask = token(&student);
    let mut tabs = [ready(&world, &plan, &ask).await, ready(&world, &plan, &ask).await];
    let elsewhere = ready(&world, &other, &ask).await;
    let mut reader = open(&address(&world, &plan), &crate::harness::Ask::default())
        .await
        .expect("a socket");
    next(&mut reader).await.expect("hello");
    let body = json!({ "client_id": "rude", "text": "rude" });
    let line = student.post(&format!("/live/{}/chat", plan.event), &body).await.ok();
    let bans = format!("/live/{}/bans", plan.event);

    student
        .post(&bans, &json!({ "message": line["id"] }))
        .await
        .problem(403, "forbidden");
    let words = json!({ "message": line["id"], "reason": "insults" });
    let banned = world.presenter.post(&bans, &words).await.ok();
    assert_eq!(banned["reason"], "insults", "{banned}");
    for tab in &mut tabs {
        assert_eq!(close_code(tab).await, Some(4502));
    }
    heard(elsewhere, "another live").await;
    let before = kept(&world).await;
    let shut_out = async || {
        assert_eq!(
            open(&address(&world, &plan), &ask).await.err(),
            Some(403),
            "at the door"
        );
        let again = json!({ "client_id": "again", "text": "again" });
        let chat = format!("/live/{}/chat", plan.event);
        student.post(&chat, &again).await.problem(403, "banned");
        student.get(&chat).await.problem(403, "banned");
        let seen = student.get(&format!("/live/{}", plan.event)).await.ok();
        assert_eq!(
            (&seen["banned"]["reason"], &seen["may"]),
            (&json!("insults"), &json!(["watch"]))
        );
    };
    shut_out().await;
    world.server.restart().await;
    shut_out().await;
    assert_eq!(kept(&world).await, before, "nothing of theirs came after the ban");

    let person = banned["person"].as_str().expect("an id");
    let listed = world.presenter.get(&bans).await.ok();
    assert_eq!(listed["items"], json!([banned]));
    world.presenter.delete(&format!("{bans}/{person}")).await.ok();
    let back = eventually(super::ws::SOON, "let in again", async || {
        open(&address(&world, &plan), &ask).await
    })
    .await;
    heard(back, "let in again").await;
}
