//! The options of a meeting's room in JSON, in the OpenAPI document and in its answers, all from their one table
//! (`amphi_events::meeting::options`).

use std::borrow::Cow;
use std::fmt;

use amphi_events::meeting::Options;
use amphi_events::meeting::options::{Kind, OPTIONS, OptionSpec, SetError};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::api::problem::{Code, Problem};

/// Options that are to have these values; the others stay.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct OptionsInput(Map<String, Value>);

impl<'de> Deserialize<'de> for OptionsInput {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Known;
        impl<'de> Visitor<'de> for Known {
            type Value = OptionsInput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("options of a meeting's room")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OptionsInput, A::Error> {
                let mut options = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if !OPTIONS.iter().any(|o| o.field == name) {
                        return Err(A::Error::custom(format!("unknown field `{name}`")));
                    }
                    if options.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    // As for the other fields, null says nothing.
                    if !value.is_null() {
                        options.insert(name, value);
                    }
                }
                Ok(OptionsInput(options))
            }
        }
        from.deserialize_map(Known)
    }
}

impl OptionsInput {
    /// Sets what is given.
    ///
    /// # Errors
    /// A value is not of its kind, or out of its limits: 422, naming field and limits.
    pub fn onto(self, options: &mut Options) -> Result<(), Problem> {
        for (name, value) in self.0 {
            options.set(&name, value).map_err(|why| match &why {
                SetError::Limit(option) => beyond(option.field, option.kind),
                SetError::Unknown(_) => Problem::new(Code::BadBody).detail(why.to_string()),
            })?;
        }
        Ok(())
    }
}

/// An option is out of its limits.
pub fn beyond(field: &'static str, takes: Kind) -> Problem {
    Problem::new(Code::OptionLimit)
        .detail(format!("`{field}` takes {takes}"))
        .with("field", field)
        .with("takes", takes.to_string())
}

/// The options that hold.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct OptionsOut(pub Options);

/// What an option takes, and what it has where nobody chose.
fn property(option: &OptionSpec, default: &Value) -> Schema {
    let object = |kind: Type| ObjectBuilder::new().schema_type(kind);
    let words = |words: &[&str]| object(Type::String).enum_values(Some(words.iter().map(|w| (*w).to_owned())));
    let shape = match option.kind {
        Kind::Flag => object(Type::Boolean),
        Kind::Number { min, max, or_zero } => object(Type::Integer)
            .minimum(Some(if or_zero { 0 } else { min }))
            .maximum(Some(max)),
        Kind::Text { max, .. } | Kind::Address { max } => object(Type::String).max_length(Some(max)),
        Kind::Colour => object(Type::String).pattern(Some("^(#[0-9A-Fa-f]{6})?$")),
        Kind::Choice(of) => words(of),
        Kind::Several(of) => {
            return Schema::Array(
                ArrayBuilder::new()
                    .items(words(of).build())
                    .description(Some(described(option)))
                    .default(Some(default.clone()))
                    .build(),
            );
        }
    };
    Schema::Object(
        shape
            .description(Some(described(option)))
            .default(Some(default.clone()))
            .build(),
    )
}

fn described(option: &OptionSpec) -> String {
    format!("{} Takes {}.", option.doc.trim(), option.kind)
}

fn schema(required: bool) -> RefOr<Schema> {
    let defaults = serde_json::to_value(Options::default()).unwrap_or_default();
    let mut object = ObjectBuilder::new();
    for option in OPTIONS {
        object = object.property(option.field, property(option, &defaults[option.field]));
        if required {
            object = object.required(option.field);
        }
    }
    object
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .build()
        .into()
}

impl PartialSchema for OptionsInput {
    fn schema() -> RefOr<Schema> {
        schema(false)
    }
}

impl ToSchema for OptionsInput {
    fn name() -> Cow<'static, str> {
        "MeetingOptionsInput".into()
    }
}

impl PartialSchema for OptionsOut {
    fn schema() -> RefOr<Schema> {
        schema(true)
    }
}

impl ToSchema for OptionsOut {
    fn name() -> Cow<'static, str> {
        "MeetingOptions".into()
    }
}
