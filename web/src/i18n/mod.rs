//! French and English, side by side (`texts/`); chosen by the browser, switchable, kept in a cookie.

mod texts;
pub mod times;

use axum::http::{HeaderMap, header};

pub use texts::T;

/// Name of the cookie that holds a chosen language.
pub const COOKIE: &str = "amphi_lang";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// French: the default, as the houses that run it are French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// As in `lang=`: `fr`, `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// What it calls itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::En => "English",
        }
    }

    /// Reads `fr` or `en`, with or without a region.
    pub fn of(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| primary.eq_ignore_ascii_case(l.code()))
    }

    /// The cookie's choice, else the first of `Accept-Language` by weight that there is, else French.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self::from_cookie(headers)
            .or_else(|| Self::accepted(headers))
            .unwrap_or_default()
    }

    /// The query's choice (`?lang=`) comes before the cookie's.
    pub fn from_request(query: Option<&str>, headers: &HeaderMap) -> Self {
        Self::from_query(query).unwrap_or_else(|| Self::from_headers(headers))
    }

    /// `lang=` of a query.
    pub fn from_query(query: Option<&str>) -> Option<Self> {
        query?
            .split('&')
            .find_map(|p| p.strip_prefix("lang="))
            .and_then(Self::of)
    }

    /// The cookie's choice.
    pub fn from_cookie(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                (name.trim() == COOKIE).then(|| Self::of(value)).flatten()
            })
    }

    /// The first of `Accept-Language` by weight that there is.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut best: Option<(f32, Self)> = None;
        for part in accepted.split(',') {
            let (code, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = rest
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
            if let Some(lang) = Self::of(code)
                && weight > 0.0
                && best.is_none_or(|(w, _)| weight > w)
            {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    /// A text.
    pub const fn t(self, key: T) -> &'static str {
        match self {
            Self::Fr => key.fr,
            Self::En => key.en,
        }
    }

    /// A text with its `{name}`s filled in. The result is plain text: maud escapes it like any other.
    pub fn f(self, key: T, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.t(key);
        // One pass, so that a value that looks like a place is not filled again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            if let Some((name, tail)) = after.split_once('}') {
                out.push_str(values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v));
                rest = tail;
            } else {
                out.push('{');
                rest = after;
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: Option<&str>, accept: Option<&str>) -> HeaderMap {
        let mut h = HeaderMap::new();
        if let Some(c) = cookie {
            h.insert(header::COOKIE, c.parse().expect("header"));
        }
        if let Some(a) = accept {
            h.insert(header::ACCEPT_LANGUAGE, a.parse().expect("header"));
        }
        h
    }

    #[test]
    fn choice_goes_from_query_to_cookie_to_browser_to_french() {
        let h = headers(Some("a=b; amphi_lang=en"), Some("fr"));
        assert_eq!(Lang::from_request(Some("x=1&lang=fr"), &h), Lang::Fr);
        assert_eq!(Lang::from_headers(&h), Lang::En);
        assert_eq!(
            Lang::from_headers(&headers(None, Some("de, fr;q=0.5, en-GB;q=0.9"))),
            Lang::En
        );
        assert_eq!(Lang::from_headers(&headers(None, Some("en;q=0"))), Lang::Fr);
        assert_eq!(Lang::from_headers(&headers(None, None)), Lang::Fr);
    }

    #[test]
    fn no_text_is_empty_and_places_are_the_same_in_both() {
        let places = |text: &str| {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|p| p.split_once('}').map(|(n, _)| n.to_owned()))
                .collect();
            found.sort();
            found
        };
        for key in texts::ALL.iter().copied().flatten() {
            let (fr, en) = (Lang::Fr.t(*key), Lang::En.t(*key));
            assert!(!fr.trim().is_empty() && !en.trim().is_empty(), "{key:?}");
            assert_eq!(places(fr), places(en), "{key:?}");
        }
    }

    #[test]
    fn french_typography() {
        let pages = texts::ALL.iter().copied().flatten();
        let pages = pages.map(|key| (format!("{key:?}"), Lang::Fr.t(*key)));
        // What the API refuses stands beside fields of pages too.
        let refusals = crate::api::problem::Code::ALL.iter();
        let refusals = refusals.map(|c| (format!("{c:?}"), c.words(crate::api::problem::Language::Fr)));
        for (key, text) in pages.chain(refusals) {
            // An address is no sentence.
            let text = &text.replace("://", "");
            assert!(!text.contains('\''), "{key}: the apostrophe is ’");
            let chars: Vec<char> = text.chars().collect();
            for pair in chars.windows(2) {
                if matches!(pair[1], '?' | '!' | ';' | ':' | '»') {
                    assert!(
                        pair[0] == '\u{a0}' || pair[0] == '\u{202f}',
                        "{key}: a no-break space before {}: {text}",
                        pair[1]
                    );
                }
            }
        }
    }

    #[test]
    fn every_text_is_used() {
        fn read(dir: &std::path::Path, all: &mut String) {
            for entry in std::fs::read_dir(dir)
                .expect("sources")
                .map(|e| e.expect("entry").path())
            {
                if entry.is_dir() {
                    read(&entry, all);
                } else if entry.extension().is_some_and(|e| e == "rs") {
                    all.push_str(&std::fs::read_to_string(&entry).expect("source"));
                }
            }
        }
        let mut all = String::new();
        read(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages"),
            &mut all,
        );
        let words: std::collections::HashSet<&str> = all
            .split("T::")
            .skip(1)
            .map(|rest| {
                rest.split(|c: char| !c.is_ascii_alphanumeric())
                    .next()
                    .unwrap_or_default()
            })
            .collect();
        for key in texts::ALL.iter().copied().flatten() {
            assert!(words.contains(key.name), "{} is on no page", key.name);
        }
    }
}
