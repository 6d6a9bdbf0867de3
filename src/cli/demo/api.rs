//! The server's API and the simulators', as anybody calls them.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;

/// Both.
pub struct Api {
    client: reqwest::Client,
    base: String,
    sim: String,
}

impl Api {
    /// Of a server and of simulators, by their origins.
    ///
    /// # Errors
    /// The client can't be made.
    pub fn new(base: &str, sim: &str) -> anyhow::Result<Self> {
        // Both are this process: no proxy of the environment stands between.
        let client = crate::outgoing::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            client,
            base: base.to_owned(),
            sim: sim.to_owned(),
        })
    }

    /// A call of the server's API with somebody's token.
    ///
    /// # Errors
    /// It was refused; the problem's text is in the error.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> anyhow::Result<Value> {
        let what = format!("{method} {path}");
        let mut request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.send().await.with_context(|| what.clone())?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| what.clone())?;
        if !status.is_success() {
            bail!("{what}: {status} {text}");
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| what)
    }

    /// `GET`.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn get(&self, path: &str, token: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, token, None, None).await
    }

    /// A call of the simulators' control API; whether it was taken.
    ///
    /// # Errors
    /// They did not answer.
    pub async fn sim(&self, path: &str, body: &Value) -> anyhow::Result<bool> {
        let answer = self
            .client
            .post(format!("{}/sim{path}", self.sim))
            .json(body)
            .send()
            .await
            .context("the simulators")?;
        Ok(answer.status().is_success())
    }
}

/// Asks again until it is so, at most so long; what was wanted, for the error.
///
/// # Errors
/// It was not so in time, or asking failed.
pub async fn until<F>(what: &str, most: Duration, mut ask: impl FnMut() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<bool>>,
{
    let asking = async {
        loop {
            if ask().await? {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(most, asking)
        .await
        .with_context(|| format!("{what}: not within {} s", most.as_secs()))?
}
