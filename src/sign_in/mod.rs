//! Signing in by another house: what is asked of OpenID Connect, CAS and a directory. What comes of it, an account and a session, is
//! made in `web/src/auth/outside`.

pub mod cas;
mod directory;
mod oidc;

use std::collections::BTreeMap;
use std::time::Duration;

use amphi_events::Sources;
use amphi_web::auth::outside::{OutsideIdentity, SetOut, Told, Way, WayError, Ways};
use async_trait::async_trait;

pub use cas::CasSettings;
pub use directory::DirectorySettings;
pub use oidc::OidcSettings;

use crate::outgoing::{HttpClient, OutError};

/// Largest answer of another house that is read.
const CAP: usize = 1024 * 1024;
/// Characters of what a browser must bring back, five bits each; also long enough for PKCE, which wants 43.
const TOKEN_CHARS: usize = 52;

/// What the ways are made with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// OpenID Connect.
    pub oidc: Option<OidcSettings>,
    /// CAS.
    pub cas: Option<CasSettings>,
    /// A directory.
    pub directory: Option<DirectorySettings>,
    /// How long another house may take to answer.
    pub timeout: Duration,
    /// Without TLS, for tests.
    pub insecure: bool,
}

/// The ways that are set.
pub struct SignIn {
    oidc: Option<oidc::Oidc>,
    cas: Option<cas::Cas>,
    directory: Option<directory::Directory>,
}

/// How the ways ask.
#[derive(Clone)]
struct Asking {
    http: HttpClient,
    sources: Sources,
    timeout: Duration,
    insecure: bool,
}

fn unavailable(error: &OutError) -> WayError {
    WayError::Unavailable(error.to_string())
}

/// Whether a browser brings back what it was given; how long that takes tells nothing.
fn same(kept: &str, brought: Option<&String>) -> bool {
    use subtle::ConstantTimeEq as _;
    brought.is_some_and(|b| !kept.is_empty() && bool::from(kept.as_bytes().ct_eq(b.as_bytes())))
}

impl SignIn {
    /// The ways of these settings.
    pub fn new(settings: Settings, http: HttpClient, sources: Sources) -> Self {
        let asking = Asking {
            http,
            sources,
            timeout: settings.timeout,
            insecure: settings.insecure,
        };
        Self {
            oidc: settings.oidc.map(|s| oidc::Oidc::new(s, asking.clone())),
            cas: settings.cas.map(|s| cas::Cas::new(s, asking)),
            directory: settings
                .directory
                .map(|s| directory::Directory::new(s, settings.insecure)),
        }
    }
}

#[async_trait]
impl Ways for SignIn {
    fn list(&self) -> Vec<Way> {
        let cas = self.cas.as_ref().map(|c| Way {
            name: cas::WAY,
            label: c.label().to_owned(),
        });
        let oidc = self.oidc.as_ref().map(|o| Way {
            name: oidc::WAY,
            label: o.label().to_owned(),
        });
        cas.into_iter().chain(oidc).collect()
    }

    async fn set_out(&self, way: &str, back: &str) -> Result<SetOut, WayError> {
        match (way, &self.oidc, &self.cas) {
            (oidc::WAY, Some(oidc), _) => oidc.set_out(back).await,
            (cas::WAY, _, Some(cas)) => Ok(cas.set_out(back)),
            _ => Err(WayError::Unknown),
        }
    }

    async fn come_back(
        &self,
        way: &str,
        back: &str,
        kept: &str,
        answer: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError> {
        match (way, &self.oidc, &self.cas) {
            (oidc::WAY, Some(oidc), _) => oidc.come_back(back, kept, answer).await,
            (cas::WAY, _, Some(cas)) => cas.come_back(back, kept, answer).await,
            _ => Err(WayError::Unknown),
        }
    }

    async fn look_up(&self, identity: &mut OutsideIdentity) -> Result<Told, WayError> {
        match &self.directory {
            Some(directory) => directory.look_up(identity).await,
            None => Ok(Told::Whole),
        }
    }
}
