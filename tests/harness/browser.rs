//! Debian's Chromium through its WebDriver server: one server a test, a browser with a profile of its own for each
//! person.
//!
//! A test that fails leaves a picture and the console of every browser in `target/browser-failures`, and so does one
//! in which a page said something in its console (an error, a breach of the content policy) that nobody expected.

use std::any::Any;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::World;
use super::browser_page::{Browser, Look};
use super::process::{Process, tail};
use super::wait::eventually;
use super::webdriver::Session;

/// Where pictures and consoles of failures are kept.
pub fn failures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser-failures")
}

/// What is started by its name, or stands where Debian puts it.
fn program(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(["/usr/bin".into()]).collect();
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("none of {names:?} is installed: `ops/test` installs Debian's chromium and its driver")
    })
}

/// The WebDriver server, and the browsers of one test.
pub struct Chrome {
    url: String,
    folder: TempDir,
    browsers: Mutex<Vec<Arc<Browser>>>,
    process: Process,
}

impl Chrome {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("driver.log");
        // Nothing of the tester's own settings: a home, and a place for what is temporary, that end with the test.
        let mut command = Command::new(program(&["chromedriver"]));
        command
            .arg("--port=0")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("LANG", "C.UTF-8");
        let mut process = Process::start(&mut command, &log);
        let port = eventually(Duration::from_secs(20), "chromedriver listens", async || {
            let said = tail(&log, 10);
            assert!(process.runs(), "chromedriver ended: {said}");
            let found = said
                .lines()
                .find_map(|l| l.strip_prefix("ChromeDriver was started successfully on port "));
            found
                .map(|port| port.trim_end_matches('.').to_owned())
                .ok_or(said.clone())
        })
        .await;
        Self {
            url: format!("http://127.0.0.1:{port}"),
            folder,
            browsers: Mutex::default(),
            process,
        }
    }

    /// A browser with an empty profile.
    pub async fn browser(&self, world: &World, name: &str, look: Look) -> Arc<Browser> {
        let profile = self.folder.path().join(format!("profile-{name}"));
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--no-proxy-server",
            "--mute-audio",
            // Several windows on one screen, none of them in front: a page that is not seen runs its timers slowly.
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--disable-background-timer-throttling",
            // With its driver's end the pipe ends, and with the pipe the browser: nothing is left over, whatever
            // became of the test.
            "--remote-debugging-pipe",
        ];
        let arguments: Vec<String> = arguments
            .iter()
            .map(|&a| a.to_owned())
            .chain([format!("--user-data-dir={}", profile.display())])
            .collect();
        let wanted = json!({
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "pageLoadStrategy": "normal",
            "timeouts": { "script": 30_000, "pageLoad": 30_000, "implicit": 0 },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": program(&["chromium"]),
                "args": arguments,
                "prefs": { "credentials_enable_service": false, "profile.password_manager_enabled": false },
            },
        });
        let session = Session::start(&self.url, wanted)
            .await
            .unwrap_or_else(|e| panic!("no browser: {e}\n{}", tail(&self.folder.path().join("driver.log"), 30)));
        let browser = Arc::new(Browser::new(session, name, &world.server.base));
        self.browsers.lock().expect("browsers").push(browser.clone());
        browser.look(look).await;
        browser
    }

    /// Pictures and consoles of all browsers; gives where they are.
    async fn keep(&self) -> String {
        let folder = failures();
        std::fs::create_dir_all(&folder).expect("a folder for failures");
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let browsers = self.browsers.lock().expect("browsers").clone();
        let mut kept = String::new();
        for browser in browsers {
            let name = folder.join(format!("{test}-{}", browser.name));
            let (picture, log) = (name.with_extension("png"), name.with_extension("log"));
            let shot = tokio::time::timeout(Duration::from_secs(10), browser.picture()).await;
            match shot {
                Ok(Ok(png)) => {
                    let _ = std::fs::write(&picture, png);
                    let _ = writeln!(kept, "picture of {}: {}", browser.name, picture.display());
                }
                Ok(Err(why)) => drop(writeln!(kept, "no picture of {}: {why}", browser.name)),
                Err(_) => drop(writeln!(kept, "no picture of {}: it does not answer", browser.name)),
            }
            let said = browser.said().await;
            let _ = std::fs::write(&log, &said);
            let _ = writeln!(
                kept,
                "console of {}: {}\n{}",
                browser.name,
                log.display(),
                last(&said, 20)
            );
        }
        kept
    }

    /// What pages said in their consoles and nobody expected.
    async fn wrong(&self) -> Vec<String> {
        let browsers = self.browsers.lock().expect("browsers").clone();
        let mut wrong = Vec::new();
        for browser in browsers {
            wrong.extend(
                browser
                    .wrong()
                    .await
                    .into_iter()
                    .map(|w| format!("{}: {w}", browser.name)),
            );
        }
        wrong
    }
}

fn last(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

impl Drop for Chrome {
    fn drop(&mut self) {
        self.process.kill();
        // The profile's folder can be removed only when nobody writes in it any more.
        let ours = self.folder.path().to_string_lossy().into_owned();
        let begun = Instant::now();
        loop {
            let left = processes_with(&ours);
            if left.is_empty() {
                return;
            }
            if begun.elapsed() > Duration::from_secs(5) {
                let _ = Command::new("kill").arg("-KILL").args(&left).status();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Processes with this text in their command line.
fn processes_with(text: &str) -> Vec<String> {
    let Ok(all) = std::fs::read_dir("/proc") else {
        return vec![];
    };
    let mut found = Vec::new();
    for entry in all.flatten() {
        let id = entry.file_name().to_string_lossy().into_owned();
        let is_process = id.bytes().all(|b| b.is_ascii_digit());
        if is_process
            && std::fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
        {
            found.push(id);
        }
    }
    found
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_default()
}

/// Runs a test with browsers; the world and the browsers end with it, whatever came of it.
pub async fn browsing(world: World, test: impl AsyncFnOnce(&World, &Chrome)) {
    let chrome = Chrome::start().await;
    let done = AssertUnwindSafe(test(&world, &chrome)).catch_unwind().await;
    match done {
        Ok(()) => {
            let wrong = chrome.wrong().await;
            if !wrong.is_empty() {
                let kept = chrome.keep().await;
                panic!("pages said in their consoles: {wrong:#?}\n{kept}");
            }
        }
        Err(panic) => {
            let kept = chrome.keep().await;
            eprintln!(
                "---- {} ----\n{kept}----",
                message(panic.as_ref()).lines().next().unwrap_or_default()
            );
            // Once more and whole at the very end: of a long output only the end is read.
            eprintln!("{}", message(panic.as_ref()));
            resume_unwind(panic);
        }
    }
}

/// A value that scripts call true.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64().is_some_and(|n| n != 0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
