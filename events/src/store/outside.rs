//! Identities of other houses: which account they sign in as, what they said last, and the groups that come of it.

use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;
use crate::person::{OutsideProfile, Role};

/// An identity of another house, tied to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedIdentity {
    /// Which house, by its name in the settings; with the profile's subject it is unique.
    pub provider: String,
    /// Whose account.
    pub person: PersonId,
    /// The role that the rules gave at the last sign-in. Whoever has another one now was given it by a person.
    pub role: Option<Role>,
    /// What was said at the last sign-in.
    pub profile: OutsideProfile,
    /// First sign-in.
    pub created: Time,
    /// Last sign-in.
    pub seen: Time,
    /// An administrator closed the person's access: nobody comes in by it.
    pub shut: bool,
}

const COLUMNS: &str = "provider, person, role, profile, created, seen, shut";

fn damaged(e: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("an outside identity: {e}"))
}

fn tied(row: &sqlx::sqlite::SqliteRow) -> Result<TiedIdentity, StoreError> {
    let role: Option<&str> = row.try_get(2)?;
    Ok(TiedIdentity {
        provider: row.try_get(0)?,
        person: row.try_get::<&str, _>(1)?.parse().map_err(damaged)?,
        role: role.map(str::parse).transpose().map_err(damaged)?,
        profile: serde_json::from_str(row.try_get(3)?).map_err(damaged)?,
        created: Time(row.try_get(4)?),
        seen: Time(row.try_get(5)?),
        shut: row.try_get(6)?,
    })
}

impl Store {
    /// Whom an identity signs in as.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn tied_identity(&self, provider: &str, subject: &str) -> Result<Option<TiedIdentity>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from outside where provider = ? and subject = ?"
        ));
        sqlx::query(sql)
            .bind(provider)
            .bind(subject)
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(tied)
            .transpose()
    }

    /// The identities of a person, by provider.
    ///
    /// # Errors
    /// As above.
    pub async fn identities_of(&self, person: PersonId) -> Result<Vec<TiedIdentity>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from outside where person = ? order by provider, subject"
        ));
        let rows = sqlx::query(sql).bind(person.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(tied).collect()
    }

    /// What every house calls everybody who is tied to an account.
    ///
    /// # Errors
    /// As above.
    pub async fn all_subjects(&self) -> Result<Vec<(PersonId, String)>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select person, subject from outside order by person, subject")
                .fetch_all(&self.read)
                .await?;
        rows.into_iter()
            .map(|(person, subject)| Ok((person.parse().map_err(damaged)?, subject)))
            .collect()
    }

    /// Ties an identity to an account, which may be about to be made. One that is tied to an account that exists stays with it.
    ///
    /// # Errors
    /// [`StoreError::Taken`]: it is somebody else's.
    pub async fn tie_identity(&self, t: &TiedIdentity) -> Result<(), StoreError> {
        let profile = serde_json::to_string(&t.profile).map_err(damaged)?;
        let q = sqlx::query(
            "insert into outside (provider, subject, person, role, profile, created, seen, shut) values (?, ?, ?, ?, ?, ?, ?, ?) \
             on conflict (provider, subject) do update set person = excluded.person, role = excluded.role, profile = excluded.profile, \
             seen = excluded.seen, \
             shut = case when outside.person = excluded.person then outside.shut else excluded.shut end where outside.person = excluded.person \
             or not exists (select 1 from accounts where accounts.person = outside.person)",
        )
        .bind(&t.provider)
        .bind(&t.profile.subject)
        .bind(t.person.to_string())
        .bind(t.role.map(Role::as_str))
        .bind(profile)
        .bind(t.created.0)
        .bind(t.seen.0)
        .bind(t.shut);
        if q.execute(&self.write).await?.rows_affected() == 0 {
            return Err(StoreError::Taken(format!("an identity of {}", t.provider)));
        }
        Ok(())
    }

    /// Keeps what an identity says now, and which role came of it. False: it is not this person's any more, as where they were erased just
    /// now, and nothing was kept.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn keep_identity(&self, t: &TiedIdentity) -> Result<bool, StoreError> {
        let profile = serde_json::to_string(&t.profile).map_err(damaged)?;
        let q = sqlx::query(
            "update outside set role = ?, profile = ?, seen = ? where provider = ? and subject = ? and person = ?",
        )
        .bind(t.role.map(Role::as_str))
        .bind(profile)
        .bind(t.seen.0)
        .bind(&t.provider)
        .bind(&t.profile.subject)
        .bind(t.person.to_string());
        Ok(q.execute(&self.write).await?.rows_affected() > 0)
    }

    /// Shuts every identity of a person, or opens them again.
    ///
    /// # Errors
    /// As above.
    pub async fn shut_identities(&self, person: PersonId, shut: bool) -> Result<(), StoreError> {
        let q = sqlx::query("update outside set shut = ? where person = ?")
            .bind(shut)
            .bind(person.to_string());
        q.execute(&self.write).await.map(|_| ()).map_err(Into::into)
    }

    /// The groups that somebody gives a person are these, and no others of theirs; what others gave stays. A person without an account is in
    /// none. True: something changed.
    ///
    /// # Errors
    /// The store could not be written.
    pub async fn set_groups(&self, person: PersonId, given_by: &str, codes: &[String]) -> Result<bool, StoreError> {
        let id = person.to_string();
        let mut tx = self.write.begin().await?;
        let mut gone = QueryBuilder::<Sqlite>::new("delete from memberships where person = ");
        gone.push_bind(&id).push(" and given_by = ").push_bind(given_by);
        if !codes.is_empty() {
            gone.push(" and code not in (");
            let mut list = gone.separated(", ");
            for code in codes {
                list.push_bind(code);
            }
            gone.push(")");
        }
        let mut changed = gone.build().execute(&mut *tx).await?.rows_affected();
        // Erased just now: nothing of them may come back.
        let there: bool = sqlx::query_scalar("select exists (select 1 from accounts where person = ?)")
            .bind(&id)
            .fetch_one(&mut *tx)
            .await?;
        if there && !codes.is_empty() {
            let mut new = QueryBuilder::<Sqlite>::new("insert into memberships (code, person, given_by) ");
            new.push_values(codes, |mut row, code| {
                row.push_bind(code).push_bind(&id).push_bind(given_by);
            });
            new.push(" on conflict do nothing");
            changed += new.build().execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// The codes of the groups that a person is in, whoever says so.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn groups_of(&self, person: PersonId) -> Result<Vec<String>, StoreError> {
        let q = sqlx::query_scalar("select distinct code from memberships where person = ? order by code")
            .bind(person.to_string());
        Ok(q.fetch_all(&self.read).await?)
    }

    /// Who is in a group, whoever says so.
    ///
    /// # Errors
    /// As above.
    pub async fn members_of(&self, code: &str) -> Result<Vec<PersonId>, StoreError> {
        let ids: Vec<String> =
            sqlx::query_scalar("select distinct person from memberships where code = ? order by person")
                .bind(code)
                .fetch_all(&self.read)
                .await?;
        ids.iter().map(|id| id.parse().map_err(damaged)).collect()
    }
}
