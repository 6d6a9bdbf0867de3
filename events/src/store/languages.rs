//! Languages of accounts: in which somebody is written to.

use super::{Store, StoreError};
use crate::ids::PersonId;

impl Store {
    /// Keeps what somebody chose, by its code (`fr`). Nothing is written where it is so already, nor where there is no such account.
    ///
    /// # Errors
    /// The store could not be read or written.
    pub async fn set_language(&self, person: PersonId, language: &str) -> Result<(), StoreError> {
        // Read first: writers wait for one another, and links keep their choice in the address.
        if self.language_of(person).await?.as_deref() != Some(language) {
            sqlx::query("update accounts set language = ? where person = ?")
                .bind(language)
                .bind(person.to_string())
                .execute(&self.write)
                .await?;
        }
        Ok(())
    }

    /// What somebody chose; `None`: nothing is known.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn language_of(&self, person: PersonId) -> Result<Option<String>, StoreError> {
        let found: Option<Option<String>> = sqlx::query_scalar("select language from accounts where person = ?")
            .bind(person.to_string())
            .fetch_optional(&self.read)
            .await?;
        Ok(found.flatten())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::tests::{NOW, person, store};
    use super::super::*;
    use crate::person::Role;

    #[tokio::test]
    async fn a_language_is_kept_with_its_account_and_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let s = store(dir.path()).await;
        s.set_language(person(1), "en").await.unwrap();
        assert_eq!(
            s.language_of(person(1)).await.unwrap(),
            None,
            "there is no such account"
        );
        let account = Account {
            person: person(1),
            login: "zoe".into(),
            name: "Zoé".into(),
            role: Role::User,
            password_hash: None,
            created: NOW,
        };
        s.insert_account(&account).await.unwrap();
        assert_eq!(s.language_of(person(1)).await.unwrap(), None);
        for language in ["en", "fr", "fr"] {
            s.set_language(person(1), language).await.unwrap();
            assert_eq!(s.language_of(person(1)).await.unwrap().as_deref(), Some(language));
        }
        s.delete_account(person(1)).await.unwrap();
        assert_eq!(s.language_of(person(1)).await.unwrap(), None);
        s.close().await;
    }
}
