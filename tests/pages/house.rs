//! The house's name, logo and accent on every page (settings `brand_*`).

use reqwest::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::harness::Server;

const LOGO: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>"#;

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after} in {rest}")).0
}

#[tokio::test]
async fn a_name_a_logo_and_a_colour_are_on_every_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, LOGO).expect("a logo");
    let settings = [
        ("brand_name", "Université <b>Sud</b>"),
        ("brand_accent", "#ffee00"),
        ("brand_logo", logo.to_str().expect("a path")),
    ];
    let server = Server::new(
        folder.path(),
        "http://127.0.0.1:9/bigbluebutton/",
        "a-secret",
        &settings,
    );
    server.start().await;
    let get = async |path: &str| {
        let answer = server.http().get(format!("{}{path}", server.base)).send().await;
        answer.expect("an answer")
    };
    let page = get("/login").await.text().await.expect("a page");
    assert!(page.contains("Université &lt;b&gt;Sud&lt;/b&gt;</title>"), "{page}");
    assert!(!page.contains("<b>Sud"), "{page}");
    let sheet = get(between(&page, "rel=\"stylesheet\" href=\"", "\""))
        .await
        .text()
        .await
        .expect("a sheet");
    let (_, own) = sheet
        .rsplit_once(":root{--accent:")
        .expect("the accent at the end of the sheet");
    assert!(
        sheet.contains(":root{--accent:#") && !sheet.contains(":root{--accent:#ffee00;--on-accent:#000000}@media"),
        "yellow on white is not legible, so it is shaded: {own}"
    );
    assert!(
        own.starts_with("#ffee00;"),
        "on a dark ground it is legible as it is: {own}"
    );
    let picture = get(between(&page, "<img src=\"", "\"")).await;
    assert_eq!(picture.headers()[CONTENT_TYPE], "image/svg+xml");
    let policy = picture.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("a policy")
        .to_owned();
    assert!(
        !policy.contains("unsafe"),
        "opened by itself, a logo runs no script: {policy}"
    );
    assert_eq!(picture.text().await.expect("a logo"), LOGO);
}

#[tokio::test]
async fn what_can_not_be_shown_is_said_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, value, says) in [
        ("brand_accent", "red", "no colour"),
        ("brand_logo", "/nowhere/logo.svg", "can't be read"),
        ("brand_logo", "logo.gif", "neither"),
    ] {
        let server = Server::new(
            folder.path(),
            "http://127.0.0.1:9/bigbluebutton/",
            "a-secret",
            &[(name, value)],
        );
        let ended = server.run(&["serve"], None).await;
        let said = ended.stderr;
        assert!(ended.status != Some(0) && said.contains(says), "{name}={value}: {said}");
    }
}
