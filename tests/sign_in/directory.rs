//! A directory that adds attributes, with slapd: over StartTLS, its certificate checked.

use std::fs::write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::{Here, Visitor};
use crate::harness::{Process, eventually, free_port, tail};

fn done(command: &mut Command) {
    let out = command.output().expect("a command");
    assert!(
        out.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// A directory of two people, one with a login that is a filter where nobody escapes it.
fn prepare(folder: &Path) {
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments);
        done(&mut command);
    };
    let (key, days) = (["-newkey", "rsa:2048", "-nodes", "-keyout"], ["-days", "2"]);
    openssl(
        &[
            &["req", "-x509", "-subj", "/CN=An authority", "-out", "ca.pem"][..],
            &key,
            &["ca.key"],
            &days,
        ]
        .concat(),
    );
    openssl(
        &[
            &["req", "-subj", "/CN=127.0.0.1", "-out", "csr.pem"][..],
            &key,
            &["key.pem"],
        ]
        .concat(),
    );
    write(
        folder.join("ext"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("ext");
    let sign = [
        "x509",
        "-req",
        "-in",
        "csr.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-extfile",
        "ext",
    ];
    openssl(&[&sign[..], &["-out", "cert.pem"], &days].concat());
    std::fs::create_dir(folder.join("db")).expect("a folder");
    let schema = ["core", "cosine", "inetorgperson"].map(|s| format!("include /etc/ldap/schema/{s}.schema\n"));
    write(
        folder.join("slapd.conf"),
        format!(
            "{}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {}\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
             security tls=1\nallow bind_anon_dn\ndisallow bind_anon\ndatabase mdb\nsuffix dc=univ\nrootdn cn=amphi,dc=univ\nrootpw only-a-test\ndirectory {}\n",
            schema.concat(),
            at("pid"),
            at("cert.pem"),
            at("key.pem"),
            at("db"),
        ),
    )
    .expect("slapd.conf");
    write(
        folder.join("people.ldif"),
        "dn: dc=univ\nobjectClass: dcObject\nobjectClass: organization\no: univ\ndc: univ\n\n\
         dn: uid=zoe,dc=univ\nobjectClass: inetOrgPerson\nuid: zoe\ncn: Zoe\nsn: M\ndisplayName: Zoé of the directory\nemployeeType: employee\n\n\
         dn: uid=yan,dc=univ\nobjectClass: inetOrgPerson\nuid: yan\ncn: Yan\nsn: N\nemployeeType: student\n",
    )
    .expect("people");
    done(Command::new("/usr/sbin/slapadd").args(["-f", &at("slapd.conf"), "-l", &at("people.ldif")]));
}

async fn slapd(folder: &Path, port: u16) -> Process {
    let log = folder.join("slapd.log");
    let mut command = Command::new("/usr/sbin/slapd");
    command
        .arg("-f")
        .arg(folder.join("slapd.conf"))
        .args(["-d", "0", "-h", &format!("ldap://127.0.0.1:{port}/")]);
    let mut process = Process::start(&mut command, &log);
    eventually(Duration::from_secs(30), "slapd listens", async || {
        assert!(process.runs(), "slapd ended at its start:\n{}", tail(&log, 20));
        std::net::TcpStream::connect(("127.0.0.1", port))
            .map(|_| ())
            .map_err(|e| e.to_string())
    })
    .await;
    process
}

async fn comes(base: &str, login: &str) -> serde_json::Value {
    let mut visitor = Visitor::new();
    visitor.more = vec![("x-remote-user", login.to_owned())];
    visitor.visit(&format!("{base}/login/headers")).await;
    assert_eq!(visitor.status, 200, "{}", visitor.page);
    visitor.me(base).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_adds_attributes_and_its_absence_takes_none_away() {
    let folder = tempfile::tempdir().expect("a folder");
    prepare(folder.path());
    let port = free_port();
    let url = format!("ldap://127.0.0.1:{port}");
    let settings = [
        ("headers_from", "127.0.0.1"),
        ("ldap_url", url.as_str()),
        ("ldap_bind_dn", "cn=amphi,dc=univ"),
        ("ldap_password", "only-a-test"),
        ("ldap_base", "dc=univ"),
        ("ldap_attributes", "displayName, employeeType"),
        ("affiliation_attributes", "employeeType"),
        ("sign_in_rules", "affiliation=employee -> staff"),
        ("ldap_timeout", "2"),
    ];
    let mut here = Here::new(&settings).await;
    let certificate = folder.path().join("ca.pem");
    here.server.environ("SSL_CERT_FILE", &certificate.to_string_lossy());
    let mut directory = slapd(folder.path(), port).await;
    here.server.start().await;
    let base = here.server.base.clone();

    let zoe = comes(&base, "zoe").await;
    assert_eq!(
        (&zoe["name"], &zoe["role"]),
        (&json!("Zoé of the directory"), &json!("staff")),
        "{}",
        here.server.tail(10)
    );
    assert_eq!(comes(&base, "yan").await["role"], "user");
    // A login that would be a filter of its own finds nobody, and nobody's attributes.
    for login in ["z*", "nobody)(uid=zoe", "*)(employeeType=employee"] {
        let other = comes(&base, login).await;
        assert_eq!(other["role"], "user", "{other}");
    }

    // Without the directory people come in all the same, and keep what it said.
    directory.kill();
    let again = comes(&base, "zoe").await;
    assert_eq!((&again["id"], &again["role"]), (&zoe["id"], &json!("staff")));
    assert!(
        here.server.said().contains("the directory was not asked"),
        "{}",
        here.server.tail(10)
    );

    // One that takes the connection and is silent costs its bound and no more.
    let silent = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the directory's port");
    // Without a bound of its own this would never come back.
    let zoe = tokio::time::timeout(Duration::from_mins(1), comes(&base, "zoe")).await;
    assert_eq!(zoe.expect("in, for all that")["role"], "staff");
    drop(silent);

    // With a certificate that nobody vouches for it is not asked: the bind's password would go to anybody.
    here.server.stop().await;
    here.server
        .environ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt");
    here.server.setting("ldap_required", "true");
    let _directory = slapd(folder.path(), port).await;
    here.server.start().await;
    let mut visitor = Visitor::new();
    visitor.more = vec![("x-remote-user", "zoe".to_owned())];
    visitor.visit(&format!("{base}/login/headers")).await;
    assert_eq!(visitor.status, 502, "{}", visitor.page);
    assert!(!here.server.said().contains("only-a-test"));
}
