//! Groups: every change is an event that says who did it, and what doors are judged by follows it.

use amphi_events::log::Filter;
use amphi_events::{Act, Position};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::auth::groups;

/// Events of groups: type, actor, cause, data.
async fn told(f: &Fixture) -> Vec<(String, String, String, Value)> {
    let page = f
        .web
        .log
        .read_all(Position(0), &Filter::default(), 10_000)
        .await
        .unwrap();
    let ours = page.events.iter().filter(|e| e.stream.kind() == "group");
    ours.map(|e| {
        let data = serde_json::from_slice(&e.event.data).unwrap();
        (
            e.event.kind.clone(),
            e.event.actor.0.clone(),
            e.event.cause.clone(),
            data,
        )
    })
    .collect()
}

fn kinds(told: &[(String, String, String, Value)]) -> Vec<&str> {
    told.iter().map(|(kind, ..)| kind.as_str()).collect()
}

#[tokio::test]
async fn each_change_of_a_group_is_an_event_of_who_did_it() {
    let f = Fixture::new().await;
    let admin = f.administrator.token.clone();
    let call = async |method: &str, path: &str, body: Option<Value>| {
        let path = format!("/api/v1/groups/maths{path}");
        f.call(Some(&admin), method, &path, body).await.status
    };
    let member = format!("/members/{}", f.user.id);
    assert_eq!(
        call("PUT", "", Some(json!({"name": "Maths"}))).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        call("PUT", "", Some(json!({"name": "Maths"}))).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        call("PUT", "", Some(json!({"name": "Mathematics"}))).await,
        StatusCode::NO_CONTENT
    );
    for _ in 0..2 {
        assert_eq!(call("PUT", &member, None).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(f.web.store.groups_of(f.user.id).await.unwrap(), ["maths"]);
    assert_eq!(call("DELETE", &member, None).await, StatusCode::NO_CONTENT);
    assert_eq!(call("DELETE", &member, None).await, StatusCode::NOT_FOUND);
    assert!(f.web.store.groups_of(f.user.id).await.unwrap().is_empty());
    assert_eq!(call("PUT", &member, None).await, StatusCode::NO_CONTENT);
    assert_eq!(call("DELETE", "", None).await, StatusCode::NO_CONTENT);
    assert_eq!(call("DELETE", "", None).await, StatusCode::NOT_FOUND);
    assert!(f.web.store.groups_of(f.user.id).await.unwrap().is_empty());
    let told = told(&f).await;
    assert_eq!(
        kinds(&told),
        [
            "GroupMade",
            "GroupRenamed",
            "GroupMemberAdded",
            "GroupMemberRemoved",
            "GroupMemberAdded",
            "GroupDeleted"
        ]
    );
    let by = format!("person:{}", f.administrator.id);
    assert!(told.iter().all(|(_, actor, ..)| *actor == by), "{told:?}");
    assert_eq!(told[0].3, json!({"code": "maths", "name": "Maths"}));
    assert_eq!(told[2].3, json!({"person": f.user.id.to_string()}));
    // Who may not changes nothing, and leaves no event.
    let refused = f
        .call(
            Some(&f.staff.token),
            "PUT",
            "/api/v1/groups/law",
            Some(json!({"name": "Law"})),
        )
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(self::told(&f).await.len(), told.len());
}

#[tokio::test]
async fn a_group_that_only_rules_filled_is_made_with_its_first_member_of_the_house() {
    let f = Fixture::new().await;
    f.web
        .store
        .set_groups(f.user.id, "cas", &["choir".into()])
        .await
        .unwrap();
    let path = format!("/api/v1/groups/choir/members/{}", f.staff.id);
    let done = f.call(Some(&f.administrator.token), "PUT", &path, None).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    assert_eq!(kinds(&told(&f).await), ["GroupMade", "GroupMemberAdded"]);
}

/// What was there before groups had events, and what a crash left between the log and the store.
#[tokio::test]
async fn a_start_brings_the_log_and_the_store_in_step() {
    let f = Fixture::new().await;
    let (store, aggregates) = (&f.web.store, &f.web.aggregates);
    let act = || Act::system("start", f.web.sources.now()).cause("store");
    store.put_group("old", "Old", f.web.sources.now()).await.unwrap();
    store.enter_group("old", f.user.id).await.unwrap();
    store.enter_group("nameless", f.staff.id).await.unwrap();
    groups::settle(aggregates, store, &act()).await.unwrap();
    let first = told(&f).await;
    assert_eq!(
        kinds(&first),
        ["GroupMade", "GroupMemberAdded", "GroupMade", "GroupMemberAdded"]
    );
    assert!(
        first
            .iter()
            .all(|(_, actor, cause, _)| actor == "system:start" && cause == "store"),
        "{first:?}"
    );
    groups::settle(aggregates, store, &act()).await.unwrap();
    assert_eq!(told(&f).await, first, "once");

    // The program died after the event and before the store.
    let id = amphi_events::group::id("old");
    let command = amphi_events::group::GroupCommand::Remove(f.user.id);
    aggregates.groups.execute(id, command, act()).await.unwrap();
    let command = amphi_events::group::GroupCommand::Add(f.staff.id);
    aggregates.groups.execute(id, command, act()).await.unwrap();
    let id = amphi_events::group::id("nameless");
    let command = amphi_events::group::GroupCommand::Delete;
    aggregates.groups.execute(id, command, act()).await.unwrap();
    groups::settle(aggregates, store, &act()).await.unwrap();
    assert!(store.groups_of(f.user.id).await.unwrap().is_empty());
    assert_eq!(store.groups_of(f.staff.id).await.unwrap(), ["old"]);
    assert_eq!(told(&f).await.len(), first.len() + 3);
}
