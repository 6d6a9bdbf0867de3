//! What people write, without what nobody sees.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether the character may not stand in a name: controls, line separators, direction marks, invisible
/// blanks and letters that are drawn as nothing. With them a viewer's name can be made to read like somebody else's, or turn the line around.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Most marks that stand on one letter. Tibetan and Hebrew with all its points need half of it; a hundred cover the lines above.
const MARKS: usize = 12;

/// Whether the character ends a line: controls, and the two separators that are none.
pub fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Whether so many marks stand on one letter that they cover what others wrote.
pub fn piles_up(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        let mark = matches!(
            c.general_category(),
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
        );
        // What nobody sees between two marks parts them for nobody.
        if mark {
            marks += 1;
        } else if !is_unseen(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{34f}') {
            marks = 0;
        }
        marks > MARKS
    })
}

/// A name without unfit characters, blanks collapsed and trimmed.
pub fn plain_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_whitespace() {
            if !plain.is_empty() && !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else if !is_unseen(character) {
            plain.push(character);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Longest name of a thing that the house names: a gateway, a broadcaster, a group, a token.
pub const LABEL_MAX: usize = 100;

/// Whether such a thing can be called so: something, on one line, and not too long.
pub fn is_label(name: &str) -> bool {
    (1..=LABEL_MAX).contains(&name.trim().chars().count()) && !name.chars().any(char::is_control)
}

/// Whether anything of a text is seen: blanks and marks of direction alone are an empty line with a name before it.
pub fn shows_something(text: &str) -> bool {
    // Joiners and selectors change what stands beside them; alone they are nothing.
    let beside = |c| matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    text.chars().any(|c| !c.is_whitespace() && !is_unseen(c) && !beside(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(plain_name("  Awa\u{202e}\n  D.\u{0} "), "Awa D.");
        assert_eq!(plain_name("\u{200b}\u{2066}"), "");
        assert_eq!(plain_name("a\u{a0}\u{2028}b\u{feff}"), "a b");
        assert_eq!(
            plain_name("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"),
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"
        );
        assert_eq!(
            plain_name("\u{646}\u{6cc}\u{200c}\u{645}"),
            "\u{646}\u{6cc}\u{200c}\u{645}",
            "Persian is written with it"
        );
    }

    #[test]
    fn marks_pile_up() {
        let marks = |n: usize| format!("a{}", "\u{301}".repeat(n));
        assert!(!piles_up(&marks(12)));
        assert!(piles_up(&marks(13)));
        assert!(!piles_up(&marks(12).repeat(40)), "each letter has its own");
        assert!(piles_up(&format!("a{}", "\u{301}\u{200b}".repeat(13))));
        assert!(piles_up(&format!("a{}", "\u{489}\u{34f}".repeat(13))));
        for text in [
            "",
            "e\u{301}t\u{e9}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "\u{5d1}\u{5bc}\u{5b0}\u{5e8}\u{5b5}",
            "\u{f67}\u{fb1}\u{fb2}\u{fb3}\u{fba}\u{fbb}\u{fbc}\u{f7e}",
        ] {
            assert!(!piles_up(text), "{text}");
        }
    }

    #[test]
    fn what_a_thing_may_be_called() {
        for good in ["a", " Amphi A ", &"é".repeat(LABEL_MAX)] {
            assert!(is_label(good), "{good:?}");
        }
        for bad in ["", "  ", "a\nb", "a\u{7}", &"é".repeat(LABEL_MAX + 1)] {
            assert!(!is_label(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_shows() {
        for text in ["a", "\u{202e}a", "👩\u{200d}💻", "\u{5e9}"] {
            assert!(shows_something(text), "{text:?}");
        }
        for text in [
            "",
            " \t",
            "\u{202e}\u{2066}",
            "\u{200b} \u{feff}",
            "\u{3164}",
            "\u{2800}\u{ad}",
            "\u{200d}\u{fe0f}",
            "\u{a0}\u{3000}",
        ] {
            assert!(!shows_something(text), "{text:?}");
        }
    }
}
