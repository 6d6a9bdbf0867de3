//! Shutting somebody out of a live's chat, and letting them in again: by a presenter of the live, by an administrator.

use amphi_events::chat::{self, Author, AuthorKind, ChatCommand, Refusal};
use amphi_events::envelope::Position;
use amphi_events::ids::{EventId, LiveId, MessageId, PersonId};
use amphi_events::plain::{is_break, piles_up, shows_something};
use amphi_events::store::{KeyError, Place};
use amphi_events::{ExecuteError, Scope, Sealed, Subject};
use amphi_projections::{BanRow, LiveRow, ReadError};

use crate::Web;
use crate::auth::Identity;

/// Longest reason, in characters.
pub const REASON: usize = 200;

/// Whom to shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The author of this line: all that a moderator sees of somebody.
    Line(MessageId),
    /// This person, who need not have written.
    Person(PersonId),
}

/// What a moderator says with a ban.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What for; the person reads it.
    pub reason: Option<String>,
    /// Their lines are taken away as well.
    pub remove_lines: bool,
}

/// Why nobody is shut out, or let in again.
#[derive(Debug, thiserror::Error)]
pub enum BanRefused {
    /// No such live, line or person; or they were erased.
    #[error("no such live, line or person")]
    NotFound,
    /// Neither a presenter nor an administrator.
    #[error("only presenters and administrators exclude")]
    Forbidden,
    /// The line came from the room: who is in the room is put out there.
    #[error("whoever wrote this is in the room")]
    FromRoom,
    /// Too long, or nothing that can be shown on a line.
    #[error("a reason has at most 200 visible characters on one line")]
    Reason,
    /// A rule stands against it, or the log doesn't take it.
    #[error(transparent)]
    Log(#[from] ExecuteError<Refusal>),
    /// Something below can't be read or written now; to try again is safe.
    #[error("{0}")]
    Unavailable(String),
}

impl From<ReadError> for BanRefused {
    fn from(why: ReadError) -> Self {
        Self::Unavailable(why.to_string())
    }
}

impl From<KeyError> for BanRefused {
    fn from(why: KeyError) -> Self {
        match why {
            // Of the person: erased. Of the chat: past its retention.
            KeyError::Destroyed(_) => Self::NotFound,
            why => Self::Unavailable(why.to_string()),
        }
    }
}

/// Whether somebody may take others' lines away in this live, and shut others out of its chat.
pub fn moderates(row: &LiveRow, identity: &Identity) -> bool {
    row.is_presenter(identity.person) || identity.role.administers()
}

async fn moderated(web: &Web, live: LiveId, identity: &Identity) -> Result<LiveRow, BanRefused> {
    let row = web.read.live(live).await?.ok_or(BanRefused::NotFound)?;
    if moderates(&row, identity) {
        Ok(row)
    } else if row.page.draft {
        Err(BanRefused::NotFound)
    } else {
        Err(BanRefused::Forbidden)
    }
}

/// A reason as it is kept; nothing said is no reason.
fn reason_of(reason: Option<&str>) -> Result<Option<String>, BanRefused> {
    let Some(text) = reason.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let fits = text.chars().count() <= REASON && !text.chars().any(is_break);
    if fits && shows_something(text) && !piles_up(text) {
        Ok(Some(text.to_owned()))
    } else {
        Err(BanRefused::Reason)
    }
}

/// Who wrote a line of the page.
async fn author(web: &Web, live: LiveId, line: MessageId) -> Result<PersonId, BanRefused> {
    let line = web.read.chat_line(line).await?.filter(|l| l.live == live);
    let line = line.ok_or(BanRefused::NotFound)?;
    if matches!(line.kind, AuthorKind::Room | AuthorKind::System) {
        return Err(BanRefused::FromRoom);
    }
    let at = Place {
        stream: &chat::stream(live),
        event: EventId(line.id.0),
        field: "author",
    };
    let author = web.keys.open(&at, &line.author)?.ok_or(BanRefused::NotFound)?;
    author.person.ok_or(BanRefused::FromRoom)
}

/// Shuts somebody out of a live's chat. Their open sockets in this live are closed by what the hub hears of it. Somebody who is
/// shut out already stays so, with the words of the first time. `identity` must be fresh. Gives whom, and the log's position.
///
/// # Errors
/// [`BanRefused`].
pub async fn ban(
    web: &Web,
    live: LiveId,
    identity: &Identity,
    whom: Whom,
    words: &Words,
) -> Result<(PersonId, Position), BanRefused> {
    let row = moderated(web, live, identity).await?;
    let reason = reason_of(words.reason.as_deref())?;
    let (person, message) = match whom {
        Whom::Line(line) => (author(web, live, line).await?, Some(line)),
        Whom::Person(person) => (person, None),
    };
    let accounts = web.store.accounts_by_ids(&[person]).await;
    let accounts = accounts.map_err(|e| BanRefused::Unavailable(e.to_string()))?;
    let account = accounts.into_iter().next().ok_or(BanRefused::NotFound)?;

    let (scope, subject, me) = (
        Scope::chat(live),
        Subject::person(person),
        Subject::person(identity.person),
    );
    web.keys.make_scope(&scope).await?;
    web.keys.make_subject(&subject).await?;
    web.keys.make_subject(&me).await?;
    let (stream, event): (_, EventId) = (chat::stream(live), web.sources.id());
    let at = |field| Place {
        stream: &stream,
        event,
        field,
    };
    let named = |person, name: &str| Author {
        person: Some(person),
        name: name.to_owned(),
    };
    let command = ChatCommand::Ban {
        who: web.keys.pseudonym(&scope, person)?,
        person: web
            .keys
            .seal(&at("person"), &subject, &scope, &named(person, &account.name))?,
        by: web
            .keys
            .seal(&at("by"), &me, &scope, &named(identity.person, &identity.name))?,
        // Said of the one who is shut out, and gone with them.
        reason: reason
            .map(|text| web.keys.seal(&at("reason"), &subject, &scope, &text))
            .transpose()?,
        message,
        remove_lines: words.remove_lines,
        moderator: true,
        moderates: row.is_presenter(person) || account.role.administers(),
    };
    let by = web.keys.pseudonym(&scope, identity.person)?;
    let act = identity.act_as(web, &by).first_id(event);
    let done = web.aggregates.chats.execute(live, command, act).await?;
    Ok((person, done.position))
}

/// Lets somebody in again; who is not shut out stays so. `identity` must be fresh.
///
/// # Errors
/// [`BanRefused`].
pub async fn unban(web: &Web, live: LiveId, identity: &Identity, person: PersonId) -> Result<Position, BanRefused> {
    moderated(web, live, identity).await?;
    let scope = Scope::chat(live);
    // Nobody was ever shut out of a chat where nobody ever wrote.
    if !web.keys.has_scope(&scope) {
        return Ok(web.log.head());
    }
    let who = web.keys.pseudonym(&scope, person)?;
    let by = web.keys.pseudonym(&scope, identity.person)?;
    let act = identity.act_as(web, &by);
    let command = ChatCommand::Unban { who, moderator: true };
    Ok(web.aggregates.chats.execute(live, command, act).await?.position)
}

/// Who is shut out of a live's chat, the newest first, for who moderates it.
///
/// # Errors
/// [`BanRefused`].
pub async fn bans(web: &Web, live: LiveId, identity: &Identity) -> Result<Vec<BanRow>, BanRefused> {
    moderated(web, live, identity).await?;
    Ok(web.read.bans(live).await?)
}

/// Of these lives those whose chat this person is shut out of. Whoever moderates a live is shut out of nothing there.
///
/// # Errors
/// The read models can't be read.
pub async fn bans_of(web: &Web, rows: &[&LiveRow], identity: &Identity) -> Result<Vec<BanRow>, ReadError> {
    let whom = rows.iter().filter(|row| !moderates(row, identity)).filter_map(|row| {
        // Without a key nobody wrote, or all of it is past its retention.
        let who = web.keys.pseudonym(&Scope::chat(row.id), identity.person).ok()?;
        Some((row.id, who))
    });
    web.read.bans_of(&whom.collect::<Vec<_>>()).await
}

/// The ban of this person from a live's chat, if they are shut out of it.
///
/// # Errors
/// The read models can't be read.
pub async fn ban_of(web: &Web, row: &LiveRow, identity: Option<&Identity>) -> Result<Option<BanRow>, ReadError> {
    match identity {
        Some(identity) => Ok(bans_of(web, &[row], identity).await?.pop()),
        None => Ok(None),
    }
}

/// What is sealed in a ban; nothing where a key was destroyed.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// Who is shut out, by the name of then.
    pub person: Option<Author>,
    /// Name of who shut them out.
    pub by: Option<String>,
    /// What for.
    pub reason: Option<String>,
}

/// Opens a ban.
pub fn opened(web: &Web, row: &BanRow) -> Opened {
    fn open<T: serde::de::DeserializeOwned>(
        web: &Web,
        row: &BanRow,
        field: &'static str,
        sealed: &Sealed<T>,
    ) -> Option<T> {
        let at = Place {
            stream: &chat::stream(row.live),
            event: row.id,
            field,
        };
        let told = |error: KeyError| tracing::warn!(%error, ban = %row.id, field, "a ban does not open");
        web.keys.open(&at, sealed).map_err(told).ok().flatten()
    }
    Opened {
        person: open(web, row, "person", &row.person),
        by: open(web, row, "by", &row.by).map(|author| author.name),
        reason: row.reason.as_ref().and_then(|reason| open(web, row, "reason", reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_reason() {
        for nothing in [None, Some(""), Some(" \t\n")] {
            assert_eq!(reason_of(nothing).unwrap(), None);
        }
        assert_eq!(
            reason_of(Some(" insults\n")).unwrap().as_deref(),
            Some("insults"),
            "as the Enter key leaves it"
        );
        assert!(reason_of(Some(&"é".repeat(REASON))).is_ok());
        let piled = format!("a{}", "\u{30d}".repeat(40));
        for none in [&*"x".repeat(REASON + 1), "a\nb", "\u{202e}\u{200b}", &*piled] {
            assert!(matches!(reason_of(Some(none)), Err(BanRefused::Reason)), "{none:?}");
        }
    }
}
