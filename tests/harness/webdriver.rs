//! The WebDriver protocol, by fantoccini; what Chromium's driver knows beyond it goes as commands of its own.
//!
//! Not by thirtyfour: it switches on `serde_json`'s `preserve_order` for the whole build, and the program that is tested
//! would write its events in another order than the one that is shipped.

use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
pub use fantoccini::elements::Element;
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// Keys that are no characters.
pub const TAB: char = '\u{e004}';
pub const ENTER: char = '\u{e007}';

/// How long a driver may take to answer: longer than its own bounds of scripts and page loads.
const PATIENCE: Duration = Duration::from_secs(90);

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

impl Fault {
    fn no_answer(text: String) -> Self {
        Self {
            code: "no answer".to_owned(),
            text,
        }
    }
}

impl From<CmdError> for Fault {
    fn from(error: CmdError) -> Self {
        match error {
            CmdError::Standard(said) => Self {
                code: said.error(),
                text: said.message.into_owned(),
            },
            other => Self::no_answer(format!("{other:?}")),
        }
    }
}

impl From<NewSessionError> for Fault {
    fn from(error: NewSessionError) -> Self {
        match error {
            NewSessionError::SessionNotCreated(said) => CmdError::Standard(said).into(),
            NewSessionError::UnexpectedError(error) => error.into(),
            other => Self::no_answer(format!("{other:?}")),
        }
    }
}

/// fantoccini itself waits for ever, and a command for the one before it: a browser that hangs would hold up its test.
async fn soon<T, E: Into<Fault>>(answer: impl Future<Output = Result<T, E>>) -> Result<T, Fault> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Fault::no_answer(format!("nothing within {PATIENCE:?}"))),
    }
}

/// A command that only Chromium's driver knows.
#[derive(Debug)]
struct Chromiums {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Chromiums {
    fn endpoint(&self, driver: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        driver.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// A session: one browser.
pub struct Session(Client);

impl Session {
    /// Starts a browser.
    pub async fn start(driver: &str, wanted: Value) -> Result<Self, Fault> {
        let Value::Object(wanted) = wanted else {
            panic!("capabilities are an object: {wanted}");
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = soon(builder.capabilities(wanted).connect(driver)).await?;
        // A browser ends with its driver: nobody is left to be told when the test is over.
        soon(client.persist()).await?;
        Ok(Self(client))
    }

    pub async fn goto(&self, url: &str) -> Result<(), Fault> {
        soon(self.0.goto(url)).await
    }

    pub async fn refresh(&self) -> Result<(), Fault> {
        soon(self.0.refresh()).await
    }

    pub async fn url(&self) -> Result<String, Fault> {
        soon(self.0.current_url()).await.map(String::from)
    }

    /// Runs a script; `later` = what it gives to the function that is its last argument.
    pub async fn execute(&self, script: &str, arguments: Vec<Value>, later: bool) -> Result<Value, Fault> {
        if later {
            soon(self.0.execute_async(script, arguments)).await
        } else {
            soon(self.0.execute(script, arguments)).await
        }
    }

    pub async fn find_all(&self, css: &str) -> Result<Vec<Element>, Fault> {
        soon(self.0.find_all(Locator::Css(css))).await
    }

    /// Can be seen, and isn't disabled.
    pub async fn usable(&self, element: &Element) -> Result<bool, Fault> {
        Ok(soon(element.is_displayed()).await? && soon(element.is_enabled()).await?)
    }

    /// Scrolls there and clicks as a mouse does; refused where something lies over it.
    pub async fn click(&self, element: &Element) -> Result<(), Fault> {
        soon(element.click()).await
    }

    /// Focuses and types.
    pub async fn type_into(&self, element: &Element, text: &str) -> Result<(), Fault> {
        soon(element.send_keys(text)).await
    }

    /// Types to whatever has the focus.
    pub async fn keys(&self, text: &str) -> Result<(), Fault> {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let actions = text.chars().fold(keyboard, |typed, value| {
            typed.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        soon(self.0.perform_actions(actions)).await
    }

    /// The text of a question that the browser asks.
    pub async fn question(&self) -> Result<String, Fault> {
        soon(self.0.get_alert_text()).await
    }

    pub async fn accept(&self) -> Result<(), Fault> {
        soon(self.0.accept_alert()).await
    }

    pub async fn forget_cookies(&self) -> Result<(), Fault> {
        soon(self.0.delete_all_cookies()).await
    }

    pub async fn window(&self) -> Result<String, Fault> {
        soon(self.0.window()).await.map(String::from)
    }

    pub async fn windows(&self) -> Result<Vec<String>, Fault> {
        let all = soon(self.0.windows()).await?;
        Ok(all.into_iter().map(String::from).collect())
    }

    pub async fn switch(&self, window: &str) -> Result<(), Fault> {
        let window = WindowHandle::try_from(window).map_err(CmdError::from)?;
        soon(self.0.switch_to_window(window)).await
    }

    pub async fn close_window(&self) -> Result<(), Fault> {
        soon(self.0.close_window()).await
    }

    /// A picture of what is seen, as PNG.
    pub async fn picture(&self) -> Result<Vec<u8>, Fault> {
        soon(self.0.screenshot()).await
    }

    async fn chromiums(&self, path: &'static str, body: Value) -> Result<Value, Fault> {
        soon(self.0.issue_cmd(Chromiums { path, body })).await
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, method: &str, parameters: &Value) -> Result<Value, Fault> {
        self.chromiums("goog/cdp/execute", json!({ "cmd": method, "params": parameters }))
            .await
    }

    /// What the consoles of all windows said since the last time, as (level, text).
    pub async fn console(&self) -> Result<Vec<(String, String)>, Fault> {
        let said = self.chromiums("se/log", json!({ "type": "browser" })).await?;
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let said = said.as_array().cloned().unwrap_or_default();
        Ok(said.iter().map(|e| (text(&e["level"]), text(&e["message"]))).collect())
    }
}
