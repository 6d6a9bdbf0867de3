//! The whole way in a real browser, by a provider that is another site to it.

use super::oidc::{SECRET, provider};
use crate::harness::{Look, SOON, World, WorldOptions, browsing, free_port};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_comes_back_from_another_site_signed_in() {
    let port = free_port();
    // `127.0.0.1` and `localhost` are two sites to a browser: the cookie of the way must be one that comes along.
    let issuer: &'static str = Box::leak(format!("http://localhost:{port}").into_boxed_str());
    let world = World::with(WorldOptions {
        settings: vec![
            ("oidc_issuer", issuer),
            ("oidc_client_id", "amphi"),
            ("oidc_client_secret", SECRET),
            ("oidc_label", "the university"),
            ("sign_in_insecure", "true"),
        ],
        ..WorldOptions::default()
    })
    .await;
    browsing(world, async |world, chrome| {
        let _house = provider("localhost", port, &world.server.base).await;
        let zoe = chrome.browser(world, "zoe", Look::default()).await;
        // The provider's own pages load what is not there, and from where a test reaches nothing.
        zoe.forgive("status of 404");
        zoe.forgive("fonts.googleapis.com");
        zoe.open("/login?next=/account").await;
        zoe.press("a[href^='/login/oidc']").await;
        zoe.write("input[name=login]", "zoe").await;
        zoe.write("input[name=password]", "any").await;
        zoe.press("button[type=submit]").await;
        let asked = "document.querySelector('input[name=prompt]')?.value === 'consent'";
        zoe.until(SOON, "it asks whether we may know", asked).await;
        zoe.press("button[type=submit]").await;
        zoe.arrives("/account").await;
        zoe.reads("main", "oidc").await;
        zoe.reads("header", "Zoé M").await;
    })
    .await;
}
