//! A room in memory: the journal, who watches, and what wakes the sockets.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::{BroadcasterId, LiveId, MeetingId, MessageId, PersonId};
use amphi_projections::{LiveRow, StateView};
use bytes::Bytes;
use serde::Serialize;
use tokio::time::Instant;

use crate::bans::Bans;
use crate::bell::Call;
use crate::history::History;
use crate::journal::{Batch, Cursor, Item, Journal, Sizes, Step};
use crate::presence::{Presence, Seat};
use crate::pressure::{Level, Pressure};
use crate::wire;
use crate::writer::Shards;
use crate::{CloseReason, Hub};

/// Ids of a client's own lines that are remembered, in a room.
const MINE: usize = 10_000;
/// Lines of one `removed` frame.
const TOLD_AT_ONCE: usize = 500;
/// A room with more messages a second than this is busy: its sockets gather before they write.
const BUSY: u32 = 20;

/// Fields of `state`, but for the count of viewers.
#[derive(Serialize)]
struct Fields<'a> {
    #[serde(flatten)]
    view: &'a StateView,
    time_zone: &'a str,
}

/// What `state` was made of, to know whether it changed.
#[derive(Clone, PartialEq)]
pub(crate) struct Told {
    pub view: StateView,
    pub time_zone: String,
}

impl Told {
    /// As JSON, with its last brace left out.
    fn open(&self) -> String {
        let mut json = wire::json(&Fields {
            view: &self.view,
            time_zone: &self.time_zone,
        });
        json.pop();
        json
    }
}

/// The state told last, encoded once for all who join.
struct Telling {
    told: Told,
    open: String,
}

impl Telling {
    fn new(told: Told) -> Self {
        Self {
            open: told.open(),
            told,
        }
    }

    fn fields(&self, viewers: u32) -> Arc<str> {
        format!("{},\"viewers\":{viewers}}}", self.open).into()
    }
}

/// Which line came of which `client_id`, as far as this node took it.
#[derive(Default)]
struct Mine {
    of: HashMap<PersonId, HashMap<String, (MessageId, Position)>>,
    order: VecDeque<(PersonId, String)>,
}

/// Who may come in, as of the last look.
#[derive(Clone, PartialEq, Eq)]
struct Access {
    restricted: bool,
    /// Groups of the meeting, which its page does not count.
    groups: std::collections::BTreeSet<String>,
    /// Only the signed-in watch: it says so itself, its broadcaster does, or it is for groups.
    closed: bool,
    draft: bool,
    password: bool,
    /// Grows with every change of what opens the live's page.
    door: u32,
    presenters: Vec<PersonId>,
}

impl Access {
    /// `there`: what is shown of its broadcaster is for the signed-in.
    fn of(row: &LiveRow, there: bool) -> Self {
        let presenters = std::iter::once(row.owner)
            .chain(row.presenters.iter().copied())
            .collect();
        Self {
            restricted: row.restricted,
            groups: row.of_its_meeting().clone(),
            closed: row.restricted || there || row.for_groups(),
            draft: row.page.draft,
            password: row.page.password,
            door: row.page.door,
            presenters,
        }
    }
}

/// Waiting for the state to be looked at again.
#[derive(Default)]
struct Refresh {
    wanted: Position,
    running: bool,
}

/// See the module.
pub(crate) struct Room {
    pub live: LiveId,
    pub meeting: Option<MeetingId>,
    /// It goes on after this position; what was before, it loads.
    pub born: Position,
    journal: Mutex<Journal>,
    /// Who writes to the sockets.
    pub shards: Shards,
    loading: tokio::sync::Mutex<()>,
    presence: Mutex<Presence>,
    mine: Mutex<Mine>,
    told: Mutex<Telling>,
    /// The row as of the last look.
    row: Mutex<Arc<LiveRow>>,
    access: Mutex<Access>,
    /// Who may not come in, whatever the access.
    pub bans: Bans,
    refresh: Mutex<Refresh>,
    /// What presenters see besides: the newest, and how many there were.
    console: Mutex<Option<Bytes>>,
    console_number: AtomicU64,
    /// Messages since the last tick, and in the second before.
    counting: AtomicU32,
    rate: AtomicU32,
}

/// A socket's place in a room; the count of viewers goes down when it is dropped.
pub struct Place {
    pub(crate) room: Arc<Room>,
    seat: Seat,
    seated: bool,
}

impl Place {
    /// Whether only signed-in people watch, and whether this person pilots the live.
    pub fn access(&self, person: Option<PersonId>) -> (bool, bool) {
        self.room.access(person)
    }

    /// Another one with every change of who may watch: who was looked at before one is looked at again.
    pub fn door(&self) -> (u32, bool) {
        let access = lock(&self.room.access);
        (access.door, access.closed)
    }

    /// From now on they count. Not before the connection is there: somebody who is refused at the door, or never reads the answer, watches
    /// nothing.
    pub(crate) fn sit(&mut self) {
        if !std::mem::replace(&mut self.seated, true) {
            lock(&self.room.presence).sit(self.seat);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.room.presence).leave(self.seated.then_some(self.seat), Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub(crate) fn new(row: &LiveRow, base: Position, hub: &Hub) -> Arc<Self> {
        let telling = Telling::new(hub.told(row));
        let fields = telling.fields(0);
        Arc::new_cyclic(|room| Self {
            live: row.id,
            meeting: row.meeting,
            born: base,
            journal: Mutex::new(Journal::new(
                base,
                fields,
                Sizes::default(),
                hub.counters.encoded.clone(),
            )),
            shards: Shards::start(room, &hub.counters.written, &hub.pressure, hub.settings.window),
            loading: tokio::sync::Mutex::default(),
            presence: Mutex::new(Presence::new(Instant::now())),
            mine: Mutex::default(),
            told: Mutex::new(telling),
            row: Mutex::new(Arc::new(row.clone())),
            access: Mutex::new(Access::of(row, false)),
            bans: Bans::default(),
            refresh: Mutex::default(),
            console: Mutex::default(),
            console_number: AtomicU64::new(0),
            counting: AtomicU32::new(0),
            rate: AtomicU32::new(0),
        })
    }

    pub(crate) fn enter(self: &Arc<Self>, seat: Seat) -> Place {
        lock(&self.presence).come();
        Place {
            room: self.clone(),
            seat,
            seated: false,
        }
    }

    pub(crate) fn viewers(&self) -> u32 {
        lock(&self.presence).count()
    }

    /// The row, if nothing has happened since it was read that could have changed it.
    fn row(&self) -> Option<Arc<LiveRow>> {
        let looking = lock(&self.refresh).running;
        (!looking).then(|| lock(&self.row).clone())
    }

    /// Whether only signed-in people watch, and whether this person pilots the live.
    pub(crate) fn access(&self, person: Option<PersonId>) -> (bool, bool) {
        let access = lock(&self.access);
        (
            access.restricted,
            person.is_some_and(|p| access.presenters.contains(&p)),
        )
    }

    /// Why a stranger who has shown nothing may not watch.
    pub(crate) fn stranger(&self) -> Option<CloseReason> {
        let access = lock(&self.access);
        match (access.draft, access.closed, access.password) {
            (true, ..) => Some(CloseReason::Forbidden),
            (_, true, _) => Some(CloseReason::SignIn),
            (.., true) => Some(CloseReason::Password),
            _ => None,
        }
    }

    /// Whether an encoder's picture of it is fetched from this broadcaster.
    pub(crate) fn fed_by(&self, broadcaster: BroadcasterId) -> bool {
        lock(&self.row).feed.is_some_and(|f| f.broadcaster == broadcaster)
    }

    pub(crate) fn head(&self) -> Position {
        lock(&self.journal).head()
    }

    /// What the writers have for sockets that stand at `from`.
    pub(crate) fn batch(&self, from: u64) -> Option<Batch> {
        lock(&self.journal).batch(from)
    }

    /// Number of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        lock(&self.journal).next()
    }

    /// Appends and wakes the sockets.
    pub(crate) fn push(&self, position: Position, item: Item) {
        if matches!(item, Item::Line(_)) {
            self.counting.fetch_add(1, Ordering::Relaxed);
        }
        lock(&self.journal).push(position, item);
        self.shards.wake();
    }

    pub(crate) fn step(&self, cursor: Cursor, most: usize) -> Step {
        lock(&self.journal).step(cursor, most)
    }

    /// Takes away the lines of somebody who was erased.
    pub(crate) fn erase(&self, person: PersonId, position: Position) {
        lock(&self.mine).of.remove(&person);
        let ids = lock(&self.journal).of(person);
        if !ids.is_empty() {
            self.push(position, Item::Removed { ids });
        }
    }

    /// Lines that can be read no more: further back than what is in memory here, and still on open pages.
    pub(crate) fn unread(&self, position: Position, ids: &[MessageId]) {
        for some in ids.chunks(TOLD_AT_ONCE) {
            self.push(position, Item::Removed { ids: some.to_vec() });
        }
    }

    /// The fields of `state` as of now, with the count of viewers as of now.
    pub(crate) fn state(&self) -> Arc<str> {
        let viewers = self.viewers();
        lock(&self.told).fields(viewers)
    }

    /// Head and last lines of a full state, at one moment.
    pub(crate) async fn full(self: &Arc<Self>, history: &Arc<dyn History>) -> Result<(Position, Bytes), String> {
        loop {
            let floor = {
                let mut journal = lock(&self.journal);
                match journal.last() {
                    Ok(lines) => return Ok((journal.head(), lines)),
                    Err(floor) => floor,
                }
            };
            self.load(history, floor).await?;
        }
    }

    /// Loads the block that ends at `floor`, once for all who ask.
    pub(crate) async fn load(self: &Arc<Self>, history: &Arc<dyn History>, floor: Position) -> Result<(), String> {
        let (room, history) = (self.clone(), history.clone());
        // A task of its own: a client that goes away must not leave a load half done for those who wait for it.
        let loading = tokio::spawn(async move {
            let _one = room.loading.lock().await;
            if !lock(&room.journal).begin_load(floor) {
                return Ok(());
            }
            match history.before(room.live, floor, crate::journal::BLOCK).await {
                Ok((items, start)) => {
                    lock(&room.journal).end_load(floor, items, start);
                    Ok(())
                }
                Err(why) => {
                    lock(&room.journal).abort_load();
                    Err(why)
                }
            }
        });
        loading.await.unwrap_or_else(|e| Err(e.to_string()))
    }

    /// Remembers which line came of a `client_id`.
    pub(crate) fn posted(&self, person: PersonId, client_id: &str, id: MessageId, position: Position) {
        let mut mine = lock(&self.mine);
        if mine
            .of
            .entry(person)
            .or_default()
            .insert(client_id.to_owned(), (id, position))
            .is_none()
        {
            mine.order.push_back((person, client_id.to_owned()));
        }
        if mine.order.len() > MINE
            && let Some((person, client_id)) = mine.order.pop_front()
            && let Some(of) = mine.of.get_mut(&person)
        {
            of.remove(&client_id);
            if of.is_empty() {
                mine.of.remove(&person);
            }
        }
    }

    /// The receipt of a `client_id` that has one.
    pub(crate) fn receipt(&self, person: PersonId, client_id: &str) -> Option<(MessageId, Position)> {
        lock(&self.mine).of.get(&person)?.get(client_id).copied()
    }

    /// Pairs of `mine` for lines still shown, the newest as many as a full state has lines: whoever wrote thousands of them and comes back
    /// again and again must cost no more than others.
    pub(crate) fn pairs(&self, person: PersonId) -> Vec<(String, MessageId)> {
        let mut pairs: Vec<(String, MessageId, Position)> = lock(&self.mine)
            .of
            .get(&person)
            .map(|of| of.iter().map(|(c, (id, p))| (c.clone(), *id, *p)).collect())
            .unwrap_or_default();
        pairs.sort_by_key(|(.., p)| std::cmp::Reverse(*p));
        let journal = lock(&self.journal);
        let shown = pairs.into_iter().filter(|(_, id, at)| journal.shows(*at, *id));
        let mut newest: Vec<_> = shown.take(crate::journal::LAST).map(|(c, id, _)| (c, id)).collect();
        newest.reverse();
        newest
    }

    /// Once a second: the count of viewers if it is to be told, the rate; `true`: the room may be forgotten.
    pub(crate) fn tick(&self, now: Instant, pressure: &Pressure) -> bool {
        self.rate
            .store(self.counting.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        let sparing = pressure.level() >= Level::Decoration;
        let (count, untold, forgotten) = {
            let mut presence = lock(&self.presence);
            (
                presence.tell(now, sparing),
                presence.untold(now),
                presence.forgotten(now),
            )
        };
        match count {
            Some(count) => self.push(Position(0), Item::Viewers(count)),
            None if sparing && untold => pressure.shed_count(),
            None => {}
        }
        forgotten
    }

    /// Time alone has made another state of the one told last.
    pub(crate) fn stale(&self, now: Time) -> bool {
        lock(&self.told).told.view.stale(now)
    }

    /// The newest `console` frame, if it isn't the one of this number; and its number.
    pub(crate) fn console(&self, known: u64) -> Option<(u64, Bytes)> {
        let held = lock(&self.console);
        let number = self.console_number.load(Ordering::Relaxed);
        if number == known {
            return None;
        }
        held.clone().map(|frame| (number, frame))
    }

    /// Whether this is another one than before.
    fn set_console(&self, frame: Bytes) -> bool {
        let mut held = lock(&self.console);
        let new = Some(frame);
        if *held == new {
            return false;
        }
        *held = new;
        self.console_number.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub(crate) fn forgotten(&self, now: Instant) -> bool {
        lock(&self.presence).forgotten(now)
    }

    /// So many messages come that a socket should gather some before it writes.
    pub(crate) fn busy(&self) -> bool {
        self.rate
            .load(Ordering::Relaxed)
            .max(self.counting.load(Ordering::Relaxed))
            > BUSY
    }

    /// Tells the state if it is not what was told last.
    fn tell(&self, position: Position, now: Told) {
        let viewers = self.viewers();
        let fields = {
            let mut telling = lock(&self.told);
            if telling.told == now {
                return;
            }
            *telling = Telling::new(now);
            telling.fields(viewers)
        };
        self.push(position, Item::State(fields));
    }
}

impl Hub {
    /// A live as the read models have it, without asking them where a room knows it.
    ///
    /// # Errors
    /// They can't be read.
    pub async fn row(&self, live: LiveId) -> Result<Option<Arc<LiveRow>>, amphi_projections::ReadError> {
        let room = self.rooms().open.get(&live).cloned();
        if let Some(row) = room.and_then(|room| room.row()) {
            return Ok(Some(row));
        }
        Ok(self.read.live(live).await?.map(Arc::new))
    }

    /// The fields of `state` as of now (surface §4), for whoever asks without a websocket.
    pub fn state(&self, row: &LiveRow) -> serde_json::Value {
        let telling = Telling::new(self.told(row));
        serde_json::from_str(&telling.fields(self.viewers(row.id))).unwrap_or_default()
    }

    pub(crate) fn told(&self, row: &LiveRow) -> Told {
        Told {
            view: row.state(self.sources.now()),
            time_zone: row.time_zone.clone().unwrap_or_else(|| self.settings.time_zone.clone()),
        }
    }

    /// Looks at the state of a room again, once the read models are at `position`. Many events in a row are one look.
    pub(crate) fn refresh(self: &Arc<Self>, room: &Arc<Room>, position: Position) {
        {
            let mut refresh = lock(&room.refresh);
            refresh.wanted = refresh.wanted.max(position);
            if std::mem::replace(&mut refresh.running, true) {
                return;
            }
        }
        let (hub, room) = (self.clone(), room.clone());
        tokio::spawn(async move {
            loop {
                let wanted = lock(&room.refresh).wanted;
                if hub.look(&room, wanted).await.is_err() {
                    // The read models are behind or can't be read: what is shown stays, and is looked at again.
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    if !room.forgotten(Instant::now()) {
                        continue;
                    }
                }
                let mut refresh = lock(&room.refresh);
                if refresh.wanted == wanted {
                    refresh.running = false;
                    return;
                }
            }
        });
    }

    async fn look(self: &Arc<Self>, room: &Room, position: Position) -> Result<(), String> {
        self.read
            .wait(position, Hub::PATIENCE)
            .await
            .map_err(|e| e.to_string())?;
        let Some(row) = self.read.live(room.live).await.map_err(|e| e.to_string())? else {
            return Ok(());
        };
        if let Some(session) = row.session {
            self.session_of(session, room.live);
        }
        *lock(&room.row) = Arc::new(row.clone());
        room.tell(position, self.told(&row));
        // The broadcaster's own restriction holds for whatever an encoder sends there.
        let there = match row.feed {
            Some(feed) => self
                .read
                .broadcaster(feed.broadcaster)
                .await
                .map_err(|e| e.to_string())?,
            None => None,
        };
        let access = Access::of(&row, there.is_some_and(|b| b.details.restricted));
        let before = std::mem::replace(&mut *lock(&room.access), access.clone());
        if access.door != before.door || access.groups != before.groups || access.closed && !before.closed {
            // Each is judged where it stands: whoever may still see it notices nothing, and thousands need not come back in one second.
            self.registry.judge_audience(room.live, &access.presenters);
        }
        if access.presenters != before.presenters {
            // Who still pilots it comes back.
            self.registry.close_consoles(room.live, CloseReason::Resume);
        }
        if self.registry.has_console(room.live) && room.set_console(crate::console::frame(self, &row).await?) {
            self.registry.ring_consoles(room.live, Call::Write);
        }
        Ok(())
    }
}
