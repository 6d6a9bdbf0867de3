//! One line on a Redis channel (gateway contract §6.2), by the same rules as every other call: a deadline, addresses checked at connect,
//! nothing sent twice.

use std::net::SocketAddr;
use std::time::Duration;

use redis::io::AsyncDNSResolver;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisFuture};

use super::address::{Trust, refused};

/// The port of a Redis server.
const PORT: u16 = 6379;
/// Longest wait for a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// What a line came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The server took it, and so many subscribers were handed it.
    Heard(u64),
    /// Surely nobody heard it.
    NotSent(String),
    /// Nobody knows.
    Unknown(String),
}

/// The host in `redis://host[:port]`.
pub fn host(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    match rest.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// Names are looked up here, and judged at the moment of connecting.
struct Policy;

impl AsyncDNSResolver for Policy {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| !refused(address.ip(), Trust::Admin))
                .collect();
            if allowed.is_empty() {
                // The library takes an address for granted, and panics without one.
                let refused = std::io::Error::new(std::io::ErrorKind::PermissionDenied, "address refused");
                return Err(refused.into());
            }
            let all: Box<dyn Iterator<Item = SocketAddr> + Send + 'a> = Box::new(allowed.into_iter());
            Ok(all)
        })
    }
}

/// Publishes one line, once.
pub async fn publish(server: &str, channel: &str, line: &str, deadline: Duration) -> Published {
    super::tls::ring();
    let connected = tokio::time::timeout(CONNECT.min(deadline), connect(server)).await;
    let mut connection = match connected {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return Published::NotSent(code(&error)),
        Err(_) => return Published::NotSent("no connection in time".to_owned()),
    };
    let mut command = redis::cmd("PUBLISH");
    command.arg(channel).arg(line);
    match tokio::time::timeout(deadline, command.query_async::<u64>(&mut connection)).await {
        Ok(Ok(heard)) => Published::Heard(heard),
        // The server said no: a password is wanted, it is read-only, its memory is full.
        Ok(Err(error)) if error.code().is_some() => Published::NotSent(code(&error)),
        Ok(Err(error)) => Published::Unknown(code(&error)),
        Err(_) => Published::Unknown("no answer in time".to_owned()),
    }
}

async fn connect(server: &str) -> Result<redis::aio::MultiplexedConnection, RedisError> {
    let with_port = match server.rsplit_once(':') {
        // The colon of the scheme, or one inside a literal address.
        Some((_, rest)) if rest.starts_with("//") || rest.contains(']') => format!("{server}:{PORT}"),
        _ => server.to_owned(),
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(None)
        .set_dns_resolver(Policy);
    Client::open(with_port)?
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

/// For people: what sort of error, never its own text, which may repeat what was sent.
fn code(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("Redis says {code}"),
        None => format!("Redis: {:?}", error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_and_without_a_port() {
        for (server, name) in [
            ("redis://redis", "redis"),
            ("rediss://r.univ.example:6380", "r.univ.example"),
            ("redis://[::1]:6379", "::1"),
            ("redis://[::1]", "::1"),
        ] {
            assert_eq!(host(server), name);
        }
    }

    #[tokio::test]
    async fn an_address_that_is_never_called_is_not_called() {
        let said = publish("redis://169.254.169.254", "c", "l", Duration::from_secs(2)).await;
        assert!(matches!(said, Published::NotSent(_)), "{said:?}");
        let gone = publish("redis://127.0.0.1:1", "c", "l", Duration::from_secs(2)).await;
        assert!(matches!(gone, Published::NotSent(_)), "{gone:?}");
    }
}
