//! Which addresses may be called. Checked on literal addresses before the call and on resolved ones at connect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_web::addresses::{never_called, reached};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::error::RefusedByPolicy;

/// Who gave the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// An administrator: private and loopback addresses are fine, link-local and metadata ones never.
    Admin,
    /// Anybody else: only addresses of the public internet.
    Public,
}

/// Whether this address is never called on that trust. Judged is what it reaches.
pub fn refused(address: IpAddr, trust: Trust) -> bool {
    let global = || match reached(address) {
        IpAddr::V4(v4) => global_v4(v4),
        IpAddr::V6(v6) => global_v6(v6),
    };
    never_called(address) || (trust == Trust::Public && !global())
}

fn global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b)) // shared by carriers
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // retired relay range
        || (a == 198 && (b == 18 || b == 19)); // benchmarks
    !special
}

fn global_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    // Only 2000::/3 is given out; inside it the documentation and protocol ranges are not hosts.
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && s[1] < 0x0200)
        && !(s[0] == 0x2001 && s[1] == 0x0db8)
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

/// The resolver of the outgoing client: keeps only the addresses that the policy allows.
pub(super) struct PolicyResolver(pub(super) Trust);

impl Resolve for PolicyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let trust = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| !refused(address.ip(), trust))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(RefusedByPolicy.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn an_administrator_may_name_private_hosts_but_never_link_local_or_metadata() {
        for fine in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "::1",
            "fd12::5",
            "8.8.8.8",
            "2a00:1450::1",
        ] {
            assert!(!refused(ip(fine), Trust::Admin), "{fine}");
        }
        for never in [
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "febf::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "100.100.100.200",
            "168.63.129.16",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
        ] {
            assert!(refused(ip(never), Trust::Admin), "{never}");
            assert!(refused(ip(never), Trust::Public), "{never}");
        }
    }

    #[test]
    fn the_public_may_name_only_global_addresses() {
        for fine in [
            "8.8.8.8",
            "193.49.1.1",
            "2a00:1450::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(!refused(ip(fine), Trust::Public), "{fine}");
        }
        for never in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "240.0.0.1",
            "0.1.2.3",
            "::1",
            "fd12::5",
            "fec0::1",
            "2001:db8::1",
            "2001::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(refused(ip(never), Trust::Public), "{never}");
        }
    }
}
