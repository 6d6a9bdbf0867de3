//! An answer of the REST interface.

use serde_json::Value;

/// Status, headers, body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for failures.
    pub asked: String,
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(asked: String, response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            asked,
            status,
            headers,
            text: response.text().await.unwrap_or_default(),
        }
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} was answered {} {}",
            self.asked,
            self.status,
            self.text
        );
        self.json()
    }

    /// A problem document with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, body["code"].as_str()),
            (status, Some(code)),
            "{} was answered {}",
            self.asked,
            self.text
        );
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.asked
        );
        assert_eq!(body["status"], status, "{}: {body}", self.asked);
        assert!(
            body["title"].as_str().is_some_and(|t| !t.is_empty()),
            "{}: {body}",
            self.asked
        );
        body
    }
}
