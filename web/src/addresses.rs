//! Which addresses nothing of this house calls, whoever names them. Forms refuse them where they are literal, and the outgoing client
//! where a name leads there: the two had a list each, and a form kept what no call would ever be made to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Metadata services outside the link-local range: they give out a machine's credentials to any process
/// on it, so a server that can be made to call them gives those credentials away.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

/// What is reached by an address: an IPv4 address in IPv6 clothes reaches the IPv4 host.
pub fn reached(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => embedded_v4(v6).map_or(address, IpAddr::V4),
    }
}

/// Whether this address is called for nobody: link-local, a cloud's own services, none, or many at once.
pub fn never_called(address: IpAddr) -> bool {
    match reached(address) {
        IpAddr::V4(v4) => {
            v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || METADATA_V4.contains(&v4)
        }
        IpAddr::V6(v6) => {
            (v6.segments()[0] & 0xffc0) == 0xfe80
                || v6.is_unspecified()
                || v6.is_multicast()
                || METADATA_V6.contains(&v6)
        }
    }
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let mapped = parts[..5] == [0; 5] && parts[5] == 0xffff;
    let compatible = parts[..6] == [0; 6] && parts[6] != 0;
    let nat64 = parts[0] == 0x0064 && parts[1] == 0xff9b;
    if mapped || compatible || nat64 {
        return Some(joined(parts[6], parts[7]));
    }
    (parts[0] == 0x2002).then(|| joined(parts[1], parts[2]))
}
