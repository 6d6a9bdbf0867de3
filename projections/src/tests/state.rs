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
