//! What an API token may be used for. A token never gives more than its person's role: scopes only take away.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing that a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Reads what the person may see of meetings and lives.
    Read,
    /// Writes lines into chats, and takes the person's own away.
    Chat,
    /// Plans, changes, opens, joins and ends meetings and their lives.
    Plan,
    /// Takes other people's lines away.
    Moderate,
    /// Reads the log, sessions and who was there.
    Audit,
    /// People, gateways, broadcasters, reactors.
    Administer,
    /// The person's own sign-ins, password, calendar and tokens.
    Account,
}

impl TokenScope {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Chat,
        Self::Plan,
        Self::Moderate,
        Self::Audit,
        Self::Administer,
        Self::Account,
    ];

    /// The word for it in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Chat => "chat",
            Self::Plan => "plan",
            Self::Moderate => "moderate",
            Self::Audit => "audit",
            Self::Administer => "administer",
            Self::Account => "account",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A word that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no scope: read, chat, plan, moderate, audit, administer, account")]
pub struct NoScope(String);

impl FromStr for TokenScope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| NoScope(text.to_owned()))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// Everything: what a sign-in may, and a token that nobody limited.
    pub const EVERYTHING: Self = Self(0x7f);

    /// Whether the scope is one of them.
    pub const fn has(self, scope: TokenScope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether at least one of these is.
    pub fn has_any(self, scopes: &[TokenScope]) -> bool {
        scopes.iter().any(|s| self.has(*s))
    }

    /// Whether `other` goes no further.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// None at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Them, in the order of [`TokenScope::ALL`].
    pub fn list(self) -> Vec<TokenScope> {
        TokenScope::ALL.into_iter().filter(|s| self.has(*s)).collect()
    }
}

impl FromIterator<TokenScope> for TokenScopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, s| set | s.bit()))
    }
}

impl fmt::Display for TokenScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.list().into_iter().map(TokenScope::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for TokenScopes {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        text.split_whitespace().map(TokenScope::from_str).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn words_and_sets_agree() {
        for scope in TokenScope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(
                serde_json::to_string(&scope).unwrap(),
                format!("\"{}\"", scope.as_str())
            );
            assert!(TokenScopes::EVERYTHING.has(scope));
        }
        let some: TokenScopes = "plan read".parse().unwrap();
        assert_eq!(some.to_string(), "read plan");
        assert!(TokenScopes::EVERYTHING.covers(some) && !some.covers(TokenScopes::EVERYTHING));
        assert!(some.has_any(&[TokenScope::Chat, TokenScope::Plan]) && !some.has_any(&[]));
        assert_eq!(
            TokenScope::ALL.into_iter().collect::<TokenScopes>(),
            TokenScopes::EVERYTHING
        );
        assert!("read everything".parse::<TokenScopes>().is_err());
    }
}
