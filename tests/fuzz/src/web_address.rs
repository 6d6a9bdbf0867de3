//! What a request says of itself: where it comes from, where it wants to go, which cookie it names.

use std::net::IpAddr;

use amphi_web::auth::address::{Block, client, throttle_key};
use amphi_web::pages::account::next::same_site;
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

/// See the module.
pub fn check(data: &[u8]) {
    origins(data);
    let Ok(text) = str::from_utf8(data) else { return };
    blocks(text);
    next(text);
}

fn origins(header: &[u8]) {
    let mut headers = HeaderMap::new();
    // Several headers of the name, as chains of proxies send them.
    for line in header.split(|b| *b == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else {
            return;
        };
        headers.append("x-forwarded-for", value);
    }
    let proxies = [
        "10.0.0.0/8".to_owned(),
        "2001:db8::/32".to_owned(),
        "rubbish".to_owned(),
    ];
    let stranger: IpAddr = "198.51.100.1".parse().expect("an address");
    assert_eq!(
        client(stranger, &headers, &proxies),
        stranger,
        "a stranger's header is not believed"
    );
    let proxy: IpAddr = "::ffff:10.0.0.1".parse().expect("an address");
    let seen = client(proxy, &headers, &proxies);
    assert_eq!(seen, seen.to_canonical(), "one host has one address");
    assert_eq!(client(proxy, &headers, &[]), proxy.to_canonical(), "no list, no belief");
    let key = throttle_key(seen);
    assert!(key.len() <= 45);
    assert_eq!(key.ends_with("::/64"), seen.is_ipv6());
    // More entries to the left never change what trusted proxies wrote to the right of them, unless all of it is theirs.
    if !Block::parse("10.0.0.0/8").is_some_and(|b| b.holds(seen))
        && !Block::parse("2001:db8::/32").is_some_and(|b| b.holds(seen))
    {
        let mut longer = HeaderMap::new();
        longer.append("x-forwarded-for", HeaderValue::from_static("203.0.113.77"));
        for value in headers.get_all("x-forwarded-for") {
            longer.append("x-forwarded-for", value.clone());
        }
        assert_eq!(
            client(proxy, &longer, &proxies),
            seen,
            "what a client writes is not believed"
        );
    }
}

fn blocks(text: &str) {
    let Some(block) = Block::parse(text) else { return };
    let base = text.trim().split('/').next().unwrap_or_default();
    let base: IpAddr = base.parse().expect("the address of a block");
    assert!(block.holds(base) && block.holds(base.to_canonical()));
}

fn next(text: &str) {
    let site = Url::parse("https://amphi.univ.example/login").expect("an address");
    let went = site.join(same_site(text)).expect("a path");
    assert_eq!(went.origin(), site.origin(), "{text:?} leads away");
    assert_eq!(same_site(same_site(text)), same_site(text));
}
