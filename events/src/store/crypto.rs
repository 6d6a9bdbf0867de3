//! The few pieces of cryptography that keys and secrets are made of.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ids::IdSource;

/// A key of 256 bits, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// First byte of everything sealed: says how.
const SEALED_V1: u8 = 1;
const NONCE: usize = 24;

/// A key for one use, from one or several keys together.
pub(super) fn derive(keys: &[&Key], use_: &str) -> Key {
    let mut together = Zeroizing::new(Vec::with_capacity(keys.len() * 32));
    for key in keys {
        together.extend_from_slice(&key[..]);
    }
    let mut out = Zeroizing::new([0_u8; 32]);
    #[expect(clippy::expect_used, reason = "HKDF refuses only more than 8 160 bytes")]
    Hkdf::<Sha256>::new(Some(b"amphi/derive/1"), &together)
        .expand(use_.as_bytes(), &mut out[..])
        .expect("32 bytes");
    out
}

/// The parts, each after its length (8 bytes, big-endian).
pub(super) fn bound(parts: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len() + 8).sum());
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

/// Version, random nonce, ciphertext; opens only with the same key and `aad`. `None`: too large (256 GiB).
pub(super) fn seal(key: &Key, aad: &[u8], plain: &[u8], ids: &dyn IdSource) -> Option<Vec<u8>> {
    let mut nonce = [0_u8; NONCE];
    ids.fill(&mut nonce);
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let sealed = cipher
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad })
        .ok()?;
    let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
    out.push(SEALED_V1);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    Some(out)
}

/// What was sealed; `None`: not with this key and `aad`.
pub(super) fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (&SEALED_V1, rest) = sealed.split_first()? else {
        return None;
    };
    let (nonce, msg) = rest.split_at_checked(NONCE)?;
    XChaCha20Poly1305::new((&**key).into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg, aad })
        .ok()
        .map(Zeroizing::new)
}

/// HMAC-SHA256.
pub(super) fn digest(key: &Key, text: &str) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key[..]).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// SHA-256.
pub(super) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
