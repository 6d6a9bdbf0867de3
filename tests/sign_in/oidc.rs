//! OpenID Connect, with `oidc-provider`.

use std::process::Command;

use serde_json::json;

use super::{Here, House, Visitor, installed, script, tell};
use crate::harness::free_port;

pub(super) const SECRET: &str = "a secret of at least thirty-two characters";

/// A provider that sends people back to the server at `base`.
pub(super) async fn provider(host: &str, port: u16, base: &str) -> House {
    let folder = tempfile::tempdir().expect("a folder");
    let zoe = json!({ "name": "Zoé M", "email": "zoe@univ.example", "eduPersonAffiliation": ["employee"] });
    tell(folder.path(), &json!({ "zoe": zoe }));
    let mut command = Command::new("node");
    command
        .arg(script("oidc_provider.mjs"))
        .arg(installed("npm/node_modules"))
        .args([host, &port.to_string(), &format!("{base}/login/oidc/back")])
        .arg(folder.path().join("people.json"));
    House::start(
        command,
        folder,
        format!("http://{host}:{port}"),
        "/.well-known/openid-configuration",
    )
    .await
}

async fn both() -> (Here, House) {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let here = Here::new(&[
        ("oidc_issuer", &base),
        ("oidc_client_id", "amphi"),
        ("oidc_client_secret", SECRET),
        ("oidc_label", "the university"),
        ("sign_in_insecure", "true"),
        ("sign_in_rules", "affiliation=employee -> staff, groups=* -> group:*"),
    ])
    .await;
    let house = provider("127.0.0.1", port, &here.server.base).await;
    here.server.start().await;
    (here, house)
}

/// From the sign-in page to the provider, through its two forms.
async fn signs_in(visitor: &mut Visitor, here: &Here, login: &str, next: &str) {
    visitor.visit(&format!("{}/login?next={next}", here.server.base)).await;
    visitor.link("/login/oidc").await;
    visitor.fill(&[("login", login), ("password", "any")]).await;
    // It asks once whether we may know; later it remembers.
    if visitor.page.contains("<form") && !visitor.at.as_str().starts_with(&here.server.base) {
        visitor.fill(&[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_comes_back_signed_in_and_stays_the_same_person() {
    let (here, house) = both().await;
    let base = &here.server.base;
    let mut zoe = Visitor::new();
    signs_in(&mut zoe, &here, "zoe", "/live").await;
    assert_eq!(
        (zoe.at.as_str(), zoe.status),
        (format!("{base}/live").as_str(), 200),
        "{:?}",
        zoe.way
    );
    assert_eq!(zoe.cookie(base, "amphi_way"), None, "what was kept is forgotten");
    let me = zoe.me(base).await;
    assert_eq!(
        (&me["login"], &me["name"], &me["role"]),
        (&json!("zoe"), &json!("Zoé M"), &json!("staff"))
    );

    // Another browser, and what is told has changed: the same account, in step.
    house.tells(&json!({ "zoe": { "name": "Zoé Martin", "email": "other@univ.example" } }));
    let mut again = Visitor::new();
    signs_in(&mut again, &here, "zoe", "/").await;
    let now = again.me(base).await;
    assert_eq!(
        (&now["id"], &now["name"], &now["role"]),
        (&me["id"], &json!("Zoé Martin"), &json!("user"))
    );
    assert!(!here.server.said().contains(SECRET));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_for_the_browser_that_asked_and_once() {
    let (here, _house) = both().await;
    let base = &here.server.base;
    let mut zoe = Visitor::new();
    signs_in(&mut zoe, &here, "zoe", "/").await;
    let back = zoe
        .way
        .iter()
        .find(|u| u.path() == "/login/oidc/back")
        .expect("the way back")
        .clone();
    // The same answer again, as from the browser's history: nothing was asked for.
    zoe.visit(back.as_str()).await;
    assert_eq!(zoe.status, 400, "{}", zoe.page);
    assert!(zoe.page.contains("not begun here"), "{}", zoe.page);
    // Somebody else's answer in a browser that set out itself: its state is another one.
    let mut victim = Visitor::new();
    victim
        .knock(&format!("{base}/login/oidc"))
        .await
        .expect("off to the provider");
    victim.visit(back.as_str()).await;
    assert_eq!(victim.status, 400);
    assert_eq!(victim.cookie(base, "amphi_session"), None);
    // The right state and a code that was used.
    let out = victim
        .knock(&format!("{base}/login/oidc"))
        .await
        .expect("off to the provider");
    let state = out
        .query_pairs()
        .find(|(n, _)| n == "state")
        .expect("a state")
        .1
        .into_owned();
    let code = back
        .query_pairs()
        .find(|(n, _)| n == "code")
        .expect("a code")
        .1
        .into_owned();
    victim
        .visit(&format!("{base}/login/oidc/back?state={state}&code={code}"))
        .await;
    assert_eq!(victim.status, 403);
    assert!(victim.page.contains("can’t be trusted"), "{}", victim.page);
    // The provider says no: in French, with the way out.
    let out = victim
        .knock(&format!("{base}/login/oidc"))
        .await
        .expect("off to the provider");
    let state = out
        .query_pairs()
        .find(|(n, _)| n == "state")
        .expect("a state")
        .1
        .into_owned();
    victim
        .visit(&format!(
            "{base}/login/oidc/back?state={state}&error=access_denied&lang=fr"
        ))
        .await;
    assert_eq!(victim.status, 403);
    assert!(
        victim.page.contains("the university ne vous a pas connecté"),
        "{}",
        victim.page
    );
    assert!(victim.page.contains("href=\"/login/oidc?"), "{}", victim.page);
    assert_eq!(victim.cookie(base, "amphi_session"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_wrong_in_any_way_signs_nobody_in() {
    let (here, house) = both().await;
    let base = &here.server.base;
    let http = amphi::outgoing::builder().build().expect("client");
    for wrong in [
        "issuer",
        "audience",
        "audiences",
        "nonce",
        "expired",
        "key",
        "none",
        "hs256",
    ] {
        let told = http.post(format!("{}/crooked", house.base)).body(wrong).send().await;
        assert!(told.is_ok_and(|a| a.status().is_success()));
        let mut zoe = Visitor::new();
        signs_in(&mut zoe, &here, "zoe", "/").await;
        assert_eq!(
            (zoe.status, zoe.at.path()),
            (403, "/login/oidc/back"),
            "{wrong}: {}",
            zoe.page
        );
        assert!(zoe.page.contains("can’t be trusted"), "{wrong}: {}", zoe.page);
        assert_eq!(zoe.cookie(base, "amphi_session"), None, "{wrong}");
    }
    let said = here.server.said();
    assert_eq!(
        said.matches("nobody was signed in").count(),
        8,
        "each is said in the log"
    );
    http.post(format!("{}/crooked", house.base))
        .body("")
        .send()
        .await
        .expect("told");
    let mut zoe = Visitor::new();
    signs_in(&mut zoe, &here, "zoe", "/").await;
    assert_eq!(zoe.me(base).await["login"], "zoe");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_is_said_and_local_people_come_in() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let here = Here::new(&[
        ("oidc_issuer", &nobody),
        ("oidc_client_id", "amphi"),
        ("sign_in_insecure", "true"),
    ])
    .await;
    here.server.start().await;
    here.server.person("ana", "Ana", "user").await;
    let base = &here.server.base;
    let mut ana = Visitor::new();
    ana.visit(&format!("{base}/login")).await.link("/login/oidc").await;
    assert_eq!(ana.status, 502, "{}", ana.page);
    assert!(ana.page.contains("does not answer now"), "{}", ana.page);
    let password = crate::harness::Person::password_of("ana");
    ana.fill(&[("login", "ana"), ("password", &password)]).await;
    assert_eq!(ana.me(base).await["login"], "ana");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_house_without_tls_is_refused_at_the_start() {
    let here = Here::new(&[("oidc_issuer", "http://idp.univ.example"), ("oidc_client_id", "amphi")]).await;
    let said = here.server.run(&["serve"], None).await;
    assert_ne!(said.status, Some(0));
    assert!(
        said.stderr.contains("AMPHI_OIDC_ISSUER") && said.stderr.contains("https"),
        "{}",
        said.stderr
    );
}
