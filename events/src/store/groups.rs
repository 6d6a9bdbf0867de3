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
    /// So many of them because rules of sign-in say so.
    pub by_rules: u32,
    /// Administrators made it; else only rules know it.
    pub made: bool,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// A person of the house put them there.
    pub by_house: bool,
    /// Providers by whose rules they are there.
    pub by_rules: Vec<String>,
}

/// Code, name, members, those of them by rules, and whether it was made.
type GroupRow = (String, String, u32, u32, bool);

fn damaged(e: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("a group: {e}"))
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
        let rows: Vec<GroupRow> = sqlx::query_as(
            "select a.code, coalesce(g.name, a.code), (select count(distinct person) from memberships m where m.code = a.code), \
             (select count(distinct person) from memberships m where m.code = a.code and m.given_by <> ''), g.code is not null \
             from (select code from groups union select code from memberships) a left join groups g on g.code = a.code order by 2, 1",
        )
        .fetch_all(&self.read)
        .await?;
        let group = |(code, name, members, by_rules, made)| Group {
            code,
            name,
            members,
            by_rules,
            made,
        };
        Ok(rows.into_iter().map(group).collect())
    }

    /// Who is in a group, and who says so.
    ///
    /// # Errors
    /// As above.
    pub async fn group_members(&self, code: &str) -> Result<Vec<Member>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select person, given_by from memberships where code = ? order by person, given_by")
                .bind(code)
                .fetch_all(&self.read)
                .await?;
        let mut members: Vec<Member> = Vec::new();
        for (person, given_by) in rows {
            let person: PersonId = person.parse().map_err(damaged)?;
            if members.last().is_none_or(|m| m.person != person) {
                members.push(Member {
                    person,
                    by_house: false,
                    by_rules: Vec::new(),
                });
            }
            if let Some(member) = members.last_mut() {
                if given_by == HOUSE {
                    member.by_house = true;
                } else {
                    member.by_rules.push(given_by);
                }
            }
        }
        Ok(members)
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
        let group = |code: &str, name: &str, made| Group {
            code: code.into(),
            name: name.into(),
            members: 2,
            by_rules: 2,
            made,
        };
        assert_eq!(
            groups().await,
            [group("maths", "Mathematics", true), group("staff", "staff", false)]
        );
        let member = |person, by_house| Member {
            person,
            by_house,
            by_rules: vec!["cas".to_owned()],
        };
        let members = async |code| store.group_members(code).await.expect("members");
        // In the order of their ids, of which the one made first need not be the lower.
        let mut both = [member(ana, true), member(bob, false)];
        both.sort_by_key(|m| m.person);
        assert_eq!(members("maths").await, both);
        assert_eq!(members("law").await, []);
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
        assert_eq!(groups().await[0], group("maths", "Maths", true));
        assert!(store.delete_group("maths").await.expect("deleted"));
        assert_eq!(groups().await[0], group("maths", "maths", false));
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
