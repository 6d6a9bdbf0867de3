//! Hooks of media servers: what nginx-rtmp posts, and what MediaMTX asks. Publishers and viewers write parts of both.

use amphi_web::media::Publish;
use amphi_web::media::said::{CLIENT_MAX, PATH_MAX, Said, mediamtx, nginx_rtmp};
use serde_json::json;
use url::form_urlencoded;

/// See the module. The first byte says which of the two says the rest.
pub fn check(data: &[u8]) {
    let (first, body) = super::choice(data);
    if first.is_multiple_of(2) {
        of_nginx(body);
    } else {
        of_mediamtx(body);
    }
}

fn fit(publish: &Publish) {
    fit_path(&publish.path);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    assert!(publish.client.len() <= CLIENT_MAX && publish.client.chars().all(plain));
}

/// What is looked for among stream keys, and told to people who look after it.
fn fit_path(path: &str) {
    assert!((1..=PATH_MAX).contains(&path.len()), "{path:?}");
    assert!(
        !path.contains(|c: char| c.is_control() || c == '?' || c == '#'),
        "{path:?}"
    );
    assert!(!path.starts_with('/') && !path.ends_with('/'), "{path:?}");
}

fn of_nginx(body: &[u8]) {
    let Ok(said) = nginx_rtmp(body) else { return };
    let (call, publish) = match &said {
        Said::Begins { publish, .. } => ("publish", publish),
        Said::GoesOn(publish) => ("update_publish", publish),
        Said::Ended(publish) => ("publish_done", publish),
        Said::Ready(_) | Said::Reads { .. } | Said::Other => panic!("nothing of this is said: {said:?}"),
    };
    fit(publish);
    // Whatever a publisher hangs on to its own address: a field that is there twice is not believed, and an address behind nginx's own
    // is nobody's.
    for more in ["&name=another", "&app=another", "&call=publish_done", "&clientid=1"] {
        assert!(nginx_rtmp(&[body, more.as_bytes()].concat()).is_err(), "{more}");
    }
    let mut again = form_urlencoded::Serializer::new(String::new());
    if let Said::Begins { by: Some(by), .. } = &said {
        let behind = [body, b"&addr=198.51.100.1"].concat();
        assert_eq!(nginx_rtmp(&behind).as_ref(), Ok(&said));
        again.append_pair("addr", &by.to_string());
    }
    // Said again in its plainest form it is the same.
    let (app, name) = publish.path.split_once('/').unwrap_or(("", &publish.path));
    again.extend_pairs([
        ("app", app),
        ("name", name),
        ("call", call),
        ("clientid", &publish.client),
    ]);
    assert_eq!(nginx_rtmp(again.finish().as_bytes()), Ok(said));
}

fn of_mediamtx(body: &[u8]) {
    let Ok(said) = mediamtx(body) else { return };
    let (action, publish, by) = match &said {
        Said::Begins { publish, by } => ("publish", publish, *by),
        Said::Ready(publish) => ("ready", publish, None),
        Said::Ended(publish) => ("not_ready", publish, None),
        Said::Reads { path, query } => {
            fit_path(path);
            let again = json!({ "action": "read", "path": path, "query": query });
            return assert_eq!(mediamtx(again.to_string().as_bytes()), Ok(said));
        }
        Said::Other => return,
        Said::GoesOn(_) => panic!("it says nothing of this: {said:?}"),
    };
    fit(publish);
    let by = by.map(|by| by.to_string());
    let again = json!({ "action": action, "path": publish.path, "id": publish.client, "ip": by });
    assert_eq!(mediamtx(again.to_string().as_bytes()), Ok(said));
}
