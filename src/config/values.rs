//! What can be written as a setting's value.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use amphi_events::meeting::Options;
use amphi_events::meeting::options::OPTIONS;
use amphi_web::brand::{Logo, Rgb};
use secrecy::SecretString;
use url::Url;

use crate::bbb::Digest;

/// A value that is read from text.
pub trait Value: Sized {
    /// What can be written, for the documentation.
    const FORM: &'static str;
    /// Never printed, never a flag.
    const SECRET: bool = false;
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    fn read(text: &str) -> Result<Self, String>;
}

impl<T: Value> Value for Option<T> {
    const FORM: &'static str = T::FORM;
    const SECRET: bool = T::SECRET;
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            T::read(text).map(Some)
        }
    }
}

impl Value for SocketAddr {
    const FORM: &'static str = "ADDRESS:PORT";
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| format!("{text:?} is no address and port, such as 127.0.0.1:8000 or [::1]:8000"))
    }
}

impl Value for PathBuf {
    const FORM: &'static str = "path";
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl Value for String {
    const FORM: &'static str = "text";
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for SecretString {
    const FORM: &'static str = "secret";
    const SECRET: bool = true;
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned().into())
    }
}

/// What media servers show: long enough that nobody tries, and of characters that need no escaping in an address.
#[derive(Debug, Clone)]
pub struct HookToken(pub SecretString);

impl Value for HookToken {
    const FORM: &'static str = "secret";
    const SECRET: bool = true;
    fn read(text: &str) -> Result<Self, String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (16..=200).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.to_owned().into()))
        } else {
            Err("a secret of 16 to 200 letters, digits and -._~ is wanted".to_owned())
        }
    }
}

/// Options of a new meeting's room where nobody chose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeetingDefaults(pub Options);

impl Value for MeetingDefaults {
    const FORM: &'static str = "empty or a JSON object";
    fn read(text: &str) -> Result<Self, String> {
        let mut options = Options::default();
        if !text.is_empty() {
            let given: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(text).map_err(|e| format!("no JSON object: {e}"))?;
            for (name, value) in given {
                options.set(&name, value).map_err(|e| e.to_string())?;
            }
        }
        Ok(Self(options))
    }
}

/// Names of options, separated by commas or blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionNames(pub Vec<&'static str>);

impl Value for OptionNames {
    const FORM: &'static str = "names of options";
    fn read(text: &str) -> Result<Self, String> {
        let names = text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|n| !n.is_empty());
        let known = |name: &str| {
            let option = OPTIONS.iter().find(|o| o.field == name);
            option
                .map(|o| o.field)
                .ok_or_else(|| format!("{name:?} is no option of docs/meeting-options.md"))
        };
        names.map(known).collect::<Result<_, _>>().map(Self)
    }
}

impl Value for bool {
    const FORM: &'static str = "true or false";
    fn read(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("{text:?} is neither true nor false")),
        }
    }
}

impl Value for u32 {
    const FORM: &'static str = "number";
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is no whole number"))
    }
}

impl Value for Duration {
    const FORM: &'static str = "seconds";
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no number of seconds above 0, such as 15 or 0.2");
        let seconds: f64 = text.parse().map_err(|_| wrong())?;
        // A wait of nothing would make a reactor spin; ten years are more than any of these can mean.
        if !(0.001..=315_360_000.0).contains(&seconds) {
            return Err(wrong());
        }
        Ok(Self::from_micros((seconds * 1e6).round() as u64))
    }
}

/// What is kept free before or after a reservation, in seconds: nothing to four hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin(pub i64);

impl Value for Margin {
    const FORM: &'static str = "whole seconds";
    fn read(text: &str) -> Result<Self, String> {
        let seconds = text.parse::<i64>().ok().filter(|s| (0..=4 * 3600).contains(s));
        seconds
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no whole number of seconds from 0 to 14400"))
    }
}

/// The gathering window of busy rooms: 0 writes each message at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub Duration);

impl Value for Window {
    const FORM: &'static str = "seconds";
    fn read(text: &str) -> Result<Self, String> {
        let seconds = text.parse::<f64>().ok().filter(|s| (0.0..=0.05).contains(s));
        seconds
            .map(|s| Self(Duration::from_micros((s * 1e6).round() as u64)))
            .ok_or_else(|| format!("{text:?} is no number of seconds from 0 to 0.05"))
    }
}

/// An origin without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl Value for Origin {
    const FORM: &'static str = "https://HOST";
    fn read(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no origin: a scheme, a host, perhaps a port, such as https://live.univ.example");
        let url = Url::parse(text).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !bare || url.host().is_none() {
            return Err(wrong());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// BBB's address, as the client wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BbbBase(pub String);

impl Value for BbbBase {
    const FORM: &'static str = "https://HOST/bigbluebutton/";
    fn read(text: &str) -> Result<Self, String> {
        crate::bbb::normalise_base(text)
            .map(Self)
            .map_err(|_| format!("{text:?} is no address of BBB, such as https://bbb.univ.example/bigbluebutton/"))
    }
}

/// A colour.
#[derive(Debug, Clone, Copy)]
pub struct Accent(pub Rgb);

impl Value for Accent {
    const FORM: &'static str = "#rrggbb";
    fn read(text: &str) -> Result<Self, String> {
        Rgb::parse(text)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is no colour, such as #2450c4"))
    }
}

/// A picture's file, read at the start: what is wrong with it is said then, not to every reader of a page.
#[derive(Debug, Clone)]
pub struct LogoFile(pub Logo);

/// A logo travels with every first visit.
const LOGO_MOST: usize = 64 * 1024;

impl Value for LogoFile {
    const FORM: &'static str = "path of an SVG or PNG file";
    fn read(text: &str) -> Result<Self, String> {
        let content_type = match text.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).as_deref() {
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            _ => return Err(format!("{text:?} is neither an .svg nor a .png file")),
        };
        let bytes = std::fs::read(text).map_err(|e| format!("{text:?} can't be read: {e}"))?;
        if bytes.len() > LOGO_MOST {
            return Err(format!(
                "{text:?} has {} bytes; at most {LOGO_MOST} are taken",
                bytes.len()
            ));
        }
        Ok(Self(Logo {
            content_type,
            bytes: bytes.into(),
        }))
    }
}

impl Value for Digest {
    const FORM: &'static str = "sha1, sha256, sha384 or sha512";
    fn read(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().replace('-', "").as_str() {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            _ => Err(format!("{text:?} is none of sha1, sha256, sha384, sha512")),
        }
    }
}

/// Addresses or networks, separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(pub Vec<String>);

impl Value for Proxies {
    const FORM: &'static str = "addresses or networks, separated by commas";
    fn read(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|p| !p.is_empty());
        parts
            .map(|part| {
                let (address, bits) = part.split_once('/').map_or((part, None), |(a, b)| (a, Some(b)));
                let most = match address.parse::<IpAddr>() {
                    Ok(IpAddr::V4(_)) => 32,
                    Ok(IpAddr::V6(_)) => 128,
                    Err(_) => return Err(format!("{part:?} is no address or network, such as 10.0.0.0/8")),
                };
                match bits.map(str::parse::<u8>) {
                    None => Ok(format!("{address}/{most}")),
                    Some(Ok(bits)) if bits <= most => Ok(part.to_owned()),
                    Some(_) => Err(format!("{part:?}: the number after the slash is at most {most}")),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// An IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub String);

impl Value for Zone {
    const FORM: &'static str = "IANA zone";
    fn read(text: &str) -> Result<Self, String> {
        text.parse::<chrono_tz::Tz>()
            .map(|zone| Self(zone.name().to_owned()))
            .map_err(|_| format!("{text:?} is no time zone, such as Europe/Paris"))
    }
}

/// How the program writes what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

impl Value for LogFormat {
    const FORM: &'static str = "text or json";
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text:?} is neither text nor json")),
        }
    }
}

/// Who plans meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planners {
    /// Staff and administrators.
    Staff,
    /// Everybody with an account.
    Everybody,
}

impl Value for Planners {
    const FORM: &'static str = "staff or everybody";
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "staff" => Ok(Self::Staff),
            "everybody" => Ok(Self::Everybody),
            _ => Err(format!("{text:?} is neither staff nor everybody")),
        }
    }
}

/// Whom people write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(pub String);

impl Value for Contact {
    const FORM: &'static str = "mail address or https://HOST/PATH";
    fn read(text: &str) -> Result<Self, String> {
        let page = Url::parse(text).is_ok_and(|u| u.scheme() == "https" && u.password().is_none());
        let mail = text.parse::<lettre::Address>().is_ok();
        if page || mail {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "{text:?} is neither a mail address nor the https:// address of a page"
            ))
        }
    }
}

/// What is kept free for later: only nothing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unset;

impl Value for Unset {
    const FORM: &'static str = "empty";
    fn read(text: &str) -> Result<Self, String> {
        // The value may hold a password of a database: it is not repeated.
        if text.is_empty() {
            Ok(Self)
        } else {
            Err("shared logs and stores (postgres://, kurrentdb://) come later; leave it empty for SQLite in the data folder".to_owned())
        }
    }
}
