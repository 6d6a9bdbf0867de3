//! What the house does to groups: the event first, which says who did it and why, then the store, by which doors are judged. A repeat
//! completes what broke off in between, and so does the next start ([`settle`]).

use amphi_events::group::{self, GroupCommand};
use amphi_events::ids::PersonId;
use amphi_events::store::{Store, StoreError};
use amphi_events::{Act, Aggregates, Done, ExecuteError};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// There is no such group.
    #[error("no such group")]
    Unknown,
    /// The log did not take it.
    #[error(transparent)]
    Log(ExecuteError<group::Refusal>),
    /// The stream or the store could not be read or written.
    #[error("groups can't be read or changed: {0}")]
    Down(String),
}

impl From<ExecuteError<group::Refusal>> for GroupError {
    fn from(e: ExecuteError<group::Refusal>) -> Self {
        match e {
            ExecuteError::Refused(group::Refusal::Unknown) => Self::Unknown,
            other => Self::Log(other),
        }
    }
}

impl From<StoreError> for GroupError {
    fn from(e: StoreError) -> Self {
        Self::Down(e.to_string())
    }
}

async fn execute(aggregates: &Aggregates, code: &str, command: GroupCommand, act: Act) -> Result<Done, GroupError> {
    Ok(aggregates.groups.execute(group::id(code), command, act).await?)
}

/// Makes a group, or gives it another name.
///
/// # Errors
/// The log or the store takes nothing; so below.
pub async fn name(
    aggregates: &Aggregates,
    store: &Store,
    act: Act,
    code: &str,
    name: &str,
) -> Result<Done, GroupError> {
    let command = GroupCommand::Name {
        code: code.to_owned(),
        name: name.to_owned(),
    };
    let now = act.now;
    let done = execute(aggregates, code, command, act).await?;
    store.put_group(code, name, now).await?;
    Ok(done)
}

/// Deletes a group and takes out whom the house put into it. `None`: there was none, and nobody in it.
///
/// # Errors
/// As above.
pub async fn delete(aggregates: &Aggregates, store: &Store, act: Act, code: &str) -> Result<Option<Done>, GroupError> {
    let done = execute(aggregates, code, GroupCommand::Delete, act).await?;
    let there = store.delete_group(code).await?;
    Ok((there || !done.ids.is_empty()).then_some(done))
}

/// Puts somebody into a group. One that only rules filled so far is made under its code.
///
/// # Errors
/// As above.
pub async fn enter(
    aggregates: &Aggregates,
    store: &Store,
    act: Act,
    code: &str,
    person: PersonId,
) -> Result<Done, GroupError> {
    let held = aggregates
        .groups
        .look(group::id(code))
        .await
        .map_err(GroupError::Down)?;
    if held.state.name.is_none() {
        name(aggregates, store, act.clone(), code, code).await?;
    }
    let done = execute(aggregates, code, GroupCommand::Add(person), act).await?;
    store.enter_group(code, person).await?;
    Ok(done)
}

/// Takes somebody out of a group. `None`: the house had not put them there.
///
/// # Errors
/// As above.
pub async fn leave(
    aggregates: &Aggregates,
    store: &Store,
    act: Act,
    code: &str,
    person: PersonId,
) -> Result<Option<Done>, GroupError> {
    let done = match execute(aggregates, code, GroupCommand::Remove(person), act).await {
        Err(GroupError::Unknown) => return Ok(None),
        done => done?,
    };
    let there = store.leave_group(code, person).await?;
    Ok((there || !done.ids.is_empty()).then_some(done))
}

/// At the start: groups of before there were events of them are told to the log, and what the log says and the store does not hold yet
/// is completed.
///
/// # Errors
/// As above.
pub async fn settle(aggregates: &Aggregates, store: &Store, act: &Act) -> Result<(), GroupError> {
    for (code, shown, people) in store.house_groups().await? {
        let state = aggregates
            .groups
            .look(group::id(&code))
            .await
            .map_err(GroupError::Down)?
            .state;
        if state.name.is_none() && state.was_deleted {
            store.delete_group(&code).await?;
            continue;
        }
        if state.name.is_none() {
            name(aggregates, store, act.clone(), &code, shown.as_deref().unwrap_or(&code)).await?;
        }
        for person in people.iter().filter(|p| !state.members.contains(p)) {
            if state.ever.contains(person) {
                store.leave_group(&code, *person).await?;
            } else {
                enter(aggregates, store, act.clone(), &code, *person).await?;
            }
        }
        for person in state.members.iter().filter(|p| !people.contains(p)) {
            // Whose account is gone is in no group.
            if store.account(*person).await?.is_some() {
                store.enter_group(&code, *person).await?;
            }
        }
    }
    Ok(())
}
