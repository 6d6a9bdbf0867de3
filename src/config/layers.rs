//! Where values come from: each source checked alone, then laid over the one before.

use std::collections::BTreeMap;
use std::path::Path;

use amphi_web::in_force::{InForce, Shown, Whence};
use config::{Environment, File, FileFormat, Map, Source, ValueKind};

use super::values::Value;
use super::{ConfigError, Given, PREFIX, SETTINGS, Setting, env_name};

/// In the environment only: where the file is.
const CONFIG_FILE: &str = "config";

/// What one source says, by setting.
#[derive(Debug, Clone)]
struct Layer {
    whence: String,
    kind: Whence,
    values: BTreeMap<String, String>,
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, config::ConfigError> {
        let text = |value: &String| config::Value::new(Some(&self.whence), ValueKind::String(value.clone()));
        Ok(self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect())
    }
}

/// All sources, in rising order.
pub struct Layers {
    list: Vec<Layer>,
    merged: config::Config,
}

impl Layers {
    /// Reads and checks every source.
    pub fn read(given: &Given) -> Result<Self, ConfigError> {
        let mut list = Vec::new();
        if let Some(path) = &given.file {
            list.push(file(path)?);
        }
        list.push(environment(&given.environment)?);
        list.push(flags(&given.flags)?);
        let builder = list
            .iter()
            .fold(config::Config::builder(), |b, layer| b.add_source(layer.clone()));
        let merged = builder.build().map_err(|e| whole("the configuration", &e))?;
        Ok(Self { list, merged })
    }

    /// The value of a setting, or its default.
    pub fn value<T: Value>(&self, name: &str, default: &str) -> Result<T, ConfigError> {
        let text = self.merged.get_string(name).unwrap_or_else(|_| default.to_owned());
        T::read(text.trim()).map_err(|why| ConfigError::Value {
            name: env_name(name),
            whence: self
                .list
                .iter()
                .rev()
                .find(|l| l.values.contains_key(name))
                .map_or("its default".to_owned(), |l| l.whence.clone()),
            why,
        })
    }

    /// What is in force, as administrators see it.
    pub fn in_force(&self, setting: &Setting) -> InForce {
        let from = self.list.iter().rev().find(|l| l.values.contains_key(setting.name));
        let text = from.and_then(|l| l.values.get(setting.name));
        let text = text.map_or(setting.default, |t| t.trim());
        InForce {
            name: setting.name,
            section: setting.section,
            form: setting.form,
            doc: setting.doc.trim(),
            default: setting.default,
            value: if setting.secret {
                Shown::Secret(!text.is_empty())
            } else {
                Shown::Text(shown(text))
            },
            whence: from.map_or(Whence::Default, |l| l.kind.clone()),
        }
    }
}

/// As it may be shown: no password of an address, even where none is asked for.
fn shown(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("…")) {
            Ok(()) => url.to_string(),
            Err(()) => String::new(),
        },
        _ => text.to_owned(),
    }
}

fn whole(whence: &str, e: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::File {
        path: whence.into(),
        why: e.to_string(),
    }
}

fn file(path: &Path) -> Result<Layer, ConfigError> {
    let whence = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| whole(&whence, &e))?;
    let found = File::from_str(&text, FileFormat::Toml).collect().map_err(|e| {
        // The parser goes on to show the line itself, which may hold a secret: only where it is gets said.
        let said = e.to_string();
        whole(
            &whence,
            &format!(
                "{}; a line is `name = \"value\"`",
                said.lines().next().unwrap_or("no TOML").trim()
            ),
        )
    })?;
    let mut values = BTreeMap::new();
    for (name, value) in found {
        let text = plain(&value).ok_or_else(|| ConfigError::Value {
            name: name.clone(),
            whence: whence.clone(),
            why: "the file is flat: a text, a number, true or false, or a list of texts".to_owned(),
        });
        // The name first: a table of another program's file is an unknown name, whatever it holds.
        known(&name, &whence, str::to_owned)?;
        values.insert(name, text?);
    }
    let kind = Whence::File(whence.clone());
    finish(values, whence, kind, str::to_owned)
}

fn plain(value: &config::Value) -> Option<String> {
    match &value.kind {
        ValueKind::Array(list) => list.iter().map(plain).collect::<Option<Vec<_>>>().map(|l| l.join(",")),
        ValueKind::Table(_) | ValueKind::Nil => None,
        _ => value.clone().into_string().ok(),
    }
}

fn environment(given: &BTreeMap<String, String>) -> Result<Layer, ConfigError> {
    let whence = "environment".to_owned();
    let source = Environment::with_prefix(PREFIX.trim_end_matches('_'))
        .prefix_separator("_")
        .ignore_empty(true)
        .source(Some(given.iter().map(|(k, v)| (k.clone(), v.clone())).collect()));
    let found = source.collect().map_err(|e| whole(&whence, &e))?;
    let mut values = BTreeMap::new();
    for (name, value) in found.into_iter().filter(|(name, _)| name != CONFIG_FILE) {
        known(&name, &whence, env_name)?;
        values.insert(name, value.into_string().unwrap_or_default());
    }
    finish(values, whence, Whence::Environment, env_name)
}

fn flags(given: &[(String, String)]) -> Result<Layer, ConfigError> {
    let whence = "command line".to_owned();
    let mut values = BTreeMap::new();
    for (name, value) in given {
        known(name, &whence, str::to_owned)?;
        if SETTINGS.iter().any(|s| s.secret && s.name == name) {
            return Err(ConfigError::Value {
                name: name.clone(),
                whence,
                why: format!(
                    "everybody on the machine sees a command line; give {} or {}_FILE in the environment",
                    env_name(name),
                    env_name(name)
                ),
            });
        }
        values.insert(name.clone(), value.clone());
    }
    finish(values, whence, Whence::CommandLine, str::to_owned)
}

/// Every name that may stand somewhere.
fn names() -> impl Iterator<Item = String> {
    SETTINGS
        .iter()
        .flat_map(|s| [Some(s.name.to_owned()), s.secret.then(|| format!("{}_file", s.name))])
        .flatten()
}

fn known(name: &str, whence: &str, written: fn(&str) -> String) -> Result<(), ConfigError> {
    if names().any(|n| n == name) {
        return Ok(());
    }
    let near = names()
        .map(|n| (distance(&n, name), n))
        .min()
        .filter(|(d, n)| *d <= 2.max(n.len() / 3))
        .map(|(_, n)| written(&n));
    Err(ConfigError::Unknown {
        whence: whence.to_owned(),
        name: written(name),
        near,
    })
}

/// Takes secrets out of their files.
fn finish(
    mut values: BTreeMap<String, String>,
    whence: String,
    kind: Whence,
    written: fn(&str) -> String,
) -> Result<Layer, ConfigError> {
    for setting in SETTINGS.iter().filter(|s| s.secret) {
        let Some(path) = values.remove(&format!("{}_file", setting.name)) else {
            continue;
        };
        if values.contains_key(setting.name) {
            return Err(ConfigError::Twice {
                whence,
                name: written(setting.name),
            });
        }
        let text = std::fs::read_to_string(&path).map_err(|e| whole(&path, &e))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(whole(&path, &"the file is empty"));
        }
        values.insert(setting.name.to_owned(), text.to_owned());
    }
    Ok(Layer { whence, kind, values })
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}
