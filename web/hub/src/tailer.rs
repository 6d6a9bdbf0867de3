//! From the log into the rooms: one tailer a node (design §5). It waits for the log and for nothing else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use amphi_events::chat::ChatEvent;
use amphi_events::envelope::Position;
use amphi_events::ids::{BroadcasterId, LiveId, MeetingId, MessageId, PersonId};
use amphi_events::log::{Delivery, Filter, subscribe};
use amphi_events::person::PersonEvent;
use amphi_events::relay::RelayEvent;
use amphi_events::{DecodeError, EventData, Recorded};
use tokio::time::Instant;

use crate::bell::Call;
use crate::history::Shut;
use crate::journal::Item;
use crate::room::Room;
use crate::session_lives::News;
use crate::wire::Status;
use crate::{CloseReason, Hub};

/// After a read of the log failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Hands events to rooms for ever.
pub(crate) async fn run(hub: &Arc<Hub>) {
    let kinds = [
        "chat",
        "relay",
        "live",
        "page",
        "feed",
        "session",
        "meeting",
        "person",
        "broadcaster",
    ];
    let filter = Filter {
        stream_kinds: kinds.map(str::to_owned).to_vec(),
        ..Filter::default()
    };
    let from = hub.rooms().handed;
    let mut subscription = subscribe(hub.log.clone(), from, filter);
    let tailer = Tailer { hub };
    loop {
        match subscription.next().await {
            Ok(Delivery::Events(events, upto)) => {
                for event in &events {
                    hub.counters.reads.fetch_add(1, Ordering::Relaxed);
                    if let Err(why) = tailer.take(event) {
                        tracing::error!(%why, position = event.position.0, "the hub passed over an event that it can't read");
                    }
                }
                let mut rooms = hub.rooms();
                rooms.handed = rooms.handed.max(upto);
            }
            Ok(Delivery::CaughtUp(_)) => {}
            Err(why) => {
                tracing::warn!(%why, "the hub can't read the log");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// A ping goes out so often, in seconds.
const PING: usize = 25;
/// A socket that was not heard for so long is closed, in seconds.
const SILENT: u32 = 60;
/// The session or token of a socket is looked up again so often, in seconds.
const LOOK_AGAIN: usize = 300;

/// Once a second: viewers are told, empty rooms forgotten, sockets looked after.
pub(crate) async fn keep_house(hub: &Arc<Hub>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks = 0_u64;
    loop {
        let due = second.tick().await;
        hub.pressure.look(due.elapsed());
        ticks += 1;
        look_after_sockets(hub, ticks as usize);
        let rooms: Vec<Arc<Room>> = hub.rooms().open.values().cloned().collect();
        let now = Instant::now();
        let mut forget = false;
        for room in rooms {
            forget |= room.tick(now, &hub.pressure);
            if room.stale(hub.sources.now()) {
                hub.refresh(&room, room.head());
            }
        }
        if forget {
            hub.rooms().open.retain(|_, room| !room.forgotten(now));
        }
        if ticks.is_multiple_of(60) {
            hub.posts.tidy();
        }
    }
}

/// Each socket at a second of its own, so that ten thousand pings are not one burst. A write that does not go on is looked at every second.
fn look_after_sockets(hub: &Hub, tick: usize) {
    let second = hub.second();
    for socket in hub.registry.some(|_| true) {
        if u64::from(socket.blocked_for(second)) > hub.settings.blocked.as_secs() {
            socket.bell.ring(Call::Blocked);
        }
    }
    for socket in hub.registry.some(|key| (key + tick).is_multiple_of(PING)) {
        if socket.silent_for(second) >= SILENT {
            socket.bell.ring(Call::Close(CloseReason::Resume));
        } else {
            socket.ping();
        }
    }
    for socket in hub.registry.some(|key| (key + tick).is_multiple_of(LOOK_AGAIN)) {
        socket.bell.ring(Call::Look);
    }
}

struct Tailer<'a> {
    hub: &'a Arc<Hub>,
}

fn id<T: std::str::FromStr>(e: &Recorded) -> Result<T, DecodeError> {
    e.stream
        .id()
        .parse()
        .map_err(|_| DecodeError::UnknownKind(format!("stream {}", e.stream)))
}

fn read<T: EventData>(e: &Recorded) -> Result<T, DecodeError> {
    T::decode(&e.event.kind, e.event.schema, &e.event.data)
}

impl Tailer<'_> {
    /// The room of a live, if it is in memory. A room made later goes on after `position`: looked up and noted under
    /// one lock, so that each event is either in the room's history or handed to it.
    fn room(&self, live: LiveId, position: Position) -> Option<Arc<Room>> {
        let mut rooms = self.hub.rooms();
        rooms.handed = rooms.handed.max(position);
        rooms.open.get(&live).cloned()
    }

    fn take(&self, e: &Recorded) -> Result<(), DecodeError> {
        match e.stream.kind() {
            "chat" => self.chat(e, id(e)?)?,
            "live" | "page" | "feed" => {
                if let Some(room) = self.room(id(e)?, e.position) {
                    self.hub.refresh(&room, e.position);
                }
            }
            "relay" => self.relay(e)?,
            "session" => self.hub.tell_session(id(e)?, e.position, News::Changed),
            "meeting" => {
                self.hub.session_lives.changed();
                self.meeting(id(e)?, e.position);
            }
            // Who may watch what is sent there.
            "broadcaster" if e.event.kind == "BroadcasterDescribed" => self.broadcaster(id(e)?, e.position),
            "person" => self.person(id(e)?, &read(e)?, e.position),
            _ => {}
        }
        Ok(())
    }

    fn chat(&self, e: &Recorded, live: LiveId) -> Result<(), DecodeError> {
        let Some(room) = self.room(live, e.position) else {
            return Ok(());
        };
        match read::<ChatEvent>(e)? {
            ChatEvent::ChatOpened {} | ChatEvent::ChatClosed {} => self.hub.refresh(&room, e.position),
            ChatEvent::ChatMessagePosted { kind, author, text, .. } => {
                let line = self.hub.line(&Shut {
                    live,
                    position: e.position,
                    id: MessageId(e.event.id.0),
                    at: e.event.time,
                    kind,
                    author: &author,
                    text: &text,
                    status: Status::Posted,
                });
                room.push(e.position, Item::Line(line));
            }
            ChatEvent::ChatMessageRemoved { message } => room.push(e.position, Item::Removed { ids: vec![message] }),
            ChatEvent::ChatPersonBanned { who, person, .. } => self.hub.ban(&room, e, who, &person),
            ChatEvent::ChatPersonUnbanned { who } => room.bans.said(who, e.position, false),
        }
        Ok(())
    }

    fn relay(&self, e: &Recorded) -> Result<(), DecodeError> {
        let session = id(e)?;
        let event = read::<RelayEvent>(e)?;
        if let RelayEvent::RelayWayFound { live, .. } = &event {
            self.hub.session_of(session, *live);
            if let Some(room) = self.room(*live, e.position) {
                self.hub.refresh(&room, e.position);
            }
            return Ok(());
        }
        if let Some((ids, status)) = Hub::fate(event) {
            self.hub.tell_session(session, e.position, News::Fate(ids, status));
        }
        Ok(())
    }

    fn meeting(&self, meeting: MeetingId, position: Position) {
        self.refresh_those(position, |room| room.meeting == Some(meeting));
    }

    fn broadcaster(&self, broadcaster: BroadcasterId, position: Position) {
        self.refresh_those(position, |room| room.fed_by(broadcaster));
    }

    fn refresh_those(&self, position: Position, which: impl Fn(&Room) -> bool) {
        let rooms: Vec<Arc<Room>> = {
            let mut rooms = self.hub.rooms();
            rooms.handed = rooms.handed.max(position);
            rooms.open.values().filter(|r| which(r)).cloned().collect()
        };
        for room in rooms {
            self.hub.refresh(&room, position);
        }
    }

    fn person(&self, person: PersonId, event: &PersonEvent, position: Position) {
        match event {
            PersonEvent::PersonAdded { .. }
            | PersonEvent::PersonIdentityTied { .. }
            | PersonEvent::PersonIdentityChanged { .. }
            | PersonEvent::PersonRenamed { .. }
            | PersonEvent::PersonAddressSet { .. }
            // Who takes a way in away closes what is open under it once the store has it: before, it would come back.
            | PersonEvent::PersonPasswordSet {}
            | PersonEvent::PersonTokenMade { .. }
            | PersonEvent::PersonTokenRevoked { .. }
            | PersonEvent::PersonSignedOut { .. }
            | PersonEvent::PersonCalendarRenewed {}
            | PersonEvent::PersonAccessClosed {} => {}
            // They come back with what they may do now.
            PersonEvent::PersonRoleChanged { .. } => {
                self.hub.kick(person, CloseReason::Resume);
            }
            PersonEvent::PersonErased {} => {
                self.hub.kick(person, CloseReason::SignedOut);
                self.hub.erasures.at(position);
                // What was opened before the key went is still in memory, here and in browsers.
                let rooms: Vec<Arc<Room>> = self.hub.rooms().open.values().cloned().collect();
                for room in rooms {
                    room.erase(person, position);
                }
            }
        }
    }
}
