//! What wakes whom: the log is followed once for all reactors, and an event wakes the workers that it may concern.
//! A wake too many costs a look at a folded state; a wake too few would leave something undone, so the
//! read models' lists of what is in hand are taken first, and the log from there on.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::envelope::Recorded;
use amphi_events::ids::{GatewayId, LiveId, MeetingId, SessionId};
use amphi_events::live::LiveEvent;
use amphi_events::log::{Filter, subscribe};
use amphi_events::{EventData as _, Time};
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::defect::{self, Defect};
use super::{Deps, Hands, Reactors, stage, why};

/// How long the read models may take to reach the head at start before the reactors give up waiting.
const CATCH_UP: Duration = Duration::from_mins(10);

/// A session whose recording is awaited was asked for at most so long before its end.
const OPENED_BEFORE_MS: i64 = 2 * 86_400_000;
/// Lives to come that are waited for.
const MOST_AHEAD: usize = 100_000;

/// How long workers are not woken while the read models are behind.
const MODELS: Duration = Duration::from_secs(5);

/// Takes what is in hand, then follows the log in a task.
pub async fn start(deps: Arc<Deps>, reactors: Arc<Reactors>, stop: CancellationToken) -> anyhow::Result<()> {
    let head = deps.log.head();
    deps.read
        .wait(head, CATCH_UP)
        .await
        .context("the read models did not reach the log's head")?;
    let mut subscription = subscribe(deps.log.clone(), head, Filter::default());
    in_hand(&deps, &reactors, None).await?;
    tokio::spawn(async move {
        loop {
            let delivery = tokio::select! {
                d = subscription.next() => d,
                () = stop.cancelled() => return,
            };
            match delivery {
                Ok(amphi_events::log::Delivery::Events(events, upto)) => {
                    // Workers look at the read models: woken before these hold the event, they would find nothing to do
                    // and nobody would wake them again.
                    if let Err(behind) = deps.read.wait(upto, MODELS).await {
                        reactors.planner.note_error(format!("{behind}"), deps.now());
                    }
                    let mut rung = HashSet::new();
                    for event in &events {
                        // Lines come by the hundred, and each of a chat wakes the same worker.
                        if event.stream.kind() == "chat" && !rung.insert(&event.stream) {
                            continue;
                        }
                        super::chronicle::write(&deps, event).await;
                        // An event that wakes nobody would leave something undone until the next restart.
                        while let Err(error) =
                            why::because(why::event(event.event.id), wake_for(&deps, &reactors, event)).await
                        {
                            reactors.planner.note_error(format!("{error:#}"), deps.now());
                            tokio::select! {
                                () = tokio::time::sleep(Duration::from_millis(500)) => {}
                                () = stop.cancelled() => return,
                            }
                        }
                    }
                    let behind = deps.log.head().0.saturating_sub(upto.0);
                    for hands in [
                        &reactors.rooms,
                        &reactors.stage,
                        &reactors.relay,
                        &reactors.planner,
                        &reactors.inviter,
                        &reactors.recordings,
                        &reactors.postman,
                        &reactors.retention,
                        &reactors.rehearsal,
                        &reactors.preflight,
                        &reactors.feeds,
                    ] {
                        hands.set_behind(behind);
                    }
                }
                Ok(amphi_events::log::Delivery::CaughtUp(_)) => {}
                Err(error) => {
                    tracing::error!(%error, "the reactors can't follow the log");
                    reactors.planner.note_error(error.to_string(), deps.now());
                    tokio::select! {
                        () = tokio::time::sleep(Duration::from_secs(1)) => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
        }
    });
    Ok(())
}

/// Wakes what the read models say is in hand, of all reactors or of the one with that name.
pub async fn in_hand(deps: &Deps, reactors: &Reactors, only: Option<&str>) -> anyhow::Result<()> {
    let wanted = |hands: &Hands| only.is_none_or(|name| name == hands.name());
    let wake = |hands: &Hands, id: &str| {
        if wanted(hands) {
            hands.wake(id);
        }
    };
    for id in deps.read.meetings_in_hand().await? {
        wake(&reactors.planner, &id.to_string());
    }
    for id in deps.read.sessions_in_hand().await? {
        wake(&reactors.rooms, &id.to_string());
        wake(&reactors.relay, &id.to_string());
    }
    for id in deps.read.lives_in_hand().await? {
        wake(&reactors.stage, &id.to_string());
        if let Some(meeting) = deps.read.live(id).await?.and_then(|l| l.meeting) {
            wake(&reactors.planner, &meeting.to_string());
        }
    }
    for id in deps.read.lives_feeding().await? {
        wake(&reactors.feeds, &id.to_string());
    }
    // What was killed between "the broadcaster is held" and "the live is planned" leaves a hold without a live.
    for held in deps.read.broadcasters_held(deps.now(), Time(i64::MAX)).await? {
        wake(&reactors.feeds, &held.live.to_string());
    }
    for row in deps.read.gateways().await?.iter().filter(|g| !g.removed) {
        wake(&reactors.scout, &row.id.to_string());
        // A program killed between "the run is over" and "the gateway is let go" leaves it taken by a live that is idle.
        if let Some((run, live)) = row.taken {
            wake(&reactors.stage, &live.to_string());
            // It may be one that was left behind.
            wake(&reactors.stage, &stage::fence_hand(live, run));
        }
    }
    // What happened to a gateway in the program's last moments may have woken nobody; and holds from before broadcasters had a calendar
    // are made whole.
    for held in deps.read.reservations_between(deps.now(), Time(i64::MAX)).await? {
        if let Some(meeting) = deps.read.live(held.live).await?.and_then(|l| l.meeting) {
            wake(&reactors.planner, &meeting.to_string());
        }
    }
    for id in deps.read.meetings_inviting().await? {
        wake(&reactors.inviter, &id.to_string());
    }
    wake(&reactors.retention, super::retention::ATTENDANCE);
    wake(&reactors.elsewhere, super::elsewhere::SESSIONS);
    for id in deps.read.recordings_in_hand().await? {
        wake(&reactors.recordings, &id.to_string());
    }
    // A session may last a day, and is asked for before.
    let watched = deps
        .now()
        .plus_ms(-(super::rooms::millis(super::recordings::WATCH) + OPENED_BEFORE_MS));
    for id in deps.read.meetings_opened_since(watched).await? {
        wake(&reactors.recordings, &id.to_string());
    }
    for row in deps.read.lives_now_and_next(deps.now(), MOST_AHEAD).await? {
        wake(&reactors.preflight, &row.id.to_string());
    }
    for id in deps.read.rehearsals_in_hand().await? {
        wake(&reactors.rehearsal, &id.to_string());
    }
    for id in deps.read.mails_in_hand().await? {
        wake(&reactors.postman, &id.to_string());
    }
    Ok(())
}

/// Wakes whom an event may concern.
pub(super) async fn wake_for(deps: &Deps, reactors: &Reactors, event: &Recorded) -> anyhow::Result<()> {
    let id = event.stream.id();
    match event.stream.kind() {
        "meeting" => {
            reactors.planner.wake(id);
            reactors.inviter.wake(id);
        }
        "session" => {
            reactors.rooms.wake(id);
            reactors.relay.wake(id);
            if OVER.contains(&event.event.kind.as_str()) {
                reactors.retention.wake(super::retention::ATTENDANCE);
            }
            if let Ok(session) = id.parse::<SessionId>()
                && let Some(meeting) = deps
                    .aggregates
                    .sessions
                    .look(session)
                    .await
                    .map_err(anyhow::Error::msg)?
                    .state
                    .meeting
            {
                reactors.planner.wake(&meeting.to_string());
                if event.event.kind == "SessionClosed" {
                    reactors.recordings.wake(&meeting.to_string());
                }
                if let Some(live) = live_of(deps, meeting).await? {
                    reactors.stage.wake(&live.to_string());
                }
            }
        }
        "live" => {
            reactors.stage.wake(id);
            reactors.preflight.wake(id);
            reactors.feeds.wake(id);
            if let Ok(live) = id.parse::<LiveId>() {
                left_behind(reactors, live, event)?;
                let look = deps
                    .aggregates
                    .lives
                    .look(live)
                    .await
                    .map_err(anyhow::Error::msg)?
                    .state;
                if let Some(meeting) = look.plan.as_ref().and_then(|p| p.meeting) {
                    reactors.planner.wake(&meeting.to_string());
                }
                if let Some(session) = look.wanted.and_then(|w| w.session) {
                    reactors.relay.wake(&session.to_string());
                }
            }
        }
        "chat" => {
            if let Ok(live) = id.parse::<LiveId>()
                && let Some(session) = session_of(deps, live).await?
            {
                reactors.relay.wake(&session.to_string());
            }
        }
        "relay" => reactors.relay.wake(id),
        "recordings" => reactors.recordings.wake(id),
        "mail" => reactors.postman.wake(id),
        "rehearsal" => reactors.rehearsal.wake(id),
        "feed" => reactors.feeds.wake(id),
        "gateway" => gateway_changed(deps, reactors, event).await?,
        "broadcaster" if FREES.contains(&event.event.kind.as_str()) => something_is_free(deps, reactors).await?,
        _ => {}
    }
    Ok(())
}

/// A run that was left behind, or is over, has a worker of its own.
fn left_behind(reactors: &Reactors, live: LiveId, event: &Recorded) -> anyhow::Result<()> {
    if !["LiveRunFenced", "GatewayStopped"].contains(&event.event.kind.as_str()) {
        return Ok(());
    }
    let said = LiveEvent::decode(&event.event.kind, event.event.schema, &event.event.data)?;
    if let LiveEvent::LiveRunFenced { run, .. } | LiveEvent::GatewayStopped { run } = said {
        reactors.stage.wake(&stage::fence_hand(live, run));
    }
    Ok(())
}

async fn live_of(deps: &Deps, meeting: MeetingId) -> anyhow::Result<Option<LiveId>> {
    Ok(deps
        .aggregates
        .meetings
        .look(meeting)
        .await
        .map_err(anyhow::Error::msg)?
        .state
        .live)
}

async fn session_of(deps: &Deps, live: LiveId) -> anyhow::Result<Option<SessionId>> {
    let plan = deps
        .aggregates
        .lives
        .look(live)
        .await
        .map_err(anyhow::Error::msg)?
        .state
        .plan;
    match plan.and_then(|p| p.meeting) {
        Some(meeting) => Ok(deps
            .aggregates
            .meetings
            .look(meeting)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .session),
        None => Ok(None),
    }
}

/// After these a session is over, or was over before it came here.
const OVER: [&str; 2] = ["SessionClosed", "SessionImported"];

/// After these a gateway or a broadcaster may serve somebody whom it could not serve before.
const FREES: [&str; 8] = [
    "GatewayAdded",
    "GatewayChanged",
    "GatewayBackInService",
    "GatewayReservationReleased",
    "GatewayReservationMoved",
    "GatewayLetGo",
    "BroadcasterReservationReleased",
    "BroadcasterReservationMoved",
];

/// A gateway that came, changed or let something go may serve a webinar that lacks one, or a live that waits for it; one that
/// changed or goes out of service may serve those who hold it no longer.
async fn gateway_changed(deps: &Deps, reactors: &Reactors, event: &Recorded) -> anyhow::Result<()> {
    let kind = event.event.kind.as_str();
    if ["GatewayAdded", "GatewayChanged", "GatewaySecretsSet"].contains(&kind) {
        reactors.scout.hint(event.stream.id());
    }
    if ["GatewayChanged", "GatewayOutOfService"].contains(&kind)
        && let Ok(gateway) = event.stream.id().parse::<GatewayId>()
    {
        deps.caught_up().await?;
        let held = deps.read.reservations_between(deps.now(), Time(i64::MAX)).await?;
        for held in held.into_iter().filter(|h| h.gateway == gateway) {
            if let Some(meeting) = deps.read.live(held.live).await?.and_then(|l| l.meeting) {
                reactors.planner.wake(&meeting.to_string());
            }
        }
    }
    if FREES.contains(&kind) {
        something_is_free(deps, reactors).await?;
    }
    Ok(())
}

async fn something_is_free(deps: &Deps, reactors: &Reactors) -> anyhow::Result<()> {
    if defect::on(Defect::ReleaseWakesNobody) {
        return Ok(());
    }
    deps.caught_up().await?;
    for live in deps.read.lives_in_hand().await? {
        reactors.stage.wake(&live.to_string());
        if let Some(meeting) = deps.read.live(live).await?.and_then(|l| l.meeting) {
            reactors.planner.wake(&meeting.to_string());
        }
    }
    Ok(())
}
