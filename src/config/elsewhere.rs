//! Settings of sessions that other front ends opened (census §10).

use std::time::Duration;

use amphi_web::elsewhere::ElsewhereSettings;
use amphi_web::elsewhere::matching::{Format, Ids, Rules};

use super::Config;
use super::values::Value;
use crate::reactors::elsewhere::LookSettings;

/// How front ends write people's names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameFormats(pub Vec<Format>);

impl Value for NameFormats {
    const FORM: &'static str = "`{first} {last}`, `{last} {first}`, both, or `none`";
    fn read(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(vec![]));
        }
        let formats = text
            .split(',')
            .map(|f| f.split_whitespace().collect::<Vec<_>>().join(" "));
        let read = |format: String| match format.as_str() {
            "{first} {last}" => Ok(Format::FirstLast),
            "{last} {first}" => Ok(Format::LastFirst),
            _ => Err(format!(
                "{format:?} is neither {{first}} {{last}} nor {{last}} {{first}}"
            )),
        };
        formats.map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// What is compared with BBB's user ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserIds(pub Ids);

impl Value for UserIds {
    const FORM: &'static str = "login, identity, both, or none";
    fn read(text: &str) -> Result<Self, String> {
        let mut ids = Ids::default();
        if text == "none" {
            return Ok(Self(ids));
        }
        for word in text.split(',').map(str::trim) {
            match word {
                "login" => ids.login = true,
                "identity" => ids.identity = true,
                _ => return Err(format!("{word:?} is neither login nor identity")),
            }
        }
        Ok(Self(ids))
    }
}

/// How long a live is planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting(pub Duration);

impl Value for Lasting {
    const FORM: &'static str = "seconds";
    fn read(text: &str) -> Result<Self, String> {
        let seconds = text.parse::<u64>().ok().filter(|s| (60..=86_400).contains(s));
        seconds
            .map(|s| Self(Duration::from_secs(s)))
            .ok_or_else(|| format!("{text:?} is no whole number of seconds from 60 to 86400"))
    }
}

impl Config {
    /// What pages need to know of such sessions; `None`: they are not looked for.
    pub(super) fn elsewhere_pages(&self) -> Option<ElsewhereSettings> {
        self.elsewhere.then_some(ElsewhereSettings {
            most: self.elsewhere_lives,
            lasts: self.elsewhere_lasts.0,
        })
    }

    /// How they are looked for.
    pub(super) fn elsewhere_look(&self) -> Option<LookSettings> {
        self.elsewhere.then(|| LookSettings {
            poll: self.elsewhere_poll,
            rules: Rules {
                ids: self.elsewhere_ids.0,
                names: self.elsewhere_names.0.clone(),
            },
            mail: self.elsewhere_mail,
        })
    }

    /// How long names of people in them are kept.
    pub(super) fn elsewhere_kept(&self) -> Duration {
        Duration::from_secs(u64::from(self.elsewhere_names_hours) * 3600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_ids_and_spans_are_read_or_said_to_be_wrong() {
        let both = vec![Format::FirstLast, Format::LastFirst];
        assert_eq!(
            NameFormats::read("{first} {last} ,{last}  {first}"),
            Ok(NameFormats(both))
        );
        assert_eq!(NameFormats::read("none"), Ok(NameFormats(vec![])));
        for bad in ["", "first_name last_name", "{first}", "{first} {last},"] {
            assert!(NameFormats::read(bad).is_err(), "{bad}");
        }
        let identity = Ids {
            login: false,
            identity: true,
        };
        assert_eq!(UserIds::read("identity"), Ok(UserIds(identity)));
        assert_eq!(UserIds::read("none"), Ok(UserIds::default()));
        assert!(UserIds::read("mail").is_err() && UserIds::read("").is_err());
        assert_eq!(Lasting::read("60"), Ok(Lasting(Duration::from_secs(60))));
        for bad in ["59", "86401", "1.5", ""] {
            assert!(Lasting::read(bad).is_err(), "{bad}");
        }
    }
}
