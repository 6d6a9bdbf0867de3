#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::Act;
use amphi_events::ids::SessionId;
use amphi_events::session::SessionCommand;
use axum::http::StatusCode;

use crate::api::tests::fixture::Fixture;

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
