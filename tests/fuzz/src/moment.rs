//! Moments as people and programs write them.

use amphi_events::Time;
use amphi_web::i18n::{Lang, times};

const ZONES: [&str; 6] = [
    "Europe/Paris",
    "UTC",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "no/zone",
];

/// See the module. The first byte says in which zone a form's moment is meant.
pub fn check(data: &[u8]) {
    let (first, rest) = super::choice(data);
    let Ok(text) = str::from_utf8(rest) else { return };
    let zone = ZONES[first % ZONES.len()];
    if let Ok(at) = Time::parse_rfc3339(text) {
        assert_eq!(Time::parse_rfc3339(&at.rfc3339()), Ok(at), "{text}");
        shown(at, zone);
    }
    if let Some(at) = times::read_input(text, zone) {
        shown(at, zone);
        // To the minute: a form shows no seconds. Before 1970 offsets had seconds of their own.
        if at.0 >= 0 {
            let again = times::read_input(&times::input(at, zone), zone);
            assert_eq!(again, Some(Time(at.0 - at.0.rem_euclid(60_000))), "{text}");
        }
    }
}

fn shown(at: Time, zone: &str) {
    for lang in [Lang::Fr, Lang::En] {
        assert!(times::full(lang, at, zone).len() < 100);
        assert!(times::span(lang, at, at, at.plus_s(3_600), zone).len() < 200);
    }
    assert!(times::exact(at, zone).len() < 40);
}
