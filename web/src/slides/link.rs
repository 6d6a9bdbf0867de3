//! Addresses under which BBB fetches slides: signed, for this file alone, worthless after a while. BBB has no account here.

use amphi_events::Time;
use amphi_events::ids::{MeetingId, SlidesId};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::Shelf;

/// How long an address holds: BBB fetches after its answer, and converts one deck after the other, in seconds.
const HOLDS_S: i64 = 1800;

impl Shelf {
    fn mac(&self, meeting: MeetingId, slides: SlidesId, until: i64) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.signing.as_bytes()).ok()?;
        mac.update(format!("amphi/slides/1\n{meeting}\n{slides}\n{until}").as_bytes());
        Some(mac)
    }

    /// A signature of a text, that only this house's nodes can make.
    pub fn sign(&self, what: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.signing.as_bytes()).ok()?;
        mac.update(what.as_bytes());
        Some(hex::encode(mac.finalize().into_bytes()))
    }

    /// Whether a text was signed here.
    pub fn signed(&self, what: &str, signature: &str) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.signing.as_bytes()) else {
            return false;
        };
        mac.update(what.as_bytes());
        mac.verify_slice(&hex::decode(signature).unwrap_or_default()).is_ok()
    }

    /// The path of a file's address, from now on for half an hour. The name at its end is for BBB, which goes by the ending.
    pub fn path(&self, meeting: MeetingId, slides: SlidesId, file: &str, now: Time) -> Option<String> {
        let until = now.plus_s(HOLDS_S).0 / 1000;
        let signature = hex::encode(self.mac(meeting, slides, until)?.finalize().into_bytes());
        let name: String = url::form_urlencoded::byte_serialize(file.as_bytes()).collect();
        // A space is %20 in a path.
        let name = name.replace('+', "%20");
        Some(format!("/slides/{meeting}/{slides}/{until}/{signature}/{name}"))
    }

    /// Whether an address was signed here and still holds.
    pub fn holds(&self, meeting: MeetingId, slides: SlidesId, until: i64, signature: &str, now: Time) -> bool {
        let Some(mac) = self.mac(meeting, slides, until) else {
            return false;
        };
        let given = hex::decode(signature).unwrap_or_default();
        mac.verify_slice(&given).is_ok() && now.0 / 1000 < until
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_address_holds_for_its_file_and_its_time() {
        let shelf = |signing: &str| Shelf::new(Arc::new(object_store::memory::InMemory::new()), 1, 1, signing);
        let (meeting, slides, other) = (
            MeetingId(ulid::Ulid(1)),
            SlidesId(ulid::Ulid(2)),
            SlidesId(ulid::Ulid(3)),
        );
        let now = Time(1_800_000_000_000);
        let path = shelf("secret")
            .path(meeting, slides, "Cours é 1.pdf", now)
            .expect("a path");
        let parts: Vec<&str> = path.split('/').collect();
        assert_eq!(parts[6], "Cours%20%C3%A9%201.pdf");
        let (until, signature) = (parts[4].parse::<i64>().expect("a time"), parts[5]);
        let holds =
            |by: &str, slides, until, signature: &str, now| shelf(by).holds(meeting, slides, until, signature, now);
        assert!(holds("secret", slides, until, signature, now));
        assert!(holds("secret", slides, until, signature, now.plus_s(1799)));
        assert!(!holds("secret", slides, until, signature, now.plus_s(1800)));
        assert!(!holds("secret", other, until, signature, now));
        assert!(!holds("secret", slides, until + 9999, signature, now));
        assert!(!holds("other", slides, until, signature, now));
        for wrong in ["", "zz", "é", &signature[1..], &signature[2..]] {
            assert!(!holds("secret", slides, until, wrong, now), "{wrong}");
        }
    }
}
