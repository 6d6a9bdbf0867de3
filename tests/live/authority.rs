//! Who loses a right loses it on the sockets that were open before: the socket ends with the right code, and nothing that is sent on
//! it afterwards is in the log.

use futures_util::SinkExt as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::ws::{SOON, address, close_code, cookie, next, planned, with_cookie};
use crate::faults::Shim;
use crate::harness::{Answer, Ask, Person, Plan, Socket, Viewer, World, open, seed};

/// How many lines the log holds.
pub(super) async fn kept(world: &World) -> usize {
    let printed = world.server.run(&["audit", "events"], None).await.ok();
    printed.lines().filter(|l| l.contains("\"ChatMessagePosted\"")).count()
}

fn line(client_id: &str, text: &str) -> Message {
    Message::text(json!({ "t": "post", "client_id": client_id, "text": text }).to_string())
}

pub(super) async fn ready(world: &World, plan: &Plan, ask: &Ask) -> Socket {
    let mut socket = open(&address(world, plan), ask).await.expect("a socket");
    let hello = next(&mut socket).await.expect("hello");
    assert!(hello["you"]["id"].is_string(), "{hello}");
    socket
}

pub(super) fn token(person: &Person) -> Ask {
    Ask {
        token: Some(person.token.clone()),
        ..Ask::default()
    }
}

/// Posts where the right is gone: refused or not heard at all, and the socket ends.
async fn silenced(mut socket: Socket, what: &str) -> Option<u16> {
    for n in 0..3 {
        if socket.send(line(&format!("late-{n}"), "too late")).await.is_err() {
            break;
        }
    }
    loop {
        match next(&mut socket).await {
            Ok(frame) => {
                assert_ne!(frame["t"], "receipt", "{what}: {frame}");
                if frame["t"] == "refused" {
                    assert_eq!(frame["code"], "signed_out", "{what}: {frame}");
                }
            }
            Err(code) => return code,
        }
    }
}

/// Posts where the right still holds.
pub(super) async fn heard(mut socket: Socket, what: &str) {
    socket.send(line("still", "still here")).await.expect("sent");
    loop {
        match next(&mut socket).await {
            Ok(frame) if frame["t"] == "receipt" => return,
            Ok(frame) => assert_ne!(frame["t"], "refused", "{what}: {frame}"),
            Err(code) => panic!("{what}: the socket ended with {code:?}"),
        }
    }
}

/// A call with a session's cookie, from our own page.
async fn by_cookie(world: &World, method: reqwest::Method, path: &str, cookie: &str, body: Value) -> Answer {
    let mut request = world
        .server
        .http()
        .request(method, format!("{}/api/v1{path}", world.server.base))
        .header("cookie", cookie)
        .header("origin", &world.server.base);
    if !body.is_null() {
        request = request.json(&body);
    }
    Answer::of(path.to_owned(), request.send().await.expect("an answer")).await
}

async fn id_of(person: &Person) -> String {
    person.get("/me").await.ok()["id"].as_str().expect("an id").to_owned()
}

async fn only_token(world: &World, id: &str) -> String {
    let tokens = world.admin.get(&format!("/people/{id}/tokens")).await.ok();
    tokens["items"][0]["id"].as_str().expect("a token").to_owned()
}

/// Which of a person's two sockets end: the one by a login session, the one by a token.
struct Ends {
    session: bool,
    token: bool,
}

#[tokio::test]
async fn whoever_loses_a_way_in_posts_no_more() {
    let (world, plan, _) = planned(vec![]).await;
    let ways = [
        (
            "signout",
            Ends {
                session: true,
                token: false,
            },
        ),
        (
            "password",
            Ends {
                session: true,
                token: false,
            },
        ),
        (
            "reset",
            Ends {
                session: true,
                token: false,
            },
        ),
        (
            "access",
            Ends {
                session: true,
                token: true,
            },
        ),
        (
            "erasure",
            Ends {
                session: true,
                token: true,
            },
        ),
        (
            "revoked",
            Ends {
                session: false,
                token: true,
            },
        ),
        (
            "given-back",
            Ends {
                session: false,
                token: true,
            },
        ),
    ];
    let mut still = 0;
    for (way, ends) in &ways {
        let person = world.server.person(way, way, "user").await;
        let id = id_of(&person).await;
        let cookie = cookie(&world, way).await;
        let by_session = ready(&world, &plan, &with_cookie(&world, &cookie)).await;
        let by_token = ready(&world, &plan, &token(&person)).await;
        let person_path = format!("/people/{id}");
        let token_id = only_token(&world, &id).await;
        let answer = match *way {
            "signout" => by_cookie(&world, reqwest::Method::DELETE, "/session", &cookie, Value::Null).await,
            "password" => {
                let change = json!({ "old": Person::password_of(way), "password": "another password" });
                by_cookie(&world, reqwest::Method::PUT, "/me/password", &cookie, change).await
            }
            "reset" => {
                world
                    .admin
                    .patch(&person_path, &json!({ "password": "another password" }))
                    .await
            }
            "access" => world.admin.delete(&format!("{person_path}/access")).await,
            "erasure" => world.admin.delete(&person_path).await,
            "revoked" => world.admin.delete(&format!("{person_path}/tokens/{token_id}")).await,
            _ => person.delete(&format!("/tokens/{token_id}")).await,
        };
        answer.ok();
        for (socket, over) in [(by_session, ends.session), (by_token, ends.token)] {
            if over {
                assert_eq!(silenced(socket, way).await, Some(4500), "{way}");
            } else {
                heard(socket, way).await;
                still += 1;
            }
        }
        // Nor does a new socket come in by the way that is closed.
        let again = open(&address(&world, &plan), &token(&person)).await;
        assert_eq!(again.err(), ends.token.then_some(401), "{way}");
        let mut again = open(&address(&world, &plan), &with_cookie(&world, &cookie))
            .await
            .expect("as a stranger at least");
        let hello = next(&mut again).await.expect("hello");
        assert_eq!(hello["you"]["id"].is_null(), ends.session, "{way}: {hello}");
    }
    assert_eq!(kept(&world).await, still, "only what had a receipt is in the log");
}

#[tokio::test]
async fn a_role_that_is_gone_moderates_no_more() {
    let (world, plan, student) = planned(vec![]).await;
    let root = world.server.person("root", "Root", "administrator").await;
    let mut author = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let id = author.post("c-1", "to be kept").await["id"].clone();
    let mut watching = ready(&world, &plan, &token(&root)).await;
    let console = format!("{}/live/{}/console/ws", world.server.base, plan.event);
    let mut piloting = open(&console, &token(&root)).await.expect("a console");
    let path = format!("/people/{}", id_of(&root).await);
    world.admin.patch(&path, &json!({ "role": "user" })).await.ok();
    let remove = Message::text(json!({ "t": "remove", "id": id }).to_string());
    for socket in [&mut watching, &mut piloting] {
        let _ = socket.send(remove.clone()).await;
        assert_eq!(
            close_code(socket).await,
            Some(4000),
            "it comes back with what it may do now"
        );
    }
    let mut again = open(&address(&world, &plan), &token(&root)).await.expect("a socket");
    let hello = next(&mut again).await.expect("hello");
    assert_eq!(
        (&hello["you"]["role"], &hello["you"]["may"]),
        (&json!("user"), &json!(["post"]))
    );
    again.send(remove).await.expect("sent");
    loop {
        let frame = next(&mut again).await.expect("the socket stays");
        assert_ne!(frame["t"], "removed", "{frame}");
        if frame["t"] == "refused" {
            assert_eq!(frame["code"], "forbidden");
            break;
        }
    }
    assert_eq!(open(&console, &token(&root)).await.err(), Some(403));
    assert_eq!(world.presenter.history(&plan.event).await.len(), 1);
    author.sound();
}

#[tokio::test]
async fn whoever_presents_no_more_has_neither_the_console_nor_the_mark() {
    let (world, plan, student) = planned(vec![]).await;
    let cora = world.server.person("cora", "Cora", "staff").await;
    let meeting = format!("/meetings/{}", plan.meeting);
    world
        .presenter
        .patch(&meeting, &json!({ "additional_owners": ["cora"] }))
        .await
        .ok();
    let mut author = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let id = author.post("c-1", "to be kept").await["id"].clone();
    let mut live = Viewer::of(&world.server, &plan.event, Some(&cora)).await;
    assert_eq!(live.now().hello["you"]["role"], "presenter");
    live.post("c-1", "as a presenter").await;
    let console = format!("{}/live/{}/console/ws", world.server.base, plan.event);
    let mut piloting = open(&console, &token(&cora)).await.expect("a console");
    world
        .presenter
        .patch(&meeting, &json!({ "additional_owners": [] }))
        .await
        .ok();
    assert_eq!(close_code(&mut piloting).await, Some(4000));
    assert_eq!(open(&console, &token(&cora)).await.err(), Some(403));
    // The page may stay open: what is done on it is judged anew each time.
    live.say("c-2", "as somebody").await;
    live.send(Message::text(json!({ "t": "remove", "id": id }).to_string()))
        .await;
    let refused = live.until(SOON, "a refusal", |s| s.refused.first().cloned()).await;
    assert_eq!(refused["code"], "forbidden", "{refused}");
    author
        .until(SOON, "both lines", |s| {
            let kind = |text: &str| s.line(text).map(|l| l["from"]["kind"].clone());
            (kind("as a presenter") == Some(json!("presenter")) && kind("as somebody") == Some(json!("audience")))
                .then_some(())
        })
        .await;
    assert_eq!(world.presenter.history(&plan.event).await.len(), 3);
    author.sound();
}

#[tokio::test]
async fn a_password_that_was_changed_opens_nothing_even_where_it_was_being_checked() {
    let (world, plan, _) = planned(vec![]).await;
    let mut opened = 0;
    for round in 0..4 {
        let login = format!("mover-{round}");
        let person = world.server.person(&login, "Mover", "user").await;
        let path = format!("/people/{}", id_of(&person).await);
        let old = json!({ "login": login, "password": Person::password_of(&login) });
        let sign_in = async || {
            let asked = world
                .server
                .http()
                .post(format!("{}/api/v1/session", world.server.base))
                .header("origin", &world.server.base)
                .json(&old)
                .send();
            let answer = asked.await.expect("an answer");
            let cookie = answer
                .headers()
                .get("set-cookie")
                .map(|c| c.to_str().expect("text").to_owned());
            cookie.map(|c| c.split(';').next().expect("a cookie").to_owned())
        };
        let change = async {
            let new = json!({ "password": "another password" });
            world.admin.patch(&path, &new).await.ok();
        };
        let (one, two, three, ()) = tokio::join!(sign_in(), sign_in(), sign_in(), change);
        for cookie in [one, two, three].into_iter().flatten() {
            opened += 1;
            let me = by_cookie(&world, reqwest::Method::GET, "/me", &cookie, Value::Null).await;
            assert_eq!(me.status, 401, "round {round}: the old password still opens");
            let mut socket = open(&address(&world, &plan), &with_cookie(&world, &cookie))
                .await
                .expect("as a stranger");
            assert!(next(&mut socket).await.expect("hello")["you"]["id"].is_null());
        }
    }
    println!("{opened} sign-ins were in time, and are over");
}

/// Texts of a round in the history as anybody reads it now.
async fn of_round(world: &World, plan: &Plan, round: usize) -> Vec<String> {
    let begins = format!("{round}-");
    let lines = world.presenter.history(&plan.event).await;
    let texts = lines.iter().filter_map(|l| l["text"].as_str());
    texts.filter(|t| t.starts_with(&begins)).map(str::to_owned).collect()
}

#[tokio::test]
async fn after_a_sign_out_was_answered_no_line_of_its_session_comes() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(seed("after_a_sign_out_was_answered"));
    let (mut world, plan, _) = planned(vec![]).await;
    // A disk that takes its time: what was sent before the sign-out is still being written when it comes.
    world.server.stop().await;
    let shim = Shim::for_server(&mut world.server);
    world.server.start().await;
    let mut receipts = 0;
    for round in 0..16 {
        let cookie = cookie(&world, "awa").await;
        let mut socket = ready(&world, &plan, &with_cookie(&world, &cookie)).await;
        shim.fails("slow");
        let count = rng.random_range(1..=4);
        for n in 0..count {
            let text = format!("{round}-{n}");
            socket.send(line(&text, &text)).await.expect("sent");
        }
        if rng.random_bool(0.7) {
            // Not to wait for anything: to meet the lines at another place of their way.
            tokio::time::sleep(std::time::Duration::from_millis(rng.random_range(0..150))).await;
        }
        by_cookie(&world, reqwest::Method::DELETE, "/session", &cookie, Value::Null)
            .await
            .ok();
        let at_once = of_round(&world, &plan, round).await;
        let mut told = vec![];
        let code = loop {
            match next(&mut socket).await {
                Ok(frame) if frame["t"] == "receipt" => {
                    told.push(frame["client_id"].as_str().expect("an id").to_owned());
                }
                Ok(_) => {}
                Err(code) => break code,
            }
        };
        shim.heals();
        // The next line of somebody else is behind all of them.
        let path = format!("/live/{}/chat", plan.event);
        let other = json!({ "client_id": format!("other-{round}"), "text": "another" });
        world.presenter.post(&path, &other).await.ok();
        let later = of_round(&world, &plan, round).await;
        assert_eq!(code, Some(4500));
        assert_eq!(later, at_once, "a line came after the sign-out was answered");
        assert!(told.iter().all(|t| later.contains(t)), "{told:?} of {later:?}");
        receipts += told.len();
    }
    assert!(receipts > 0, "some lines were in time");
}
