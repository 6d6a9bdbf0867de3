//! Somebody is excluded from the chat while they watch: the picture goes on, the chat says by whom and what for, and they come
//! back when they are let in.

use std::time::Duration;

use super::story::{line, stage, world};
use crate::harness::{Look, SOON, browsing};

const SHUT: &str = "!document.querySelector('#excluded').hidden && !document.querySelector('#lines').checkVisibility()";
const OPEN: &str = "document.querySelector('#excluded').hidden && !document.querySelector('#line').disabled";
/// The page asks every 20 seconds or so.
const ASKED: Duration = Duration::from_secs(45);

#[tokio::test]
async fn whoever_is_excluded_keeps_the_picture_reads_why_and_comes_back() {
    browsing(world().await, async |world, chrome| {
        let plan = world.plan("Calme").await;
        world.on_air(&plan).await;
        let path = format!("/live/{}", plan.event);
        let rude = chrome.browser(world, "rude", Look::default()).await;
        rude.sign_in("emmy", &path).await;
        stage(&rude, "on_air").await;
        rude.until(SOON, "the chat is open", OPEN).await;
        rude.write("#line", "grossier").await;
        rude.press("#send").await;

        let moderator = chrome.browser(world, "moderator", Look::default()).await;
        moderator.sign_in("paul", &path).await;
        line(&moderator, "grossier", None).await;
        let entry = "#lines .entry.audience";
        moderator
            .js(&format!("document.querySelector('{entry}').focus()"))
            .await;
        moderator.press(&format!("{entry} [data-act=exclude]")).await;
        moderator
            .reads("#exclude-title", "Exclure Emmy N. du chat\u{a0}?")
            .await;
        moderator.write("#exclude-reason", "insultes").await;
        moderator.press("#exclude-yes").await;
        moderator.reads("#bans-note", "Emmy N. est exclu du chat.").await;
        moderator.reads("#bans-list li", "insultes").await;

        let told = async || {
            rude.until(SOON, "the chat is shut", SHUT).await;
            rude.reads(
                "#excluded-by",
                "Vous avez été exclu du chat de ce direct par Paul Présentateur.",
            )
            .await;
            rude.reads("#excluded-words", "insultes").await;
            let hidden = rude.js("return document.querySelector('#connection').hidden").await;
            assert_eq!(hidden, true, "it is no matter of the network");
            rude.until(
                SOON,
                "the picture stays",
                "!document.querySelector('#video').hidden && document.querySelector('#video').currentTime > 0",
            )
            .await;
        };
        told().await;
        rude.reload().await;
        stage(&rude, "on_air").await;
        told().await;

        moderator.press("#bans-list button").await;
        moderator
            .reads("#bans-note", "Emmy N. peut revenir dans le chat.")
            .await;
        rude.until(ASKED, "let in again", OPEN).await;
        rude.write("#line", "pardon").await;
        rude.press("#send").await;
        line(&moderator, "pardon", None).await;
        world.end(&plan).await;
        world.all_quiet(Duration::from_secs(30)).await;
    })
    .await;
}
