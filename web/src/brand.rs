//! The house's own name, logo and accent colour (settings `brand_*`), kept legible whatever colour is chosen.

use std::path::PathBuf;
use std::sync::Arc;

use crate::pages::assets;

/// Ground of dark pages; the accent must be legible on it (`--sheet` of the dark scheme in `style/tokens.css`).
const DARK: Rgb = Rgb(0x1c, 0x21, 0x2b);
/// The darkest ground of light pages (`--sunken`).
const LIGHT: Rgb = Rgb(0xe9, 0xed, 0xf4);
/// What `--accent-soft` mixes the accent into, in light pages (`--sheet`).
const LIGHT_SHEET: Rgb = WHITE;
/// The accent's share in `--accent-soft`.
const SOFT: f64 = 0.09;
/// WCAG 2.2 AA for text.
const LEGIBLE: f64 = 4.5;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let at = |n: usize| u8::from_str_radix(digits.get(n..n + 2)?, 16).ok();
        Some(Self(at(0)?, at(2)?, at(4)?))
    }

    fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Relative luminance (WCAG).
    fn luminance(self) -> f64 {
        let one = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * one(self.0) + 0.7152 * one(self.1) + 0.0722 * one(self.2)
    }

    /// Contrast with another colour (WCAG): 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn towards(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// This colour, moved towards `end` until it is legible on `ground` and on `sheet` with some of itself in it (what is
    /// chosen in a list is written so).
    fn legible_on(self, ground: Self, sheet: Self, end: Self) -> Self {
        (0..=50)
            .map(|n| self.towards(end, f64::from(n) / 50.0))
            .find(|c| c.contrast(ground) >= LEGIBLE && c.contrast(sheet.towards(*c, SOFT)) >= LEGIBLE)
            .unwrap_or(end)
    }
}

const WHITE: Rgb = Rgb(255, 255, 255);
const BLACK: Rgb = Rgb(0, 0, 0);

/// A logo: the bytes of a picture file.
#[derive(Debug, Clone)]
pub struct Logo {
    /// `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
}

/// What the house looks like.
#[derive(Debug, Clone)]
pub struct Brand {
    /// Name in the head of every page and in its title.
    pub name: String,
    /// Logo beside the name; `None`: ours.
    pub logo: Option<Logo>,
    /// The whole style sheet, accent included.
    pub sheet: Arc<str>,
    /// Its address, which changes with it.
    pub sheet_address: String,
    /// The logo's address.
    pub logo_address: String,
    /// For work on the pages: files are read here at each request instead of from the program.
    pub folder: Option<PathBuf>,
}

impl Brand {
    /// From the settings: name, accent (`None`: ours) and logo.
    pub fn new(name: impl Into<String>, accent: Option<Rgb>, logo: Option<Logo>) -> Self {
        let mut sheet = assets::sheet();
        if let Some(accent) = accent {
            sheet.push_str(&accent_rules(accent));
        }
        let sheet_address = format!("/assets/style.css?v={}", assets::short_hash(sheet.as_bytes()));
        let logo_address = logo.as_ref().map_or_else(
            || assets::asset("icon.svg"),
            |l| format!("/assets/logo?v={}", assets::short_hash(&l.bytes)),
        );
        Self {
            name: name.into(),
            logo,
            sheet: sheet.into(),
            sheet_address,
            logo_address,
            folder: None,
        }
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self::new("Amphi", None, None)
    }
}

fn accent_rules(accent: Rgb) -> String {
    // What is legible on a light ground has white written on it, also while a pointer darkens it; and the other way round.
    let one = |ground: Rgb, sheet: Rgb, end: Rgb, on: Rgb| {
        let accent = accent.legible_on(ground, sheet, end);
        format!("--accent:{};--on-accent:{}", accent.css(), on.css())
    };
    format!(
        ":root{{{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        one(LIGHT, LIGHT_SHEET, BLACK, WHITE),
        one(DARK, DARK, WHITE, BLACK)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_accent_is_legible(r: u8, g: u8, b: u8) {
            for (ground, sheet, end, on, ink) in [
                (LIGHT, LIGHT_SHEET, BLACK, WHITE, Rgb(0x17, 0x1b, 0x24)),
                (DARK, DARK, WHITE, BLACK, Rgb(0xed, 0xf0, 0xf6)),
            ] {
                let accent = Rgb(r, g, b).legible_on(ground, sheet, end);
                for under in [ground, sheet, sheet.towards(accent, SOFT)] {
                    prop_assert!(accent.contrast(under) >= LEGIBLE, "{accent:?} on {under:?}");
                }
                // A button under the pointer: `color-mix(in srgb, var(--accent) 88%, var(--ink))`.
                for under in [accent, accent.towards(ink, 0.12)] {
                    prop_assert!(on.contrast(under) >= LEGIBLE, "text on {under:?}");
                }
            }
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_sheet() {
        let sheet = assets::sheet();
        assert!(sheet.contains(&format!("--sunken: {};", LIGHT.css())));
        assert!(sheet.contains(&format!("--sheet: {};", LIGHT_SHEET.css())));
        assert!(sheet.contains("--accent-soft: color-mix(in srgb, var(--accent) 9%, var(--sheet))"));
        assert!(sheet.contains(&format!("--sheet: {};", DARK.css())));
    }

    #[test]
    fn colours_are_read_or_refused() {
        assert_eq!(Rgb::parse("#0a1Bff"), Some(Rgb(10, 27, 255)));
        for bad in ["", "#fff", "0a1bff", "#0a1bfg", "#é1bff"] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }
}
