//! A mail server that says no, or not now, says nothing, is not there, or is not who it says.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::invitations::{Post, SOON, invite, plan, to, world};
use crate::faults::told;
use crate::harness::{Person, PostOffice, World, eventually, rfc3339};

#[tokio::test]
async fn what_the_server_refuses_is_known_and_keeps_nobody_from_theirs() {
    let post = Post::new().await;
    let meeting = plan(&post.owner, json!({})).await;
    let body = json!({ "addresses": ["refused@univ.example", "zoe@univ.example"], "language": "fr" });
    post.owner
        .post(&format!("/meetings/{meeting}/invitations"), &body)
        .await
        .ok();
    post.settled(2).await;
    to(&post.office.mails(), "zoe@univ.example");
    assert_eq!(
        told(&post.world.server, "MailFailed").await,
        [json!({ "why": "smtp_550" })]
    );
    // What a server answers holds the address more often than not.
    let said = post.world.server.said();
    assert!(
        said.contains("a mail was not taken") && !said.contains("refused@"),
        "{said}"
    );
}

/// A server that took the mail and never said so, and a program that died meanwhile: nobody knows, and nobody gets it twice.
#[tokio::test]
async fn a_mail_whose_fate_is_unknown_is_not_sent_again() {
    let post = Post::new().await;
    let meeting = plan(&post.owner, json!({})).await;
    invite(&post.owner, &meeting, "silent@univ.example", "fr").await;
    post.office.given(1).await;
    post.world.server.restart().await;
    post.settled(1).await;
    assert_eq!(told(&post.world.server, "MailUnknown").await.len(), 1);
    assert_eq!(post.office.mails().len(), 1);
}

/// A certificate for this machine, its key, and the authority that vouches for it.
fn certificate(folder: &Path) -> (PathBuf, PathBuf, PathBuf) {
    let path = |name: &str| folder.join(name);
    std::fs::write(
        path("leaf.ext"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("written");
    for step in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=post-office -keyout leaf.key -out leaf.csr",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out leaf.pem",
    ] {
        let made = std::process::Command::new("openssl")
            .args(step.split(' '))
            .current_dir(folder)
            .output();
        let made = made.expect("openssl");
        assert!(
            made.status.success(),
            "{step}: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }
    (path("leaf.pem"), path("leaf.key"), path("ca.pem"))
}

/// What became of an invitation through this server, for a program that trusts these authorities only: why it was not sent, now or for good.
async fn tried(smtp_url: &str, authority: Option<&Path>) -> (World, Vec<Value>) {
    let mut world = world(smtp_url).await;
    if let Some(authority) = authority {
        world.server.environ("SSL_CERT_FILE", &authority.to_string_lossy());
        world.server.restart().await;
    }
    let owner = world.server.person("grace@univ.example", "Grace Hopper", "staff").await;
    let meeting = plan(&owner, json!({})).await;
    invite(&owner, &meeting, "zoe@univ.example", "fr").await;
    let failed = eventually(SOON, "a mail is settled", async || {
        let of = async |kind| told(&world.server, kind).await;
        let (sent, put_off) = (of("MailSent").await, of("MailPutOff").await);
        let failed: Vec<Value> = of("MailFailed").await.into_iter().chain(put_off).collect();
        if failed.len() + sent.len() == 1 {
            Ok(failed)
        } else {
            Err((failed, sent))
        }
    })
    .await;
    (world, failed)
}

#[tokio::test]
async fn a_server_that_is_not_who_it_says_gets_nothing_and_a_wrong_password_is_a_no() {
    let folder = tempfile::tempdir().expect("a folder");
    let (leaf, key, authority) = certificate(folder.path());
    let office = PostOffice::start(folder.path(), Some((&leaf, &key))).await;
    let at = office.url.trim_start_matches("smtp://");
    let door = |password: &str| format!("smtp://amphi:{password}@{at}?tls=required");
    for (url, authority, why) in [
        // Nobody vouches for it: it is not even told the password.
        (door("let%20me%20in"), None, "tls"),
        (door("wrong"), Some(&authority), "smtp_535"),
    ] {
        let (world, failed) = tried(&url, authority.map(PathBuf::as_path)).await;
        assert_eq!((failed.len(), &failed[0]["why"]), (1, &json!(why)), "{url}");
        // A certificate is the house's to mend, and then every mail goes: this one waits.
        assert_eq!(failed[0]["next"].is_i64(), why == "tls", "{failed:?}");
        let said = world.server.said();
        assert!(!said.contains("let me in") && !said.contains("let%20me"), "{said}");
    }
    assert_eq!(office.mails(), []);
    let (_, failed) = tried(&door("let%20me%20in"), Some(&authority)).await;
    assert!(failed.is_empty(), "{failed:?}");
    to(&office.mails(), "zoe@univ.example");
}

/// The rows of the administrators' list of mails, as a reader sees them.
async fn listed(world: &World) -> String {
    let answer = world
        .server
        .http()
        .get(format!("{}/admin/mails?lang=en", world.server.base))
        .bearer_auth(&world.admin.token)
        .send()
        .await
        .expect("an answer");
    answer.text().await.expect("a page")
}

/// A 4xx answer is *not now* (RFC 5321 §4.2.1): tried again, later each time, so many times.
#[tokio::test]
async fn what_the_server_does_not_take_for_now_is_tried_again_with_growing_waits_and_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let mut world = world(&office.url).await;
    world.server.setting("mail_retry", "0.3");
    world.server.setting("mail_tries", "4");
    world.server.restart().await;
    let owner = world.server.person("grace@univ.example", "Grace Hopper", "staff").await;
    let meeting = plan(&owner, json!({})).await;
    let body =
        json!({ "addresses": ["later@univ.example", "never@univ.example", "refused@univ.example"], "language": "fr" });
    owner
        .post(&format!("/meetings/{meeting}/invitations"), &body)
        .await
        .ok();
    // The one that is refused for good is tried once; meanwhile the others wait, and the list says for what.
    let shown = eventually(SOON, "the list says what waits and why", async || {
        let shown = listed(&world).await;
        let all = ["smtp_451", "smtp_550"].iter().all(|w| shown.contains(w));
        if all { Ok(shown) } else { Err(shown) }
    })
    .await;
    assert!(!shown.contains("later@") && !shown.contains("come back"), "{shown}");
    eventually(SOON, "each is settled", async || {
        let of = async |kind| told(&world.server, kind).await.len();
        let seen = (of("MailSent").await, of("MailFailed").await);
        if seen == (1, 2) { Ok(()) } else { Err(seen) }
    })
    .await;
    to(&office.mails(), "later@univ.example");
    let mut failed: Vec<String> = told(&world.server, "MailFailed")
        .await
        .iter()
        .map(|f| f["why"].to_string())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["\"smtp_451\"", "\"smtp_550\""]);
    // Two tries of the one before it was taken, three of the other before the last; each wait is twice the one before.
    let put_off = told(&world.server, "MailPutOff").await;
    assert_eq!(put_off.len(), 2 + 3, "{put_off:?}");
    assert_eq!(told(&world.server, "MailSendAsked").await.len(), 3 + 4 + 1);
    let events = world.server.run(&["audit", "events"], None).await.ok();
    let waits = events.lines().filter(|l| l.contains("\"MailPutOff\""));
    let mut waits: Vec<i64> = waits
        .map(|l| {
            let event: Value = serde_json::from_str(l).expect("an event");
            let at = event["time"].as_str().expect("a time");
            let at = chrono::DateTime::parse_from_rfc3339(at)
                .expect("a time")
                .timestamp_millis();
            event["data"]["next"].as_i64().expect("a moment") - at
        })
        .collect();
    waits.sort_unstable();
    let near = |wait: i64, wanted: i64| (wanted - 150..=wanted + 20).contains(&wait);
    assert!(
        waits
            .iter()
            .zip([300, 300, 600, 600, 1200])
            .all(|(w, wanted)| near(*w, wanted)),
        "{waits:?}"
    );
}

/// A server that is down for a while loses nobody's invitation, also where the program starts anew meanwhile.
#[tokio::test]
async fn a_server_that_is_not_there_is_asked_again_and_a_restart_does_not_hurry() {
    let nobody = format!("smtp://127.0.0.1:{}", crate::harness::free_port());
    let mut world = world(&nobody).await;
    world.server.setting("mail_retry", "600");
    world.server.restart().await;
    let owner = world.server.person("grace@univ.example", "Grace Hopper", "staff").await;
    let meeting = plan(&owner, json!({})).await;
    invite(&owner, &meeting, "zoe@univ.example", "fr").await;
    let put_off = async |world: &World, what: &str| {
        eventually(SOON, what, async || {
            let told = told(&world.server, "MailPutOff").await;
            if told.is_empty() { Err(told) } else { Ok(told) }
        })
        .await
    };
    let first = put_off(&world, "a mail waits").await;
    assert_eq!(first[0]["why"], "unreachable");
    world.server.restart().await;
    assert_eq!(put_off(&world, "it still waits").await.len(), 1);
    assert_eq!(
        told(&world.server, "MailSendAsked").await.len(),
        1,
        "ten minutes are not over"
    );
    assert!(listed(&world).await.contains("unreachable"));
    // An administrator who has mended it waits for nothing.
    world.admin.post("/reactors/postman/try-again", &Value::Null).await.ok();
    eventually(SOON, "it is tried at once", async || {
        let tries = told(&world.server, "MailSendAsked").await.len();
        if tries == 2 { Ok(()) } else { Err(tries) }
    })
    .await;
}

/// A world whose mails go to this office, and where what is put off waits until somebody presses *try again*.
async fn patient(office: &PostOffice) -> (World, Person) {
    let mut world = world(&office.url).await;
    world.server.setting("mail_retry", "600");
    world.server.restart().await;
    let owner = world.server.person("grace@univ.example", "Grace Hopper", "staff").await;
    (world, owner)
}

/// Waits for so many events of a kind.
async fn so_many(world: &World, kind: &str, count: usize) {
    eventually(SOON, &format!("{count} {kind}"), async || {
        let seen = told(&world.server, kind).await;
        if seen.len() == count { Ok(()) } else { Err(seen) }
    })
    .await;
}

/// Why mails failed, in order.
async fn whys(world: &World) -> Vec<String> {
    let failed = told(&world.server, "MailFailed").await;
    let mut whys: Vec<String> = failed
        .iter()
        .filter_map(|f| f["why"].as_str().map(str::to_owned))
        .collect();
    whys.sort_unstable();
    whys
}

async fn try_again(world: &World) {
    world.admin.post("/reactors/postman/try-again", &Value::Null).await.ok();
}

/// A REQUEST that is written behind the CANCEL wins over it (RFC 5546 §2.1.5): what was put off must not invite to what is off by then.
#[tokio::test]
async fn a_mail_that_waited_invites_nobody_to_what_was_cancelled_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let (world, owner) = patient(&office).await;
    let meeting = plan(&owner, json!({})).await;
    invite(&owner, &meeting, "later@univ.example", "en").await;
    so_many(&world, "MailPutOff", 1).await;
    owner.delete(&format!("/meetings/{meeting}")).await.ok();
    so_many(&world, "MailFailed", 1).await;
    try_again(&world).await;
    so_many(&world, "MailFailed", 2).await;
    // And who never heard of it is not told that it is off.
    assert_eq!(whys(&world).await, ["off", "untold"]);
    assert_eq!(office.mails(), []);
}

/// Two versions that were both put off are one mail: of what holds now, and to whom nothing was said yet it is an invitation.
#[tokio::test]
async fn of_two_mails_that_waited_the_newer_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let (world, owner) = patient(&office).await;
    let meeting = plan(&owner, json!({})).await;
    invite(&owner, &meeting, "later@univ.example", "en").await;
    so_many(&world, "MailPutOff", 1).await;
    let path = format!("/meetings/{meeting}");
    owner.patch(&path, &json!({ "starts_at": rfc3339(90_000) })).await.ok();
    so_many(&world, "MailPutOff", 2).await;
    try_again(&world).await;
    so_many(&world, "MailSent", 1).await;
    so_many(&world, "MailFailed", 1).await;
    assert_eq!(told(&world.server, "MailFailed").await, [json!({ "why": "newer" })]);
    let mails = office.mails();
    let mail = to(&mails, "later@univ.example");
    assert_eq!(
        (mail.calendar("METHOD"), mail.calendar("SEQUENCE")),
        (":REQUEST".into(), ":1".into())
    );
    assert_eq!(mail.headers["subject"], "Invitation: Calcul");
}

/// Census M29: who invites hears what became of each mail, and asks for one anew.
#[tokio::test]
async fn who_invites_learns_what_failed_and_asks_for_it_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let (world, owner) = patient(&office).await;
    let meeting = plan(&owner, json!({})).await;
    let path = format!("/meetings/{meeting}/invitations");
    let body =
        json!({ "addresses": ["refused@univ.example", "later@univ.example", "zoe@univ.example"], "language": "fr" });
    owner.post(&path, &body).await.ok();
    let states = async || {
        let page = owner.get(&path).await.ok();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let state = |i: &Value| (i["address"].clone(), i["mail"].clone(), i["why"].clone());
        items.iter().map(state).collect::<Vec<_>>()
    };
    let wanted = [
        (json!("refused@univ.example"), json!("failed"), json!("smtp_550")),
        (json!("later@univ.example"), json!("waiting"), json!("smtp_451")),
        (json!("zoe@univ.example"), json!("sent"), Value::Null),
    ];
    eventually(SOON, "each is told", async || {
        let seen = states().await;
        if seen == wanted { Ok(()) } else { Err(seen) }
    })
    .await;
    // The same on the page, with what to do about it; administrators are led to it.
    let asked = world
        .server
        .http()
        .get(format!("{}/meetings/{meeting}?lang=en", world.server.base));
    let page = asked.bearer_auth(&owner.token).send().await.expect("an answer");
    let page = page.text().await.expect("a page");
    assert!(
        page.contains("message not sent (smtp_550)") && page.contains("Write again"),
        "{page}"
    );
    assert!(
        listed(&world)
            .await
            .contains(&format!("/meetings/{meeting}#invitations"))
    );
    let page = owner.get(&path).await.ok();
    let again = async |n: usize| {
        let invitee = page["items"][n]["id"].as_str().expect("an id").to_owned();
        owner.post(&format!("{path}/{invitee}/mail"), &Value::Null).await
    };
    assert_eq!(again(0).await.status, 204);
    so_many(&world, "MailFailed", 2).await;
    // One that was sent, or waits, is not sent anew.
    for n in [1, 2] {
        assert_eq!(again(n).await.status, 204);
    }
    assert_eq!(told(&world.server, "MailAskedAnew").await.len(), 1);
    // Who never got it is not told that it is off.
    owner.delete(&format!("/meetings/{meeting}")).await.ok();
    so_many(&world, "MailSent", 2).await;
    so_many(&world, "MailFailed", 4).await;
    assert_eq!(whys(&world).await, ["smtp_550", "smtp_550", "untold", "untold"]);
    let mails = office.mails();
    assert!(mails.iter().all(|m| m.to == ["zoe@univ.example"]), "{mails:#?}");
}
