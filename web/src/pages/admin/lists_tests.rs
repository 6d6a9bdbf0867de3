#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::ids::{LiveId, MailId, MeetingId, SessionId};
use amphi_events::live::{LiveCommand, RunFault};
use amphi_events::mail::{About, MailCommand};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::session::SessionCommand;
use amphi_events::{Act, Position, Time};
use axum::http::StatusCode;
use futures_util::future::join_all;
use ulid::Ulid;

use crate::api::tests::fixture::Fixture;
use crate::api::tests::live_plans::broadcaster;

/// A room of somebody's own has neither date nor length, and is called by its owner in the reader's language.
#[tokio::test]
async fn personal_rooms_stand_in_the_list_without_a_time() {
    let f = Fixture::new().await;
    let made = f.call(Some(&f.staff.token), "PUT", "/api/v1/me/room", None).await;
    assert!(made.status.is_success(), "{}", made.text);
    for (lang, name) in [("en", "Personal room of staff"), ("fr", "Salon personnel de staff")] {
        let path = format!("/admin/meetings?only=personal&format=csv&lang={lang}");
        let file = f.call(Some(&f.administrator.token), "GET", &path, None).await;
        let lines: Vec<&str> = file.text.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].starts_with(&format!("{name},staff,,,")), "{lines:?}");
    }
    for only in ["coming", "past"] {
        let path = format!("/admin/meetings?only={only}&format=csv");
        let file = f.call(Some(&f.administrator.token), "GET", &path, None).await;
        assert_eq!(file.text.lines().count(), 1, "{only}: {}", file.text);
    }
    let mine = f
        .call(Some(&f.staff.token), "GET", "/meetings?lang=en", None)
        .await
        .text;
    assert!(mine.contains(">Personal room</h2>"), "one room is no plural: {mine}");
}

#[tokio::test]
async fn settings_are_for_administrators_and_the_statement_is_for_everybody() {
    let f = Fixture::new().await;
    for token in [&f.user.token, &f.staff.token, &f.auditor.token] {
        let refused = f.call(Some(token), "GET", "/admin/settings", None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let page = f
        .call(Some(&f.administrator.token), "GET", "/admin/settings", None)
        .await;
    assert_eq!(page.status, StatusCode::OK);
    let file = f
        .call(Some(&f.administrator.token), "GET", "/admin/settings?format=csv", None)
        .await;
    assert!(
        file.text.contains("setting,section,value,default,from"),
        "{}",
        file.text
    );
    let said = f.call(None, "GET", "/accessibility?lang=en", None).await;
    assert!(said.text.contains("mailto:access@univ.example"), "{}", said.text);
    let any = f.call(None, "GET", "/live", None).await.text;
    assert!(any.contains("href=\"/accessibility\""), "{any}");
}

#[tokio::test]
async fn administrators_see_what_there_is_and_nobody_else_does() {
    let f = Fixture::new().await;
    let (meeting, _) = f.webinar().await;
    let (id, now): (SessionId, _) = (f.web.sources.id(), f.web.sources.now());
    let command = SessionCommand::Import {
        meeting,
        opened_at: now.plus_s(-3600),
    };
    let done = f
        .web
        .aggregates
        .sessions
        .execute(id, command, Act::system("test", now))
        .await
        .unwrap();
    f.there(done.position).await;
    let get = async |token: &str, path: &str| f.call(Some(token), "GET", path, None).await;
    let one = format!("/admin/sessions/{id}");
    for path in [
        "/admin/meetings",
        "/admin/sessions",
        one.as_str(),
        "/admin/mails",
        "/admin/lives",
        "/admin/runs",
    ] {
        for token in [&f.staff.token, &f.auditor.token] {
            assert_eq!(get(token, path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(get(&f.administrator.token, path).await.status, StatusCode::OK, "{path}");
    }
    let page = get(&f.administrator.token, "/admin/meetings?q=analy&sort=-name&page=x")
        .await
        .text;
    assert!(page.contains(&format!("/meetings/{meeting}")), "{page}");
    let file = get(&f.administrator.token, "/admin/meetings?only=webinars&format=csv").await;
    assert!(file.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = file.text.lines().collect();
    assert!(
        lines[0].ends_with("name,owner,starts_at,minutes,kind,state") && lines[1].starts_with("Analysis,staff,"),
        "{lines:?}"
    );
    let none = get(&f.administrator.token, "/admin/meetings?only=cancelled&format=csv").await;
    assert_eq!(none.text.lines().count(), 1);
    assert!(
        get(&f.administrator.token, "/admin/sessions?only=elsewhere")
            .await
            .text
            .contains(&one)
    );
    let unknown = get(&f.administrator.token, "/admin/sessions/01J00000000000000000000009").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

/// A draft of somebody else held a broadcaster, and whoever had to free it found it nowhere.
#[tokio::test]
async fn administrators_find_everybodys_lives_what_holds_a_broadcaster_and_what_ran() {
    let f = Fixture::new().await;
    let hall = broadcaster(&f, |_| ()).await;
    let body = serde_json::json!({"title": "Hidden rehearsal", "starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-03-05T12:00:00Z", "broadcaster": hall.to_string()});
    let made = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(body)).await;
    let event = made.json["event"].as_str().unwrap().to_owned();
    let get = async |path: &str| f.call(Some(&f.administrator.token), "GET", path, None).await;
    let listed = get("/admin/lives?only=drafts&lang=en").await.text;
    assert!(
        listed.contains(&format!("/live/{event}/edit")) && listed.contains("Hidden rehearsal"),
        "{listed}"
    );
    let file = get("/admin/lives?format=csv&lang=en").await.text;
    let row = file.lines().nth(1).unwrap_or_default();
    assert!(
        row.starts_with("Hidden rehearsal,staff,2026-03-05T10:00:00.000Z,") && row.contains(",draft,"),
        "{file}"
    );
    assert_eq!(
        get("/admin/lives?only=webinars&format=csv").await.text.lines().count(),
        1
    );
    let page = get(&format!("/admin/broadcasters/{hall}")).await.text;
    assert!(
        page.contains(&format!("/live/{event}")) && page.contains("2026-03-05 11:00"),
        "{page}"
    );
    // What ran, and what became of it.
    let (_, live) = f.webinar().await;
    let (run, gateway) = (f.web.sources.id(), f.web.sources.id());
    let act = || Act::system("test", f.web.sources.now());
    let lives = &f.web.aggregates.lives;
    let until = f.web.sources.now().plus_s(3600);
    let asked = LiveCommand::AskStart {
        run,
        gateway,
        broadcaster: hall,
    };
    let request = LiveCommand::Request { session: None, until };
    let held = LiveCommand::GatewayReserved {
        gateway,
        broadcaster: hall,
        reservation: f.web.sources.id(),
        from: f.web.sources.now(),
        to: until,
    };
    lives.execute(live, held, act()).await.unwrap();
    lives.execute(live, request, act()).await.unwrap();
    lives.execute(live, asked, act()).await.unwrap();
    let failed = LiveCommand::StartFailed {
        run,
        fault: RunFault::Busy,
        certain: true,
    };
    let done = lives.execute(live, failed, act()).await.unwrap();
    f.there(done.position).await;
    let file = get("/admin/runs?only=failed&format=csv&lang=en").await.text;
    assert!(
        file.contains(",1,") && file.contains("the gateway was busy with something else"),
        "{file}"
    );
}

/// A house with more meetings, sessions and mails than were ever listed: the later something takes place, the smaller is its id.
async fn many(f: &Fixture, rows: i64) {
    let (web, now) = (&f.web, f.web.sources.now());
    let act = |at: Time| Act::system("test", at).cause("test");
    let id = |n: i64| Ulid::from_parts((rows - n).unsigned_abs(), 1);
    let mut upto = Position(0);
    let numbers: Vec<i64> = (0..rows).collect();
    for part in numbers.chunks(500) {
        let made = part.iter().map(async |n| {
            let at = now.plus_s(n * 60);
            let details = Details::new(&format!("Lecture {n:05}"), at, 3600, "Europe/Paris");
            let schedule = MeetingCommand::Schedule {
                owner: f.staff.id,
                live: web.sources.id(),
                details: Box::new(details),
            };
            let meeting = MeetingId(id(*n));
            web.aggregates
                .meetings
                .execute(meeting, schedule, act(now))
                .await
                .unwrap();
            let opened = SessionCommand::Import { meeting, opened_at: at };
            web.aggregates
                .sessions
                .execute(SessionId(id(*n)), opened, act(now))
                .await
                .unwrap();
            let about = About::HandedOver {
                meeting,
                from: f.other.id,
            };
            let wish = MailCommand::Request {
                to: Some(f.staff.id),
                about,
            };
            web.aggregates
                .mails
                .execute(MailId(id(*n)), wish, act(at))
                .await
                .unwrap()
                .position
        });
        for position in join_all(made).await {
            upto = upto.max(position);
        }
    }
    web.read.wait(upto, std::time::Duration::from_mins(2)).await.unwrap();
}

/// The newest 5 000 ids were taken, and searched, sorted and counted as if they were all.
#[tokio::test]
async fn a_list_of_twelve_thousand_is_searched_sorted_paged_and_filed_as_a_whole() {
    const ROWS: i64 = 12_000;
    let f = Fixture::new().await;
    many(&f, ROWS).await;
    let get = async |path: &str| {
        let path = format!("/admin/{path}lang=en");
        let answer = f.call(Some(&f.administrator.token), "GET", &path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    };
    // The first and the last row of a page.
    let ends = |page: &str| {
        let mut names = page.split("Lecture ").skip(1).map(|t| t[..5].parse::<i64>().unwrap());
        let first = names.next().unwrap();
        (first, names.last().unwrap_or(first))
    };
    assert_eq!(
        ends(&get("meetings?").await),
        (ROWS - 1, ROWS - 50),
        "the newest start first"
    );
    assert_eq!(ends(&get("meetings?page=240&").await), (49, 0), "and the oldest last");
    assert_eq!(ends(&get("meetings?sort=name&page=121&").await), (6_000, 6_049));
    assert_eq!(
        ends(&get("meetings?sort=-starts_at&page=2&").await),
        (ROWS - 51, ROWS - 100)
    );
    for n in [0, 4_321, ROWS - 1] {
        let found = get(&format!("meetings?q=lecture+{n:05}&")).await;
        assert_eq!(ends(&found), (n, n));
        assert!(found.contains("/meetings/"), "{found}");
    }
    assert_eq!(get("meetings?format=csv&").await.lines().count() as i64, ROWS + 1);
    let tens = get("meetings?q=lecture+000&format=csv&").await;
    assert_eq!(tens.lines().count(), 101, "all that match");

    assert_eq!(ends(&get("sessions?").await), (ROWS - 1, ROWS - 50));
    assert_eq!(ends(&get("sessions?q=Lecture+00007&").await), (7, 7));
    assert_eq!(get("sessions?format=csv&").await.lines().count() as i64, ROWS + 1);

    let mails = get("mails?format=csv&").await;
    assert_eq!(mails.lines().count() as i64, ROWS + 1);
    let last = f.web.sources.now().plus_s((ROWS - 1) * 60).rfc3339();
    assert!(
        mails.lines().nth(1).unwrap().contains(&last),
        "what changed last is first"
    );

    // What is over is a choice of all of them too.
    f.clock.move_ms(6_000 * 60_000 + 3_600_000);
    let past = get("meetings?only=past&format=csv&").await;
    assert_eq!(past.lines().count(), 6_002);
}

/// Pages of the API follow each other in the order of the starts.
#[tokio::test]
async fn auditors_read_all_meetings_page_by_page_in_the_order_of_their_starts() {
    let f = Fixture::new().await;
    many(&f, 450).await;
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("/api/v1/meetings?all=true&limit=200{cursor}");
        let page = f.call(Some(&f.auditor.token), "GET", &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let starts = page.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["starts_at"].as_str().unwrap().to_owned());
        seen.extend(starts);
        match page.json["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 450);
    assert!(seen.iter().rev().is_sorted());
}

/// What was chosen is what is shown. Census M37: there *not active* filtered nothing.
#[tokio::test]
async fn each_choice_shows_its_rows_and_no_others() {
    let f = Fixture::new().await;
    let (webinar, live) = f.webinar().await;
    let body = serde_json::json!({"name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600});
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    let optics = made.json["id"].as_str().unwrap().to_owned();
    let started = f
        .call(
            Some(&f.staff.token),
            "POST",
            &format!("/api/v1/meetings/{optics}/start"),
            None,
        )
        .await;
    assert!(started.status.is_success(), "{}", started.text);
    let row = f.web.read.meeting(optics.parse().unwrap()).await.unwrap().unwrap();
    let (web, now) = (&f.web, f.web.sources.now());
    let act = || Act::system("test", now).cause("test");
    let sessions = [
        (
            row.session.unwrap(),
            SessionCommand::Request {
                room: None,
                meeting: row.id,
                until: now.plus_s(3600),
            },
        ),
        (
            web.sources.id(),
            SessionCommand::Import {
                meeting: webinar,
                opened_at: now.plus_s(-3600),
            },
        ),
    ];
    for (id, command) in sessions {
        web.aggregates.sessions.execute(id, command, act()).await.unwrap();
    }
    let mail = async |why: Option<Option<&str>>| {
        let id: MailId = web.sources.id();
        let request = MailCommand::Request {
            to: Some(f.staff.id),
            about: about(live),
        };
        let outcome = match why {
            None => vec![],
            Some(None) => vec![MailCommand::Ask, MailCommand::Sent],
            Some(Some(why)) => vec![MailCommand::Ask, MailCommand::Failed { why: why.to_owned() }],
        };
        for command in std::iter::once(request).chain(outcome) {
            web.aggregates.mails.execute(id, command, act()).await.unwrap();
        }
    };
    for why in [None, Some(None), Some(Some("smtp_550"))] {
        mail(why).await;
    }
    f.there(web.log.head()).await;
    let rows = async |list: &str, only: &str| {
        let path = format!("/admin/{list}?only={only}&format=csv&lang=en");
        let file = f.call(Some(&f.administrator.token), "GET", &path, None).await;
        assert_eq!(file.status, StatusCode::OK, "{path}: {}", file.text);
        let lines: Vec<String> = file.text.lines().skip(1).map(str::to_owned).collect();
        lines
    };
    for (list, only, expected) in [
        ("meetings", "", vec!["Analysis", "Optics"]),
        ("meetings", "webinars", vec!["Analysis"]),
        ("meetings", "running", vec!["Optics"]),
        ("meetings", "cancelled", vec![]),
        ("sessions", "", vec!["Analysis", "Optics"]),
        ("sessions", "running", vec!["Optics"]),
        ("sessions", "elsewhere", vec!["Analysis"]),
    ] {
        let mut names: Vec<String> = rows(list, only).await;
        for line in &mut names {
            line.truncate(line.find(',').unwrap());
        }
        names.sort();
        assert_eq!(names, expected, "{list} {only}");
    }
    assert_eq!(rows("mails", "").await.len(), 3);
    let waiting = rows("mails", "waiting").await;
    assert!(waiting.len() == 1 && waiting[0].contains("waiting"), "{waiting:?}");
    let failed = rows("mails", "failed").await;
    assert!(failed.len() == 1 && failed[0].contains("smtp_550"), "{failed:?}");
}

fn about(live: LiveId) -> About {
    let from = amphi_events::Time(1_800_000_000_000);
    About::NoGateway {
        live,
        from,
        to: from.plus_s(3600),
    }
}
