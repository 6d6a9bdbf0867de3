//! Accounts that another house signs in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use amphi_events::person::{OutsideProfile, Role};
use amphi_events::store::{Account, Place};
use amphi_events::{Act, Sealed};
use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::fixture::{Fixture, ORIGIN, PROXY, request};
use crate::auth::outside::enter::{NewTie, tie};
use crate::auth::outside::{Attributes, EnterError, OutsideIdentity, SetOut, Told, Way, WayError, Ways, enter};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5));

fn says(provider: &str, subject: &str, login: &str, attributes: &[(&str, &[&str])]) -> OutsideIdentity {
    let values = |v: &[&str]| v.iter().map(|v| (*v).to_owned()).collect();
    OutsideIdentity {
        provider: provider.into(),
        subject: subject.into(),
        login: login.into(),
        attributes: attributes
            .iter()
            .map(|(n, v)| ((*n).to_owned(), values(v)))
            .collect::<Attributes>(),
    }
}

async fn enters(f: &Fixture, identity: OutsideIdentity) -> Account {
    let now = enter(&f.web, identity, HERE).await.unwrap();
    f.web.store.account(now.identity.person).await.unwrap().unwrap()
}

/// Types of the person's events, and what each holds of an identity.
async fn told(f: &Fixture, account: &Account) -> Vec<(String, Option<OutsideProfile>)> {
    let stream = amphi_events::person::stream(account.person);
    let events = f.web.log.read_stream(&stream, 0, 100).await.unwrap();
    let open = |e: &amphi_events::Recorded| {
        let data: serde_json::Value = serde_json::from_slice(&e.event.data).unwrap();
        let sealed: Sealed<OutsideProfile> = serde_json::from_value(data.get("identity")?.clone()).unwrap();
        let place = Place {
            stream: &stream,
            event: e.event.id,
            field: "identity",
        };
        f.web.keys.open(&place, &sealed).ok().flatten()
    };
    events.iter().map(|e| (e.event.kind.clone(), open(e))).collect()
}

#[tokio::test]
async fn the_first_sign_in_makes_an_account_and_the_next_one_finds_it() {
    let f = Fixture::new().await;
    let zoe = says(
        "cas",
        "u-1",
        "zoe",
        &[
            ("displayName", &["Zoé M"]),
            ("mail", &["zoe@univ.example"]),
            ("eduPersonAffiliation", &["Employee", "member"]),
            ("shoeSize", &["42"]),
        ],
    );
    let made = enters(&f, zoe.clone()).await;
    assert_eq!(
        (made.login.as_str(), made.name.as_str(), made.role),
        ("zoe", "Zoé M", Role::Staff)
    );
    assert_eq!(made.password_hash, None);
    assert_eq!(
        f.web.store.groups_of(made.person).await.unwrap(),
        ["employee", "member"]
    );
    let again = enters(&f, zoe).await;
    assert_eq!(again.person, made.person);
    let told = told(&f, &made).await;
    let kinds: Vec<&str> = told.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!(kinds, ["PersonAdded", "PersonIdentityTied"], "nothing new is no event");
    let profile = told[1].1.clone().unwrap();
    assert_eq!(profile.mail.as_deref(), Some("zoe@univ.example"));
    assert!(
        !profile.attributes.contains_key("shoeSize"),
        "what no rule names is not kept"
    );
    // Signed in, it is a session as any other.
    assert_eq!(
        f.web
            .store
            .list_sessions(made.person, f.web.sources.now(), crate::auth::sign_in::limits(&f.web))
            .await
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn nobody_is_found_by_login_or_mail_address() {
    let f = Fixture::new().await;
    // "staff" is a local account.
    let a = enters(&f, says("cas", "s-1", "Staff", &[("mail", &["a@univ.example"])])).await;
    let b = enters(&f, says("cas", "s-2", "staff", &[("mail", &["a@univ.example"])])).await;
    let c = enters(&f, says("oidc", "s-1", "staff", &[("mail", &["a@univ.example"])])).await;
    let logins = [&a, &b, &c].map(|one| one.login.as_str());
    assert_eq!(logins, ["Staff-2", "staff-3", "staff-4"]);
    assert!(a.person != b.person && b.person != c.person && a.person != f.staff.id);
    // A login that can't be one.
    let d = enters(&f, says("cas", "s-3", "two words", &[])).await;
    assert_eq!((d.login.as_str(), d.name.as_str()), ("person", "two words"));
    for subject in ["", " ", "a\nb", &"x".repeat(256)] {
        let no = enter(&f.web, says("cas", subject, "x", &[]), HERE).await;
        assert!(
            matches!(no, Err(EnterError::Way(WayError::Untrusted(_)))),
            "{subject:?}"
        );
    }
}

#[tokio::test]
async fn two_first_sign_ins_at_once_make_one_account() {
    let f = Fixture::new().await;
    let both = (0..8).map(|_| enters(&f, says("cas", "same", "twin", &[])));
    let accounts = futures_util::future::join_all(both).await;
    assert!(
        accounts
            .iter()
            .all(|a| a.person == accounts[0].person && a.login == "twin")
    );
    assert!(f.web.store.account_by_login("twin-2").await.unwrap().is_none());
}

#[tokio::test]
async fn role_name_and_groups_follow_what_is_said_but_not_over_a_persons_head() {
    let f = Fixture::new().await;
    let says = |affiliation: &str, name: &str| {
        let attributes: &[(&str, &[&str])] = &[("eduPersonAffiliation", &[affiliation]), ("displayName", &[name])];
        self::says("cas", "u-1", "zoe", attributes)
    };
    let made = enters(&f, says("student", "Zoé")).await;
    assert_eq!(made.role, Role::User);
    f.web
        .store
        .set_groups(made.person, "", &["choir".into()])
        .await
        .unwrap();
    let hired = enters(&f, says("employee", "Zoé Martin")).await;
    assert_eq!((hired.role, hired.name.as_str()), (Role::Staff, "Zoé Martin"));
    assert_eq!(f.web.store.groups_of(made.person).await.unwrap(), ["choir", "employee"]);
    let left = enters(&f, says("student", "Zoé Martin")).await;
    assert_eq!(left.role, Role::User);
    let kinds: Vec<String> = told(&f, &made).await.into_iter().map(|(k, _)| k).collect();
    assert_eq!(
        kinds,
        [
            "PersonAdded",
            "PersonIdentityTied",
            "PersonIdentityChanged",
            "PersonRoleChanged",
            "PersonRenamed",
            "PersonIdentityChanged",
            "PersonRoleChanged"
        ]
    );
    let stream = amphi_events::person::stream(made.person);
    for e in f.web.log.read_stream(&stream, 3, 2).await.unwrap() {
        let said = (e.event.actor.0.as_str(), e.event.cause.as_str());
        assert_eq!(said, ("system:sign-in", "sign-in:cas"), "{}", e.event.kind);
    }
    // What an administrator gave stays.
    let act = || amphi_events::Act::by(amphi_events::Actor::person(f.administrator.id), f.web.sources.now());
    crate::auth::accounts::set_role(&f.web, act(), made.person, Role::Auditor)
        .await
        .unwrap();
    crate::auth::accounts::rename(&f.web, act(), made.person, "Dr Martin")
        .await
        .unwrap();
    let kept = enters(&f, says("employee", "Zoé Martin-Durand")).await;
    assert_eq!((kept.role, kept.name.as_str()), (Role::Auditor, "Dr Martin"));
}

#[tokio::test]
async fn an_erased_person_leaves_no_identity_and_comes_back_as_somebody_new() {
    let f = Fixture::new().await;
    let zoe = || says("cas", "u-1", "zoe", &[("eduPersonAffiliation", &["member"])]);
    let made = enters(&f, zoe()).await;
    let a = f
        .call(
            Some(&f.administrator.token),
            "DELETE",
            &format!("/api/v1/people/{}", made.person),
            None,
        )
        .await;
    assert_eq!(a.status, StatusCode::NO_CONTENT, "{}", a.text);
    assert_eq!(f.web.store.tied_identity("cas", "u-1").await.unwrap(), None);
    assert!(f.web.store.groups_of(made.person).await.unwrap().is_empty());
    assert!(
        told(&f, &made).await.iter().all(|(_, profile)| profile.is_none()),
        "nothing opens any more"
    );
    let anew = enters(&f, zoe()).await;
    assert!(anew.person != made.person && anew.login == "zoe");
}

#[tokio::test]
async fn an_account_that_broke_off_before_its_event_begins_anew() {
    let f = Fixture::new().await;
    let made = enters(&f, says("cas", "u-1", "zoe", &[])).await;
    // As a kill between the account and its event leaves it: a tied account that the log knows nothing of.
    let half = Account {
        person: f.web.sources.id(),
        login: "yan".into(),
        ..made
    };
    f.web.store.insert_account(&half).await.unwrap();
    let tied = f.web.store.tied_identity("cas", "u-1").await.unwrap().unwrap();
    let mut claim = tied.clone();
    (claim.person, claim.profile.subject) = (half.person, "u-2".into());
    f.web.store.tie_identity(&claim).await.unwrap();
    let whole = enters(&f, says("cas", "u-2", "yan", &[])).await;
    assert!(whole.person != half.person && whole.login == "yan");
    assert_eq!(told(&f, &whole).await.len(), 2);
}

#[tokio::test]
async fn headers_of_the_proxy_sign_in_and_those_of_anybody_else_do_not() {
    let f = Fixture::new().await;
    let come = |old: &str| -> Request<Body> {
        let mut r = request(None, "GET", "/login/headers?next=/meetings", None);
        for (name, value) in [
            ("x-remote-user", "zoe"),
            ("displayname", "Zoe"),
            ("edupersonaffiliation", "employee;member"),
            ("x-forwarded-for", PROXY),
            ("accept", "text/html"),
            ("accept-language", "en"),
            ("cookie", old),
        ] {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        r
    };
    let stranger = f.send_from("203.0.113.9", come("")).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    assert!(
        stranger.text.contains("can’t be trusted") && stranger.header("set-cookie").is_empty(),
        "{}",
        stranger.text
    );
    assert!(f.web.store.account_by_login("zoe").await.unwrap().is_none());
    // Elsewhere they are nothing at all.
    let mut me = request(None, "GET", "/api/v1/me", None);
    me.headers_mut().insert("x-remote-user", "staff".parse().unwrap());
    assert_eq!(f.send_from(PROXY, me).await.status, StatusCode::UNAUTHORIZED);

    let old = f.sign_in("user").await;
    let entered = f.send_from(PROXY, come(&old)).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/meetings")
    );
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-amphi_session=") && cookie != old);
    let who = |cookie: &str| {
        let mut r = request(None, "GET", "/api/v1/me", None);
        r.headers_mut().insert("cookie", cookie.parse().unwrap());
        r
    };
    let me = f.send(who(&cookie)).await;
    assert_eq!(
        (&me.json["login"], &me.json["name"], &me.json["role"]),
        (&"zoe".into(), &"Zoe".into(), &"staff".into())
    );
    assert_eq!(
        f.send(who(&old)).await.status,
        StatusCode::UNAUTHORIZED,
        "the session before is over"
    );
    let page = f.call(None, "GET", "/login", None).await;
    assert!(page.text.contains("href=\"/login/headers?next=%2F\""), "{}", page.text);
    let mut account = who(&cookie);
    *account.uri_mut() = "/account".parse().unwrap();
    assert!(f.send(account).await.text.contains("<strong>proxy</strong>"));
}

#[tokio::test]
async fn a_way_that_is_not_set_is_no_page_and_an_answer_that_was_not_asked_for_is_none() {
    let f = Fixture::new().await;
    for path in ["/login/cas", "/login/oidc/back?code=x&state=y", "/login/headers/back"] {
        assert_eq!(
            f.call(None, "GET", path, None).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(
        !f.call(None, "GET", "/login", None)
            .await
            .text
            .contains(&format!("{ORIGIN}/login/cas"))
    );
}

#[tokio::test]
async fn webinars_are_planned_by_administrators_and_members_of_the_groups_of_the_settings() {
    let mut f = Fixture::new().await;
    let mut settings = (*f.web.settings).clone();
    settings.outside.webinar_groups = vec!["employee".into(), "committee".into()];
    f.web.settings = Arc::new(settings);
    f.router = crate::router(f.web.clone());
    let plan = |webinar: bool| serde_json::json!({ "name": "Analysis", "starts_at": "2026-03-02T10:00:00Z", "duration_s": 3600, "is_webinar": webinar });
    let (staff, admin) = (f.staff.token.clone(), f.administrator.token.clone());
    let planned = async |token: &str, webinar: bool| {
        f.call(Some(token), "POST", "/api/v1/meetings", Some(plan(webinar)))
            .await
    };
    let refused = planned(&staff, true).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::FORBIDDEN, "webinar_right"),
        "{}",
        refused.text
    );
    let meeting = planned(&staff, false).await;
    assert_eq!(meeting.status, StatusCode::CREATED, "{}", meeting.text);
    let path = format!("/api/v1/meetings/{}", meeting.json["id"].as_str().unwrap());
    let turned = f
        .call(
            Some(&staff),
            "PATCH",
            &path,
            Some(serde_json::json!({ "is_webinar": true })),
        )
        .await;
    assert_eq!(turned.code(), "webinar_right", "a meeting does not become one either");
    assert_eq!(planned(&admin, true).await.status, StatusCode::CREATED);
    // The form offers what may be planned and shows nothing of the rest (census §2.5); posted all the same it says why not.
    let cookie = f.sign_in("staff").await;
    let page = async |method: &str, body: &str| {
        let mut r = request(None, method, "/meetings/new", None);
        *r.body_mut() = Body::from(body.to_owned());
        for (name, value) in [
            ("cookie", cookie.as_str()),
            ("origin", ORIGIN),
            ("accept-language", "en"),
            ("content-type", "application/x-www-form-urlencoded"),
        ] {
            r.headers_mut().insert(name, value.parse().unwrap());
        }
        f.send(r).await
    };
    let blank = page("GET", "").await;
    assert_eq!(blank.status, StatusCode::OK);
    for gone in ["is_webinar", "enable_chat", "aside-title", "Plan a webinar"] {
        assert!(!blank.text.contains(gone), "{gone}: {}", blank.text);
    }
    let form = "name=Optics&starts_at=2026-03-03T10%3A00&minutes=60&time_zone=Europe%2FParis&is_webinar=on&once=x";
    let said = page("POST", form).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.text);
    assert!(said.text.contains("but no webinars"), "{}", said.text);
    // In the group, whoever put them there.
    f.web
        .store
        .set_groups(f.staff.id, "", &["committee".into()])
        .await
        .unwrap();
    let offered = page("GET", "").await.text;
    assert!(
        offered.contains("id=\"kind-webinar\"") && offered.contains("enable_chat"),
        "{offered}"
    );
    let made = planned(&staff, true).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    // A webinar stays one in the hands of who may make no other: its form shows what it is.
    f.web.store.set_groups(f.staff.id, "", &[]).await.unwrap();
    let edit = format!("/meetings/{}/edit", made.json["id"].as_str().unwrap());
    let mut r = request(None, "GET", &edit, None);
    r.headers_mut().insert("cookie", cookie.parse().unwrap());
    let edit = f.send(r).await.text;
    assert!(edit.contains("id=\"kind-webinar\" value=\"on\" checked"), "{edit}");
    assert_eq!(
        planned(&f.user.token.clone(), true).await.code(),
        "forbidden",
        "who plans nothing plans no webinars"
    );
}

/// Another house: whoever brings `code=good` is Zoe.
struct House;

#[async_trait::async_trait]
impl Ways for House {
    fn list(&self) -> Vec<Way> {
        let way = |name, label: &str| Way {
            name,
            label: label.into(),
        };
        vec![way("cas", "One house"), way("oidc", "Another house")]
    }
    async fn set_out(&self, way: &str, back: &str) -> Result<SetOut, WayError> {
        Ok(SetOut {
            location: format!("https://{way}.example/login?service={back}"),
            kept: "only for this browser".into(),
        })
    }
    async fn come_back(
        &self,
        _: &str,
        back: &str,
        kept: &str,
        answer: &BTreeMap<String, String>,
    ) -> Result<OutsideIdentity, WayError> {
        assert_eq!(
            (back, kept),
            ("https://live.univ.example/login/cas/back", "only for this browser")
        );
        match answer.get("code").map(String::as_str) {
            Some("good") => Ok(says("cas", "u-1", "zoe", &[])),
            Some("no") => Err(WayError::Refused("it says no".into())),
            Some("away") => Err(WayError::Unavailable("no answer".into())),
            _ => Err(WayError::Untrusted("wrong\nline".into())),
        }
    }
    async fn look_up(&self, _: &mut OutsideIdentity) -> Result<Told, WayError> {
        Ok(Told::Whole)
    }
}

#[tokio::test]
async fn there_and_back_is_one_browsers_and_throttled() {
    let mut f = Fixture::new().await.with(|s| s.sign_in_failures = 100);
    f.web.ways = Arc::new(House);
    f.router = crate::router(f.web.clone());
    let page = f.call(None, "GET", "/login?next=/meetings", None).await;
    for way in ["cas", "oidc", "headers"] {
        assert!(
            page.text.contains(&format!("href=\"/login/{way}?next=%2Fmeetings\"")),
            "{}",
            page.text
        );
    }
    let out = f.call(None, "GET", "/login/cas?next=/meetings", None).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert_eq!(
        out.header("location"),
        "https://cas.example/login?service=https://live.univ.example/login/cas/back"
    );
    let set = out.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-amphi_way="), "{set}");
    for part in ["Max-Age=600", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let kept = set.split(';').next().unwrap().to_owned();
    let back = |way: &str, query: &str, lang: &str| {
        let mut r = request(None, "GET", &format!("/login/{way}/back?{query}"), None);
        r.headers_mut().insert("cookie", kept.parse().unwrap());
        r.headers_mut().insert("accept-language", lang.parse().unwrap());
        r
    };
    let from = "198.51.100.60";
    // With what was kept for one way nobody comes back by another.
    assert_eq!(
        f.send_from(from, back("oidc", "code=good", "en")).await.status,
        StatusCode::BAD_REQUEST
    );
    for (code, status, en, fr) in [
        (
            "bad",
            StatusCode::FORBIDDEN,
            "The answer of One house can’t be trusted",
            "La réponse de One house n’est pas sûre",
        ),
        (
            "no",
            StatusCode::FORBIDDEN,
            "One house did not sign you in",
            "One house ne vous a pas connecté",
        ),
        (
            "away",
            StatusCode::BAD_GATEWAY,
            "One house does not answer now",
            "One house ne répond pas en ce moment",
        ),
    ] {
        for (lang, text) in [("en", en), ("fr", fr)] {
            let said = f.send_from(from, back("cas", &format!("code={code}"), lang)).await;
            assert_eq!(said.status, status, "{code}");
            assert!(said.text.contains(text), "{lang} {}", said.text);
            assert!(
                said.text.contains("href=\"/login/cas?next=%2Fmeetings\""),
                "the way out keeps where to go"
            );
            assert!(
                said.header("set-cookie").contains("__Host-amphi_way=; Max-Age=0"),
                "{}",
                said.header("set-cookie")
            );
        }
    }
    let entered = f.send_from(from, back("cas", "code=good", "en")).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/meetings")
    );
    let cookies: Vec<_> = entered
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|c| c.to_str().unwrap().to_owned())
        .collect();
    assert!(
        cookies
            .iter()
            .any(|c| c.starts_with("__Host-amphi_session=") && !c.contains("Max-Age=0")),
        "{cookies:?}"
    );
    // Failed passwords, and returns that nobody is asked about, are no reason to make others wait.
    for n in 0..100 {
        let body = serde_json::json!({"login": format!("made-up-{n}"), "password": "x"});
        f.send_from(from, request(None, "POST", "/api/v1/session", Some(body)))
            .await;
        f.send_from(from, back("cas", "error=access_denied", "en")).await;
        f.send_from(from, request(None, "GET", "/login/cas/back?code=bad", None))
            .await;
    }
    assert_eq!(
        f.send_from(from, back("cas", "code=good", "en")).await.status,
        StatusCode::SEE_OTHER
    );
    for _ in 0..100 {
        f.send_from(from, back("cas", "code=bad", "en")).await;
    }
    let slow = f.send_from(from, back("cas", "code=good", "en")).await;
    assert_eq!(slow.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        !slow.header("retry-after").is_empty() && slow.text.contains("Too many tries"),
        "{}",
        slow.text
    );
    assert_eq!(
        f.send_from("198.51.100.61", back("cas", "code=good", "en"))
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn an_identity_that_was_tied_by_hand_signs_in_as_the_account_that_was_there() {
    let f = Fixture::new().await;
    let w = &f.web;
    let staff = w.store.account(f.staff.id).await.unwrap().unwrap();
    let tied = async |account: &Account, subject: &str| {
        let since = w.sources.now();
        let new = NewTie {
            provider: "cas",
            subject,
            since,
            shut: false,
        };
        let act = Act::system("test", since);
        tie(&w.aggregates, &w.keys, &w.store, &w.sources, account, new, act).await
    };
    tied(&staff, "s-9").await.unwrap();
    let came = enters(&f, says("cas", "s-9", "anything", &[("displayName", &["Professor S"])])).await;
    assert_eq!(
        (came.person, came.login.as_str(), came.name.as_str()),
        (f.staff.id, "staff", "Professor S")
    );
    assert_eq!(came.role, Role::Staff, "which a person gave");
    let other = w.store.account(f.other.id).await.unwrap().unwrap();
    assert!(matches!(tied(&other, "s-9").await, Err(EnterError::Taken)));
    assert!(matches!(tied(&other, "").await, Err(EnterError::Way(_))));
    assert!(w.store.identities_of(f.other.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn access_that_was_closed_is_not_opened_by_another_house() {
    let f = Fixture::new().await;
    let zoe = || says("cas", "u-1", "zoe", &[]);
    let made = enters(&f, zoe()).await;
    let person = format!("/api/v1/people/{}", made.person);
    let admin = Some(f.administrator.token.as_str());
    let closed = f.call(admin, "DELETE", &format!("{person}/access"), None).await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT, "{}", closed.text);
    for _ in 0..2 {
        assert!(matches!(enter(&f.web, zoe(), HERE).await, Err(EnterError::Shut)));
    }
    assert!(
        f.web.store.account_by_login("zoe-2").await.unwrap().is_none(),
        "nor is a new account made"
    );
    let opened = f
        .call(
            admin,
            "PATCH",
            &person,
            Some(serde_json::json!({ "password": "another one" })),
        )
        .await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.text);
    assert_eq!(enters(&f, zoe()).await.person, made.person);
}

/// What people may write themselves is no address of theirs until their house has checked it.
#[test]
fn a_mail_address_that_was_never_checked_is_not_kept() {
    let settings = crate::auth::outside::OutsideSettings {
        mail_attributes: vec!["mail".into(), "email".into()],
        ..crate::auth::outside::OutsideSettings::default()
    };
    let mail = |attributes: &[(&str, &[&str])]| {
        says("oidc", "s", "boss@univ.example", attributes)
            .profile(&settings)
            .0
            .mail
    };
    let email: (&str, &[&str]) = ("email", &["zoe@univ.example"]);
    assert_eq!(mail(&[email]).as_deref(), Some("zoe@univ.example"));
    assert_eq!(
        mail(&[email, ("email_verified", &["true"])]).as_deref(),
        Some("zoe@univ.example")
    );
    assert_eq!(mail(&[email, ("email_verified", &["false"])]), None);
    let by_directory: (&str, &[&str]) = ("mail", &["", "not one", "z@univ.example"]);
    let both = mail(&[email, by_directory, ("email_verified", &["false"])]);
    assert_eq!(both.as_deref(), Some("z@univ.example"));
    assert_eq!(mail(&[]), None, "a login is none");
}
