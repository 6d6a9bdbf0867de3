//! What was erased stands in no file any more.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::tests::{NOW, folder, holds, master, person, store};
use super::*;
use crate::envelope::{Actor, Expected, NewEvent, StreamName};
use crate::ids::EventId;
use crate::log::EventLog;
use crate::person::Role;
use crate::sealed::{Scope, Subject};

/// Names in an order that splits pages in their middle, as ids made by several nodes do: when SQLite moves a cell to
/// another page it leaves the old copy in the gap, and `secure_delete` wipes only the one that is deleted.
fn scattered(n: u64) -> String {
    format!("person:{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[tokio::test]
async fn a_destroyed_key_stands_in_no_file() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let path = dir.path().join("keys.db");
    let keys = Keyring::load(&path, &master(1), "LOG", Sources::system().ids)
        .await
        .unwrap();
    for n in 0..600 {
        keys.make_subject(&Subject(scattered(n))).await.unwrap();
    }
    let mut file = options(&path).connect().await.unwrap();
    let mut wrapped: Vec<(String, Vec<u8>)> = sqlx::query_as("select name, wrapped from keys")
        .fetch_all(&mut file)
        .await
        .unwrap();
    wrapped.sort_by(|a, b| a.1.cmp(&b.1));
    for (name, bytes) in wrapped.iter().take(40) {
        assert!(holds(dir.path(), bytes));
        keys.destroy_subject(&Subject(name.clone())).await.unwrap();
        assert!(
            !holds(dir.path(), bytes),
            "the destroyed key of {name} still stands in a file"
        );
    }
    assert!(holds(dir.path(), &wrapped[50].1));
    keys.close().await;
}

#[tokio::test]
async fn a_deleted_account_stands_in_no_file() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let s = store(dir.path()).await;
    let mut tokens = Vec::new();
    for n in 0..300_u64 {
        let who = person(u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let name = format!("Name{}", scattered(n));
        s.insert_account(&Account {
            person: who,
            login: format!("login-{}", scattered(n)),
            name: name.clone(),
            role: Role::Staff,
            password_hash: Some(format!("$argon2-{}", scattered(n))),
            created: NOW,
        })
        .await
        .unwrap();
        let token = s
            .create_session(
                who,
                NOW,
                &format!("csrf-{}", scattered(n)),
                Some(&format!("addr-{}", scattered(n))),
            )
            .await
            .unwrap();
        tokens.push((who, token, scattered(n)));
    }
    for (who, token, mark) in tokens.iter().step_by(30) {
        assert!(holds(dir.path(), mark.as_bytes()));
        assert!(s.delete_account(*who).await.unwrap());
        // Login, name, search text, password hash, address, form token: all of them hold this.
        assert!(!holds(dir.path(), mark.as_bytes()), "{mark}");
        assert!(!holds(dir.path(), &crypto::sha256(token)));
    }
    s.close().await;
}

#[tokio::test]
async fn deleted_logins_and_secrets_stand_in_no_file() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let s = store(dir.path()).await;
    let mut sealed: Vec<Vec<u8>> = Vec::new();
    for n in 0..200 {
        s.put_secret("room", &scattered(n), &format!("secret {n}"))
            .await
            .unwrap();
        s.create_session(person(u128::from(n % 7)), NOW, "c", Some(&format!("192.0.2.{n} here")))
            .await
            .unwrap();
    }
    for n in (0..200).step_by(40) {
        sealed.push(
            sqlx::query_scalar("select sealed from secrets where id = ?")
                .bind(scattered(n))
                .fetch_one(&s.read)
                .await
                .unwrap(),
        );
    }
    assert!(sealed.iter().all(|x| holds(dir.path(), x)));
    for n in (0..200).step_by(40) {
        assert_eq!(s.delete_secrets(&scattered(n)).await.unwrap(), 1);
    }
    assert!(!sealed.iter().any(|x| holds(dir.path(), x)));
    assert!(holds(dir.path(), b"192.0.2.3 here"));
    assert_eq!(s.delete_sessions(person(3)).await.unwrap(), 29);
    assert!(!holds(dir.path(), b"192.0.2.3 here"));
    let old: Vec<u8> = sqlx::query_scalar("select sealed from secrets where id = ?")
        .bind(scattered(1))
        .fetch_one(&s.read)
        .await
        .unwrap();
    s.put_secret("room", &scattered(1), "another").await.unwrap();
    assert!(!holds(dir.path(), &old), "a secret that was replaced");
    s.close().await;
}

#[tokio::test]
async fn no_file_holds_sealed_text_in_clear_and_erasing_leaves_only_noise() {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    let f = folder(dir.path(), false).await.unwrap();
    let (who, scope) = (Subject("person:1".into()), Scope("live:chat".into()));
    f.keys.make_subject(&who).await.unwrap();
    f.keys.make_scope(&scope).await.unwrap();
    let stream = StreamName::from("chat-1");
    let event = EventId(ulid::Ulid::from_parts(1, 1));
    let at = Place {
        stream: &stream,
        event,
        field: "text",
    };
    let text = "nobody else should ever read this".to_owned();
    let sealed = f.keys.seal(&at, &who, &scope, &text).unwrap();
    let data = serde_json::to_vec(&serde_json::json!({ "text": sealed })).unwrap();
    let new = NewEvent {
        id: event,
        kind: "ChatMessagePosted".into(),
        schema: 1,
        time: NOW,
        actor: Actor::system("test"),
        cause: String::new(),
        key: None,
        data: data.clone().into(),
    };
    f.log
        .append(stream.clone(), Expected::Nothing, vec![new])
        .await
        .unwrap();
    assert!(holds(dir.path(), &data), "it is there, sealed");
    assert!(!holds(dir.path(), text.as_bytes()));
    f.keys.destroy_subject(&who).await.unwrap();
    assert!(holds(dir.path(), &data), "the log is not touched");
    assert_eq!(f.keys.open(&at, &sealed).unwrap(), None);
    f.close().await;
    assert!(!holds(dir.path(), text.as_bytes()));
}

/// Where files cost no disk: what is tested here is what they hold.
pub(super) fn fast() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}
