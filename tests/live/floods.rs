//! Too much of everything: each limit ends what breaks it, and another person's lines flow meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::authority::kept;
use super::ws::{address, close_code, next, planned};
use crate::harness::{Ask, Heard, Person, Plan, Raw, Socket, Viewer, Wire, World, WorldOptions, eventually, open};

const SOON: Duration = Duration::from_secs(20);

fn signed(person: &Person) -> Ask {
    Ask {
        token: Some(person.token.clone()),
        ..Ask::default()
    }
}

fn line(n: usize) -> String {
    json!({ "t": "post", "client_id": format!("f-{n}"), "text": format!("flood {n}") }).to_string()
}

async fn raw(world: &World, plan: &Plan, person: &Person) -> Raw {
    let mut raw = Raw::to(&world.server).await;
    let bearer = format!("Bearer {}", person.token);
    let status = raw
        .upgrade(&format!("/live/{}/ws", plan.event), &[("authorization", &bearer)])
        .await;
    assert_eq!(status, 101);
    assert!(matches!(raw.next().await, Heard::Frame { opcode: 1, .. }), "hello");
    raw
}

/// A socket that can be had as soon as another one is gone.
async fn opened(address: &str, ask: &Ask) -> Socket {
    eventually(SOON, "a socket", async || open(address, ask).await).await
}

#[tokio::test]
async fn one_person_on_one_socket() {
    let (world, plan, student) = planned(vec![("posts_per_10s", "5")]).await;
    let mut socket = open(&address(&world, &plan), &signed(&student))
        .await
        .expect("a socket");
    for n in 0..60 {
        if socket.send(Message::text(line(n))).await.is_err() {
            break;
        }
    }
    let (mut receipts, mut refused) = (0, vec![]);
    let code = loop {
        match next(&mut socket).await {
            Ok(frame) if frame["t"] == "receipt" => receipts += 1,
            Ok(frame) if frame["t"] == "refused" => refused.push(frame),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(code, Some(4408));
    assert!(
        !refused.is_empty() && refused.iter().all(|r| r["code"] == "too_fast"),
        "{refused:?}"
    );
    assert!(
        refused
            .iter()
            .all(|r| r["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0)),
        "{refused:?}"
    );
    assert_eq!(kept(&world).await, receipts);
}

#[tokio::test]
async fn one_person_on_many_sockets_and_by_rest() {
    let (world, plan, student) = planned(vec![("posts_per_10s", "4")]).await;
    let other = world.plan("Another live").await;
    let begun = std::time::Instant::now();
    let mut sockets = vec![];
    for _ in 0..8 {
        sockets.push(
            open(&address(&world, &plan), &signed(&student))
                .await
                .expect("a socket"),
        );
    }
    for (n, socket) in sockets.iter_mut().enumerate() {
        for m in 0..3 {
            socket.send(Message::text(line(n * 3 + m))).await.expect("sent");
        }
    }
    let mut receipts = 0;
    for socket in &mut sockets {
        let mut answers = 0;
        while answers < 3 {
            let frame = next(socket).await.expect("the socket stays");
            if frame["t"] == "receipt" || frame["t"] == "refused" {
                answers += 1;
                receipts += usize::from(frame["t"] == "receipt");
            }
        }
    }
    for n in 0..4 {
        let body = json!({ "client_id": format!("r-{n}"), "text": "by REST" });
        let answer = student.post(&format!("/live/{}/chat", plan.event), &body).await;
        assert!(matches!(answer.status, 201 | 429), "{}", answer.text);
        receipts += usize::from(answer.status == 201);
    }
    // Four at once, and one more every two and a half seconds.
    let most = 4 + begun.elapsed().as_secs() as usize;
    assert!((4..=most).contains(&receipts), "{receipts} of at most {most}");
    assert_eq!(kept(&world).await, receipts);
    // The limit is of this person in this live, and of nobody and nothing else.
    let mut elsewhere = Viewer::of(&world.server, &other.event, Some(&student)).await;
    elsewhere.post("c-1", "in another live").await;
    let mut else_ = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    else_.post("c-1", "somebody else").await;
}

#[tokio::test]
async fn twenty_sockets_of_a_person_and_so_many_of_an_address() {
    let settings = vec![("sockets_per_address", "5"), ("trusted_proxies", "127.0.0.1")];
    let (world, plan, student) = planned(settings).await;
    let live = address(&world, &plan);
    let mut mine = vec![];
    for _ in 0..20 {
        mine.push(open(&live, &signed(&student)).await.expect("a socket"));
    }
    assert_eq!(open(&live, &signed(&student)).await.err(), Some(429));
    mine.pop();
    mine.push(opened(&live, &signed(&student)).await);
    // Nobody else is counted with them: not another person, not strangers.
    open(&live, &signed(&world.presenter)).await.expect("another person");
    let from = |address: &str| Ask {
        headers: vec![("x-forwarded-for", address.to_owned())],
        ..Ask::default()
    };
    let mut strangers = vec![];
    for _ in 0..5 {
        strangers.push(open(&live, &from("198.51.100.7")).await.expect("a socket"));
    }
    assert_eq!(open(&live, &from("198.51.100.7")).await.err(), Some(429));
    assert_eq!(
        open(&live, &from("203.0.113.1, 198.51.100.7")).await.err(),
        Some(429),
        "an address that the client wrote itself is not believed"
    );
    open(&live, &from("198.51.100.8")).await.expect("another address");
    let mut by_token = from("198.51.100.7");
    by_token.token = Some(world.presenter.token.clone());
    open(&live, &by_token)
        .await
        .expect("who signed in is not counted by address");
    // A household, or a machine, has a whole /64.
    let mut house = vec![];
    for n in 0..5 {
        let at = format!("2001:db8:1:2:{n}::{n}");
        house.push(open(&live, &from(&at)).await.expect("a socket"));
    }
    assert_eq!(open(&live, &from("2001:db8:1:2:ffff::1")).await.err(), Some(429));
    open(&live, &from("2001:db8:1:3::1")).await.expect("another network");
    // A socket that ends makes room.
    strangers.pop();
    strangers.push(opened(&live, &from("198.51.100.7")).await);
}

/// A frame that is none, and the codes it may be closed with (`None`: without a close frame).
fn broken() -> Vec<(&'static str, Wire<'static>)> {
    let text = Wire::text("{}");
    vec![
        ("unmasked", Wire { masked: false, ..text }),
        ("RSV1", Wire { reserved: 4, ..text }),
        ("RSV2", Wire { reserved: 2, ..text }),
        ("RSV3", Wire { reserved: 1, ..text }),
        ("opcode 3", Wire::of(3, b"{}")),
        ("opcode 7", Wire::of(7, b"")),
        ("opcode 11", Wire::of(11, b"")),
        ("opcode 15", Wire::of(15, b"")),
        ("text that is no UTF-8", Wire::of(1, b"\xff\xfe")),
        ("half a surrogate in UTF-8", Wire::of(1, b"\"\xed\xa0\x80\"")),
        ("overlong UTF-8", Wire::of(1, b"\"\xc0\xaf\"")),
        ("a continuation of nothing", Wire::of(0, b"{}")),
        (
            "a ping in pieces",
            Wire {
                fin: false,
                ..Wire::of(9, b"")
            },
        ),
        ("a ping that is too long", Wire::of(9, &[b'x'; 126])),
        ("a close frame that is too long", Wire::of(8, &[b'x'; 126])),
        (
            "a close frame in pieces",
            Wire {
                fin: false,
                ..Wire::of(8, b"\x03\xe8")
            },
        ),
        ("half a close code", Wire::of(8, b"\x03")),
        ("close code 0", Wire::of(8, b"\x00\x00")),
        ("close code 999", Wire::of(8, b"\x03\xe7")),
        ("close code 1005", Wire::of(8, b"\x03\xed")),
        ("close code 1006", Wire::of(8, b"\x03\xee")),
        ("close code 5000", Wire::of(8, b"\x13\x88")),
        ("a reason that is no UTF-8", Wire::of(8, b"\x03\xe8\xff\xfe")),
        (
            "a length of 2^63",
            Wire {
                claims: Some(1 << 63),
                ..text
            },
        ),
        (
            "a length of 2^64 - 1",
            Wire {
                claims: Some(u64::MAX),
                ..text
            },
        ),
        (
            "a length of 4 GiB",
            Wire {
                claims: Some(1 << 32),
                ..text
            },
        ),
        (
            "a length of 70 000",
            Wire {
                claims: Some(70_000),
                ..text
            },
        ),
    ]
}

#[tokio::test]
async fn frames_that_are_none_end_their_socket_and_nobody_elses() {
    let (world, plan, student) = planned(vec![]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let reader = Viewer::of(&world.server, &plan.event, None).await;
    for (n, (what, frame)) in broken().into_iter().enumerate() {
        let mut raw = raw(&world, &plan, &student).await;
        raw.frame(frame).await;
        // Nothing that comes after it counts.
        raw.frame(Wire::text(&line(n))).await;
        let (texts, code) = raw.rest().await;
        assert!(texts.iter().all(|t| !t.contains("receipt")), "{what}: {texts:?}");
        assert!(
            code.is_none_or(|c| matches!(c, 1000 | 1002 | 1007 | 1009 | 4400)),
            "{what}: {code:?}"
        );
        let text = format!("after {what}");
        writer.post(&format!("c-{n}"), &text).await;
        reader.until(SOON, "the line", |s| s.line(&text).map(|_| ())).await;
    }
    assert_eq!(kept(&world).await, broken().len());
    for one in [&writer, &reader] {
        assert_eq!(one.now().hellos, 1);
        one.sound();
    }
    let said = world.server.said();
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test]
async fn messages_in_pieces_are_messages_and_endless_ones_are_ended() {
    let (world, plan, student) = planned(vec![]).await;
    // As RFC 6455 allows it, with a ping in between.
    let mut socket = raw(&world, &plan, &student).await;
    let whole = line(1);
    let (a, b) = whole.split_at(10);
    assert!(
        socket
            .frame(Wire {
                fin: false,
                ..Wire::text(a)
            })
            .await
    );
    assert!(socket.frame(Wire::of(9, b"still there?")).await);
    assert!(
        socket
            .frame(Wire {
                fin: false,
                ..Wire::of(0, b"")
            })
            .await
    );
    assert!(socket.frame(Wire::of(0, b.as_bytes())).await);
    let (mut pong, mut receipt) = (false, false);
    while !(pong && receipt) {
        match socket.next().await {
            Heard::Frame { opcode: 10, payload } => pong = payload == b"still there?",
            Heard::Frame { opcode: 1, payload } => receipt |= String::from_utf8_lossy(&payload).contains("\"receipt\""),
            Heard::Frame { opcode, .. } => assert_ne!(opcode, 8, "closed"),
            Heard::End => panic!("the socket ended"),
        }
    }
    // A message that never ends: in empty pieces, in small ones, in large ones.
    let large = [b' '; 1024];
    for piece in [&b""[..], b"x", &large] {
        let mut socket = raw(&world, &plan, &student).await;
        assert!(
            socket
                .frame(Wire {
                    fin: false,
                    ..Wire::of(1, piece)
                })
                .await
        );
        flood(
            &mut socket,
            Wire {
                fin: false,
                ..Wire::of(0, piece)
            },
        )
        .await;
    }
    // Pings and pongs without end, one byte at a time or not.
    for opcode in [9, 10] {
        let mut socket = raw(&world, &plan, &student).await;
        flood(&mut socket, Wire::of(opcode, b"x")).await;
    }
    // Half a frame, and half a head, hold nobody up; they are ended by silence, like everything else.
    let mut half = raw(&world, &plan, &student).await;
    assert!(half.write(b"\x81").await);
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    viewer.post("c-1", "meanwhile").await;
    assert_eq!(kept(&world).await, 2);
}

/// Sends the same frame until the other side has had enough.
async fn flood(socket: &mut Raw, frame: Wire<'_>) {
    let begun = std::time::Instant::now();
    let mut frames = 0_u64;
    // What still comes is read for a second, so that the close frame gets there; then it is over.
    while begun.elapsed() < SOON {
        if !socket.frame(frame).await || socket.over() {
            return;
        }
        frames += 1;
    }
    panic!("{frames} frames and no end: {frame:?}");
}

#[tokio::test]
async fn meanwhile_another_persons_lines_flow() {
    let (world, plan, _) = planned(vec![("first_request", "2")]).await;
    let world = Arc::new(world);
    let mut mallories = vec![];
    for n in 0..3 {
        let login = format!("mallory-{n}");
        mallories.push(world.server.person(&login, "Mallory", "user").await);
    }
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let reader = Viewer::of(&world.server, &plan.event, None).await;
    let (stop, rounds) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new([const { AtomicUsize::new(0) }; 6]),
    );
    let mut floods = vec![];
    for kind in 0..6 {
        let (world, plan, stop, rounds) = (world.clone(), plan.clone(), stop.clone(), rounds.clone());
        let person = mallories[kind % 3].clone();
        floods.push(tokio::spawn(async move {
            let large = vec![b'x'; 40_000];
            let mut silent = std::collections::VecDeque::new();
            while !stop.load(Ordering::Relaxed) {
                let mut socket = Raw::to(&world.server).await;
                if kind == 5 {
                    // Connections that ask for nothing.
                    socket.write(b"GET /live").await;
                    silent.push_back(socket);
                    if silent.len() > 100 {
                        silent.pop_front();
                        rounds[kind].fetch_add(1, Ordering::Relaxed);
                    }
                    // As many as one machine opens without running out of ports itself.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                }
                let bearer = format!("Bearer {}", person.token);
                let path = format!("/live/{}/ws", plan.event);
                if socket.upgrade(&path, &[("authorization", &bearer)]).await != 101 {
                    continue;
                }
                let begun = kind == 1
                    && socket
                        .frame(Wire {
                            fin: false,
                            ..Wire::text("")
                        })
                        .await;
                let frame = match kind {
                    0 => Wire::of(9, b"ping"),
                    1 => Wire {
                        fin: false,
                        ..Wire::of(0, b"")
                    },
                    2 => Wire::text("nonsense"),
                    3 => Wire::of(2, &large),
                    _ => Wire::text(r#"{"t":"post","client_id":"same","text":""}"#),
                };
                assert_eq!(begun, kind == 1);
                while !stop.load(Ordering::Relaxed) && socket.frame(frame).await && !socket.over() {}
                rounds[kind].fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let mut n = 0;
    // Until each flood has been ended a few times, and twenty lines at least.
    eventually(
        Duration::from_mins(1),
        "every flood is ended, again and again",
        async || {
            let text = format!("line {n}");
            writer.post(&format!("c-{n}"), &text).await;
            reader.until(SOON, "the line", |s| s.line(&text).map(|_| ())).await;
            n += 1;
            let ended: Vec<usize> = rounds.iter().map(|r| r.load(Ordering::Relaxed)).collect();
            if n >= 20 && ended.iter().all(|&e| e >= 3) {
                Ok(())
            } else {
                Err(ended)
            }
        },
    )
    .await;
    stop.store(true, Ordering::Relaxed);
    for flood in floods {
        flood.await.expect("a flood");
    }
    assert_eq!(world.presenter.history(&plan.event).await.len(), n);
    for one in [&writer, &reader] {
        assert_eq!(one.now().hellos, 1, "nobody else was sent away");
        one.sound();
    }
}

#[tokio::test]
async fn nonsense_and_large_frames() {
    let world = World::with(WorldOptions {
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Nonsense").await;
    let nonsense: [(Message, &str); 6] = [
        (Message::text("\u{0}"), "NUL"),
        (Message::text("[".repeat(10_000)), "deep"),
        (
            Message::text("{\"t\":\"post\",\"client_id\":\"c\",\"text\":\"\\ud83d\"}"),
            "half a pair",
        ),
        (
            Message::text("{\"t\":\"hello\",\"epoch\":\"x\"}"),
            "a frame of the server's",
        ),
        (
            Message::text(format!("{{\"t\":\"remove\",\"id\":\"{}\"}}", "0".repeat(9_000))),
            "no id",
        ),
        (Message::binary(vec![0xff; 1024]), "binary"),
    ];
    for (frame, what) in nonsense {
        let mut socket = open(&address(&world, &plan), &signed(&world.presenter))
            .await
            .expect("a socket");
        for _ in 0..40 {
            if socket.send(frame.clone()).await.is_err() {
                break;
            }
        }
        assert_eq!(close_code(&mut socket).await, Some(4400), "{what}");
    }
    for size in [17 << 10, 63 << 10, 65 << 10, 1 << 20] {
        let mut socket = open(&address(&world, &plan), &signed(&world.presenter))
            .await
            .expect("a socket");
        let _ = socket.send(Message::text("x".repeat(size))).await;
        let code = close_code(&mut socket).await;
        // Beyond what is read at all the reset may overtake the last words.
        assert!(
            code == Some(4400) || (size > 64 << 10 && code.is_none()),
            "{size}: {code:?}"
        );
    }
    assert_eq!(world.presenter.history(&plan.event).await, Vec::<Value>::new());
}
