//! What may be sent to a gateway (gateway contract §2.3, §2.6). Its launcher passes texts through a shell, and a
//! message that is too long kills the robot and with it the stream.

use crate::bbb::limits::plain_name;

/// Longest line in bytes, prefix included.
pub const LINE_CAP: usize = 900;
/// The share of the sender's name; a longer one is cut, so that the text's limit does not depend on it.
pub const NAME_CAP: usize = 64;
/// Longest text in bytes, counted by [`cost`]: the line without `(NAME) `.
pub const TEXT_CAP: usize = LINE_CAP - NAME_CAP - 3;

/// The text as the gateway survives it: quotes to `’`, no backslash, blanks for control characters, trimmed.
pub fn text(text: &str) -> String {
    let mapped: String = text
        .chars()
        .filter(|c| *c != '\\')
        .map(|c| match c {
            '\'' | '"' => '’',
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    mapped.trim().to_owned()
}

/// Bytes that a text takes on the way: a plain quote counts three.
pub fn cost(raw: &str) -> usize {
    text(raw).len()
}

/// The whole line `(Name) text`; `None` when the text is empty or too long: refused, never cut (design §6).
pub fn line(from: &str, raw: &str) -> Option<String> {
    let body = text(raw);
    if body.is_empty() || body.len() > TEXT_CAP {
        return None;
    }
    let name = text(&plain_name(from));
    let name = name[..floor(&name, NAME_CAP)].trim_end();
    let line = if name.is_empty() {
        body
    } else {
        format!("({name}) {body}")
    };
    without_frame_length(line)
}

/// The line `(Name) text` for a robot that is handed it as it is and types it (gateway contract §6.2): quotes and backslashes survive, a
/// line break would send it early and a tab leave the field. `None` when it is empty or longer than elsewhere: refused, never cut.
pub fn typed(from: &str, raw: &str) -> Option<String> {
    if cost(raw) == 0 || cost(raw) > TEXT_CAP {
        return None;
    }
    let blank = |c: char| {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            ' '
        } else {
            c
        }
    };
    let body: String = raw.chars().map(blank).collect();
    let name: String = plain_name(from).chars().map(blank).collect();
    let name = name[..floor(&name, NAME_CAP)].trim();
    Some(if name.is_empty() {
        body.trim().to_owned()
    } else {
        format!("({name}) {}", body.trim())
    })
}

/// The robot's reader looks for its own frame length followed by a colon, anywhere: such a text is lost. The
/// frame is the text plus a wrapper of about 53 bytes, so a number in that range gets a blank before its colon.
fn without_frame_length(mut line: String) -> Option<String> {
    // A blank changes the length and so the range: again until nothing changes. A text made of such numbers
    // alone would grow out of its limit, and is refused like one that is too long.
    for _ in 0..4 {
        let next = spaced(&line);
        if next.len() > LINE_CAP {
            return None;
        }
        if next == line {
            return Some(line);
        }
        line = next;
    }
    None
}

fn spaced(line: &str) -> String {
    let (bytes, characters) = (line.len(), line.chars().count());
    let near = |number: usize| {
        (bytes + 40..=bytes + 100).contains(&number) || (characters + 40..=characters + 100).contains(&number)
    };
    // The reader may start in the middle of a number: whatever its end reads counts.
    let ends_near = |digits: &str| (0..digits.len()).any(|from| digits[from..].parse().is_ok_and(near));
    let mut out = String::with_capacity(line.len() + 4);
    let mut digits = String::new();
    for c in line.chars() {
        if c == ':' && ends_near(&digits) {
            out.push(' ');
        }
        if c.is_ascii_digit() {
            digits.push(c);
            // No frame has a longer length than four digits.
            if digits.len() > 4 {
                digits.remove(0);
            }
        } else {
            digits.clear();
        }
        out.push(c);
    }
    out
}

fn floor(text: &str, cap: usize) -> usize {
    let mut at = text.len().min(cap);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a domain can be sent: host, port and path characters only.
pub fn is_safe_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.len() <= 253
        && domain
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_:/[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_shell_or_a_keyboard_would_take_is_gone() {
        assert_eq!(text("c'est \"ça\"\\n\n\tfini\u{7}"), "c’est ’ça’n  fini");
        assert_eq!(line("Ada L", "hello").as_deref(), Some("(Ada L) hello"));
        assert_eq!(line("", "hello").as_deref(), Some("hello"));
        assert_eq!(line("Ada", " \n "), None);
    }

    #[test]
    fn what_is_handed_over_as_it_is_keeps_its_quotes_and_no_line_break() {
        assert_eq!(
            typed("Ada L", "c'est \"ça\" \\o/\n\tfini").as_deref(),
            Some("(Ada L) c'est \"ça\" \\o/  fini")
        );
        assert_eq!(typed("", "  oui ").as_deref(), Some("oui"));
        assert_eq!(typed("Ada", "\n"), None);
        assert_eq!(typed("Ada", &"é".repeat(TEXT_CAP)), None);
    }

    #[test]
    fn too_long_is_refused_and_never_cut() {
        let fits = "é".repeat(TEXT_CAP / 2);
        let whole = line(&"é".repeat(200), &fits).expect("fits");
        assert!(whole.len() <= LINE_CAP);
        assert!(whole.ends_with(&fits));
        assert_eq!(line("Ada", &"é".repeat(TEXT_CAP)), None);
        assert_eq!(cost("'"), 3);
    }

    #[test]
    fn a_line_cannot_look_like_its_own_frame() {
        assert_eq!(line("", "at 63: see").as_deref(), Some("at 63 : see"));
        assert_eq!(line("", "à 10:30").as_deref(), Some("à 10:30"));
    }

    #[test]
    fn a_longer_number_may_end_in_the_frames_length() {
        // The reader starts wherever its digits are: `63:` also stands in `163:` and in `2063:`.
        assert_eq!(line("", "at 163: see").as_deref(), Some("at 163 : see"));
        assert_eq!(line("", "at 2063: it").as_deref(), Some("at 2063 : it"));
        assert_eq!(line("", "at 9063.5: it").as_deref(), Some("at 9063.5: it"));
    }

    proptest! {
        /// Whatever is written, what goes to a gateway is something that its launcher, its shell and its robot survive.
        #[test]
        fn what_goes_out_is_survived(from in "\\PC{0,90}", raw in words()) {
            if let Some(line) = line(&from, &raw) {
                prop_assert!(line.len() <= LINE_CAP);
                prop_assert!(!line.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '\\')), "{line:?}");
                let (bytes, characters) = (line.len(), line.chars().count());
                for length in (bytes + 40..=bytes + 100).chain(characters + 40..=characters + 100) {
                    prop_assert!(!line.contains(&format!("{length}:")), "{length}: in {line:?}");
                }
            }
        }

        /// The limit that the composer shows is the one that is kept: a text within it goes out, whoever wrote it.
        #[test]
        fn a_text_within_the_limit_goes_out(from in "\\PC{0,90}", raw in "\\PC{1,600}") {
            let fits = (1..=TEXT_CAP).contains(&cost(&raw));
            // Numbers before colons may grow; a text full of them is the one case that may be refused.
            if !raw.contains(':') && !from.contains(':') {
                prop_assert_eq!(line(&from, &raw).is_some(), fits);
            }
        }
    }

    /// Texts, most of them with numbers and colons.
    fn words() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            "[0-9]{1,5}:",
            "[0-9]{1,5}",
            "[0-9:.]{1,12}",
            "[a-z']{1,20}",
            "\\PC{1,20}",
            any::<char>().prop_map(String::from),
        ];
        (proptest::collection::vec(word, 1..60), prop_oneof![Just(" "), Just("")])
            .prop_map(|(words, gap)| words.join(gap))
    }

    #[test]
    fn alphabets() {
        assert!(is_safe_domain("amphi.univ.fr:8443/robot") && !is_safe_domain("a b") && !is_safe_domain("a'b"));
    }
}
