//! `rebuild`: the same tables row by row, without the server and while it serves.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use sqlx::{Column as _, Connection as _, Row as _, SqliteConnection, ValueRef as _};

use crate::harness::{Answer, World, WorldOptions, eventually, rfc3339, seed};

/// Position of the log's last event.
async fn head(data: &Path) -> i64 {
    let path = data.join("log.db");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}?mode=ro", path.display()))
        .await
        .expect("log.db");
    let last = sqlx::query_scalar("SELECT COALESCE(MAX(position), 0) FROM events");
    last.fetch_one(&mut db).await.expect("the last event")
}

/// Every row of every table, as text. Where each model stands is a matter of when one looks, and is left out.
async fn tables(data: &Path) -> BTreeMap<String, Vec<String>> {
    let path = data.join("read.db");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}?mode=ro", path.display()))
        .await
        .expect("read.db");
    let names: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .fetch_all(&mut db)
    .await
    .expect("tables");
    let mut all = BTreeMap::new();
    for (table,) in names
        .into_iter()
        .filter(|(n,)| !n.contains("migrations") && n != "models" && n != "meta")
    {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM \"{table}\"")))
            .fetch_all(&mut db)
            .await
            .expect("rows");
        let mut texts: Vec<String> = rows
            .iter()
            .map(|row| {
                let cell = |i: usize| {
                    let raw = row.try_get_raw(i).expect("a cell");
                    if raw.is_null() {
                        return "null".to_owned();
                    }
                    let bytes = row.try_get_unchecked::<Vec<u8>, _>(i);
                    bytes.map_or_else(|_| format!("{:?}", row.try_get_unchecked::<i64, _>(i)), hex::encode)
                };
                (0..row.columns().len())
                    .map(|i| format!("{}={}", row.column(i).name(), cell(i)))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        texts.sort_unstable();
        all.insert(table, texts);
    }
    assert!(all.values().map(Vec::len).sum::<usize>() > 0, "read.db holds rows");
    all
}

#[track_caller]
fn same(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>, how: &str) {
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>(),
        "{how}"
    );
    for (table, rows) in before {
        let differ: Vec<_> = rows.iter().zip(&after[table]).filter(|(a, b)| a != b).take(3).collect();
        assert!(
            differ.is_empty() && rows.len() == after[table].len(),
            "{how}: {table}: {} and {} rows; {differ:#?}",
            rows.len(),
            after[table].len()
        );
    }
}

async fn ready(world: &World) -> reqwest::Response {
    let request = world.server.http().get(format!("{}/health/ready", world.server.base));
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn five_thousand_random_events_give_the_same_tables_offline_and_while_serving() {
    let mut random = StdRng::seed_from_u64(seed("rebuild"));
    let settings = vec![("posts_per_10s", "100000"), ("gateway_scout", "600")];
    let world = World::with(WorldOptions {
        settings,
        ..WorldOptions::default()
    })
    .await;
    let mut people = vec![world.presenter.clone()];
    for n in 0..5 {
        people.push(
            world
                .server
                .person(&format!("person{n}"), &format!("Person {n}"), "user")
                .await,
        );
    }
    let mut plans = Vec::new();
    for n in 0..12 {
        let mut body = World::webinar(&format!("Random {n}"));
        body["starts_at"] = rfc3339(random.random_range(3_600..400_000)).into();
        let made = world.presenter.post("/meetings", &body).await.ok();
        plans.push((
            made["id"].as_str().expect("id").to_owned(),
            made["event"].as_str().expect("event").to_owned(),
        ));
    }
    let posts: Vec<_> = (0..5_200)
        .map(|n: u32| {
            let (who, event) = (
                people[random.random_range(0..people.len())].clone(),
                plans[random.random_range(0..plans.len())].1.clone(),
            );
            async move {
                let body = json!({ "client_id": format!("c-{n}"), "text": format!("line {n}") });
                who.post(&format!("/live/{event}/chat"), &body).await.ok()["id"]
                    .as_str()
                    .expect("id")
                    .to_owned()
            }
        })
        .collect();
    let lines: Vec<String> = stream::iter(posts).buffered(32).collect().await;
    assert_eq!(lines.len(), 5_200);
    for _ in 0..60 {
        let (meeting, event) = &plans[random.random_range(0..plans.len())];
        let path = format!("/meetings/{meeting}");
        let answer = match random.random_range(0..5) {
            0 => {
                world
                    .presenter
                    .put(&format!("{path}/chat"), &json!({ "enabled": random.random_bool(0.5) }))
                    .await
            }
            1 => {
                world
                    .presenter
                    .patch(&path, &json!({ "duration_s": random.random_range(60..20_000) }))
                    .await
            }
            2 => {
                world
                    .presenter
                    .patch(&path, &json!({ "name": format!("Renamed {}", random.random::<u16>()) }))
                    .await
            }
            3 => {
                world
                    .presenter
                    .delete(&format!(
                        "/live/{event}/chat/{}",
                        lines[random.random_range(0..lines.len())]
                    ))
                    .await
            }
            _ => world.presenter.delete(&path).await,
        };
        assert!(
            [200, 204, 404, 409].contains(&answer.status),
            "{} {}",
            answer.asked,
            answer.text
        );
    }
    world.server.run(&["person", "erase", "person3"], None).await.ok();

    // While it serves, with somebody who goes on reading. Reactors still do what the last acts made necessary: where something was written
    // meanwhile, as a hold that was released, the two are of different times and say nothing of each other.
    let settled = eventually(
        Duration::from_mins(1),
        "a rebuild during which nothing is written",
        async || {
            let (data, chat) = (&world.server.data, format!("/live/{}/chat", plans[0].1));
            let before = head(data).await;
            // Waits until the tables have what the log has.
            world.presenter.get(&chat).await.ok();
            let settled = tables(data).await;
            let reads = async {
                for _ in 0..50 {
                    world.presenter.get(&chat).await.ok();
                }
            };
            let (rebuilt, ()) = tokio::join!(world.server.run(&["rebuild"], None), reads);
            rebuilt.ok();
            let again = tables(data).await;
            let after = head(data).await;
            if after != before {
                return Err((before, after));
            }
            same(&settled, &again, "while serving");
            Ok(settled)
        },
    )
    .await;

    world.server.stop().await;
    let before = tables(&world.server.data).await;
    same(&settled, &before, "after a stop");
    world.server.run(&["rebuild"], None).await.ok();
    same(&before, &tables(&world.server.data).await, "offline");
    // And from nothing.
    for file in ["read.db", "read.db-wal", "read.db-shm"] {
        let _ = std::fs::remove_file(world.server.data.join(file));
    }
    world.server.start().await;
    eventually(Duration::from_mins(1), "the models have read the log", async || {
        let checks = Answer::of("ready".into(), ready(&world).await).await.json();
        let all = checks.as_array().expect("checks");
        let models = all
            .iter()
            .filter(|c| c["what"].as_str().is_some_and(|w| w.starts_with("model:")));
        let behind: Vec<_> = models.filter(|c| c["lag"] != 0).cloned().collect();
        if behind.is_empty() { Ok(()) } else { Err(behind) }
    })
    .await;
    same(&before, &tables(&world.server.data).await, "from nothing");
}
