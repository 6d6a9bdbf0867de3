//! Given, when, then: page.

use super::*;
use crate::story::{Story, id};

fn door(draft: bool, groups: &[&str]) -> PageCommand {
    PageCommand::Door {
        draft,
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        password: None,
    }
}

fn password(draft: bool, groups: &[&str], set: bool) -> PageCommand {
    PageCommand::Door {
        draft,
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        password: Some(set),
    }
}

fn pin(n: u128, text: &str, house: bool) -> PageCommand {
    PageCommand::Pin {
        announcement: id(n),
        text: text.to_owned(),
        house,
    }
}

fn down(n: u128, house: bool) -> PageCommand {
    PageCommand::TakeDown {
        announcement: id(n),
        house,
    }
}

#[test]
fn a_whole_page() {
    let mut p = Story::<Page>::at(1);
    let details = PageDetails {
        description: "About waves".into(),
        below_url: Some("https://quiz.univ.example/1".into()),
        below_height: 300,
        ..PageDetails::default()
    };
    let change = || PageCommand::Change(Box::new(details.clone()));
    assert_eq!(p.did(change()), ["PageChanged"]);
    assert!(p.did(change()).is_empty());
    assert_eq!(p.did(door(false, &["maths"])), ["PageDoorSet"]);
    assert!(p.did(door(false, &["maths"])).is_empty());
    assert_eq!(p.did(password(false, &["maths"], true)), ["PagePasswordSet"]);
    assert_eq!(
        p.did(password(false, &["maths"], true)),
        ["PagePasswordSet"],
        "another one"
    );
    assert_eq!(p.did(PageCommand::MakeLink), ["PageLinkMade"]);
    let picture = HoldPicture {
        id: id(5),
        media: "image/png".into(),
        bytes: 100,
    };
    assert_eq!(p.did(PageCommand::Picture(Some(picture.clone()))), ["PagePictureSet"]);
    assert!(p.did(PageCommand::Picture(Some(picture))).is_empty());
    assert_eq!(p.did(pin(1, "Back at ten", false)), ["AnnouncementPinned"]);
    assert!(p.did(pin(1, "Back at ten", false)).is_empty(), "it is there");
    assert_eq!(p.did(down(1, false)), ["AnnouncementTakenDown"]);
    assert_eq!(p.refused(&down(1, false)), Refusal::NoAnnouncement);
    p.tells_all();
}

/// Census §5.2: a draft clears password, restriction and groups.
#[test]
fn a_draft_has_neither_groups_nor_a_password() {
    let mut p = Story::<Page>::at(1);
    p.did(door(false, &["maths"]));
    p.did(password(false, &["maths"], true));
    let before = p.state.door;
    assert_eq!(p.did(door(true, &["maths"])), ["PageDoorSet", "PagePasswordSet"]);
    assert!(p.state.draft && p.state.groups.is_empty() && !p.state.password);
    assert!(p.state.door > before, "who was let in is asked again");
    assert_eq!(p.refused(&password(true, &[], true)), Refusal::Draft);
    assert!(p.did(password(true, &[], false)).is_empty());
    // Published with a password: in one step, or it would be open in between.
    assert_eq!(p.did(password(false, &[], true)), ["PageDoorSet", "PagePasswordSet"]);
}

#[test]
fn what_a_page_takes_is_bounded() {
    let p = Story::<Page>::at(1);
    let refused = |change: fn(&mut PageDetails)| {
        let mut details = PageDetails::default();
        change(&mut details);
        p.refused(&PageCommand::Change(Box::new(details)))
    };
    assert_eq!(refused(|d| d.description.0 = "é".repeat(4001)), Refusal::TextTooLong);
    assert_eq!(refused(|d| d.kind.0 = "é".repeat(101)), Refusal::TextTooLong);
    assert_eq!(
        refused(|d| d.beside_url = Some("javascript:alert(1)".into())),
        Refusal::Address { field: "beside_url" }
    );
    assert_eq!(
        refused(|d| d.hold_video_url = Some("https://a b".into())),
        Refusal::Address {
            field: "hold_video_url"
        }
    );
    assert_eq!(refused(|d| d.below_url = Some("https://a/b".into())), Refusal::Height);
    let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(p.refused(&door(false, &many)), Refusal::TooManyGroups);
    for text in ["", "  ", "a\nb", "\u{200b}"] {
        assert_eq!(p.refused(&pin(1, text, false)), Refusal::Announcement, "{text:?}");
    }
    assert_eq!(p.refused(&pin(1, &"x".repeat(501), false)), Refusal::Announcement);
}

#[test]
fn few_are_pinned_and_what_the_house_says_makes_room() {
    let mut p = Story::<Page>::at(1);
    for n in 0..PINNED_MAX as u128 {
        p.did(pin(n, "Read this", false));
    }
    assert_eq!(p.refused(&pin(9, "And this", false)), Refusal::TooManyPinned);
    assert_eq!(
        p.did(pin(9, "Leave the building", true)),
        ["AnnouncementTakenDown", "AnnouncementPinned"]
    );
    assert_eq!(p.state.pinned.len(), PINNED_MAX);
    assert_eq!(p.state.pinned.last().map(|a| (a.id, a.house)), Some((id(9), true)));
}

/// A presenter took away what was said to all lives, and the second word of the house pushed out its first.
#[test]
fn what_the_house_says_stays_until_the_house_takes_it_down() {
    let mut p = Story::<Page>::at(1);
    p.did(pin(20, "Leave the building", true));
    assert_eq!(p.refused(&down(20, false)), Refusal::OfTheHouse);
    for n in 1..PINNED_MAX as u128 {
        p.did(pin(n, "Read this", false));
    }
    p.did(pin(21, "By the north door", true));
    let held: Vec<_> = p.state.pinned.iter().map(|a| a.id).collect();
    assert_eq!(held, [id(20), id(2), id(3), id(4), id(21)], "a presenter's makes room");
    for n in 22..25 {
        p.did(pin(n, "And more", true));
    }
    p.did(pin(25, "And more", true));
    assert_eq!(p.state.pinned.len(), PINNED_MAX);
    assert!(
        p.state.pinned.iter().all(|a| a.id != id(20)),
        "where all are the house's its oldest"
    );
    assert_eq!(p.did(down(25, true)), ["AnnouncementTakenDown"]);
    assert_eq!(p.refused(&down(25, false)), Refusal::NoAnnouncement);
}
