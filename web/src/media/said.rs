//! What media servers say, read: forms of nginx-rtmp, JSON of MediaMTX. Whoever pushes or watches wrote parts of it.

use std::net::IpAddr;

use serde::Deserialize;
use url::form_urlencoded::parse;

use super::{Publish, push};

/// Largest hook that is read, in bytes; real ones have a few hundred.
pub const BODY_MAX: usize = 8 * 1024;
/// Most bytes of application and stream key.
pub const PATH_MAX: usize = 1000;
/// Most characters of a connection's name.
pub const CLIENT_MAX: usize = 64;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Somebody wants to push.
    Begins {
        /// What.
        publish: Publish,
        /// From which address, as the media server says it.
        by: Option<IpAddr>,
    },
    /// Somebody goes on pushing.
    GoesOn(Publish),
    /// What somebody pushes is there to be watched.
    Ready(Publish),
    /// A connection that pushed is over.
    Ended(Publish),
    /// Somebody wants to watch.
    Reads {
        /// What they want to watch.
        path: String,
        /// The query of their address.
        query: Option<String>,
    },
    /// Something else: recordings, an interface or metrics of the media server.
    Other,
}

/// Application and stream key, without what a publisher hung on to it.
fn path(whole: &str) -> Result<String, String> {
    let path = whole.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() || path.len() > PATH_MAX || path.chars().any(char::is_control) {
        return Err("no stream is named".to_owned());
    }
    Ok(path.to_owned())
}

/// The path of an application and what is pushed to it.
fn of_application(app: &str, name: &str) -> Result<String, String> {
    // Without it the application alone would be the path.
    if name
        .split(['?', '#'])
        .next()
        .is_none_or(|n| n.trim_matches('/').is_empty())
    {
        return Err("no stream is named".to_owned());
    }
    path(&format!("{}/{name}", app.trim_matches('/')))
}

/// A connection's name: letters, digits and hyphens of it.
fn client(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    name.chars().filter(plain).take(CLIENT_MAX).collect()
}

/// The key behind a stream's name, from the parameters there.
fn key_in<'a>(mut parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let found = parameters.find(|(name, _)| *name == push::PARAMETER);
    found.map_or_else(String::new, |(_, value)| value.chars().take(CLIENT_MAX).collect())
}

/// What nginx-rtmp posts. Parameters of the publisher's own address stand behind its fields, so one could name another stream: what is named twice
/// is not believed.
struct Form(Vec<(String, String)>);

impl Form {
    fn field(&self, name: &str) -> Result<&str, String> {
        let mut found = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => Err(format!("{name} is missing")),
            (Some(_), Some(_)) => Err(format!("{name} is there twice")),
        }
    }

    /// What a publisher put behind the stream's name: nginx hangs it on to its own fields, none of which is called so.
    fn key(&self) -> String {
        key_in(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The publisher's address: nginx's own field stands before what the publisher may have put behind.
    fn publisher(&self) -> Option<IpAddr> {
        let (_, address) = self.0.iter().find(|(name, _)| name == "addr")?;
        address.parse().ok()
    }
}

/// What nginx-rtmp says.
///
/// # Errors
/// It can't be read, and why.
pub fn nginx_rtmp(body: &[u8]) -> Result<Said, String> {
    let form = Form(parse(body).into_owned().collect());
    let call = form.field("call")?;
    let publish = Publish {
        path: of_application(form.field("app")?, form.field("name")?)?,
        client: client(form.field("clientid")?),
        key: form.key(),
    };
    match call {
        "publish" => Ok(Said::Begins {
            publish,
            by: form.publisher(),
        }),
        "update_publish" => Ok(Said::GoesOn(publish)),
        "publish_done" | "done" => Ok(Said::Ended(publish)),
        // Who watches by RTMP is nobody that we know.
        _ => Err("only publish, update_publish and publish_done are known".to_owned()),
    }
}

/// What MediaMTX asks and says.
#[derive(Debug, Deserialize)]
struct Asked {
    action: String,
    path: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    ip: Option<String>,
    #[serde(default)]
    query: Option<String>,
}

/// What MediaMTX says.
///
/// # Errors
/// It can't be read, and why.
pub fn mediamtx(body: &[u8]) -> Result<Said, String> {
    // Other fields come with it, and more with each release.
    let asked: Asked = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    let publish = Publish {
        path: path(&asked.path)?,
        client: client(asked.id.as_deref().unwrap_or_default()),
        key: {
            let all: Vec<_> = parse(asked.query.as_deref().unwrap_or_default().as_bytes()).collect();
            key_in(all.iter().map(|(name, value)| (&**name, &**value)))
        },
    };
    Ok(match asked.action.as_str() {
        "publish" => Said::Begins {
            publish,
            by: asked.ip.as_deref().and_then(|ip| ip.parse().ok()),
        },
        "ready" => Said::Ready(publish),
        "not_ready" => Said::Ended(publish),
        "read" => Said::Reads {
            path: publish.path,
            query: asked.query,
        },
        _ => Said::Other,
    })
}
