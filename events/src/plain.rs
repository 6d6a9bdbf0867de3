//! What people write, without what nobody sees.

/// Whether the character may not stand in a name: controls, line separators, direction marks and invisible
/// blanks. With them a viewer's name can be made to read like somebody else's, or turn the line around.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether anything of a text is seen: blanks and marks of direction alone are an empty line with a name before it.
pub fn shows_something(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_unseen(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows() {
        for text in ["a", "\u{202e}a", "👩\u{200d}💻", "\u{5e9}"] {
            assert!(shows_something(text), "{text:?}");
        }
        for text in ["", " \t", "\u{202e}\u{2066}", "\u{200b} \u{feff}"] {
            assert!(!shows_something(text), "{text:?}");
        }
    }
}
