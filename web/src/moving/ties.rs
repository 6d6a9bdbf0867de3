//! Which way of signing in there is which provider here, so that whoever signed in by a house there finds what is theirs when they
//! sign in by it here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How people sign in there who have a password there: they are tied to no house.
const LOCAL: &str = "local";

/// Why what was asked is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TieError {
    /// It does not say what is what.
    #[error("{0:?} is not WAY=PROVIDER, such as cas=cas")]
    Form(String),
    /// Nobody could ever sign in by it.
    #[error("no way of signing in is set here whose provider is called {asked}; there {}", match .known.as_slice() { [] => "is none".to_owned(), known => format!("are: {}", known.join(", ")) })]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What is set.
        known: Vec<String>,
    },
}

/// Ways of there, in lower case, and the provider here of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ties(BTreeMap<String, String>);

impl Ties {
    /// Reads `cas=cas, shibboleth=headers`; `known`: the providers that are set here.
    ///
    /// # Errors
    /// [`TieError`].
    pub fn parse(text: &str, known: &[String]) -> Result<Self, TieError> {
        let mut ties = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let pair = part.split_once('=').map(|(w, p)| (w.trim().to_lowercase(), p.trim()));
            let Some((way, provider)) = pair.filter(|(w, p)| !w.is_empty() && w != LOCAL && !p.is_empty()) else {
                return Err(TieError::Form(part.to_owned()));
            };
            if !known.iter().any(|k| k == provider) {
                let (asked, known) = (provider.to_owned(), known.to_vec());
                return Err(TieError::Unknown { asked, known });
            }
            if ties.insert(way, provider.to_owned()).is_some() {
                return Err(TieError::Form(part.to_owned()));
            }
        }
        Ok(Self(ties))
    }

    /// The provider here of a way of there.
    pub fn provider(&self, way: &str) -> Option<&str> {
        self.0.get(&way.to_lowercase()).map(String::as_str)
    }

    /// Whether who signs in so there comes from a house.
    pub fn from_a_house(way: &str) -> bool {
        !way.is_empty() && !way.eq_ignore_ascii_case(LOCAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_what_is_read_and_what_is_not_set_is_refused() {
        let known = ["cas".to_owned(), "proxy".to_owned()];
        let ties = Ties::parse(" CAS=cas ,Shibboleth = proxy,", &known).expect("ties");
        assert_eq!(
            (ties.provider("cas"), ties.provider("SHIBBOLETH")),
            (Some("cas"), Some("proxy"))
        );
        assert_eq!((ties.provider("OIDC"), ties.provider("local")), (None, None));
        assert_eq!(Ties::parse("", &[]), Ok(Ties::default()));
        for bad in ["cas", "=cas", "cas=", "local=cas", "cas=cas,CAS=proxy"] {
            assert!(matches!(Ties::parse(bad, &known), Err(TieError::Form(_))), "{bad}");
        }
        let unknown = Ties::parse("cas=oidc", &known).expect_err("not set");
        assert!(unknown.to_string().contains("are: cas, proxy"), "{unknown}");
        let none = Ties::parse("cas=cas", &[]).expect_err("none set");
        assert!(none.to_string().ends_with("there is none"), "{none}");
        assert!(Ties::from_a_house("CAS") && !Ties::from_a_house("Local") && !Ties::from_a_house(""));
    }
}
