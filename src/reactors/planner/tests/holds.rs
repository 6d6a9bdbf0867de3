//! What is held, what runs, and what must be so of it once nothing is left to do.

use std::collections::{BTreeMap, BTreeSet};

use amphi_events::broadcaster::{BroadcasterCommand, BroadcasterEvent};
use amphi_events::gateway::{GatewayCommand, GatewayEvent, Margins};
use amphi_events::ids::{GatewayId, LiveId, MeetingId, ReservationId, RunId};
use amphi_events::live::{LiveCommand, StopReason};
use amphi_events::log::Filter;
use amphi_events::{Aggregate as _, EventData as _, Time};

use super::HOUR;
use super::world::World;

/// What is held: of what, for which live, from, to.
pub(in crate::reactors) type Hold = (String, LiveId, Time, Time);

impl World {
    /// What is held, counted from the events alone with nothing forgotten.
    pub(in crate::reactors) async fn holds(&self) -> Vec<Hold> {
        let mut held: BTreeMap<ReservationId, Hold> = BTreeMap::new();
        let (after, every) = (amphi_events::Position(0), Filter::default());
        let page = self.deps.log.read_all(after, &every, usize::MAX).await.unwrap();
        for e in page.events {
            let (event, stream) = (&e.event, e.stream.to_string());
            match e.stream.kind() {
                "gateway" => match GatewayEvent::decode(&event.kind, event.schema, &event.data).unwrap() {
                    GatewayEvent::GatewayReserved {
                        reservation,
                        live,
                        from,
                        to,
                    } => drop(held.insert(reservation, (stream, live, from, to))),
                    GatewayEvent::GatewayReservationMoved { reservation, from, to } => {
                        let hold = held.get_mut(&reservation).unwrap();
                        (hold.2, hold.3) = (from, to);
                    }
                    GatewayEvent::GatewayReservationReleased { reservation } => drop(held.remove(&reservation)),
                    _ => {}
                },
                "broadcaster" => match BroadcasterEvent::decode(&event.kind, event.schema, &event.data).unwrap() {
                    BroadcasterEvent::BroadcasterReserved {
                        reservation,
                        live,
                        from,
                        to,
                    } => drop(held.insert(reservation, (stream, live, from, to))),
                    BroadcasterEvent::BroadcasterReservationMoved { reservation, from, to } => {
                        let hold = held.get_mut(&reservation).unwrap();
                        (hold.2, hold.3) = (from, to);
                    }
                    BroadcasterEvent::BroadcasterReservationReleased { reservation } => {
                        drop(held.remove(&reservation));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        held.into_values().collect()
    }

    /// The live runs on what it holds.
    pub(in crate::reactors) async fn runs(&self, meeting: MeetingId, until: Time) -> RunId {
        let (live, state) = self.live_of(meeting).await;
        let (held, run) = (state.held.unwrap(), self.deps.sources.id());
        self.gateway(held.gateway, GatewayCommand::Take { run, live }).await;
        let wish = LiveCommand::Request { session: None, until };
        let ask = LiveCommand::AskStart {
            run,
            gateway: held.gateway,
            broadcaster: held.broadcaster,
        };
        for command in [wish, ask, LiveCommand::Started(run)] {
            let lives = &self.deps.aggregates.lives;
            lives.execute(live, command, self.act()).await.unwrap();
        }
        run
    }

    /// The live runs on what it holds, if it is its time and the machine is free.
    pub(super) async fn may_run(&self, meeting: MeetingId) {
        let folded = self.meeting(meeting).await;
        let (Some(_), Some(details)) = (folded.live, folded.details) else {
            return;
        };
        let (state, now) = (self.live_of(meeting).await.1, self.deps.now());
        let Some(held) = state
            .held
            .filter(|h| h.from <= now && now < h.to && state.run.is_none())
        else {
            return;
        };
        let machine = self.deps.aggregates.gateways.look(held.gateway).await.unwrap().state;
        let out = machine.out_of_service(now, now.plus_ms(1), Margins::NONE);
        if machine.taken.is_none() && out.is_none() {
            self.runs(meeting, details.ends_at().max(now).plus_s(1800)).await;
        }
    }

    /// The live stops, and lets go of the machine.
    pub(super) async fn stops(&self, meeting: MeetingId, run: RunId) {
        let (live, state) = self.live_of(meeting).await;
        let stop = LiveCommand::Stop(StopReason::Presenter);
        let ask = LiveCommand::AskStop { run, fault: None };
        let gateway = state.run.unwrap().gateway;
        for command in [stop, ask, LiveCommand::Stopped(run)] {
            let lives = &self.deps.aggregates.lives;
            lives.execute(live, command, self.act()).await.unwrap();
        }
        self.gateway(gateway, GatewayCommand::LetGo { run }).await;
    }

    pub(super) async fn taken(&self, gateway: GatewayId) -> bool {
        let looked = self.deps.aggregates.gateways.look(gateway).await;
        looked.unwrap().state.taken.is_some()
    }

    /// What is said to be free beforehand is given, and nothing else: the read models' rule is the log's.
    async fn offers_what_is_given(&self) {
        let (margins, now) = (self.deps.settings.margins, self.deps.now());
        let hours = self.deps.read.hours(now, margins).await.unwrap();
        let (live, reservation) = (LiveId(ulid::Ulid(1)), ReservationId(ulid::Ulid(1)));
        for machine in &hours.machines {
            let gateway = self.deps.aggregates.gateways.look(machine.id).await.unwrap().state;
            let place = self
                .deps
                .aggregates
                .broadcasters
                .look(machine.broadcaster)
                .await
                .unwrap()
                .state;
            for n in 0..40 {
                let (from, to) = (now.plus_s(n * 2500), now.plus_s(n * 2500 + HOUR));
                let reserve = GatewayCommand::Reserve {
                    reservation,
                    live,
                    from,
                    to,
                    margins,
                };
                let show = BroadcasterCommand::Reserve {
                    reservation,
                    live,
                    from,
                    to,
                    margins,
                };
                // Whoever overruns is on the machine, which the calendar of times to come says nothing of.
                let taken = gateway.taken.is_some() && margins.round(from, to).0 <= now;
                let given = gateway.decide(&reserve, now).is_ok() && place.decide(&show, now).is_ok();
                assert_eq!(
                    !taken && hours.is_free(*machine, from, to),
                    given,
                    "{machine:?} from {from:?}"
                );
            }
        }
    }

    /// What must hold once nothing is left to do.
    pub(in crate::reactors) async fn holds_together(&self) {
        let (margins, now) = (self.deps.settings.margins, self.deps.now());
        let holds = self.holds().await;
        for (n, a) in holds.iter().enumerate() {
            for b in holds[n + 1..].iter().filter(|b| b.0 == a.0) {
                let apart = margins.between_s();
                assert!(a.3.plus_s(apart) <= b.2 || b.3.plus_s(apart) <= a.2, "{a:?} and {b:?}");
            }
        }
        let mut known = BTreeSet::new();
        self.deps.caught_up().await.unwrap();
        self.offers_what_is_given().await;
        for meeting in &self.meetings {
            let folded = self.meeting(*meeting).await;
            let Some(live) = folded.live else { continue };
            let state = self.deps.aggregates.lives.look(live).await.unwrap().state;
            let details = folded.details.unwrap();
            let (from, to) = (details.starts_at, details.ends_at());
            if !details.is_webinar || folded.cancelled {
                assert!(state.held.is_none(), "{meeting} holds something that it does not want");
                continue;
            }
            if let Some(held) = state.held {
                known.extend([
                    (format!("gateway-{}", held.gateway), live, held.from, held.to),
                    (format!("broadcaster-{}", held.broadcaster), live, held.from, held.to),
                ]);
            }
            // What runs is where it runs, for as long as it may.
            if to <= now || state.run.is_some() || state.wanted.is_some() {
                continue;
            }
            let hours = self.deps.read.hours(from, margins).await.unwrap().without(Some(live));
            if let Some(held) = state.held {
                let left = (from.max(now), to);
                assert_eq!(held.to, to, "{meeting} at {now:?}: {state:?}");
                assert!(held.from == from || (from < held.from && held.from <= now), "{meeting}");
                let out = hours.outages.iter().filter(|o| o.gateway == held.gateway);
                let out: Vec<_> = out.filter(|o| o.from < left.1 && left.0 < o.end()).collect();
                assert!(out.is_empty(), "{meeting} holds what is out of service: {out:?}");
            } else {
                assert!(state.lacking.is_some(), "{meeting} is undecided");
                for machine in &hours.machines {
                    let taken = self.taken(machine.id).await && margins.round(from, to).0 <= now;
                    let free = !taken && hours.is_free(*machine, from, to);
                    let rest = !taken && from < now && hours.is_free(*machine, now, to);
                    assert!(!free && !rest, "{meeting} waits while {machine:?} is free");
                }
            }
        }
        let present: BTreeSet<Hold> = holds.into_iter().filter(|h| h.3 > now).collect();
        let left: Vec<_> = present.difference(&known).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}
