//! Given, when, then: chat.

use super::*;
use crate::story::{Story, id, sealed};

const NOON: i64 = 1_800_000_000_000;

fn post(kind: AuthorKind, who: &str, units: u32, bytes: u32) -> ChatCommand {
    ChatCommand::Post {
        kind,
        who: who.to_owned(),
        author: sealed(who),
        text: sealed("text"),
        units,
        bytes,
        max_units: 500,
        max_bytes: 900,
    }
}

fn remove(message: MessageId, who: &str, moderator: bool) -> ChatCommand {
    ChatCommand::Remove {
        message,
        who: who.to_owned(),
        moderator,
    }
}

fn open() -> Story<Chat> {
    let mut story = Story::at(NOON);
    assert_eq!(story.did(ChatCommand::SetOpen(true)), ["ChatOpened"]);
    story
}

#[test]
fn a_whole_life() {
    let mut c = open();
    assert!(c.did(ChatCommand::SetOpen(true)).is_empty());
    assert_eq!(c.did(post(AuthorKind::Audience, "a", 500, 900)), ["ChatMessagePosted"]);
    let line = MessageId(c.last_id().0);
    assert_eq!(
        c.state.lines.get(&line).map(String::as_str),
        Some("a"),
        "a line is named by its event"
    );
    assert_eq!(c.did(remove(line, "a", false)), ["ChatMessageRemoved"]);
    assert_eq!((c.state.lines.len(), c.state.removed), (0, 1));
    assert_eq!(c.did(ChatCommand::SetOpen(false)), ["ChatClosed"]);
    assert!(c.did(ChatCommand::SetOpen(false)).is_empty());
    c.tells_all();
}

#[test]
fn a_closed_chat_takes_lines_from_the_room_only() {
    let mut c = Story::<Chat>::at(NOON);
    for kind in [AuthorKind::Audience, AuthorKind::Presenter] {
        assert_eq!(c.refused(&post(kind, "a", 1, 1)), Refusal::Closed);
    }
    for kind in [AuthorKind::Room, AuthorKind::System] {
        assert_eq!(
            c.did(post(kind, "b", 9999, 9999)),
            ["ChatMessagePosted"],
            "it was said already"
        );
    }
}

#[test]
fn a_line_that_the_room_does_not_take_is_refused_not_cut() {
    let c = open();
    assert_eq!(c.refused(&post(AuthorKind::Audience, "a", 501, 501)), Refusal::TooLong);
    assert_eq!(c.refused(&post(AuthorKind::Presenter, "a", 1, 901)), Refusal::TooLong);
}

#[test]
fn its_author_or_a_moderator_takes_a_line_away() {
    let mut c = open();
    c.did(post(AuthorKind::Audience, "a", 1, 1));
    let line = MessageId(c.last_id().0);
    assert_eq!(c.refused(&remove(line, "b", false)), Refusal::Forbidden);
    assert_eq!(c.did(remove(line, "b", true)), ["ChatMessageRemoved"]);
    assert_eq!(c.refused(&remove(line, "b", true)), Refusal::NoMessage);
    assert_eq!(c.refused(&remove(id(5), "b", true)), Refusal::NoMessage);
}

#[test]
fn a_chat_that_was_opened_remembers_it() {
    let mut c = Story::<Chat>::at(1_800_000_000_000);
    assert!(!c.state.was_open);
    c.did(ChatCommand::SetOpen(true));
    c.did(ChatCommand::SetOpen(false));
    assert!(
        c.state.was_open && !c.state.open,
        "or the plan would open again what a presenter closed"
    );
}
