//! A reverse proxy that signs people in (Shibboleth, mod_auth_openidc, …) and says in headers who comes.
//!
//! Headers can be written by anybody, so they count only from the addresses that are set, judged by the connection itself:
//! `X-Forwarded-For` would be one more header.

use std::net::IpAddr;

use axum::http::HeaderMap;

use super::{Attributes, OutsideIdentity, WayError};
use crate::auth::address::Block;

/// The way's name: `/login/headers`, which the proxy must guard.
pub const WAY: &str = "headers";

/// Which headers, from whom.
#[derive(Debug, Clone)]
pub struct HeaderSettings {
    /// The provider's name.
    pub provider: String,
    /// On the page.
    pub label: String,
    /// Addresses or networks of the proxy.
    pub from: Vec<String>,
    /// Header that holds the login.
    pub login: String,
    /// Header that holds what stays the same; empty: the login's.
    pub subject: String,
    /// Headers that hold attributes, which are called as they are.
    pub attributes: Vec<String>,
    /// What stands between the values of one header.
    pub separator: String,
}

/// Bytes of UTF-8 where they are, else of ISO 8859-1: what proxies hand on of names depends on their age.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let bytes = headers.get(name)?.as_bytes();
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned);
    let text = text.trim();
    // What Apache writes where an attribute is missing.
    (!text.is_empty() && text != "(null)").then(|| text.to_owned())
}

impl HeaderSettings {
    /// Whether the connection comes from the proxy.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.from
            .iter()
            .filter_map(|b| Block::parse(b))
            .any(|block| block.holds(peer))
    }

    /// Whether a request says who comes.
    pub fn speaks(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(&self.login) || (!self.subject.is_empty() && headers.contains_key(&self.subject))
    }

    /// Who comes.
    ///
    /// # Errors
    /// From elsewhere, or without a login.
    pub fn identity(&self, peer: IpAddr, headers: &HeaderMap) -> Result<OutsideIdentity, WayError> {
        if !self.trusts(peer) {
            return Err(WayError::Untrusted(format!("{peer} is not in headers_from")));
        }
        // Twice the same header is a proxy that adds its own to a visitor's.
        let twice = |name: &String| headers.get_all(name).iter().nth(1).is_some();
        // Attributes too: they give roles.
        let named = [&self.login, &self.subject].into_iter().chain(&self.attributes);
        if let Some(name) = named.filter(|n| !n.is_empty()).find(|n| twice(n)) {
            return Err(WayError::Untrusted(format!(
                "{name} is there twice: the proxy must drop what visitors send"
            )));
        }
        let missing = |name: &str| WayError::Refused(format!("the proxy sent no {name}"));
        let login = text(headers, &self.login).ok_or_else(|| missing(&self.login))?;
        let subject = match self.subject.as_str() {
            "" => login.clone(),
            name => text(headers, name).ok_or_else(|| missing(name))?,
        };
        let split = |value: String| -> Vec<String> {
            if self.separator.is_empty() {
                return vec![value];
            }
            value.split(&self.separator).map(|v| v.trim().to_owned()).collect()
        };
        let attributes: Attributes = self
            .attributes
            .iter()
            .filter_map(|name| Some((name.clone(), split(text(headers, name)?))))
            .collect();
        Ok(OutsideIdentity {
            provider: self.provider.clone(),
            subject,
            login,
            attributes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_count_from_the_proxy_and_once() {
        let settings = HeaderSettings {
            provider: "shib".into(),
            label: "SSO".into(),
            from: vec!["127.0.0.1/32".into()],
            login: "X-Remote-User".into(),
            subject: "X-Eppn".into(),
            attributes: vec!["X-Affiliation".into(), "X-Name".into()],
            separator: ";".into(),
        };
        let proxy: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert!(!settings.speaks(&headers));
        assert!(matches!(settings.identity(proxy, &headers), Err(WayError::Refused(_))));
        headers.insert("x-remote-user", "zoe".parse().unwrap());
        assert!(settings.speaks(&headers));
        assert!(
            matches!(settings.identity(proxy, &headers), Err(WayError::Refused(_))),
            "no subject"
        );
        headers.insert("x-eppn", "zoe@univ.example".parse().unwrap());
        headers.insert("x-affiliation", "employee; member".parse().unwrap());
        headers.insert("x-name", axum::http::HeaderValue::from_bytes(b"Zo\xe9").unwrap());
        headers.insert("x-other", "(null)".parse().unwrap());
        let found = settings.identity(proxy, &headers).unwrap();
        assert_eq!(
            (found.subject.as_str(), found.login.as_str()),
            ("zoe@univ.example", "zoe")
        );
        assert_eq!(found.attributes["X-Affiliation"], ["employee", "member"]);
        assert_eq!(found.attributes["X-Name"], ["Zoé"]);
        let elsewhere = settings.identity("192.0.2.1".parse().unwrap(), &headers);
        assert!(matches!(elsewhere, Err(WayError::Untrusted(_))));
        // What a visitor sent and what the proxy appended to it, of every header that is read.
        for (name, refused) in [
            ("x-eppn", true),
            ("x-remote-user", true),
            ("x-affiliation", true),
            ("x-name", true),
            ("x-other", false),
        ] {
            let mut twice = headers.clone();
            twice.append(name, "employee".parse().unwrap());
            let found = settings.identity(proxy, &twice);
            assert_eq!(matches!(found, Err(WayError::Untrusted(_))), refused, "{name}");
        }
    }
}
