#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::Act;
use amphi_events::ids::SessionId;
use amphi_events::session::SessionCommand;
use axum::http::StatusCode;

use crate::api::tests::fixture::Fixture;

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
    for path in ["/admin/meetings", "/admin/sessions", one.as_str(), "/admin/mails"] {
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
