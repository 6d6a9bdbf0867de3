//! Pages that are told by push, in a browser: who waits at a room's door is let in, and who looks at who is there sees it change.

use serde_json::{Value, json};

use super::story::world;
use crate::harness::{Hand, Look, SOON, World, browsing, rfc3339};

async fn planned(world: &World, name: &str) -> String {
    let body = json!({ "name": name, "starts_at": rfc3339(0), "duration_s": 3600 });
    let made = world.presenter.post("/meetings", &body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

async fn started(world: &World, id: &str) {
    let start = format!("/meetings/{id}/start");
    world.presenter.post(&start, &Value::Null).await.ok();
}

/// From here on the page can ask for nothing: only what it is told moves it.
const DEAF: &str = "window.fetch = () => new Promise(() => {}); return true";

#[tokio::test]
async fn the_waiting_page_turns_by_push_alone() {
    browsing(world().await, async |world, chrome| {
        let id = planned(world, "Optique").await;
        let guest = chrome.browser(world, "guest", Look::default()).await;
        // The server goes away for a while.
        guest.forgive("net::ERR_");
        guest.open(&format!("/join/{id}")).await;
        guest
            .until(
                SOON,
                "it waits",
                "document.getElementById('wait')?.dataset.phase === 'shut'",
            )
            .await;
        guest.js(DEAF).await;
        let asked = "performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/state')).length";
        started(world, &id).await;
        guest
            .until(
                SOON,
                "it asks for a name",
                "document.querySelector('input[name=name]') && !document.getElementById('wait')",
            )
            .await;
        assert_eq!(
            guest.js(&format!("return {asked}")).await,
            0,
            "the page that turned asks nothing"
        );
        assert!(guest.url().await.contains(&format!("/join/{id}")));

        // A line that breaks is made again: the server goes and comes back while somebody waits.
        let id = planned(world, "Acoustique").await;
        guest.open(&format!("/join/{id}")).await;
        guest
            .until(
                SOON,
                "it waits",
                "document.getElementById('wait')?.dataset.phase === 'shut'",
            )
            .await;
        guest.js(DEAF).await;
        world.server.restart().await;
        started(world, &id).await;
        guest
            .until(
                SOON,
                "it asks for a name",
                "document.querySelector('input[name=name]') && !document.getElementById('wait')",
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_is_there_opens_over_the_page_and_is_kept_up() {
    browsing(world().await, async |world, chrome| {
        let id = planned(world, "Optique").await;
        let presenter = chrome.browser(world, "presenter", Look::default()).await;
        presenter.forgive("net::ERR_");
        presenter.sign_in("paul", &format!("/meetings/{id}")).await;
        presenter.hand(Hand::Keyboard);
        presenter.press("a[data-info]").await;
        presenter.until(SOON, "the dialog is open", "document.querySelector('dialog.info')?.open").await;
        presenter.until(SOON, "its title", "document.querySelector('dialog.info h2').textContent.includes('Optique')").await;
        presenter.js(DEAF).await;
        started(world, &id).await;
        presenter.until(SOON, "the room is open", "/ouverte depuis|open since/.test(document.getElementById('people-said').textContent)").await;
        // What somebody types as their name is a text.
        let name = "<img src=x onerror=\"document.title='owned'\">";
        world.sim.enter(&id, name).await;
        presenter.reads("dialog.info #people-list li", name).await;
        assert_eq!(presenter.js("return document.querySelectorAll('dialog.info img').length").await, 0);
        // Narrow: nothing to scroll sideways, and the button is in reach.
        presenter.width(320).await;
        let wide = "const d = document.querySelector('dialog.info'); return [d.scrollWidth <= d.clientWidth, document.scrollingElement.scrollWidth <= 320]";
        assert_eq!(presenter.js(wide).await, json!([true, true]));
        presenter.key('\u{e00c}').await;
        let back = "!document.querySelector('dialog') && document.activeElement.matches('a[data-info]')";
        presenter.until(SOON, "closed by Escape, and back where it was opened", back).await;

        // The page of its own, without a dialog.
        presenter.open(&format!("/meetings/{id}/info")).await;
        presenter.reads("#people-list li", name).await;
        let user = world.sim.room(&id).await.expect("a room")["users"][0]["id"].as_str().expect("an id").to_owned();
        world.sim.leave(&id, &user).await;
        presenter.until(SOON, "nobody is there", "!document.querySelector('#people-list li')").await;
        // The line is lost, and said so; it comes back by itself.
        world.server.kill();
        presenter.until(SOON, "it says that the line is lost", "!document.getElementById('people-lost').hidden").await;
        world.server.start().await;
        presenter.until(SOON, "it is back", "document.getElementById('people-lost').hidden").await;
    })
    .await;
}
