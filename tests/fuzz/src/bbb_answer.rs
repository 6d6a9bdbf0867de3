//! Answers of BBB: XML that may be cut, hostile, or of somebody else.

use amphi::bbb::answers::{Created, HookListed, MeetingSummary, RoomInfo, Version};
use amphi::bbb::xml::{Element, envelope, parse};
use amphi::bbb::{BbbError, Unavailable};

/// Deeper than this nothing is read.
const DEPTH: usize = 32;

/// See the module.
pub fn check(data: &[u8]) {
    if let Ok(root) = parse(data) {
        let (bytes, depth) = measured(&root);
        assert!(bytes <= data.len(), "{bytes} bytes out of {}", data.len());
        assert!(depth <= DEPTH);
        if printable(&root) {
            let mut printed = String::new();
            print(&root, &mut printed);
            let again = parse(printed.as_bytes()).expect("what was printed is read");
            assert!(same(&root, &again), "{printed}");
        }
    }
    match envelope(data) {
        Ok(root) => answers(&root, data.len()),
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() <= 400 && !said.contains(char::is_control), "{said:?}");
            assert!(format!("{error:?}").len() <= 8_000);
            // An error is unknown, never over: only a whole answer that says FAILED is a refusal.
            if let BbbError::Refused { .. } = error {
                let root = parse(data).expect("a refusal is a whole document");
                assert_eq!(root.text_of("returncode"), "FAILED");
            } else {
                assert!(matches!(
                    error,
                    BbbError::Unavailable {
                        kind: Unavailable::Unreadable(_) | Unavailable::Empty
                    }
                ));
            }
        }
    }
}

fn answers(root: &Element, bytes: usize) {
    let _ = Version::read(root);
    if let Ok(created) = Created::read(root) {
        assert!((1..=256).contains(&created.internal_id.len()) && !created.internal_id.contains(char::is_control));
    }
    if let Ok(info) = RoomInfo::read(root) {
        assert!(
            info.attendees
                .iter()
                .map(|a| a.name.len() + a.user_id.len())
                .sum::<usize>()
                <= bytes
        );
    }
    if let Ok(meetings) = MeetingSummary::read_all(root) {
        // No answer is read as "no meeting" unless it says so: it would end every live.
        // What is kept of other applications' meetings is bounded.
        assert!(meetings.len() <= 1000);
        for (id, name) in meetings.iter().flat_map(|m| &m.moderating) {
            assert!(id.chars().count() <= 255 && name.chars().count() <= 255);
        }
        assert!(!meetings.is_empty() || root.child("meetings").is_some() || root.text_of("messageKey") == "noMeetings");
    }
    for hook in HookListed::read_all(root) {
        // The address holds a token.
        assert!(
            hook.callback_url.len() < 12
                || !format!("{hook:?}").contains(&hook.callback_url)
                || hook.id.contains(&hook.callback_url)
                || hook.meeting_id.is_some_and(|id| id.contains(&hook.callback_url))
        );
    }
}

fn measured(element: &Element) -> (usize, usize) {
    element.children.iter().map(measured).fold(
        (element.name.len() + element.text.len(), 1),
        |(bytes, depth), (b, d)| (bytes + b, depth.max(d + 1)),
    )
}

/// Whether all names are such that they can be written again as they are: prefixes are not kept, and the reader is more
/// liberal than XML is.
fn printable(element: &Element) -> bool {
    let name = !element.name.is_empty()
        && element
            .name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    name && element.children.iter().all(printable)
}

fn print(element: &Element, out: &mut String) {
    out.extend(["<", &element.name, ">"]);
    for c in element.text.chars() {
        match c {
            '<' | '>' | '&' | '\r' => out.extend(["&#", &u32::from(c).to_string(), ";"]),
            c => out.push(c),
        }
    }
    for child in &element.children {
        print(child, out);
    }
    out.extend(["</", &element.name, ">"]);
}

fn same(a: &Element, b: &Element) -> bool {
    (&a.name, &a.text, a.children.len()) == (&b.name, &b.text, b.children.len())
        && a.children.iter().zip(&b.children).all(|(a, b)| same(a, b))
}
