//! Taking a line away: by its author, by a presenter of the live, by an administrator.

use amphi_events::chat::{ChatCommand, Refusal};
use amphi_events::envelope::Position;
use amphi_events::ids::{LiveId, MessageId};
use amphi_events::store::TokenScope;
use amphi_events::{ExecuteError, Scope};

use crate::Web;
use crate::auth::Identity;

/// Why a line is not taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemoveRefused {
    /// No such live, or no such line in it (or it was taken away before).
    #[error("no such line")]
    NoMessage,
    /// Neither the author, nor a presenter, nor an administrator.
    #[error("only its author or a moderator takes a line away")]
    Forbidden,
    /// The log does not take it now, or nobody knows; to try again is safe.
    #[error("the line can't be taken away just now")]
    Unavailable,
}

impl RemoveRefused {
    /// As in frames and problem documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoMessage => "not_found",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Takes a line away. `identity` must be fresh.
///
/// # Errors
/// [`RemoveRefused`].
pub async fn remove(
    web: &Web,
    live: LiveId,
    identity: &Identity,
    message: MessageId,
) -> Result<Position, RemoveRefused> {
    let row = web
        .read
        .live(live)
        .await
        .map_err(|_| RemoveRefused::Unavailable)?
        .ok_or(RemoveRefused::NoMessage)?;
    let moderator = super::moderates(&row, identity) && identity.scopes.has(TokenScope::Moderate);
    let scope = Scope::chat(live);
    // Who never wrote here has no pseudonym to be the author by, and nothing of theirs to take away.
    let who = if web.keys.has_scope(&scope) {
        web.keys
            .pseudonym(&scope, identity.person)
            .map_err(|_| RemoveRefused::Unavailable)?
    } else {
        return Err(RemoveRefused::NoMessage);
    };
    let act = identity.act_as(web, &who);
    match web
        .aggregates
        .chats
        .execute(
            live,
            ChatCommand::Remove {
                message,
                who,
                moderator,
            },
            act,
        )
        .await
    {
        Ok(done) => Ok(done.position),
        Err(ExecuteError::Refused(Refusal::Forbidden)) => Err(RemoveRefused::Forbidden),
        Err(ExecuteError::Refused(_)) => Err(RemoveRefused::NoMessage),
        Err(why) => {
            tracing::warn!(%why, %live, "a removal was not taken by the log");
            Err(RemoveRefused::Unavailable)
        }
    }
}
