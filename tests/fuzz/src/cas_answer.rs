//! Answers of CAS: who may come in.

use amphi::sign_in::cas::read;
use amphi_web::auth::outside::WayError;

/// See the module.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match read(text) {
        Ok((user, attributes)) => {
            // Nobody comes in but by a success that says who, and without a word of failure.
            assert!(!user.is_empty());
            assert!(text.contains("authenticationSuccess") && text.contains("user"));
            let told: usize = attributes.values().flatten().map(String::len).sum();
            assert!(user.len() + told <= text.len(), "more than was sent");
        }
        Err(error) => {
            assert!(matches!(error, WayError::Untrusted(_) | WayError::Refused(_)));
            assert!(error.to_string().len() <= 1200, "{error}");
        }
    }
}
