//! Event data as people read it: sealed fields stay closed, or are opened for somebody who may.

use amphi_events::Recorded;
use amphi_events::sealed::Sealed;
use amphi_events::store::{Keyring, Place};
use serde_json::{Map, Value};

/// Whether a value is a sealed field: subject, scope, ciphertext and nothing else.
fn parts(value: &Value) -> Option<(&str, &str, &str)> {
    let map = value.as_object().filter(|m| m.len() == 3)?;
    Some((
        map.get("s")?.as_str()?,
        map.get("c")?.as_str()?,
        map.get("x")?.as_str()?,
    ))
}

/// The data with each sealed field replaced by what `with` makes of it (its name, subject, scope, and the value itself).
fn replaced(value: Value, name: &str, with: &mut dyn FnMut(&str, &str, &str, &Value) -> Value) -> Value {
    if let Some((subject, scope, _)) = parts(&value) {
        return with(name, subject, scope, &value);
    }
    match value {
        Value::Object(map) => {
            let one = |(key, inner): (String, Value)| {
                let inner = replaced(inner, &key, with);
                (key, inner)
            };
            Value::Object(map.into_iter().map(one).collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(|inner| replaced(inner, name, with)).collect()),
        other => other,
    }
}

fn data(e: &Recorded) -> Value {
    serde_json::from_slice(&e.event.data).unwrap_or_default()
}

/// One line of the data for a list, sealed fields as a mark.
pub fn line(e: &Recorded, mark: &str) -> String {
    let shown = replaced(data(e), "", &mut |_, _, _, _| Value::String(mark.to_owned()));
    match shown {
        Value::Object(map) if map.is_empty() => String::new(),
        other => other.to_string(),
    }
}

/// The data in several lines, and how many fields are sealed. With a keyring they are opened; `gone` stands for what
/// can't be opened any more.
pub fn pretty(e: &Recorded, keys: Option<&Keyring>, mark: &str, gone: &str) -> (String, usize) {
    let mut count = 0;
    let shown = replaced(data(e), "", &mut |name, subject, scope, value| {
        count += 1;
        let opened = keys.and_then(|keys| {
            let place = Place {
                stream: &e.stream,
                event: e.event.id,
                field: name,
            };
            let sealed: Sealed<Value> = serde_json::from_value(value.clone()).ok()?;
            Some(keys.open(&place, &sealed))
        });
        match opened {
            Some(Ok(Some(clear))) => clear,
            Some(_) => Value::String(gone.to_owned()),
            None => Value::String(format!("{mark} {subject}, {scope}")),
        }
    });
    (serde_json::to_string_pretty(&shown).unwrap_or_default(), count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_sealed_is_replaced() {
        let value = json!({"text": {"s": "person:1", "c": "1:chat", "x": "AAAA"}, "run": {"s": "a", "c": "b"}, "list": [{"author": {"s": "p", "c": "q", "x": ""}}]});
        let mut seen = vec![];
        let shown = replaced(value, "", &mut |name, subject, _, _| {
            seen.push(format!("{name}/{subject}"));
            json!("closed")
        });
        assert_eq!(
            shown,
            json!({"text": "closed", "run": {"s": "a", "c": "b"}, "list": [{"author": "closed"}]})
        );
        seen.sort();
        assert_eq!(seen, ["author/p", "text/person:1"]);
    }
}
