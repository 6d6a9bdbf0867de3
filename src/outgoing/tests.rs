//! The client against servers that misbehave.

use std::time::{Duration, Instant};

use super::raw_server::{RawServer, Reply};
use super::{Call, Fate, HttpClient, OutError, Redirects, Settings, Trust};

fn client() -> HttpClient {
    let settings = Settings {
        connect: Duration::from_millis(500),
        ..Settings::default()
    };
    HttpClient::new(&settings).expect("client")
}

fn get(url: &str) -> Call {
    Call::get(url, Trust::Admin, Duration::from_millis(300), 1000)
}

async fn fails(url: &str) -> OutError {
    client().send(get(url)).await.expect_err("an error")
}

#[tokio::test]
async fn what_surely_did_not_leave() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
        listener.local_addr().expect("address")
    };
    assert!(matches!(
        fails(&format!("http://{closed}/")).await,
        OutError::Connect(_)
    ));
    assert!(matches!(
        fails("http://no-such-host.invalid/").await,
        OutError::Connect(_)
    ));
    // It waits for the end of an HTTP head that never comes: a handshake without an answer.
    let plain = RawServer::saying(Reply::xml("<a/>")).await;
    let tls = fails(&plain.base.replace("http://", "https://")).await;
    assert_eq!(tls.fate(), Fate::NotSent);
    for refused in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://2852039166/",
        "http://[::ffff:a9fe:a9fe]/",
    ] {
        assert_eq!(fails(refused).await, OutError::RefusedAddress, "{refused}");
    }
    for bad in ["ftp://h/", "file:///etc/passwd", "nonsense", "http://u:p@127.0.0.1/"] {
        assert_eq!(fails(bad).await, OutError::BadAddress, "{bad}");
    }
}

#[tokio::test]
async fn the_public_reaches_no_local_host_by_address_or_by_name() {
    let server = RawServer::saying(Reply::xml("<a/>")).await;
    let by_name = server.base.replace("127.0.0.1", "localhost");
    for url in [server.base.as_str(), by_name.as_str()] {
        let call = Call::get(url, Trust::Public, Duration::from_millis(300), 1000);
        assert_eq!(
            client().send(call).await.expect_err("refused"),
            OutError::RefusedAddress
        );
        assert!(client().send(get(url)).await.is_ok());
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_may_have_arrived_is_unknown_and_in_time() {
    for (reply, expected) in [
        (Reply::Hang, OutError::Timeout { sent: true }),
        (Reply::Drip, OutError::Timeout { sent: true }),
        (Reply::Reset, OutError::Broken),
        (
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort".to_vec()),
            OutError::Broken,
        ),
        (Reply::Raw(b"nonsense\r\n\r\n".to_vec()), OutError::Broken),
        (Reply::xml(&"x".repeat(1001)), OutError::TooLarge),
    ] {
        let server = RawServer::saying(reply.clone()).await;
        let begun = Instant::now();
        let error = fails(&server.base).await;
        assert_eq!(error, expected, "{reply:?}");
        assert_eq!(error.fate(), Fate::Unknown);
        assert!(begun.elapsed() < Duration::from_secs(3));
        assert_eq!(server.seen().len(), 1, "no call is repeated");
    }
}

#[tokio::test]
async fn redirects_are_followed_by_hand_on_the_same_host_only() {
    let target = RawServer::saying(Reply::xml("other")).await;
    let elsewhere = target.base.clone();
    let server = RawServer::start(move |request| {
        let to = if request.starts_with("GET /here ") {
            "/there".to_owned()
        } else if request.starts_with("GET /out ") {
            elsewhere.clone()
        } else if request.starts_with("GET /loop ") {
            "/loop".to_owned()
        } else {
            return Reply::xml("arrived");
        };
        Reply::Raw(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into_bytes(),
        )
    })
    .await;
    let at = |path: &str| get(&format!("{}{path}", server.base));
    let client = client();
    assert_eq!(client.send(at("/here")).await.expect("as it is").status, 302);
    let same = Redirects::SameHost(3);
    assert_eq!(
        &client.send(at("/here").redirects(same)).await.expect("followed").body[..],
        b"arrived"
    );
    for path in ["/out", "/loop"] {
        assert_eq!(
            client.send(at(path).redirects(same)).await.expect_err("refused"),
            OutError::Redirect
        );
    }
    assert!(target.seen().is_empty());
}

#[test]
fn nothing_printed_holds_a_query() {
    let call = get("http://127.0.0.1:1/bigbluebutton/api/join?checksum=abc&fullName=Awa");
    let printed = format!("{call:?}");
    assert!(printed.contains("127.0.0.1") && !printed.contains("abc") && !printed.contains("Awa"));
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = listener.local_addr().expect("address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt as _;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    let error = fails(&format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(error, OutError::Tls(_)), "{error:?}");
    assert_eq!(error.fate(), Fate::NotSent);
}
