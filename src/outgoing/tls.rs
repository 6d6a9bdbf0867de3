//! Which cryptography TLS stands on.

use std::sync::Once;

/// Makes ring the provider of everything that speaks TLS here.
pub(super) fn ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only where the process has one already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client under construction, with TLS by rustls on ring. Every client of this program begins here: the library has no
/// provider of its own in our build and panics where none was installed before.
pub fn builder() -> reqwest::ClientBuilder {
    ring();
    reqwest::Client::builder()
}
