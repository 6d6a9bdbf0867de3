//! Accounts: who may sign in, and as what.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;
use crate::person::Role;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub person: PersonId,
    /// Unique, whatever its case.
    pub login: String,
    /// As shown to others.
    pub name: String,
    /// What they may do everywhere.
    pub role: Role,
    /// PHC string; `None`: signs in elsewhere.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created: Time,
}

const COLUMNS: &str = "person, login, name, role, password_hash, created";
/// Ids of one statement; more are asked for in several.
const IDS: usize = 500;
/// Accounts read at a time where all are wanted.
const PAGE: u32 = 1000;

fn damaged(e: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("an account: {e}"))
}

fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        person: row.try_get::<&str, _>(0)?.parse().map_err(damaged)?,
        login: row.try_get(1)?,
        name: row.try_get(2)?,
        role: row
            .try_get::<&str, _>(3)?
            .parse()
            .map_err(|_| damaged("unknown role"))?,
        password_hash: row.try_get(4)?,
        created: Time(row.try_get(5)?),
    })
}

fn search_text(login: &str, name: &str) -> String {
    format!("{login}\n{name}").to_lowercase()
}

impl Store {
    /// Makes an account and claims its login.
    ///
    /// # Errors
    /// [`StoreError::Taken`].
    pub async fn insert_account(&self, a: &Account) -> Result<(), StoreError> {
        sqlx::query(
            "insert into accounts (person, login, login_key, name, search, role, password_hash, created) \
             values (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(a.person.to_string())
        .bind(&a.login)
        .bind(a.login.to_lowercase())
        .bind(&a.name)
        .bind(search_text(&a.login, &a.name))
        .bind(a.role.as_str())
        .bind(&a.password_hash)
        .bind(a.created.0)
        .execute(&self.write)
        .await
        .map(|_| ())
        .map_err(|e| match e.as_database_error() {
            Some(d) if d.is_unique_violation() => StoreError::Taken(a.login.clone()),
            _ => e.into(),
        })
    }

    /// The account with a login, whatever its case.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from accounts where login_key = ?"));
        sqlx::query(sql)
            .bind(login.to_lowercase())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(account)
            .transpose()
    }

    /// The account of a person.
    ///
    /// # Errors
    /// As above.
    pub async fn account(&self, person: PersonId) -> Result<Option<Account>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from accounts where person = ?"));
        sqlx::query(sql)
            .bind(person.to_string())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(account)
            .transpose()
    }

    /// The accounts of several persons, those that exist, in no order.
    ///
    /// # Errors
    /// As above.
    pub async fn accounts_by_ids(&self, persons: &[PersonId]) -> Result<Vec<Account>, StoreError> {
        let mut found = Vec::with_capacity(persons.len());
        for part in persons.chunks(IDS) {
            let mut q = QueryBuilder::<Sqlite>::new(format!("select {COLUMNS} from accounts where person in ("));
            let mut list = q.separated(", ");
            for p in part {
                list.push_bind(p.to_string());
            }
            q.push(")");
            for row in q.build().fetch_all(&self.read).await? {
                found.push(account(&row)?);
            }
        }
        Ok(found)
    }

    /// Accounts whose login or name holds `search` (empty: all), by login, after the login `after`.
    ///
    /// # Errors
    /// As above.
    pub async fn list_accounts(
        &self,
        search: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from accounts where login_key > ? and (? = '' or instr(search, ?) > 0) order by login_key limit ?"
        );
        let (search, after) = (search.to_lowercase(), after.unwrap_or_default().to_lowercase());
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(after)
            .bind(&search)
            .bind(&search)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(account).collect()
    }

    /// All accounts, by login.
    ///
    /// # Errors
    /// As above.
    pub async fn all_accounts(&self) -> Result<Vec<Account>, StoreError> {
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map(|a| a.login.clone());
            let page = self.list_accounts("", after.as_deref(), PAGE).await?;
            let full = page.len() == PAGE as usize;
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    /// Accounts with one of these roles whose login or name holds every word of `search`, by login.
    ///
    /// # Errors
    /// As above.
    pub async fn find_accounts(&self, search: &str, roles: &[Role], limit: u32) -> Result<Vec<Account>, StoreError> {
        let mut q = QueryBuilder::<Sqlite>::new(format!("select {COLUMNS} from accounts where role in ("));
        let mut list = q.separated(", ");
        for role in roles {
            list.push_bind(role.as_str());
        }
        q.push(")");
        for word in search.to_lowercase().split_whitespace() {
            q.push(" and instr(search, ").push_bind(word.to_owned()).push(") > 0");
        }
        q.push(" order by login_key limit ").push_bind(limit);
        let rows = q.build().fetch_all(&self.read).await?;
        rows.iter().map(account).collect()
    }

    /// Gives a role. False: no such account; so below.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn set_role(&self, person: PersonId, role: Role) -> Result<bool, StoreError> {
        let q = sqlx::query("update accounts set role = ? where person = ?")
            .bind(role.as_str())
            .bind(person.to_string());
        Ok(q.execute(&self.write).await?.rows_affected() > 0)
    }

    /// Sets the password's hash (`None`: signs in elsewhere only).
    ///
    /// # Errors
    /// As above.
    pub async fn set_password(&self, person: PersonId, hash: Option<&str>) -> Result<bool, StoreError> {
        let q = sqlx::query("update accounts set password_hash = ? where person = ?")
            .bind(hash)
            .bind(person.to_string());
        let there = q.execute(&self.write).await?.rows_affected() > 0;
        self.leave_no_trace().await?;
        Ok(there)
    }

    /// Changes the shown name.
    ///
    /// # Errors
    /// As above.
    pub async fn rename_account(&self, person: PersonId, name: &str) -> Result<bool, StoreError> {
        // The search text is login and name in lower case; its first line, the login, stays.
        let q = sqlx::query("update accounts set name = ?, search = login_key || char(10) || ? where person = ?")
            .bind(name)
            .bind(name.to_lowercase())
            .bind(person.to_string());
        let there = q.execute(&self.write).await?.rows_affected() > 0;
        self.leave_no_trace().await?;
        Ok(there)
    }

    /// Deletes the account with its login sessions, its tokens, its identities elsewhere, its groups and the address of its
    /// calendar, in one transaction.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_account(&self, person: PersonId) -> Result<bool, StoreError> {
        let id = person.to_string();
        let mut tx = self.write.begin().await?;
        for table in ["sessions", "tokens", "outside", "memberships"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table} where person = ?")))
                .bind(&id)
                .execute(&mut *tx)
                .await?;
        }
        // The address of their calendar, which would go on being served.
        sqlx::query("delete from secrets where kind = ? and id = ?")
            .bind(super::secrets::CALENDAR)
            .bind(&id)
            .execute(&mut *tx)
            .await?;
        let gone = sqlx::query("delete from accounts where person = ?")
            .bind(&id)
            .execute(&mut *tx)
            .await?
            .rows_affected()
            > 0;
        tx.commit().await?;
        self.leave_no_trace().await?;
        Ok(gone)
    }
}
