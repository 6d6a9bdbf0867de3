//! The story of a webinar as a presenter and two viewers live it, each in a window of their own: planned by the form,
//! started from the console, on air, chat both ways, chat off and on, ended.

use serde_json::json;

use crate::harness::{Browser, Chrome, Hand, LATER, Look, SOON, SimOptions, World, WorldOptions, browsing};

/// Planned and opened; what the rest of the story needs.
struct Told {
    event: String,
    meeting: String,
}

/// A world with as many gateways as the longest story has webinars: one that ended early keeps its own to its hour.
pub async fn world() -> World {
    world_with(vec![]).await
}

/// As [`world`], with settings of the server by their names in lower case.
pub async fn world_with(settings: Vec<(&'static str, &'static str)>) -> World {
    let sim = SimOptions {
        gateways: "g1,g2,g3,g5",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        settings,
        ..WorldOptions::default()
    })
    .await;
    world.server.person("emmy", "Emmy N.", "user").await;
    world
}

/// The badge says this.
pub async fn stage(browser: &Browser, word: &str) {
    let badge = format!("document.querySelector('#badge')?.classList.contains('{word}')");
    browser.until(LATER, &format!("the badge says {word}"), &badge).await;
}

/// A line of the chat stands there once, with this status where one is asked for.
pub async fn line(browser: &Browser, text: &str, status: Option<&str>) {
    let css = status.map_or("#lines .entry".to_owned(), |s| format!("#lines .s-{s}"));
    let expression = format!(
        "[...document.querySelectorAll({})].filter((e) => e.innerText.includes({})).length === 1",
        json!(css),
        json!(text)
    );
    browser.until(SOON, &format!("the line {text:?}"), &expression).await;
}

/// The page speaks the language, has the colours and fits the width.
pub async fn fits(browser: &Browser, look: Look) {
    let lang = browser.js("return document.documentElement.lang").await;
    assert_eq!(lang, look.lang, "{}", browser.url().await);
    let wide = browser
        .js("const s = document.scrollingElement; return [s.scrollWidth, s.clientWidth]")
        .await;
    assert!(
        wide[0].as_i64() <= wide[1].as_i64(),
        "{} is {wide} wide",
        browser.url().await
    );
    let ground = browser
        .js("const c = document.createElement('canvas').getContext('2d');
            for (const e of [document.documentElement, document.body]) {
                c.fillStyle = getComputedStyle(e).backgroundColor; c.fillRect(0, 0, 1, 1);
            }
            const [r, g, b] = c.getImageData(0, 0, 1, 1).data; return r + g + b")
        .await;
    assert_eq!(
        ground.as_i64() < Some(380),
        look.dark,
        "the ground is {ground} in {look:?}"
    );
}

async fn planned(presenter: &Browser, look: Look, title: &str) -> Told {
    presenter.sign_in("paul", "/meetings/new").await;
    presenter.write("input[name=name]", title).await;
    presenter.tick("input[name=is_webinar]").await;
    presenter.tick("input[name=enable_chat]").await;
    fits(presenter, look).await;
    presenter.press("main form[action='/meetings/new'] [type=submit]").await;
    let path = presenter
        .until(
            SOON,
            "the meeting's page",
            r"location.pathname.match(/^\/meetings\/([0-9A-Z]{26})$/)?.[1]",
        )
        .await;
    presenter.reads("h1", title).await;
    fits(presenter, look).await;
    let event = presenter
        .until(
            SOON,
            "the way to the console",
            r"document.querySelector('main a[href$=\'/console\']')?.pathname.match(/^\/live\/([0-9A-Z]{26})\/console$/)?.[1]",
        )
        .await;
    Told {
        event: event.as_str().expect("an id").to_owned(),
        meeting: path.as_str().expect("an id").to_owned(),
    }
}

async fn told(world: &World, people: [&Browser; 3], look: Look, title: &str) {
    let [presenter, first, second] = people;
    for browser in people {
        browser.forget().await;
        browser.look(look).await;
    }
    let Told { event, meeting } = planned(presenter, look, title).await;
    let live = format!("/live/{event}");

    first.sign_in("emmy", &live).await;
    second.open(&live).await;
    for viewer in [first, second] {
        stage(viewer, "scheduled").await;
        viewer.reads("h1", title).await;
        viewer
            .until(
                SOON,
                "a countdown",
                "document.querySelector('#countdown').innerText.trim() !== ''",
            )
            .await;
        fits(viewer, look).await;
    }

    presenter.press(&format!("main a[href='{live}/console']")).await;
    presenter.arrives(&format!("{live}/console")).await;
    let console = presenter.window().await;
    presenter.press("#start").await;
    presenter
        .new_window(async || {
            presenter
                .press(&format!("form[action='/join/{meeting}'] [type=submit]"))
                .await;
        })
        .await;
    presenter
        .until(
            LATER,
            "the room",
            "document.querySelector('main.room #people li') !== null",
        )
        .await;
    let room = presenter.window().await;
    presenter.reads("#people", "Paul Présentateur").await;
    presenter.front(&console).await;
    for browser in people {
        stage(browser, "on_air").await;
        fits(browser, look).await;
    }
    for viewer in [first, second] {
        viewer
            .until(
                LATER,
                "the picture moves",
                "document.querySelector('#video').currentTime > 0.2",
            )
            .await;
    }
    presenter.reads("#room", "Paul Présentateur").await;

    let said = format!("Bonjour de la salle d’à côté, {title}");
    first.write("#line", &said).await;
    first.press("#send").await;
    line(first, &said, Some("relayed")).await;
    line(second, &said, None).await;
    line(presenter, &said, None).await;
    presenter.front(&room).await;
    presenter.reads("#lines", &said).await;
    let answer = format!("Et bonjour à vous, {title}");
    presenter.write("#text", &answer).await;
    presenter.press("#say [type=submit]").await;
    for viewer in [first, second] {
        line(viewer, &answer, None).await;
    }

    presenter.front(&console).await;
    presenter.press("#chat-off").await;
    first
        .until(SOON, "the chat is closed", "document.querySelector('#send').disabled")
        .await;
    presenter.press("#chat-on").await;
    first
        .until(SOON, "the chat is open", "!document.querySelector('#send').disabled")
        .await;

    presenter.press_surely("#end").await;
    for browser in people {
        stage(browser, "ended").await;
        fits(browser, look).await;
    }
    for viewer in [first, second] {
        line(viewer, &said, None).await;
        line(viewer, &answer, None).await;
    }
    presenter.front(&room).await;
    presenter
        .until(SOON, "the room is over", "document.querySelector('main.room') === null")
        .await;
    presenter.close(&console).await;
    world.all_quiet(SOON).await;
}

async fn people(world: &World, chrome: &Chrome, look: Look) -> [std::sync::Arc<Browser>; 3] {
    let (presenter, first, second) = tokio::join!(
        chrome.browser(world, "presenter", look),
        chrome.browser(world, "first-viewer", look),
        chrome.browser(world, "second-viewer", look),
    );
    // The simulated BBB says that a room is gone.
    presenter.forgive("status of 410");
    [presenter, first, second]
}

/// Every pair of language, width and colours is there once.
#[tokio::test]
async fn told_in_every_language_width_and_colour() {
    browsing(world().await, async |world, chrome| {
        let looks = [
            ("fr", 1280, false),
            ("en", 360, false),
            ("fr", 360, true),
            ("en", 1280, true),
        ];
        let people = people(world, chrome, Look::default()).await;
        for (lang, width, dark) in looks {
            let look = Look { lang, width, dark };
            let title = format!("Optique {lang} {width} {}", if dark { "sombre" } else { "claire" });
            told(world, people.each_ref().map(AsRef::as_ref), look, &title).await;
        }
    })
    .await;
}

#[tokio::test]
async fn told_by_keyboard_alone() {
    browsing(world().await, async |world, chrome| {
        let look = Look::default();
        let people = people(world, chrome, look).await;
        for browser in &people {
            browser.hand(Hand::Keyboard);
        }
        told(world, people.each_ref().map(AsRef::as_ref), look, "Sans souris").await;
    })
    .await;
}
