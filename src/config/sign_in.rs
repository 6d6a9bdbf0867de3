//! What can be written as a value of a setting of signing in.

use amphi_web::auth::outside::Rules;

use url::Url;

use super::Value;

/// Names, separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl Value for Words {
    const FORM: &'static str = "names, separated by commas";
    fn read(text: &str) -> Result<Self, String> {
        let words = text.split(',').map(str::trim).filter(|w| !w.is_empty());
        words
            .map(|w| {
                let plain = !w.chars().any(|c| c.is_whitespace() || c.is_control());
                plain.then(|| w.to_owned()).ok_or_else(|| format!("{w:?} is no name"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Roles and groups of attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInRules(pub Rules);

impl Value for SignInRules {
    const FORM: &'static str = "rules, separated by commas";
    fn read(text: &str) -> Result<Self, String> {
        Rules::parse(text).map(Self)
    }
}

/// The address of another house, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseUrl(pub Url, pub String);

impl Value for HouseUrl {
    const FORM: &'static str = "https://HOST/PATH";
    fn read(text: &str) -> Result<Self, String> {
        let plain = |u: &Url| {
            matches!(u.scheme(), "http" | "https")
                && u.host().is_some()
                && u.username().is_empty()
                && u.password().is_none()
                && u.query().is_none()
                && u.fragment().is_none()
        };
        Url::parse(text)
            .ok()
            .filter(plain)
            .map(|url| Self(url, text.to_owned()))
            .ok_or_else(|| format!("{text:?} is no address of another house, such as https://cas.univ.example/cas"))
    }
}

/// The address of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUrl(pub Url);

impl Value for DirectoryUrl {
    const FORM: &'static str = "ldaps://HOST or ldap://HOST";
    fn read(text: &str) -> Result<Self, String> {
        let plain = |u: &Url| matches!(u.scheme(), "ldap" | "ldaps") && u.has_host() && u.username().is_empty();
        Url::parse(text)
            .ok()
            .filter(plain)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no address of a directory, such as ldaps://ldap.univ.example"))
    }
}

/// The name of an HTTP header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(pub String);

impl Value for HeaderName {
    const FORM: &'static str = "name of a header";
    fn read(text: &str) -> Result<Self, String> {
        axum::http::HeaderName::try_from(text)
            .map(|name| Self(name.as_str().to_owned()))
            .map_err(|_| format!("{text:?} is no name of a header, such as X-Remote-User"))
    }
}

/// What a provider is called in the store and the log: never to be changed, or everybody is a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderName(pub String);

impl Value for ProviderName {
    const FORM: &'static str = "lower-case word";
    fn read(text: &str) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if (1..=50).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is no word of lower-case letters, digits, - _ and ."))
        }
    }
}
