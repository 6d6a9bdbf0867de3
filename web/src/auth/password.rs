//! Passwords of local accounts: argon2id, away from the threads that serve requests.

use std::sync::OnceLock;

use amphi_events::Sources;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
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
        Ok(argon()?.verify_password(password.as_bytes(), &parsed).is_ok() && real)
    })
    .await
}
