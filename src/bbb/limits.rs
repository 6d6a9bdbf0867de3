//! Limits and names of the way into BBB's chat (BBB contract §2.7, design §6).

pub use amphi_events::plain::plain_name;
use amphi_events::plain::{is_break, shows_something};

/// Longest chat line that BBB takes, in UTF-16 units (an emoji outside the first plane counts two).
pub const MAX_CHAT_UNITS: usize = 500;
/// Longest `userName`, in UTF-16 units.
pub const MAX_NAME_UNITS: usize = 255;

/// Longest line taken from the room, in UTF-16 units: what BBB's client lets people write.
pub const ROOM_LINE_MAX: usize = 5000;

/// A line that was written in the room, as the live page shows it; `None` where nothing of it would be seen.
pub fn room_line(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    let line = plain.trim();
    (shows_something(line) && chat_units(line) <= ROOM_LINE_MAX).then(|| line.to_owned())
}

/// Length of a text as BBB counts it.
pub fn chat_units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The `userName` of a line from the live page: the person's name, then a mark that says where it comes from
/// (for instance `(direct)`). The name is cut to fit; the mark never is, because without it a viewer could
/// speak in the room under a presenter's name.
pub fn user_name_for(name: &str, mark: &str) -> String {
    let mark = plain_name(mark);
    let name = plain_name(name);
    if name.is_empty() {
        return fit(&mark, MAX_NAME_UNITS).to_owned();
    }
    if mark.is_empty() {
        return fit(&name, MAX_NAME_UNITS).to_owned();
    }
    let room = MAX_NAME_UNITS.saturating_sub(chat_units(&mark) + 1);
    let name = fit(&name, room).trim_end();
    format!("{name} {mark}")
}

/// The longest beginning within that many UTF-16 units, cut between characters.
fn fit(text: &str, units: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.len_utf16();
        if used > units {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_java() {
        assert_eq!(chat_units("été"), 3);
        assert_eq!(chat_units("👋"), 2);
        assert_eq!(chat_units(&"👋".repeat(250)), MAX_CHAT_UNITS);
    }

    #[test]
    fn a_line_of_the_room_shows_something_and_is_one_line() {
        assert_eq!(room_line(" a\r\nb\u{2028}c\u{7} ").as_deref(), Some("a  b c"));
        assert_eq!(room_line("\u{202e}abc").as_deref(), Some("\u{202e}abc"));
        for nothing in ["", " \n\t", "\u{200b}\u{202e}", "\u{0}"] {
            assert_eq!(room_line(nothing), None, "{nothing:?}");
        }
        assert!(room_line(&"👋".repeat(ROOM_LINE_MAX / 2)).is_some());
        assert_eq!(room_line(&"👋".repeat(ROOM_LINE_MAX / 2 + 1)), None);
    }

    #[test]
    fn a_name_cannot_turn_the_line_or_hide_its_mark() {
        assert_eq!(
            user_name_for("  Awa\u{202e}\n  D.\u{0} ", "(direct)"),
            "Awa D. (direct)"
        );
        assert_eq!(user_name_for("\u{200b}\u{2066}", "(direct)"), "(direct)");
        let long = user_name_for(&"👋".repeat(300), "(direct)");
        assert!(chat_units(&long) <= MAX_NAME_UNITS);
        assert!(long.ends_with("👋 (direct)"));
        assert_eq!(user_name_for("Ada", ""), "Ada");
    }
}
