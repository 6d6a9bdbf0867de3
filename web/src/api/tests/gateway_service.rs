//! Gateways out of service, how they stand, and the timeline of what holds them.

use amphi_events::Act;
use amphi_events::gateway::{GatewayCommand, Health, HealthCause, Margins};
use amphi_events::ids::RunId;
use amphi_events::live::LiveCommand;
use axum::http::StatusCode;
use serde_json::json;

use super::administration::{gateway, page, taken};
use super::fixture::Fixture;

#[tokio::test]
async fn a_gateway_goes_out_of_service_and_comes_back() {
    let f = Fixture::new().await;
    let id = gateway(&f).await;
    let admin = Some(f.administrator.token.as_str());
    let at = format!("/api/v1/gateways/{id}/out-of-service");
    let (status, body) = page(&f, "administrator", "GET", &format!("/admin/gateways/{id}")).await;
    assert!(
        status == StatusCode::OK && body.contains("It has not been asked yet"),
        "{body}"
    );
    // A program says moments, a form what stands on the service's clock.
    let span = json!({"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T13:00", "reason": " new <disk> "});
    let made = f.call(admin, "POST", &at, Some(span)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let out = &made.json["out_of_service"][0];
    assert_eq!(
        (&out["from"], &out["to"], &out["reason"]),
        (
            &json!("2026-03-02T10:00:00.000Z"),
            &json!("2026-03-02T12:00:00.000Z"),
            &json!("new <disk>")
        )
    );
    for (wrong, code) in [
        (
            json!({"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:00:00Z"}),
            "interval",
        ),
        (json!({"to": "2026-03-02T08:00:00Z"}), "interval"),
        (json!({"to": "tomorrow"}), "bad_body"),
        (json!({"reason": "a\nb"}), "reason"),
        (json!({"until": "x"}), "bad_body"),
    ] {
        let refused = f.call(admin, "POST", &at, Some(wrong)).await;
        assert_eq!(refused.code(), code, "{}", refused.text);
    }
    let free = "/api/v1/gateways/availability?from=2026-03-02T11:00:00Z&to=2026-03-02T11:30:00Z";
    let asked = f.call(admin, "GET", free, None).await.json;
    assert_eq!(asked["gateways"][0]["free"], false, "{asked}");
    assert_eq!(asked["gateways"][0]["out_of_service"]["to"], "2026-03-02T12:00:00.000Z");
    assert_eq!(asked["next_free"], json!(["2026-03-02T12:00:00.000Z"]));
    let (_, body) = page(&f, "administrator", "GET", &format!("/admin/gateways/{id}")).await;
    assert!(
        body.contains("new &lt;disk&gt;") && body.contains("2026-03-02 11:00"),
        "{body}"
    );
    let (status, body) = page(&f, "administrator", "GET", "/admin/gateways/timeline?day=2026-03-02").await;
    assert!(status == StatusCode::OK && body.contains("new &lt;disk&gt;"), "{body}");
    let (_, body) = page(&f, "administrator", "GET", "/admin/gateways/timeline?day=2026-03-03").await;
    assert!(!body.contains("disk"), "{body}");
    let back = format!("{at}/{}", out["id"].as_str().unwrap());
    assert_eq!(
        f.call(admin, "DELETE", &back, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(f.call(admin, "DELETE", &back, None).await.status, StatusCode::NOT_FOUND);
    let open = f.call(admin, "POST", &at, Some(json!({}))).await.json;
    assert_eq!(open["out_of_service"][0]["from"], "2026-03-02T09:00:00.000Z");
    assert_eq!(open["out_of_service"][0]["to"], json!(null));
    let asked = f.call(admin, "GET", free, None).await.json;
    assert_eq!(asked["next_free"], json!([]));
}

#[tokio::test]
async fn how_a_gateway_stands_is_said_with_since_when_and_what_to_do() {
    let f = Fixture::new().await;
    let id = gateway(&f).await;
    let admin = Some(f.administrator.token.as_str());
    let seen = async |health, cause| {
        let act = Act::system("test", f.web.sources.now());
        let seen = GatewayCommand::HealthSeen { health, cause };
        let done = f.web.aggregates.gateways.execute(id, seen, act).await.unwrap();
        f.there(done.position).await;
        f.call(admin, "GET", &format!("/api/v1/gateways/{id}"), None).await.json["health"].clone()
    };
    let at = json!("2026-03-02T09:00:00.000Z");
    assert_eq!(
        seen(Health::Up, None).await,
        json!({"state": "up", "cause": null, "since": at})
    );
    f.clock.move_ms(60_000);
    assert_eq!(seen(Health::Up, None).await["since"], at, "the same as before");
    let gone = seen(Health::Unreachable, Some(HealthCause::FrontServer)).await;
    let later = json!("2026-03-02T09:01:00.000Z");
    assert_eq!(
        gone,
        json!({"state": "unreachable", "cause": "front_server", "since": later})
    );
    let (_, body) = page(&f, "administrator", "GET", &format!("/admin/gateways/{id}")).await;
    assert!(body.contains("A server in front of it answers in its place"), "{body}");
    // One panel says it, with one badge; the list says the same, and since when.
    let panel = body
        .split("id=\"state\"")
        .nth(1)
        .unwrap()
        .split("</section>")
        .next()
        .unwrap();
    assert_eq!(panel.matches("class=\"badge").count(), 1, "{panel}");
    assert!(
        panel.contains("badge bad") && panel.contains(">unreachable<") && panel.contains("since 2026-03-02 10:01:00"),
        "{panel}"
    );
    assert_eq!(body.matches("A server in front of it answers in its place").count(), 1);
    let (_, list) = page(&f, "administrator", "GET", "/admin/gateways").await;
    let row = list.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert_eq!(row.matches("class=\"badge").count(), 1, "{row}");
    assert!(
        row.contains(">unreachable<") && row.contains("2026-03-02 10:01:00") && !row.contains("not probed"),
        "{row}"
    );
    let elsewhere = seen(Health::BusyElsewhere, None).await;
    assert_eq!(elsewhere["state"], "busy_elsewhere");
    seen(Health::Up, None).await;
    taken(&f, id).await;
    let busy = f.call(admin, "GET", &format!("/api/v1/gateways/{id}"), None).await.json["health"].clone();
    assert_eq!(busy, json!({"state": "busy", "cause": null, "since": later}));
}

/// Reservations, margins, spans out of service, what runs and overruns, who waits: in the picture and in the table.
#[tokio::test]
async fn the_timeline_shows_who_holds_what() {
    let margins = Margins {
        before_s: 600,
        after_s: 300,
    };
    let f = Fixture::new().await.with(|s| s.margins = margins);
    let id = gateway(&f).await;
    // Planned 10:00 to 11:00 UTC, and without a gateway.
    let (_, live) = f.webinar().await;
    let show = async |query: &str| {
        page(&f, "administrator", "GET", &format!("/admin/gateways/timeline{query}"))
            .await
            .1
    };
    let waits = show("").await;
    assert!(
        waits.contains("Waits for a gateway") && waits.contains("Margins: 10\u{a0}min before, 5\u{a0}min after"),
        "{waits}"
    );
    let (web, act) = (&f.web, || Act::system("test", f.web.sources.now()));
    let (from, to) = (web.sources.now().plus_s(3600), web.sources.now().plus_s(7200));
    let reserve = GatewayCommand::Reserve {
        reservation: web.sources.id(),
        live,
        from,
        to,
        margins,
    };
    web.aggregates.gateways.execute(id, reserve, act()).await.unwrap();
    let held = LiveCommand::GatewayReserved {
        gateway: id,
        broadcaster: web.sources.id(),
        reservation: web.sources.id(),
        from,
        to,
    };
    let done = web.aggregates.lives.execute(live, held, act()).await.unwrap();
    f.there(done.position).await;
    let held = show("?day=2026-03-02").await;
    assert!(
        !held.contains(">Waits for a gateway</td>") && held.contains(">Reservation</td>"),
        "{held}"
    );
    assert!(
        held.contains("2026-03-02 11:00") && held.contains("rect class=\"margin\""),
        "{held}"
    );
    // 11:00 of 24 hours, and ten minutes before it.
    assert!(held.contains("x=\"45.83%\"") && held.contains("x=\"45.13%\""), "{held}");
    f.clock.move_ms(3_600_000);
    let run: RunId = web.sources.id();
    let done = web
        .aggregates
        .gateways
        .execute(id, GatewayCommand::Take { run, live }, act())
        .await
        .unwrap();
    f.there(done.position).await;
    f.clock.move_ms(600_000);
    let runs = show("").await;
    assert!(
        runs.contains(">Runs</td>") && !runs.contains(">Overruns</td>"),
        "{runs}"
    );
    assert!(runs.contains(">now</td>"), "{runs}");
    f.clock.move_ms(3_600_000);
    let over = show("?span=week&day=2026-03-04").await;
    assert!(over.contains(">Overruns</td>") && over.contains("Monday 2"), "{over}");
    for odd in [
        "?day=9999-99-99",
        "?day=-5000-01-01",
        "?span=year",
        "?day=%22%3E%3Cb%3E",
    ] {
        let (status, body) = page(&f, "administrator", "GET", &format!("/admin/gateways/timeline{odd}")).await;
        assert!(
            status == StatusCode::OK && body.contains("Monday 2 March 2026"),
            "{odd}: {body}"
        );
    }
    let (status, _) = page(&f, "staff", "GET", "/admin/gateways/timeline").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
