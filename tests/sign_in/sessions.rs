//! Login sessions: a new one at each sign-in, limits, and an end everywhere that open sockets hear of at once.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::{Here, Visitor};
use crate::harness::{Ask, Person, Socket, World, eventually, open};

async fn local(visitor: &mut Visitor, base: &str, login: &str) {
    visitor.visit(&format!("{base}/login")).await;
    visitor
        .fill(&[("login", login), ("password", &Person::password_of(login))])
        .await;
    assert_eq!(visitor.me(base).await["login"], login);
}

/// Whether a session is a way in.
async fn holds(base: &str, secret: &str) -> bool {
    let http = amphi::outgoing::builder().build().expect("client");
    let asked = http
        .get(format!("{base}/api/v1/me"))
        .header("cookie", format!("amphi_session={secret}"));
    asked.send().await.expect("an answer").status() == 200
}

/// Signs in by the form, and looks at nothing with it: the session that was made.
async fn session(visitor: &mut Visitor, base: &str, login: &str) -> String {
    let password = Person::password_of(login);
    let form = [("login", login), ("password", &password), ("next", "/")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    visitor.send(&format!("{base}/login"), &form).await;
    visitor.cookie(base, "amphi_session").expect("a session").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_has_a_session_of_its_own() {
    let here = Here::new(&[]).await;
    here.server.start().await;
    here.server.person("ana", "Ana", "user").await;
    let base = &here.server.base;
    let mut ana = Visitor::new();
    local(&mut ana, base, "ana").await;
    let first = ana.cookie(base, "amphi_session").expect("a session").clone();
    // Signed in once more in the same browser: the session before is nobody's way in any more.
    let second = session(&mut ana, base, "ana").await;
    assert_ne!(first, second);
    assert!(!holds(base, &first).await, "the old one is over");
    assert!(holds(base, &second).await);
}

/// Each of the two alone: the other is far away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_the_two_limits_ends_a_session() {
    for (idle, max) in [("2", "3600"), ("3600", "2")] {
        let here = Here::new(&[("session_idle", idle), ("session_max", max)]).await;
        here.server.start().await;
        here.server.person("ana", "Ana", "user").await;
        let base = &here.server.base;
        let secret = session(&mut Visitor::new(), base, "ana").await;
        // Looks are uses, but uses are noted once a minute: they keep no session that is idle for so short a time.
        let what = format!("the session ends, idle {idle}, at most {max}");
        eventually(Duration::from_secs(40), &what, async || {
            if holds(base, &secret).await {
                Err("it holds")
            } else {
                Ok(())
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_closes_what_is_open_at_once() {
    let world = World::new().await;
    let ana = world.server.person("ana", "Ana", "user").await;
    let plan = world.plan("Optics").await;
    let base = &world.server.base;
    let (mut here, mut there) = (Visitor::new(), Visitor::new());
    local(&mut here, base, "ana").await;
    local(&mut there, base, "ana").await;
    let address = format!("{base}/live/{}/ws", plan.event);
    let secret = there.cookie(base, "amphi_session").expect("a session").clone();
    let ask = Ask {
        headers: vec![("origin", base.clone()), ("cookie", format!("amphi_session={secret}"))],
        ..Ask::default()
    };
    let by_token = Ask {
        token: Some(ana.token.clone()),
        ..Ask::default()
    };
    let mut elsewhere = open(&address, &ask).await.expect("a socket");
    let mut program = open(&address, &by_token).await.expect("a socket");
    for socket in [&mut elsewhere, &mut program] {
        let hello = frame(socket).await.expect("hello");
        assert!(hello.contains("\"Ana\""), "{hello}");
    }
    // From one browser, where the button says so.
    let form = [("everywhere".to_owned(), "1".to_owned())];
    here.send(&format!("{base}/account"), &form).await;
    assert_eq!((here.status, here.at.path()), (200, "/login"), "{}", here.page);
    let code = loop {
        if let Err(code) = frame(&mut elsewhere).await {
            break code;
        }
    };
    assert_eq!(code, Some(4500), "the other browser's socket hears of it");
    assert!(there.me(base).await["id"].is_null());
    let again = open(&address, &by_token).await;
    assert!(again.is_ok(), "tokens are revoked one by one");
}

/// The next frame's text, or the code with which the socket ended.
async fn frame(socket: &mut Socket) -> Result<String, Option<u16>> {
    let next = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|f| u16::from(f.code))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), next)
        .await
        .expect("a frame in time")
}
