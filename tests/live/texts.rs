//! What people write: counted as the room counts it, refused or kept whole, never cut; and what their names may be.

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::authority::kept;
use super::ws::{SOON, address, next, planned};
use crate::harness::{Ask, SimOptions, Viewer, World, WorldOptions, open};

/// A woman, a woman, a girl and a boy, joined: eleven UTF-16 units, 25 bytes, one sign.
const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";
/// The flag of Scotland: a black flag and seven tags, fourteen units.
const SCOTLAND: &str = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";

/// Lines of five hundred units, and how each is made one unit too long.
fn at_the_limit() -> Vec<(&'static str, String)> {
    vec![
        ("waves", "👋".repeat(250)),
        ("families", format!("{}abcde", FAMILY.repeat(45))),
        ("flags", format!("{}0123456789", SCOTLAND.repeat(35))),
        ("letters", "a".repeat(500)),
        ("characters of three bytes", "漢".repeat(500)),
        ("letters with their marks", "e\u{301}".repeat(250)),
        ("right to left", "ש".repeat(500)),
    ]
}

#[tokio::test]
async fn five_hundred_units_are_taken_whole_and_one_more_is_refused() {
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            ..SimOptions::default()
        },
        ..WorldOptions::default()
    })
    .await;
    let student = world.server.person("awa", "Awa", "user").await;
    let plan = world.plan("To the limit").await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut reader = Viewer::of(&world.server, &plan.event, None).await;
    world.start(&plan).await;
    world.open(&plan).await;
    let chat = writer
        .until(SOON, "a way into the room", |s| {
            (s.state["chat"]["room"] == "both").then(|| s.state["chat"].clone())
        })
        .await;
    assert_eq!(
        (&chat["max_units"], &chat["max_bytes"]),
        (&json!(500), &json!(2000)),
        "{chat}"
    );
    for (what, text) in at_the_limit() {
        assert_eq!(text.encode_utf16().count(), 500, "{what}");
        writer.post(what, &text).await;
        for more in ["a", "👋", "\u{301}"] {
            let id = format!("{what} and {more}");
            writer.say(&id, &format!("{text}{more}")).await;
            let refused = writer
                .until(SOON, "a refusal", |s| {
                    s.refused.iter().find(|r| r["client_id"] == id.as_str()).cloned()
                })
                .await;
            assert_eq!(refused["code"], "too_long", "{id}");
        }
        // What stands around it is not counted.
        writer
            .post(&format!("{what} with blanks"), &format!("  {text} \n"))
            .await;
        reader
            .until(SOON, "the same text", |s| {
                (s.lines.values().filter(|l| l["text"] == text.as_str()).count() == 2).then_some(())
            })
            .await;
        writer
            .until(SOON, "relayed", |s| {
                let ours: Vec<&Value> = s.lines.values().filter(|l| l["text"] == text.as_str()).collect();
                ours.iter().all(|l| l["status"] == "relayed").then_some(())
            })
            .await;
        let heard = world.sim.chat(&plan.meeting).await;
        let (from, said) = heard.last().expect("a line in the room");
        assert_eq!((from.as_str(), said.as_str()), ("Awa (live)", text.as_str()), "{what}");
    }
    world.server.restart().await;
    reader.reconnect().await;
    let lines = world.presenter.history(&plan.event).await;
    let expected: Vec<String> = at_the_limit().into_iter().flat_map(|(_, t)| [t.clone(), t]).collect();
    let texts: Vec<&str> = lines.iter().map(|l| l["text"].as_str().expect("text")).collect();
    assert_eq!(texts, expected);
    reader.sound();
    writer.sound();
}

#[tokio::test]
async fn what_is_no_line_and_what_is_one() {
    let (world, plan, student) = planned(vec![]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let reader = Viewer::of(&world.server, &plan.event, None).await;
    let none = [
        ("nothing", String::new()),
        ("blanks", " \u{a0}\u{2003}\t\n".to_owned()),
        ("what nobody sees", "\u{200b}\u{202e}\u{2066}\u{feff}".to_owned()),
        ("NUL", "a\u{0}b".to_owned()),
        ("escape", "\u{1b}[31mred".to_owned()),
        ("bell", "a\u{7}".to_owned()),
        ("delete", "a\u{7f}b".to_owned()),
        ("a line break", "a\nb".to_owned()),
        ("a tab", "a\tb".to_owned()),
        ("next line", "a\u{85}b".to_owned()),
        ("line separator", "a\u{2028}b".to_owned()),
        ("paragraph separator", "a\u{2029}b".to_owned()),
        ("a tower of marks", format!("H{}", "\u{302}\u{35f}\u{327}".repeat(30))),
        (
            "a tower in the middle",
            format!("see {}", "e\u{489}".repeat(2) + &"\u{489}".repeat(40)),
        ),
        ("a tower of what encloses", format!("a{}", "\u{20dd}".repeat(20))),
    ];
    for (what, text) in &none {
        writer.say(what, text).await;
        let refused = writer
            .until(SOON, "a refusal", |s| {
                s.refused.iter().find(|r| r["client_id"] == *what).cloned()
            })
            .await;
        assert_eq!(refused["code"], "invalid", "{what}: {refused}");
        let body = json!({ "client_id": *what, "text": text });
        let answer = student.post(&format!("/live/{}/chat", plan.event), &body).await;
        answer.problem(422, "bad_text");
    }
    // Half of a pair is no text in JSON either, by neither way.
    let ask = Ask {
        token: Some(student.token.clone()),
        ..Ask::default()
    };
    let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
    for half in [r"\ud83d", r"\udc4b", r"\udc4b\ud83d", r"a\ud83db"] {
        let frame = format!(r#"{{"t":"post","client_id":"half","text":"{half}"}}"#);
        socket.send(Message::text(frame)).await.expect("sent");
        loop {
            let frame = next(&mut socket).await.expect("the socket stays");
            assert_ne!(frame["t"], "receipt", "{half}");
            if frame["t"] == "refused" {
                assert_eq!(frame["code"], "invalid", "{half}");
                break;
            }
        }
        let answer = world
            .server
            .http()
            .post(format!("{}/api/v1/live/{}/chat", world.server.base, plan.event))
            .bearer_auth(&student.token)
            .header("content-type", "application/json")
            .body(format!(r#"{{"client_id":"half","text":"{half}"}}"#))
            .send()
            .await
            .expect("an answer");
        assert!(
            matches!(answer.status().as_u16(), 400 | 422),
            "{half}: {}",
            answer.status()
        );
    }
    assert_eq!(kept(&world).await, 0);
    // Direction, joiners and marks that languages need stay as they were written: the page isolates each line.
    let lines = [
        "\u{202e}turned round",
        "\u{2067}isolated and not ended",
        "a\u{200d}b\u{200c}c\u{200b}d",
        "سلام\u{200f} (a)",
        "می\u{200c}خواهم",
        "בְּרֵאשִׁית בָּרָא",
        "ཧྐྵྨླྺྼྻྂ",
        "Z̤̈",
        "1️⃣ 👩🏿‍💻 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "\u{1d573}\u{1d56e}",
        "<script>alert(1)</script> & \"quotes\" \\",
        "a pair by escapes 👋",
    ];
    for (n, text) in lines.iter().enumerate() {
        writer.post(&format!("ok-{n}"), text).await;
        reader.until(SOON, text, |s| s.line(text).map(|_| ())).await;
    }
    let frame = r#"{"t":"post","client_id":"escapes","text":"by escapes \ud83d\udc4b"}"#;
    writer.send(Message::text(frame)).await;
    reader
        .until(SOON, "both halves", |s| s.line("by escapes 👋").map(|_| ()))
        .await;
    assert_eq!(kept(&world).await, lines.len() + 1);
    reader.sound();
    writer.sound();
}

#[tokio::test]
async fn a_name_is_plain_wherever_it_enters_and_makes_nobody_a_presenter() {
    let (world, plan, _) = planned(vec![]).await;
    // By the command line.
    let names = [
        ("same", "Paul Présentateur", "Paul Présentateur"),
        ("turned", "\u{202e}rueT\u{202c} Paul", "rueT Paul"),
        (
            "unseen",
            "Pa\u{200b}ul\u{2060} Présen\u{feff}tateur",
            "Paul Présentateur",
        ),
        (
            "marked",
            "Paul Présentateur (presenter)",
            "Paul Présentateur (presenter)",
        ),
        ("blanks", "  Paul \u{a0}\u{3000} P.\t", "Paul P."),
        ("cyrillic", "Раul Présentateur", "Раul Présentateur"),
    ];
    let reader = Viewer::of(&world.server, &plan.event, None).await;
    for (login, name, plain) in names {
        let person = world.server.person(login, name, "user").await;
        let mut viewer = Viewer::of(&world.server, &plan.event, Some(&person)).await;
        assert_eq!(viewer.now().hello["you"]["name"], plain, "{login}");
        assert_eq!(viewer.now().hello["you"]["role"], "user", "{login}");
        viewer.post("c", login).await;
        let line = reader.until(SOON, login, |s| s.line(login).cloned()).await;
        assert_eq!(line["from"], json!({ "name": plain, "kind": "audience" }), "{login}");
    }
    // By the interface.
    let new = json!({ "login": "rest", "name": "A\u{2066}b\u{200f}", "role": "user" });
    let made = world.admin.post("/people", &new).await.ok();
    assert_eq!(made["name"], "Ab");
    let path = format!("/people/{}", made["id"].as_str().expect("an id"));
    let changed = world
        .admin
        .patch(&path, &json!({ "name": "\u{202b}C\u{0}d\n" }))
        .await
        .ok();
    assert_eq!(changed["name"], "Cd");
    let towers = format!("T{}", "\u{302}".repeat(60));
    for name in ["", "\u{200b}\u{202e}", " \n", &towers, &"x".repeat(101)] {
        world
            .admin
            .patch(&path, &json!({ "name": name }))
            .await
            .problem(422, "person_name");
        let new = json!({ "login": "nobody", "name": name, "role": "user" });
        world.admin.post("/people", &new).await.problem(422, "person_name");
    }
    for login in ["a\u{200b}da", "\u{202e}ada", "a\u{2028}da", "a da"] {
        let new = json!({ "login": login, "name": "Somebody", "role": "user" });
        world.admin.post("/people", &new).await.problem(422, "login");
    }
    // The mark is the log's, not the name's.
    let mut presenter = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    presenter.post("c", "the presenter's").await;
    let line = reader
        .until(SOON, "the line", |s| s.line("the presenter's").cloned())
        .await;
    assert_eq!(line["from"]["kind"], "presenter");
    reader.sound();
}
