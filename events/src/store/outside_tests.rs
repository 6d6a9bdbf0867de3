//! Identities of other houses, and the database of the version before them.
#![expect(clippy::unwrap_used, reason = "tests")]

use sqlx::Connection as _;

use super::tests::{NOW, master, person, store};
use super::*;
use crate::person::{OutsideProfile, Role};

fn tied(n: u128, subject: &str) -> TiedIdentity {
    TiedIdentity {
        provider: "cas".into(),
        person: person(n),
        role: Some(Role::Staff),
        profile: OutsideProfile {
            subject: subject.into(),
            login: "zoe".into(),
            affiliations: vec!["employee".into()],
            ..OutsideProfile::default()
        },
        created: NOW,
        seen: NOW,
        shut: false,
    }
}

fn account(n: u128, login: &str) -> Account {
    Account {
        person: person(n),
        login: login.into(),
        name: login.into(),
        role: Role::User,
        password_hash: None,
        created: NOW,
    }
}

#[tokio::test]
async fn an_identity_stays_with_its_account_and_goes_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let s = store(dir.path()).await;
    s.insert_account(&account(1, "zoe")).await.unwrap();
    s.insert_account(&account(2, "yan")).await.unwrap();
    assert_eq!(s.tied_identity("cas", "u1").await.unwrap(), None);
    s.tie_identity(&tied(1, "u1")).await.unwrap();
    assert_eq!(s.tied_identity("cas", "u1").await.unwrap(), Some(tied(1, "u1")));
    assert_eq!(s.tied_identity("oidc", "u1").await.unwrap(), None, "another house");
    assert!(matches!(
        s.tie_identity(&tied(2, "u1")).await,
        Err(StoreError::Taken(_))
    ));
    let later = TiedIdentity {
        seen: NOW.plus_s(5),
        role: None,
        ..tied(1, "u1")
    };
    assert!(s.keep_identity(&later).await.unwrap());
    assert!(!s.keep_identity(&tied(2, "u1")).await.unwrap(), "somebody else's");
    s.shut_identities(person(1), true).await.unwrap();
    assert!(s.keep_identity(&later).await.unwrap());
    let shut = s.tied_identity("cas", "u1").await.unwrap().unwrap();
    assert!(shut.shut, "what is said does not open it");
    s.shut_identities(person(1), false).await.unwrap();
    s.tie_identity(&tied(1, "u0")).await.unwrap();
    assert_eq!(s.identities_of(person(1)).await.unwrap(), [tied(1, "u0"), later]);

    let codes = |c: &[&str]| c.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    assert!(s.set_groups(person(1), "cas", &codes(&["a", "b"])).await.unwrap());
    assert!(!s.set_groups(person(1), "cas", &codes(&["b", "a"])).await.unwrap());
    assert!(s.set_groups(person(1), "", &codes(&["b", "c"])).await.unwrap());
    assert!(s.set_groups(person(2), "cas", &codes(&["a"])).await.unwrap());
    assert_eq!(s.groups_of(person(1)).await.unwrap(), ["a", "b", "c"]);
    assert!(s.set_groups(person(1), "cas", &[]).await.unwrap());
    assert_eq!(
        s.groups_of(person(1)).await.unwrap(),
        ["b", "c"],
        "what a person gave stays"
    );
    assert_eq!(s.members_of("a").await.unwrap(), [person(2)]);

    assert!(s.delete_account(person(1)).await.unwrap());
    assert_eq!(s.tied_identity("cas", "u1").await.unwrap(), None);
    assert!(s.identities_of(person(1)).await.unwrap().is_empty());
    assert!(s.groups_of(person(1)).await.unwrap().is_empty());
    // Whoever was erased in the middle of a sign-in does not come back by it.
    assert!(!s.keep_identity(&tied(1, "u1")).await.unwrap());
    assert!(!s.set_groups(person(1), "cas", &codes(&["a"])).await.unwrap());
    assert!(s.groups_of(person(1)).await.unwrap().is_empty());
    // Claimed by an account that broke off before it was made: free again.
    s.tie_identity(&tied(9, "u9")).await.unwrap();
    s.tie_identity(&tied(2, "u9")).await.unwrap();
    assert_eq!(s.tied_identity("cas", "u9").await.unwrap().unwrap().person, person(2));
}

#[tokio::test]
async fn a_store_of_the_version_before_is_brought_forward() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    {
        let mut old = open_connection(&path).await.unwrap();
        sqlx::migrate!("../migrations/store-sqlite")
            .run_to(2, &mut old)
            .await
            .unwrap();
        let tables: i64 =
            sqlx::query_scalar("select count(*) from sqlite_schema where name in ('accounts', 'outside')")
                .fetch_one(&mut old)
                .await
                .unwrap();
        assert_eq!(tables, 1, "it is the version before");
        sqlx::query(
            "insert into accounts (person, login, login_key, name, search, role, password_hash, created) \
             values (?, 'Ana', 'ana', 'Ana', 'ana', 'staff', null, 7)",
        )
        .bind(person(1).to_string())
        .execute(&mut old)
        .await
        .unwrap();
        old.close().await.unwrap();
    }
    let s = Store::open(&path, &master(1), Sources::system()).await.unwrap();
    let kept = s.account_by_login("ANA").await.unwrap().unwrap();
    assert_eq!((kept.person, kept.role, kept.created.0), (person(1), Role::Staff, 7));
    s.tie_identity(&tied(1, "u1")).await.unwrap();
    s.close().await;
    let s = Store::open(&path, &master(1), Sources::system()).await.unwrap();
    assert_eq!(
        s.identities_of(person(1)).await.unwrap().len(),
        1,
        "and is left as it is"
    );
}
