//! People are invited by mail, through a mail server that is not ours: one copy each, changes, and the end.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::faults::told;
use crate::harness::{Mail, Person, PostOffice, World, eventually, rfc3339};

/// Enough for what takes a second on a machine where much else runs.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Post {
    pub world: World,
    pub office: PostOffice,
    pub owner: Person,
    _folder: TempDir,
}

impl Post {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let office = PostOffice::start(folder.path(), None).await;
        let world = world(&office.url).await;
        let owner = world.server.person("grace@univ.example", "Grace Hopper", "staff").await;
        Self {
            world,
            office,
            owner,
            _folder: folder,
        }
    }

    /// Waits until nothing is on its way: of every mail that was asked for it is known what became of it.
    pub async fn settled(&self, asked: usize) {
        let server = &self.world.server;
        eventually(SOON, &format!("{asked} mails are settled"), async || {
            let count = async |kind| told(server, kind).await.len();
            let done = count("MailSent").await + count("MailFailed").await + count("MailUnknown").await;
            let seen = (count("MailRequested").await, done);
            if seen == (asked, asked) { Ok(()) } else { Err(seen) }
        })
        .await;
    }
}

/// A world whose mails go to this server, and whose people are told of changes at once.
pub async fn world(smtp_url: &str) -> World {
    let mut world = World::new().await;
    for (name, value) in [
        ("smtp_url", smtp_url),
        ("mail_from", "Amphi <amphi@univ.example>"),
        ("invitation_quiet", "0.2"),
    ] {
        world.server.setting(name, value);
    }
    world.server.restart().await;
    world
}

pub async fn plan(owner: &Person, more: Value) -> String {
    let mut body =
        json!({ "name": "Calcul", "starts_at": rfc3339(86_400), "duration_s": 3600, "time_zone": "Europe/Paris" });
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    let made = owner.post("/meetings", &body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

pub async fn invite(owner: &Person, meeting: &str, address: &str, language: &str) -> Value {
    let body = json!({ "addresses": [address], "language": language });
    owner
        .post(&format!("/meetings/{meeting}/invitations"), &body)
        .await
        .ok()
}

/// Invitees' keys in the file of keys, and whether each was destroyed.
async fn invitees(data: &Path) -> Vec<(String, bool)> {
    let file = format!("sqlite://{}?mode=ro", data.join("keys.db").display());
    let mut db = SqliteConnection::connect(&file).await.expect("keys.db");
    let all = sqlx::query_as("SELECT name, wrapped IS NULL FROM keys WHERE kind = 'subject' AND name LIKE 'invitee:%'");
    all.fetch_all(&mut db).await.expect("keys")
}

/// The one mail to somebody among these.
#[track_caller]
pub fn to<'a>(mails: &'a [Mail], address: &str) -> &'a Mail {
    let theirs: Vec<&Mail> = mails.iter().filter(|m| m.to.iter().any(|t| t == address)).collect();
    assert_eq!(theirs.len(), 1, "one copy for {address}: {theirs:#?}");
    theirs[0]
}

/// What holds of every mail of an invitation to one of several people.
#[track_caller]
fn proper(mail: &Mail, all: &[&str]) {
    assert_eq!(mail.to.len(), 1, "one reader a mail: {mail:#?}");
    let reader = &mail.to[0];
    assert_eq!(mail.headers["to"], *reader);
    assert_eq!(mail.from, "amphi@univ.example");
    assert_eq!(mail.headers["from"], "Amphi <amphi@univ.example>");
    assert_eq!(mail.headers["reply-to"], "Grace Hopper <grace@univ.example>");
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    let whole = format!("{mail:?}");
    for other in all.iter().filter(|a| *a != reader) {
        assert!(!whole.contains(other), "{reader} sees {other}: {mail:#?}");
    }
    for word in ["password", "mot de passe"] {
        assert!(!whole.to_lowercase().contains(word), "{mail:#?}");
    }
    assert_eq!(
        mail.calendar("ORGANIZER"),
        ";CN=\"Grace Hopper\":mailto:amphi@univ.example"
    );
    assert!(mail.calendar("ATTENDEE").ends_with(&format!("mailto:{reader}")));
    let part = mail.part("text/calendar");
    assert_eq!(mail.calendar("METHOD"), format!(":{}", part.parameters["method"]));
    assert_eq!(part.parameters["charset"], "utf-8");
}

/// Census M28, M29: sent from the owner's address to everybody in one header, the password in clear, and never a word of a change or the end.
#[tokio::test]
async fn who_is_invited_gets_a_copy_of_their_own_and_hears_of_changes_and_of_the_end() {
    let post = Post::new().await;
    let (zoe, bob) = ("zoe@univ.example", "bob@other.example");
    let meeting = plan(&post.owner, json!({ "description": "Salle B\n+ exercices; é" })).await;
    invite(&post.owner, &meeting, zoe, "fr").await;
    let listed = invite(&post.owner, &meeting, bob, "en").await;
    let listed: Vec<&Value> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|i| &i["address"])
        .collect();
    assert_eq!(listed, [zoe, bob]);
    // Who is invited is not invited again.
    invite(&post.owner, &meeting, "ZOE@univ.example", "en").await;

    let first = post.office.given(2).await;
    for mail in &first {
        proper(mail, &[zoe, bob]);
        assert_eq!(mail.calendar("METHOD"), ":REQUEST");
        assert_eq!(mail.calendar("SEQUENCE"), ":0");
        assert!(mail.calendar("UID").starts_with(&format!(":{meeting}@")), "{mail:#?}");
        assert_eq!(mail.calendar("SUMMARY"), ":Calcul");
        assert!(mail.text().contains(&format!("/join/{meeting}")), "{mail:#?}");
        assert!(mail.text().contains("+ exercices; é"), "{mail:#?}");
        assert!(
            mail.calendar("DESCRIPTION").starts_with(":Salle B\\n+ exercices\\; é"),
            "{mail:#?}"
        );
    }
    let subject = |mails: &[Mail], address| to(mails, address).headers["subject"].clone();
    assert_eq!(subject(&first, zoe), "Invitation : Calcul");
    assert!(to(&first, zoe).text().starts_with("Bonjour,"));
    assert_eq!(subject(&first, bob), "Invitation: Calcul");
    assert!(to(&first, bob).text().starts_with("Hello,"));

    // Moved: the same entry, anew. What calendars don't show is told to nobody.
    let path = format!("/meetings/{meeting}");
    post.owner.patch(&path, &json!({ "mute_on_start": false })).await.ok();
    post.owner
        .patch(&path, &json!({ "starts_at": rfc3339(90_000) }))
        .await
        .ok();
    let all = post.office.given(4).await;
    let moved = &all[2..];
    for (mail, before) in moved.iter().map(|m| (m, to(&first, &m.to[0]))) {
        proper(mail, &[zoe, bob]);
        assert_eq!(mail.calendar("METHOD"), ":REQUEST");
        assert_eq!(mail.calendar("SEQUENCE"), ":1");
        assert_eq!(mail.calendar("UID"), before.calendar("UID"));
        assert_ne!(mail.part("text/calendar").text, before.part("text/calendar").text);
        assert_ne!(mail.headers["message-id"], before.headers["message-id"]);
    }
    assert_eq!(subject(moved, zoe), "Changement : Calcul");
    assert_eq!(subject(moved, bob), "Changed: Calcul");

    // Off: out of their calendars.
    post.owner.delete(&path).await.ok();
    let all = post.office.given(6).await;
    let off = &all[4..];
    for (mail, before) in off.iter().map(|m| (m, to(&first, &m.to[0]))) {
        proper(mail, &[zoe, bob]);
        assert_eq!(mail.calendar("METHOD"), ":CANCEL");
        assert_eq!(mail.calendar("STATUS"), ":CANCELLED");
        assert_eq!(mail.calendar("SEQUENCE"), ":2");
        assert_eq!(mail.calendar("UID"), before.calendar("UID"));
    }
    assert_eq!(subject(off, zoe), "Annulé : Calcul");
    assert_eq!(subject(off, bob), "Cancelled: Calcul");

    // Nothing more, after a kill neither; and no address in the log or in what the program says.
    post.settled(6).await;
    post.world.server.restart().await;
    post.settled(6).await;
    assert_eq!(post.office.mails(), all);
    let events = post.world.server.run(&["audit", "events"], None).await.ok();
    for (place, text) in [("log of events", events), ("log", post.world.server.said())] {
        for address in [zoe, bob] {
            assert!(!text.contains(address), "{address} stands in the {place}");
        }
    }
}

#[tokio::test]
async fn who_is_no_longer_invited_is_told_and_nobody_else() {
    let post = Post::new().await;
    let (zoe, bob) = ("zoe@univ.example", "bob@other.example");
    let meeting = plan(&post.owner, json!({})).await;
    let listed = invite(&post.owner, &meeting, zoe, "fr").await;
    let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    invite(&post.owner, &meeting, bob, "fr").await;
    post.office.given(2).await;
    let path = format!("/meetings/{meeting}/invitations/{id}");
    post.owner.delete(&path).await.ok();
    let all = post.office.given(3).await;
    let off = to(&all[2..], zoe);
    proper(off, &[zoe, bob]);
    assert_eq!(off.calendar("METHOD"), ":CANCEL");
    // Their address is kept no more: the key it was sealed with is gone. The other's is there.
    eventually(SOON, "the key of who is no longer invited is gone", async || {
        let keys = invitees(&post.world.server.data).await;
        let gone: Vec<&str> = keys
            .iter()
            .filter(|(_, gone)| *gone)
            .map(|(who, _)| who.as_str())
            .collect();
        if keys.len() == 2 && gone == [format!("invitee:{id}")] {
            Ok(())
        } else {
            Err(keys)
        }
    })
    .await;
    let left = post.owner.get(&format!("/meetings/{meeting}/invitations")).await.ok();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1), "{left}");
    // Of what changes later they hear nothing.
    let name = json!({ "name": "Calcul II" });
    post.owner.patch(&format!("/meetings/{meeting}"), &name).await.ok();
    let all = post.office.given(4).await;
    to(&all[3..], bob);
    post.settled(4).await;
    // Invited again: calendars that took them out take only a larger number, written later.
    invite(&post.owner, &meeting, zoe, "fr").await;
    let all = post.office.given(5).await;
    let again = to(&all[4..], zoe);
    assert_eq!(again.calendar("METHOD"), ":REQUEST");
    assert_eq!(again.calendar("UID"), off.calendar("UID"));
    let number = |mail: &Mail| mail.calendar("SEQUENCE")[1..].parse::<u32>().expect("a number");
    assert!(number(off) > number(to(&all[..2], zoe)) && number(again) > number(off));
    assert!(again.calendar("DTSTAMP") >= off.calendar("DTSTAMP"), "{again:#?}");
}

/// A series, one date moved, one cancelled: each is an update of the one entry.
#[tokio::test]
async fn single_dates_of_a_series_are_updates_of_one_entry() {
    let post = Post::new().await;
    let zoe = "zoe@univ.example";
    let rule = json!({ "unit": "weekly", "frequency": 1, "count": 6, "weekdays": "0" });
    let more = json!({ "starts_at": "2027-03-15T10:00:00+01:00", "recurrence": rule });
    let meeting = plan(&post.owner, more).await;
    invite(&post.owner, &meeting, zoe, "fr").await;
    let first = post.office.given(1).await;
    assert!(first[0].calendar("RRULE").contains("FREQ=WEEKLY"));
    let date = |date: &str| format!("/meetings/{meeting}/occurrences/{date}");
    let moved = json!({ "starts_at": "2027-03-23T09:00:00+01:00", "duration_s": 1800 });
    post.owner.put(&date("2027-03-22"), &moved).await.ok();
    let second = &post.office.given(2).await[1];
    assert_eq!(second.calendar("SEQUENCE"), ":1");
    // Who reads the text alone sees which date it is.
    let single = "– lundi 22 mars 2027, 10:00\u{a0}–\u{a0}11:00 : déplacé, mardi 23 mars 2027, 09:00\u{a0}–\u{a0}09:30";
    assert!(second.text().contains(single), "{}", second.text());
    assert_eq!(second.calendar("RECURRENCE-ID"), ";TZID=Europe/Paris:20270322T100000");
    post.owner.delete(&date("2027-03-29")).await.ok();
    let third = &post.office.given(3).await[2];
    assert_eq!(third.calendar("SEQUENCE"), ":2");
    // In the wall clock of its zone, also behind the change of the 28th.
    let off = "– lundi 29 mars 2027, 10:00\u{a0}–\u{a0}11:00 : n’a pas lieu";
    assert!(
        third.text().contains(off) && third.text().contains(single),
        "{}",
        third.text()
    );
    assert_eq!(third.calendar("EXDATE"), ";TZID=Europe/Paris:20270329T100000");
    for mail in [second, third] {
        proper(mail, &[zoe]);
        assert_eq!(mail.calendar("METHOD"), ":REQUEST");
        assert_eq!(mail.calendar("UID"), first[0].calendar("UID"));
    }
    post.settled(3).await;
}

/// Census M17: inviting to a series without an end was an error of the server.
#[tokio::test]
async fn people_are_invited_to_a_series_without_an_end() {
    let post = Post::new().await;
    let zoe = "zoe@univ.example";
    let more = json!({ "starts_at": "2027-03-15T10:00:00+01:00", "recurrence": { "unit": "weekly" } });
    let meeting = plan(&post.owner, more).await;
    invite(&post.owner, &meeting, zoe, "fr").await;
    let mail = &post.office.given(1).await[0];
    proper(mail, &[zoe]);
    let rule = mail.calendar("RRULE");
    assert!(
        rule.contains("FREQ=WEEKLY") && !rule.contains("UNTIL") && !rule.contains("COUNT"),
        "{rule}"
    );
    assert!(mail.text().contains("Chaque semaine\u{a0}: lundi"), "{}", mail.text());
}

/// Without an organizer programs take no entry (RFC 5546 §3.2.2): where the owner has no address it is the platform.
#[tokio::test]
async fn an_owner_without_an_address_invites_in_the_platform_s_name() {
    let post = Post::new().await;
    let paul = post.world.presenter.clone();
    let meeting = plan(&paul, json!({})).await;
    invite(&paul, &meeting, "zoe@univ.example", "fr").await;
    let mail = &post.office.given(1).await[0];
    assert!(!mail.headers.contains_key("reply-to"), "{mail:#?}");
    assert!(mail.text().contains("Paul Présentateur"), "{mail:#?}");
    let organizer = mail.calendar("ORGANIZER");
    assert_eq!(organizer, ";CN=\"Paul Présentateur\":mailto:amphi@univ.example");
}

/// Calendars take changes of an entry from its organizer alone (RFC 5546 §2.1.4): the same one before and after a hand-over, which itself is
/// no change of what they show.
#[tokio::test]
async fn a_meeting_that_was_handed_over_stays_the_entry_that_it_was() {
    let post = Post::new().await;
    let paul = post
        .world
        .server
        .person("paul@univ.example", "Paul Petit", "staff")
        .await;
    let (meeting, zoe) = (plan(&post.owner, json!({})).await, "zoe@univ.example");
    invite(&post.owner, &meeting, zoe, "fr").await;
    post.office.given(1).await;
    let path = format!("/meetings/{meeting}");
    let given = json!({ "person": "paul@univ.example", "stay": true });
    post.owner.put(&format!("{path}/owner"), &given).await.ok();
    to(&post.office.given(2).await, "paul@univ.example");
    paul.patch(&path, &json!({ "starts_at": rfc3339(90_000) })).await.ok();
    let all = post.office.given(3).await;
    let (first, moved) = (to(&all[..1], zoe), to(&all[2..], zoe));
    assert_eq!(first.calendar("UID"), moved.calendar("UID"));
    assert_eq!(
        (first.calendar("SEQUENCE"), moved.calendar("SEQUENCE")),
        (":0".into(), ":1".into())
    );
    let address = |mail: &Mail| {
        let organizer = mail.calendar("ORGANIZER");
        organizer.rsplit_once("mailto:").map(|(_, address)| address.to_owned())
    };
    assert_eq!(address(first), address(moved));
    assert_eq!(
        moved.calendar("ORGANIZER"),
        ";CN=\"Paul Petit\":mailto:amphi@univ.example"
    );
    assert_eq!(moved.headers["reply-to"], "Paul Petit <paul@univ.example>");
    post.settled(3).await;
}

/// What opens the door stands in a mail only where it was ticked, and then for that person alone.
#[tokio::test]
async fn a_password_and_a_direct_link_are_mailed_only_where_they_were_ticked() {
    let post = Post::new().await;
    let meeting = plan(&post.owner, json!({})).await;
    let path = format!("/meetings/{meeting}");
    let word = "tulipe-42-xyz";
    post.owner
        .put(&format!("{path}/password"), &json!({ "password": word }))
        .await
        .ok();
    let door = post.owner.post(&format!("{path}/key"), &Value::Null).await.ok();
    let link = door["direct_url"].as_str().expect("a link").to_owned();
    let key = link.rsplit('/').next().expect("a key").to_owned();
    let invite = async |address: &str, ticked: Value| {
        let mut body = json!({ "addresses": [address], "language": "fr" });
        for (name, value) in ticked.as_object().expect("ticks") {
            body[name] = value.clone();
        }
        post.owner.post(&format!("{path}/invitations"), &body).await.ok();
    };
    invite("plain@univ.example", json!({})).await;
    invite("word@univ.example", json!({ "with_password": true })).await;
    invite("link@univ.example", json!({ "with_key": true })).await;
    invite("both@univ.example", json!({ "with_password": true, "with_key": true })).await;
    let check = |mails: &[Mail]| {
        for (address, has_word, has_link) in [
            ("plain@univ.example", false, false),
            ("word@univ.example", true, false),
            ("link@univ.example", false, true),
            ("both@univ.example", true, true),
        ] {
            let mail = to(mails, address);
            let whole = format!("{mail:?}");
            assert_eq!(
                (whole.contains(word), whole.contains(&key)),
                (has_word, has_link),
                "{mail:#?}"
            );
            // Calendars are shared with whole teams: neither stands in the part that they take.
            let calendar = &mail.part("text/calendar").text;
            assert!(!calendar.contains(word) && !calendar.contains(&key), "{calendar}");
        }
    };
    check(&post.office.given(4).await);
    // In what tells of a change the same holds.
    post.owner
        .patch(&path, &json!({ "starts_at": rfc3339(90_000) }))
        .await
        .ok();
    check(&post.office.given(8).await[4..]);
    // What was taken away meanwhile stands in nobody's, and a cancelling opens nothing.
    post.owner
        .put(&format!("{path}/password"), &json!({ "password": null }))
        .await
        .ok();
    post.owner.delete(&format!("{path}/key")).await.ok();
    post.owner.patch(&path, &json!({ "name": "Calcul II" })).await.ok();
    let all = post.office.given(12).await;
    let later = format!("{:?}", &all[8..]);
    assert!(!later.contains(word) && !later.contains(&key), "{later}");
    post.owner.delete(&path).await.ok();
    let off = format!("{:?}", &post.office.given(16).await[12..]);
    assert!(!off.contains(word) && !off.contains(&key), "{off}");
    // Neither in the log, nor in what the program says.
    let events = post.world.server.run(&["audit", "events"], None).await.ok();
    for text in [events, post.world.server.said()] {
        assert!(!text.contains(word) && !text.contains(&key));
    }
}

/// Whoever has an address is reached, whatever they sign in with; a login that another house gave is no address, however it looks.
#[tokio::test]
async fn people_are_written_to_at_their_address_and_not_at_their_login() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let mut world = World::new().await;
    for (name, value) in [
        ("smtp_url", office.url.as_str()),
        ("mail_from", "Amphi <amphi@univ.example>"),
        ("invitation_quiet", "0.2"),
        ("planners", "everybody"),
        ("headers_from", "127.0.0.1/32"),
        ("headers_attributes", "X-Mail"),
        ("mail_attributes", "X-Mail"),
    ] {
        world.server.setting(name, value);
    }
    world.server.restart().await;
    let server = &world.server;
    let grace = server.person("grace.h", "Grace Hopper", "staff").await;
    let mail = json!({ "mail": "grace@univ.example" });
    let kept = grace.put("/me/mail", &mail).await;
    assert_eq!(kept.status, 204, "{kept:?}");
    server.person("ada.l", "Ada Lovelace", "user").await;
    let set = ["user", "mail", "--login", "ada.l", "--address", "ada@univ.example"];
    server.run(&set, None).await.ok();
    server.person("local@univ.example", "Local", "user").await;
    server.person("nobody", "Nobody", "user").await;
    // Two by another house, which says of one where to write to.
    for (login, mail) in [
        ("boss@univ.example", Some("zoe@univ.example")),
        ("chosen@univ.example", None),
    ] {
        let mut asked = server.http().get(format!("{}/login/headers", server.base));
        asked = asked.header("x-remote-user", login);
        if let Some(mail) = mail {
            asked = asked.header("x-mail", mail);
        }
        let entered = asked.send().await.expect("an answer");
        assert!(
            entered.status().is_redirection() || entered.status().is_success(),
            "{entered:?}"
        );
    }
    let readers = [
        ("ada.l", Some("ada@univ.example")),
        ("local@univ.example", Some("local@univ.example")),
        ("nobody", None),
        ("boss@univ.example", Some("zoe@univ.example")),
        ("chosen@univ.example", None),
    ];
    for (login, _) in readers {
        let meeting = plan(&grace, json!({})).await;
        let given = json!({ "person": login, "stay": true });
        grace.put(&format!("/meetings/{meeting}/owner"), &given).await.ok();
    }
    eventually(SOON, "five mails are settled", async || {
        let count = async |kind| told(server, kind).await.len();
        let seen = (count("MailSent").await, count("MailFailed").await);
        if seen == (3, 2) { Ok(()) } else { Err(seen) }
    })
    .await;
    let mails = office.mails();
    assert_eq!(mails.len(), 3, "{mails:#?}");
    for address in readers.iter().filter_map(|(_, a)| *a) {
        assert_eq!(
            to(&mails, address).headers["reply-to"],
            "Grace Hopper <grace@univ.example>"
        );
    }
    assert_eq!(
        told(server, "MailFailed").await,
        [json!({ "why": "no_address" }), json!({ "why": "no_address" })]
    );
}
