//! `/api/openapi.json`, and the same for people at `/api/docs`.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::codes::{Code, Language};
use crate::pages::common::Reader;
use crate::pages::layout::Dress;

/// The document as JSON text, and the page made from it.
#[derive(Clone)]
pub struct Docs {
    json: Arc<str>,
    page: Arc<str>,
}

impl Docs {
    /// From the document.
    pub fn new(api: &OpenApi) -> Self {
        let json = api.to_json().unwrap_or_default();
        let page = page(&serde_json::from_str(&json).unwrap_or_default()).into_string();
        Self {
            json: json.into(),
            page: page.into(),
        }
    }

    /// `/api/openapi.json`.
    pub fn json(&self) -> Response {
        (
            [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            self.json.to_string(),
        )
            .into_response()
    }

    /// `/api/docs`: in the house's frame. The text itself is English, as the names of the calls are.
    pub fn page(&self, reader: &Reader) -> Response {
        let body = PreEscaped(self.page.as_ref());
        reader.page(reader.frame.page(
            "API",
            &Dress::default(),
            &html! { div lang="en" class="reference" { (body) } },
        ))
    }
}

fn text(v: &Value) -> &str {
    v.as_str().unwrap_or_default()
}

/// The name of a type: of a reference its last part.
fn kind(schema: &Value) -> String {
    if let Some(r) = schema["$ref"].as_str() {
        return r.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let list = |v: &Value| {
        v.as_array().map(|all| {
            all.iter()
                .map(kind)
                .filter(|k| k != "null")
                .collect::<Vec<_>>()
                .join(" | ")
        })
    };
    if let Some(of) = list(&schema["oneOf"]).or_else(|| list(&schema["allOf"])) {
        return of;
    }
    match &schema["type"] {
        Value::String(t) if t == "array" => format!("[{}]", kind(&schema["items"])),
        Value::String(t) => t.clone(),
        Value::Array(all) => all
            .iter()
            .map(text)
            .filter(|t| *t != "null")
            .collect::<Vec<_>>()
            .join(" | "),
        _ => String::new(),
    }
}

fn body(content: &Value) -> String {
    content
        .as_object()
        .and_then(|c| c.values().next())
        .map(|media| kind(&media["schema"]))
        .unwrap_or_default()
}

fn call(path: &str, method: &str, op: &Value) -> Markup {
    let summary = [text(&op["summary"]), text(&op["description"])].join(" ");
    html! {
        section {
            h3 { code { (method.to_uppercase()) " " (path) } }
            p { (summary.trim()) }
            ul {
                @for p in op["parameters"].as_array().into_iter().flatten() {
                    li { code { (text(&p["name"])) } " (" (text(&p["in"])) ") " (text(&p["description"])) }
                }
                @if op["requestBody"].is_object() {
                    li { "takes " code { (body(&op["requestBody"]["content"])) } }
                }
                @for (status, answer) in op["responses"].as_object().into_iter().flatten() {
                    li { code { (status) } " " code { (body(&answer["content"])) } }
                }
            }
        }
    }
}

fn schema(name: &str, s: &Value) -> Markup {
    html! {
        section {
            h3 id=(name) { code { (name) } }
            p { (text(&s["description"])) }
            ul {
                @for (field, of) in s["properties"].as_object().into_iter().flatten() {
                    li { code { (field) } " " code { (kind(of)) } " " (text(&of["description"])) }
                }
                @for word in s["enum"].as_array().into_iter().flatten() {
                    li { code { (text(word)) } }
                }
            }
        }
    }
}

fn page(api: &Value) -> Markup {
    html! {
        h1 { "API" }
        p { "The same for programs: " a href="/api/openapi.json" { "openapi.json" } "." }
        p {
            "Send " code { "Authorization: Bearer TOKEN" } ", or a session cookie with same-origin proof. Times are RFC 3339 in UTC, ids are ULIDs, "
            "durations are whole seconds. A write takes an optional " code { "Idempotency-Key" } " and answers with " code { "Amphi-Position" } "."
        }
        h2 { "Calls" }
        @for (path, item) in api["paths"].as_object().into_iter().flatten() {
            @for method in ["get", "post", "put", "patch", "delete"] {
                @if item[method].is_object() { (call(path, method, &item[method])) }
            }
        }
        h2 id="problems" { "Problems" }
        div class="scroll" role="region" aria-labelledby="problems" tabindex="0" { table {
            thead { tr { th scope="col" { "code" } th scope="col" { "status" } th scope="col" { "English" } th scope="col" { "Français" } } }
            tbody {
                @for code in Code::ALL {
                    tr id=(code.as_str()) {
                        td { code { (code.as_str()) } }
                        td { (code.status().as_u16()) }
                        td { (code.words(Language::En)) }
                        td lang="fr" { (code.words(Language::Fr)) }
                    }
                }
            }
        } }
        h2 { "Types" }
        @for (name, s) in api["components"]["schemas"].as_object().into_iter().flatten() { (schema(name, s)) }
    }
}
