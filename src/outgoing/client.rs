//! The client itself: one call in, one answer or one [`OutError`] out.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::address::{PolicyResolver, Trust, refused};
use super::error::{OutError, translate};

/// What the client is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest wait for a connection, TLS included (5 s in both contracts).
    pub connect: Duration,
    /// The `User-Agent` sent.
    pub user_agent: String,
    /// Certificates of a private authority (PEM), trusted beside the system's.
    pub extra_ca_pem: Option<Vec<u8>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            user_agent: concat!("Amphi/", env!("CARGO_PKG_VERSION")).to_owned(),
            extra_ca_pem: None,
        }
    }
}

/// Redirects: never followed by the library, by hand only where a call says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// The 3xx answer is given back as it is.
    Never,
    /// At most this many, to the same host and scheme only (playlists, gateway contract §5.3).
    SameHost(u8),
}

/// A body to send.
#[derive(Clone)]
pub struct Payload {
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

/// One call.
#[derive(Clone)]
pub struct Call {
    url: String,
    payload: Option<Payload>,
    accept: &'static str,
    authorization: Option<SecretString>,
    no_cache: bool,
    trust: Trust,
    deadline: Duration,
    cap: usize,
    redirects: Redirects,
}

impl Call {
    /// A GET. `deadline` bounds the whole call, body included (and is at least the time a connection may take).
    pub fn get(url: impl Into<String>, trust: Trust, deadline: Duration, cap: usize) -> Self {
        Self {
            url: url.into(),
            payload: None,
            accept: "*/*",
            authorization: None,
            no_cache: false,
            trust,
            deadline,
            cap,
            redirects: Redirects::Never,
        }
    }

    /// Makes it a POST with this body.
    #[must_use]
    pub fn post(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }

    /// Sends this `Accept`.
    #[must_use]
    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// Sends `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(mut self, token: SecretString) -> Self {
        self.authorization = Some(format!("Bearer {}", token.expose_secret()).into());
        self
    }

    /// Sends this `Authorization`, scheme and all.
    #[must_use]
    pub fn authorization(mut self, value: SecretString) -> Self {
        self.authorization = Some(value);
        self
    }

    /// Sends `Cache-Control: no-cache`.
    #[must_use]
    pub fn no_cache(mut self) -> Self {
        self.no_cache = true;
        self
    }

    /// Follows redirects by that rule.
    #[must_use]
    pub fn redirects(mut self, rule: Redirects) -> Self {
        self.redirects = rule;
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query holds checksums, the body chat text: neither is ever printed.
        f.debug_struct("Call")
            .field("to", &shown(&self.url))
            .finish_non_exhaustive()
    }
}

/// Scheme, host and port of an address, for messages.
fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| "an unreadable address".to_owned(),
        |url| url.origin().ascii_serialization(),
    )
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its `Content-Type`, empty when there is none.
    pub content_type: String,
    /// The whole body.
    pub body: Bytes,
    /// Where the answer came from, after redirects.
    pub url: Url,
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Refuses any status but 2xx.
    pub fn require_success(self) -> Result<Self, OutError> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(OutError::Status(self.status))
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the last call of a client came to, for the program's own log: a status or a word, never an address or a body.
#[derive(Clone, Default)]
pub struct Noted(Arc<std::sync::Mutex<Option<String>>>);

impl Noted {
    fn note(&self, outcome: &Result<Answer, OutError>) {
        let word = match outcome {
            Ok(answer) => answer.status.to_string(),
            Err(error) => error.code().to_owned(),
        };
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(word);
    }

    /// The last, once.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

/// The outgoing client; cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    noted: Option<Noted>,
    admin: reqwest::Client,
    public: reqwest::Client,
    connect: Duration,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").finish_non_exhaustive()
    }
}

impl HttpClient {
    /// Builds the client; fails only on certificates that cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, OutError> {
        Ok(Self {
            noted: None,
            admin: build(settings, Trust::Admin)?,
            public: build(settings, Trust::Public)?,
            connect: settings.connect,
        })
    }

    /// The same client, whose calls are noted there.
    #[must_use]
    pub fn noting(&self, noted: &Noted) -> Self {
        Self {
            noted: Some(noted.clone()),
            ..self.clone()
        }
    }

    /// Makes the call. Every status comes back as an [`Answer`].
    pub async fn send(&self, call: Call) -> Result<Answer, OutError> {
        // Never shorter than a connection may take: a host that drops everything must be told from one that
        // took the request and is silent.
        let whole = call.deadline.max(self.connect + Duration::from_millis(200));
        // The library's own connect limit names a late connection; this outer one bounds the whole,
        // a body that trickles included.
        let done = match tokio::time::timeout(whole, self.send_within(&call)).await {
            Ok(done) => done,
            Err(_) => Err(OutError::Timeout { sent: true }),
        };
        if let Some(noted) = &self.noted {
            noted.note(&done);
        }
        done
    }

    async fn send_within(&self, call: &Call) -> Result<Answer, OutError> {
        let mut url = checked(&call.url, call.trust)?;
        let mut hops = match call.redirects {
            Redirects::Never => 0,
            Redirects::SameHost(hops) => hops,
        };
        loop {
            let response = self.request(call, url.clone()).await?;
            let status = response.status();
            if status.is_redirection() && call.redirects != Redirects::Never {
                let next = response
                    .headers()
                    .get(LOCATION)
                    .and_then(|value| value.to_str().ok())
                    .and_then(|text| url.join(text).ok())
                    .ok_or(OutError::Redirect)?;
                if hops == 0 || next.origin() != url.origin() {
                    return Err(OutError::Redirect);
                }
                hops -= 1;
                url = checked(next.as_str(), call.trust)?;
                continue;
            }
            let content_type = response
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned();
            let body = read(response, call.cap).await?;
            return Ok(Answer {
                status: status.as_u16(),
                content_type,
                body,
                url,
            });
        }
    }

    async fn request(&self, call: &Call, url: Url) -> Result<reqwest::Response, OutError> {
        let client = match call.trust {
            Trust::Admin => &self.admin,
            Trust::Public => &self.public,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(call.accept));
        if call.no_cache {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        if let Some(authorization) = &call.authorization {
            let mut value = HeaderValue::from_str(authorization.expose_secret()).map_err(|_| OutError::BadAddress)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let request = match &call.payload {
            None => client.get(url),
            Some(payload) => client
                .post(url)
                .header(CONTENT_TYPE, payload.content_type)
                .body(payload.bytes.clone()),
        };
        request.headers(headers).send().await.map_err(|error| translate(&error))
    }
}

async fn read(mut response: reqwest::Response, cap: usize) -> Result<Bytes, OutError> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(part)) if body.len() + part.len() > cap => return Err(OutError::TooLarge),
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) => return Ok(body.freeze()),
            Err(error) if error.is_timeout() => return Err(OutError::Timeout { sent: true }),
            // The head of the answer was there, so the request had arrived.
            Err(_) => return Err(OutError::Broken),
        }
    }
}

/// Scheme, credentials and literal addresses are judged here; names are judged by the resolver.
fn checked(text: &str, trust: Trust) -> Result<Url, OutError> {
    let url = Url::parse(text).map_err(|_| OutError::BadAddress)?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if !plain {
        return Err(OutError::BadAddress);
    }
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        Some(Host::Domain(_)) => None,
        None => return Err(OutError::BadAddress),
    };
    // The library connects to a literal address without asking the resolver.
    if literal.is_some_and(|ip| refused(ip, trust)) {
        return Err(OutError::RefusedAddress);
    }
    Ok(url)
}

fn build(settings: &Settings, trust: Trust) -> Result<reqwest::Client, OutError> {
    let mut builder = super::builder()
        .no_proxy()
        .redirect(Policy::none())
        // A repeated chat line or gateway start is worse than a failed one.
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect)
        // Shorter than any server's keep-alive (the gateways' is 5 s): a request written into a connection
        // that the other side is closing has an unknown fate for no reason.
        .pool_idle_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .referer(false)
        .user_agent(settings.user_agent.as_str())
        .dns_resolver(Arc::new(PolicyResolver(trust)));
    if let Some(pem) = &settings.extra_ca_pem {
        let bundle = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| translate(&error))?;
        builder = builder.tls_certs_merge(bundle);
    }
    builder.build().map_err(|error| OutError::Tls(error.to_string()))
}
