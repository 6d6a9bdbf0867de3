//! Which hours are left for a webinar: what is said, to whom, and that it is true.

use amphi_events::gateway::GatewayCommand;
use amphi_events::ids::{GatewayId, LiveId, ReservationId};
use amphi_events::live::LiveCommand;
use amphi_events::{Act, Time};
use axum::http::StatusCode;

use super::fixture::{Answer, Fixture};
use super::states::gateway;

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

async fn hold(f: &Fixture, gateway: GatewayId, live: LiveId, from: &str, to: &str) {
    let reserve = GatewayCommand::Reserve {
        reservation: f.web.sources.id::<ReservationId>(),
        live,
        from: time(from),
        to: time(to),
        margins: f.web.settings.margins,
    };
    let act = Act::system("test", f.web.sources.now());
    let done = f.web.aggregates.gateways.execute(gateway, reserve, act).await.unwrap();
    f.there(done.position).await;
}

async fn ask(f: &Fixture, token: &str, query: &str) -> Answer {
    let path = format!("/api/v1/gateways/free?{query}");
    f.call(Some(token), "GET", &path, None).await
}

#[tokio::test]
async fn says_what_is_free_and_when_without_a_name() {
    let f = Fixture::new().await;
    let (one, _) = gateway(&f, None, None).await;
    let (meeting, live) = f.webinar().await;
    let staff = f.other.token.as_str();
    // 14:00 in Paris is 13:00 UTC in March.
    let wish = "starts_at=2026-03-02T14:00&duration_s=7200&zone=Europe/Paris";
    let a = ask(&f, staff, wish).await;
    assert_eq!((a.status, &a.json["free"]), (StatusCode::OK, &1.into()), "{}", a.text);
    assert_eq!(a.json["wish"]["starts_at"], "2026-03-02T13:00:00.000Z");
    assert_eq!(a.json["wish"]["local_end"], "2026-03-02T16:00");
    assert_eq!(a.json["own"], serde_json::Value::Null);

    hold(&f, one, live, "2026-03-02T12:00:00Z", "2026-03-02T13:29:30Z").await;
    let a = ask(&f, staff, wish).await;
    assert_eq!(a.json["free"], 0);
    assert_eq!(
        a.json["next"][0]["local"], "2026-03-02T14:30",
        "in whole minutes, after the hold"
    );
    assert_eq!(a.json["earlier"]["local"], "2026-03-02T11:00");
    for secret in [
        meeting.to_string(),
        live.to_string(),
        one.to_string(),
        "Analysis".into(),
        "Amphi A".into(),
    ] {
        assert!(!a.text.contains(&secret), "{secret} in {}", a.text);
    }
    // What is proposed is free.
    for local in [&a.json["next"][0]["local"], &a.json["earlier"]["local"]] {
        let again = format!(
            "starts_at={}&duration_s=7200&zone=Europe/Paris",
            local.as_str().unwrap()
        );
        assert_eq!(ask(&f, staff, &again).await.json["free"], 1, "{local}");
    }
    // Touching ends do not conflict.
    let touching = ask(&f, staff, "starts_at=2026-03-02T13:29:30Z&duration_s=60").await;
    assert_eq!(touching.json["free"], 1);
}

#[tokio::test]
async fn a_meeting_is_not_in_its_own_way_and_its_gateway_is_told_apart() {
    let f = Fixture::new().await;
    let (one, broadcaster) = gateway(&f, None, None).await;
    let (meeting, live) = f.webinar().await;
    let (from, to) = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
    hold(&f, one, live, from, to).await;
    let command = LiveCommand::GatewayReserved {
        gateway: one,
        broadcaster,
        reservation: f.web.sources.id::<ReservationId>(),
        from: time(from),
        to: time(to),
    };
    let act = Act::system("test", f.web.sources.now());
    let done = f.web.aggregates.lives.execute(live, command, act).await.unwrap();
    f.there(done.position).await;
    hold(
        &f,
        one,
        f.web.sources.id(),
        "2026-03-02T12:00:00Z",
        "2026-03-02T13:00:00Z",
    )
    .await;

    let staff = f.staff.token.as_str();
    let longer = |s: i64| format!("starts_at=2026-03-02T10:00:00Z&duration_s={s}&except={meeting}");
    let a = ask(&f, staff, &longer(7200)).await;
    assert_eq!(
        (&a.json["free"], &a.json["own"]["free"]),
        (&1.into(), &true.into()),
        "{}",
        a.text
    );
    assert_eq!(a.json["own"]["until"], "2026-03-02T12:00:00.000Z");
    let a = ask(&f, staff, &longer(7260)).await;
    assert_eq!((&a.json["free"], &a.json["own"]["free"]), (&0.into(), &false.into()));
    assert_eq!(
        ask(&f, staff, "starts_at=2026-03-02T10:00:00Z&duration_s=3600")
            .await
            .json["free"],
        0
    );
    // Somebody else's meeting tells nothing.
    assert_eq!(
        ask(&f, &f.other.token, &longer(7200)).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn only_who_plans_or_presents_may_ask_and_nonsense_is_refused() {
    let f = Fixture::new().await;
    let good = "starts_at=2026-03-02T14:00&duration_s=3600";
    assert_eq!(ask(&f, &f.user.token, good).await.status, StatusCode::FORBIDDEN);
    let nobody = f
        .call(None, "GET", &format!("/api/v1/gateways/free?{good}"), None)
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let staff = f.staff.token.as_str();
    let none = ask(&f, staff, good).await;
    assert_eq!((&none.json["gateways"], &none.json["free"]), (&0.into(), &0.into()));
    for (query, code) in [
        ("starts_at=noon&duration_s=3600", "bad_query"),
        ("starts_at=2026-03-02T14:00&duration_s=59", "meeting_duration"),
        ("starts_at=2026-03-02T14:00&duration_s=86401", "meeting_duration"),
        ("starts_at=2026-03-02T14:00&duration_s=3600&zone=Mars", "time_zone"),
        ("starts_at=2026-03-02T14:00&duration_s=3600&colour=red", "bad_query"),
    ] {
        assert_eq!(ask(&f, staff, query).await.code(), code, "{query}");
    }
}

#[tokio::test]
async fn changes_of_the_clock_are_said() {
    let f = Fixture::new().await;
    gateway(&f, None, None).await;
    let staff = f.staff.token.as_str();
    let skipped = ask(
        &f,
        staff,
        "starts_at=2026-03-29T02:30&duration_s=3600&zone=Europe/Paris",
    )
    .await
    .json;
    assert_eq!(
        (&skipped["clock"], &skipped["wish"]),
        (&"skipped".into(), &serde_json::Value::Null)
    );
    assert_eq!(skipped["next"][0]["local"], "2026-03-29T03:00", "{skipped}");
    let twice = ask(
        &f,
        staff,
        "starts_at=2026-10-25T02:30&duration_s=3600&zone=Europe/Paris",
    )
    .await
    .json;
    assert_eq!(
        (&twice["clock"], &twice["wish"]["starts_at"]),
        (&"twice".into(), &"2026-10-25T00:30:00.000Z".into())
    );
    assert_eq!(
        twice["wish"]["local_end"], "2026-10-25T02:30",
        "an hour later it is as late again"
    );
    let past = ask(&f, staff, "starts_at=2026-03-02T08:00:00Z&duration_s=60")
        .await
        .json;
    assert_eq!(past["past"], true);
}
