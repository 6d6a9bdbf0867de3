//! A meeting with its live and session as the streams say: what a writer reads back, and what authority is judged by.

use std::time::Duration;

use amphi_events::ids::{EventId, LiveId, MeetingId, PersonId, SessionId};
use amphi_events::live::{Live, RunPhase};
use amphi_events::meeting::{Details, Meeting, MeetingEvent};
use amphi_events::session::Phase;
use amphi_events::{Aggregate as _, EventData as _, Meta, Position, Time};
use amphi_projections::{LiveRow, MeetingRow};

use super::occurrences::OccurrenceOut;
use super::options::OptionsOut;
use super::shape::{GatewayHold, MeetingOut};
use crate::Web;
use crate::api::people::{self, Names};
use crate::api::problem::{Code, Problem};
use crate::auth::Identity;

/// Events of a stream that are read at a time.
const PAGE: usize = 500;
/// Longest wait for the read models and for the planner, from the append on (design §4).
pub const PATIENCE: Duration = Duration::from_secs(2);

/// A meeting that exists, as its stream says.
///
/// # Errors
/// 404; 503 where the stream can't be read.
pub async fn meeting(web: &Web, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let folded = web
        .aggregates
        .meetings
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a meeting can't be read", e))?;
    match folded.state.details.clone() {
        Some(details) => Ok((folded.state, details)),
        None => Err(Code::NotFound.into()),
    }
}

/// The details of a meeting as they came of an event; `None`: no event of it that changed them.
///
/// # Errors
/// 503 where the stream can't be read.
pub async fn as_of(web: &Web, id: MeetingId, seen: EventId) -> Result<Option<Details>, Problem> {
    let (stream, mut meeting, mut from) = (amphi_events::meeting::stream(id), Meeting::default(), 0);
    loop {
        let page = web.log.read_stream(&stream, from, PAGE).await;
        let page = page.map_err(|e| Problem::unavailable("a meeting can't be read", e))?;
        for e in &page {
            let event = MeetingEvent::decode(&e.event.kind, e.event.schema, &e.event.data);
            let event = event.map_err(|e| Problem::unavailable("a meeting can't be read", e))?;
            let meta = Meta {
                id: e.event.id,
                time: e.event.time,
            };
            meeting.evolve(&event, meta);
            if e.event.id == seen {
                return Ok(meeting.details.filter(|_| meeting.edited == Some(seen)));
            }
            from = e.version + 1;
        }
        if page.len() < PAGE {
            return Ok(None);
        }
    }
}

/// A meeting that this person may pilot: owner, co-owners, administrators.
///
/// # Errors
/// 404, 403.
pub async fn piloted(web: &Web, me: &Identity, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let (meeting, details) = meeting(web, id).await?;
    if meeting.is_presenter(me.person) || me.role.administers() {
        Ok((meeting, details))
    } else {
        Err(Code::Forbidden.into())
    }
}

/// A meeting that this person may invite to, and whose dates they may move: who may pilot it and may plan here. The rule that staff alone
/// plans holds for co-owners as well (census §2.1), and for an owner who is staff no more.
///
/// # Errors
/// 404, 403.
pub async fn arranged(web: &Web, me: &Identity, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let found = piloted(web, me, id).await?;
    if web.settings.may_plan(me.role) {
        Ok(found)
    } else {
        Err(Code::PlanRight.into())
    }
}

/// A meeting that this person may change: who may arrange it; a personal room its owner alone (census §2.1).
///
/// # Errors
/// 404, 403.
pub async fn changed(web: &Web, me: &Identity, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let (meeting, details) = arranged(web, me, id).await?;
    if meeting.personal && meeting.owner != Some(me.person) {
        return Err(Code::Forbidden.into());
    }
    Ok((meeting, details))
}

/// A meeting that this person may hand over or cancel: its owner, and administrators (census §2.1).
///
/// # Errors
/// 404, 403.
pub async fn owned(web: &Web, me: &Identity, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let (meeting, details) = meeting(web, id).await?;
    if meeting.owner == Some(me.person) || me.role.administers() {
        Ok((meeting, details))
    } else {
        Err(Code::Forbidden.into())
    }
}

/// A meeting that this person may look at: who may pilot it, and auditors.
///
/// # Errors
/// 404, 403.
pub async fn seen(web: &Web, me: &Identity, id: MeetingId) -> Result<(Meeting, Details), Problem> {
    let (meeting, details) = meeting(web, id).await?;
    if meeting.is_presenter(me.person) || me.role.audits() {
        Ok((meeting, details))
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Whether somebody who is signed in may not join, because the meeting is open to groups and they are in none of them. Who presents may.
///
/// # Errors
/// 503.
pub async fn outside(web: &Web, me: Option<&Identity>, meeting: &Meeting, details: &Details) -> Result<bool, Problem> {
    let groups = &details.restrict_access_to_groups.0;
    let Some(me) = me.filter(|_| !groups.is_empty()) else {
        return Ok(false);
    };
    if meeting.is_presenter(me.person) {
        return Ok(false);
    }
    let inside = web.store.in_any_group(me.person, groups).await;
    Ok(!inside.map_err(|e| Problem::unavailable("groups can't be read", e))?)
}

/// Its live, as its stream says, where the planner has planned it.
///
/// # Errors
/// 503.
pub async fn live(web: &Web, id: LiveId) -> Result<Live, Problem> {
    web.aggregates
        .lives
        .look(id)
        .await
        .map(|f| f.state)
        .map_err(|e| Problem::unavailable("a live can't be read", e))
}

/// A live's state in the words of surface §4, by the same rules as the read model's (`amphi_projections::LiveRow::state`).
pub fn live_state(live: &Live, now: Time) -> &'static str {
    match (&live.run, live.wanted) {
        (Some(_), None) => "stopping",
        (Some(run), Some(_)) => match run.phase {
            RunPhase::Failed | RunPhase::Stopping if run.stalled.is_some() && !live.restart => "stalled",
            RunPhase::Asked | RunPhase::Failed | RunPhase::Stopping => "starting",
            RunPhase::Started if run.on_air_since.is_none() => "starting",
            RunPhase::Started if run.stalled.is_some() => "stalled",
            RunPhase::Started => "on_air",
        },
        (None, Some(_)) => "starting",
        (None, None) if live.ended.is_some() || live.stopping.is_some() => "ended",
        (None, None) if live.plan.as_ref().is_some_and(|p| p.ends_at <= now) => "ended",
        (None, None) => "off",
    }
}

/// A session's phase in the words of surface §4; an end under way is still open for those inside.
pub const fn room_state(phase: Phase) -> &'static str {
    match phase {
        Phase::Unknown | Phase::Opening => "opening",
        Phase::Open | Phase::Ending => "open",
        Phase::Closed => "closed",
    }
}

/// Whether a gateway is held for the live.
pub fn hold(live: &Live) -> GatewayHold {
    let none = GatewayHold {
        state: "pending",
        id: None,
        from: None,
        to: None,
        next_free: vec![],
    };
    if let Some(h) = live.held {
        let (from, to) = (Some(h.from.rfc3339()), Some(h.to.rfc3339()));
        return GatewayHold {
            state: "reserved",
            id: Some(h.gateway.to_string()),
            from,
            to,
            ..none
        };
    }
    match &live.lacking {
        Some((from, to, next)) => GatewayHold {
            state: "lacking",
            from: Some(from.rfc3339()),
            to: Some(to.rfc3339()),
            next_free: next.iter().map(|t| t.rfc3339()).collect(),
            ..none
        },
        None => none,
    }
}

/// The state of a meeting in a word.
///
/// # Errors
/// 503.
pub async fn state(web: &Web, id: MeetingId, meeting: &Meeting, details: &Details) -> Result<&'static str, Problem> {
    if meeting.cancelled {
        return Ok("cancelled");
    }
    if let Some(session) = meeting.session {
        let folded = web
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(|e| Problem::unavailable("a session can't be read", e))?;
        return Ok(room_state(folded.state.phase));
    }
    let before = web
        .read
        .sessions_of(id)
        .await
        .map_err(|e| Problem::unavailable("sessions can't be read", e))?;
    let now = web.sources.now();
    // A series is over with its last date, not with its first session.
    let once = details.recurrence.is_none();
    Ok(
        if !meeting.personal && ((once && !before.is_empty()) || details.around(now).ends_at <= now) {
            "closed"
        } else {
            "scheduled"
        },
    )
}

/// A meeting as it is shown, before people are named.
struct Parts {
    id: MeetingId,
    owner: PersonId,
    personal: bool,
    elsewhere: bool,
    details: Details,
    live: Option<LiveId>,
    cancelled: bool,
    session: Option<SessionId>,
    state: &'static str,
    gateway: Option<GatewayHold>,
}

/// Everything about a meeting as its streams say, for those who may see it.
///
/// # Errors
/// 404, 503.
pub async fn whole(web: &Web, id: MeetingId) -> Result<MeetingOut, Problem> {
    let (meeting, details) = meeting(web, id).await?;
    let state = state(web, id, &meeting, &details).await?;
    let event = meeting.live.filter(|_| details.is_webinar);
    let gateway = match event {
        Some(l) => Some(hold(&live(web, l).await?)),
        None => None,
    };
    let owner = meeting.owner.ok_or(Code::NotFound)?;
    let (cancelled, session) = (meeting.cancelled, meeting.session);
    let mut people = vec![owner];
    people.extend(&details.additional_owners);
    let names = people::names(web, &people).await?;
    Ok(shown(
        web,
        &names,
        Parts {
            id,
            owner,
            personal: meeting.personal,
            elsewhere: meeting.elsewhere.is_some(),
            details,
            live: event,
            cancelled,
            session,
            state,
            gateway,
        },
    ))
}

/// Meetings of a list, as the read models say.
///
/// # Errors
/// 503.
pub async fn listed(web: &Web, rows: Vec<MeetingRow>) -> Result<Vec<MeetingOut>, Problem> {
    let unavailable = |e| Problem::unavailable("meetings can't be read", e);
    let people: Vec<PersonId> = rows
        .iter()
        .flat_map(|r| std::iter::once(r.owner).chain(r.details.additional_owners.iter().copied()))
        .collect();
    let names = people::names(web, &people).await?;
    let now = web.sources.now();
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let event = row.live.filter(|_| row.details.is_webinar);
        let gateway = match event {
            Some(l) => web.read.live(l).await.map_err(unavailable)?.as_ref().map(hold_of_row),
            None => None,
        };
        let sessions = web.read.sessions_of(row.id).await.map_err(unavailable)?;
        let state = match row.session.and_then(|s| sessions.iter().find(|r| r.id == s)) {
            _ if row.cancelled => "cancelled",
            Some(s) => room_state(s.phase),
            None if row.session.is_some() => "opening",
            None if row.personal => "scheduled",
            None if (row.details.recurrence.is_none() && !sessions.is_empty())
                || row.details.around(now).ends_at <= now =>
            {
                "closed"
            }
            None => "scheduled",
        };
        let (id, owner, cancelled, session) = (row.id, row.owner, row.cancelled, row.session);
        out.push(shown(
            web,
            &names,
            Parts {
                id,
                owner,
                personal: row.personal,
                elsewhere: row.elsewhere.is_some(),
                details: row.details,
                live: event,
                cancelled,
                session,
                state,
                gateway,
            },
        ));
    }
    Ok(out)
}

fn hold_of_row(live: &LiveRow) -> GatewayHold {
    let none = GatewayHold {
        state: "pending",
        id: None,
        from: None,
        to: None,
        next_free: vec![],
    };
    match (&live.reservation, &live.lacking) {
        (Some(h), _) => GatewayHold {
            state: "reserved",
            id: live.gateway.map(|g| g.to_string()),
            from: Some(h.from.rfc3339()),
            to: Some(h.to.rfc3339()),
            ..none
        },
        (None, Some(l)) => GatewayHold {
            state: "lacking",
            from: Some(l.from.rfc3339()),
            to: Some(l.to.rfc3339()),
            next_free: l.next_free.iter().map(|t| t.rfc3339()).collect(),
            ..none
        },
        (None, None) => none,
    }
}

fn shown(web: &Web, names: &Names, m: Parts) -> MeetingOut {
    let (url, details) = (&web.settings.public_url, m.details);
    MeetingOut {
        id: m.id.to_string(),
        event: m.live.map(|l| l.to_string()),
        owner: names.of(m.owner),
        additional_owners: details.additional_owners.iter().map(|p| names.of(*p)).collect(),
        starts_at: details.starts_at.rfc3339(),
        ends_at: details.ends_at().rfc3339(),
        recurrence: details.recurrence.map(Into::into),
        lost_dates: vec![],
        next: OccurrenceOut::of(&details.around(web.sources.now()), false),
        name: details.name.0,
        description: details.description.0,
        duration_s: details.duration_s,
        time_zone: details.time_zone,
        is_webinar: details.is_webinar,
        enable_chat: details.enable_chat,
        is_restricted: details.is_restricted,
        restrict_access_to_groups: details.restrict_access_to_groups.0.into_iter().collect(),
        is_personal: m.personal,
        is_elsewhere: m.elsewhere,
        options: OptionsOut(details.options),
        cancelled: m.cancelled,
        session: m.session.map(|s| s.to_string()),
        state: m.state,
        gateway: m.gateway,
        join_url: format!("{url}/join/{}", m.id),
        live_url: m.live.map(|l| format!("{url}/live/{l}")),
    }
}

/// Waits until the read models are there, at most [`PATIENCE`]; behind or not, the write has happened.
pub async fn settle(web: &Web, position: Position) {
    let _ = web.read.wait(position, PATIENCE).await;
}

/// Waits until the planner has decided on a gateway for the live as it is planned now, at most [`PATIENCE`]; answers
/// how far it read. The log's feed wakes it, so nothing is polled.
pub async fn gateway_decided(web: &Web, id: LiveId, from: Time, to: Time) -> Option<Position> {
    let stream = amphi_events::live::stream(id);
    let mut feed = web.log.watch();
    let decided = async {
        loop {
            if let Ok(folded) = web.aggregates.lives.look(id).await {
                let live = &folded.state;
                let planned = live
                    .plan
                    .as_ref()
                    .is_some_and(|p| p.starts_at == from && p.ends_at == to);
                let held = live.held.is_some_and(|h| h.from <= from && to <= h.to);
                let lacking = live.lacking.as_ref().is_some_and(|(f, t, _)| *f <= from && to <= *t);
                if planned && (held || lacking) {
                    return Some(folded.position);
                }
            }
            loop {
                match feed.recv().await {
                    Ok(batch) if batch.iter().any(|e| e.stream == stream) => break,
                    Ok(_) => {}
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, decided).await.ok().flatten()
}
