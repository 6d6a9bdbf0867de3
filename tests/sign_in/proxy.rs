//! Headers of a reverse proxy, with nginx.

use std::fmt::Write as _;
use std::process::Command;

use serde_json::json;

use super::{Here, House, Visitor};
use crate::harness::free_port;

/// nginx signs in with basic authentication, drops what visitors send, and comes from an address of its own.
fn configuration(port: u16, to: &str) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "pid nginx.pid; error_log stderr; events {{}}\n\
         http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n\
         server {{ listen 127.0.0.1:{port}; proxy_bind 127.0.0.2;\n\
         location = /ready {{ return 200; }}\n\
         location / {{ proxy_set_header X-Remote-User \"\"; proxy_set_header X-Affiliation \"\"; proxy_pass {to}; }}\n\
         location = /login/headers {{ auth_basic university; auth_basic_user_file people;\n\
         proxy_set_header X-Remote-User $remote_user; proxy_set_header X-Affiliation \"employee;member\"; proxy_pass {to}; }} }} }}\n"
    );
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_the_proxy_names_is_signed_in_and_who_names_themselves_is_not() {
    let port = free_port();
    let front = format!("http://127.0.0.1:{port}");
    let here = Here::new(&[
        ("public_url", &front),
        ("headers_from", "127.0.0.2"),
        ("headers_label", "the proxy"),
        ("headers_attributes", "X-Affiliation"),
        ("affiliation_attributes", "X-Affiliation"),
        ("sign_in_rules", "affiliation=employee -> staff"),
    ])
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let direct = here.server.base.clone();
    std::fs::write(folder.path().join("nginx.conf"), configuration(port, &direct)).expect("nginx.conf");
    std::fs::write(folder.path().join("people"), "zoe:{PLAIN}secret\n").expect("people");
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-p").arg(folder.path()).args([
        "-c",
        "nginx.conf",
        "-e",
        "stderr",
        "-g",
        "daemon off; master_process off;",
    ]);
    let _house = House::start(command, folder, front.clone(), "/ready").await;
    here.server.start().await;

    let mut zoe = Visitor::new();
    zoe.visit(&format!("{front}/login?next=/live"))
        .await
        .link("/login/headers")
        .await;
    assert_eq!(zoe.status, 401, "nginx asks who it is");
    // With the password, and with a header of one's own, which nginx replaces.
    zoe.more = vec![
        ("authorization", "Basic em9lOnNlY3JldA==".to_owned()),
        ("x-remote-user", "boss".to_owned()),
    ];
    zoe.visit(&format!("{front}/login/headers?next=/live")).await;
    zoe.more.clear();
    assert_eq!((zoe.at.path(), zoe.status), ("/live", 200), "{}", zoe.page);
    let me = zoe.me(&front).await;
    assert_eq!((&me["login"], &me["role"]), (&json!("zoe"), &json!("staff")));

    // Past the proxy: the address is another one, whatever is said of it.
    let mut crook = Visitor::new();
    crook.more = vec![
        ("x-remote-user", "zoe".to_owned()),
        ("x-forwarded-for", "127.0.0.2".to_owned()),
    ];
    crook.visit(&format!("{direct}/login/headers")).await;
    assert_eq!(
        (crook.status, crook.cookie(&direct, "amphi_session")),
        (403, None),
        "{}",
        crook.page
    );
    assert!(
        here.server.said().contains("127.0.0.1 is not in headers_from"),
        "{}",
        here.server.tail(5)
    );
    // Through the proxy where it does not ask: nginx drops the header, and it would mean nothing.
    let mut other = Visitor::new();
    other.more = vec![("x-remote-user", "zoe".to_owned())];
    other.visit(&format!("{front}/api/v1/me")).await;
    assert_eq!(other.status, 401);
}
