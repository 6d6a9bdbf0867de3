//! Given, when, then: gateway.

use proptest::prelude::*;

use super::*;
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

fn reserve(reservation: u128, live: u128, from: i64, to: i64) -> GatewayCommand {
    GatewayCommand::Reserve {
        reservation: id(reservation),
        live: id(live),
        from: Time(NOON).plus_s(from),
        to: Time(NOON).plus_s(to),
    }
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
    // The key reaches the gateway's shell as much as the rest does (gateway-contract §2.3).
    assert_eq!(split_rtmp("rtmp://host/app/$(reboot)"), Err(Refusal::Rtmp));
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(u128, i64, i64),
    Release(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..6_u128, 0..3 * DAY_S, 1..DAY_S).prop_map(|(live, from, len)| Step::Reserve(live, from, len)),
        2 => (0..40_usize).prop_map(Step::Release),
        1 => (0..DAY_S).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever is asked: what is held and not released never overlaps, and a live holds a gateway once.
    #[test]
    fn reservations_never_overlap(steps in prop::collection::vec(step(), 1..60)) {
        let mut g = added();
        let (mut waited, mut next) = (0, 100);
        for step in steps {
            let _ = match step {
                Step::Reserve(live, from, len) => {
                    next += 1;
                    g.when(&reserve(next, live, waited + from, waited + from + len))
                }
                Step::Release(n) => {
                    let held = g.state.reservations.get(n).map_or(id(0), |r| r.id);
                    g.when(&GatewayCommand::Release { reservation: held })
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
                    prop_assert!(a.3 <= b.2 || b.3 <= a.2, "{a:?} and {b:?}");
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
