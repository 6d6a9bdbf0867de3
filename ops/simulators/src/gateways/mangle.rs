//! What survives the way from `POST /chat` into the room (gateway contract §2.6, measured).

use std::fmt::Write as _;

/// What comes of one chat message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mangled {
    /// What the call answers in `res`.
    pub res: &'static str,
    /// The lines that the robot types; none when the message is lost.
    pub lines: Vec<String>,
    /// The robot's event loop dies.
    pub kills: bool,
}

const OK: &str = "ok";
const UNTERMINATED: &str = "/bin/sh: 1: Syntax error: Unterminated quoted string";
/// Buffer of the reader (1024) less the JSON wrapper (53).
const ROOM_IN_FRAME: usize = 971;
const WRAPPER: usize = 53;

impl Mangled {
    fn lost(res: &'static str) -> Self {
        Self {
            res,
            lines: Vec::new(),
            kills: false,
        }
    }

    fn killing() -> Self {
        Self {
            res: OK,
            lines: Vec::new(),
            kills: true,
        }
    }
}

/// The shell and the reader of G1 and G2.
pub fn g1_g2(text: &str) -> Mangled {
    match text.matches('\'').count() {
        0 => {}
        odd if odd % 2 == 1 => return Mangled::lost(UNTERMINATED),
        // The shell swallows a pair of quotes.
        _ => return g1_g2(&text.replace('\'', "")),
    }
    if text.len() > ROOM_IN_FRAME {
        // Half a character at the end of the buffer is what the event loop does not survive.
        return if text.is_ascii() {
            Mangled::lost(OK)
        } else {
            Mangled::killing()
        };
    }
    // The reader takes the first "length:" for the start of the frame.
    if text.contains('"') || text.contains(&format!("{}:", text.len() + WRAPPER)) {
        return Mangled::lost(OK);
    }
    match unescape(text) {
        Some(text) => Mangled {
            res: OK,
            lines: typed(&text),
            kills: false,
        },
        None => Mangled::lost(OK),
    }
}

/// The shell and the reader of G3.
pub fn g3(text: &str) -> Mangled {
    if text.contains(['\'', '"']) {
        return Mangled::lost(OK);
    }
    // Observed deaths: 970 and 1100 characters; long text of many bytes "sometimes". Fixed here, so that a test is sure.
    let over = text.len() > ROOM_IN_FRAME;
    if text.len() == 970 || text.chars().count() >= 1_100 || (over && !text.is_ascii()) {
        return Mangled::killing();
    }
    let mut shown = String::from("b'");
    for character in text.chars().filter(|&character| character != '\\') {
        if character.is_ascii() {
            shown.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                // Writing into a String does not fail.
                let _ = write!(shown, "x{byte:02x}");
            }
        }
    }
    shown.push('\'');
    Mangled {
        res: OK,
        lines: typed(&shown),
        kills: false,
    }
}

/// Backslashes are read as JSON escapes; an unknown one loses the message.
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        out.push(match characters.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            same @ ('\\' | '/') => same,
            'u' => {
                let digits: String = characters.by_ref().take(4).collect();
                u32::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 4)
                    .and_then(char::from_u32)?
            }
            _ => return None,
        });
    }
    Some(out)
}

/// Keys: newline sends, tab leaves the field and the rest is lost.
fn typed(text: &str) -> Vec<String> {
    let kept = text.split('\t').next().unwrap_or_default();
    // What was typed before a tab but not sent by a newline is still sent by the click on the button.
    kept.split(['\n', '\r'])
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mangled: &Mangled) -> Vec<&str> {
        mangled.lines.iter().map(String::as_str).collect()
    }

    #[test]
    fn table_of_g1_and_g2() {
        for exact in ["hello", "élève ’œ’ 🎉", "$HOME `ls` <b> & ; % {}"] {
            assert_eq!(lines(&g1_g2(exact)), [exact]);
        }
        assert_eq!(g1_g2("it's me").res, UNTERMINATED);
        assert!(g1_g2("it's me").lines.is_empty());
        assert_eq!(lines(&g1_g2("a 'b' c")), ["a b c"]);
        assert_eq!(g1_g2("say \"x\""), Mangled::lost("ok"));
        assert_eq!(lines(&g1_g2("a\\nb")), ["a", "b"]);
        assert_eq!(g1_g2("a\\qb"), Mangled::lost("ok"));
        assert_eq!(lines(&g1_g2("a\nb\tc")), ["a", "b"]);
        assert_eq!(lines(&g1_g2(&"x".repeat(971))).len(), 1);
        assert_eq!(g1_g2(&"x".repeat(972)), Mangled::lost("ok"));
        assert!(g1_g2(&"é".repeat(500)).kills);
        assert_eq!("at 63: see".len(), 10);
        assert_eq!(g1_g2("at 63: see"), Mangled::lost("ok"));
    }

    #[test]
    fn table_of_g3() {
        assert_eq!(lines(&g3("(Ada L) hello")), ["b'(Ada L) hello'"]);
        assert_eq!(lines(&g3("é")), ["b'xc3xa9'"]);
        assert_eq!(g3("it's"), Mangled::lost("ok"));
        assert_eq!(g3("a \"b\""), Mangled::lost("ok"));
        assert_eq!(lines(&g3("a\\nb")), ["b'anb'"]);
        assert_eq!(lines(&g3("at 63: see")), ["b'at 63: see'"]);
        assert!(g3(&"x".repeat(1_100)).kills);
        assert!(g3(&"é".repeat(500)).kills);
        assert_eq!(g3(&"x".repeat(1_000)).lines.len(), 1);
    }
}
