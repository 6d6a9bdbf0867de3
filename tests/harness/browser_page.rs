//! What somebody does in a browser: look, press, write, by mouse or by keyboard.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::Person;
use super::browser::truthy;
use super::wait::eventually;
use super::webdriver::{ENTER, Element, Fault, Session, TAB};

/// How long a page may take to show what it should: long, because six browsers share two cores, and waiting costs nothing
/// where all is well.
pub const SOON: Duration = Duration::from_secs(30);
/// As [`SOON`], where a gateway starts or a connection waits to come back.
pub const LATER: Duration = Duration::from_secs(90);

/// Whom the browser says that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub lang: &'static str,
    pub width: u32,
    pub dark: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            lang: "fr",
            width: 1280,
            dark: false,
        }
    }
}

/// What things are pressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hand {
    #[default]
    Mouse,
    Keyboard,
}

/// One browser: a profile, its windows, and the one that is in front.
pub struct Browser {
    pub name: String,
    base: String,
    session: Session,
    look: Mutex<Look>,
    hand: Mutex<Hand>,
    /// Parts of what the console may say.
    forgiven: Mutex<Vec<&'static str>>,
    said: Mutex<Vec<(String, String)>>,
}

impl Browser {
    pub(super) fn new(session: Session, name: &str, base: &str) -> Self {
        Self {
            name: name.to_owned(),
            base: base.to_owned(),
            session,
            look: Mutex::default(),
            hand: Mutex::default(),
            // Asked for by the browser itself where a page names no icon: a problem document, the simulated BBB.
            forgiven: Mutex::new(vec!["/favicon.ico"]),
            said: Mutex::default(),
        }
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, method: &str, parameters: Value) -> Value {
        self.session
            .cdp(method, &parameters)
            .await
            .unwrap_or_else(|e| panic!("{}: {method}: {e}", self.name))
    }

    /// Language, width, colours, for the window in front.
    pub async fn look(&self, look: Look) {
        *self.look.lock().expect("look") = look;
        let agent = self.js("return navigator.userAgent").await;
        self.cdp(
            "Emulation.setUserAgentOverride",
            json!({ "userAgent": agent, "acceptLanguage": look.lang }),
        )
        .await;
        self.width(look.width).await;
        self.media(&[("prefers-color-scheme", if look.dark { "dark" } else { "light" })])
            .await;
        // Somewhere where planned and shown times differ.
        self.zone("America/Montreal").await;
    }

    /// The time zone of the window in front.
    pub async fn zone(&self, zone: &str) {
        self.cdp("Emulation.setTimezoneOverride", json!({ "timezoneId": zone }))
            .await;
    }

    /// The width of the window in front.
    pub async fn width(&self, width: u32) {
        let height = if width < 500 { 740 } else { 800 };
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
    }

    /// What the reader prefers.
    pub async fn media(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
    }

    pub fn hand(&self, hand: Hand) {
        *self.hand.lock().expect("hand") = hand;
    }

    /// The console may say what contains this.
    pub fn forgive(&self, part: &'static str) {
        self.forgiven.lock().expect("forgiven").push(part);
    }

    /// Loads an address of the server, or a whole one.
    pub async fn open(&self, path: &str) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        self.session
            .goto(&url)
            .await
            .unwrap_or_else(|e| panic!("{}: {url}: {e}", self.name));
    }

    pub async fn reload(&self) {
        self.session.refresh().await.expect("a reload");
    }

    pub async fn url(&self) -> String {
        self.session.url().await.expect("an address")
    }

    async fn try_js(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Fault> {
        self.session.execute(script, arguments, false).await
    }

    /// What a script returns.
    pub async fn js(&self, script: &str) -> Value {
        self.js_with(script, vec![]).await
    }

    /// What a script with arguments returns.
    pub async fn js_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.try_js(script, arguments)
            .await
            .unwrap_or_else(|e| panic!("{}: {script}: {e}", self.name))
    }

    /// What a script resolves to; its last argument is the function to call.
    pub async fn js_later(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self.session.execute(script, arguments, true).await {
            Ok(answer) => answer,
            Err(error) => panic!(
                "{}: {}: {error}",
                self.name,
                &script[script.len().saturating_sub(400)..]
            ),
        }
    }

    /// Waits until an expression is true, and gives it.
    pub async fn until(&self, bound: Duration, what: &str, expression: &str) -> Value {
        let script = format!("return ({expression})");
        let what = format!("{}: {what} ({expression})", self.name);
        eventually(bound, &what, async || {
            // While a page is left, no script runs in it: that is not yet, too.
            match self.try_js(&script, vec![]).await {
                Ok(value) if truthy(&value) => Ok(value),
                Ok(value) => Err((value.to_string(), self.shown().await)),
                Err(error) => Err((error.to_string(), String::new())),
            }
        })
        .await
    }

    /// Waits until something contains a text.
    pub async fn reads(&self, css: &str, text: &str) {
        let expression = format!(
            "[...document.querySelectorAll({})].some((e) => e.innerText.includes({}))",
            json!(css),
            json!(text)
        );
        self.until(SOON, &format!("{css} reads {text:?}"), &expression).await;
    }

    /// Waits until something can be seen.
    pub async fn sees(&self, css: &str) {
        let expression = format!(
            "[...document.querySelectorAll({})].some((e) => e.checkVisibility({{ visibilityProperty: true }}))",
            json!(css)
        );
        self.until(SOON, &format!("{css} is there"), &expression).await;
    }

    /// Waits for the page at a path.
    pub async fn arrives(&self, path: &str) {
        let expression = format!(
            "location.pathname.startsWith({}) && document.readyState === 'complete'",
            json!(path)
        );
        self.until(SOON, path, &expression).await;
    }

    /// Address and beginning of the text of the page, for failures.
    async fn shown(&self) -> String {
        let script = "return location.href + '\\n' + (document.body?.innerText ?? '').slice(0, 1500)";
        match self.try_js(script, vec![]).await {
            Ok(Value::String(text)) => text,
            other => format!("{other:?}"),
        }
    }

    async fn usable(&self, css: &str) -> Element {
        eventually(SOON, &format!("{}: {css} can be used", self.name), async || {
            let found = self.session.find_all(css).await;
            for element in found.unwrap_or_default() {
                if self.session.usable(&element).await.unwrap_or_default() {
                    return Ok(element);
                }
            }
            Err(self.shown().await)
        })
        .await
    }

    /// Presses what is there, with the mouse or with the keyboard, once it can be.
    pub async fn press(&self, css: &str) {
        if *self.hand.lock().expect("hand") == Hand::Keyboard {
            self.tab_to(css).await;
            let ticks = self
                .js("return document.activeElement.matches('input[type=checkbox], input[type=radio]')")
                .await;
            return self.key(if ticks == true { ' ' } else { ENTER }).await;
        }
        let what = format!("{}: {css} is pressed", self.name);
        eventually(SOON, &what, async || {
            let element = self.usable(css).await;
            // What is covered by something else isn't pressed, nor what was just drawn anew.
            match self.session.click(&element).await {
                Ok(()) => Ok(()),
                Err(fault) if fault.code == "unexpected alert open" => Ok(()),
                Err(fault) => Err(fault),
            }
        })
        .await;
    }

    /// Writes into a field.
    pub async fn write(&self, css: &str, text: &str) {
        if *self.hand.lock().expect("hand") == Hand::Keyboard {
            self.tab_to(css).await;
            return self.keys(text).await;
        }
        let field = self.usable(css).await;
        self.session
            .type_into(&field, text)
            .await
            .unwrap_or_else(|e| panic!("{}: {css}: {e}", self.name));
    }

    /// Keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.session
            .keys(keys)
            .await
            .unwrap_or_else(|e| panic!("{}: keys: {e}", self.name));
    }

    /// One key to whatever has the focus.
    pub async fn key(&self, key: char) {
        self.keys(&key.to_string()).await;
    }

    /// Goes to something with the tabulator alone.
    pub async fn tab_to(&self, css: &str) {
        self.usable(css).await;
        let script =
            "return [document.activeElement?.matches(arguments[0]) === true && !document.activeElement.disabled,
            document.activeElement?.outerHTML.slice(0, 80)]";
        let mut way = Vec::new();
        for _ in 0..200 {
            let at = self.js_with(script, vec![json!(css)]).await;
            if at[0] == true {
                return;
            }
            way.push(at[1].to_string());
            self.key(TAB).await;
        }
        panic!(
            "{}: no way to {css} by keyboard; the last were {:#?}",
            self.name,
            &way[way.len() - 30..]
        );
    }

    /// Presses what asks back, and answers yes: a question of the browser, or a dialog of the page.
    pub async fn press_surely(&self, css: &str) {
        self.press(css).await;
        let what = format!("{}: {css} asks back", self.name);
        let asked = eventually(SOON, &what, async || {
            if self.session.question().await.is_ok() {
                return Ok(true);
            }
            match self
                .try_js("return document.querySelector('dialog[open]') !== null", vec![])
                .await
            {
                Ok(Value::Bool(true)) => Ok(false),
                other => Err(other),
            }
        })
        .await;
        if asked {
            self.session.accept().await.expect("accepted");
        } else {
            self.press("dialog[open] #sure-yes, dialog[open] [value=yes]").await;
        }
    }

    /// Ticks a box, or leaves it ticked.
    pub async fn tick(&self, css: &str) {
        self.sees(css).await;
        let script = "return document.querySelector(arguments[0]).checked";
        if self.js_with(script, vec![json!(css)]).await != true {
            self.press(css).await;
        }
    }

    /// Signs in with the form.
    pub async fn sign_in(&self, login: &str, next: &str) {
        let next_: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        self.open(&format!("/login?next={next_}")).await;
        self.write("input[name=login]", login).await;
        self.write("input[name=password]", &Person::password_of(login)).await;
        self.key(ENTER).await;
        self.arrives(next).await;
    }

    /// Forgets who is signed in.
    pub async fn forget(&self) {
        self.open("/login").await;
        self.session.forget_cookies().await.expect("no cookies");
        self.js("sessionStorage.clear(); localStorage.clear()").await;
    }

    /// The window in front.
    pub async fn window(&self) -> String {
        self.session.window().await.expect("a window")
    }

    /// Brings a window to the front.
    pub async fn front(&self, window: &str) {
        self.session.switch(window).await.expect("a window");
    }

    /// Does what opens a window, and brings that one to the front.
    pub async fn new_window(&self, act: impl AsyncFnOnce()) -> String {
        let before: BTreeSet<String> = self.windows().await;
        act().await;
        let window = eventually(SOON, &format!("{}: a new window", self.name), async || {
            let now = self.windows().await;
            now.iter().find(|w| !before.contains(*w)).cloned().ok_or(now)
        })
        .await;
        self.front(&window).await;
        let look = *self.look.lock().expect("look");
        self.look(look).await;
        window
    }

    /// Closes the window in front and brings another to the front.
    pub async fn close(&self, then: &str) {
        self.session.close_window().await.expect("closed");
        self.front(then).await;
    }

    async fn windows(&self) -> BTreeSet<String> {
        self.session.windows().await.expect("windows").into_iter().collect()
    }

    /// A picture of what is seen.
    pub async fn picture(&self) -> Result<Vec<u8>, Fault> {
        self.session.picture().await
    }

    async fn gather(&self) {
        if let Ok(entries) = self.session.console().await {
            self.said.lock().expect("said").extend(entries);
        }
    }

    /// All that its consoles said.
    pub async fn said(&self) -> String {
        self.gather().await;
        let said = self.said.lock().expect("said");
        said.iter().map(|(level, text)| format!("{level} {text}\n")).collect()
    }

    /// What its consoles said and nobody expected: errors, warnings of the policy, what a script wrote there.
    pub async fn wrong(&self) -> Vec<String> {
        self.gather().await;
        let forgiven = self.forgiven.lock().expect("forgiven").clone();
        let said = self.said.lock().expect("said");
        said.iter()
            .filter(|(level, text)| {
                (level == "SEVERE" || text.contains("Content Security Policy"))
                    && !forgiven.iter().any(|f| text.contains(f))
            })
            .map(|(level, text)| format!("{level} {text}"))
            .collect()
    }
}
