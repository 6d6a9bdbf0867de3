//! What administrators and auditors do: checks, ends of runs, a person's ways in, the pages of administration and log.

use amphi_events::gateway::GatewayCommand;
use amphi_events::ids::{GatewayId, LiveId, RunId};
use amphi_events::live::LiveCommand;
use amphi_events::{Act, gateway, live};
use axum::http::StatusCode;
use serde_json::json;

use super::fixture::{Fixture, ORIGIN, PASSWORD, Person, request};
use crate::auth::outside::enter::{NewTie, tie};

pub(super) async fn gateway(f: &Fixture) -> GatewayId {
    let broadcaster = f
        .call(
            Some(&f.administrator.token),
            "POST",
            "/api/v1/broadcasters",
            Some(json!({"name": "b", "hls_url": "http://10.0.0.2/x.m3u8"})),
        )
        .await
        .json["id"]
        .clone();
    let body = json!({"name": "g", "broadcaster": broadcaster, "rtmp_url": "rtmp://10.0.0.2/live/key", "server_url": "http://10.0.0.1:8080", "token": "secret"});
    let made = f
        .call(Some(&f.administrator.token), "POST", "/api/v1/gateways", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["id"].as_str().unwrap().parse().unwrap()
}

pub(super) async fn page(f: &Fixture, who: &str, method: &str, path: &str) -> (StatusCode, String) {
    let mut asked = request(None, method, path, None);
    asked
        .headers_mut()
        .insert("cookie", f.sign_in(who).await.parse().unwrap());
    asked.headers_mut().insert("accept-language", "en".parse().unwrap());
    asked
        .headers_mut()
        .insert("sec-fetch-site", "same-origin".parse().unwrap());
    let answer = f.send(asked).await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn a_gateways_host_shows_that_it_reaches_us() {
    let f = Fixture::new().await;
    let at = format!("/api/v1/gateways/{}/reach-check", gateway(&f).await);
    let admin = Some(f.administrator.token.as_str());
    assert_eq!(f.call(admin, "GET", &at, None).await.json["state"], "none");
    let made = f.call(admin, "POST", &at, None).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.header("cache-control"), "no-store");
    let url = made.json["url"].as_str().unwrap();
    assert_eq!(made.json["command"], format!("curl -fsS {url}"));
    assert_eq!(f.call(admin, "GET", &at, None).await.json["state"], "waiting");
    let path = url.strip_prefix(ORIGIN).unwrap();
    assert!(crate::router::masked(path).ends_with("/…"), "the address is a secret");
    let wrong = f.send(request(None, "GET", "/robot-check/abcdefghij", None)).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let came = f.send_from("10.1.2.3", request(None, "GET", path, None)).await;
    assert_eq!((came.status, came.text.as_str()), (StatusCode::OK, "Amphi: reached\n"));
    let seen = f.call(admin, "GET", &at, None).await.json;
    assert_eq!((&seen["state"], &seen["from"]), (&json!("reached"), &json!("10.1.2.3")));
    assert_eq!(seen["reached_clock"], "10:00:00", "in the service's zone");
    f.clock.move_ms(crate::reach::LASTS_MS);
    assert_eq!(
        f.send(request(None, "GET", path, None)).await.status,
        StatusCode::NOT_FOUND
    );
    let id = at
        .trim_start_matches("/api/v1/gateways/")
        .trim_end_matches("/reach-check");
    let (status, body) = page(&f, "administrator", "GET", &format!("/admin/gateways/{id}")).await;
    assert!(
        status == StatusCode::OK && body.contains("Reached at 10:00:00 from 10.1.2.3"),
        "{body}"
    );
}

pub(super) async fn taken(f: &Fixture, gateway: GatewayId) -> (LiveId, RunId) {
    let (_, live) = f.webinar().await;
    let (web, now) = (&f.web, f.web.sources.now());
    let act = || Act::system("test", now);
    let run: RunId = web.sources.id();
    let held = LiveCommand::GatewayReserved {
        gateway,
        broadcaster: web.sources.id(),
        reservation: web.sources.id(),
        from: now,
        to: now.plus_s(3600),
    };
    let until = now.plus_s(3600);
    let asked = LiveCommand::AskStart {
        run,
        gateway,
        broadcaster: web.sources.id(),
    };
    web.aggregates
        .gateways
        .execute(gateway, GatewayCommand::Take { run, live }, act())
        .await
        .unwrap();
    let request = LiveCommand::Request { session: None, until };
    for command in [held, request, asked, LiveCommand::Started(run)] {
        let done = web.aggregates.lives.execute(live, command, act()).await.unwrap();
        f.there(done.position).await;
    }
    (live, run)
}

#[tokio::test]
async fn a_run_whose_gateway_is_gone_for_good_is_declared_over() {
    let f = Fixture::new().await;
    let id = gateway(&f).await;
    let (live, run) = taken(&f, id).await;
    let at = format!("/api/v1/gateways/{id}/run-over");
    let admin = Some(f.administrator.token.as_str());
    let over = |run: String| f.call(admin, "POST", &at, Some(json!({ "run": run })));
    let other = over(f.web.sources.id::<RunId>().to_string()).await;
    assert_eq!((other.status, other.code()), (StatusCode::CONFLICT, "live_conflict"));
    let early = over(run.to_string()).await;
    assert_eq!((early.status, early.code()), (StatusCode::CONFLICT, "stop_first"));
    let stop = LiveCommand::AskStop {
        run,
        fault: Some(live::RunFault::Unreachable),
    };
    let act = Act::system("test", f.web.sources.now());
    let done = f.web.aggregates.lives.execute(live, stop, act).await.unwrap();
    f.there(done.position).await;
    let at_page = format!("/admin/gateways/{id}");
    assert!(!page(&f, "administrator", "GET", &at_page).await.1.contains("run-over"));
    f.clock.move_ms(3 * 60_000);
    assert!(page(&f, "administrator", "GET", &at_page).await.1.contains("/run-over"));
    assert!(
        page(&f, "administrator", "GET", "/admin")
            .await
            .1
            .contains("doesn’t stop")
    );
    let ended = over(run.to_string()).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    assert_eq!(f.web.aggregates.lives.look(live).await.unwrap().state.run, None);
    let said = f.web.log.read_stream(&live::stream(live), 0, 100).await.unwrap();
    let by = said.iter().find(|e| e.event.kind == "GatewayDeclaredOver").unwrap();
    assert_eq!(by.event.actor.0, format!("person:{}", f.administrator.id));
    // The live's reactor lets the gateway go; where the live knows nothing of the run, the call does it.
    let again = over(run.to_string()).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!(f.web.aggregates.gateways.look(id).await.unwrap().state.taken, None);
    let stream = gateway::stream(id);
    assert!(
        f.web
            .log
            .read_stream(&stream, 0, 100)
            .await
            .unwrap()
            .iter()
            .any(|e| e.event.kind == "GatewayLetGo")
    );
}

#[tokio::test]
async fn a_persons_ways_in_are_an_administrators_to_close() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let Person { id, token } = &f.staff;
    let at = format!("/api/v1/people/{id}");
    let made = f
        .call(admin, "POST", &format!("{at}/tokens"), Some(json!({"name": "ci"})))
        .await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (StatusCode::CREATED, "no-store")
    );
    let fresh = made.json["token"].as_str().unwrap().to_owned();
    assert_eq!(
        f.call(Some(&fresh), "GET", "/api/v1/me", None).await.json["login"],
        "staff"
    );
    let listed = f.call(admin, "GET", &format!("{at}/tokens"), None).await.json;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(&fresh), "shown once");
    let one = format!("{at}/tokens/{}", made.json["id"].as_str().unwrap());
    assert_eq!(f.call(admin, "DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        f.call(Some(&fresh), "GET", "/api/v1/me", None).await.status,
        StatusCode::UNAUTHORIZED
    );

    let cookie = f.sign_in("staff").await;
    assert_eq!(
        f.call(admin, "DELETE", &format!("{at}/access"), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        f.call(Some(token), "GET", "/api/v1/me", None).await.status,
        StatusCode::UNAUTHORIZED
    );
    let mut asked = request(None, "GET", "/api/v1/me", None);
    asked.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(f.send(asked).await.status, StatusCode::UNAUTHORIZED);
    let credentials = json!({"login": "staff", "password": PASSWORD});
    assert_eq!(
        f.call(None, "POST", "/api/v1/session", Some(credentials)).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert!(
        page(
            &f,
            "administrator",
            "GET",
            "/admin/people?search=STAFF&only=no_password&format=csv"
        )
        .await
        .1
        .contains("staff,staff,staff,no password")
    );
    f.call(admin, "PATCH", &at, Some(json!({"password": PASSWORD}))).await;
    f.sign_in("staff").await;
    let last = format!("/api/v1/people/{}/access", f.administrator.id);
    assert_eq!(f.call(admin, "DELETE", &last, None).await.code(), "last_administrator");
}

/// An administrator who can't sign in is none that is left: neither role, account nor access of the last one who can is taken.
#[tokio::test]
async fn the_last_administrator_who_can_sign_in_stays() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let new = json!({"login": "bob", "name": "Bob", "role": "administrator", "password": PASSWORD});
    let bob = f.call(admin, "POST", "/api/v1/people", Some(new)).await;
    let bob = bob.json["id"].as_str().unwrap().to_owned();
    let never = json!({"login": "never", "name": "Never", "role": "administrator"});
    f.call(admin, "POST", "/api/v1/people", Some(never)).await;
    let closed = f
        .call(admin, "DELETE", &format!("/api/v1/people/{bob}/access"), None)
        .await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT, "{}", closed.text);
    let own = format!("/api/v1/people/{}", f.administrator.id);
    let staff = || Some(json!({"role": "staff"}));
    for (method, path, body) in [
        ("PATCH", own.clone(), staff()),
        ("DELETE", own.clone(), None),
        ("DELETE", format!("{own}/access"), None),
    ] {
        let answer = f.call(admin, method, &path, body).await;
        assert_eq!(answer.code(), "last_administrator", "{method} {path}: {}", answer.text);
    }
    // An identity of another house is a way in, unless it is shut.
    let person: amphi_events::ids::PersonId = bob.parse().unwrap();
    let w = &f.web;
    let account = w.store.account(person).await.unwrap().unwrap();
    let new = NewTie {
        provider: "cas",
        subject: "bob",
        since: w.sources.now(),
        shut: true,
    };
    let act = Act::system("test", w.sources.now());
    tie(&w.aggregates, &w.keys, &w.store, &w.sources, &account, new, act)
        .await
        .unwrap();
    let answer = f.call(admin, "PATCH", &own, staff()).await;
    assert_eq!(answer.code(), "last_administrator", "{}", answer.text);
    w.store.shut_identities(person, false).await.unwrap();
    let answer = f.call(admin, "PATCH", &own, staff()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[tokio::test]
async fn ones_password_takes_the_old_one() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("user").await;
    let change = async |old: &str| {
        let body = json!({"old": old, "password": "another horse"});
        let mut asked = request(None, "PUT", "/api/v1/me/password", Some(body));
        asked.headers_mut().insert("cookie", cookie.parse().unwrap());
        asked
            .headers_mut()
            .insert("sec-fetch-site", "same-origin".parse().unwrap());
        f.send(asked).await
    };
    let wrong = change("guess").await;
    assert_eq!(
        (wrong.status, wrong.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "old_password")
    );
    let right = change(PASSWORD).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT, "{}", right.text);
    let fresh = right.header("set-cookie").split(';').next().unwrap().to_owned();
    for (cookie, expected) in [(cookie.clone(), StatusCode::UNAUTHORIZED), (fresh, StatusCode::OK)] {
        let mut asked = request(None, "GET", "/api/v1/me", None);
        asked.headers_mut().insert("cookie", cookie.parse().unwrap());
        assert_eq!(f.send(asked).await.status, expected);
    }
}

#[tokio::test]
async fn what_waits_is_tried_again() {
    let f = Fixture::new().await;
    let again = async |name: &str| {
        let at = format!("/api/v1/reactors/{name}/try-again");
        f.call(Some(&f.administrator.token), "POST", &at, None).await.status
    };
    assert_eq!(again("stage").await, StatusCode::ACCEPTED);
    assert_eq!(again("nobody").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_log_is_read_without_names_and_opened_by_administrators() {
    let f = Fixture::new().await;
    let id = gateway(&f).await;
    let (status, list) = page(&f, "auditor", "GET", "/audit?type=GatewayAdded").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        list.contains(&format!("gateway-{id}")) && list.contains("person:"),
        "{list}"
    );
    assert!(!list.contains("/admin/people/"), "{list}");
    assert!(
        page(&f, "administrator", "GET", "/audit?type=GatewayAdded")
            .await
            .1
            .contains("/admin/people/")
    );
    assert!(
        page(&f, "auditor", "GET", "/audit?person=administrator")
            .await
            .1
            .contains(">GatewayAdded</a>")
    );
    assert!(
        !page(&f, "auditor", "GET", "/audit?person=staff")
            .await
            .1
            .contains(">GatewayAdded</a>")
    );
    assert!(
        page(&f, "auditor", "GET", "/audit?person=nobody")
            .await
            .1
            .contains("Nobody")
    );
    // The test's clock stands at ten in Paris.
    assert!(
        page(&f, "auditor", "GET", "/audit?until=2026-03-02T10:00")
            .await
            .1
            .contains(">GatewayAdded</a>")
    );
    assert!(
        !page(&f, "auditor", "GET", "/audit?until=2026-03-02T09:59")
            .await
            .1
            .contains(">GatewayAdded</a>")
    );
    assert_eq!(page(&f, "staff", "GET", "/audit").await.0, StatusCode::FORBIDDEN);

    let (_, closed) = page(&f, "auditor", "GET", "/audit/1").await;
    assert!(
        closed.contains("PersonAdded") && closed.contains("(sealed)"),
        "{closed}"
    );
    assert!(!closed.contains("&quot;login&quot;"), "{closed}");
    assert_eq!(page(&f, "auditor", "POST", "/audit/1").await.0, StatusCode::FORBIDDEN);
    let (status, opened) = page(&f, "administrator", "POST", "/audit/1").await;
    assert!(
        status == StatusCode::OK && opened.contains("&quot;login&quot;: &quot;user&quot;"),
        "{opened}"
    );
    assert_eq!(page(&f, "auditor", "GET", "/audit/4711").await.0, StatusCode::NOT_FOUND);
    assert_eq!(page(&f, "auditor", "GET", "/audit/x").await.0, StatusCode::NOT_FOUND);
    let (_, whole) = page(&f, "auditor", "GET", "/audit/verify").await;
    assert!(whole.contains("Every chain is whole."), "{whole}");
}

/// What would tie people to nobody is refused before a dump comes, with what there is.
#[tokio::test]
async fn a_dump_is_tied_to_houses_that_are_set() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let ask = async |query: &str| f.call(admin, "POST", &format!("/api/v1/import?{query}"), None).await;
    for wrong in ["tie=cas", "tie=cas%3Dcas", "tie=local%3Dproxy"] {
        let answer = ask(wrong).await;
        assert_eq!(answer.code(), "import_tie", "{wrong}: {}", answer.text);
    }
    assert!(ask("tie=cas%3Dcas").await.text.contains("are: proxy"));
    // What is right is asked for its dump.
    let answer = ask("tie=cas%3Dproxy&same_logins=true").await;
    assert_ne!(answer.code(), "import_tie", "{}", answer.text);
    assert!(answer.status.is_client_error(), "{}", answer.text);
    let (_, page) = page(&f, "administrator", "GET", "/admin/import").await;
    assert!(page.contains("proxy") && page.contains("same_logins"), "{page}");
}
