//! What BBB calls back with, and the other small ways in from the outside (surface §3). A callback is a hint, but for
//! the room's chat lines, which exist nowhere else: these are in the log before the answer goes out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use amphi_events::Key;
use amphi_events::chat::{Author, AuthorKind, ChatCommand};
use amphi_events::ids::{EventId, LiveId, MessageId, PersonId, RunId, SessionId};
use amphi_events::relay::{Proof, RelayCommand};
use amphi_events::sealed::{Scope, Subject};
use amphi_events::session::{Participant, Phase, Seen, Session, SessionCommand};
use amphi_events::store::Place;
use amphi_web::{CallbackAnswer, Callbacks, Join, RoomDoor, WorkState, Works};
use async_trait::async_trait;

use super::echoes::Delivery;
use super::heard::Left;
use super::library::Calls;
use super::recordings::READY_TOKEN;
use super::rooms::{END_TOKEN, HOOK_TOKEN};
use super::{Deps, Reactors, relay, rooms, wake, why};
use crate::bbb::hooks::{self, HookEvent, HookKind, HookRefusal, Incoming};
use crate::bbb::{self, limits};

/// The reactors, as the web sees them.
pub struct Outside {
    pub(super) deps: Arc<Deps>,
    pub(super) reactors: Arc<Reactors>,
    pub(super) calls: Calls,
    started: AtomicBool,
}

impl Outside {
    /// On running reactors.
    pub fn new(deps: Arc<Deps>, reactors: Arc<Reactors>) -> Self {
        Self {
            deps,
            reactors,
            calls: Calls::default(),
            started: AtomicBool::new(false),
        }
    }

    /// The start is over.
    pub fn set_started(&self) {
        self.started.store(true, Ordering::SeqCst);
    }

    async fn ended(&self, session: SessionId) -> anyhow::Result<CallbackAnswer> {
        // Kept, so that a kill between this hint and the look doesn't lose it.
        self.deps
            .store
            .put_secret("callback-end-came", &session.to_string(), "1")
            .await?;
        self.reactors.rooms.hint(&session.to_string());
        Ok(CallbackAnswer::Taken)
    }

    async fn hook(
        &self,
        session: SessionId,
        token: &str,
        incoming: (Option<&str>, Option<&str>, &[u8]),
    ) -> anyhow::Result<CallbackAnswer> {
        let (checksum, authorization, body) = incoming;
        let registered_url = format!("{}/callbacks/bbb/hook/{token}", self.deps.public_url);
        let incoming = Incoming {
            registered_url: &registered_url,
            checksum,
            authorization,
            body,
        };
        let delivery = match hooks::verify(incoming, &self.deps.bbb_secret) {
            Ok(delivery) if delivery.is_stale(self.deps.now().0) => return Ok(CallbackAnswer::Taken),
            Ok(delivery) => delivery,
            Err(HookRefusal::NotSigned) => return Ok(CallbackAnswer::BadSignature),
            Err(HookRefusal::Unreadable | HookRefusal::TooLarge) => return Ok(CallbackAnswer::BadRequest),
        };
        let state = self
            .deps
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        // Another front end's session goes on after we let go of it: what happens there is none of ours any more.
        if state.phase == Phase::Closed && state.foreign.is_some() {
            return Ok(CallbackAnswer::Taken);
        }
        for event in &delivery.events {
            // bbb-webhooks before 3.4 delivers other meetings' events too (bbb-contract §5.1). Of a session that is over nobody is there.
            let late = state.phase == Phase::Closed && event.kind.is_of_people();
            if Self::is_ours(&state, event) && !late {
                self.heard(session, &state, event).await?;
            }
        }
        Ok(CallbackAnswer::Taken)
    }

    fn is_ours(state: &Session, event: &HookEvent) -> bool {
        let room = state.room();
        let identity = state.identity.as_ref().map(|i| i.internal_id.as_str());
        (event.external_meeting_id.is_empty() || Some(&event.external_meeting_id) == room.as_ref())
            && identity.is_some_and(|id| event.internal_meeting_id.is_empty() || id == event.internal_meeting_id)
    }

    async fn heard(&self, session: SessionId, state: &Session, event: &HookEvent) -> anyhow::Result<()> {
        match &event.kind {
            HookKind::MeetingEnded => {
                self.ended(session).await?;
            }
            HookKind::UserJoined {
                internal,
                external,
                name,
                role,
            } => {
                let seen = Participant {
                    internal: internal.clone(),
                    external: external.clone(),
                    name: name.clone(),
                };
                let who = rooms::who(session, external, internal);
                let is_there = state.present.contains_key(&who);
                if !self.deps.heard.came(session, &who, internal, is_there, self.deps.now()) {
                    return Ok(());
                }
                rooms::joined(&self.deps, session, seen, role.eq_ignore_ascii_case("MODERATOR")).await?;
                if !is_there {
                    let part = self.deps.heard.part(session, &who);
                    self.changed(session, who, Some(part)).await?;
                }
            }
            HookKind::UserLeft { internal, external } => {
                let who = rooms::who(session, external, internal);
                let robot = external.starts_with("robot-");
                let is_there = state.present.contains_key(&who);
                let now = self.deps.now();
                let heard = self.deps.heard.left(session, &who, internal, (robot, is_there), now);
                if heard == Left::Gone {
                    // Their last window: BBB itself would list them for another minute.
                    let left = SessionCommand::Left { who };
                    let act = self.deps.said("bbb");
                    self.deps.aggregates.sessions.execute(session, left, act).await?;
                }
                // The same person may be there in a second window: the room itself is asked.
                if heard == Left::Ask || robot {
                    self.reactors.rooms.hint(&session.to_string());
                }
            }
            HookKind::ChatMessage {
                id,
                internal_user,
                external_user,
                name,
                text,
                ..
            } => {
                let live = match state.meeting {
                    Some(m) => {
                        self.deps
                            .aggregates
                            .meetings
                            .look(m)
                            .await
                            .map_err(anyhow::Error::msg)?
                            .state
                            .live
                    }
                    None => None,
                };
                let Some(live) = live else { return Ok(()) };
                let robot = rooms::is_robot(&self.deps, session, external_user, name).await?;
                if robot || hooks::is_api_echo(internal_user, name) {
                    match self.deps.echoes.begin(session, id) {
                        Delivery::First(taking) => {
                            self.echo((session, id), live, name, text).await?;
                            taking.taken();
                        }
                        Delivery::Repeated => {}
                        Delivery::InHand => anyhow::bail!("another delivery of this echo is being taken"),
                    }
                    return Ok(());
                }
                let internal_meeting = state
                    .identity
                    .as_ref()
                    .map(|i| i.internal_id.clone())
                    .unwrap_or_default();
                let key = Key::of(&["room-line", &internal_meeting, id]);
                self.line(session, live, key, (internal_user, external_user, name), text)
                    .await?;
            }
            HookKind::Presenter { user, is } => {
                let who = rooms::who(session, &user.external, &user.internal);
                let seen = self.deps.heard.presenter(session, &who, *is, event.ts, self.deps.now());
                self.changed(session, who, seen).await?;
            }
            HookKind::Voice { user, voice } => {
                let who = rooms::who(session, &user.external, &user.internal);
                let seen = self.deps.heard.voice(session, &who, *voice, event.ts, self.deps.now());
                self.changed(session, who, seen).await?;
            }
            HookKind::Camera { user, stream, on } => {
                let who = rooms::who(session, &user.external, &user.internal);
                let picture = (stream.as_str(), *on);
                let seen = self
                    .deps
                    .heard
                    .camera(session, &who, picture, event.ts, self.deps.now());
                self.changed(session, who, seen).await?;
            }
            HookKind::MeetingCreated { .. } | HookKind::Other(_) => {}
        }
        Ok(())
    }

    /// How somebody takes part. Of who is not there yet the next look at the room says it.
    async fn changed(&self, session: SessionId, who: String, seen: Option<Seen>) -> anyhow::Result<()> {
        let Some(seen) = seen else { return Ok(()) };
        let command = SessionCommand::Changed { who, seen };
        let act = self.deps.said("bbb");
        self.deps.aggregates.sessions.execute(session, command, act).await?;
        Ok(())
    }

    /// Our own line, back from the room: it settles the line in flight, or one whose fate was unknown.
    async fn echo(&self, echo: (SessionId, &str), live: LiveId, name: &str, text: &str) -> anyhow::Result<()> {
        let (session, _) = echo;
        let echoes = &self.deps.echoes;
        // One whose call was answered surely has an echo, so it comes before those that perhaps have none.
        if let Some(message) = echoes.of(session, name, text) {
            // Its outcome may not be on the disk yet, and this echo doesn't come a second time.
            self.settled(echo, message).await?;
            return Ok(());
        }
        let relays = &self.deps.aggregates.relays;
        let state = relays.look(session).await.map_err(anyhow::Error::msg)?.state;
        // A line that is not there yet would make its echo nobody's; if it takes too long, bbb-webhooks comes again.
        self.deps.caught_up().await?;
        // Identical lines are settled by count. The one in flight first: its answer may say the same in a moment, and one echo must
        // not make two lines relayed. A line whose fate is unknown may have none.
        let again = state.again.map(|(message, ..)| message);
        let flying = state.in_flight.map(|f| f.message);
        let waiting = flying.into_iter().chain(again).chain(state.unknown.keys().copied());
        for message in waiting {
            let Some(line) = self.deps.read.chat_line(message).await? else {
                continue;
            };
            let Some((ours, said)) = relay::opened(&self.deps, live, &line)? else {
                continue;
            };
            if relay::is_echo_of(&ours, &said, name, text) {
                return self.settled(echo, message).await;
            }
        }
        // Answered while we looked: its outcome was written meanwhile.
        if let Some(message) = echoes.of(session, name, text) {
            self.settled(echo, message).await?;
        }
        Ok(())
    }

    /// The echo with this id settles this line. What was taken is known again in memory; after a kill only its key says that the same
    /// delivery has settled a line before, and would now settle an identical one that waits for its own.
    async fn settled(&self, (session, id): (SessionId, &str), message: MessageId) -> anyhow::Result<()> {
        let command = RelayCommand::Relayed {
            message,
            proof: Proof::Echo,
        };
        let act = self.deps.said("bbb").key(Key::of(&["echo", id]));
        if self
            .deps
            .aggregates
            .relays
            .execute(session, command, act)
            .await?
            .duplicate
        {
            return Ok(());
        }
        self.deps.echoes.heard(session, message);
        // Identical lines wait for this; no event says it where the answer had settled the line.
        self.reactors.relay.wake(&session.to_string());
        Ok(())
    }

    /// A line that somebody wrote in the room, onto the page.
    async fn line(
        &self,
        session: SessionId,
        live: LiveId,
        key: Key,
        from: (&str, &str, &str),
        text: &str,
    ) -> anyhow::Result<()> {
        let (internal, external, name) = from;
        let Some(text) = limits::room_line(text) else {
            return Ok(());
        };
        let person = external
            .parse::<PersonId>()
            .ok()
            .filter(|p| self.deps.keys.has_subject(&Subject::person(*p)));
        let who = rooms::who(session, external, internal);
        let subject = person.map_or_else(|| Subject(format!("guest:{session}:{who}")), Subject::person);
        let scope = Scope::chat(live);
        self.deps.keys.make_subject(&subject).await?;
        let event: EventId = self.deps.sources.id();
        let stream = amphi_events::chat::stream(live);
        let author = Author {
            person,
            name: limits::plain_name(name),
        };
        let author = self.deps.keys.seal(
            &Place {
                stream: &stream,
                event,
                field: "author",
            },
            &subject,
            &scope,
            &author,
        )?;
        let sealed = self.deps.keys.seal(
            &Place {
                stream: &stream,
                event,
                field: "text",
            },
            &subject,
            &scope,
            &text,
        )?;
        let command = ChatCommand::Post {
            kind: AuthorKind::Room,
            who,
            author,
            text: sealed,
            units: u32::try_from(limits::chat_units(&text)).unwrap_or(u32::MAX),
            bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
            max_units: u32::MAX,
            max_bytes: u32::MAX,
            moderator: false,
        };
        let act = self.deps.said("bbb").key(key).first_id(event);
        self.deps.aggregates.chats.execute(live, command, act).await?;
        Ok(())
    }

    async fn session_of(&self, kind: &str, token: &str) -> anyhow::Result<Option<SessionId>> {
        Ok(self
            .deps
            .store
            .lookup_secret(kind, token)
            .await?
            .and_then(|id| id.parse().ok()))
    }
}

#[async_trait]
impl Callbacks for Outside {
    async fn take(
        &self,
        purpose: &str,
        token: &str,
        checksum: Option<&str>,
        authorization: Option<&str>,
        body: &[u8],
        cause: &str,
    ) -> CallbackAnswer {
        let taken = why::because(cause.to_owned(), async {
            match purpose {
                "end" => match self.session_of(END_TOKEN, token).await? {
                    Some(session) => self.ended(session).await,
                    None => Ok(CallbackAnswer::UnknownToken),
                },
                "hook" => match self.session_of(HOOK_TOKEN, token).await? {
                    Some(session) => self.hook(session, token, (checksum, authorization, body)).await,
                    None => Ok(CallbackAnswer::UnknownToken),
                },
                "recording-ready" => match self.session_of(READY_TOKEN, token).await? {
                    Some(session) => self.recording_ready(session, body).await,
                    // So BBB's script reads it: nobody waits for that recording any more.
                    None => Ok(CallbackAnswer::Gone),
                },
                _ => Ok(CallbackAnswer::UnknownToken),
            }
        });
        taken.await.unwrap_or_else(|error| {
            tracing::warn!(purpose, error = %format!("{error:#}"), "a callback could not be recorded; BBB will call again");
            CallbackAnswer::NotNow
        })
    }

    fn robot_led(&self, run: RunId) {
        tracing::info!(%run, "a robot was led into the room");
    }

    fn look(&self, session: SessionId) {
        self.reactors.rooms.hint(&session.to_string());
    }

    fn stop_anyway(&self, live: LiveId) {
        self.deps.unrecorded.add(live);
        self.reactors.stage.wake(&live.to_string());
    }
}

impl Works for Outside {
    fn started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    fn try_again(&self, reactor: &str) -> bool {
        let hands = self.reactors.all().into_iter().find(|h| h.name() == reactor);
        let Some(hands) = hands else { return false };
        hands.try_again();
        // Work whose worker is gone although the read models know of it.
        let (deps, reactors, name) = (self.deps.clone(), self.reactors.clone(), hands.name());
        tokio::spawn(async move {
            if let Err(error) = wake::in_hand(&deps, &reactors, Some(name)).await {
                reactors.planner.note_error(format!("{error:#}"), deps.now());
            }
        });
        true
    }

    fn states(&self) -> Vec<WorkState> {
        self.reactors
            .all()
            .into_iter()
            .map(|hands| WorkState {
                reactor: hands.name(),
                in_hand: hands.count(),
                last_error: hands.last_error().map(|(text, at)| (text, at.rfc3339())),
                lag: hands.behind(),
            })
            .collect()
    }
}

/// The door of BBB rooms: signs locally, asks nobody.
pub struct Door(pub bbb::BbbClient);

impl RoomDoor for Door {
    fn join_address(&self, join: &Join) -> String {
        self.0.join_url(&bbb::Join {
            meeting_id: join.room.clone(),
            full_name: join.name.clone(),
            role: if join.moderator {
                bbb::Role::Moderator
            } else {
                bbb::Role::Viewer
            },
            user_id: join.user_id.clone(),
            create_time: join.create_time,
            bot: join.robot,
            exclude_from_dashboard: join.robot,
            guest: join.guest,
            // A robot's picture begins without the room's chat (gateway-contract §4.6).
            userdata: if join.hide_chat {
                vec![("bbb_show_public_chat_on_login".to_owned(), "false".to_owned())]
            } else {
                Vec::new()
            },
            error_redirect_url: Some(join.error_url.clone()),
            logout_url: None,
        })
    }
}
