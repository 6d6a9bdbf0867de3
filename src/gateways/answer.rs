//! Reading a gateway's answer by its content.

use serde_json::Value;

use crate::outgoing::Answer;

/// An answer, its JSON if it is some.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) json: Option<Value>,
    /// First 500 bytes.
    pub(super) excerpt: String,
}

impl Said {
    pub(super) fn read(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            json: serde_json::from_slice(&answer.body).ok(),
            excerpt: answer.excerpt(),
        }
    }

    /// A text in the JSON.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.json.as_ref()?.pointer(pointer)?.as_str()
    }

    /// `res`, bare or in `details`: the only thing that says what happened in G1 to G3.
    pub(super) fn res(&self) -> Option<&str> {
        self.text("/details/res").or_else(|| self.text("/res"))
    }

    /// The reason beside a `res` of `error`.
    pub(super) fn res_type(&self) -> &str {
        self.text("/details/type")
            .or_else(|| self.text("/type"))
            .unwrap_or("no reason given")
    }

    /// Every dialect's error text.
    pub(super) fn error(&self) -> Option<&str> {
        self.text("/Error")
            .or_else(|| self.text("/error/detail"))
            .or_else(|| self.text("/error"))
            .or_else(|| self.text("/detail"))
    }

    /// For people: status and what was said, one line.
    pub(super) fn why(&self) -> String {
        let said = self.error().unwrap_or(&self.excerpt);
        let line: String = said
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(300)
            .collect();
        format!("HTTP {}: {}", self.status, line.trim())
    }

    /// Said by a front server in between, not by the gateway.
    pub(super) fn is_front(&self) -> bool {
        matches!(self.status, 502..=504)
    }
}
