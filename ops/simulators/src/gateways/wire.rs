//! Bytes as the two Python servers write them (gateway contract §2, §10).

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode, header};
use axum::response::Response;
use futures_util::stream;

/// Marks a response of a call that blocks without limit: nothing of it is sent.
#[derive(Clone, Copy)]
pub struct NeverAnswered;

/// A call that blocks without limit.
pub fn never() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(NeverAnswered);
    response
}

/// A string as Python's `json.dumps` writes it, not ASCII escaped (web.py) or not (FastAPI).
pub fn quote(text: &str, ascii: bool) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other if (other as u32) < 0x20 || (ascii && !other.is_ascii()) => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing into a String does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Takes the white space between tokens away and keeps the order of the fields, as FastAPI echoes a payload.
pub fn compact(json: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::with_capacity(json.len()), false, false);
    for character in json.chars() {
        if inside {
            inside = escaped || character != '"';
            escaped = !escaped && character == '\\';
            out.push(character);
        } else if !character.is_ascii_whitespace() {
            inside = character == '"';
            out.push(character);
        }
    }
    out
}

/// An answer of web.py under cheroot: chunked, `Server: localhost`, Content-Type only where given (twice on 500).
pub fn web_py(status: u16, types: &[&'static str], body: String) -> Response {
    let mut response = HttpResponse::new(Body::from_stream(stream::once(async move {
        Ok::<_, std::convert::Infallible>(Bytes::from(body))
    })));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for kind in types {
        response
            .headers_mut()
            .append(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
        .headers_mut()
        .insert(header::SERVER, HeaderValue::from_static("localhost"));
    response
}

/// An answer of FastAPI under uvicorn: compact JSON with its length.
pub fn uvicorn(status: u16, body: String) -> Response {
    let mut response = HttpResponse::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
        .headers_mut()
        .insert(header::SERVER, HeaderValue::from_static("uvicorn"));
    response
}

/// Adds a header known at compile time.
pub fn with(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_payloads_as_python_writes_them() {
        assert_eq!(quote("é\"\\\n🎉", true), "\"\\u00e9\\\"\\\\\\n\\ud83c\\udf89\"");
        assert_eq!(quote("é", false), "\"é\"");
        assert_eq!(
            compact("{ \"b\" : \"x \\\" y\" ,\n \"a\": [1, 2] }"),
            "{\"b\":\"x \\\" y\",\"a\":[1,2]}"
        );
    }
}
