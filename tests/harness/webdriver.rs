//! WebDriver as it goes over the wire: one JSON call a command.
//!
//! No client library: those there are either switch on `serde_json`'s `preserve_order` for the whole build (thirtyfour;
//! the program that is tested would then write its events in another order than the one that is shipped) or bring
//! forty crates more (fantoccini). What the tests need of the protocol is this page.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

/// The key under which the protocol wraps an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that are no characters.
pub const TAB: char = '\u{e004}';
pub const ENTER: char = '\u{e007}';

/// What the driver answers instead of a value.
#[derive(Debug, Clone)]
pub struct Fault {
    pub code: String,
    pub text: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.text.lines().next().unwrap_or_default())
    }
}

/// A session: one browser.
pub struct Session {
    http: reqwest::Client,
    base: String,
}

/// An element of the page in front.
#[derive(Debug, Clone)]
pub struct Element(String);

async fn ask(http: &reqwest::Client, method: Method, url: &str, body: Option<Value>) -> Result<Value, Fault> {
    let fault = |text: String| Fault {
        code: "no answer".to_owned(),
        text,
    };
    let mut request = http.request(method, url);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.map_err(|e| fault(format!("{url}: {e:?}")))?;
    let good = answer.status().is_success();
    let body: Value = answer.json().await.map_err(|e| fault(format!("{url}: {e:?}")))?;
    let value = body["value"].clone();
    if good {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Err(Fault {
        code: text("error"),
        text: text("message"),
    })
}

impl Session {
    /// Starts a browser.
    pub async fn start(driver: &str, wanted: Value) -> Result<Self, Fault> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(90))
            .build()
            .expect("client");
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let made = ask(&http, Method::POST, &format!("{driver}/session"), Some(body)).await?;
        let id = made["sessionId"].as_str().expect("a session").to_owned();
        Ok(Self {
            http,
            base: format!("{driver}/session/{id}"),
        })
    }

    async fn get(&self, path: &str) -> Result<Value, Fault> {
        ask(&self.http, Method::GET, &format!("{}{path}", self.base), None).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, Fault> {
        ask(&self.http, Method::POST, &format!("{}{path}", self.base), Some(body)).await
    }

    async fn delete(&self, path: &str) -> Result<Value, Fault> {
        ask(&self.http, Method::DELETE, &format!("{}{path}", self.base), None).await
    }

    pub async fn goto(&self, url: &str) -> Result<(), Fault> {
        self.post("/url", json!({ "url": url })).await.map(drop)
    }

    pub async fn refresh(&self) -> Result<(), Fault> {
        self.post("/refresh", json!({})).await.map(drop)
    }

    pub async fn url(&self) -> Result<String, Fault> {
        let url = self.get("/url").await?;
        Ok(url.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script; `later` = what it gives to the function that is its last argument.
    pub async fn execute(&self, script: &str, arguments: Vec<Value>, later: bool) -> Result<Value, Fault> {
        let how = if later { "async" } else { "sync" };
        self.post(
            &format!("/execute/{how}"),
            json!({ "script": script, "args": arguments }),
        )
        .await
    }

    pub async fn find_all(&self, css: &str) -> Result<Vec<Element>, Fault> {
        let found = self
            .post("/elements", json!({ "using": "css selector", "value": css }))
            .await?;
        let found = found.as_array().cloned().unwrap_or_default();
        Ok(found
            .iter()
            .filter_map(|e| e[ELEMENT].as_str().map(|id| Element(id.to_owned())))
            .collect())
    }

    /// Can be seen, and isn't disabled.
    pub async fn usable(&self, element: &Element) -> Result<bool, Fault> {
        let shown = self.get(&format!("/element/{}/displayed", element.0)).await?;
        let enabled = self.get(&format!("/element/{}/enabled", element.0)).await?;
        Ok(shown == true && enabled == true)
    }

    /// Scrolls there and clicks as a mouse does; refused where something lies over it.
    pub async fn click(&self, element: &Element) -> Result<(), Fault> {
        self.post(&format!("/element/{}/click", element.0), json!({}))
            .await
            .map(drop)
    }

    /// Focuses and types.
    pub async fn type_into(&self, element: &Element, text: &str) -> Result<(), Fault> {
        self.post(&format!("/element/{}/value", element.0), json!({ "text": text }))
            .await
            .map(drop)
    }

    /// Types to whatever has the focus.
    pub async fn keys(&self, text: &str) -> Result<(), Fault> {
        let press = |c: char| {
            let key = c.to_string();
            [
                json!({ "type": "keyDown", "value": key }),
                json!({ "type": "keyUp", "value": key }),
            ]
        };
        let actions: Vec<Value> = text.chars().flat_map(press).collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.post("/actions", body).await.map(drop)
    }

    /// The text of a question that the browser asks.
    pub async fn question(&self) -> Result<String, Fault> {
        let text = self.get("/alert/text").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    pub async fn accept(&self) -> Result<(), Fault> {
        self.post("/alert/accept", json!({})).await.map(drop)
    }

    pub async fn forget_cookies(&self) -> Result<(), Fault> {
        self.delete("/cookie").await.map(drop)
    }

    pub async fn window(&self) -> Result<String, Fault> {
        let window = self.get("/window").await?;
        Ok(window.as_str().unwrap_or_default().to_owned())
    }

    pub async fn windows(&self) -> Result<Vec<String>, Fault> {
        let all = self.get("/window/handles").await?;
        Ok(serde_json::from_value(all).unwrap_or_default())
    }

    pub async fn switch(&self, window: &str) -> Result<(), Fault> {
        self.post("/window", json!({ "handle": window })).await.map(drop)
    }

    pub async fn close_window(&self) -> Result<(), Fault> {
        self.delete("/window").await.map(drop)
    }

    /// A picture of what is seen, as PNG.
    pub async fn picture(&self) -> Result<Vec<u8>, Fault> {
        use base64::Engine as _;
        let text = self.get("/screenshot").await?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap_or_default());
        decoded.map_err(|e| Fault {
            code: "no picture".to_owned(),
            text: e.to_string(),
        })
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, method: &str, parameters: &Value) -> Result<Value, Fault> {
        self.post("/goog/cdp/execute", json!({ "cmd": method, "params": parameters }))
            .await
    }

    /// What the consoles of all windows said since the last time, as (level, text).
    pub async fn console(&self) -> Result<Vec<(String, String)>, Fault> {
        let said = self.post("/se/log", json!({ "type": "browser" })).await?;
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let said = said.as_array().cloned().unwrap_or_default();
        Ok(said.iter().map(|e| (text(&e["level"]), text(&e["message"]))).collect())
    }
}
