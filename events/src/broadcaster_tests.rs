//! Given, when, then: broadcaster.

use super::*;
use crate::story::Story;

fn set(name: &str, hls_url: &str) -> BroadcasterCommand {
    BroadcasterCommand::Set {
        name: name.to_owned(),
        hls_url: hls_url.to_owned(),
    }
}

#[test]
fn a_whole_life() {
    let mut b = Story::<Broadcaster>::at(1);
    assert_eq!(b.refused(&BroadcasterCommand::Remove), Refusal::Unknown);
    assert_eq!(b.did(set(" one ", "https://a/x.m3u8")), ["BroadcasterAdded"]);
    assert!(b.did(set("one", "https://a/x.m3u8")).is_empty());
    assert_eq!(b.did(set("one", "http://b/x.m3u8")), ["BroadcasterChanged"]);
    assert_eq!(b.did(BroadcasterCommand::Remove), ["BroadcasterRemoved"]);
    assert!(b.did(BroadcasterCommand::Remove).is_empty());
    assert_eq!(b.refused(&set("one", "http://b/x.m3u8")), Refusal::Unknown);
    b.tells_all();
}

#[test]
fn names_and_addresses() {
    let b = Story::<Broadcaster>::at(1);
    for name in ["", "  ", "a\u{7}", &"x".repeat(101)] {
        assert_eq!(b.refused(&set(name, "https://a/")), Refusal::Name);
    }
    for address in [
        "",
        "rtmp://a/",
        "javascript:alert(1)",
        &format!("https://{}", "a".repeat(2000)),
    ] {
        assert_eq!(b.refused(&set("a", address)), Refusal::Address);
    }
}
