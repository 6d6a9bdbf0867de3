//! How the simulators call others.

use std::sync::Once;

/// A client under construction that goes by no proxy of the environment, with TLS by rustls on ring (the library has no provider
/// of its own in our build and panics where none was installed before).
pub fn builder() -> reqwest::ClientBuilder {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only where the process has one already, and then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy()
}
