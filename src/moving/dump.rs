//! Reads what `manage.py dumpdata` of Django writes, row by row: a JSON list of `{"model", "pk", "fields"}`. Only rows of
//! interest are kept, so that a dump with a hundred thousand videos takes no room.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Most bytes of a dump.
pub const BYTES_MOST: u64 = 4 << 30;
/// Most rows of interest.
pub const ROWS_MOST: usize = 1_000_000;

/// Models whose rows are kept; the others are counted.
const KEPT: [&str; 11] = [
    "auth.user",
    "auth.group",
    "authentication.owner",
    "authentication.accessgroup",
    "live.broadcaster",
    "live.event",
    "meeting.livegateway",
    "meeting.livestream",
    "meeting.meeting",
    "meeting.meetingsessionlog",
    "meeting.internalrecording",
];

/// A row.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    model: String,
    #[serde(default)]
    pk: Value,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// A number or a text as text; anything else is none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Number(n) => Some(n.to_string()),
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        // `--natural-foreign` writes the parts of a natural key, such as `["ada"]`.
        Value::Array(parts) if parts.len() == 1 => plain(&parts[0]),
        _ => None,
    }
}

impl Row {
    /// Its primary key; with `--natural-primary` there is none.
    pub fn key(&self) -> Option<String> {
        plain(&self.pk)
    }

    /// A text; empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is true.
    pub fn is(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A number.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.fields.get(field).and_then(Value::as_u64)
    }

    /// As it stands.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).filter(|v| !v.is_null())
    }

    /// Whose key another field holds.
    pub fn refers(&self, field: &str) -> Option<String> {
        self.value(field).and_then(plain)
    }

    /// The keys that a field of many holds.
    pub fn refers_many(&self, field: &str) -> Vec<String> {
        let list = self.value(field).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(plain).collect()
    }
}

/// A dump, as far as it is of interest.
#[derive(Debug, Default)]
pub struct Dump {
    rows: BTreeMap<String, Vec<Row>>,
    /// How many rows of which model were passed over.
    pub others: BTreeMap<String, u64>,
    kept: usize,
}

impl Dump {
    /// The rows of a model.
    pub fn of(&self, model: &str) -> &[Row] {
        self.rows.get(model).map_or(&[], Vec::as_slice)
    }

    fn take(&mut self, row: Row) -> Result<(), String> {
        let model = row.model.to_ascii_lowercase();
        if !KEPT.contains(&model.as_str()) {
            // Names of models come from the file: a list of them must not grow without end.
            if self.others.len() < 1_000 || self.others.contains_key(&model) {
                *self.others.entry(model).or_default() += 1;
            }
            return Ok(());
        }
        self.kept += 1;
        if self.kept > ROWS_MOST {
            return Err(format!("more than {ROWS_MOST} rows of people and meetings"));
        }
        self.rows.entry(model).or_default().push(row);
        Ok(())
    }
}

struct Rows<'a>(&'a mut Dump);

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows, as dumpdata writes it")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<Row>()? {
            self.0.take(row).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

/// Reads a dump; `told` hears how many bytes were read.
///
/// # Errors
/// It is no list of rows, or too large.
pub fn read(from: impl Read, told: impl FnMut(u64)) -> anyhow::Result<Dump> {
    let counted = Counted {
        from,
        read: 0,
        said: 0,
        told,
    };
    let mut dump = Dump::default();
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::with_capacity(1 << 16, counted));
    Rows(&mut dump).deserialize(&mut json)?;
    json.end()?;
    Ok(dump)
}

struct Counted<R, F> {
    from: R,
    read: u64,
    said: u64,
    told: F,
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.from.read(into)?;
        self.read += n as u64;
        if self.read > BYTES_MOST {
            return Err(std::io::Error::other("the dump has more than 4 GiB"));
        }
        if self.read - self.said > 1 << 20 || n == 0 {
            self.said = self.read;
            (self.told)(self.read);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn rows_of_interest_are_kept_and_others_counted() {
        let text = r#"[
            {"model": "video.video", "pk": 1, "fields": {"title": "x"}},
            {"model": "auth.user", "pk": 7, "fields": {"username": "ada", "is_staff": true}},
            {"fields": {"owner": ["ada"], "additional_owners": [3, ["bob"]], "name": null}, "pk": "9", "model": "meeting.Meeting"}
        ]"#;
        let mut told = 0;
        let dump = read(text.as_bytes(), |n| told = n).unwrap();
        assert_eq!(told as usize, text.len());
        assert_eq!(dump.others["video.video"], 1);
        let user = &dump.of("auth.user")[0];
        assert_eq!(
            (user.key().as_deref(), user.text("username"), user.is("is_staff")),
            (Some("7"), "ada", true)
        );
        let meeting = &dump.of("meeting.meeting")[0];
        assert_eq!((meeting.key().as_deref(), meeting.text("name")), (Some("9"), ""));
        assert_eq!(meeting.refers("owner").as_deref(), Some("ada"));
        assert_eq!(meeting.refers_many("additional_owners"), ["3", "bob"]);
    }

    #[test]
    fn what_is_no_dump_is_refused() {
        for text in [
            "",
            "{}",
            "[",
            "[1]",
            "[{}]",
            r#"[{"model": "auth.user", "pk": 1}"#,
            "[] []",
        ] {
            assert!(read(text.as_bytes(), |_| ()).is_err(), "{text}");
        }
    }
}
