//! What the demo says in the terminal, in French or English.

use std::path::Path;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// French.
    Fr,
    /// English.
    En,
}

impl Words {
    /// The terminal's language: the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that says one.
    pub fn of_the_terminal() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(read: impl Fn(&str) -> Option<String>) -> Self {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(read)
            .find(|value| !value.is_empty());
        if said.is_some_and(|value| value == "fr" || value.starts_with("fr_") || value.starts_with("fr.")) {
            Self::Fr
        } else {
            Self::En
        }
    }

    /// What to open, and as whom.
    pub fn welcome(self, base: &str, data: &Path) -> String {
        let data = data.display();
        match self {
            Self::Fr => format!(
                "\n  Amphi : ouvrez {base}\n\n  \
                 Une visite en cinq étapes y commence ; un clic y connecte comme étudiante, présentatrice ou auditrice.\n\n  \
                 marie     marie-demo      suit le direct\n  \
                 grace     grace-demo      le présente\n  \
                 rosalind  rosalind-demo   audite le journal\n  \
                 ada       ada-demo        administre\n\n  \
                 Tout est gardé dans {data} (--fresh recommence à neuf). Ctrl-C arrête.\n\n"
            ),
            Self::En => format!(
                "\n  Amphi: open {base}\n\n  \
                 A tour of five steps begins there; one click signs you in as student, presenter or auditor.\n\n  \
                 marie     marie-demo      watches the live\n  \
                 grace     grace-demo      presents it\n  \
                 rosalind  rosalind-demo   audits the log\n  \
                 ada       ada-demo        administers\n\n  \
                 Everything is kept in {data} (--fresh begins anew). Ctrl-C ends it.\n\n"
            ),
        }
    }

    /// The picture moves.
    pub const fn on_air(self) -> &'static str {
        match self {
            Self::Fr => "  Le cours est à l’antenne.\n",
            Self::En => "  The lecture is on air.\n",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminals_language() {
        let of = |set: &'static [(&str, &str)]| {
            Words::of(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(of(&[]), Words::En);
        assert_eq!(of(&[("LANG", "C.UTF-8")]), Words::En);
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Words::Fr);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "fr_CA")]), Words::Fr);
        assert_eq!(of(&[("LC_ALL", "en_GB.UTF-8"), ("LANG", "fr_FR.UTF-8")]), Words::En);
        assert_eq!(of(&[("LANG", "fry_NL")]), Words::En);
    }

    #[test]
    fn says_what_to_open_and_as_whom() {
        for words in [Words::Fr, Words::En] {
            let said = words.welcome("http://127.0.0.1:8000", Path::new("/tmp/x"));
            for part in [
                "http://127.0.0.1:8000",
                "marie-demo",
                "rosalind-demo",
                "/tmp/x",
                "--fresh",
            ] {
                assert!(said.contains(part), "{part}: {said}");
            }
            assert!(said.lines().count() <= 14, "{said}");
        }
    }
}
