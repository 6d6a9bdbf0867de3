//! Mail addresses of accounts: where somebody is written to. Nobody is ever found by one.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Store, StoreError};
use crate::ids::PersonId;

/// Ids of one statement; more are asked for in several.
const IDS: usize = 500;

impl Store {
    /// Keeps the address that was given for somebody; `None`: there is none any more. False: no such account.
    ///
    /// # Errors
    /// The store could not be written.
    pub async fn set_mail(&self, person: PersonId, mail: Option<&str>) -> Result<bool, StoreError> {
        let q = sqlx::query("update accounts set mail = ? where person = ?")
            .bind(mail)
            .bind(person.to_string());
        let there = q.execute(&self.write).await?.rows_affected() > 0;
        self.leave_no_trace().await?;
        Ok(there)
    }

    /// The addresses that were given for these people.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn mails_of(&self, persons: &[PersonId]) -> Result<HashMap<PersonId, String>, StoreError> {
        let mut found = HashMap::new();
        for part in persons.chunks(IDS) {
            let mut q =
                QueryBuilder::<Sqlite>::new("select person, mail from accounts where mail is not null and person in (");
            let mut list = q.separated(", ");
            for p in part {
                list.push_bind(p.to_string());
            }
            q.push(")");
            for row in q.build().fetch_all(&self.read).await? {
                let person = row.try_get::<&str, _>(0)?.parse();
                let person = person.map_err(|e| StoreError::Damaged(format!("an account: {e}")))?;
                found.insert(person, row.try_get(1)?);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::tests::{NOW, holds, master, person, store};
    use super::super::*;
    use crate::person::Role;

    #[tokio::test]
    async fn an_address_is_given_changed_and_goes_with_its_account() {
        let dir = tempfile::tempdir().unwrap();
        let s = store(dir.path()).await;
        assert!(!s.set_mail(person(1), Some("z@univ.example")).await.unwrap());
        let account = Account {
            person: person(1),
            login: "zoe".into(),
            name: "Zoé".into(),
            role: Role::User,
            password_hash: None,
            created: NOW,
        };
        s.insert_account(&account).await.unwrap();
        let both = [person(1), person(2)];
        assert!(s.mails_of(&both).await.unwrap().is_empty());
        for mail in ["zoe.first@univ.example", "zoe@univ.example"] {
            assert!(s.set_mail(person(1), Some(mail)).await.unwrap());
            assert_eq!(s.mails_of(&both).await.unwrap()[&person(1)], mail);
        }
        assert!(!holds(dir.path(), b"zoe.first@"), "the one before stands in no file");
        assert!(s.set_mail(person(1), None).await.unwrap());
        assert!(s.mails_of(&both).await.unwrap().is_empty());
        s.set_mail(person(1), Some("zoe.last@univ.example")).await.unwrap();
        s.delete_account(person(1)).await.unwrap();
        assert!(s.mails_of(&both).await.unwrap().is_empty());
        assert!(!holds(dir.path(), b"zoe.last@"));
        s.close().await;
    }

    /// A store as the version before left it: its accounts have no address, and can be given one.
    #[tokio::test]
    async fn accounts_of_the_version_before_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        {
            let mut before = sqlx::migrate!("../migrations/store-sqlite");
            before.migrations.to_mut().retain(|m| m.version < 9);
            let pool = SqlitePool::connect_with(writing(&path)).await.unwrap();
            before.run(&pool).await.unwrap();
            sqlx::query(
                "insert into accounts (person, login, login_key, name, search, role, password_hash, created) \
                 values (?, 'Ana', 'ana', 'Ana', 'ana', 'staff', null, 7)",
            )
            .bind(person(1).to_string())
            .execute(&pool)
            .await
            .unwrap();
            pool.close().await;
        }
        let s = Store::open(&path, &master(1), Sources::system()).await.unwrap();
        assert!(s.mails_of(&[person(1)]).await.unwrap().is_empty());
        assert!(s.set_mail(person(1), Some("ana@univ.example")).await.unwrap());
        assert_eq!(s.account_by_login("ana").await.unwrap().unwrap().name, "Ana");
    }
}
