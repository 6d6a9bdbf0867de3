#![expect(clippy::unwrap_used, reason = "tests")]

use super::tests::{NOW, master, person, store};
use super::*;
use crate::clock::Time;

#[tokio::test]
async fn a_token_keeps_its_scopes_its_end_and_its_last_use() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    let new = NewApiToken {
        name: "timetable",
        scopes: [TokenScope::Read, TokenScope::Plan].into_iter().collect(),
        ends: Some(NOW.plus_s(3600)),
    };
    let text = s.create_token(person(1), new, NOW).await.unwrap();
    let found = s.find_token(&text).await.unwrap().unwrap();
    assert_eq!((found.scopes, found.ends, found.used), (new.scopes, new.ends, None));
    assert!(!found.ended(NOW.plus_ms(3_599_999)) && found.ended(NOW.plus_s(3600)));
    s.touch_token(&found, NOW.plus_s(10)).await.unwrap();
    let found = s.find_token(&text).await.unwrap().unwrap();
    assert_eq!(found.used, Some(NOW.plus_s(10)));
    s.touch_token(&found, NOW.plus_s(69)).await.unwrap();
    assert_eq!(s.find_token(&text).await.unwrap().unwrap().used, Some(NOW.plus_s(10)));
    s.touch_token(&found, NOW.plus_s(70)).await.unwrap();
    assert_eq!(s.list_tokens(person(1)).await.unwrap()[0].used, Some(NOW.plus_s(70)));
}

/// A store as the version before left it: its tokens go on doing what they could, without an end.
#[tokio::test]
async fn tokens_of_the_version_before_keep_what_they_could_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let text = format!("amphi_{}", "a".repeat(40));
    {
        let mut before = sqlx::migrate!("../migrations/store-sqlite");
        before.migrations.to_mut().retain(|m| m.version < 2);
        let pool = SqlitePool::connect_with(writing(&path)).await.unwrap();
        before.run(&pool).await.unwrap();
        sqlx::query("insert into tokens (id, token_hash, person, name, created) values ('01J', ?, ?, 'old', 7)")
            .bind(crypto::sha256(&text).to_vec())
            .bind(person(1).to_string())
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
    }
    let s = Store::open(&path, &master(1), Sources::system()).await.unwrap();
    let old = s.find_token(&text).await.unwrap().unwrap();
    assert_eq!(
        (old.name.as_str(), old.scopes, old.ends, old.used),
        ("old", TokenScopes::EVERYTHING, None, None)
    );
    assert!(!old.ended(Time(i64::MAX)));
}
