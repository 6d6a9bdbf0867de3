//! The state of a live, step by step through an evening.

use amphi_events::chat::{Chat, ChatEvent};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, MeetingId, PersonId, RunId, SessionId};
use amphi_events::live::{Live, LiveEvent as L, RunFault, StopReason};
use amphi_events::meeting::{Details, Meeting, MeetingEvent as M};
use amphi_events::relay::{Relay, RelayEvent, Way};
use amphi_events::session::{EndedBy, HookState, Session, SessionEvent as S, Trouble};

use super::{NOON, World};
use crate::{LiveState, MeetingState, RoomChat, StateView};

#[tokio::test]
async fn from_scheduled_to_closed() {
    let w = World::new(7);
    let read = w.open().await;
    let (meeting, owner, live, session): (MeetingId, PersonId, LiveId, SessionId) = (w.id(), w.id(), w.id(), w.id());
    let (gateway, broadcaster, run, next): (GatewayId, BroadcasterId, RunId, RunId) = (w.id(), w.id(), w.id(), w.id());
    let mut details = Details::new("Webinar", NOON, 3600, "Europe/Paris");
    details.is_webinar = true;
    let state = async || -> StateView {
        read.catch_up().await.expect("caught up");
        read.live(live)
            .await
            .expect("a row")
            .expect("a live")
            .state(w.sources.now())
    };
    let seen = |v: &StateView| (v.meeting, v.live, v.why.clone().unwrap_or_default());
    let (starts_at, ends_at) = (details.starts_at, details.ends_at());
    w.tell::<Meeting>(
        meeting,
        vec![M::MeetingScheduled {
            elsewhere: None,
            owner,
            live: Some(live),
            details,
        }],
    )
    .await;
    let planned = L::LivePlanned {
        meeting: Some(meeting),
        owner,
        presenters: vec![],
        title: "Webinar".into(),
        starts_at,
        ends_at,
        restricted: false,
    };
    w.tell::<Live>(
        live,
        vec![
            planned,
            L::LiveGatewayLacking {
                from: starts_at,
                to: ends_at,
                next_free: vec![],
            },
        ],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Scheduled, LiveState::Off, "no_gateway".to_owned())
    );

    w.tell::<Live>(
        live,
        vec![L::LiveGatewayReserved {
            gateway,
            broadcaster,
            reservation: w.id(),
            from: starts_at,
            to: ends_at,
        }],
    )
    .await;
    w.tell::<Meeting>(
        meeting,
        vec![M::MeetingStartRequested {
            session,
            until: ends_at,
        }],
    )
    .await;
    w.tell::<Session>(
        session,
        vec![
            S::SessionRequested {
                room: None,
                meeting,
                until: ends_at,
            },
            S::SessionTroubled {
                trouble: Trouble::Unreachable,
            },
        ],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Opening, LiveState::Off, "bbb_unreachable".to_owned())
    );

    let opened = S::SessionOpened {
        create_time: 1,
        internal_id: "i".to_owned(),
        adopted: false,
    };
    w.tell::<Session>(
        session,
        vec![
            S::SessionRecovered {},
            opened,
            S::SessionHooked {
                state: HookState::Missing,
            },
        ],
    )
    .await;
    w.tell::<Live>(
        live,
        vec![
            L::LiveRequested {
                session: Some(session),
                until: ends_at,
            },
            L::GatewayStartAsked {
                run,
                number: 1,
                gateway,
                broadcaster,
            },
        ],
    )
    .await;
    w.tell::<Chat>(live, vec![ChatEvent::ChatOpened {}]).await;
    let now = state().await;
    assert_eq!(seen(&now), (MeetingState::Open, LiveState::Starting, String::new()));
    assert_eq!(
        (now.run, now.chat.enabled, now.chat.room, now.chat.max_units),
        (1, true, RoomChat::Out, 500)
    );

    w.tell::<Live>(
        live,
        vec![
            L::GatewayStarted { run },
            L::RobotJoined { run },
            L::LiveWentOnAir { run },
        ],
    )
    .await;
    w.tell::<Relay>(
        session,
        vec![RelayEvent::RelayWayFound {
            live,
            way: Way::Bbb,
            max_units: 300,
            max_bytes: 900,
            hooks: true,
        }],
    )
    .await;
    let now = state().await;
    assert_eq!(seen(&now), (MeetingState::Open, LiveState::OnAir, String::new()));
    assert_eq!(
        (now.chat.room, now.chat.max_units, now.steps.len()),
        (RoomChat::Both, 300, 6)
    );
    let json = serde_json::to_value(&now).expect("JSON");
    assert_eq!(
        (json["live"].as_str(), json["chat"]["room"].as_str()),
        (Some("on_air"), Some("both"))
    );
    assert_eq!(json["starts_at"].as_str(), Some(NOON.rfc3339().as_str()));

    w.tell::<Live>(
        live,
        vec![L::LiveStalled {
            run,
            fault: RunFault::Frozen,
        }],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Open, LiveState::Stalled, "frozen".to_owned())
    );
    w.tell::<Live>(
        live,
        vec![
            L::GatewayStopAsked {
                run,
                fault: Some(RunFault::Frozen),
            },
            L::GatewayStopped { run },
        ],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Open, LiveState::Starting, "frozen".to_owned())
    );
    w.tell::<Live>(
        live,
        vec![
            L::GatewayStartAsked {
                run: next,
                number: 2,
                gateway,
                broadcaster,
            },
            L::GatewayStarted { run: next },
        ],
    )
    .await;
    assert_eq!(state().await.run, 2);

    w.tell::<Live>(
        live,
        vec![
            L::LiveStopRequested {
                why: StopReason::Presenter,
            },
            L::GatewayStopAsked { run: next, fault: None },
        ],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Open, LiveState::Stopping, "stopped".to_owned())
    );
    w.tell::<Live>(
        live,
        vec![
            L::GatewayStopped { run: next },
            L::LiveStopped {
                why: StopReason::Presenter,
            },
        ],
    )
    .await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Open, LiveState::Ended, "stopped".to_owned())
    );
    assert!(read.lives_in_hand().await.expect("ids").is_empty());

    w.tell::<Session>(session, vec![S::SessionClosed { ended_by: EndedBy::Us }])
        .await;
    w.tell::<Meeting>(meeting, vec![M::MeetingSessionEnded { session }])
        .await;
    let row = read.live(live).await;
    assert_eq!(
        seen(&state().await),
        (MeetingState::Closed, LiveState::Ended, "stopped".to_owned())
    );
    assert!(row.expect("a row").is_some());

    // Another evening knows nothing of the first one's room.
    let again: SessionId = w.id();
    w.tell::<Meeting>(
        meeting,
        vec![M::MeetingStartRequested {
            session: again,
            until: ends_at,
        }],
    )
    .await;
    w.tell::<Relay>(
        session,
        vec![RelayEvent::RelayWayFound {
            live,
            way: Way::Bbb,
            max_units: 300,
            max_bytes: 900,
            hooks: true,
        }],
    )
    .await;
    let now = state().await;
    assert_eq!((now.meeting, now.chat.max_units), (MeetingState::Opening, 500));
}

/// A live whose room is open; what follows is told to it.
struct Evening {
    w: World,
    read: std::sync::Arc<crate::ReadModels>,
    live: LiveId,
    ends_at: amphi_events::Time,
}

impl Evening {
    async fn new(seed: u64, reserved: bool) -> Self {
        let w = World::new(seed);
        let read = w.open().await;
        let (meeting, owner, live, session): (MeetingId, PersonId, LiveId, SessionId) =
            (w.id(), w.id(), w.id(), w.id());
        let mut details = Details::new("Webinar", NOON, 3600, "Europe/Paris");
        details.is_webinar = true;
        let (starts_at, ends_at) = (details.starts_at, details.ends_at());
        let scheduled = M::MeetingScheduled {
            elsewhere: None,
            owner,
            live: Some(live),
            details,
        };
        let started = M::MeetingStartRequested {
            session,
            until: ends_at,
        };
        w.tell::<Meeting>(meeting, vec![scheduled, started]).await;
        let mut plan = vec![L::LivePlanned {
            meeting: Some(meeting),
            owner,
            presenters: vec![],
            title: "Webinar".into(),
            starts_at,
            ends_at,
            restricted: false,
        }];
        if reserved {
            plan.push(L::LiveGatewayReserved {
                gateway: w.id(),
                broadcaster: w.id(),
                reservation: w.id(),
                from: starts_at,
                to: ends_at,
            });
        }
        w.tell::<Live>(live, plan).await;
        let requested = S::SessionRequested {
            room: None,
            meeting,
            until: ends_at,
        };
        let opened = S::SessionOpened {
            create_time: 1,
            internal_id: "i".to_owned(),
            adopted: false,
        };
        w.tell::<Session>(session, vec![requested, opened]).await;
        Self { w, read, live, ends_at }
    }

    async fn tell(&self, events: Vec<L>) {
        self.w.tell::<Live>(self.live, events).await;
    }

    fn at(&self, time: amphi_events::Time) {
        self.w.clock.move_ms(time.since_ms(self.w.sources.now()));
    }

    async fn start(&self, number: u32) -> RunId {
        let run = self.w.id();
        self.tell(vec![L::GatewayStartAsked {
            run,
            number,
            gateway: self.w.id(),
            broadcaster: self.w.id(),
        }])
        .await;
        run
    }

    async fn state(&self) -> StateView {
        self.read.catch_up().await.expect("caught up");
        let row = self.read.live(self.live).await.expect("a row").expect("a live");
        row.state(self.w.sources.now())
    }

    async fn seen(&self) -> (LiveState, String) {
        let now = self.state().await;
        (now.live, now.why.unwrap_or_default())
    }
}

#[tokio::test]
async fn a_live_without_a_gateway_says_so_and_ends_with_its_time() {
    let e = Evening::new(11, false).await;
    let before = e.state().await;
    assert_eq!(e.seen().await, (LiveState::Off, "no_gateway".to_owned()));
    assert!(!before.stale(e.ends_at.plus_s(-1)) && before.stale(e.ends_at));
    e.at(e.ends_at);
    let after = e.state().await;
    assert_eq!(e.seen().await, (LiveState::Ended, "time_over".to_owned()));
    assert_eq!(after.since, Some(e.ends_at));
    assert!(!after.stale(e.ends_at.plus_s(60)));
    // Wanted all the same, in the time that a room may last longer.
    e.tell(vec![L::LiveRequested {
        session: None,
        until: e.ends_at.plus_s(1800),
    }])
    .await;
    assert_eq!(e.seen().await, (LiveState::Starting, "time_over".to_owned()));
}

#[tokio::test]
async fn a_start_that_waits_for_its_gateway_says_so() {
    let e = Evening::new(12, true).await;
    e.tell(vec![L::LiveRequested {
        session: None,
        until: e.ends_at,
    }])
    .await;
    assert_eq!(e.seen().await, (LiveState::Starting, String::new()));
    assert!(!e.state().await.stale(NOON.plus_s(4)) && e.state().await.stale(NOON.plus_s(5)));
    e.at(NOON.plus_s(5));
    assert_eq!(e.seen().await, (LiveState::Starting, "gateway_waiting".to_owned()));
    assert!(!e.state().await.stale(NOON.plus_s(60)));
    let run = e.start(1).await;
    assert_eq!(e.seen().await, (LiveState::Starting, String::new()));
    let (fault, down) = (RunFault::Unreachable, L::GatewayStopped { run });
    e.tell(vec![L::GatewayStartFailed {
        run,
        fault,
        certain: true,
    }])
    .await;
    assert_eq!(e.seen().await, (LiveState::Starting, "gateway_unreachable".to_owned()));
    e.tell(vec![down]).await;
    e.at(NOON.plus_s(60));
    assert_eq!(e.seen().await, (LiveState::Starting, "gateway_unreachable".to_owned()));
    e.start(2).await;
    assert_eq!(e.seen().await, (LiveState::Starting, "gateway_unreachable".to_owned()));
}

#[tokio::test]
async fn a_restart_is_a_start_and_only_what_stood_still_is_stalled() {
    let e = Evening::new(13, true).await;
    e.tell(vec![L::LiveRequested {
        session: None,
        until: e.ends_at,
    }])
    .await;
    let run = e.start(1).await;
    e.tell(vec![L::GatewayStarted { run }, L::LiveWentOnAir { run }]).await;
    e.tell(vec![
        L::LiveRestartRequested {},
        L::GatewayStopAsked { run, fault: None },
    ])
    .await;
    assert_eq!(e.seen().await, (LiveState::Starting, String::new()), "somebody asked");
    e.at(NOON.plus_s(30));
    e.tell(vec![L::GatewayStopped { run }]).await;
    assert_eq!(e.state().await.since, Some(NOON.plus_s(30)));

    let run = e.start(2).await;
    let fault = RunFault::Frozen;
    e.tell(vec![
        L::GatewayStarted { run },
        L::LiveWentOnAir { run },
        L::LiveStalled { run, fault },
    ])
    .await;
    let heal = Some(fault);
    e.tell(vec![L::GatewayStopAsked { run, fault: heal }]).await;
    assert_eq!(
        e.seen().await,
        (LiveState::Stalled, "frozen".to_owned()),
        "it stood still"
    );
    e.tell(vec![L::LiveRestartRequested {}]).await;
    assert_eq!(e.seen().await.0, LiveState::Starting, "somebody asked meanwhile");
    e.tell(vec![L::GatewayStopped { run }]).await;

    let run = e.start(3).await;
    e.tell(vec![L::GatewayStarted { run }, L::LiveWentOnAir { run }]).await;
    let gone = Some(RunFault::Gone);
    e.tell(vec![L::GatewayStopAsked { run, fault: gone }]).await;
    assert_eq!(
        e.seen().await,
        (LiveState::Starting, "gateway_gone".to_owned()),
        "it moved to the end"
    );
}

#[tokio::test]
async fn a_picture_that_moved_to_another_gateway_says_so_until_something_fails_again() {
    let e = Evening::new(14, true).await;
    e.tell(vec![L::LiveRequested {
        session: None,
        until: e.ends_at,
    }])
    .await;
    let first = e.start(1).await;
    let (frozen, unreachable) = (RunFault::Frozen, RunFault::Unreachable);
    e.tell(vec![
        L::GatewayStarted { run: first },
        L::LiveWentOnAir { run: first },
        L::LiveStalled {
            run: first,
            fault: frozen,
        },
        L::GatewayStopAsked {
            run: first,
            fault: Some(frozen),
        },
        L::LiveRunFenced {
            run: first,
            fault: frozen,
        },
    ])
    .await;
    assert_eq!(e.seen().await, (LiveState::Starting, "frozen".to_owned()));
    assert_eq!(e.state().await.moved, None);
    e.at(NOON.plus_s(20));
    let (from, to) = (e.w.id(), e.w.id());
    e.tell(vec![L::LiveTakenOver {
        from,
        to,
        fault: frozen,
    }])
    .await;
    let second = e.start(2).await;
    e.tell(vec![
        L::GatewayStarted { run: second },
        L::LiveWentOnAir { run: second },
    ])
    .await;
    let state = e.state().await;
    assert_eq!((state.live, state.why, state.run), (LiveState::OnAir, None, 2));
    let moved = state.moved.expect("it moved");
    assert_eq!((moved.why, moved.at), ("frozen", NOON.plus_s(20)));
    // The first one comes back and is stopped: the second one's picture goes on.
    e.tell(vec![L::GatewayStopped { run: first }]).await;
    assert_eq!(e.seen().await, (LiveState::OnAir, String::new()));
    e.tell(vec![
        L::GatewayStopAsked {
            run: second,
            fault: Some(unreachable),
        },
        L::LiveRunFenced {
            run: second,
            fault: unreachable,
        },
        L::LiveHealingPutOff {
            gateway: to,
            fault: unreachable,
        },
    ])
    .await;
    assert_eq!(e.state().await.moved, None, "it failed again");
    assert_eq!(e.seen().await, (LiveState::Starting, "gateway_unreachable".to_owned()));
    let why = amphi_events::live::StopReason::GaveUp;
    e.tell(vec![L::LiveStopRequested { why }, L::LiveStopped { why }]).await;
    let state = e.state().await;
    assert_eq!(
        (state.live, state.fault),
        (LiveState::Ended, Some("gateway_unreachable"))
    );
    assert_eq!(state.why.as_deref(), Some("gave_up"));
}
