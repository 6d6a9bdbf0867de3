//! A line of chat and the name of who wrote it, on their way into the room and out of it.

use amphi::bbb::limits::{
    MAX_CHAT_UNITS, MAX_NAME_UNITS, ROOM_LINE_MAX, chat_units, plain_name, room_line, user_name_for,
};
use amphi::bbb::{ChatError, chat};
use amphi::gateways::sanitise;
use amphi_events::plain::{is_unseen, shows_something};
use url::form_urlencoded;

/// See the module. The first line is the name, the rest the text.
pub fn check(data: &[u8]) {
    let Ok(given) = str::from_utf8(data) else { return };
    let (name, text) = given.split_once('\n').unwrap_or(("", given));
    names(name);
    into_bbb(name, text);
    into_gateway(name, text);
    if let Some(line) = room_line(text) {
        assert!(shows_something(&line) && !line.contains(char::is_control) && line == line.trim());
        assert!(chat_units(&line) <= ROOM_LINE_MAX);
        assert_eq!(room_line(&line).as_ref(), Some(&line));
    }
}

fn names(name: &str) {
    let plain = plain_name(name);
    assert!(!plain.contains(is_unseen) && plain.len() <= name.len());
    assert_eq!(plain_name(&plain), plain, "nothing is left to take away");
    let user = user_name_for(name, " (live)");
    assert!(user.ends_with("(live)") && chat_units(&user) <= MAX_NAME_UNITS && !user.contains(is_unseen));
    assert!(user == "(live)" || user.ends_with(" (live)"));
}

fn into_bbb(name: &str, text: &str) {
    let user = user_name_for(name, " (live)");
    match chat::query("room-42", &user, text) {
        Ok(query) => {
            assert!((1..=MAX_CHAT_UNITS).contains(&chat_units(text)) && !text.chars().any(|c| c < ' '));
            let read: Vec<(String, String)> = form_urlencoded::parse(query.as_str().as_bytes()).into_owned().collect();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(
                read,
                [
                    pair("meetingID", "room-42"),
                    pair("message", text),
                    pair("userName", &user)
                ]
            );
        }
        Err(ChatError::TooLong) => assert!(chat_units(text) > MAX_CHAT_UNITS),
        Err(ChatError::Refused(_)) => assert!(text.trim().is_empty() || text.chars().any(|c| c < ' ')),
        Err(other) => panic!("{other}"),
    }
}

fn into_gateway(name: &str, text: &str) {
    let Some(line) = sanitise::line(name, text) else { return };
    assert!(line.len() <= sanitise::LINE_CAP && sanitise::cost(text) <= sanitise::TEXT_CAP);
    assert!(
        !line.contains(|c: char| c.is_control() || matches!(c, '\'' | '"' | '\\')),
        "{line:?}"
    );
    let (bytes, characters) = (line.len(), line.chars().count());
    for length in (bytes + 40..=bytes + 100).chain(characters + 40..=characters + 100) {
        assert!(!line.contains(&format!("{length}:")), "{length}: in {line:?}");
    }
}
