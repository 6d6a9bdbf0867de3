//! `amphi serve` as a process, and the commands beside it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::process::{Output, Process, tail};
use super::wait::eventually;
use super::{Person, ports};

/// How long a start may take, on a machine where much else runs.
const START: Duration = Duration::from_secs(30);

/// The server: its settings, and the process while it runs.
pub struct Server {
    pub base: String,
    pub data: PathBuf,
    environment: Vec<(String, String)>,
    log: PathBuf,
    http: reqwest::Client,
    process: Mutex<Option<Process>>,
    /// Where in its log the present run begins.
    begun: AtomicUsize,
}

impl Server {
    /// With everything quick that can be; `more` are settings by their names in lower case.
    pub fn new(folder: &Path, bbb_url: &str, bbb_secret: &str, more: &[(&str, &str)]) -> Self {
        let port = ports::free();
        let base = format!("http://127.0.0.1:{port}");
        let data = folder.join("data");
        let path = |p: PathBuf| p.to_string_lossy().into_owned();
        let mut settings: Vec<(String, String)> = vec![
            ("listen".into(), format!("127.0.0.1:{port}")),
            ("public_url".into(), base.clone()),
            ("data".into(), path(data.clone())),
            ("bbb_url".into(), bbb_url.into()),
            ("bbb_secret".into(), bbb_secret.into()),
            ("master_key_file".into(), path(folder.join("master.key"))),
        ];
        let quick = [
            ("room_poll", "0.3"),
            ("room_confirm", "0.2"),
            ("retry_first", "0.1"),
            ("retry_most", "0.5"),
            ("hook_refresh", "1"),
            ("probe", "0.2"),
            ("robot_deadline", "15"),
            ("picture_deadline", "15"),
            ("heal_after", "3"),
            ("late_start", "1.5"),
            ("fence_after", "3"),
            ("gateway_poll", "0.5"),
            ("gateway_scout", "0.5"),
            ("echo_wait", "4"),
            ("echo_patience", "10"),
            ("bbb_read", "2"),
            ("bbb_create", "2"),
            ("gateway_start", "2"),
            ("gateway_stop", "2"),
            ("posts_per_10s", "200"),
            ("log_level", "info"),
        ];
        for (name, value) in quick.iter().chain(more) {
            settings.retain(|(n, _)| n != name);
            settings.push(((*name).to_owned(), (*value).to_owned()));
        }
        let environment = settings
            .into_iter()
            .map(|(n, v)| (format!("AMPHI_{}", n.to_uppercase()), v))
            .collect();
        let log = folder.join("amphi.log");
        // A dead server must be noticed, and a new one found: no connection is kept.
        let http = amphi::outgoing::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(20))
            .build()
            .expect("client");
        Self {
            base,
            data,
            environment,
            log,
            http,
            process: Mutex::new(None),
            begun: AtomicUsize::new(0),
        }
    }

    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A command of the program with the server's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amphi"));
        // Nothing of the environment of the tests but what a program needs to run.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .envs(self.environment.iter().map(|(n, v)| (n, v)))
            .args(arguments);
        command
    }

    /// Changes a setting, by its name in lower case, from the next start on.
    pub fn setting(&mut self, name: &str, value: &str) {
        self.environ(&format!("AMPHI_{}", name.to_uppercase()), value);
    }

    /// Gives the program an environment variable, from the next start on.
    pub fn environ(&mut self, name: &str, value: &str) {
        self.environment.retain(|(n, _)| n != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a command beside the server, to its end.
    pub async fn run(&self, arguments: &[&str], stdin: Option<&str>) -> Output {
        Output::of(self.command(arguments), stdin.map(str::to_owned)).await
    }

    /// Starts it, and waits until it is ready.
    pub async fn start(&self) {
        self.launch();
        self.ready().await;
    }

    /// Starts it without waiting.
    pub fn launch(&self) {
        self.launch_with(&[]);
    }

    /// Starts it with more flags, without waiting.
    pub fn launch_with(&self, flags: &[&str]) {
        let mut process = self.process.lock().expect("process");
        assert!(process.is_none(), "the server runs already");
        self.begun.store(self.said().len(), Ordering::SeqCst);
        let serve: Vec<&str> = std::iter::once("serve").chain(flags.iter().copied()).collect();
        *process = Some(Process::start(&mut self.command(&serve), &self.log));
    }

    /// Waits until it says that it is ready, to requests and to commands.
    pub async fn ready(&self) {
        eventually(START, "the server is ready", async || {
            let runs = self
                .process
                .lock()
                .expect("process")
                .as_mut()
                .is_some_and(Process::runs);
            assert!(runs, "the server ended at its start:\n{}", self.tail(30));
            let asked = self.http.get(format!("{}/health/ready", self.base)).send().await;
            let said = self.said();
            match asked {
                // Printed once the folder's socket takes commands, which is after the first request is answered.
                Ok(answer) if answer.status() == 200 => match said.get(self.begun.load(Ordering::SeqCst)..) {
                    Some(new) if new.contains("listening http://") => Ok(()),
                    _ => Err("ready, and not listening yet".to_owned()),
                },
                Ok(answer) => Err(format!(
                    "{} {}",
                    answer.status(),
                    answer.text().await.unwrap_or_default()
                )),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// SIGKILL.
    pub fn kill(&self) {
        self.process
            .lock()
            .expect("process")
            .take()
            .expect("the server runs")
            .kill();
    }

    /// Stands still for so long, as a machine does that has too much to do: whatever is due meanwhile is late.
    pub async fn stand_still(&self, time: Duration) {
        let signal = |name| {
            let process = self.process.lock().expect("process");
            process.as_ref().expect("the server runs").signal(name);
        };
        signal("STOP");
        tokio::time::sleep(time).await;
        signal("CONT");
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(&self) {
        let mut process = self.process.lock().expect("process").take().expect("the server runs");
        process.terminate();
        eventually(Duration::from_secs(20), "the server ends", async || {
            if process.runs() { Err(self.tail(10)) } else { Ok(()) }
        })
        .await;
    }

    /// SIGKILL and a new start.
    pub async fn restart(&self) {
        self.kill();
        self.start().await;
    }

    /// Adds an account through the command line and signs it in with a token.
    pub async fn person(&self, login: &str, name: &str, role: &str) -> Person {
        let add = [
            "user",
            "add",
            "--login",
            login,
            "--name",
            name,
            "--role",
            role,
            "--password-stdin",
        ];
        self.run(&add, Some(&format!("{}\n", Person::password_of(login))))
            .await
            .ok();
        let token = self.run(&["token", "new", "--login", login], None).await.ok();
        Person::with_token(self, token.trim())
    }

    /// The end of its log.
    pub fn tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }

    /// All of its log.
    pub fn said(&self) -> String {
        tail(&self.log, usize::MAX)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "---- end of the server's log ({}) ----\n{}\n----",
                self.log.display(),
                self.tail(60)
            );
        }
    }
}
