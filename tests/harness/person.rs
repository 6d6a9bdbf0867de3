//! Somebody who uses the REST interface: with a token, as programs do.

use reqwest::Method;
use serde_json::Value;

use super::{Answer, Server};

/// A person with a token.
#[derive(Clone)]
pub struct Person {
    pub token: String,
    base: String,
    http: reqwest::Client,
}

impl Person {
    /// The password that the harness gives an account.
    pub fn password_of(login: &str) -> String {
        format!("password of {login}")
    }

    pub fn with_token(server: &Server, token: &str) -> Self {
        assert!(
            !token.is_empty() && !token.contains(char::is_whitespace),
            "`token new` prints the token alone: {token:?}"
        );
        Self {
            token: token.to_owned(),
            base: server.base.clone(),
            http: server.http().clone(),
        }
    }

    /// A call with more headers; the path is below `/api/v1`.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Answer {
        self.try_call(method, path, body, headers)
            .await
            .unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// As [`Self::call`], while the server may be down.
    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let asked = format!("{method} {path} {}", body.map(Value::to_string).unwrap_or_default());
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|e| format!("{asked}: {e:?}"))?;
        Ok(Answer::of(asked, response).await)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = (!body.is_null()).then_some(body);
        self.call(Method::POST, path, body, &[]).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Every line of a live's history, page by page.
    pub async fn history(&self, event: &str) -> Vec<Value> {
        let (mut lines, mut after) = (Vec::new(), 0);
        loop {
            let path = format!("/live/{event}/chat?after={after}&limit=200");
            let page = self.get(&path).await.ok();
            lines.extend(
                page["items"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{path}: {page}"))
                    .iter()
                    .cloned(),
            );
            match page["upto"].as_u64() {
                Some(upto) if upto > after => after = upto,
                _ => return lines,
            }
        }
    }

    /// `GET /meetings/{id}/state`.
    pub async fn state(&self, meeting: &str) -> Value {
        self.get(&format!("/meetings/{meeting}/state")).await.ok()
    }
}
