//! Passwords of local accounts: argon2id, away from the threads that serve requests. Those that came from a Django service are
//! PBKDF2 until their person signs in, and argon2id from then on.

use std::sync::OnceLock;

use amphi_events::Sources;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use pbkdf2::Pbkdf2;
use tokio::sync::Semaphore;

/// Shortest password taken, in characters.
pub const MIN: usize = 8;
/// Longest password taken, in bytes: hashing costs by length.
pub const MAX: usize = 1024;

/// At once, so that a flood of sign-ins takes 19 MiB each of a known number and not the machine.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Compared with where no account is, so that the time taken doesn't tell.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Hashing failed, or the program goes down.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

/// 19 MiB, two passes, one lane: OWASP's first choice for argon2id.
fn argon() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| HashError(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: &[u8]) -> Result<String, HashError> {
    let salt = SaltString::encode_b64(salt).map_err(|e| HashError(e.to_string()))?;
    argon()?
        .hash_password(password.as_bytes(), &salt)
        .map(|h| h.to_string())
        .map_err(|e| HashError(e.to_string()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    let _turn = AT_ONCE.acquire().await.map_err(|e| HashError(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| HashError(e.to_string()))?
}

/// Name of PBKDF2 with SHA-256 in a kept text.
const PBKDF2: &str = "pbkdf2-sha256";
/// Most rounds of a hash that is taken over: each sign-in waits for them, and Django asks for 1.2 million in 2026.
const ROUNDS_MOST: u32 = 3_000_000;

/// Whether a kept text should be made anew the next time its password is known.
pub fn outdated(kept: &str) -> bool {
    !kept.starts_with("$argon2id$")
}

/// Why a hash of Django is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The account signs in elsewhere, or never had one.
    #[error("no password")]
    None,
    /// Another method than `pbkdf2_sha256`.
    #[error("a password of another method than pbkdf2_sha256")]
    Method,
    /// Not what Django writes, or too many rounds.
    #[error("a password that can't be read")]
    Damaged,
}

/// The text to keep for what Django keeps, `pbkdf2_sha256$ROUNDS$SALT$HASH`: the same password opens it.
///
/// # Errors
/// [`NotTaken`].
pub fn of_django(text: &str) -> Result<String, NotTaken> {
    // "!" begins what no password opens.
    if text.is_empty() || text.starts_with('!') {
        return Err(NotTaken::None);
    }
    let mut parts = text.split('$');
    let (method, rounds, salt, hash) = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some(method), Some(rounds), Some(salt), Some(hash), None) = (method, rounds, salt, hash, parts.next()) else {
        return Err(NotTaken::Method);
    };
    if method != "pbkdf2_sha256" {
        return Err(NotTaken::Method);
    }
    let rounds: u32 = rounds.parse().map_err(|_| NotTaken::Damaged)?;
    if !(1..=ROUNDS_MOST).contains(&rounds) {
        return Err(NotTaken::Damaged);
    }
    let salt = SaltString::encode_b64(salt.as_bytes()).map_err(|_| NotTaken::Damaged)?;
    let kept = format!("${PBKDF2}$i={rounds},l=32${salt}${}", hash.trim_end_matches('='));
    let parsed = PasswordHash::new(&kept).map_err(|_| NotTaken::Damaged)?;
    if parsed.hash.is_some_and(|h| h.len() == 32) {
        Ok(kept)
    } else {
        Err(NotTaken::Damaged)
    }
}

/// The text to keep for a password.
///
/// # Errors
/// [`HashError`].
pub async fn hash(sources: &Sources, password: &str) -> Result<String, HashError> {
    let mut salt = [0_u8; 16];
    sources.ids.fill(&mut salt);
    let password = password.to_owned();
    blocking(move || hash_now(&password, &salt)).await
}

/// Whether the password is the one kept. `None` (no such account, or one without a password) takes the same
/// time and is never true.
///
/// # Errors
/// [`HashError`].
pub async fn verify(kept: Option<&str>, password: &str) -> Result<bool, HashError> {
    let kept = kept.map(str::to_owned);
    let password = if password.len() <= MAX {
        password.to_owned()
    } else {
        String::new()
    };
    blocking(move || {
        let real = kept.is_some();
        let text = match kept {
            Some(text) => text,
            None => match NOBODY.get() {
                Some(text) => text.clone(),
                None => NOBODY
                    .get_or_init(|| hash_now("", &[7; 16]).unwrap_or_default())
                    .clone(),
            },
        };
        let parsed = PasswordHash::new(&text).map_err(|e| HashError(e.to_string()))?;
        let right = if parsed.algorithm.as_str() == PBKDF2 {
            Pbkdf2.verify_password(password.as_bytes(), &parsed)
        } else {
            argon()?.verify_password(password.as_bytes(), &parsed)
        };
        Ok(right.is_ok() && real)
    })
    .await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// As `django.contrib.auth.hashers` writes the password `lètmein!` (1000 rounds).
    const OF_DJANGO: &str = "pbkdf2_sha256$1000$gXbnTAqcmtg5xA$YN/MnHojnZyoEBbpZQI2PrkfqK7Sa5HpRCoVgLCZDJY=";

    #[tokio::test]
    async fn a_password_that_django_kept_opens_here() {
        let kept = of_django(OF_DJANGO).unwrap();
        assert!(verify(Some(&kept), "lètmein!").await.unwrap());
        assert!(!verify(Some(&kept), "letmein!").await.unwrap());
        assert!(outdated(&kept) && !outdated(&hash(&Sources::system(), "lètmein!").await.unwrap()));
    }

    #[test]
    fn what_django_keeps_otherwise_is_said_and_not_taken() {
        for (text, why) in [
            ("", NotTaken::None),
            ("!unusable", NotTaken::None),
            ("bcrypt_sha256$$2b$12$abc", NotTaken::Method),
            ("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", NotTaken::Method),
            ("pbkdf2_sha1$1000$salt$AAAA", NotTaken::Method),
            ("pbkdf2_sha256$99999999$saltsalt$AAAA", NotTaken::Damaged),
            ("pbkdf2_sha256$many$saltsalt$AAAA", NotTaken::Damaged),
            ("pbkdf2_sha256$1000$saltsalt$AAAA", NotTaken::Damaged),
            ("pbkdf2_sha256$1000$saltsalt$not base64", NotTaken::Damaged),
        ] {
            assert_eq!(of_django(text), Err(why), "{text}");
        }
    }
}
