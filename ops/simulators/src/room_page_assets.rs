//! Style, script and words of the room page.

use axum::http::{HeaderMap, header};

/// Words of the page in one language.
pub struct Words {
    pub lang: &'static str,
    pub leave: &'static str,
    pub end: &'static str,
    pub sure: &'static str,
    pub people: &'static str,
    pub chat: &'static str,
    pub message: &'static str,
    pub send: &'static str,
    pub wait: &'static str,
    pub waits: &'static str,
    pub accept: &'static str,
    pub lost: &'static str,
    pub gone: &'static str,
    pub gone_why: &'static str,
    pub no_cookie: &'static str,
    pub bye: &'static str,
    pub bye_why: &'static str,
    pub simulated: &'static str,
    pub moderator: &'static str,
    pub presenter: &'static str,
    pub robot: &'static str,
    pub you: &'static str,
    pub nothing: &'static str,
}

const FRENCH: Words = Words {
    lang: "fr",
    leave: "Quitter",
    end: "Terminer la réunion",
    sure: "Terminer la réunion pour tout le monde ?",
    people: "Dans la salle",
    chat: "Discussion publique",
    message: "Votre message",
    send: "Envoyer",
    wait: "Une personne qui anime la réunion doit vous laisser entrer.",
    waits: "attend",
    accept: "Laisser entrer",
    lost: "La salle ne répond pas, nouvel essai…",
    gone: "Cette salle n’est pas ouverte pour vous",
    gone_why: "La réunion est terminée ou le lien n’est plus valable.",
    no_cookie: "Ce lien a été demandé par un autre programme que ce navigateur.",
    bye: "Au revoir",
    bye_why: "Vous avez quitté la réunion. Vous pouvez fermer cet onglet.",
    simulated: "Salle simulée : ni son ni image.",
    moderator: "modération",
    presenter: "présente",
    robot: "robot",
    you: "vous",
    nothing: "Rien n’a encore été dit.",
};

const ENGLISH: Words = Words {
    lang: "en",
    leave: "Leave",
    end: "End meeting",
    sure: "End the meeting for everybody?",
    people: "In the room",
    chat: "Public chat",
    message: "Your message",
    send: "Send",
    wait: "Somebody who runs the meeting has to let you in.",
    waits: "is waiting",
    accept: "Let in",
    lost: "The room does not answer, trying again…",
    gone: "This room is not open to you",
    gone_why: "The meeting is over, or the link is no longer valid.",
    no_cookie: "This link was asked for by another program than this browser.",
    bye: "Goodbye",
    bye_why: "You have left the meeting. You may close this tab.",
    simulated: "Simulated room: no sound, no picture.",
    moderator: "moderator",
    presenter: "presents",
    robot: "robot",
    you: "you",
    nothing: "Nothing was said yet.",
};

/// French or English, whichever the browser names first.
pub fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let first = wanted
        .split(',')
        .map(str::trim)
        .find(|one| one.starts_with("fr") || one.starts_with("en"));
    match first {
        Some(one) if one.starts_with("fr") => &FRENCH,
        _ => &ENGLISH,
    }
}

/// `/html5client/room.css`
pub const STYLE: &str = include_str!("room_page/room.css");

/// `/html5client/room.js`
pub const SCRIPT: &str = include_str!("room_page/room.js");
