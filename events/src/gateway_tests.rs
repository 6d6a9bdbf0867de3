//! Given, when, then: gateway.

use proptest::prelude::*;

use super::*;
use crate::EventData as _;
use crate::story::{Story, id};

const NOON: i64 = 1_800_000_000_000;
const DAY_S: i64 = 86_400;

fn setup() -> Setup {
    Setup {
        name: "one".into(),
        broadcaster: id(1),
        server_url: "http://10.0.0.1:8080".into(),
        rtmp_base: "rtmp://media.example.org/live".into(),
        gw_id: None,
        generation: None,
    }
}

fn reserve_with(margins: Margins, reservation: u128, live: u128, from: i64, to: i64) -> GatewayCommand {
    GatewayCommand::Reserve {
        reservation: id(reservation),
        live: id(live),
        from: Time(NOON).plus_s(from),
        to: Time(NOON).plus_s(to),
        margins,
    }
}

fn reserve(reservation: u128, live: u128, from: i64, to: i64) -> GatewayCommand {
    reserve_with(Margins::NONE, reservation, live, from, to)
}

fn out(outage: u128, from: i64, to: Option<i64>) -> GatewayCommand {
    GatewayCommand::TakeOutOfService {
        outage: id(outage),
        from: Time(NOON).plus_s(from),
        to: to.map(|to| Time(NOON).plus_s(to)),
        reason: " new disk ".into(),
    }
}

fn back(outage: u128) -> GatewayCommand {
    GatewayCommand::BackInService { outage: id(outage) }
}

fn take(run: u128, live: u128) -> GatewayCommand {
    GatewayCommand::Take {
        run: id(run),
        live: id(live),
    }
}

fn release(reservation: u128) -> GatewayCommand {
    GatewayCommand::Release {
        reservation: id(reservation),
    }
}

fn added() -> Story<Gateway> {
    let mut story = Story::at(NOON);
    assert_eq!(story.did(GatewayCommand::Set(setup())), ["GatewayAdded"]);
    story
}

#[test]
fn a_whole_life() {
    let mut g = added();
    assert!(g.did(GatewayCommand::Set(setup())).is_empty());
    let known = Setup {
        generation: Some(Generation::G2),
        ..setup()
    };
    let probed = GatewayCommand::Probed {
        reachable: true,
        generation: Some(Generation::G3),
        token: TokenState::Good,
    };
    assert_eq!(g.did(probed.clone()), ["GatewayProbed"]);
    assert!(g.did(probed).is_empty());
    assert_eq!(g.state.generation(), Some(Generation::G3));
    assert_eq!(g.did(GatewayCommand::Set(known)), ["GatewayChanged"]);
    assert_eq!(
        g.state.generation(),
        Some(Generation::G2),
        "what the administrator says holds"
    );
    let secrets = |token, default_token| GatewayCommand::SecretsSet {
        token,
        stream_key: true,
        default_token,
    };
    assert_eq!(g.did(secrets(true, true)), ["GatewaySecretsSet"]);
    assert_eq!(g.did(secrets(false, false)), ["GatewaySecretsSet"]);
    assert!(
        g.state.default_token,
        "setting the stream key says nothing of the token"
    );
    let route = |redis: Option<&str>| GatewayCommand::SetChatRoute(redis.map(str::to_owned));
    assert_eq!(g.did(route(Some("redis://redis"))), ["GatewayChatRouteSet"]);
    assert!(g.did(route(Some("redis://redis"))).is_empty());
    assert_eq!(g.refused(&route(Some("http://redis"))), Refusal::ChatRoute);
    assert_eq!(g.did(route(None)), ["GatewayChatRouteSet"]);
    let up = GatewayCommand::HealthSeen {
        health: Health::Up,
        cause: None,
    };
    assert_eq!(g.did(up.clone()), ["GatewayHealthChanged"]);
    assert!(g.did(up).is_empty(), "a transition is an event, a look is none");
    assert_eq!(g.did(out(9, 600, Some(1200))), ["GatewayOutOfService"]);
    assert!(g.did(out(9, 600, Some(1200))).is_empty());
    assert_eq!(g.state.outages[0].reason, "new disk");
    assert_eq!(g.did(back(9)), ["GatewayBackInService"]);
    assert!(g.did(back(9)).is_empty());
    assert_eq!(g.did(reserve(5, 1, 0, 60)), ["GatewayReserved"]);
    assert!(g.did(reserve(6, 1, 0, 60)).is_empty());
    assert_eq!(g.did(reserve(6, 1, 0, 90)), ["GatewayReservationMoved"]);
    assert_eq!(g.did(take(7, 1)), ["GatewayTaken"]);
    assert!(g.did(take(7, 1)).is_empty());
    assert_eq!(g.refused(&GatewayCommand::Remove), Refusal::InUse);
    assert_eq!(g.did(release(5)), ["GatewayReservationReleased"]);
    assert!(g.did(release(5)).is_empty());
    assert_eq!(g.refused(&GatewayCommand::Remove), Refusal::InUse);
    assert!(g.did(GatewayCommand::LetGo { run: id(8) }).is_empty());
    assert_eq!(g.did(GatewayCommand::LetGo { run: id(7) }), ["GatewayLetGo"]);
    let refused = |live: Option<u128>, why| GatewayCommand::PublishRefused {
        live: live.map(id),
        why,
    };
    let idle = || refused(None, PublishRefusal::Idle);
    assert_eq!(g.did(idle()), ["GatewayPublishRefused"]);
    assert!(
        g.did(idle()).is_empty(),
        "an encoder that tries each second fills no log"
    );
    assert_eq!(
        g.did(refused(Some(1), PublishRefusal::Stopping)),
        ["GatewayPublishRefused"],
        "another reason"
    );
    g.now = g.now.plus_s(60);
    assert_eq!(
        g.did(refused(Some(1), PublishRefusal::Stopping)),
        ["GatewayPublishRefused"]
    );
    assert_eq!(g.did(GatewayCommand::Remove), ["GatewayRemoved"]);
    assert!(g.did(GatewayCommand::Remove).is_empty());
    g.tells_all();
}

#[test]
fn what_is_not_there() {
    let unknown = Story::<Gateway>::at(NOON);
    let mut removed = added();
    removed.did(GatewayCommand::Remove);
    for command in [reserve(5, 1, 0, 60), take(7, 1)] {
        assert_eq!(unknown.refused(&command), Refusal::Unknown);
        assert_eq!(removed.refused(&command), Refusal::Unknown);
    }
    assert_eq!(unknown.refused(&GatewayCommand::Remove), Refusal::Unknown);
    assert_eq!(removed.refused(&GatewayCommand::Set(setup())), Refusal::Unknown);
}

#[test]
fn what_an_administrator_may_say() {
    type Spoil = fn(&mut Setup);
    let cases: [(Refusal, Spoil); 11] = [
        (Refusal::Name, |s| s.name = "  ".into()),
        (Refusal::Name, |s| s.name = "a\u{0}".into()),
        (Refusal::Name, |s| s.name = "x".repeat(101).into()),
        (Refusal::Address, |s| s.server_url = "ftp://host/".into()),
        (Refusal::Address, |s| s.server_url = "http://a b/".into()),
        (Refusal::Address, |s| {
            s.server_url = format!("http://{}", "a".repeat(2000)).into();
        }),
        (Refusal::Rtmp, |s| s.rtmp_base = "http://host/live".into()),
        (Refusal::Rtmp, |s| s.rtmp_base = "rtmp://host/$(reboot)".into()),
        (Refusal::Rtmp, |s| s.rtmp_base = "rtmp://host/a'b".into()),
        // A name and password before the host would stand in clear in the log.
        (Refusal::Rtmp, |s| s.rtmp_base = "rtmp://user:secret@host/live".into()),
        (Refusal::Rtmp, |s| {
            s.rtmp_base = format!("rtmp://host/{}", "a".repeat(1000)).into();
        }),
    ];
    for (rule, spoil) in cases {
        let mut spoilt = setup();
        spoil(&mut spoilt);
        assert_eq!(added().refused(&GatewayCommand::Set(spoilt)), rule);
    }
}

#[test]
fn generations_by_name() {
    for g in [
        Generation::G1,
        Generation::G2,
        Generation::G3,
        Generation::G4,
        Generation::G5,
    ] {
        assert_eq!(g.as_str().parse(), Ok(g));
    }
    assert_eq!("g6".parse::<Generation>(), Err(Refusal::Generation));
}

#[test]
fn a_reservation_ends_where_the_next_begins() {
    let mut g = added();
    g.did(reserve(1, 1, 0, 60));
    assert_eq!(
        g.did(reserve(2, 2, 60, 120)),
        ["GatewayReserved"],
        "half-open: the end is free"
    );
    let until = Time(NOON).plus_s(60);
    assert_eq!(g.refused(&reserve(3, 3, 59, 60)), Refusal::Overlap { until });
    assert_eq!(g.refused(&reserve(3, 3, -10, 1)), Refusal::Overlap { until });
    assert_eq!(g.refused(&reserve(3, 3, 200, 200)), Refusal::Interval);
    assert_eq!(g.refused(&reserve(3, 3, 200, 100)), Refusal::Interval);
    assert_eq!(
        g.refused(&reserve(1, 1, 0, 61)),
        Refusal::Overlap {
            until: Time(NOON).plus_s(120)
        }
    );
}

#[test]
fn one_run_holds_the_machine() {
    let mut g = added();
    g.did(take(1, 1));
    assert_eq!(g.refused(&take(2, 2)), Refusal::Taken { live: id(1) });
    g.did(GatewayCommand::LetGo { run: id(1) });
    assert_eq!(g.did(take(2, 2)), ["GatewayTaken"]);
}

#[test]
fn the_stream_key_is_the_last_part() {
    let parts = |base: &str, key: &str| Ok((base.to_owned(), key.to_owned()));
    assert_eq!(split_rtmp("rtmp://host/app/key"), parts("rtmp://host/app", "key"));
    assert_eq!(
        split_rtmp("rtmps://host:1936/a/b/key?x=1"),
        parts("rtmps://host:1936/a/b", "key?x=1")
    );
    for url in [
        "",
        "http://host/app/key",
        "rtmp://host/key",
        "rtmp://host/app/",
        "rtmp://host",
    ] {
        assert_eq!(split_rtmp(url), Err(Refusal::Rtmp), "{url}");
    }
    // One that was kept longer than a start takes could never be started.
    let long = |n| format!("rtmp://host/app/{}", "k".repeat(n));
    assert_eq!(split_rtmp(&long(RTMP_MAX)), Err(Refusal::Rtmp));
    assert!(split_rtmp(&long(RTMP_MAX - "rtmp://host/app/".len())).is_ok());
    // The key reaches the gateway's shell as much as the rest does (gateway-contract §2.3).
    assert_eq!(split_rtmp("rtmp://host/app/$(reboot)"), Err(Refusal::Rtmp));
}

#[test]
fn margins_keep_reservations_apart() {
    let margins = Margins {
        before_s: 600,
        after_s: 300,
    };
    let mut g = added();
    g.did(reserve_with(margins, 1, 1, 3600, 7200));
    let until = Time(NOON).plus_s(7200);
    let refused = Refusal::Overlap { until };
    assert_eq!(g.refused(&reserve_with(margins, 2, 2, 7200 + 899, 9000)), refused);
    assert_eq!(g.refused(&reserve_with(margins, 2, 2, 0, 3600 - 899)), refused);
    assert_eq!(
        g.did(reserve_with(margins, 2, 2, 7200 + 900, 9000)),
        ["GatewayReserved"]
    );
    assert_eq!(g.did(reserve_with(margins, 3, 3, 0, 3600 - 900)), ["GatewayReserved"]);
    // Margins that were made wider take nothing from who holds it, nor keep him from asking for less.
    let wide = Margins {
        before_s: 3600,
        after_s: 3600,
    };
    assert!(g.did(reserve_with(wide, 9, 1, 3600, 7200)).is_empty());
    assert_eq!(g.did(reserve_with(wide, 9, 1, 3600, 7000)), ["GatewayReservationMoved"]);
    assert!(matches!(
        g.refused(&reserve_with(wide, 9, 1, 3600, 7001)),
        Refusal::Overlap { .. }
    ));
}

/// Census W14: a gateway that is out of service is given to nobody for that time.
#[test]
fn out_of_service_nothing_is_reserved_nor_started() {
    let margins = Margins {
        before_s: 600,
        after_s: 300,
    };
    let mut g = added();
    g.did(reserve(1, 1, 0, 3600));
    g.did(out(8, 1800, Some(7200)));
    let until = Some(Time(NOON).plus_s(7200));
    let refused = Refusal::OutOfService { until };
    assert_eq!(
        g.refused(&reserve(1, 1, 0, 3600)),
        refused,
        "who holds it then is to be given another"
    );
    assert_eq!(g.refused(&reserve(2, 2, 7199, 9000)), refused);
    assert_eq!(g.refused(&reserve_with(margins, 2, 2, 7799, 9000)), refused);
    assert_eq!(g.did(reserve_with(margins, 2, 2, 7800, 9000)), ["GatewayReserved"]);
    g.now = Time(NOON).plus_s(1799);
    assert_eq!(g.did(take(5, 1)), ["GatewayTaken"]);
    g.did(GatewayCommand::LetGo { run: id(5) });
    g.now = Time(NOON).plus_s(1800);
    assert_eq!(g.refused(&take(6, 1)), refused);
    // Nobody knows until when.
    g.did(out(9, 20_000, None));
    assert_eq!(
        g.refused(&reserve(3, 3, 900_000, 900_060)),
        Refusal::OutOfService { until: None }
    );
    g.did(back(9));
    assert_eq!(g.did(reserve(3, 3, 900_000, 900_060)), ["GatewayReserved"]);
    // What is over or backwards is no span, and a reason is one line.
    assert_eq!(g.refused(&out(10, 1000, Some(1800))), Refusal::Interval);
    assert_eq!(g.refused(&out(10, 9000, Some(9000))), Refusal::Interval);
    for reason in ["a\nb".to_owned(), "x".repeat(REASON_MAX + 1)] {
        let spoilt = GatewayCommand::TakeOutOfService {
            outage: id(10),
            from: Time(NOON),
            to: None,
            reason,
        };
        assert_eq!(g.refused(&spoilt), Refusal::Reason);
    }
    for n in 0..OUTAGES_MAX as u128 - 1 {
        g.did(out(100 + n, 50_000, Some(60_000)));
    }
    assert_eq!(g.refused(&out(99, 50_000, None)), Refusal::TooManyOutages);
    assert!(g.did(out(100, 50_000, Some(60_000))).is_empty(), "asked again");
}

/// Census W14: a live that overruns is on the machine, whatever its own time was.
#[test]
fn who_comes_while_another_overruns_is_told_so() {
    let mut g = added();
    g.did(reserve(1, 1, 0, 60));
    g.did(reserve(2, 2, 90, 3600));
    g.did(take(5, 1));
    g.now = Time(NOON).plus_s(100);
    assert_eq!(
        g.refused(&reserve(3, 3, -600, 30)),
        Refusal::Overlap {
            until: Time(NOON).plus_s(60)
        }
    );
    assert_eq!(g.refused(&reserve(3, 3, 61, 80)), Refusal::Taken { live: id(1) });
    assert_eq!(
        g.did(reserve(2, 2, 90, 4000)),
        ["GatewayReservationMoved"],
        "who holds it already loses nothing"
    );
    assert_eq!(g.did(reserve(4, 4, 4000, 5000)), ["GatewayReserved"], "later is later");
    g.did(GatewayCommand::LetGo { run: id(5) });
    assert_eq!(g.did(reserve(3, 3, 61, 80)), ["GatewayReserved"]);
}

#[test]
fn a_start_that_was_refused_as_busy_is_believed_for_a_while() {
    let mut g = added();
    let seen = |health, cause| GatewayCommand::HealthSeen { health, cause };
    let busy = seen(Health::BusyElsewhere, Some(HealthCause::StartRefused));
    assert_eq!(g.did(busy), ["GatewayHealthChanged"]);
    g.now = g.now.plus_s(599);
    assert!(g.did(seen(Health::Up, None)).is_empty(), "a probe can't see it");
    g.now = g.now.plus_s(1);
    assert_eq!(g.did(seen(Health::Up, None)), ["GatewayHealthChanged"]);
    g.did(seen(Health::BusyElsewhere, None));
    assert_eq!(
        g.did(seen(Health::Up, None)),
        ["GatewayHealthChanged"],
        "this one a probe has seen"
    );
    g.did(seen(Health::BusyElsewhere, Some(HealthCause::StartRefused)));
    g.did(take(1, 1));
    assert_eq!(
        g.did(seen(Health::Up, None)),
        ["GatewayHealthChanged"],
        "it works for us"
    );
}

/// The bytes of schema 1, as they stand in logs.
#[test]
fn kept_bytes_are_read() {
    let read = |kind, bytes: &[u8]| GatewayEvent::decode(kind, 1, bytes).unwrap();
    let health = br#"{"health":"busy_elsewhere","cause":"start_refused"}"#;
    assert_eq!(
        read("GatewayHealthChanged", health),
        GatewayEvent::GatewayHealthChanged {
            health: Health::BusyElsewhere,
            cause: Some(HealthCause::StartRefused),
        }
    );
    let words = ["up", "unreachable", "refusing", "wrong_token", "unknown"];
    for word in words {
        read(
            "GatewayHealthChanged",
            format!(r#"{{"health":"{word}","cause":null}}"#).as_bytes(),
        );
    }
    for word in [
        "front_server",
        "not_a_gateway",
        "pool",
        "too_old",
        "no_gw_id",
        "gw_id_unknown",
    ] {
        let bytes = format!(r#"{{"health":"refusing","cause":"{word}"}}"#);
        read("GatewayHealthChanged", bytes.as_bytes());
    }
    let outage = br#"{"outage":"00000000000000000000000009","from":1800000000000,"to":null,"reason":"new disk"}"#;
    let event = GatewayEvent::GatewayOutOfService {
        outage: id(9),
        from: Time(NOON),
        to: None,
        reason: "new disk".into(),
    };
    assert_eq!(read("GatewayOutOfService", outage), event);
    assert_eq!(event.encode(), outage);
    let bytes = br#"{"outage":"00000000000000000000000009"}"#;
    assert_eq!(
        read("GatewayBackInService", bytes),
        GatewayEvent::GatewayBackInService { outage: id(9) }
    );
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(u128, i64, i64),
    Release(usize),
    Out(i64, i64),
    Back(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..6_u128, 0..3 * DAY_S, 1..DAY_S).prop_map(|(live, from, len)| Step::Reserve(live, from, len)),
        2 => (0..40_usize).prop_map(Step::Release),
        1 => (0..3 * DAY_S, 1..DAY_S / 4).prop_map(|(from, len)| Step::Out(from, len)),
        1 => (0..10_usize).prop_map(Step::Back),
        1 => (0..DAY_S).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever is asked: what is held and not released never overlaps, margins and all, and is never reserved while the gateway is
    /// out of service.
    #[test]
    fn reservations_never_overlap(
        steps in prop::collection::vec(step(), 1..60),
        margins in (0..1200_i64, 0..1200_i64).prop_map(|(before_s, after_s)| Margins { before_s, after_s }),
    ) {
        let mut g = added();
        let (mut waited, mut next) = (0, 100);
        for step in steps {
            let _ = match step {
                Step::Reserve(live, from, len) => {
                    next += 1;
                    let (from, to) = (waited + from, waited + from + len);
                    let done = g.when(&reserve_with(margins, next, live, from, to));
                    let (from, to) = margins.round(Time(NOON).plus_s(from), Time(NOON).plus_s(to));
                    let out = g.state.outages.iter().find(|o| o.from < to && from < o.end());
                    prop_assert!(done.is_err() || out.is_none(), "{:?}", out);
                    done
                }
                Step::Release(n) => {
                    let held = g.state.reservations.get(n).map_or(id(0), |r| r.id);
                    g.when(&GatewayCommand::Release { reservation: held })
                }
                Step::Out(from, len) => {
                    next += 1;
                    g.when(&out(next, waited + from, Some(waited + from + len)))
                }
                Step::Back(n) => {
                    let outage = g.state.outages.get(n).map_or(id(0), |o| o.id);
                    g.when(&GatewayCommand::BackInService { outage })
                }
                Step::Wait(s) => {
                    waited += s;
                    g.now = g.now.plus_s(s);
                    Ok(vec![])
                }
            };
            // Counted from the events alone, with nothing forgotten.
            let mut held: Vec<(ReservationId, LiveId, Time, Time)> = Vec::new();
            for event in &g.events {
                match event {
                    GatewayEvent::GatewayReserved { reservation, live, from, to } => held.push((*reservation, *live, *from, *to)),
                    GatewayEvent::GatewayReservationMoved { reservation, from, to } => {
                        for h in held.iter_mut().filter(|h| h.0 == *reservation) {
                            (h.2, h.3) = (*from, *to);
                        }
                    }
                    GatewayEvent::GatewayReservationReleased { reservation } => held.retain(|h| h.0 != *reservation),
                    _ => {}
                }
            }
            for (n, a) in held.iter().enumerate() {
                for b in &held[n + 1..] {
                    let between = margins.between_s();
                    prop_assert!(a.3.plus_s(between) <= b.2 || b.3.plus_s(between) <= a.2, "{a:?} and {b:?}");
                }
            }
        }
    }
}

#[test]
fn a_run_keeps_out_of_anothers_hold() {
    let mut g = added();
    g.did(reserve(1, 1, 0, 3600));
    assert_eq!(
        g.refused(&take(5, 2)),
        Refusal::Overlap {
            until: Time(NOON).plus_s(3600)
        },
        "a live that opens early, or overruns, takes no picture from the one whose time it is"
    );
    assert_eq!(g.did(take(6, 1)), ["GatewayTaken"]);
}

#[test]
fn what_runs_is_not_readdressed() {
    let mut g = added();
    g.did(take(5, 1));
    let elsewhere = Setup {
        server_url: "http://10.0.0.2:8080".into(),
        ..setup()
    };
    assert_eq!(
        g.refused(&GatewayCommand::Set(elsewhere.clone())),
        Refusal::InUse,
        "its stop would go to a machine that runs nothing, and count as done"
    );
    let renamed = Setup {
        name: "another name".into(),
        ..setup()
    };
    assert_eq!(g.did(GatewayCommand::Set(renamed)), ["GatewayChanged"]);
    g.did(GatewayCommand::LetGo { run: id(5) });
    assert_eq!(g.did(GatewayCommand::Set(elsewhere)), ["GatewayChanged"]);
}
