//! Somebody or something stands still, and nobody else waits for it: read models, readers.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use amphi_checker::visitor::{Habits, Visitor as Client, until};
use amphi_checker::{History, Recorder, tally};
use amphi_events::Act;
use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::{MessageId, PersonId, SessionId};
use amphi_events::log::EventLog as _;
use amphi_events::relay::{Proof, RelayCommand, Way};

use crate::house::House;
use crate::journal::{Item, LAST};
use crate::room::Room;
use crate::wire::{Line, Status};
use crate::{Seat, TURNED_AWAY};

const SOON: Duration = Duration::from_secs(5);

fn habits(house: &House, address: SocketAddr, person: Option<PersonId>) -> Habits {
    Habits {
        name: "somebody".to_owned(),
        address,
        path: format!("/live/{}/ws", house.live),
        token: person.map(|p| p.to_string()),
        after: None,
        seed: 1,
        wait_ms: 5..60,
        silence: Duration::from_mins(1),
        receive_buffer: None,
    }
}

fn room(house: &House) -> Arc<Room> {
    house.hub.rooms().open.get(&house.live).cloned().expect("a room")
}

/// A line of some hundred bytes.
fn long(position: Position) -> Line {
    let id = MessageId(ulid::Ulid::from_parts(1, u128::from(position.0)));
    let text = "\u{1f393}".repeat(240);
    Line::encode(
        position,
        id,
        Time(1),
        "Ada",
        AuthorKind::Audience,
        &text,
        Status::Posted,
    )
}

/// News of a session that nobody knows, while the read models stand still, hold up no line; and are told once it is known.
#[tokio::test]
async fn read_models_that_stand_still_stop_no_chat() {
    let house = House::new().await;
    let address = house.open().await;
    let recorder = Recorder::default();
    let mut poster = Client::come(&recorder, habits(&house, address, Some(house.sources.id())));
    poster.post();
    assert!(until(SOON, || poster.stand().pending == 0).await);
    house.reading.abort();

    // As after a start in the middle of a session: what says whose it is came before.
    let (session, act): (SessionId, _) = (house.sources.id(), || Act::system("test", house.sources.now()));
    let (position, message) = house.newest_line().await;
    let told = [
        RelayCommand::Ask {
            message,
            position,
            answered: None,
        },
        RelayCommand::Relayed {
            message,
            proof: Proof::Answer,
        },
    ];
    for command in told {
        let relays = &house.aggregates.relays;
        relays.execute(session, command, act()).await.unwrap();
    }
    let before = house.log.head();
    poster.post();
    // Well within the patience with read models, which is two seconds and was spent three times for each of these.
    let told = until(Duration::from_millis(1_500), || poster.has(before.0 + 1)).await;
    assert!(told, "the chat stands still");
    let fates = |poster: &Client| {
        let clients = vec![poster.written()];
        tally(&History { clients }).fates
    };
    assert_eq!(fates(&poster), 0);

    let way = RelayCommand::SetWay {
        live: house.live,
        way: Way::Bbb,
        max_units: 500,
        max_bytes: 2_000,
        hooks: false,
    };
    house.aggregates.relays.execute(session, way, act()).await.unwrap();
    assert!(until(SOON, || fates(&poster) == 1).await, "what waited is not told");
}

/// Opens a websocket, and reads nothing at all; `after`: everything up to there is there already.
async fn reads_nothing(house: &House, address: SocketAddr, after: Option<u64>) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    let query = after.map(|at| format!("after={at}&epoch={}", house.log.identity().epoch));
    let query = query.unwrap_or_default();
    let head = format!(
        "GET /live/{}/ws?{query} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        house.live
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// A reader that never reads costs less than 64 KiB here, however much there is for it, and ends in `resume`.
#[tokio::test]
async fn who_never_reads_costs_little_and_is_told_to_come_back() {
    let house = House::new().await;
    let address = house.open().await;
    // A full state of long lines stands in the room when they come.
    let keeps = house.hub.enter(house.live, Seat::Console).await.unwrap().unwrap();
    let room = room(&house);
    let from = room.head().0;
    for n in 1..=6_000 {
        room.push(Position(from + n), Item::Line(long(Position(from + n))));
    }
    // Some are new, some come back, from the blocks and from the ring.
    let mut readers = vec![];
    for after in [None, None, Some(from + 70), Some(from + 100), Some(from + 5_990)] {
        readers.push(reads_nothing(&house, address, after).await);
    }
    let open = || house.hub.registry.some(|_| true);
    assert!(
        until(SOON, || open().len() == 5
            && open().iter().all(|s| s.stream().is_some()))
        .await
    );
    let (mut next, mut most) = (from + 6_000, 0);
    let sockets = open();
    // Until they are cut off; more than the ring holds, so that some of it comes from the blocks.
    while house.hub.metrics().blocked < 5 && next < from + 50_000 {
        for _ in 0..20 {
            next += 1;
            room.push(Position(next), Item::Line(long(Position(next))));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        for socket in &sockets {
            most = most.max(socket.holds());
        }
    }
    println!("{most} bytes held, {} lines", next - from);
    assert_eq!(house.hub.metrics().blocked, 5, "nobody is told to come back");
    assert!(most > 0, "nothing was held: it shows nothing");
    // What the program holds for it, besides the few KiB of a socket; and what the system holds.
    assert!(most < 56 << 10, "{most} bytes");
    for socket in &sockets {
        let system = socket2::SockRef::from(socket.stream().unwrap())
            .send_buffer_size()
            .unwrap();
        assert!(system <= 64 << 10, "{system} bytes in the system");
    }
    assert!(until(SOON, || open().is_empty()).await, "they are still here");
    drop((keeps, readers));
}

/// Nor does one who sends as much as may be sent, is refused each time, and reads none of it.
#[tokio::test]
async fn who_is_refused_and_never_reads_costs_little() {
    let house = House::new().await;
    let address = house.open().await;
    let mut reader = reads_nothing(&house, address, None).await;
    let open = || house.hub.registry.some(|_| true);
    assert!(until(SOON, || open().iter().any(|s| s.stream().is_some())).await);
    let sockets = open();
    // A stranger's, each with a name as long as a frame may be.
    let text = format!(r#"{{"t":"post","client_id":"{}","text":"x"}}"#, "n".repeat(15 << 10));
    let mut frame = vec![0x81, 0x80 | 0x7e];
    frame.extend((text.len() as u16).to_be_bytes());
    // Masked with nothing, which is a mask too.
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    let mut most = 0;
    for _ in 0..30 {
        reader.write_all(&frame).unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
        most = most.max(sockets[0].holds());
    }
    let heard = house.hub.metrics().frames_own;
    assert!(
        until(SOON, || house.hub.metrics().frames_own > 25).await,
        "{heard}: it was not refused that often"
    );
    most = most.max(sockets[0].holds());
    assert!(most < 8 << 10, "{most} bytes");
}

#[tokio::test]
async fn whoever_wrote_thousands_of_lines_is_told_the_newest_of_their_own() {
    let house = House::new().await;
    let _keeps = house.hub.enter(house.live, Seat::Console).await.unwrap().unwrap();
    let (room, person): (_, PersonId) = (room(&house), house.sources.id());
    let from = room.head().0;
    for n in 1..=6_000 {
        let line = long(Position(from + n));
        room.posted(person, &n.to_string(), line.id, Position(from + n));
        room.push(Position(from + n), Item::Line(line));
    }
    let taken = |n: u64| long(Position(from + n)).id;
    room.push(
        Position(from + 6_001),
        Item::Removed {
            ids: vec![taken(5_990)],
        },
    );
    let pairs = room.pairs(person);
    assert_eq!(pairs.len(), LAST);
    assert_eq!(pairs.last().unwrap(), &("6000".to_owned(), taken(6_000)));
    assert_eq!(pairs[0].0, (6_000 - LAST).to_string(), "one was taken away");
    assert!(pairs.iter().all(|(name, _)| name != "5990"));
}

#[tokio::test]
async fn there_are_so_many_places_for_those_who_are_turned_away() {
    let house = House::new().await;
    let address = house.open().await;
    house.full.store(true, Ordering::Relaxed);
    let all = house
        .hub
        .turning_away
        .clone()
        .try_acquire_many_owned(TURNED_AWAY as u32)
        .unwrap();
    let answer = |stream: TcpStream| {
        tokio::task::spawn_blocking(move || {
            let mut first = [0; 12];
            std::io::Read::read_exact(&mut { stream }, &mut first).unwrap();
            String::from_utf8_lossy(&first).into_owned()
        })
    };
    let stream = reads_nothing(&house, address, None).await;
    assert_eq!(answer(stream).await.unwrap(), "HTTP/1.1 503");
    drop(all);
    let stream = reads_nothing(&house, address, None).await;
    assert_eq!(answer(stream).await.unwrap(), "HTTP/1.1 101");
    assert_eq!(house.hub.metrics().shed_sockets, 2);
}

#[tokio::test]
async fn who_stands_at_the_door_is_no_audience() {
    let house = House::new().await;
    let place = house.hub.enter(house.live, Seat::Stranger).await.unwrap().unwrap();
    assert_eq!(house.hub.viewers(house.live), 0);
    drop(place);
    let mut place = house.hub.enter(house.live, Seat::Stranger).await.unwrap().unwrap();
    place.sit();
    place.sit();
    assert_eq!(house.hub.viewers(house.live), 1);
    drop(place);
    assert_eq!(house.hub.viewers(house.live), 0);
}
