//! Groups: a code that meetings and rules name, a name that people read, and members. What the house says of members stands beside what
//! the rules of other houses say, and neither undoes the other.

use sqlx::{QueryBuilder, Sqlite};

use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;

/// Who says that somebody is a member, where it is a person of the house.
pub const HOUSE: &str = "";

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What meetings and rules call it; never changes.
    pub code: String,
    /// What people read; the code where only rules know it.
    pub name: String,
    /// So many are in it.
    pub members: u32,
}

impl Store {
    /// Makes a group, or names it otherwise.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn put_group(&self, code: &str, name: &str, now: Time) -> Result<(), StoreError> {
        sqlx::query(
            "insert into groups (code, name, created) values (?, ?, ?) on conflict (code) do update set name = excluded.name",
        )
        .bind(code)
        .bind(name)
        .bind(now.0)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Every group: those that have a name, and those that only rules fill.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn list_groups(&self) -> Result<Vec<Group>, StoreError> {
        let rows: Vec<(String, String, u32)> = sqlx::query_as(
            "select a.code, coalesce(g.name, a.code), (select count(distinct person) from memberships m where m.code = a.code) \
             from (select code from groups union select code from memberships) a left join groups g on g.code = a.code order by 2, 1",
        )
        .fetch_all(&self.read)
        .await?;
        let group = |(code, name, members)| Group { code, name, members };
        Ok(rows.into_iter().map(group).collect())
    }

    /// Deletes a group and those whom the house put into it; whom rules put there they put there again. False: there is none.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_group(&self, code: &str) -> Result<bool, StoreError> {
        let mut tx = self.write.begin().await?;
        let gone = sqlx::query("delete from memberships where code = ? and given_by = ?")
            .bind(code)
            .bind(HOUSE)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        let group = sqlx::query("delete from groups where code = ?").bind(code);
        let there = group.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok(gone + there > 0)
    }

    /// The house puts somebody into a group.
    ///
    /// # Errors
    /// As above.
    pub async fn enter_group(&self, code: &str, person: PersonId) -> Result<(), StoreError> {
        sqlx::query("insert into memberships (code, person, given_by) values (?, ?, ?) on conflict do nothing")
            .bind(code)
            .bind(person.to_string())
            .bind(HOUSE)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The house takes somebody out again. False: it had not put them there.
    ///
    /// # Errors
    /// As above.
    pub async fn leave_group(&self, code: &str, person: PersonId) -> Result<bool, StoreError> {
        let q = sqlx::query("delete from memberships where code = ? and person = ? and given_by = ?")
            .bind(code)
            .bind(person.to_string())
            .bind(HOUSE);
        Ok(q.execute(&self.write).await?.rows_affected() > 0)
    }

    /// Whether somebody is in any of these groups, whoever says so.
    ///
    /// # Errors
    /// As above.
    pub async fn in_any_group<'a>(
        &self,
        person: PersonId,
        codes: impl IntoIterator<Item = &'a String>,
    ) -> Result<bool, StoreError> {
        let mut q = QueryBuilder::<Sqlite>::new("select exists (select 1 from memberships where person = ");
        q.push_bind(person.to_string()).push(" and code in (");
        let mut list = q.separated(", ");
        for code in codes {
            list.push_bind(code.clone());
        }
        q.push("))");
        Ok(q.build_query_scalar().fetch_one(&self.read).await?)
    }

    /// What the house put together: each code with its name, where it has one, and whom the house put there.
    ///
    /// # Errors
    /// As above.
    pub async fn house_groups(&self) -> Result<Vec<(String, Option<String>, Vec<PersonId>)>, StoreError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
            "select a.code, g.name, m.person from (select code from groups union select code from memberships where given_by = ?) a \
             left join groups g on g.code = a.code left join memberships m on m.code = a.code and m.given_by = ? order by a.code, m.person",
        )
        .bind(HOUSE)
        .bind(HOUSE)
        .fetch_all(&self.read)
        .await?;
        let mut all: Vec<(String, Option<String>, Vec<PersonId>)> = Vec::new();
        for (code, name, person) in rows {
            if all.last().is_none_or(|(held, ..)| *held != code) {
                all.push((code, name, Vec::new()));
            }
            if let (Some(person), Some((.., people))) = (person, all.last_mut()) {
                people.push(
                    person
                        .parse()
                        .map_err(|_| StoreError::Damaged("a membership's person".into()))?,
                );
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;
    use crate::person::Role;
    use crate::store::Account;

    #[tokio::test]
    async fn a_group_holds_whom_the_house_and_whom_rules_put_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = store(dir.path()).await;
        let (ana, bob): (PersonId, PersonId) = (store.sources.id(), store.sources.id());
        for (person, login) in [(ana, "ana"), (bob, "bob")] {
            let account = Account {
                person,
                login: login.into(),
                name: login.into(),
                role: Role::User,
                password_hash: None,
                created: Time(1),
            };
            store.insert_account(&account).await.expect("an account");
        }
        store.put_group("maths", "Mathematics", Time(1)).await.expect("made");
        store.enter_group("maths", ana).await.expect("entered");
        store.enter_group("maths", ana).await.expect("entered twice");
        let rule = vec!["maths".to_owned(), "staff".to_owned()];
        store.set_groups(bob, "cas", &rule).await.expect("set");
        store.set_groups(ana, "cas", &rule).await.expect("set");
        let groups = async || store.list_groups().await.expect("groups");
        let group = |code: &str, name: &str, members| Group {
            code: code.into(),
            name: name.into(),
            members,
        };
        assert_eq!(
            groups().await,
            [group("maths", "Mathematics", 2), group("staff", "staff", 2)]
        );
        let any = async |person, codes: &[&str]| {
            let codes: Vec<String> = codes.iter().map(|c| (*c).to_owned()).collect();
            store.in_any_group(person, &codes).await.expect("known")
        };
        assert!(any(ana, &["law", "maths"]).await && !any(ana, &["law"]).await && !any(ana, &[]).await);
        // What rules say the house doesn't undo.
        assert!(store.leave_group("maths", ana).await.expect("left"));
        assert!(
            !store
                .leave_group("maths", bob)
                .await
                .expect("he was not put there by the house")
        );
        assert!(any(ana, &["maths"]).await);
        store.put_group("maths", "Maths", Time(2)).await.expect("renamed");
        assert_eq!(groups().await[0], group("maths", "Maths", 2));
        assert!(store.delete_group("maths").await.expect("deleted"));
        assert_eq!(groups().await[0], group("maths", "maths", 2));
        assert!(!store.delete_group("law").await.expect("there is none"));
    }

    #[tokio::test]
    async fn what_the_house_put_together_is_told_from_what_rules_say() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = store(dir.path()).await;
        let ana: PersonId = store.sources.id();
        store.put_group("maths", "Mathematics", Time(1)).await.expect("made");
        store
            .enter_group("choir", ana)
            .await
            .expect("entered a group without a name");
        let rules = ["staff".to_owned(), "maths".to_owned()];
        store.set_groups(ana, "cas", &rules).await.expect("set");
        assert_eq!(
            store.house_groups().await.expect("read"),
            [
                ("choir".to_owned(), None, vec![ana]),
                ("maths".to_owned(), Some("Mathematics".to_owned()), vec![])
            ]
        );
    }
}
