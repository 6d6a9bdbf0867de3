//! What can be written as a value of a setting of lives.

use url::Url;

use super::Value;

/// Types of lives: names with blanks, separated by semicolons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveTypes(pub Vec<String>);

impl Value for LiveTypes {
    const FORM: &'static str = "names, separated by semicolons";
    fn read(text: &str) -> Result<Self, String> {
        let kinds = text.split(';').map(str::trim).filter(|k| !k.is_empty());
        kinds
            .map(|k| {
                let fits = k.chars().count() <= 100 && !k.chars().any(char::is_control);
                fits.then(|| k.to_owned())
                    .ok_or_else(|| format!("{k:?} is no type's name"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Hosts, with or without their subdomains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(pub Vec<String>);

impl Value for Hosts {
    const FORM: &'static str = "hosts, separated by commas";
    fn read(text: &str) -> Result<Self, String> {
        let hosts = text.split(',').map(str::trim).filter(|h| !h.is_empty());
        hosts
            .map(|h| {
                let wrong = || format!("{h:?} is no host, such as quiz.univ.example or *.univ.example");
                let name = h.strip_prefix("*.").unwrap_or(h);
                let url = Url::parse(&format!("https://{name}/")).map_err(|_| wrong())?;
                let same = url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(name));
                (same && !name.contains('*'))
                    .then(|| h.to_ascii_lowercase())
                    .ok_or_else(wrong)
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Who may frame: as in `frame-ancestors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestors(pub String);

impl Value for Ancestors {
    const FORM: &'static str = "`*`, or origins such as https://moodle.univ.example or https://*.univ.example, separated by commas; empty: nobody";
    fn read(text: &str) -> Result<Self, String> {
        let origins: Vec<&str> = text.split(',').map(str::trim).filter(|o| !o.is_empty()).collect();
        if origins == ["*"] {
            return Ok(Self("*".into()));
        }
        for origin in &origins {
            let plain = origin.replacen("://*.", "://", 1);
            let url = Url::parse(&plain)
                .ok()
                .filter(|u| matches!(u.scheme(), "http" | "https"));
            let fits = url.is_some_and(|u| u.origin().ascii_serialization() == plain.to_ascii_lowercase());
            if !fits {
                return Err(format!("{origin:?} is no origin, such as https://moodle.univ.example"));
            }
        }
        Ok(Self(if origins.is_empty() {
            "'none'".into()
        } else {
            origins.join(" ")
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_frame_is_origins_and_nothing_else() {
        let read = |text| Ancestors::read(text).map(|a| a.0);
        assert_eq!(read("*").as_deref(), Ok("*"));
        assert_eq!(read("").as_deref(), Ok("'none'"));
        assert_eq!(
            read("https://moodle.univ.example, https://*.univ.example").as_deref(),
            Ok("https://moodle.univ.example https://*.univ.example")
        );
        for wrong in [
            "moodle.univ.example",
            "https://a/b",
            "*, https://a",
            "https://a; script-src *",
            "data:x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(Hosts::read("quiz.univ.example, *.a.example").is_ok());
        for wrong in ["https://quiz.univ.example", "a/b", "a:1", "*", "*.*.a"] {
            assert!(Hosts::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(LiveTypes::read("Open day; Defence").map(|k| k.0.len()), Ok(2));
    }
}
