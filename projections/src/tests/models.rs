//! Each model from a small history.

use amphi_events::chat::{AuthorKind, Chat, ChatEvent};
use amphi_events::gateway::{Gateway, GatewayEvent, Margins, Setup, TokenState};
use amphi_events::ids::{
    BroadcasterId, GatewayId, LiveId, MailId, MeetingId, MessageId, PersonId, ReservationId, SessionId,
};
use amphi_events::live::{Live, LiveEvent};
use amphi_events::mail::{About, Mail, MailEvent, Phase as MailPhase};
use amphi_events::meeting::{Details, Meeting, MeetingEvent};
use amphi_events::person::{Person, PersonEvent, Role};
use amphi_events::relay::{FailedWhy, Proof, Relay, RelayEvent};
use amphi_events::session::{EndedBy, Phase, Session, SessionEvent, Voice};
use amphi_events::{Position, Public, Time};

use super::{NOON, World, sealed};
use crate::{Hours, LineStatus};

#[tokio::test]
async fn meetings_are_found_by_who_presents_them() {
    let w = World::new(1);
    let read = w.open().await;
    let (id, owner, other): (MeetingId, PersonId, PersonId) = (w.id(), w.id(), w.id());
    let mut details = Details::new("Étude des sols", NOON, 3600, "Europe/Paris");
    details.additional_owners.push(other);
    w.tell::<Meeting>(
        id,
        vec![MeetingEvent::MeetingScheduled {
            elsewhere: None,
            owner,
            live: None,
            details: details.clone(),
        }],
    )
    .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(read.meetings_of(other).await.expect("rows").len(), 1);
    assert_eq!(read.all_meetings(None, 10, Some("éTUDE")).await.expect("rows").len(), 1);
    assert_eq!(read.all_meetings(None, 10, Some("%")).await.expect("rows").len(), 0);
    assert!(read.meetings_in_hand().await.expect("ids").is_empty());

    let third: PersonId = w.id();
    let over = MeetingEvent::MeetingHandedOver { to: third, stays: true };
    w.tell::<Meeting>(id, vec![over]).await;
    read.catch_up().await.expect("caught up");
    let row = read.meeting(id).await.expect("a row").expect("a meeting");
    assert_eq!((row.owner, row.details.additional_owners), (third, vec![other, owner]));
    assert_eq!(read.meetings_of(third).await.expect("rows").len(), 1);
    assert_eq!(
        read.meetings_in_hand().await.expect("ids"),
        [id],
        "the new owner is to be told"
    );
    let mail: MailId = w.id();
    let about = About::HandedOver {
        meeting: id,
        from: owner,
    };
    w.tell::<Mail>(mail, vec![MailEvent::MailRequested { to: Some(third), about }])
        .await;
    read.catch_up().await.expect("caught up");
    assert!(read.meetings_in_hand().await.expect("ids").is_empty());
    details.additional_owners.clear();
    let session: SessionId = w.id();
    w.tell::<Meeting>(
        id,
        vec![
            MeetingEvent::MeetingChanged { live: None, details },
            MeetingEvent::MeetingStartRequested {
                session,
                until: NOON.plus_s(60),
            },
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    assert!(read.meetings_of(other).await.expect("rows").is_empty());
    assert_eq!(read.meetings_in_hand().await.expect("ids"), [id]);
    let row = read.meeting(id).await.expect("a row").expect("a meeting");
    assert_eq!(
        (row.session, row.ending, row.position),
        (Some(session), false, w.head())
    );
    w.tell::<Meeting>(id, vec![MeetingEvent::MeetingSessionEnded { session }])
        .await;
    read.catch_up().await.expect("caught up");
    assert!(read.meetings_in_hand().await.expect("ids").is_empty());
}

#[tokio::test]
async fn a_webinar_is_in_hand_until_its_live_is_planned_as_it_says() {
    let w = World::new(2);
    let read = w.open().await;
    let (meeting, owner, live): (MeetingId, PersonId, LiveId) = (w.id(), w.id(), w.id());
    let mut details = Details::new("Webinar", NOON.plus_s(3600), 3600, "Europe/Paris");
    details.is_webinar = true;
    w.tell::<Meeting>(
        meeting,
        vec![MeetingEvent::MeetingScheduled {
            elsewhere: None,
            owner,
            live: Some(live),
            details: details.clone(),
        }],
    )
    .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(read.meetings_in_hand().await.expect("ids"), [meeting]);
    assert!(
        read.live(live).await.expect("a row").is_none(),
        "no live is shown before it is planned"
    );

    let planned = LiveEvent::LivePlanned {
        meeting: Some(meeting),
        owner,
        presenters: vec![],
        title: "Webinar".into(),
        starts_at: details.starts_at,
        ends_at: details.ends_at(),
        restricted: false,
    };
    w.tell::<Live>(live, vec![planned]).await;
    read.catch_up().await.expect("caught up");
    assert!(read.meetings_in_hand().await.expect("ids").is_empty());
    assert_eq!(read.lives_in_hand().await.expect("ids"), [live], "it has no gateway");
    assert_eq!(read.lives_of(owner).await.expect("rows").len(), 1);

    let reserved = LiveEvent::LiveGatewayReserved {
        gateway: w.id(),
        broadcaster: w.id(),
        reservation: w.id(),
        from: details.starts_at,
        to: details.ends_at(),
    };
    w.tell::<Live>(live, vec![reserved]).await;
    read.catch_up().await.expect("caught up");
    assert!(read.lives_in_hand().await.expect("ids").is_empty());
    assert_eq!(read.lives_now_and_next(NOON, 5).await.expect("rows").len(), 1);
    assert!(read.past_lives(NOON, None, 5).await.expect("rows").is_empty());
    let late = NOON.plus_s(9000);
    assert_eq!(read.past_lives(late, None, 5).await.expect("rows").len(), 1);
    assert!(
        read.past_lives(late, Some((details.ends_at(), live)), 5)
            .await
            .expect("rows")
            .is_empty()
    );

    w.tell::<Meeting>(meeting, vec![MeetingEvent::MeetingCancelled {}])
        .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(read.meetings_in_hand().await.expect("ids"), [meeting]);
    w.tell::<Live>(live, vec![LiveEvent::LiveCancelled {}]).await;
    read.catch_up().await.expect("caught up");
    assert!(read.meetings_in_hand().await.expect("ids").is_empty());
    assert_eq!(
        read.lives_in_hand().await.expect("ids"),
        [live],
        "its gateway is still held"
    );
}

/// Census M8: the reference kept who came, and never when they left; joins at the same time lost each other.
#[tokio::test]
async fn a_session_closes_the_stays_it_left_open() {
    let w = World::new(3);
    let read = w.open().await;
    let (id, meeting): (SessionId, MeetingId) = (w.id(), w.id());
    let joined = |who: &str, robot| SessionEvent::ParticipantJoined {
        who: who.to_owned(),
        moderator: true,
        robot,
        participant: sealed(b"p"),
    };
    w.tell::<Session>(
        id,
        vec![
            SessionEvent::SessionRequested {
                room: None,
                meeting,
                until: NOON,
            },
            SessionEvent::SessionOpened {
                create_time: 7,
                internal_id: "int-7".to_owned(),
                adopted: false,
            },
            joined("a", false),
            joined("b", true),
            SessionEvent::ParticipantLeft { who: "a".to_owned() },
            joined("a", false),
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let row = read
        .session_by_internal_id("int-7")
        .await
        .expect("a row")
        .expect("a session");
    assert_eq!(
        (row.id, row.phase, row.create_time, row.present.len()),
        (id, Phase::Open, Some(7), 2)
    );
    assert_eq!(read.sessions_in_hand().await.expect("ids"), [id]);
    w.clock.move_ms(5_000);
    w.tell::<Session>(
        id,
        vec![SessionEvent::SessionClosed {
            ended_by: EndedBy::Polling,
        }],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let stays = read.attendance(id).await.expect("stays");
    let left: Vec<_> = stays.iter().map(|s| (s.person.who.as_str(), s.left_at)).collect();
    let end = Some(NOON.plus_ms(5_000));
    assert_eq!(left, [("a", Some(NOON)), ("b", end), ("a", end)]);
    assert!(read.sessions_in_hand().await.expect("ids").is_empty());
    assert_eq!(
        read.sessions_of(meeting).await.expect("rows")[0].closed,
        Some((EndedBy::Polling, NOON.plus_ms(5_000)))
    );
}

#[tokio::test]
async fn how_people_take_part_is_as_was_seen_last_and_of_a_stay_that_is_over_stays() {
    let w = World::new(13);
    let read = w.open().await;
    let id: SessionId = w.id();
    let joined = |who: &str| SessionEvent::ParticipantJoined {
        who: who.to_owned(),
        moderator: false,
        robot: false,
        participant: sealed(b"p"),
    };
    let changed = |who: &str, presenter, voice, camera| SessionEvent::ParticipantChanged {
        who: who.to_owned(),
        moderator: presenter,
        presenter,
        voice,
        camera,
    };
    let left = |who: &str| SessionEvent::ParticipantLeft { who: who.to_owned() };
    w.tell::<Session>(
        id,
        vec![
            SessionEvent::SessionRequested {
                room: None,
                meeting: w.id(),
                until: NOON,
            },
            joined("a"),
            joined("b"),
            changed("a", true, Voice::Microphone, true),
            changed("b", false, Voice::Listening, false),
            left("a"),
            joined("a"),
            changed("b", false, Voice::None, true),
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let stays = read.attendance(id).await.expect("stays");
    let parts: Vec<_> = stays
        .iter()
        .map(|s| {
            let p = &s.person;
            (p.who.as_str(), p.moderator, p.presenter, p.voice, p.camera)
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("a", true, true, Voice::Microphone, true),
            ("b", false, false, Voice::None, true),
            ("a", false, false, Voice::None, false)
        ]
    );
    assert_eq!(stays[1].person.part().voice, Voice::None);
}

#[tokio::test]
async fn a_mail_that_was_put_off_waits_and_says_why_and_until_when() {
    let w = World::new(14);
    let read = w.open().await;
    let mail: MailId = w.id();
    let about = About::LiveFailed {
        live: w.id(),
        gateway: None,
    };
    let next = NOON.plus_s(60);
    let put_off = MailEvent::MailPutOff {
        why: "smtp_451".to_owned(),
        next,
    };
    w.tell::<Mail>(
        mail,
        vec![
            MailEvent::MailRequested { to: None, about },
            MailEvent::MailSendAsked {},
            put_off,
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let row = async || read.mail(mail).await.expect("a row").expect("a mail");
    let held = row().await;
    assert_eq!(
        (held.phase, held.tries, held.why.as_deref(), held.next),
        (MailPhase::Waiting, 1, Some("smtp_451"), Some(next))
    );
    assert_eq!(read.mails_in_hand().await.expect("ids"), [mail]);
    w.tell::<Mail>(mail, vec![MailEvent::MailSendAsked {}, MailEvent::MailSent {}])
        .await;
    read.catch_up().await.expect("caught up");
    let held = row().await;
    assert_eq!(
        (held.phase, held.tries, held.why, held.next),
        (MailPhase::Sent, 2, None, None)
    );
}

#[tokio::test]
async fn gateways_say_when_they_are_free() {
    let w = World::new(4);
    let read = w.open().await;
    let (g1, g2): (GatewayId, GatewayId) = (w.id(), w.id());
    let broadcaster: BroadcasterId = w.id();
    let setup = |name: &str| Setup {
        name: name.into(),
        broadcaster,
        server_url: "http://g".into(),
        rtmp_base: "rtmp://h/app".into(),
        gw_id: None,
        generation: None,
    };
    let (live, hold): (LiveId, ReservationId) = (w.id(), w.id());
    let (from, to) = (NOON, NOON.plus_s(3600));
    w.tell::<Gateway>(
        g1,
        vec![
            GatewayEvent::GatewayAdded { setup: setup("one") },
            GatewayEvent::GatewaySecretsSet {
                token: true,
                stream_key: true,
                default_token: true,
            },
            GatewayEvent::GatewayProbed {
                reachable: true,
                generation: None,
                token: TokenState::Good,
            },
            GatewayEvent::GatewayReserved {
                reservation: hold,
                live,
                from,
                to,
            },
        ],
    )
    .await;
    w.tell::<Gateway>(
        g2,
        vec![
            GatewayEvent::GatewayAdded { setup: setup("two") },
            GatewayEvent::GatewayRemoved {},
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let free = read
        .availability(from.plus_s(60), to.plus_s(60), Margins::NONE)
        .await
        .expect("rows");
    assert_eq!(free.len(), 1, "a removed gateway is not offered");
    assert_eq!(
        (free[0].free, free[0].held_by, free[0].held_until),
        (false, Some(live), Some(to))
    );
    assert!(
        read.availability(to, to.plus_s(60), Margins::NONE).await.expect("rows")[0].free,
        "half-open"
    );
    assert_eq!(read.next_free(600, from, 3, Margins::NONE).await.expect("starts"), [to]);
    let moved = from.plus_s(600);
    w.tell::<Gateway>(
        g1,
        vec![GatewayEvent::GatewayReservationMoved {
            reservation: hold,
            from: moved,
            to,
        }],
    )
    .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(
        read.next_free(600, from, 3, Margins::NONE).await.expect("starts"),
        [from, to]
    );
    // One that can't be told to start is never given to a live, so it is free for none.
    let mute: GatewayId = w.id();
    let blind = amphi_events::gateway::Setup {
        generation: Some(amphi_events::gateway::Generation::G5),
        ..setup("mute")
    };
    w.tell::<Gateway>(mute, vec![GatewayEvent::GatewayAdded { setup: blind.clone() }])
        .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(
        read.next_free(3600 * 12, from, 3, Margins::NONE).await.expect("starts"),
        [to],
        "mute"
    );
    let told = amphi_events::gateway::Setup {
        gw_id: Some("abc".into()),
        ..blind
    };
    w.tell::<Gateway>(mute, vec![GatewayEvent::GatewayChanged { setup: told }])
        .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(
        read.next_free(3600 * 12, from, 3, Margins::NONE).await.expect("starts"),
        [from, to],
        "told"
    );
    w.tell::<Gateway>(g1, vec![GatewayEvent::GatewayReservationReleased { reservation: hold }])
        .await;
    read.catch_up().await.expect("caught up");
    assert!(
        read.reservations_between(Time(0), Time(i64::MAX))
            .await
            .expect("rows")
            .is_empty()
    );
    assert_eq!(
        Hours::default().next_free(NOON, 60, 3),
        [],
        "where there is no gateway none is ever free"
    );
}

#[tokio::test]
async fn a_line_has_the_last_word_said_of_it() {
    let w = World::new(5);
    let read = w.open().await;
    let (live, session): (LiveId, SessionId) = (w.id(), w.id());
    let line = |who: &str, kind| ChatEvent::ChatMessagePosted {
        kind,
        who: who.to_owned(),
        author: sealed(b"a"),
        text: sealed(b"t"),
        units: 3,
        bytes: 4,
    };
    let mut posted = vec![ChatEvent::ChatOpened {}];
    posted.extend((0..5).map(|n| line(if n == 0 { "me" } else { "you" }, AuthorKind::Audience)));
    posted.push(line("room", AuthorKind::Room));
    let ids: Vec<MessageId> = w
        .tell::<Chat>(live, posted)
        .await
        .into_iter()
        .skip(1)
        .map(|e| MessageId(e.0))
        .collect();
    w.tell::<Relay>(
        session,
        vec![
            RelayEvent::ChatMessageRelayed {
                message: ids[0],
                proof: Proof::Answer,
            },
            RelayEvent::ChatRelayUnknown { message: ids[1] },
            RelayEvent::ChatRelayFailed {
                message: ids[2],
                position: Position(1),
                why: FailedWhy::Refused,
            },
            RelayEvent::ChatRelayLate {
                messages: vec![ids[3], ids[4]],
                position: Position(1),
            },
            RelayEvent::ChatMessageRelayed {
                message: ids[1],
                proof: Proof::Echo,
            },
        ],
    )
    .await;
    w.tell::<Chat>(live, vec![ChatEvent::ChatMessageRemoved { message: ids[4] }])
        .await;
    read.catch_up().await.expect("caught up");
    let lines = read.chat_after(live, Position(0), 100).await.expect("lines");
    let status: Vec<_> = lines.iter().map(|l| l.status).collect();
    use LineStatus as S;
    assert_eq!(status, [S::Relayed, S::Relayed, S::Failed, S::Late, S::Late, S::Posted]);
    assert_eq!(lines[2].why, Some(FailedWhy::Refused));
    assert_eq!(
        (lines[4].removed, lines[3].removed, lines[0].cause.as_str()),
        (true, false, "why")
    );
    assert_eq!(
        (lines[0].author.clone(), lines[0].units, lines[0].bytes),
        (sealed(b"a"), 3, 4)
    );
    assert_eq!(read.mine(live, "me").await.expect("ids"), [ids[0]]);
    let relay = read.chat_to_relay(live, lines[0].position, 10).await.expect("lines");
    assert!(relay.is_empty(), "each has an outcome, or is the room's own");
    assert_eq!(read.chat_last(live, 2).await.expect("lines"), lines[4..]);
    assert_eq!(
        read.chat_before(live, lines[2].position, 1).await.expect("lines"),
        lines[1..2]
    );
    assert_eq!(read.chat_line(ids[3]).await.expect("a line").as_ref(), Some(&lines[3]));
    let late = w
        .tell::<Chat>(
            live,
            vec![line("me", AuthorKind::Presenter), line("room", AuthorKind::Room)],
        )
        .await;
    read.catch_up().await.expect("caught up");
    let relay = read.chat_to_relay(live, Position(0), 10).await.expect("lines");
    assert_eq!(relay.iter().map(|l| l.id).collect::<Vec<_>>(), [MessageId(late[0].0)]);
}

#[tokio::test]
async fn who_is_banned_from_which_chat() {
    let w = World::new(8);
    let read = w.open().await;
    let (live, other): (LiveId, LiveId) = (w.id(), w.id());
    let ban = |who: &str, message| ChatEvent::ChatPersonBanned {
        who: who.to_owned(),
        person: sealed(b"a"),
        by: sealed(b"m"),
        reason: (who == "b").then(|| sealed(b"r")),
        message: (who == "b").then_some(message),
    };
    let unban = |who: &str| ChatEvent::ChatPersonUnbanned { who: who.to_owned() };
    let line: MessageId = w.id();
    // All in one batch: each is banned, let in again, banned again before the tables hear of it.
    let ids = w
        .tell::<Chat>(
            live,
            vec![
                ban("a", line),
                ban("b", line),
                unban("a"),
                ban("c", line),
                unban("b"),
                ban("b", line),
            ],
        )
        .await;
    w.tell::<Chat>(other, vec![ban("a", line)]).await;
    read.catch_up().await.expect("caught up");
    let bans = read.bans(live).await.expect("bans");
    assert_eq!(
        bans.iter().map(|b| (&*b.who, b.id)).collect::<Vec<_>>(),
        [("b", ids[5]), ("c", ids[3])],
        "the newest first"
    );
    assert_eq!(
        (bans[0].live, bans[0].person.clone(), bans[0].by.clone()),
        (live, sealed(b"a"), sealed(b"m"))
    );
    let why = |n: usize| (bans[n].reason.clone(), bans[n].message);
    assert_eq!(
        (why(0), why(1)),
        ((Some(sealed(b"r")), Some(line)), (None, None)),
        "for a line and with a reason, or for neither"
    );
    for (of, who, banned) in [
        (live, "a", false),
        (live, "b", true),
        (other, "a", true),
        (other, "b", false),
    ] {
        let found = read.ban(of, who).await.expect("an answer");
        assert_eq!(found.map(|b| (b.live, b.who)), banned.then(|| (of, who.to_owned())));
    }
    let asked = [(live, "b".to_owned()), (live, "a".to_owned()), (other, "a".to_owned())];
    assert_eq!(read.bans_of(&asked).await.expect("bans").len(), 2);
    assert!(read.bans_of(&[]).await.expect("bans").is_empty());
    w.tell::<Chat>(live, vec![unban("b"), unban("c")]).await;
    read.catch_up().await.expect("caught up");
    assert!(read.bans(live).await.expect("bans").is_empty());
    assert!(
        read.ban(other, "a").await.expect("an answer").is_some(),
        "another live's"
    );
}

#[tokio::test]
async fn people_mails_and_broadcasters() {
    use amphi_events::broadcaster::{Broadcaster, BroadcasterEvent};
    let w = World::new(6);
    let read = w.open().await;
    let (a, b): (PersonId, PersonId) = (w.id(), w.id());
    let added = |role| PersonEvent::PersonAdded {
        role,
        profile: sealed(b"profile"),
    };
    w.tell::<Person>(a, vec![added(Role::Administrator)]).await;
    w.tell::<Person>(
        b,
        vec![
            added(Role::User),
            PersonEvent::PersonRoleChanged {
                role: Role::Administrator,
            },
            PersonEvent::PersonErased {},
        ],
    )
    .await;
    let mail: MailId = w.id();
    w.tell::<Mail>(
        mail,
        vec![MailEvent::MailRequested {
            to: Some(a),
            about: About::LiveFailed {
                live: w.id(),
                gateway: None,
            },
        }],
    )
    .await;
    let place: BroadcasterId = w.id();
    let named = |n: &str| (Public(n.to_owned()), Public("https://x/y.m3u8".to_owned()));
    let ((name, hls_url), (name2, hls_url2)) = (named("one"), named("two"));
    w.tell::<Broadcaster>(
        place,
        vec![
            BroadcasterEvent::BroadcasterAdded { name, hls_url },
            BroadcasterEvent::BroadcasterChanged {
                name: name2,
                hls_url: hls_url2,
            },
        ],
    )
    .await;
    read.catch_up().await.expect("caught up");
    assert_eq!(
        read.administrators().await.expect("ids"),
        [a],
        "an erased one hears of nothing"
    );
    assert!(read.person(b).await.expect("a row").expect("a person").erased);
    assert_eq!(read.people_by_ids(&[a, b, w.id()]).await.expect("rows").len(), 2);
    assert_eq!(read.mails_in_hand().await.expect("ids"), [mail]);
    w.tell::<Mail>(mail, vec![MailEvent::MailSendAsked {}, MailEvent::MailUnknown {}])
        .await;
    read.catch_up().await.expect("caught up");
    assert!(read.mails_in_hand().await.expect("ids").is_empty());
    assert_eq!(
        read.mail(mail).await.expect("a row").expect("a mail").phase,
        MailPhase::Unknown
    );
    assert_eq!(
        read.broadcaster(place)
            .await
            .expect("a row")
            .expect("a broadcaster")
            .name,
        "two"
    );
}
