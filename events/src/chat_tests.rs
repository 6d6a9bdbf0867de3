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
        moderator: false,
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
    assert_eq!(c.did(ban("a", line, true)), ["ChatPersonBanned"]);
    assert_eq!(c.did(unban("a", true)), ["ChatPersonUnbanned"]);
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

fn ban(who: &str, message: MessageId, remove_lines: bool) -> ChatCommand {
    ChatCommand::Ban {
        who: who.to_owned(),
        person: sealed(who),
        by: sealed("m"),
        reason: Some(sealed("r")),
        message: Some(message),
        remove_lines,
        moderator: true,
        moderates: false,
    }
}

fn unban(who: &str, moderator: bool) -> ChatCommand {
    ChatCommand::Unban {
        who: who.to_owned(),
        moderator,
    }
}

#[test]
fn who_is_banned_writes_nothing_until_let_in_again() {
    let mut c = open();
    c.did(post(AuthorKind::Audience, "a", 1, 1));
    let line = MessageId(c.last_id().0);
    assert_eq!(c.did(ban("a", line, false)), ["ChatPersonBanned"]);
    assert!(c.did(ban("a", line, false)).is_empty(), "twice is once");
    assert_eq!(c.refused(&post(AuthorKind::Audience, "a", 1, 1)), Refusal::Banned);
    assert_eq!(c.did(post(AuthorKind::Audience, "b", 1, 1)), ["ChatMessagePosted"]);
    assert!(c.state.lines.contains_key(&line), "what was said stays");
    c.did(ChatCommand::SetOpen(false));
    assert_eq!(
        c.refused(&post(AuthorKind::Audience, "a", 1, 1)),
        Refusal::Banned,
        "nobody is told to wait for what won't let them in"
    );
    c.did(ChatCommand::SetOpen(true));
    assert_eq!(c.did(unban("a", true)), ["ChatPersonUnbanned"]);
    assert!(c.did(unban("a", true)).is_empty());
    assert_eq!(c.did(post(AuthorKind::Audience, "a", 1, 1)), ["ChatMessagePosted"]);
}

#[test]
fn a_ban_takes_all_lines_of_the_one_and_of_nobody_else_away() {
    let mut c = open();
    for who in ["a", "b", "a", "a"] {
        c.did(post(AuthorKind::Audience, who, 1, 1));
    }
    let line = MessageId(c.last_id().0);
    c.did(remove(line, "a", false));
    assert_eq!(
        c.did(ban("a", line, true)),
        ["ChatPersonBanned", "ChatMessageRemoved", "ChatMessageRemoved"],
        "also for a line that its author took away in time"
    );
    assert_eq!(c.state.lines.values().collect::<Vec<_>>(), ["b"]);
    assert!(c.did(ban("a", line, true)).is_empty());
}

#[test]
fn lines_left_by_a_first_ban_are_taken_away_by_a_second() {
    let mut c = open();
    c.did(post(AuthorKind::Audience, "a", 1, 1));
    let line = MessageId(c.last_id().0);
    c.did(ban("a", line, false));
    assert_eq!(c.did(ban("a", line, true)), ["ChatMessageRemoved"]);
}

#[test]
fn moderators_ban_and_are_not_banned() {
    let mut c = open();
    c.did(post(AuthorKind::Audience, "a", 1, 1));
    let by = |moderator, moderates| ChatCommand::Ban {
        who: "a".to_owned(),
        person: sealed("a"),
        by: sealed("m"),
        reason: None,
        message: None,
        remove_lines: true,
        moderator,
        moderates,
    };
    assert_eq!(c.refused(&by(false, false)), Refusal::NotModerator);
    assert_eq!(c.refused(&by(false, true)), Refusal::NotModerator);
    assert_eq!(c.refused(&by(true, true)), Refusal::Moderates);
    c.did(by(true, false));
    assert_eq!(c.refused(&unban("a", false)), Refusal::NotModerator);
}

#[test]
fn a_ban_means_nothing_for_who_moderates_since() {
    let mut c = open();
    c.did(ban("a", id(5), false));
    let ChatCommand::Post { who, author, text, .. } = post(AuthorKind::Presenter, "a", 1, 1) else {
        unreachable!()
    };
    let as_moderator = ChatCommand::Post {
        kind: AuthorKind::Presenter,
        who,
        author,
        text,
        units: 1,
        bytes: 1,
        max_units: 500,
        max_bytes: 900,
        moderator: true,
    };
    assert_eq!(c.did(as_moderator), ["ChatMessagePosted"]);
}

#[test]
fn what_the_room_said_was_said() {
    let mut c = open();
    c.did(ban("a", id(5), false));
    assert_eq!(c.did(post(AuthorKind::Room, "a", 1, 1)), ["ChatMessagePosted"]);
}
