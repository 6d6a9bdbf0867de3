//! Where a request comes from. `X-Forwarded-For` is believed only as far as listed proxies wrote it: else
//! anybody would choose the address that throttles count (design §5).

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::Web;

/// A block of addresses, such as `10.0.0.0/8`; a bare address is a block of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    base: u128,
    bits: u32,
}

/// An address as a number, IPv4 as IPv4-mapped IPv6, so that one comparison serves both.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Block {
    /// Reads `address` or `address/bits`; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((a, b)) => (a, Some(b.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (widest, shift) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(widest);
        (bits <= widest).then(|| Self {
            base: number(address),
            bits: bits + shift,
        })
    }

    /// Whether the address lies in the block.
    pub fn holds(&self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        shift == 128 || (self.base >> shift) == (number(address) >> shift)
    }
}

fn trusted(proxies: &[String], address: IpAddr) -> bool {
    proxies.iter().filter_map(|p| Block::parse(p)).any(|b| b.holds(address))
}

/// An address that was forwarded, with or without a port or brackets.
fn forwarded(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|s| s.ip()))
        .or_else(|| text.trim_matches(['[', ']']).parse().ok())
}

/// The client's address: the peer, or, where the peer is a listed proxy, the last address in `X-Forwarded-For`
/// that is no listed proxy. What stands left of an entry that can't be read is not believed.
pub fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[String]) -> IpAddr {
    let mut at = peer.to_canonical();
    if proxies.is_empty() || !trusted(proxies, at) {
        return at;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    for hop in hops.iter().rev() {
        let Some(address) = forwarded(hop) else { return at };
        at = address.to_canonical();
        if !trusted(proxies, at) {
            return at;
        }
    }
    at
}

/// What one household or machine has: an IPv4 address, or the /64 of an IPv6 address, as its first.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::from((v6.to_bits() & !u128::from(u64::MAX)).to_be_bytes()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// What throttles count by: the [`network`], as text.
pub fn throttle_key(address: IpAddr) -> String {
    match network(address) {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

/// The client's address, as an extractor.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        Ok(Self(client(peer, &parts.headers, &web.settings.trusted_proxies)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(xff: &str) -> HeaderMap {
        let mut h = HeaderMap::new();
        h.insert("x-forwarded-for", xff.parse().unwrap());
        h
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_listed_proxies_are_believed() {
        let proxies = vec!["10.0.0.0/8".to_owned(), "::1".to_owned()];
        let h = headers("6.6.6.6, 203.0.113.9, 10.1.1.1");
        assert_eq!(
            client(ip("198.51.100.1"), &h, &proxies),
            ip("198.51.100.1"),
            "a stranger's header is ignored"
        );
        assert_eq!(
            client(ip("10.0.0.1"), &h, &proxies),
            ip("203.0.113.9"),
            "the last that is no proxy"
        );
        assert_eq!(
            client(ip("::ffff:10.0.0.1"), &h, &proxies),
            ip("203.0.113.9"),
            "mapped addresses are the same"
        );
        assert_eq!(client(ip("10.0.0.1"), &h, &[]), ip("10.0.0.1"), "no list, no belief");
        assert_eq!(
            client(ip("10.0.0.1"), &headers("1.2.3.4, rubbish"), &proxies),
            ip("10.0.0.1")
        );
        assert_eq!(
            client(ip("10.0.0.1"), &headers("203.0.113.9:4711"), &proxies),
            ip("203.0.113.9")
        );
    }

    #[test]
    fn blocks() {
        assert!(Block::parse("0.0.0.0/0").unwrap().holds(ip("9.9.9.9")));
        assert!(!Block::parse("10.0.0.0/8").unwrap().holds(ip("11.0.0.0")));
        assert!(Block::parse("2001:db8::/32").unwrap().holds(ip("2001:db8:1::1")));
        assert!(Block::parse("10.0.0.0/33").is_none());
        assert_eq!(network(ip("2001:db8:1:2:3::4")), ip("2001:db8:1:2::"));
        assert_eq!(network(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
        assert_eq!(throttle_key(ip("2001:db8:1:2:3::4")), "2001:db8:1:2::/64");
    }
}
