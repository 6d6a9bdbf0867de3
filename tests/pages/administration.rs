//! Administrators' pages in a browser, by keyboard alone: groups are made, filled and deleted; another service moves in; settings are looked
//! for, and no secret stands among them.

use serde_json::json;

use super::story::{world, world_with};
use crate::harness::{Browser, Hand, LATER, Look, Raw, SOON, browsing};

/// A file is chosen: what the dialog of the system does.
async fn choose(browser: &Browser, name: &str, text: &str) {
    let script = "const files = new DataTransfer();
        files.items.add(new File([arguments[1]], arguments[0], { type: 'application/json' }));
        const input = document.getElementById('dump');
        input.files = files.files;
        return input.files.length";
    let chosen = browser.js_with(script, vec![json!(name), json!(text)]).await;
    assert_eq!(chosen, 1);
}

#[tokio::test]
async fn a_group_is_made_filled_renamed_and_deleted_by_keyboard() {
    browsing(world().await, async |world, chrome| {
        let ada = chrome.browser(world, "ada", Look::default()).await;
        ada.forgive("status of 422");
        ada.sign_in("ada", "/admin/groups").await;
        ada.hand(Hand::Keyboard);
        ada.press("#add summary").await;
        ada.write("#new-name", "Mathématiques").await;
        ada.write("#new-code", "maths/2026").await;
        ada.press("#add button[type=submit]").await;
        ada.reads("#said", "Le groupe est là").await;
        ada.reads("#list", "maths/2026").await;
        ada.press("#list tbody th a").await;
        ada.arrives("/admin/groups/maths").await;
        ada.write("#person", "nobody-of-that-name").await;
        ada.press("form[data-api$=members] button").await;
        ada.reads("#person-wrong", "n’existe pas").await;
        ada.js("document.getElementById('person').value = ''").await;
        ada.write("#person", "emmy").await;
        ada.press("form[data-api$=members] button").await;
        ada.reads("#members", "Emmy N.").await;
        ada.press("#members button").await;
        ada.reads("#members", "Personne n’est dans ce groupe").await;
        // The button went with its row: the list has the focus, so that the next Tab goes on from there.
        ada.until(
            SOON,
            "the list has the focus",
            "document.activeElement.id === 'members'",
        )
        .await;
        ada.press_surely("[data-goto='/admin/groups'].danger").await;
        ada.arrives("/admin/groups").await;
        ada.reads("#list", "Aucun groupe").await;
    })
    .await;
}

#[tokio::test]
async fn another_service_moves_in() {
    browsing(world().await, async |world, chrome| {
        let dump = include_str!("../dumps/pod4.json");
        let ada = chrome.browser(world, "ada", Look::default()).await;
        ada.sign_in("ada", "/admin/import").await;
        ada.reads("#import-phase", "Aucun fichier").await;
        ada.hand(Hand::Keyboard);
        // What is none is said before anything is sent.
        choose(&ada, "pod.json", "{}").await;
        ada.press("#import-form > button").await;
        ada.reads("#dump-wrong", "liste JSON").await;
        choose(&ada, "pod.json", dump).await;
        ada.press("#import-form > button").await;
        let looked = "document.getElementById('import-phase').textContent.includes('Rien n’est écrit')";
        ada.until(LATER, "it was looked at", looked).await;
        ada.reads("#import", "6").await;
        // It is told to whoever comes back, too.
        ada.reload().await;
        ada.until(SOON, "it was looked at", looked).await;
        ada.press_surely("#import-apply").await;
        let done = "document.getElementById('import-phase').textContent.includes('est faite')";
        ada.until(LATER, "it is written", done).await;
        let found = world.admin.get("/people?search=bob").await.ok();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(2), "{found}");
        let groups = world.admin.get("/groups").await.ok();
        assert_eq!(groups["items"][0]["name"], "Licence 1", "{groups}");
        let report = world.admin.get("/import/report").await.ok();
        assert_eq!(report["applied"], true);
        ada.press("#import-discard").await;
        ada.reads("#import-phase", "Aucun fichier").await;
        world.admin.get("/import/report").await.problem(409, "import_nothing");
        assert!(
            !world.server.data.join("import/dump.json").exists(),
            "the dump is deleted afterwards"
        );
    })
    .await;
}

#[tokio::test]
async fn settings_are_looked_for_and_no_secret_is_found() {
    let settings = vec![
        ("smtp_url", "smtp://me:hush-smtp@127.0.0.1:9"),
        ("mail_from", "amphi@univ.example"),
        ("ldap_password", "hush-ldap"),
        ("oidc_client_secret", "hush-oidc"),
        ("s3_secret", "hush-s3"),
        ("time_zone", "Indian/Reunion"),
    ];
    browsing(world_with(settings).await, async |world, chrome| {
        let ada = chrome.browser(world, "ada", Look::default()).await;
        ada.sign_in("ada", "/admin/settings").await;
        let whole = "return document.documentElement.outerHTML";
        let page = ada.js(whole).await.to_string();
        assert!(page.contains("AMPHI_S3_SECRET") && !page.contains("hush"), "{page}");
        let file = ada
            .js_later(
                "fetch('/admin/settings?format=csv').then((r) => r.text()).then(arguments[arguments.length - 1])",
                vec![],
            )
            .await
            .to_string();
        assert!(file.contains("AMPHI_S3_SECRET") && !file.contains("hush"), "{file}");
        ada.hand(Hand::Keyboard);
        ada.write("input[name=q]", "reunion").await;
        ada.press("search button").await;
        ada.until(
            SOON,
            "one is found",
            "document.querySelectorAll('.settings tbody tr').length === 1 && document.querySelector('.settings').innerText.includes('Europe/Paris')",
        )
        .await;
        ada.press("footer a[href='/accessibility']").await;
        ada.arrives("/accessibility").await;
        ada.reads("h1", "Déclaration d’accessibilité").await;
    })
    .await;
}

#[tokio::test]
async fn a_dump_that_is_too_large_is_refused_before_it_comes() {
    let world = world_with(vec![("import_max_mib", "1")]).await;
    let mut raw = Raw::to(&world.server).await;
    let head = format!(
        "POST /api/v1/import HTTP/1.1\r\nhost: amphi\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        world.admin.token,
        (1 << 20) + 1
    );
    assert!(raw.write(head.as_bytes()).await);
    // Not a byte of it was sent.
    let answer = raw.answer().await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let at = world.admin.get("/import").await.ok();
    assert_eq!(
        (&at["phase"], &at["bytes_max"]),
        (&json!("idle"), &json!(1 << 20)),
        "{at}"
    );
}
