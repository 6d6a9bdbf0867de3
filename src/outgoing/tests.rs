//! The client against servers that misbehave.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

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

/// A certificate of this machine in `leaf.pem` with its key in `leaf.key`, and in `ca.pem` an authority that nobody else knows of.
fn certificate(folder: &Path) {
    let extension = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
    std::fs::write(folder.join("leaf.ext"), extension).expect("written");
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for step in [
        format!("req -x509 {new} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"),
        format!("req {new} -subj /CN=gateway -keyout leaf.key -out leaf.csr"),
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out leaf.pem"
            .to_owned(),
    ] {
        let mut openssl = std::process::Command::new("openssl");
        let made = openssl
            .args(step.split(' '))
            .current_dir(folder)
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{step}: {made:?}");
    }
}

/// A server that speaks TLS under that certificate; its address and what it was asked.
fn with_tls(folder: &Path) -> (String, Arc<Mutex<Vec<String>>>) {
    let chain = vec![CertificateDer::from_pem_file(folder.join("leaf.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(folder.join("leaf.key")).expect("a key");
    super::tls::ring();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(chain, key).expect("a server"));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let base = format!("https://{}/start", listener.local_addr().expect("address"));
    let seen = Arc::new(Mutex::new(vec![]));
    let log = seen.clone();
    std::thread::spawn(move || {
        while let Ok((tcp, _)) = listener.accept() {
            let server = rustls::ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = rustls::StreamOwned::new(server, tcp);
            let mut head = [0_u8; 4096];
            let Ok(read @ 1..) = stream.read(&mut head) else {
                continue;
            };
            let asked = String::from_utf8_lossy(&head[..read]).into_owned();
            log.lock().expect("lock").push(asked);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            let _ = stream.flush();
        }
    });
    (base, seen)
}

/// Census W8: gateways were called whatever their certificate, and whoever stood in between was given the token.
#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_told_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    certificate(folder.path());
    let (base, seen) = with_tls(folder.path());
    let call = || get(&base).bearer(secrecy::SecretString::from("a-token"));
    let error = client().send(call()).await.expect_err("refused");
    assert!(matches!(error, OutError::Tls(_)), "{error:?}");
    assert_eq!(error.fate(), Fate::NotSent);
    assert_eq!(*seen.lock().expect("lock"), Vec::<String>::new());
    // The same server, once its authority is known.
    let settings = Settings {
        extra_ca_pem: Some(std::fs::read(folder.path().join("ca.pem")).expect("a certificate")),
        ..Settings::default()
    };
    let trusting = HttpClient::new(&settings).expect("client");
    let answer = trusting.send(call()).await.expect("an answer");
    assert_eq!((answer.status, &answer.body[..]), (200, &b"ok"[..]));
    assert!(seen.lock().expect("lock")[0].contains("Bearer a-token"));
}
