//! Retention: so many days after a session is over, the key of who was there is destroyed (design §3, census M8); so many hours after, where
//! another front end had opened it, whose people never heard of us. What the log and its copies hold of their names opens no more; how many
//! there were, and when, stays. One worker for all sessions, because there are years of them.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::Scope;
use amphi_events::ids::SessionId;
use amphi_events::session::SessionCommand;
use amphi_events::{Subject, Time};
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};

/// The one thing that it has in hand.
pub const ATTENDANCE: &str = "attendance";

/// Sessions of one step.
const AT_ONCE: usize = 100;

/// Clocks are set: once a day it is looked again, however far the next date is.
const LOOK_AGAIN: Duration = Duration::from_hours(24);

/// What came from another system is left alone for so long: its people come after it, sealed by the key that would be destroyed.
const BROUGHT: Duration = Duration::from_hours(24);

/// Makes the worker.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| (id == ATTENDANCE).then(|| Box::new(Retention { deps: deps.clone() }) as Box<dyn Worker>)
}

struct Retention {
    deps: Arc<Deps>,
}

#[async_trait]
impl Worker for Retention {
    /// The key first: a program that was killed between the two finds the event missing, and a key that is destroyed twice is destroyed.
    async fn step(&mut self) -> anyhow::Result<Next> {
        let foreign = self.forget(true, Some(self.deps.settings.elsewhere_names)).await?;
        let days = self.deps.settings.attendance_days;
        let days = (days > 0).then(|| Duration::from_hours(24).saturating_mul(days));
        let ours = self.forget(false, days).await?;
        Ok(match (foreign, ours) {
            (Next::Again, _) | (_, Next::Again) => Next::Again,
            (Next::Wait(one), Next::Wait(other)) => Next::Wait(one.min(other)),
            (next, _) => next,
        })
    }
}

impl Retention {
    /// Forgets who was in sessions (of rooms of other front ends, or our own) that are over for so long; `None`: they are kept.
    async fn forget(&self, foreign: bool, kept: Option<Duration>) -> anyhow::Result<Next> {
        let Some(kept) = kept else { return Ok(Next::Over) };
        let kept_ms = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        self.deps.caught_up().await?;
        let now = self.deps.now();
        let mut done = false;
        let brought = now.plus_ms(-i64::try_from(BROUGHT.as_millis()).unwrap_or(0));
        for (session, over_at) in self.deps.read.sessions_remembered(foreign, brought, AT_ONCE).await? {
            let left = Time(over_at.0.saturating_add(kept_ms)).since_ms(now);
            if let Some(left) = u64::try_from(left).ok().filter(|ms| *ms > 0) {
                return Ok(if done {
                    Next::Again
                } else {
                    Next::Wait(LOOK_AGAIN.min(Duration::from_millis(left)))
                });
            }
            if foreign {
                self.forget_guests(session).await?;
            }
            self.deps.keys.destroy_scope(&Scope::attendance(session)).await?;
            let sessions = &self.deps.aggregates.sessions;
            let act = self.deps.act("retention");
            sessions.execute(session, SessionCommand::Forget, act).await?;
            done = true;
        }
        Ok(if done { Next::Again } else { Next::Wait(LOOK_AGAIN) })
    }

    /// What people of another front end wrote in its room stands in the live's chat under a key of their own: with it their names go, wherever
    /// they stand. Who has an account here is not forgotten by it.
    async fn forget_guests(&self, session: SessionId) -> anyhow::Result<()> {
        let stays = self.deps.read.attendance(session).await?;
        let who: std::collections::BTreeSet<String> = stays.into_iter().map(|s| s.person.who).collect();
        for who in who {
            self.deps
                .keys
                .destroy_subject(&Subject(format!("guest:{session}:{who}")))
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use amphi_events::gateway::Margins;
    use amphi_events::ids::{EventId, MeetingId};
    use amphi_events::session::{EndedBy, Participant, stream};
    use amphi_events::store::Place;
    use amphi_events::{Act, Sealed};

    use super::super::planner::tests::World;
    use super::*;

    const DAY_S: i64 = 86_400;

    /// A session in which somebody was, over from now on where `over`; what names them, to open.
    async fn session(w: &World, over: bool) -> (SessionId, EventId, Sealed<Participant>) {
        session_of(w, over, None).await
    }

    async fn session_of(
        w: &World,
        over: bool,
        room: Option<amphi_events::elsewhere::ForeignRoom>,
    ) -> (SessionId, EventId, Sealed<Participant>) {
        let (deps, now) = (&w.deps, w.deps.now());
        let (id, event): (SessionId, EventId) = (deps.sources.id(), deps.sources.id());
        let meeting: MeetingId = deps.sources.id();
        let subject = Subject(format!("guest:{id}:zoe"));
        deps.keys.make_scope(&Scope::attendance(id)).await.unwrap();
        deps.keys.make_subject(&subject).await.unwrap();
        let seen = Participant {
            internal: "w_1".into(),
            external: String::new(),
            name: "Zoé".into(),
        };
        let place = Place {
            stream: &stream(id),
            event,
            field: "participant",
        };
        let sealed = deps.keys.seal(&place, &subject, &Scope::attendance(id), &seen).unwrap();
        let act = || Act::system("test", now).cause("test");
        let until = now.plus_s(60);
        let mut commands = vec![
            (SessionCommand::Request { meeting, until, room }, act()),
            (
                SessionCommand::Opened {
                    create_time: now.0,
                    internal_id: id.to_string(),
                    adopted: false,
                },
                act(),
            ),
            (
                SessionCommand::Joined {
                    who: "zoe".into(),
                    moderator: false,
                    robot: false,
                    participant: sealed.clone(),
                },
                act().first_id(event),
            ),
        ];
        if over {
            commands.push((SessionCommand::Closed(EndedBy::Us), act()));
        }
        for (command, act) in commands {
            deps.aggregates.sessions.execute(id, command, act).await.unwrap();
        }
        (id, event, sealed)
    }

    fn name(w: &World, (id, event, sealed): &(SessionId, EventId, Sealed<Participant>)) -> Option<String> {
        let place = Place {
            stream: &stream(*id),
            event: *event,
            field: "participant",
        };
        w.deps.keys.open(&place, sealed).unwrap().map(|p| p.name)
    }

    async fn step(w: &World) -> Next {
        let mut worker = Retention { deps: w.deps.clone() };
        for _ in 0..20 {
            match worker.step().await.unwrap() {
                Next::Again => {}
                next => return next,
            }
        }
        unreachable!("it keeps itself busy")
    }

    async fn told(w: &World, id: SessionId) -> usize {
        let events = w.deps.log.read_stream(&stream(id), 0, 100).await.unwrap();
        events
            .iter()
            .filter(|e| e.event.kind == "SessionAttendanceForgotten")
            .count()
    }

    /// Census M8: the reference keeps for ever who was in a session.
    #[tokio::test]
    async fn who_was_there_is_forgotten_after_so_many_days_and_not_before() {
        let w = World::new(Margins::NONE, &[]).await;
        let (first, goes_on) = (session(&w, true).await, session(&w, false).await);
        w.clock.move_ms(10 * DAY_S * 1000);
        let second = session(&w, true).await;
        let begun: Time = w.deps.now();
        w.clock.move_ms(355 * DAY_S * 1000 - 1);
        assert_eq!(step(&w).await, Next::Wait(Duration::from_millis(1)));
        assert_eq!((name(&w, &first).as_deref(), told(&w, first.0).await), (Some("Zoé"), 0));
        w.clock.move_ms(1);
        assert_eq!(step(&w).await, Next::Wait(LOOK_AGAIN), "the next is ten days off");
        assert_eq!((name(&w, &first), told(&w, first.0).await), (None, 1));
        assert_eq!(name(&w, &second).as_deref(), Some("Zoé"));
        // Told once, and what remains of it is how many came and when.
        step(&w).await;
        assert_eq!(told(&w, first.0).await, 1);
        w.deps.caught_up().await.unwrap();
        assert_eq!(w.deps.read.attendance(first.0).await.unwrap().len(), 1);
        // Years later: what is not over is not forgotten.
        w.clock.move_ms(3650 * DAY_S * 1000);
        step(&w).await;
        assert!(w.deps.now() > begun && name(&w, &second).is_none());
        assert_eq!(
            (name(&w, &goes_on).as_deref(), told(&w, goes_on.0).await),
            (Some("Zoé"), 0)
        );
    }

    /// Census §10: the reference keeps who was in other front ends' sessions for ever (`BBB_NUMBER_DAYS_BEFORE_DELETE` 0).
    #[tokio::test]
    async fn people_of_other_front_ends_are_forgotten_after_hours_and_what_they_wrote_with_them() {
        let w = World::new(Margins::NONE, &[]).await;
        let room = amphi_events::elsewhere::ForeignRoom {
            id: "moodle-7".into(),
            create_time: 5,
            internal_id: "abc-5".into(),
        };
        let foreign = session_of(&w, true, Some(room)).await;
        let (ours, guest) = (session(&w, true).await, format!("guest:{}:zoe", foreign.0));
        w.clock.move_ms(DAY_S * 1000 - 1);
        assert_eq!(step(&w).await, Next::Wait(Duration::from_millis(1)));
        assert_eq!(name(&w, &foreign).as_deref(), Some("Zoé"));
        w.clock.move_ms(1);
        step(&w).await;
        assert_eq!((name(&w, &foreign), told(&w, foreign.0).await), (None, 1));
        assert!(
            !w.deps.keys.has_subject(&Subject(guest)),
            "their lines of chat stand under it"
        );
        assert_eq!(name(&w, &ours).as_deref(), Some("Zoé"));
    }

    /// Killed between the key and the event, the next run says it.
    #[tokio::test]
    async fn a_key_that_is_gone_already_is_told_all_the_same() {
        let w = World::new(Margins::NONE, &[]).await;
        let one = session(&w, true).await;
        w.clock.move_ms(366 * DAY_S * 1000);
        w.deps.keys.destroy_scope(&Scope::attendance(one.0)).await.unwrap();
        step(&w).await;
        assert_eq!(told(&w, one.0).await, 1);
    }

    /// More than a step takes, and all of a day.
    #[tokio::test]
    async fn years_of_sessions_are_forgotten_in_several_steps() {
        let w = World::new(Margins::NONE, &[]).await;
        let mut all = vec![];
        for _ in 0..AT_ONCE + 7 {
            all.push(session(&w, true).await);
        }
        w.clock.move_ms(365 * DAY_S * 1000);
        assert_eq!(step(&w).await, Next::Wait(LOOK_AGAIN));
        for one in &all {
            assert_eq!(name(&w, one), None);
        }
    }

    /// A log of years ago that is being brought over: the key is destroyed once all its people are here.
    #[tokio::test]
    async fn what_is_being_brought_over_is_left_alone_for_a_day() {
        let w = World::new(Margins::NONE, &[]).await;
        let (id, meeting): (SessionId, MeetingId) = (w.deps.sources.id(), w.deps.sources.id());
        let opened_at = w.deps.now().plus_s(-3000 * DAY_S);
        let act = Act::system("import", w.deps.now()).cause("test");
        let command = SessionCommand::Import { meeting, opened_at };
        w.deps.aggregates.sessions.execute(id, command, act).await.unwrap();
        w.deps.keys.make_scope(&Scope::attendance(id)).await.unwrap();
        step(&w).await;
        assert!(w.deps.keys.has_scope(&Scope::attendance(id)));
        w.clock.move_ms(DAY_S * 1000);
        step(&w).await;
        assert!(!w.deps.keys.has_scope(&Scope::attendance(id)));
        assert_eq!(told(&w, id).await, 1);
    }

    #[tokio::test]
    async fn without_a_number_of_days_nothing_is_forgotten() {
        let mut w = World::new(Margins::NONE, &[]).await;
        Arc::get_mut(&mut w.deps).unwrap().settings.attendance_days = 0;
        let one = session(&w, true).await;
        w.clock.move_ms(36_500 * DAY_S * 1000);
        assert_eq!(step(&w).await, Next::Wait(LOOK_AGAIN), "those of other front ends are");
        assert_eq!((name(&w, &one).as_deref(), told(&w, one.0).await), (Some("Zoé"), 0));
    }
}
