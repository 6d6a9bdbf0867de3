//! The client against answers that real servers give on bad days.

use std::time::Duration;

use secrecy::SecretString;

use super::{BbbClient, BbbError, BbbTimes, ChatError, CreateRoom, Digest, EndOutcome, SecretCheck, Unavailable};
use crate::outgoing::raw_server::{RawServer, Reply};
use crate::outgoing::{Fate, HttpClient, OutError, Settings};

fn client(base: &str) -> BbbClient {
    let http = HttpClient::new(&Settings {
        connect: Duration::from_millis(200),
        ..Settings::default()
    })
    .expect("client");
    let short = Duration::from_millis(300);
    BbbClient::new(
        base,
        SecretString::from("s3cr3t-for-test-vectors-0001"),
        Digest::Sha256,
        http,
    )
    .expect("base")
    .with_times(BbbTimes {
        read: short,
        create: short,
    })
}

fn failed(key: &str) -> Reply {
    Reply::xml(&format!(
        "<response><returncode>FAILED</returncode><messageKey>{key}</messageKey><message>words</message></response>"
    ))
}

fn hostile() -> Vec<Reply> {
    vec![
        Reply::html(502),
        Reply::html(200),
        Reply::Http(200, "text/xml", String::new()),
        Reply::xml("<response><returncode>SUCCESS</returncode><meetings>"),
        Reply::xml("<response><messageKey>notFound</messageKey></response>"),
        Reply::Http(200, "application/json", r#"{"response":{"returncode":"FAILED","messageKey":"notFound"}}"#.to_owned()),
        Reply::Hang,
        Reply::Reset,
        Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<response><returncode>FAILED</returncode><messageKey>notFound</messageKey>".to_vec()),
    ]
}

#[tokio::test]
async fn trouble_is_never_read_as_the_end_of_a_meeting() {
    for reply in hostile() {
        let server = RawServer::saying(reply.clone()).await;
        let bbb = client(&server.base);
        for error in [
            bbb.meeting_info("room-42").await.expect_err("no answer"),
            bbb.meetings().await.expect_err("no answer"),
            bbb.end("room-42").await.expect_err("no answer"),
        ] {
            assert!(
                matches!(error, BbbError::Unavailable { .. }),
                "{reply:?} gave {error:?}"
            );
            assert_eq!(error.fate(), Fate::Unknown);
        }
        assert_eq!(
            bbb.send_chat("room-42", "Ada (direct)", "oui").await,
            Err(ChatError::Unknown),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_well_formed_not_found_is_the_only_no() {
    let server = RawServer::saying(failed("notFound")).await;
    let bbb = client(&server.base);
    assert_eq!(bbb.meeting_info("room-42").await, Ok(None));
    assert_eq!(bbb.end("room-42").await, Ok(EndOutcome::AlreadyGone));
    let request = &server.seen()[0];
    assert!(request.starts_with("GET /bigbluebutton/api/getMeetingInfo?meetingID=room-42&checksum="));
    assert!(request.to_ascii_lowercase().contains("accept: application/xml, */*"));
    for key in ["checksumError", "apiNotEnabled", "internalError", ""] {
        let server = RawServer::saying(failed(key)).await;
        let error = client(&server.base).meeting_info("room-42").await.expect_err("refused");
        assert_eq!(error.key(), Some(key));
    }
}

#[tokio::test]
async fn the_query_is_sent_as_it_was_hashed() {
    let server = RawServer::saying(Reply::xml(
        "<response><returncode>SUCCESS</returncode><messageKey></messageKey><message></message></response>",
    ))
    .await;
    let bbb = client(&server.base);
    bbb.send_chat("room-42", "Lecteur", "Bonjour à tous 👋")
        .await
        .expect("sent");
    let line = server.seen()[0].lines().next().expect("line").to_owned();
    assert_eq!(
        line,
        "GET /bigbluebutton/api/sendChatMessage?meetingID=room-42&message=Bonjour%20%C3%A0%20tous%20%F0%9F%91%8B&userName=Lecteur&checksum=df2bd93f439a5153d977ede99278561bdb5d4a0d7e7a30f569d3267786b36c48 HTTP/1.1"
    );
    bbb.send_chat("room-42", "L'été \"x\" <y>~|", "a'b`c{d}")
        .await
        .expect("sent");
    let line = server.seen()[1].lines().next().expect("line").to_owned();
    assert!(line.contains("message=a%27b%60c%7Bd%7D&userName=L%27%C3%A9t%C3%A9%20%22x%22%20%3Cy%3E~%7C&checksum="));
}

#[tokio::test]
async fn each_refusal_of_a_chat_line_has_its_meaning() {
    for (reply, expected) in [
        (failed("meetingNotFound"), ChatError::RoomEmpty),
        (failed("unsupportedRequest"), ChatError::Unsupported),
        (Reply::html(404), ChatError::Unsupported),
        (
            failed("validationError"),
            ChatError::Refused("validationError".to_owned()),
        ),
        (Reply::html(429), ChatError::NotSent(Unavailable::Status(429))),
    ] {
        let server = RawServer::saying(reply).await;
        assert_eq!(client(&server.base).send_chat("r", "Ada", "oui").await, Err(expected));
    }
    let bbb = client("http://127.0.0.1:1");
    assert!(matches!(
        bbb.send_chat("r", "Ada", "oui").await,
        Err(ChatError::NotSent(Unavailable::Network(OutError::Connect(_))))
    ));
    assert_eq!(
        bbb.send_chat("r", "Ada", &"é".repeat(501)).await,
        Err(ChatError::TooLong)
    );
    assert!(matches!(
        bbb.send_chat("r", "Ada", "a\nb").await,
        Err(ChatError::Refused(_))
    ));
}

#[tokio::test]
async fn answers_are_read_by_name() {
    let server = RawServer::start(|request| {
        if request.contains("/api/create?") {
            Reply::xml("<response><returncode>SUCCESS</returncode><meetingID>room-42</meetingID><internalMeetingID>6fea-1700000000000</internalMeetingID><createTime>1700000000000</createTime><hasUserJoined>false</hasUserJoined><messageKey>duplicateWarning</messageKey></response>")
        } else if request.contains("/getMeetingInfo?") {
            Reply::xml("<response><isBreakout>false</isBreakout><returncode>SUCCESS</returncode><createTime>1700000000000</createTime><internalMeetingID>i</internalMeetingID><running>true</running><participantCount>1,002</participantCount><moderatorCount>1</moderatorCount><attendees><attendee><userID>u-7</userID><fullName>Awa &lt;D.&gt;</fullName><role>MODERATOR</role><isPresenter>true</isPresenter><customdata><team>north</team></customdata></attendee></attendees></response>")
        } else if request.contains("/getMeetings?") {
            Reply::xml("<response><returncode>SUCCESS</returncode><meetings/><messageKey>noMeetings</messageKey></response>")
        } else if request.contains("/hooks/create?") {
            Reply::xml("<response><returncode>SUCCESS</returncode><hookID>17</hookID><permanentHook>false</permanentHook><rawData>false</rawData></response>")
        } else {
            Reply::html(404)
        }
    })
    .await;
    let bbb = client(&server.base);
    let room = CreateRoom {
        id: "room-42".into(),
        name: "Cours".into(),
        ..CreateRoom::default()
    };
    let created = bbb.create(&room).await.expect("created");
    assert!(created.duplicate && created.create_time == 1_700_000_000_000);
    let info = bbb.meeting_info("room-42").await.expect("info").expect("there");
    assert_eq!((info.participants, info.running), (1002, true));
    assert_eq!(info.attendees[0].name, "Awa <D.>");
    assert!(info.attendees[0].moderator);
    assert_eq!(bbb.meetings().await, Ok(Vec::new()));
    let hook = bbb
        .hooks_create("https://a/h", "room-42", &["user-joined"])
        .await
        .expect("hook");
    assert_eq!(hook.id, "17");
    let signed = server.seen().pop().expect("request");
    let checksum = signed
        .split("checksum=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("checksum");
    assert_eq!(checksum.len(), 40, "hooks are signed with SHA-1");
    assert!(bbb.hooks_list(None).await.expect_err("not installed").is_unsupported());
}

#[tokio::test]
async fn a_secret_is_good_wrong_or_good_under_another_digest() {
    let picky = RawServer::start(|request| {
        let checksum = request
            .split("checksum=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next())
            .unwrap_or_default();
        if checksum.len() == 40 {
            Reply::xml("<response><returncode>SUCCESS</returncode><running>false</running></response>")
        } else {
            failed("checksumError")
        }
    })
    .await;
    assert_eq!(
        client(&picky.base).check_secret().await,
        Ok(SecretCheck::OtherDigest(Digest::Sha1))
    );
    let wrong = RawServer::saying(failed("checksumError")).await;
    assert_eq!(client(&wrong.base).check_secret().await, Ok(SecretCheck::Wrong));
    let down = RawServer::saying(Reply::html(502)).await;
    assert!(client(&down.base).check_secret().await.is_err());
}
