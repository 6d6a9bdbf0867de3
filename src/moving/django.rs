//! Values as Django writes them.

use amphi_events::Time;
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;

/// A moment: with a zone, or in UTC without one (`USE_TZ` off).
pub fn moment(text: &str) -> Option<Time> {
    let text = text.trim();
    if let Ok(at) = Time::parse_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(at);
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let at = naive
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    let at = Time(at.and_utc().timestamp_millis());
    at.is_writable().then_some(at)
}

/// A date.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// A duration in seconds: `[D ]HH:MM:SS[.ffffff]`.
pub fn duration_s(text: &str) -> Option<i64> {
    let (days, clock) = match text.trim().split_once(' ') {
        Some((days, clock)) => (days.parse::<i64>().ok()?, clock),
        None => (0, text.trim()),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let seconds = seconds.split('.').next()?;
    let part = |text: &str| text.parse::<i64>().ok().filter(|n| (0..100_000).contains(n));
    let all = part(hours)? * 3_600 + part(minutes)? * 60 + part(seconds)?;
    days.checked_mul(86_400)?.checked_add(all)
}

/// Who came when, of a session's log: pairs of a moment and a shown name, as a list or as the text of one. What is no pair is
/// passed over; a moment that can't be read is `None`.
pub fn came(value: Option<&Value>) -> Vec<(Option<Time>, String)> {
    let parsed: Value = match value {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let pair = |pair: &Value| {
        let at = pair.get(0)?.as_str()?;
        let name = pair.get(1)?.as_str()?.trim();
        (!name.is_empty()).then(|| (moment(at), name.to_owned()))
    };
    parsed.as_array().into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_in_each_of_their_forms() {
        let noon = Time::parse_rfc3339("2026-03-02T12:00:00Z").ok();
        for text in [
            "2026-03-02T12:00:00Z",
            "2026-03-02T13:00:00+01:00",
            "2026-03-02T12:00:00",
            "2026-03-02 12:00:00.000",
            "2026-03-02 12:00:00+00:00",
        ] {
            assert_eq!(moment(text), noon, "{text}");
        }
        for text in ["", "noon", "2026-13-02T12:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(duration_s("02:00:00"), Some(7_200));
        assert_eq!(duration_s("1 01:30:00.500000"), Some(91_800));
        for text in ["", "02:00", "a:b:c", "-1 x", "1:2:3:4", "99999999999999999999 00:00:00"] {
            assert_eq!(duration_s(text), None, "{text}");
        }
        assert_eq!(date("2026-03-02"), NaiveDate::from_ymd_opt(2026, 3, 2));
        assert_eq!(date("2026-03-02T00:00:00Z"), NaiveDate::from_ymd_opt(2026, 3, 2));
        assert_eq!(date("soon"), None);
    }

    #[test]
    fn who_came_is_read_as_a_list_and_as_its_text() {
        let list = json!([
            ["2026-03-02T12:00:00Z", "Ada Lovelace"],
            ["?", "Bob"],
            ["x"],
            7,
            ["2026-03-02T12:00:00Z", " "]
        ]);
        let expected = vec![
            (
                Time::parse_rfc3339("2026-03-02T12:00:00Z").ok(),
                "Ada Lovelace".to_owned(),
            ),
            (None, "Bob".to_owned()),
        ];
        assert_eq!(came(Some(&list)), expected);
        assert_eq!(came(Some(&json!(list.to_string()))), expected);
        assert!(came(Some(&json!("not json"))).is_empty() && came(None).is_empty());
    }
}
