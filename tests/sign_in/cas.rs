//! CAS 3, with `django-cas-server`.

use std::process::Command;

use serde_json::json;

use super::{Here, House, Visitor, installed, script, tell};
use crate::harness::free_port;

async fn both() -> (Here, House) {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let here = Here::new(&[
        ("cas_url", &format!("{base}/cas/")),
        ("cas_label", "the university"),
        ("sign_in_insecure", "true"),
        (
            "sign_in_rules",
            "affiliation=employee -> staff, eduPersonAffiliation=* -> group:*",
        ),
    ])
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    tell(
        folder.path(),
        &json!({ "zoe": { "displayName": "Zoé & co", "mail": "zoe@univ.example", "eduPersonAffiliation": ["employee", "member"] } }),
    );
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", installed("cas"))
        .arg(script("cas_house.py"))
        .arg(folder.path())
        .arg(port.to_string())
        .arg(format!("^{}/login/cas/back\\?state=[a-z0-9]+$", here.server.base));
    let house = House::start(command, folder, base, "/cas/login").await;
    here.server.start().await;
    (here, house)
}

async fn signs_in(visitor: &mut Visitor, here: &Here, login: &str, next: &str) {
    visitor.visit(&format!("{}/login?next={next}", here.server.base)).await;
    visitor.link("/login/cas").await;
    visitor
        .fill(&[("username", login), ("password", &format!("password of {login}"))])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_signs_in_once_and_attributes_stay_in_step() {
    let (here, house) = both().await;
    let base = &here.server.base;
    let mut zoe = Visitor::new();
    signs_in(&mut zoe, &here, "zoe", "/live").await;
    assert_eq!(
        (zoe.at.as_str(), zoe.status),
        (format!("{base}/live").as_str(), 200),
        "{:?} {}",
        zoe.way,
        zoe.page
    );
    let back = zoe
        .way
        .iter()
        .find(|u| u.path() == "/login/cas/back")
        .expect("the way back")
        .clone();
    let me = zoe.me(base).await;
    assert_eq!(
        (&me["login"], &me["name"], &me["role"]),
        (&json!("zoe"), &json!("Zoé & co"), &json!("staff"))
    );

    // In another browser, without what this one kept.
    let mut thief = Visitor::new();
    thief.visit(back.as_str()).await;
    assert_eq!((thief.status, thief.cookie(base, "amphi_session")), (400, None));
    // A used ticket, in a browser that set out itself: for another service now, and used.
    let out = thief.knock(&format!("{base}/login/cas")).await.expect("off to CAS");
    let service = out
        .query_pairs()
        .find(|(n, _)| n == "service")
        .expect("a service")
        .1
        .into_owned();
    let ticket = back
        .query_pairs()
        .find(|(n, _)| n == "ticket")
        .expect("a ticket")
        .1
        .into_owned();
    thief.visit(&format!("{service}&ticket={ticket}")).await;
    assert_eq!(
        (thief.status, thief.cookie(base, "amphi_session")),
        (403, None),
        "{}",
        thief.page
    );
    assert!(thief.page.contains("can’t be trusted"), "{}", thief.page);

    house.tells(&json!({ "zoe": { "displayName": "Zoé Martin", "eduPersonAffiliation": ["retired"] } }));
    let mut again = Visitor::new();
    signs_in(&mut again, &here, "zoe", "/").await;
    let now = again.me(base).await;
    assert_eq!(
        (&now["id"], &now["name"], &now["role"]),
        (&me["id"], &json!("Zoé Martin"), &json!("user"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_had_an_account_before_keeps_it_once_it_is_tied() {
    let (here, _house) = both().await;
    let base = &here.server.base;
    here.server.person("ana", "Ana", "auditor").await;
    let tie = [
        "user",
        "tie",
        "--login",
        "ana",
        "--provider",
        "cas",
        "--subject",
        "old-name",
    ];
    here.server.run(&tie, None).await.ok();
    let twice = here.server.run(&tie, None).await;
    assert!(
        twice.status != Some(0) && twice.stderr.contains("tied to an account already"),
        "{}",
        twice.stderr
    );
    let mut ana = Visitor::new();
    signs_in(&mut ana, &here, "old-name", "/account").await;
    assert!(ana.page.contains("<strong>cas</strong>"), "{}", ana.page);
    let me = ana.me(base).await;
    assert_eq!((&me["login"], &me["role"]), (&json!("ana"), &json!("auditor")), "{me}");
    let known = here.server.run(&["person", "export", "ana"], None).await.ok();
    let known: serde_json::Value = serde_json::from_str(&known).expect("JSON");
    assert_eq!(known["identities"][0]["said"]["subject"], "old-name", "{known}");
    here.server.run(&["person", "erase", "ana"], None).await.ok();
    assert!(ana.me(base).await["login"].is_null());
}

/// Whoever signed in by the house on the service that moves in finds what is theirs when they sign in by it here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_moved_in_signs_in_by_the_house_and_finds_their_meetings() {
    let (here, house) = both().await;
    let base = &here.server.base;
    let dump = house.folder.path().join("pod.json");
    let fields = json!({ "name": "Séminaire de Zoé", "owner": ["zoe"], "start_at": "2031-03-02T09:00:00Z", "expected_duration": "01:00:00" });
    let rows = json!([
        { "model": "auth.user", "pk": 7, "fields": { "username": "zoe", "first_name": "Zoé", "password": "!cas", "is_staff": true } },
        { "model": "authentication.owner", "pk": 3, "fields": { "user": ["zoe"], "auth_type": "CAS" } },
        { "model": "meeting.meeting", "pk": 4, "fields": fields },
    ]);
    std::fs::write(&dump, rows.to_string()).expect("a dump");
    let file = dump.to_string_lossy();
    let import = ["import", "pod", "--dump", &*file, "--apply"];
    // A house that is not set here would tie people to nobody.
    let wrong = here
        .server
        .run(&[&import[..], &["--tie", "cas=sso"]].concat(), None)
        .await;
    assert!(
        wrong.status != Some(0) && wrong.stderr.contains("cas"),
        "{}",
        wrong.stderr
    );
    let said = here
        .server
        .run(&[&import[..], &["--tie", "cas=cas"]].concat(), None)
        .await
        .ok();
    assert!(!said.contains("signs in there by a house"), "{said}");
    let mut zoe = Visitor::new();
    signs_in(&mut zoe, &here, "zoe", "/meetings").await;
    assert!(zoe.page.contains("Séminaire de Zoé"), "{}", zoe.page);
    let me = zoe.me(base).await;
    // The one account, with what the house says of them now.
    assert_eq!(
        (&me["login"], &me["name"], &me["role"]),
        (&json!("zoe"), &json!("Zoé & co"), &json!("staff")),
        "{me}"
    );
}

/// A ticket that is good, but was made for another address than the one it is shown at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_another_address_signs_nobody_in() {
    let (here, house) = both().await;
    let base = &here.server.base;
    // Whoever has a ticket of their own for a service of ours leads a victim to it.
    let mut crook = Visitor::new();
    let out = crook.knock(&format!("{base}/login/cas")).await.expect("off to CAS");
    crook.visit(out.as_str()).await;
    // Signed in there, and the ticket is not shown to us.
    let login = [("username", "zoe"), ("password", "password of zoe")];
    crook.fill(&login).await;
    let ticket = {
        // A fresh one, for another state.
        let service = format!("{base}/login/cas/back?state=abcdefgh");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("service", &service)
            .finish();
        let next = crook
            .knock(&format!("{}/cas/login?{query}", house.base))
            .await
            .expect("back with a ticket");
        next.query_pairs()
            .find(|(n, _)| n == "ticket")
            .expect("a ticket")
            .1
            .into_owned()
    };
    let mut victim = Visitor::new();
    let out = victim.knock(&format!("{base}/login/cas")).await.expect("off to CAS");
    let service = out
        .query_pairs()
        .find(|(n, _)| n == "service")
        .expect("a service")
        .1
        .into_owned();
    victim.visit(&format!("{service}&ticket={ticket}")).await;
    assert_eq!(
        (victim.status, victim.cookie(base, "amphi_session")),
        (403, None),
        "{}",
        victim.page
    );
    // And a wrong password gives no ticket at all.
    let mut guess = Visitor::new();
    guess.visit(&format!("{base}/login/cas")).await;
    guess.fill(&[("username", "zoe"), ("password", "guess")]).await;
    assert!(guess.at.as_str().starts_with(&house.base), "{}", guess.at);
}
