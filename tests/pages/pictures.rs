//! The pictures of the README: live page, console and planning, of this build. Made at every run, so that what they
//! need can't break unseen; kept in `docs/pictures` when `PICTURES` is set, else in `target/pictures`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::story::{line, stage, world};
use crate::harness::{Browser, LATER, Look, SOON, World, browsing, rfc3339};

fn folder() -> PathBuf {
    let asked = std::env::var_os("PICTURES").is_some_and(|v| !v.is_empty() && v != "0");
    let name = if asked { "docs/pictures" } else { "target/pictures" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

async fn take(browser: &Browser, name: &str) {
    std::fs::create_dir_all(folder()).expect("a folder");
    // No caret, no pointer over a button, and pictures that are loaded.
    browser
        .cdp("Emulation.setScrollbarsHidden", json!({ "hidden": true }))
        .await;
    browser
        .js_later(
            "document.activeElement?.blur(); scrollTo(0, 0); const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))",
            vec![],
        )
        .await;
    let png = browser.picture().await.unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(png.len() > 10_000, "{name} shows next to nothing: {} bytes", png.len());
    std::fs::write(folder().join(format!("{name}.png")), png).expect("written");
}

async fn lecture(world: &World) -> crate::harness::Plan {
    let mut webinar = World::webinar("Optique ondulatoire, cours 7");
    webinar["description"] =
        "Interférences et cohérence. Posez vos questions dans le chat : elles arrivent en salle.".into();
    let made = world.presenter.post("/meetings", &webinar).await.ok();
    let text = |name: &str| made[name].as_str().expect("an id").to_owned();
    crate::harness::Plan {
        meeting: text("id"),
        event: text("event"),
    }
}

#[tokio::test]
async fn of_live_page_console_and_planning() {
    browsing(world().await, async |world, chrome| {
        let marie = world.server.person("marie", "Marie S.", "user").await;
        let plan = lecture(world).await;
        let presenter = chrome.browser(world, "presenter", Look::default()).await;
        let tomorrow = json!({ "name": "Séminaire : écrire et relire", "starts_at": rfc3339(86_400), "duration_s": 5400,
            "is_webinar": true, "enable_chat": true });
        world.presenter.post("/meetings", &tomorrow).await.ok();
        world.on_air(&plan).await;
        world.sim.enter(&plan.meeting, "Grace H.").await;

        presenter.zone("Europe/Paris").await;
        presenter.sign_in("paul", "/meetings/new").await;
        presenter.write("input[name=name]", "Journée portes ouvertes").await;
        presenter.sees("main form[action='/meetings/new'] [type=submit]").await;
        take(&presenter, "planning").await;

        let viewer = chrome.browser(world, "viewer", Look::default()).await;
        viewer.zone("Europe/Paris").await;
        viewer.sign_in("emmy", &format!("/live/{}", plan.event)).await;
        stage(&viewer, "on_air").await;
        viewer.press("#unmute").await;
        viewer
            .until(
                LATER,
                "the picture moves",
                "document.querySelector('#video').currentTime > 1",
            )
            .await;
        let question =
            json!({ "client_id": "c-1", "text": "Bonjour ! Les franges bougent-elles si l’on déplace la source ?" });
        marie.post(&format!("/live/{}/chat", plan.event), &question).await.ok();
        line(&viewer, "Les franges", None).await;
        world
            .sim
            .say(
                &plan.meeting,
                "Grace H.",
                "Oui, et dans l’autre sens : regardez la figure 3.",
            )
            .await;
        line(&viewer, "la figure 3", None).await;
        viewer.write("#line", "Merci, c’est plus clair.").await;
        viewer.press("#send").await;
        line(&viewer, "plus clair", Some("relayed")).await;
        take(&viewer, "live").await;
        viewer
            .look(Look {
                width: 390,
                dark: true,
                ..Look::default()
            })
            .await;
        viewer.zone("Europe/Paris").await;
        viewer.reload().await;
        viewer
            .until(
                LATER,
                "the picture moves",
                "document.querySelector('#video').currentTime > 1",
            )
            .await;
        line(&viewer, "plus clair", None).await;
        take(&viewer, "live-phone-dark").await;

        presenter.open(&format!("/live/{}/console", plan.event)).await;
        stage(&presenter, "on_air").await;
        presenter.reads("#room", "Grace H.").await;
        line(&presenter, "plus clair", None).await;
        presenter
            .until(
                SOON,
                "the console's picture, where it has one, moves",
                "[...document.querySelectorAll('video')].every((v) => !v.checkVisibility() || v.currentTime > 0.5)",
            )
            .await;
        take(&presenter, "console").await;
        world.end(&plan).await;
    })
    .await;
}
