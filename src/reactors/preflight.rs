//! A look at everything that a webinar needs, a while before it starts: its gateway, the address of its picture, BBB, and the way of the
//! audience's lines. Once for each start that was planned, again where it was moved; what is wrong reaches presenters and administrators while
//! there is time. One worker a live. Nothing that is looked at has any effect there.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ExecuteError;
use amphi_events::broadcaster::Protection;
use amphi_events::gateway::{Generation, Health};
use amphi_events::ids::{GatewayId, LiveId};
use amphi_events::live::{CheckFault, Checks, Held, Live, LiveCommand, Plan};
use amphi_events::mail::About;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::planner::{request_mail, who_can_sign_in};
use super::stage::{self, Driver};
use crate::bbb::SecretCheck;
use crate::outgoing::{Call, PLAYLIST_CAP, Redirects, Trust};

/// Clocks are set: so often it is looked whether it is time.
const LOOK_AGAIN: Duration = Duration::from_hours(6);
/// Deadline of a look at the playlist's address.
const PLAYLIST: Duration = Duration::from_secs(5);

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let live = id.parse().ok()?;
        Some(Box::new(Preflight {
            deps: deps.clone(),
            live,
        }))
    }
}

struct Preflight {
    deps: Arc<Deps>,
    live: LiveId,
}

#[async_trait]
impl Worker for Preflight {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let ahead = self.deps.settings.preflight;
        let looked = self.deps.aggregates.lives.look(self.live).await;
        let state = looked.map_err(anyhow::Error::msg)?.state;
        let Some(plan) = state.plan.clone().filter(|_| !state.cancelled && !ahead.is_zero()) else {
            return Ok(Next::Over);
        };
        let now = self.deps.now();
        if let Some(done) = state.preflight.filter(|p| p.starts_at == plan.starts_at) {
            // Said once: a program that was killed before it had told everybody tells the rest.
            if !done.checks.well() && now < plan.ends_at {
                self.tell_everybody(&plan).await?;
            }
            return Ok(Next::Over);
        }
        // Whoever waits for it sees by now how it is.
        if now >= plan.starts_at || state.wanted.is_some() || state.run.is_some() {
            return Ok(Next::Over);
        }
        let due = plan.starts_at.since_ms(now) - i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        if due > 0 {
            return Ok(Next::Wait(LOOK_AGAIN.min(Duration::from_millis(due.unsigned_abs()))));
        }
        if state.held.is_none() && state.lacking.is_none() {
            // Planned just now: the planner is about to say which gateway it has, and wakes us.
            return Ok(Next::Wait(self.deps.settings.retry_most));
        }
        let checks = self.checks(&state, &plan).await?;
        let command = LiveCommand::Preflight {
            starts_at: plan.starts_at,
            checks,
        };
        let act = self.deps.act("preflight");
        match self.deps.aggregates.lives.execute(self.live, command, act).await {
            Ok(_) => Ok(Next::Again),
            // Cancelled meanwhile.
            Err(ExecuteError::Refused(_)) => Ok(Next::Over),
            Err(other) => Err(other.into()),
        }
    }
}

impl Preflight {
    async fn checks(&self, state: &Live, plan: &Plan) -> anyhow::Result<Checks> {
        let gateway = match state.held {
            Some(held) => self.gateway(held.gateway).await?,
            None => Some(CheckFault::Lacking),
        };
        let playlist = match state.held {
            Some(held) => self.playlist(held).await?,
            None => None,
        };
        let bbb = match self.deps.bbb.check_secret().await {
            Ok(SecretCheck::Good) => None,
            Ok(SecretCheck::Wrong | SecretCheck::OtherDigest(_)) => Some(CheckFault::WrongToken),
            Err(_) => Some(CheckFault::Unreachable),
        };
        // What can't be asked now is said of BBB, and not a second time of the chat.
        let chat = match bbb {
            None => self.chat(state, plan).await?,
            Some(_) => None,
        };
        Ok(Checks {
            gateway,
            playlist,
            bbb,
            chat,
        })
    }

    async fn gateway(&self, id: GatewayId) -> anyhow::Result<Option<CheckFault>> {
        // A reading that differs from what is told is believed at the second of its like (`Damper`); a look once a webinar can't wait for the
        // scout's next one: it mailed of a token that was mended meanwhile.
        for _ in 0..2 {
            stage::find_out(&self.deps, id).await?;
        }
        let looked = self.deps.aggregates.gateways.look(id).await;
        let gateway = looked.map_err(anyhow::Error::msg)?.state;
        // Nobody can ask an encoder.
        if gateway.generation() == Some(Generation::Encoder) {
            return Ok(None);
        }
        Ok(match gateway.health.map(|h| h.0) {
            Some(Health::Up) => None,
            // It works for one of our lives until that is over.
            _ if gateway.taken.is_some_and(|(_, live)| live != self.live) => None,
            Some(Health::BusyElsewhere) => Some(CheckFault::Busy),
            Some(Health::Unreachable) => Some(CheckFault::Unreachable),
            Some(Health::WrongToken) => Some(CheckFault::WrongToken),
            Some(Health::Refusing | Health::Unknown) | None => Some(CheckFault::Refusing),
        })
    }

    /// Before anybody publishes the address answers that there is nothing: that it answers is what counts.
    async fn playlist(&self, held: Held) -> anyhow::Result<Option<CheckFault>> {
        let looked = self.deps.aggregates.broadcasters.look(held.broadcaster).await;
        let broadcaster = looked.map_err(anyhow::Error::msg)?.state;
        // Nobody would see it: said now, while there is time. As an error it was tried again until the start, and nobody heard of it.
        let Some(url) = self.deps.signature(held.broadcaster, &broadcaster).await? else {
            return Ok(Some(CheckFault::WrongToken));
        };
        let call = Call::get(url, Trust::Admin, PLAYLIST, PLAYLIST_CAP)
            .no_cache()
            .redirects(Redirects::SameHost(3));
        let closed = broadcaster.protection != Protection::None;
        Ok(match self.deps.http.send(call).await {
            // What keeps strangers out knows another secret.
            Ok(answer) if closed && matches!(answer.status, 401 | 403) => Some(CheckFault::WrongToken),
            // nginx: the signature is over, which was made just now. Its clock is another.
            Ok(answer) if closed && answer.status == 410 => Some(CheckFault::Refusing),
            Ok(answer) if answer.status < 500 && !matches!(answer.status, 401 | 403) => None,
            Ok(_) => Some(CheckFault::Refusing),
            Err(_) => Some(CheckFault::Unreachable),
        })
    }

    async fn chat(&self, state: &Live, plan: &Plan) -> anyhow::Result<Option<CheckFault>> {
        let looked = self.deps.aggregates.chats.look(self.live).await;
        let Some(meeting) = plan.meeting.filter(|_| looked.is_ok_and(|c| c.state.open)) else {
            return Ok(None);
        };
        Ok(match self.deps.bbb.takes_chat(&meeting.to_string()).await {
            Ok(true) => None,
            Err(_) => Some(CheckFault::Unreachable),
            Ok(false) => {
                let driver = match state.held {
                    Some(held) => stage::driver(&self.deps, held.gateway).await?,
                    None => return Ok(None),
                };
                match driver {
                    Driver::Known(driver) if driver.chat_limits().is_some() => None,
                    Driver::Known(_) => Some(CheckFault::NoWay),
                    // That is said of the gateway.
                    Driver::Unknown(_) => None,
                }
            }
        })
    }

    /// A mail to everybody who can do something about it; their ids follow from the live and the start, so each is written once.
    async fn tell_everybody(&self, plan: &Plan) -> anyhow::Result<()> {
        let mut people = self.deps.read.administrators().await?;
        people.push(plan.owner);
        people.extend(&plan.presenters);
        people.sort_unstable();
        people.dedup();
        let about = About::PreflightFailed {
            live: self.live,
            starts_at: plan.starts_at,
        };
        let (live, start) = (self.live.to_string(), plan.starts_at.0.to_string());
        // Who has left is told no title and no link any more.
        for person in who_can_sign_in(&self.deps, people).await? {
            request_mail(&self.deps, person, about.clone(), &["preflight", &live, &start]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::atomic::{AtomicU16, Ordering};

    use amphi_events::EventData as _;
    use amphi_events::broadcaster::BroadcasterCommand;
    use amphi_events::gateway::Margins;
    use amphi_events::log::Filter;
    use amphi_events::mail::MailEvent;
    use amphi_events::person::Role;
    use amphi_events::store::secrets::BROADCASTER_KEY;
    use amphi_web::auth::accounts;
    use axum::http::StatusCode;

    use super::super::planner::tests::{World, at};
    use super::*;

    /// A media server that answers with this status, whatever it is asked.
    async fn answering(status: Arc<AtomicU16>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = move || async move { StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap() };
        let service = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}/hls/a.m3u8")
    }

    /// The look was an error then, tried again until the start, and nobody heard of it; and a clock that differs was well.
    #[tokio::test]
    async fn a_picture_whose_address_cannot_be_signed_or_is_refused_is_said() {
        let mut w = World::new(Margins::NONE, &[1]).await;
        let meeting = w.plan(at(1), at(2)).await;
        let (live, state) = w.live_of(meeting).await;
        let held = state.held.unwrap();
        let status = Arc::new(AtomicU16::new(404));
        let set = BroadcasterCommand::Set {
            name: "b".to_owned(),
            hls_url: answering(status.clone()).await,
        };
        let closed = BroadcasterCommand::Protect(Protection::SecureLink);
        let preflight = Preflight {
            deps: w.deps.clone(),
            live,
        };
        let broadcasters = &w.deps.aggregates.broadcasters;
        broadcasters.execute(held.broadcaster, set, w.act()).await.unwrap();
        assert_eq!(preflight.playlist(held).await.unwrap(), None);
        broadcasters.execute(held.broadcaster, closed, w.act()).await.unwrap();
        let fault = preflight.playlist(held).await.unwrap();
        assert_eq!(fault, Some(CheckFault::WrongToken), "no secret");
        let (store, id) = (&w.deps.store, held.broadcaster.to_string());
        store
            .put_secret(BROADCASTER_KEY, &id, "a-secret-of-sixteen")
            .await
            .unwrap();
        for (answer, fault) in [
            (404, None),
            (403, Some(CheckFault::WrongToken)),
            (410, Some(CheckFault::Refusing)),
            (500, Some(CheckFault::Refusing)),
        ] {
            status.store(answer, Ordering::SeqCst);
            assert_eq!(preflight.playlist(held).await.unwrap(), fault, "{answer}");
        }
    }

    /// Administrators and presenters whose access was closed got the title and the link.
    #[tokio::test]
    async fn what_is_wrong_is_told_to_those_who_can_sign_in() {
        let w = World::new(Margins::NONE, &[]).await;
        let d = &w.deps;
        let add = async |login: &str, role, password| {
            let made = accounts::add(
                &d.aggregates,
                &d.keys,
                &d.store,
                &d.sources,
                login,
                login,
                role,
                password,
            );
            made.await.unwrap()
        };
        let word = Some("hunter2hunter2");
        let ada = add("ada", Role::Administrator, word).await;
        let _left = add("bob", Role::Administrator, None).await;
        let owner = add("cyd", Role::Staff, word).await;
        let gone = add("dan", Role::Staff, None).await;
        d.caught_up().await.unwrap();
        let preflight = Preflight {
            deps: w.deps.clone(),
            live: d.sources.id(),
        };
        let plan = Plan {
            meeting: None,
            owner,
            presenters: vec![gone],
            title: "Assembly".to_owned(),
            starts_at: at(1),
            ends_at: at(2),
            restricted: false,
        };
        preflight.tell_everybody(&plan).await.unwrap();
        let every = Filter::default();
        let page = d.log.read_all(amphi_events::Position(0), &every, usize::MAX);
        let events = page.await.unwrap().events;
        let asked = |e: &amphi_events::Recorded| match MailEvent::decode(&e.event.kind, e.event.schema, &e.event.data) {
            Ok(MailEvent::MailRequested { to, .. }) => to,
            _ => None,
        };
        let mails = events.iter().filter(|e| e.stream.kind() == "mail");
        let mut told: Vec<_> = mails.filter_map(|e| asked(e)).collect();
        told.sort_unstable();
        let mut expected = vec![ada, owner];
        expected.sort_unstable();
        assert_eq!(told, expected);
    }
}
