//! The robot's browser: requests with cookies, redirects followed by hand so that the final address is known.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use reqwest::{Client, Method, redirect};
use url::Url;

use super::form::Submission;

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

/// Chromium gives up after this many redirects.
const REDIRECTS: usize = 20;

struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// What the browser shows.
pub struct Shown {
    /// The address after all redirects.
    pub url: Url,
    /// HTTP status of the last answer.
    pub status: u16,
    /// The document.
    pub html: String,
}

impl Shown {
    /// The BBB session token in the address (contract §4.4 point 6).
    pub fn session_token(&self) -> Option<String> {
        self.url
            .query_pairs()
            .find(|(key, _)| key == "sessionToken")
            .map(|(_, value)| value.into_owned())
    }
}

/// Parameter of a join that says whether the client opens the chat pane (contract §4.6).
const SHOW_CHAT: &str = "userdata-bbb_show_public_chat_on_login";

/// One browser profile: a gateway's container starts with an empty one.
pub struct Browser {
    client: Client,
    cookies: Vec<Cookie>,
    /// The BBB client's address, from the moment it is asked for: the room has the robot from then on, even when the
    /// container is stopped before the answer.
    pub in_room: Option<Url>,
    /// The join that led there asks for a room whose chat is not shown.
    pub without_chat: bool,
}

impl Browser {
    /// An empty profile. No proxy of the environment: the robot stands on another host.
    pub fn new() -> anyhow::Result<Self> {
        let client = crate::http::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .context("the robot's HTTP client")?;
        Ok(Self {
            client,
            cookies: Vec::new(),
            in_room: None,
            without_chat: false,
        })
    }

    /// Opens an address.
    pub async fn open(&mut self, url: Url) -> anyhow::Result<Shown> {
        self.navigate(Method::GET, url, None).await
    }

    /// Sends a form from `page`.
    pub async fn submit(&mut self, page: &Url, form: &Submission) -> anyhow::Result<Shown> {
        let mut target = page.join(&form.action).context("the form's action")?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        if form.post {
            self.navigate(Method::POST, target, Some(body)).await
        } else {
            target.set_query(Some(&body));
            self.navigate(Method::GET, target, None).await
        }
    }

    /// A script's call, as the BBB client makes them; gives the status.
    pub async fn script_post(&self, url: Url, form: Option<String>) -> anyhow::Result<u16> {
        let mut request = self.client.post(url.clone()).header(USER_AGENT, AGENT);
        if let Some(cookies) = self.cookies_for(&url) {
            request = request.header(COOKIE, cookies);
        }
        if let Some(form) = form {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form);
        }
        Ok(request.send().await?.status().as_u16())
    }

    async fn navigate(&mut self, method: Method, url: Url, body: Option<String>) -> anyhow::Result<Shown> {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..REDIRECTS {
            if url.query_pairs().any(|(key, _)| key == "sessionToken") {
                self.in_room = Some(url.clone());
            }
            let shown = url.query_pairs().find(|(key, _)| key == SHOW_CHAT);
            if let Some((_, shown)) = shown {
                self.without_chat = shown == "false";
            }
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .header(USER_AGENT, AGENT)
                .header(
                    "Accept",
                    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                )
                .header("Accept-Language", "en-US,en")
                .header("Sec-Fetch-Mode", "navigate")
                .header("Sec-Fetch-Dest", "document");
            if let Some(cookies) = self.cookies_for(&url) {
                request = request.header(COOKIE, cookies);
            }
            if let Some(body) = &body {
                let origin = url.origin().ascii_serialization();
                request = request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header("Origin", origin)
                    .body(body.clone());
            }
            let answer = request
                .send()
                .await
                .with_context(|| format!("opening {}", url.path()))?;
            for line in answer.headers().get_all(SET_COOKIE) {
                if let Ok(line) = line.to_str() {
                    self.keep_cookie(&url, line);
                }
            }
            let status = answer.status().as_u16();
            let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) {
                url = url.join(location).context("a redirect's address")?;
                // 307 and 308 keep the method; the others turn a POST into a GET (RFC 9110 §15.4).
                if !matches!(status, 307 | 308) {
                    (method, body) = (Method::GET, None);
                }
                continue;
            }
            return Ok(Shown {
                url,
                status,
                html: answer.text().await.unwrap_or_default(),
            });
        }
        bail!("too many redirects")
    }

    fn cookies_for(&self, url: &Url) -> Option<String> {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| url.host_str() == Some(cookie.host.as_str()) && path_covers(&cookie.path, url.path()))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookie(&mut self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut path = String::from("/");
        let mut gone = false;
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            if key.eq_ignore_ascii_case("path") && value.starts_with('/') {
                value.clone_into(&mut path);
            } else if key.eq_ignore_ascii_case("max-age") {
                gone = value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0);
            }
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        self.cookies
            .retain(|cookie| (&cookie.host, cookie.name.as_str(), &cookie.path) != (&host, name, &path));
        if !gone {
            self.cookies.push(Cookie {
                host,
                path,
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }
}

/// RFC 6265 §5.1.4.
fn path_covers(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| cookie.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
}
