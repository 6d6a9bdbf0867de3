#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use super::*;
use crate::clock::Time;
use crate::envelope::{Expected, Position, StreamName};
use crate::ids::{EventId, PersonId};
use crate::log::EventLog;
use crate::log::conformance::Events;
use crate::person::Role;
use crate::sealed::{Scope, Sealed, Subject};

pub(super) const NOW: Time = Time(1_800_000_000_000);

pub(super) fn master(n: u8) -> MasterKey {
    MasterKey::new(1, [n; 32])
}

pub(super) fn person(n: u128) -> PersonId {
    PersonId(ulid::Ulid::from_parts(1, n))
}

pub(super) async fn store(dir: &Path) -> Store {
    Store::open(&dir.join("store.db"), &master(1), Sources::system())
        .await
        .unwrap()
}

pub(super) async fn folder(dir: &Path, accept: bool) -> Result<DataFolder, FolderError> {
    DataFolder::open(
        dir,
        master(1),
        FolderOptions {
            accept_lost_events: accept,
            sources: Sources::system(),
        },
    )
    .await
}

pub(super) fn refused(done: Result<DataFolder, FolderError>) -> FolderError {
    done.err().unwrap_or_else(|| panic!("it should have been refused"))
}

#[test]
fn a_master_key_is_made_once_and_not_in_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys/master");
    let first = MasterKey::load_or_make(&path, None).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let second = MasterKey::load_or_make(&path, None).unwrap();
    assert_eq!(*first.derive("x"), *second.derive("x"));
    let inside = MasterKey::load_or_make(&path, Some(dir.path()));
    assert!(matches!(inside, Err(MasterKeyError::Inside { .. })));
    std::os::unix::fs::symlink(dir.path(), dir.path().join("keys/link")).unwrap();
    let around = MasterKey::load_or_make(&dir.path().join("keys/link/new"), Some(dir.path()));
    assert!(matches!(around, Err(MasterKeyError::Inside { .. })));
    std::fs::write(&path, "nonsense").unwrap();
    assert!(matches!(
        MasterKey::load_or_make(&path, None),
        Err(MasterKeyError::Malformed { .. })
    ));
}

#[tokio::test]
async fn what_is_sealed_opens_in_its_place_until_a_key_is_destroyed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.db");
    let ids = Sources::system().ids;
    let load = |m: MasterKey| {
        let (path, ids) = (path.clone(), Arc::clone(&ids));
        async move { Keyring::load(&path, &m, "LOG", ids).await }
    };
    let keys = load(master(1)).await.unwrap();
    let (who, other, scope) = (
        Subject("person:1".into()),
        Subject("person:2".into()),
        Scope("live:chat".into()),
    );
    let stream = StreamName::from("chat-1");
    let event = EventId(ulid::Ulid::from_parts(1, 1));
    let at = Place {
        stream: &stream,
        event,
        field: "text",
    };
    let text = "geheim".to_owned();
    assert!(matches!(keys.seal(&at, &who, &scope, &text), Err(KeyError::Unknown(_))));
    for s in [&who, &other] {
        keys.make_subject(s).await.unwrap();
        keys.make_subject(s).await.unwrap();
    }
    keys.make_scope(&scope).await.unwrap();
    let sealed = keys.seal(&at, &who, &scope, &text).unwrap();
    assert_eq!(keys.open(&at, &sealed).unwrap(), Some(text.clone()));
    let elsewhere = StreamName::from("chat-2");
    let places = [
        Place { field: "name", ..at },
        Place {
            stream: &elsewhere,
            ..at
        },
        Place {
            event: EventId(ulid::Ulid::from_parts(1, 2)),
            ..at
        },
    ];
    for place in places {
        assert!(matches!(keys.open(&place, &sealed), Err(KeyError::Damaged(_))));
    }
    let foreign: Sealed<String> = Sealed::from_parts(other.clone(), scope.clone(), sealed.bytes.clone());
    assert!(matches!(keys.open(&at, &foreign), Err(KeyError::Damaged(_))));
    let alias = keys.pseudonym(&scope, person(1)).unwrap();
    assert_eq!(alias.len(), 32);
    keys.close().await;
    drop(keys);

    assert!(matches!(load(master(2)).await, Err(KeyError::WrongMaster(_))));
    let keys = load(master(1)).await.unwrap();
    assert_eq!(keys.open(&at, &sealed).unwrap(), Some(text));
    assert_eq!(keys.pseudonym(&scope, person(1)).unwrap(), alias);
    let wrapped = wrapped(&path, "person:1").await;
    assert!(holds(dir.path(), &wrapped));
    keys.destroy_subject(&who).await.unwrap();
    assert!(!holds(dir.path(), &wrapped), "the destroyed key still stands in a file");
    assert!(!keys.has_subject(&who) && keys.has_subject(&other));
    assert_eq!(keys.open(&at, &sealed).unwrap(), None);
    keys.close().await;
    let keys = load(master(1)).await.unwrap();
    assert_eq!(keys.open(&at, &sealed).unwrap(), None);
    assert!(matches!(keys.make_subject(&who).await, Err(KeyError::Destroyed(_))));
    keys.destroy_scope(&scope).await.unwrap();
    assert!(matches!(keys.pseudonym(&scope, person(1)), Err(KeyError::Destroyed(_))));
}

async fn wrapped(path: &Path, name: &str) -> Vec<u8> {
    let mut c = options(path).connect().await.unwrap();
    sqlx::query_scalar("select wrapped from keys where name = ?")
        .bind(name)
        .fetch_one(&mut c)
        .await
        .unwrap()
}

pub(super) fn holds(dir: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(dir)
        .unwrap()
        .map(|f| std::fs::read(f.unwrap().path()).unwrap());
    files.into_iter().any(|f| f.windows(bytes.len()).any(|w| w == bytes))
}

#[tokio::test]
async fn accounts_are_claimed_found_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    let mut a = Account {
        person: person(1),
        login: "Ada".into(),
        name: "Ada Élan".into(),
        role: Role::Staff,
        password_hash: None,
        created: NOW,
    };
    s.insert_account(&a).await.unwrap();
    let twice = Account {
        person: person(2),
        login: "aDA".into(),
        ..a.clone()
    };
    assert!(matches!(s.insert_account(&twice).await, Err(StoreError::Taken(_))));
    s.insert_account(&Account {
        login: "bob".into(),
        name: "Bob".into(),
        ..twice
    })
    .await
    .unwrap();
    assert_eq!(s.account_by_login("ADA").await.unwrap(), Some(a.clone()));
    assert_eq!(
        s.accounts_by_ids(&[person(1), person(2), person(3)])
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(s.list_accounts("éLAN", None, 10).await.unwrap(), [a.clone()]);
    assert_eq!(s.list_accounts("", Some("ada"), 10).await.unwrap().len(), 1);
    // By each of its words, in whatever order, of those roles only.
    let found = async |text: &str, roles: &[Role]| s.find_accounts(text, roles, 10).await.unwrap();
    assert_eq!(found("élan ADA", &[a.role]).await, [a.clone()]);
    assert!(found("ada nobody", &[a.role]).await.is_empty());
    assert!(found("ada", &[Role::Auditor]).await.is_empty() && found("ada", &[]).await.is_empty());
    assert_eq!(
        s.find_accounts("", &[Role::User, Role::Staff, Role::Administrator], 1)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(s.set_role(a.person, Role::Auditor).await.unwrap());
    assert!(s.set_password(a.person, Some("$argon2")).await.unwrap());
    assert!(s.rename_account(a.person, "Ada L").await.unwrap());
    a = Account {
        role: Role::Auditor,
        password_hash: Some("$argon2".into()),
        name: "Ada L".into(),
        ..a
    };
    assert_eq!(s.account(a.person).await.unwrap(), Some(a.clone()));
    assert_eq!(s.list_accounts("da l", None, 10).await.unwrap().len(), 1);
    let cookie = s.create_session(a.person, NOW, "c", None).await.unwrap();
    let token = s
        .create_token(a.person, NewApiToken::unlimited("ci"), NOW)
        .await
        .unwrap();
    assert!(s.delete_account(a.person).await.unwrap());
    assert_eq!(s.account(a.person).await.unwrap(), None);
    assert!(
        s.find_session(&cookie, NOW, SessionLimits::default())
            .await
            .unwrap()
            .is_none()
    );
    assert!(s.find_token(&token).await.unwrap().is_none());
    s.close().await;
    assert!(!holds(dir.path(), b"Ada L"));
}

#[tokio::test]
async fn all_accounts_are_more_than_are_read_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    for n in (0..1_234_u16).rev() {
        let a = Account {
            person: person(u128::from(5_000 - n)),
            login: format!("Login{n:05}"),
            name: "Zoé".into(),
            role: Role::User,
            password_hash: None,
            created: NOW,
        };
        s.insert_account(&a).await.unwrap();
    }
    let all = s.all_accounts().await.unwrap();
    let logins: Vec<&str> = all.iter().map(|a| a.login.as_str()).collect();
    assert_eq!(logins.len(), 1_234);
    assert!(logins.is_sorted());
}

#[tokio::test]
async fn logins_end_and_tokens_are_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    let limits = SessionLimits::default();
    let token = s
        .create_session(person(1), NOW, "csrf", Some("192.0.2.1"))
        .await
        .unwrap();
    assert!(!holds(dir.path(), token.as_bytes()));
    let found = s.find_session(&token, NOW, limits).await.unwrap().unwrap();
    assert_eq!((found.person, found.csrf.as_str()), (person(1), "csrf"));
    let idle = NOW.plus_s(12 * 3600);
    assert!(s.find_session(&token, idle, limits).await.unwrap().is_none());
    let mut at = NOW;
    for _ in 0..20 {
        at = at.plus_s(11 * 3600);
        let Some(found) = s.find_session(&token, at, limits).await.unwrap() else {
            break;
        };
        s.touch_session(&token, &found, at).await.unwrap();
    }
    assert!(at.since_ms(NOW) >= limits.absolute_ms && at.since_ms(NOW) < limits.absolute_ms + 12 * 3_600_000);
    assert_eq!(s.sweep_sessions(at, limits).await.unwrap(), 1);
    let api = s
        .create_token(person(1), NewApiToken::unlimited("ci"), NOW)
        .await
        .unwrap();
    assert!(api.starts_with("amphi_"));
    let known = s.find_token(&api).await.unwrap().unwrap();
    assert!(!s.revoke_token(person(2), &known.id).await.unwrap());
    assert!(s.revoke_token(person(1), &known.id).await.unwrap());
    assert!(s.list_tokens(person(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn waits_grow_and_outlive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    let mut waits = Vec::new();
    for _ in 0..20 {
        waits.push(s.attempt_failed("ada 192.0.2.1", NOW).await.unwrap().since_ms(NOW) / 1000);
    }
    assert_eq!(waits[..8], [0, 0, 0, 0, 1, 2, 4, 8]);
    assert_eq!(waits[19], 900);
    s.close().await;
    let s = store(dir.path()).await;
    assert_eq!(s.throttled("ada 192.0.2.1", NOW).await.unwrap(), Some(NOW.plus_s(900)));
    assert_eq!(s.throttled("bob 192.0.2.1", NOW).await.unwrap(), None);
    assert_eq!(
        s.attempt_failed("ada 192.0.2.1", NOW.plus_s(7200)).await.unwrap(),
        NOW.plus_s(7200)
    );
    s.attempt_succeeded("ada 192.0.2.1").await.unwrap();
    assert_eq!(s.throttled("ada 192.0.2.1", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn secrets_are_sealed_and_found_by_value() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    s.put_secret("room", "run1", "abcdefghij").await.unwrap();
    s.put_secret("room", "run1", "klmnopqrst").await.unwrap();
    assert_eq!(
        s.get_secret("room", "run1").await.unwrap().unwrap().as_str(),
        "klmnopqrst"
    );
    assert_eq!(
        s.lookup_secret("room", "klmnopqrst").await.unwrap().as_deref(),
        Some("run1")
    );
    assert_eq!(s.lookup_secret("room", "abcdefghij").await.unwrap(), None);
    assert_eq!(s.lookup_secret("other", "klmnopqrst").await.unwrap(), None);
    assert!(!holds(dir.path(), b"klmnopqrst"));
    assert_eq!(s.delete_secrets("run1").await.unwrap(), 1);
    assert!(s.get_secret("room", "run1").await.unwrap().is_none());
}

#[tokio::test]
async fn one_process_holds_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = folder(dir.path(), false).await.unwrap();
    let second = refused(folder(dir.path(), false).await);
    assert!(matches!(second, FolderError::InUse(_)), "{second}");
    first.close().await;
    folder(dir.path(), false).await.unwrap().close().await;
    let wrong = DataFolder::open(
        dir.path(),
        master(9),
        FolderOptions {
            accept_lost_events: false,
            sources: Sources::system(),
        },
    )
    .await;
    assert!(matches!(
        wrong.err().unwrap(),
        FolderError::Keys(KeyError::WrongMaster(_))
    ));
}

#[tokio::test]
async fn an_older_copy_of_the_log_is_refused_and_then_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let log_db = dir.path().join("log.db");
    let mut e = Events::new(1);
    let f = folder(dir.path(), false).await.unwrap();
    f.log.append("a-1".into(), Expected::Nothing, e.many(3)).await.unwrap();
    let epoch = f.log.identity().epoch;
    f.close().await;
    let old = std::fs::read(&log_db).unwrap();
    let f = folder(dir.path(), false).await.unwrap();
    f.log
        .append("a-1".into(), Expected::Version(2), e.many(2))
        .await
        .unwrap();
    f.store.put_checkpoint("relay", f.log.head()).await.unwrap();
    f.close().await;
    std::fs::write(&log_db, &old).unwrap();
    let lost = refused(folder(dir.path(), false).await);
    assert!(
        matches!(
            lost,
            FolderError::EventsLost {
                seen: Position(5),
                head: Position(3),
                ..
            }
        ),
        "{lost}"
    );
    assert!(lost.to_string().contains("--accept-lost-events"));
    let f = folder(dir.path(), true).await.unwrap();
    assert!(f.lost_events_accepted && f.log.identity().epoch != epoch);
    assert_eq!(f.store.checkpoint("relay").await.unwrap(), Some(Position(3)));
    // The same positions are given again, to other events: only the hash tells.
    f.log
        .append("a-1".into(), Expected::Version(2), e.many(2))
        .await
        .unwrap();
    f.close().await;
    folder(dir.path(), false).await.unwrap().close().await;
}
