//! Recordings: the list that BBB answers with, and the call that says that one can be looked at.

use amphi::bbb::recordings::{READY_CAP, Ready, ReadyRefusal, RecordedPage, read_ready};
use amphi::bbb::xml::envelope;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::SecretString;
use sha2::{Sha256, Sha512};

const SECRET: &str = "s3cr3t-for-test-vectors-0001";

/// See the module. The first byte says what the rest is: a list, the body of a call, or what is signed in one.
pub fn check(data: &[u8]) {
    let (first, body) = super::choice(data);
    match first % 4 {
        0 => list(body),
        1 => unsigned(body),
        2 => signed(body, "HS256"),
        _ => signed(body, "HS512"),
    }
}

fn list(body: &[u8]) {
    let Ok(root) = envelope(body) else { return };
    let Ok(page) = RecordedPage::read(&root) else {
        // No list is not "none": that would take every recording from the page.
        assert!(root.child("recordings").is_none() && root.text_of("messageKey") != "noRecordings");
        return;
    };
    assert!(page.items.len() <= page.held);
    for one in &page.items {
        assert!(!one.id.is_empty());
        for format in &one.formats {
            let url = &format.url;
            assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{url}");
            assert!(url.username().is_empty() && url.password().is_none(), "{url}");
            assert!(
                format
                    .kind
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
                "{}",
                format.kind
            );
            // It may open the recording for whoever reads it.
            assert!(!format!("{format:?}").contains("//"), "{format:?}");
        }
    }
}

fn take(body: &[u8]) -> Result<Ready, ReadyRefusal> {
    read_ready(body, &SecretString::from(SECRET))
}

/// Nobody signs by chance.
fn unsigned(body: &[u8]) {
    assert!(take(body).is_err());
    if body.len() > READY_CAP {
        assert_eq!(take(body), Err(ReadyRefusal::Unreadable));
    }
}

fn mac(alg: &str, signed: &str) -> Vec<u8> {
    if alg == "HS512" {
        let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any key");
        return mac.chain_update(signed).finalize().into_bytes().to_vec();
    }
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

fn signed(payload: &[u8], alg: &str) {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let head = |alg: &str| part(format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
    let signed = format!("{}.{}", head(alg), part(payload));
    let signature = mac(alg, &signed);
    let form = |signed: &str, signature: &[u8]| format!("signed_parameters={signed}.{}", part(signature)).into_bytes();
    let good = form(&signed, &signature);
    let taken = take(&good);
    if good.len() > READY_CAP {
        return assert_eq!(taken, Err(ReadyRefusal::Unreadable));
    }
    assert_ne!(taken, Err(ReadyRefusal::NotSigned), "signed");
    assert_eq!(taken.is_ok(), serde_json::from_slice::<Ready>(payload).is_ok());
    // Cut, touched, or said to be signed otherwise.
    let mut touched = signature.clone();
    touched[0] ^= 1;
    let other = if alg == "HS256" { "HS512" } else { "HS256" };
    for (signed, signature) in [
        (signed.clone(), &signature[1..]),
        (signed.clone(), &[][..]),
        (signed.clone(), &touched[..]),
        (format!("{}.{}", head(other), part(payload)), &signature[..]),
        (format!("{}.{}", head("none"), part(payload)), &signature[..]),
        (
            format!("{}.{}", head(alg), part(&[payload, b" "].concat())),
            &signature[..],
        ),
    ] {
        let refused = take(&form(&signed, signature));
        assert_eq!(refused, Err(ReadyRefusal::NotSigned), "{signed}");
    }
}
