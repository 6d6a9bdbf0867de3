//! Who may watch what: each kind of live × everybody × every way in (census §5.3).

use std::time::Duration;

use amphi_events::Act;
use amphi_events::broadcaster::{BroadcasterCommand, BroadcasterDetails};
use amphi_events::ids::LiveId;
use amphi_events::live::LiveCommand;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, Person};
use super::live_plans::{broadcaster, member};

/// Open, restricted, for a group, with a password, a draft.
const KINDS: [&str; 5] = ["open", "restricted", "groups", "password", "draft"];

/// Nobody, user, member of the group, owner, administrator; then nobody and the user with a pass. `i` let in, `s` sign in first,
/// `p` say the password, `f` not for you, `h` there is no such live.
const TABLE: [(&str, &str); 5] = [
    ("open", "iiiiiii"),
    ("restricted", "siiiisi"),
    ("groups", "sfiiisf"),
    ("password", "pppiiii"),
    ("draft", "hhhiiii"),
];

struct World {
    f: Fixture,
    lives: Vec<(&'static str, String)>,
}

async fn world() -> World {
    let f = Fixture::new().await;
    member(&f, &f.other, "maths").await;
    let mut lives = vec![];
    for kind in KINDS {
        let b = broadcaster(&f, |_| ()).await;
        let mut body = json!({"title": format!("A {kind} live"), "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string(), "is_draft": kind == "draft"});
        match kind {
            "restricted" => body["is_restricted"] = json!(true),
            "groups" => body["restrict_access_to_groups"] = json!(["maths"]),
            "password" => body["password"] = json!("letmein"),
            _ => {}
        }
        let a = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(body)).await;
        assert_eq!(a.status, StatusCode::CREATED, "{}", a.text);
        lives.push((kind, a.json["event"].as_str().unwrap().to_owned()));
    }
    World { f, lives }
}

impl World {
    fn of(&self, kind: &str) -> &str {
        self.lives
            .iter()
            .find(|(k, _)| *k == kind)
            .map(|(_, e)| e.as_str())
            .unwrap()
    }

    async fn door(&self, kind: &str) -> Value {
        let path = format!("/api/v1/live/{}/door", self.of(kind));
        let a = self.f.call(Some(&self.f.staff.token), "GET", &path, None).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        a.json
    }

    async fn key(&self) -> String {
        let link = self.door("draft").await["link"].as_str().unwrap().to_owned();
        link.split_once("?key=").unwrap().1.to_owned()
    }

    /// What is given to whoever says what opens a live.
    async fn pass(&self, kind: &str) -> Option<String> {
        let given = match kind {
            "password" => json!({"password": "letmein"}),
            "draft" => json!({"key": self.key().await}),
            _ => return None,
        };
        let path = format!("/api/v1/live/{}/pass", self.of(kind));
        let a = self.f.call(None, "POST", &path, Some(given)).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        Some(a.json["pass"].as_str().unwrap().to_owned())
    }

    async fn ask(
        &self,
        token: Option<&str>,
        pass: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = super::fixture::request(token, method, path, body);
        if let Some(pass) = pass {
            request.headers_mut().insert("amphi-live-pass", pass.parse().unwrap());
        }
        self.f.send(request).await
    }
}

fn came(a: &Answer) -> char {
    match (a.status, a.code()) {
        (StatusCode::OK | StatusCode::CREATED, _) => 'i',
        // There is no picture yet, or no chat: whoever hears that is in.
        (StatusCode::CONFLICT, _) => 'i',
        (StatusCode::UNAUTHORIZED, _) => 's',
        (StatusCode::SEE_OTHER, _) => 's',
        (StatusCode::FORBIDDEN, "live_password") => 'p',
        (StatusCode::FORBIDDEN, _) if a.text.contains("name=\"password\"") => 'p',
        (StatusCode::FORBIDDEN, _) => 'f',
        (StatusCode::NOT_FOUND, _) => 'h',
        _ => '?',
    }
}

/// Census L1, L4: any text opened a draft, and the playlist's address was in every page.
#[tokio::test]
async fn everybody_watches_what_the_table_says_by_every_way_in() {
    let w = world().await;
    let f = &w.f;
    let who: [Option<&Person>; 7] = [
        None,
        Some(&f.user),
        Some(&f.other),
        Some(&f.staff),
        Some(&f.administrator),
        None,
        Some(&f.user),
    ];
    let mut wrong = vec![];
    for (kind, expected) in TABLE {
        // A pass of the live that has one; another live's where this one has none.
        let pass = match w.pass(kind).await {
            Some(pass) => pass,
            None => w.pass("password").await.unwrap(),
        };
        let event = w.of(kind);
        let ways = [
            ("GET", format!("/api/v1/live/{event}")),
            ("GET", format!("/api/v1/live/{event}/playback")),
            ("GET", format!("/api/v1/live/{event}/chat")),
            ("POST", format!("/api/v1/live/{event}/chat")),
            ("GET", format!("/live/{event}")),
        ];
        for (n, (person, expected)) in who.iter().zip(expected.chars()).enumerate() {
            for (method, path) in &ways {
                let posts = *method == "POST";
                let body = posts.then(|| json!({"client_id": format!("c-{kind}-{n}"), "text": "hello"}));
                let given = (n >= 5).then_some(pass.as_str());
                let a = w.ask(person.map(|p| p.token.as_str()), given, method, path, body).await;
                // Whoever posts signs in first, whatever the live.
                let expected = if posts && person.is_none() { 's' } else { expected };
                if came(&a) != expected {
                    wrong.push(format!(
                        "{kind} {n} {method} {path}: {expected} expected, {}: {}",
                        a.status,
                        &a.text[..a.text.len().min(300)]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Only an encoder's live asked its broadcaster: a webinar's picture, and a draft's by its link, was open to everybody there (census L3).
#[tokio::test]
async fn a_restricted_broadcaster_restricts_a_webinar_and_a_draft_too() {
    let w = world().await;
    let f = &w.f;
    let closed = broadcaster(f, |d| d.restricted = true).await;
    let (_, webinar) = f.webinar().await;
    let from = f.web.sources.now();
    let held = LiveCommand::GatewayReserved {
        gateway: f.web.sources.id(),
        broadcaster: closed,
        reservation: f.web.sources.id(),
        from,
        to: from.plus_s(7200),
    };
    let asks = async |person: Option<&Person>, pass: Option<&str>, event: &str| {
        let path = format!("/api/v1/live/{event}");
        came(&w.ask(person.map(|p| p.token.as_str()), pass, "GET", &path, None).await)
    };
    let webinar_id = webinar.to_string();
    assert_eq!(asks(None, None, &webinar_id).await, 'i');
    let act = Act::system("test", from);
    let done = f.web.aggregates.lives.execute(webinar, held, act).await.unwrap();
    f.there(done.position).await;
    assert_eq!(asks(None, None, &webinar_id).await, 's');
    assert_eq!(asks(Some(&f.user), None, &webinar_id).await, 'i');

    let draft: LiveId = w.of("draft").parse().unwrap();
    let pass = w.pass("draft").await;
    assert_eq!(asks(None, pass.as_deref(), w.of("draft")).await, 'i');
    let row = f.web.read.live(draft).await.unwrap().unwrap();
    let there = row.place().unwrap();
    let details = BroadcasterDetails {
        restricted: true,
        ..BroadcasterDetails::default()
    };
    let describe = BroadcasterCommand::Describe(Box::new(details));
    let act = Act::system("test", from);
    let done = f
        .web
        .aggregates
        .broadcasters
        .execute(there, describe, act)
        .await
        .unwrap();
    f.there(done.position).await;
    assert_eq!(asks(None, pass.as_deref(), w.of("draft")).await, 's');
    assert_eq!(asks(Some(&f.user), pass.as_deref(), w.of("draft")).await, 'i');
    // Who came by no link hears of nothing that he could sign in for.
    assert_eq!(asks(None, None, w.of("draft")).await, 'h');
}

/// The same table for sockets.
#[tokio::test]
async fn sockets_open_for_whom_the_table_lets_in() {
    let w = world().await;
    w.f.web.hub.start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service =
        w.f.router
            .clone()
            .into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let f = &w.f;
    let who = [
        None,
        Some(&f.user),
        Some(&f.other),
        Some(&f.staff),
        Some(&f.administrator),
        None,
        Some(&f.user),
    ];
    let mut wrong = vec![];
    for (kind, expected) in TABLE {
        let pass = match w.pass(kind).await {
            Some(pass) => pass,
            None => w.pass("password").await.unwrap(),
        };
        for (n, (person, expected)) in who.iter().zip(expected.chars()).enumerate() {
            use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
            let mut request = format!("ws://{address}/live/{}/ws", w.of(kind))
                .into_client_request()
                .unwrap();
            if let Some(person) = person {
                request
                    .headers_mut()
                    .insert("authorization", format!("Bearer {}", person.token).parse().unwrap());
            }
            if n >= 5 {
                request.headers_mut().insert("amphi-live-pass", pass.parse().unwrap());
            }
            let opened = tokio_tungstenite::connect_async(request).await;
            let got = match opened {
                Ok(_) => 'i',
                Err(tokio_tungstenite::tungstenite::Error::Http(a)) => match a.status().as_u16() {
                    401 => 's',
                    403 if expected == 'p' => 'p',
                    403 => 'f',
                    404 => 'h',
                    _ => '?',
                },
                Err(_) => '?',
            };
            if got != expected {
                wrong.push(format!("{kind} {n}: {expected} expected, {got} came"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Census L1: there any second part of the path is accepted as the hash. Here the link is a secret, renewable, and of one live.
#[tokio::test]
async fn a_draft_is_opened_by_its_link_alone_until_that_is_made_anew() {
    let w = world().await;
    let f = &w.f;
    let event = w.of("draft");
    let key = w.key().await;
    assert!(key.len() >= 32);
    let page = |key: &str| format!("/live/{event}?key={key}");
    for wrong in ["x", "", &key[1..], &format!("{key}x"), event] {
        let a = f
            .send_from("203.0.113.9", Request::get(page(wrong)).body(Body::empty()).unwrap())
            .await;
        assert!(
            matches!(a.status, StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS),
            "{wrong}: {}",
            a.status
        );
        assert!(!a.text.contains("A draft live"));
    }
    let a = f.send(Request::get(page(&key)).body(Body::empty()).unwrap()).await;
    assert_eq!(
        (a.status, a.header("location")),
        (StatusCode::SEE_OTHER, format!("/live/{event}").as_str())
    );
    let cookie = a.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(
        a.header("set-cookie").contains("HttpOnly") && a.header("set-cookie").contains("Secure"),
        "{}",
        a.header("set-cookie")
    );
    let with = |path: &str| {
        Request::get(path)
            .header("cookie", &cookie)
            .body(Body::empty())
            .unwrap()
    };
    let own = format!("/live/{event}");
    let shown = f.send(with(&own)).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.text.contains("A draft live") && !shown.text.contains(&key),
        "what opened it stands nowhere"
    );
    // It is a pass for this live.
    assert_eq!(
        f.send(with(&format!("/live/{}", w.of("password")))).await.status,
        StatusCode::FORBIDDEN
    );
    let renewed = f
        .call(
            Some(&f.staff.token),
            "POST",
            &format!("/api/v1/live/{event}/link"),
            None,
        )
        .await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
    assert_eq!(
        f.send(with(&own)).await.status,
        StatusCode::NOT_FOUND,
        "the old pass is worth nothing"
    );
    let a = f
        .send_from("203.0.113.8", Request::get(page(&key)).body(Body::empty()).unwrap())
        .await;
    assert_eq!(a.status, StatusCode::NOT_FOUND);
    // Published, it is everybody's; and its old link leads where everybody goes.
    let a = f
        .call(
            Some(&f.staff.token),
            "PATCH",
            &format!("/api/v1/live/{event}"),
            Some(json!({"is_draft": false})),
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert_eq!(
        f.send(Request::get(&own).body(Body::empty()).unwrap()).await.status,
        StatusCode::OK
    );
}

/// Whether there is a draft is nobody's business: every way of asking says of it what it says of a live that there is none of.
#[tokio::test]
async fn a_draft_tells_nobody_that_it_is_there() {
    let w = world().await;
    let f = &w.f;
    let (event, none) = (w.of("draft"), "01J00000000000000000000009");
    let calls = [
        ("GET", "/door", None),
        ("PATCH", "", Some(json!({"title": "x"}))),
        ("DELETE", "", None),
        ("PUT", "/owner", Some(json!({"person": "user"}))),
        ("POST", "/link", None),
        ("POST", "/announcements", Some(json!({"text": "x"}))),
        ("GET", "/bans", None),
        ("POST", "/pass", Some(json!({"password": "x"}))),
        ("POST", "/pass", Some(json!({"key": "x"}))),
    ];
    for (method, part, body) in calls {
        let ask = async |event: &str| {
            let path = format!("/api/v1/live/{event}{part}");
            let a = f.call(Some(&f.user.token), method, &path, body.clone()).await;
            (a.status, a.code().to_owned())
        };
        assert_eq!(ask(event).await, ask(none).await, "{method} {part}");
    }
    let cookie = f.sign_in("user").await;
    for part in ["/edit", "/console", "/console/picture"] {
        let page = f
            .send(
                Request::get(format!("/live/{event}{part}"))
                    .header("cookie", &cookie)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{part}");
    }
    let say = Request::post(format!("/live/{event}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", super::fixture::ORIGIN)
        .body(Body::from("password=x"))
        .unwrap();
    assert_eq!(f.send(say).await.status, StatusCode::NOT_FOUND);
    // However often: a limit that is reached would tell.
    for _ in 0..8 {
        let key = Request::get(format!("/live/{event}?key=wrong"));
        let a = f.send_from("203.0.113.77", key.body(Body::empty()).unwrap()).await;
        assert_eq!(a.status, StatusCode::NOT_FOUND);
    }
    // Made a draft again it has another link.
    let given = w.key().await;
    let path = format!("/api/v1/live/{event}");
    for draft in [false, true] {
        let body = json!({ "is_draft": draft });
        let a = f.call(Some(&f.staff.token), "PATCH", &path, Some(body)).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    }
    let again = w.key().await;
    assert_ne!(again, given);
    for (key, expected) in [(given, StatusCode::NOT_FOUND), (again, StatusCode::SEE_OTHER)] {
        let page = Request::get(format!("/live/{event}?key={key}"));
        let a = f.send(page.body(Body::empty()).unwrap()).await;
        assert_eq!(a.status, expected);
    }
}

/// Census L5: there the password is kept and compared in clear, without a limit of tries, and asked again at each load.
#[tokio::test]
async fn a_password_is_asked_once_and_tries_are_limited() {
    let w = world().await;
    let f = &w.f;
    let path = format!("/live/{}", w.of("password"));
    let say = async |from: &str, text: &str| {
        let request = Request::post(&path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", super::fixture::ORIGIN)
            .body(Body::from(format!("password={text}")))
            .unwrap();
        f.send_from(from, request).await
    };
    let asked = f.send(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(
        asked.text.contains("name=\"password\"") && !asked.text.contains("A password live"),
        "{}",
        asked.text
    );
    let wrong = say("203.0.113.1", "no").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.text.contains("role=\"alert\""));
    let right = say("203.0.113.1", "letmein").await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    let cookie = right.header("set-cookie").split(';').next().unwrap().to_owned();
    for _ in 0..2 {
        let shown = f
            .send(
                Request::get(&path)
                    .header("cookie", &cookie)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(shown.status, StatusCode::OK, "not asked again");
    }
    let mut last = StatusCode::OK;
    for _ in 0..8 {
        last = say("198.51.100.7", "guess").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        say("198.51.100.7", "letmein").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        say("203.0.113.1", "letmein").await.status,
        StatusCode::SEE_OTHER,
        "others are not hindered"
    );
    // Another password: whoever said the one before is asked again. It stands nowhere in clear.
    let at = format!("/api/v1/live/{}", w.of("password"));
    let a = f
        .call(Some(&f.staff.token), "PATCH", &at, Some(json!({"password": "other"})))
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert!(!a.text.contains("\"other\""), "{}", a.text);
    let shown = f
        .send(
            Request::get(&path)
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(shown.status, StatusCode::FORBIDDEN);
}

/// Census L12: there drafts of others stand on the home page of whoever is signed in.
#[tokio::test]
async fn lists_show_what_may_be_watched_and_drafts_to_their_owners_alone() {
    let w = world().await;
    let f = &w.f;
    let seen = async |person: Option<&Person>, query: &str| {
        let path = format!("/api/v1/live{query}");
        let a = f.call(person.map(|p| p.token.as_str()), "GET", &path, None).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        let mut all: Vec<&str> = vec![];
        for list in ["now", "upcoming", "past"] {
            for live in a.json[list].as_array().unwrap() {
                let event = live["event"].as_str().unwrap();
                all.extend(w.lives.iter().filter(|(_, e)| e == event).map(|(kind, _)| *kind));
                assert!(live["description"] == "" || live["may"].as_array().is_some_and(|m| !m.is_empty()));
            }
        }
        all.sort_unstable();
        all
    };
    assert_eq!(seen(None, "").await, ["open", "password"]);
    assert_eq!(seen(Some(&f.user), "").await, ["open", "password", "restricted"]);
    assert_eq!(
        seen(Some(&f.other), "").await,
        ["groups", "open", "password", "restricted"]
    );
    assert_eq!(
        seen(Some(&f.staff), "").await,
        ["draft", "groups", "open", "password", "restricted"]
    );
    assert_eq!(
        seen(Some(&f.administrator), "").await,
        ["groups", "open", "password", "restricted"]
    );
    assert_eq!(seen(Some(&f.staff), "?mine=true").await.len(), 5);
    assert!(seen(Some(&f.other), "?mine=true").await.is_empty());
    assert_eq!(
        f.call(None, "GET", "/api/v1/live?mine=true", None).await.status,
        StatusCode::UNAUTHORIZED
    );
    // The same on pages; a page's number that is none is the first, and beyond the last the last.
    for path in [
        "/",
        "/live",
        "/live?page=100",
        "/live?page=x",
        "/live?when=past&page=-1",
    ] {
        let page = f.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for hidden in ["A draft live", "A restricted live", "A groups live"] {
            assert!(!page.text.contains(hidden), "{path}: {hidden}");
        }
    }
    let cookie = f.sign_in("staff").await;
    let mine = f
        .send(
            Request::get("/live?mine=1")
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert!(mine.text.contains("A draft live"), "{}", mine.text);
    let home = f
        .send(Request::get("/").header("cookie", &cookie).body(Body::empty()).unwrap())
        .await;
    assert!(!home.text.contains("A draft live"));
}

/// Lists went by what the live itself says: made restricted afterwards, its broadcaster's title, text and frames went to strangers.
#[tokio::test]
async fn a_broadcaster_that_was_made_restricted_takes_its_lives_off_the_lists_of_strangers() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let body = json!({"title": "Shown in the hall", "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string(), "is_draft": false, "description": "Of the inside", "type": ""});
    let made = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let listed = async |who: Option<&Person>| {
        let token = who.map(|p| p.token.as_str());
        f.call(token, "GET", "/api/v1/live", None).await.text
    };
    assert!(listed(None).await.contains("Of the inside"));
    let set = f
        .call(
            Some(&f.administrator.token),
            "PATCH",
            &format!("/api/v1/broadcasters/{b}"),
            Some(json!({"restricted": true})),
        )
        .await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert!(!listed(None).await.contains("Shown in the hall"));
    let theirs = listed(Some(&f.user)).await;
    assert!(
        theirs.contains("Of the inside") && theirs.contains("\"restricted\":true"),
        "{theirs}"
    );
    for path in ["/", "/live"] {
        let page = f.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert!(!page.text.contains("Shown in the hall"), "{path}");
    }
}

/// A list tells everybody of a live with a password, and what is pinned there may be what the password keeps.
#[tokio::test]
async fn a_list_tells_of_a_live_with_a_password_nothing_of_what_stands_on_its_page() {
    let w = world().await;
    let f = &w.f;
    let path = format!("/api/v1/live/{}/announcements", w.of("password"));
    let pinned = f
        .call(
            Some(&f.staff.token),
            "POST",
            &path,
            Some(json!({"text": "The code is 1234"})),
        )
        .await;
    assert_eq!(pinned.status, StatusCode::CREATED, "{}", pinned.text);
    let list = async |who: Option<&Person>| {
        f.call(who.map(|p| p.token.as_str()), "GET", "/api/v1/live", None)
            .await
            .text
    };
    for who in [None, Some(&f.user)] {
        let told = list(who).await;
        assert!(
            told.contains("A password live") && !told.contains("The code is 1234"),
            "{told}"
        );
    }
    assert!(list(Some(&f.staff)).await.contains("The code is 1234"));
}

#[tokio::test]
async fn who_is_inside_goes_when_the_door_closes() {
    let w = world().await;
    w.f.web.hub.start();
    let live: LiveId = w.of("open").parse().unwrap();
    let before = w.f.web.hub.closings();
    // A room in memory is what is told.
    let place =
        w.f.web
            .hub
            .enter(live, amphi_hub::Seat::Stranger)
            .await
            .unwrap()
            .unwrap();
    let door = place.door();
    let at = format!("/api/v1/live/{live}");
    let a =
        w.f.call(
            Some(&w.f.staff.token),
            "PATCH",
            &at,
            Some(json!({"password": "secret"})),
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    let closed = async {
        while w.f.web.hub.closings() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("the audience is asked again");
    assert!(place.door() > door);
}

/// Census §5.5: a frame shows; neither sign-in nor a password is asked for in it. Census C8: the chat is in it, to be read.
#[tokio::test]
async fn a_frame_is_read_only_for_the_sites_of_the_settings_and_told_by_oembed() {
    let w = world().await;
    let World { f, lives } = w;
    let f = f.with(|s| s.lives.ancestors = "https://moodle.univ.example".into());
    let of = |kind: &str| lives.iter().find(|(k, _)| *k == kind).map(|(_, e)| e.clone()).unwrap();
    let cookie = f.sign_in("staff").await;
    let frame = async |kind: &str, cookie: &str| {
        let request = Request::get(format!("/live/{}/embed", of(kind))).header("cookie", cookie);
        f.send(request.body(Body::empty()).unwrap()).await
    };
    let open = frame("open", &cookie).await;
    assert_eq!(open.status, StatusCode::OK);
    let csp = open.header("content-security-policy");
    assert!(csp.ends_with("frame-ancestors https://moodle.univ.example"), "{csp}");
    assert!(open.header("x-frame-options").is_empty());
    assert!(open.text.contains("id=\"lines\""), "{}", open.text);
    // Whoever is signed in acts nowhere but on our own pages.
    assert!(
        open.text.contains("data-framed") && !open.text.contains("data-me=") && !open.text.contains("id=\"exclude\""),
        "{}",
        open.text
    );
    let own = f
        .send(
            Request::get(format!("/live/{}", of("open")))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert!(
        own.header("content-security-policy")
            .ends_with("frame-ancestors 'none'")
    );
    assert!(own.text.contains("application/json+oembed"));
    for kind in ["restricted", "password"] {
        let a = frame(kind, "").await;
        assert_eq!(a.status, StatusCode::FORBIDDEN, "{kind}");
        assert!(
            a.text.contains("target=\"_blank\"") && !a.text.contains(&format!("A {kind} live")),
            "{}",
            a.text
        );
    }
    // What can't be shown at all is said in words, and not by a frame that the browser breaks.
    let stranger = f.sign_in("user").await;
    for (kind, status) in [("groups", 403), ("draft", 404)] {
        let a = frame(kind, &stranger).await;
        let csp = a.header("content-security-policy");
        assert_eq!(a.status.as_u16(), status, "{kind}");
        assert!(
            csp.ends_with("frame-ancestors https://moodle.univ.example"),
            "{kind}: {csp}"
        );
        assert!(
            a.text.contains("<h1>") && !a.text.contains(&format!("A {kind} live")),
            "{}",
            a.text
        );
    }
    let oembed = async |event: &str, more: &str| {
        let url: String =
            url::form_urlencoded::byte_serialize(format!("{}/live/{event}", super::fixture::ORIGIN).as_bytes())
                .collect();
        f.call(None, "GET", &format!("/oembed?url={url}{more}"), None).await
    };
    let told = oembed(&of("open"), "&maxwidth=640").await;
    assert_eq!(
        (
            told.json["type"].as_str(),
            told.json["width"].as_u64(),
            told.json["height"].as_u64()
        ),
        (Some("video"), Some(640), Some(360))
    );
    assert!(
        told.json["html"].as_str().unwrap().contains("/embed\""),
        "{}",
        told.text
    );
    for (kind, status) in [("restricted", 401), ("password", 401), ("groups", 401), ("draft", 404)] {
        assert_eq!(oembed(&of(kind), "").await.status.as_u16(), status, "{kind}");
    }
    assert_eq!(
        oembed(&of("open"), "&format=xml").await.status,
        StatusCode::NOT_IMPLEMENTED
    );
    assert_eq!(
        oembed("01J00000000000000000000009", "").await.status,
        StatusCode::NOT_FOUND
    );
    let later = broadcaster(&f, |_| ()).await;
    let body = json!({"title": "Soon", "starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-03-05T12:00:00Z", "broadcaster": later.to_string(), "is_draft": false});
    let made = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(body)).await;
    let soon = made.json["event"].as_str().unwrap().to_owned();
    assert_eq!(oembed(&soon, "").await.status, StatusCode::OK);
    let path = format!("/api/v1/live/{soon}");
    let gone = f.call(Some(&f.staff.token), "DELETE", &path, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        oembed(&soon, "").await.status,
        StatusCode::NOT_FOUND,
        "it was cancelled"
    );
}

#[tokio::test]
async fn a_hold_picture_is_looked_at_kept_and_shown_to_whom_the_live_is_shown() {
    let w = world().await;
    let f = &w.f;
    let event = w.of("restricted");
    let send = async |name: &str, file: Vec<u8>| {
        let request = Request::put(format!("/api/v1/live/{event}/picture?name={name}"))
            .header("authorization", format!("Bearer {}", f.staff.token))
            .header("content-length", file.len())
            .body(Body::from(file))
            .unwrap();
        f.send(request).await
    };
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 50]].concat();
    assert_eq!(send("a.txt", b"hello".to_vec()).await.code(), "picture_kind");
    assert_eq!(
        send("a.png", b"<svg onload=alert(1)>".to_vec()).await.code(),
        "picture_kind"
    );
    assert_eq!(send("a.svg", b"<svg/>".to_vec()).await.code(), "picture_kind");
    assert_eq!(
        send("a.png", vec![0; 200_000]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let kept = send("a.png", png.clone()).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let url = kept.json["url"].as_str().unwrap().to_owned();
    assert_eq!(f.call(None, "GET", &url, None).await.status, StatusCode::UNAUTHORIZED);
    let shown = f.call(Some(&f.user.token), "GET", &url, None).await;
    assert_eq!(
        (shown.status, shown.header("content-type")),
        (StatusCode::OK, "image/png")
    );
    // Another live's address opens nothing here.
    let open = w.of("open");
    let elsewhere = url.replace(event, open);
    assert_eq!(
        f.call(Some(&f.user.token), "GET", &elsewhere, None).await.status,
        StatusCode::NOT_FOUND
    );
    let again = send("b.png", png).await.json["url"].as_str().unwrap().to_owned();
    assert_ne!(again, url);
    assert_eq!(
        f.call(Some(&f.user.token), "GET", &url, None).await.status,
        StatusCode::NOT_FOUND
    );
    let at = format!("/api/v1/live/{event}/picture");
    assert_eq!(
        f.call(Some(&f.staff.token), "DELETE", &at, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        f.call(Some(&f.user.token), "GET", &again, None).await.status,
        StatusCode::NOT_FOUND
    );
}

/// Census §5.1: a live without a picture of its own shows that of its broadcaster, to whom it is shown itself.
#[tokio::test]
async fn the_picture_of_a_broadcaster_stands_in_for_lives_that_have_none() {
    let w = world().await;
    let f = &w.f;
    let event = w.of("restricted");
    let row = f.web.read.live(event.parse().unwrap()).await.unwrap().unwrap();
    let broadcaster = row.place().unwrap();
    let at = format!("/api/v1/broadcasters/{broadcaster}/picture");
    let send = async |token: &str, name: &str, file: Vec<u8>| {
        let request = Request::put(format!("{at}?name={name}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-length", file.len())
            .body(Body::from(file))
            .unwrap();
        f.send(request).await
    };
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 50]].concat();
    let administrator = f.administrator.token.as_str();
    assert_eq!(
        send(&f.staff.token, "a.png", png.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        send(administrator, "a.png", b"<svg onload=alert(1)>".to_vec())
            .await
            .code(),
        "picture_kind"
    );
    assert_eq!(
        send(administrator, "a.png", vec![0; 200_000]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let kept = send(administrator, "a.png", png.clone()).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let looked_at = kept.json["url"].as_str().unwrap().to_owned();
    let picture = looked_at.rsplit('/').next().unwrap().to_owned();
    let get = async |token: Option<&str>, path: &str| f.call(token, "GET", path, None).await;
    let shown = get(Some(administrator), &looked_at).await;
    assert_eq!(
        (shown.status, shown.header("content-type")),
        (StatusCode::OK, "image/png")
    );
    assert_eq!(
        get(Some(&f.staff.token), &looked_at).await.status,
        StatusCode::FORBIDDEN
    );
    // Something else that is said of it meanwhile does not take it away.
    let one = format!("/api/v1/broadcasters/{broadcaster}");
    let patched = f
        .call(
            Some(administrator),
            "PATCH",
            &one,
            Some(json!({"description": "The hall"})),
        )
        .await;
    assert_eq!(patched.json["picture_url"].as_str(), Some(looked_at.as_str()));
    // The live's page names it under the live's own address, which asks who may watch.
    let own = format!("/live/{event}/picture/{picture}");
    let page = get(Some(&f.user.token), &format!("/live/{event}")).await;
    assert!(page.text.contains(&own), "{}", page.text);
    assert_eq!(get(None, &own).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(Some(&f.user.token), &own).await.status, StatusCode::OK);
    // On the page of the broadcaster it is seen and taken away.
    let page = get(Some(administrator), &format!("/admin/broadcasters/{broadcaster}")).await;
    assert!(page.text.contains(&looked_at) && page.text.contains("hold-picture.js"));
    // The live's own comes first; the broadcaster's comes back after it.
    let request = Request::put(format!("/api/v1/live/{event}/picture?name=b.png"))
        .header("authorization", format!("Bearer {}", f.staff.token))
        .header("content-length", png.len())
        .body(Body::from(png.clone()))
        .unwrap();
    assert_eq!(f.send(request).await.status, StatusCode::OK);
    let page = get(Some(&f.user.token), &format!("/live/{event}")).await;
    assert!(!page.text.contains(&own), "{}", page.text);
    // Another one, then none: the file before is gone.
    let second = send(
        administrator,
        "b.webp",
        [b"RIFF\0\0\0\0WEBPVP8 ".as_slice(), &[0; 50]].concat(),
    )
    .await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text);
    assert_eq!(get(Some(administrator), &looked_at).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        f.call(Some(administrator), "DELETE", &at, None).await.status,
        StatusCode::NO_CONTENT
    );
    let second = second.json["url"].as_str().unwrap();
    assert_eq!(get(Some(administrator), second).await.status, StatusCode::NOT_FOUND);
    let none = get(Some(administrator), &one).await;
    assert!(none.json["picture_url"].is_null(), "{}", none.text);
}

/// Census W24: there groups of a webinar sent the robot to the sign-in, and nothing was broadcast.
#[tokio::test]
async fn a_webinar_for_groups_is_watched_by_their_members_alone() {
    let f = Fixture::new().await;
    member(&f, &f.other, "maths").await;
    member(&f, &f.user, "law").await;
    let (meeting, live) = f.webinar().await;
    let at = format!("/api/v1/live/{live}");
    let get =
        async |person: Option<&Person>, path: &str| f.call(person.map(|p| p.token.as_str()), "GET", path, None).await;
    let listed = async |person: Option<&Person>| get(person, "/api/v1/live").await.text.contains(&live.to_string());
    assert_eq!(get(Some(&f.user), &at).await.status, StatusCode::OK);
    let groups = json!({"restrict_access_to_groups": ["maths"]});
    let path = format!("/api/v1/meetings/{meeting}");
    let a = f.call(Some(&f.staff.token), "PATCH", &path, Some(groups.clone())).await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    for (person, status) in [
        (Some(&f.user), StatusCode::FORBIDDEN),
        (Some(&f.other), StatusCode::OK),
        (Some(&f.staff), StatusCode::OK),
        (Some(&f.administrator), StatusCode::OK),
    ] {
        for path in [at.clone(), format!("/live/{live}")] {
            assert_eq!(get(person, &path).await.status, status, "{path}");
        }
        assert_eq!(listed(person).await, status == StatusCode::OK);
    }
    // Even where the plan did not follow yet nobody watches who is not signed in.
    assert_eq!(get(None, &at).await.status, StatusCode::UNAUTHORIZED);
    // What its page says beside narrows it, and never widens it.
    for (groups, lets_in) in [
        (json!(["law"]), false),
        (json!(["law", "maths"]), true),
        (json!([]), true),
    ] {
        let body = json!({"restrict_access_to_groups": groups});
        let a = f.call(Some(&f.staff.token), "PATCH", &at, Some(body)).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        let came = get(Some(&f.other), &at).await.status;
        assert_eq!(came == StatusCode::OK, lets_in, "{groups}: {came}");
        assert_eq!(listed(Some(&f.other)).await, lets_in);
        assert_eq!(get(Some(&f.user), &at).await.status, StatusCode::FORBIDDEN);
        assert!(!listed(Some(&f.user)).await);
    }
    // For no group any more.
    let a = f
        .call(
            Some(&f.staff.token),
            "PATCH",
            &path,
            Some(json!({"restrict_access_to_groups": []})),
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert_eq!(get(Some(&f.user), &at).await.status, StatusCode::OK);
}

/// Whoever is taken out of a group is out.
#[tokio::test]
async fn whoever_leaves_the_group_watches_no_more() {
    let w = world().await;
    let f = &w.f;
    let path = format!("/api/v1/live/{}", w.of("groups"));
    assert_eq!(
        f.call(Some(&f.other.token), "GET", &path, None).await.status,
        StatusCode::OK
    );
    let act = Act::system("test", f.web.sources.now());
    crate::auth::groups::leave(&f.web.aggregates, &f.web.store, act, "maths", f.other.id)
        .await
        .unwrap();
    assert_eq!(
        f.call(Some(&f.other.token), "GET", &path, None).await.status,
        StatusCode::FORBIDDEN
    );
}
