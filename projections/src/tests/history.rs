//! Random histories, made by the real rules: rebuilt tables are equal row by row, and rows say what the folded streams say.

use std::sync::Arc;

use amphi_events::broadcaster::{Broadcaster, BroadcasterCommand};
use amphi_events::chat::{AuthorKind, Chat, ChatCommand};
use amphi_events::gateway::{Gateway, GatewayCommand, Health, HealthCause, Margins, Setup};
use amphi_events::ids::{
    BroadcasterId, GatewayId, IdSource, LiveId, MeetingId, MessageId, OutageId, PersonId, RunId, SeededIds, SessionId,
};
use amphi_events::live::{Live, LiveCommand, RunFault, StopReason};
use amphi_events::meeting::{Details, Meeting, MeetingCommand};
use amphi_events::relay::{Proof, Relay, RelayCommand, Way};
use amphi_events::session::{EndedBy, Session, SessionCommand, Trouble};
use amphi_events::streams::fold;
use amphi_events::{Act, Aggregate, Streams};

use super::{LONG, NOON, World, sealed};
use crate::ReadModels;

/// Makes commands at random, the same for a seed.
pub(crate) struct Author<'w> {
    w: &'w World,
    dice: SeededIds,
    meetings: Vec<MeetingId>,
    lives: Vec<LiveId>,
    sessions: Vec<SessionId>,
    gateways: Vec<GatewayId>,
    outages: Vec<OutageId>,
    lines: Vec<(LiveId, MessageId)>,
    person: PersonId,
    place: BroadcasterId,
}

impl<'w> Author<'w> {
    pub fn new(w: &'w World, seed: u64) -> Self {
        let several = |n| (0..n).map(|_| w.id::<ulid::Ulid>()).collect::<Vec<_>>();
        Self {
            w,
            dice: SeededIds::new(seed),
            meetings: several(4).into_iter().map(MeetingId).collect(),
            lives: several(4).into_iter().map(LiveId).collect(),
            sessions: several(8).into_iter().map(SessionId).collect(),
            gateways: several(2).into_iter().map(GatewayId).collect(),
            outages: Vec::new(),
            lines: Vec::new(),
            person: w.id(),
            place: w.id(),
        }
    }

    fn roll(&self, sides: usize) -> usize {
        let mut raw = [0_u8; 4];
        self.dice.fill(&mut raw);
        u32::from_le_bytes(raw) as usize % sides
    }

    async fn run<A: Aggregate>(
        &self,
        id: impl std::fmt::Display,
        command: A::Command,
    ) -> Vec<amphi_events::ids::EventId> {
        let streams = Streams::<A>::new(self.w.log.clone(), self.w.sources.clone());
        // What the rules refuse is no history; half of what the dice say is refused.
        streams
            .execute(id, command, Act::system("dice", self.w.sources.now()))
            .await
            .map(|d| d.ids)
            .unwrap_or_default()
    }

    /// One command.
    pub async fn step(&mut self) {
        self.w.clock.move_ms(500);
        let n = self.roll(4);
        let (meeting, live, session) = (self.meetings[n], self.lives[n], self.sessions[self.roll(8)]);
        match self.roll(12) {
            0 | 1 => self.meeting(meeting, live, session).await,
            2 | 3 => self.session(session, meeting).await,
            4..=7 => self.live(live, meeting, session).await,
            8 => self.gateway(live).await,
            9 | 10 => self.chat(live).await,
            _ => self.relay(live, session).await,
        }
    }

    async fn meeting(&self, id: MeetingId, live: LiveId, session: SessionId) {
        let until = self.w.sources.now().plus_s(600);
        let mut details = Details::new(
            &format!("Meeting {}", self.roll(5)),
            NOON.plus_s(self.roll(9) as i64 * 600),
            3600,
            "Europe/Paris",
        );
        details.is_webinar = self.roll(3) > 0;
        let owner = self.person;
        let command = match self.roll(6) {
            0 | 1 => MeetingCommand::Schedule {
                owner,
                live,
                details: Box::new(details),
            },
            2 => MeetingCommand::Change {
                live,
                details: Box::new(details),
                expected_end: None,
            },
            3 => MeetingCommand::Start { session, until },
            4 => MeetingCommand::End,
            _ => MeetingCommand::SessionEnded { session },
        };
        self.run::<Meeting>(id, command).await;
    }

    async fn session(&self, id: SessionId, meeting: MeetingId) {
        let who = format!("who{}", self.roll(3));
        let command = match self.roll(8) {
            0 | 1 => SessionCommand::Request {
                room: None,
                meeting,
                until: self.w.sources.now().plus_s(60),
            },
            2 => SessionCommand::Opened {
                create_time: 1,
                internal_id: id.to_string(),
                adopted: false,
            },
            3 => SessionCommand::Troubled(Trouble::BadAnswer),
            4 | 5 => SessionCommand::Joined {
                who,
                moderator: true,
                robot: false,
                participant: sealed(b"p"),
            },
            6 => SessionCommand::Left { who },
            _ => SessionCommand::Closed(EndedBy::Polling),
        };
        self.run::<Session>(id, command).await;
    }

    async fn live(&self, id: LiveId, meeting: MeetingId, session: SessionId) {
        let now = self.w.sources.now();
        let state = fold::<Live>(&*self.w.log, &amphi_events::live::stream(id))
            .await
            .expect("a live")
            .state;
        let run: RunId = state.run.map_or_else(|| self.w.id(), |r| r.id);
        let (gateway, broadcaster) = (self.gateways[self.roll(2)], self.place);
        let command = match self.roll(16) {
            0 | 1 => LiveCommand::Plan {
                meeting: Some(meeting),
                owner: self.person,
                presenters: vec![],
                title: "T".to_owned(),
                starts_at: NOON,
                ends_at: NOON.plus_s(3600 + self.roll(3) as i64),
                restricted: false,
            },
            2 | 3 => LiveCommand::GatewayReserved {
                gateway,
                broadcaster,
                reservation: self.w.id(),
                from: NOON,
                to: NOON.plus_s(3600),
            },
            4 => LiveCommand::GatewayLacking {
                from: NOON,
                to: NOON.plus_s(3600),
                next_free: vec![NOON],
            },
            5 | 6 => LiveCommand::Request {
                session: Some(session),
                until: now.plus_s(3600),
            },
            7 => LiveCommand::Restart,
            8 => LiveCommand::Stop(StopReason::Presenter),
            9 => LiveCommand::AskStart {
                run,
                gateway,
                broadcaster,
            },
            10 => LiveCommand::Started(run),
            11 => LiveCommand::StartFailed {
                run,
                fault: RunFault::NoAnswer,
                certain: false,
            },
            12 => LiveCommand::OnAir(run),
            13 => LiveCommand::Stalled {
                run,
                fault: RunFault::Frozen,
            },
            14 => LiveCommand::AskStop {
                run,
                fault: Some(RunFault::Gone).filter(|_| self.roll(2) == 0),
            },
            _ if self.roll(8) == 0 => LiveCommand::Cancel,
            _ => LiveCommand::Stopped(run),
        };
        self.run::<Live>(id, command).await;
    }

    async fn gateway(&mut self, live: LiveId) {
        let setup = Setup {
            name: "g".into(),
            broadcaster: self.place,
            server_url: "http://g".into(),
            rtmp_base: "rtmp://h/app".into(),
            gw_id: None,
            generation: None,
        };
        let from = NOON.plus_s(self.roll(10) as i64 * 600);
        let to = from.plus_s(900);
        let command = match self.roll(7) {
            0 => GatewayCommand::Set(setup),
            1 => GatewayCommand::Take { run: self.w.id(), live },
            2 => GatewayCommand::HealthSeen {
                health: [Health::Up, Health::Unreachable][self.roll(2)],
                cause: [None, Some(HealthCause::FrontServer)][self.roll(2)],
            },
            3 => GatewayCommand::TakeOutOfService {
                outage: {
                    self.outages.push(self.w.id());
                    self.outages[self.outages.len() - 1]
                },
                from: to,
                to: (self.roll(2) == 0).then(|| to.plus_s(60)),
                reason: "new disk".to_owned(),
            },
            4 if !self.outages.is_empty() => GatewayCommand::BackInService {
                outage: self.outages[self.roll(self.outages.len())],
            },
            _ => GatewayCommand::Reserve {
                reservation: self.w.id(),
                live,
                from,
                to,
                margins: Margins::NONE,
            },
        };
        let named = BroadcasterCommand::Set {
            name: "b".to_owned(),
            hls_url: "http://b/x.m3u8".to_owned(),
        };
        self.run::<Broadcaster>(self.place, named).await;
        let shown = BroadcasterCommand::Reserve {
            reservation: self.w.id(),
            live,
            from,
            to,
            margins: Margins::NONE,
        };
        self.run::<Broadcaster>(self.place, shown).await;
        self.run::<Gateway>(self.gateways[self.roll(2)], command).await;
    }

    async fn chat(&mut self, live: LiveId) {
        match self.roll(10) {
            0 => drop(self.run::<Chat>(live, ChatCommand::SetOpen(self.roll(3) > 0)).await),
            8 if !self.lines.is_empty() => {
                let ban = ChatCommand::Ban {
                    who: ["x", "y", "z"][self.roll(3)].to_owned(),
                    person: sealed(b"a"),
                    by: sealed(b"m"),
                    reason: (self.roll(2) == 0).then(|| sealed(b"r")),
                    message: (self.roll(2) == 0).then(|| self.lines[self.roll(self.lines.len())].1),
                    remove_lines: self.roll(3) == 0,
                    moderator: true,
                    moderates: false,
                };
                self.run::<Chat>(live, ban).await;
            }
            9 => {
                let who = ["x", "y", "z"][self.roll(3)].to_owned();
                self.run::<Chat>(live, ChatCommand::Unban { who, moderator: true })
                    .await;
            }
            1 if !self.lines.is_empty() => {
                let (live, message) = self.lines[self.roll(self.lines.len())];
                self.run::<Chat>(
                    live,
                    ChatCommand::Remove {
                        message,
                        who: "x".to_owned(),
                        moderator: true,
                    },
                )
                .await;
            }
            _ => {
                let (author, text) = (sealed(b"a"), sealed(b"t"));
                let command = ChatCommand::Post {
                    kind: AuthorKind::Presenter,
                    who: "x".to_owned(),
                    author,
                    text,
                    units: 1,
                    bytes: 1,
                    max_units: 9,
                    max_bytes: 9,
                    moderator: false,
                };
                self.lines.extend(
                    self.run::<Chat>(live, command)
                        .await
                        .iter()
                        .map(|e| (live, MessageId(e.0))),
                );
            }
        }
    }

    async fn relay(&self, live: LiveId, session: SessionId) {
        if self.lines.is_empty() || self.roll(4) == 0 {
            self.run::<Relay>(
                session,
                RelayCommand::SetWay {
                    live,
                    way: Way::Bbb,
                    max_units: 300,
                    max_bytes: 900,
                    hooks: self.roll(2) == 0,
                },
            )
            .await;
            return;
        }
        let (_, message) = self.lines[self.roll(self.lines.len())];
        let position = self.w.head();
        let command = match self.roll(4) {
            0 => RelayCommand::Unknown { message },
            1 => RelayCommand::Late {
                messages: vec![message],
                position,
            },
            2 => {
                let (_, before) = self.lines[self.roll(self.lines.len())];
                RelayCommand::Ask {
                    message,
                    position,
                    answered: (self.roll(2) == 0).then_some(before),
                }
            }
            _ => RelayCommand::Relayed {
                message,
                proof: Proof::Answer,
            },
        };
        self.run::<Relay>(session, command).await;
    }
}

/// Rows of lives and meetings say what their streams say.
async fn agree(w: &World, read: &ReadModels, author: &Author<'_>) {
    for &id in &author.lives {
        let state = fold::<Live>(&*w.log, &amphi_events::live::stream(id))
            .await
            .expect("a live")
            .state;
        let Some(row) = read.live(id).await.expect("a row") else {
            assert!(state.plan.is_none());
            continue;
        };
        assert_eq!(row.cancelled, state.cancelled);
        assert_eq!(row.reservation.map(|h| h.id), state.held.map(|h| h.reservation));
        assert_eq!(row.lacking.is_some(), state.lacking.is_some());
        assert_eq!(
            row.wanted.map(|x| (x.session, x.until, x.since)),
            state.wanted.map(|x| (x.session, x.until, x.since))
        );
        assert_eq!(
            (row.stopping, row.ended, row.runs, row.restart),
            (state.stopping, state.ended, state.runs, state.restart)
        );
        assert_eq!((row.failures, row.failed_at), state.failures);
        assert_eq!(
            row.run
                .map(|r| (r.id, r.number, r.phase, r.started_at, r.on_air_since, r.stalled)),
            state
                .run
                .map(|r| (r.id, r.number, r.phase, r.started_at, r.on_air_since, r.stalled)),
        );
        let chat = fold::<Chat>(&*w.log, &amphi_events::chat::stream(id))
            .await
            .expect("a chat")
            .state;
        assert_eq!(row.chat_open, chat.open);
        let shown = read
            .chat_after(id, amphi_events::Position(0), 10_000)
            .await
            .expect("lines");
        assert_eq!(shown.iter().filter(|l| !l.removed).count(), chat.lines.len());
        let bans = read.bans(id).await.expect("bans");
        let banned: std::collections::BTreeSet<String> = bans.into_iter().map(|b| b.who).collect();
        assert_eq!(banned, chat.banned);
    }
    for &id in &author.meetings {
        let state = fold::<Meeting>(&*w.log, &amphi_events::meeting::stream(id))
            .await
            .expect("a meeting")
            .state;
        let row = read.meeting(id).await.expect("a row");
        assert_eq!(row.as_ref().map(|r| &r.details), state.details.as_ref());
        assert_eq!(
            row.map(|r| (r.session, r.ending, r.live)),
            state
                .details
                .as_ref()
                .map(|_| (state.session, state.ending, state.live))
        );
    }
    for &id in &author.sessions {
        let state = fold::<Session>(&*w.log, &amphi_events::session::stream(id))
            .await
            .expect("a session")
            .state;
        if let Some(row) = read.session(id).await.expect("a row") {
            assert_eq!(
                (row.phase, row.trouble, row.present.len()),
                (state.phase, state.trouble, state.present.len())
            );
        }
    }
}

#[tokio::test]
async fn rebuilt_tables_are_equal_and_agree_with_the_streams() {
    for seed in 0..6 {
        let w = World::new(seed);
        let mut author = Author::new(&w, seed + 100);
        let read = w.open().await;
        for n in 0..600 {
            author.step().await;
            // Batches of many sizes.
            if n % (seed + 2) == 0 {
                read.catch_up().await.expect("caught up");
            }
        }
        read.catch_up().await.expect("caught up");
        agree(&w, &read, &author).await;
        let before = read.dump_tables().await.expect("a dump");
        assert!(
            before["chat"].len() > 5 && before["lives"].len() == 4,
            "the history says little"
        );
        read.rebuild(&[], |_, _, _| {}).await.expect("rebuilt");
        assert_eq!(before, read.dump_tables().await.expect("a dump"), "seed {seed}");
        drop(read);
        // And where the file is gone.
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(w.folder.path().join(format!("read.db{end}")));
        }
        let read = w.open().await;
        read.catch_up().await.expect("caught up");
        assert_eq!(before, read.dump_tables().await.expect("a dump"), "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_while_serving_misses_nothing() {
    let w = World::new(40);
    let mut author = Author::new(&w, 41);
    let read = w.open().await;
    let follower = read.start();
    for _ in 0..300 {
        author.step().await;
    }
    let rebuilding = {
        let read: Arc<ReadModels> = read.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                read.rebuild(&[], |_, done, total| assert!(done <= total))
                    .await
                    .expect("rebuilt");
            }
        })
    };
    let mut steps = 0;
    while !rebuilding.is_finished() || steps < 300 {
        author.step().await;
        steps += 1;
        // The follower and the rebuild get their turn.
        tokio::task::yield_now().await;
    }
    rebuilding.await.expect("rebuilt");
    read.wait(w.head(), LONG).await.expect("there");
    agree(&w, &read, &author).await;
    let served = read.dump_tables().await.expect("a dump");
    follower.abort();
    read.rebuild(&[], |_, _, _| {}).await.expect("rebuilt");
    assert_eq!(served, read.dump_tables().await.expect("a dump"));
}
