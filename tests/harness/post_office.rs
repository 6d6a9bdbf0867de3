//! A mail server that is not ours, and what it was given (`tests/scripts/post_office.py`; `ops/test` installs it).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use std::collections::BTreeMap;

use super::process::{Process, tail};
use super::wait::eventually;

/// A mail as the server was given it, read by a parser that is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// Sender of the envelope.
    pub from: String,
    /// Readers of the envelope.
    pub to: Vec<String>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// From the plainest to the best.
    pub parts: Vec<Part>,
}

/// A part of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Part {
    #[serde(rename = "type")]
    pub kind: String,
    pub parameters: BTreeMap<String, String>,
    pub text: String,
}

impl Mail {
    /// Its text.
    #[track_caller]
    pub fn text(&self) -> &str {
        &self.part("text/plain").text
    }

    #[track_caller]
    pub fn part(&self, kind: &str) -> &Part {
        let mut found = self.parts.iter().filter(|p| p.kind == kind);
        let part = found.next().unwrap_or_else(|| panic!("no {kind}: {self:#?}"));
        assert!(found.next().is_none(), "{kind} twice: {self:#?}");
        part
    }

    /// A line of its calendar, unfolded, without its name; of the first event that has it.
    #[track_caller]
    pub fn calendar(&self, name: &str) -> String {
        let text = self.part("text/calendar").text.replace("\r\n", "\n").replace("\n ", "");
        let line = text
            .lines()
            .find_map(|l| l.strip_prefix(name).filter(|l| l.starts_with([':', ';'])));
        line.unwrap_or_else(|| panic!("no {name}:\n{text}")).to_owned()
    }
}

/// The server.
pub struct PostOffice {
    /// As `AMPHI_SMTP_URL` takes it.
    pub url: String,
    file: PathBuf,
    _process: Process,
}

impl PostOffice {
    /// Starts it at a free port; with a certificate and its key it takes nothing in the clear.
    pub async fn start(folder: &Path, certificate: Option<(&Path, &Path)>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (log, file) = (folder.join("post-office.log"), folder.join("mails.ndjson"));
        let mut command = Command::new("python3");
        command
            .arg(root.join("tests/scripts/post_office.py"))
            .arg(&file)
            .env("PYTHONPATH", root.join("target/pypi"));
        if let Some((certificate, key)) = certificate {
            command.args([certificate, key]);
        }
        let mut process = Process::start(&mut command, &log);
        let port = eventually(Duration::from_secs(20), "a mail server listens", async || {
            let said = tail(&log, 20);
            assert!(process.runs(), "the mail server ended, `ops/test` installs it: {said}");
            let port = said.lines().find_map(|l| l.strip_prefix("listening "));
            port.map(|p| p.trim().to_owned()).ok_or(said.clone())
        })
        .await;
        Self {
            url: format!("smtp://127.0.0.1:{port}"),
            file,
            _process: process,
        }
    }

    /// What it was given so far.
    pub fn mails(&self) -> Vec<Mail> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        // The last line may be on its way.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mail = |l: &str| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"));
        whole.lines().map(mail).collect()
    }

    /// Waits for so many, and gives all.
    pub async fn given(&self, count: usize) -> Vec<Mail> {
        eventually(Duration::from_secs(30), &format!("{count} mails"), async || {
            let mails = self.mails();
            if mails.len() >= count { Ok(mails) } else { Err(mails) }
        })
        .await
    }
}
