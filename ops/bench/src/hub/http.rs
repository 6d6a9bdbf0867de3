//! The few requests that the driver makes itself, on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request, its answer's body where it is 2xx. `head` has lines that end in `\r\n`.
pub async fn ask(address: SocketAddr, method: &str, path: &str, head: &str, body: &str) -> anyhow::Result<String> {
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n{body}",
        body.len()
    );
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), talk)
        .await
        .with_context(|| format!("{method} {path}: no answer"))??;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer of HTTP")?;
    let code = head.split(' ').nth(1).unwrap_or_default();
    if !code.starts_with('2') {
        bail!("{method} {path}: {code} {body}");
    }
    Ok(body.to_owned())
}
