//! The socket in the data folder (design §4): while the server runs it alone holds the folder, so commands that write ask
//! it. A line of JSON asks, lines of JSON answer: progress, then one that says done or failed. Only the folder's owner
//! gets at it (0600, in a folder of 0700), so nothing is proved again.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amphi_web::moving::Ties;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Its name in the data folder.
pub const NAME: &str = "amphi.sock";
/// The longest line that is read of an order: a list of models and a password are far below.
const ORDER_MOST: u64 = 64 * 1024;
/// The longest path that fits into a socket's address on Linux is 107 bytes.
const PATH_MOST: usize = 100;

/// What can be asked. No `Debug`: one holds a password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Builds read models anew; none named: all.
    Rebuild {
        /// Their names.
        models: Vec<String>,
    },
    /// Everything that is known of a person.
    PersonExport {
        /// Id or login.
        person: String,
    },
    /// Destroys a person's key, account and mails.
    PersonErase {
        /// Id or login.
        person: String,
    },
    /// Makes an account.
    UserAdd {
        /// What signs in.
        login: String,
        /// What is shown.
        name: String,
        /// `user`, `staff`, `auditor` or `administrator`.
        role: String,
        /// In clear, over a socket that only the owner opens.
        password: String,
    },
    /// Ties an identity of another house to an account.
    UserTie {
        /// Whose account.
        login: String,
        /// Which house.
        provider: String,
        /// Who it is there.
        subject: String,
    },
    /// Says where somebody is written to.
    UserMail {
        /// Whose account.
        login: String,
        /// The address; empty: none.
        address: String,
    },
    /// Makes an API token; the answer is its text.
    TokenNew {
        /// Whose.
        login: String,
        /// What it may be used for; none: whatever the person may.
        #[serde(default)]
        scopes: Vec<String>,
        /// Days until it ends; none: until it is revoked.
        #[serde(default)]
        days: Option<u16>,
    },
    /// Takes over what another service kept; the answer is the report.
    ImportPod {
        /// The dump, where the one who carries this out finds it.
        file: PathBuf,
        /// Write it; else only look.
        apply: bool,
        /// Primary key of the site that moves.
        #[serde(default)]
        site: Option<String>,
        /// Zone of meetings.
        time_zone: String,
        /// Names the service.
        from: String,
        /// Which of its ways of signing in is which provider here.
        #[serde(default)]
        ties: Ties,
        /// Whoever has the same login here is the same person.
        #[serde(default)]
        same_logins: bool,
    },
}

/// How far a long order got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being worked on.
    pub what: String,
    /// So much is done.
    pub done: u64,
    /// Of so much.
    pub of: u64,
}

/// A line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It goes on.
    Progress(Progress),
    /// It is done; the last line.
    Done(Value),
    /// It is not; the last line.
    Failed(String),
}

/// Where orders tell their progress.
pub type Tell = mpsc::UnboundedSender<Progress>;

/// Carries out orders.
#[async_trait]
pub trait Clerk: Send + Sync + 'static {
    /// Carries one out.
    ///
    /// # Errors
    /// Why not, in one line.
    async fn carry_out(&self, order: Order, tell: Tell) -> anyhow::Result<Value>;
}

/// How often, and with which wait between, a server that is starting is tried: 3 s in all.
const STARTING_TRIES: u32 = 30;
const STARTING_WAIT: std::time::Duration = std::time::Duration::from_millis(100);

/// Why the server did not do it.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("no server answers at {path}: {source}")]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server went away in between; it may have been done.
    #[error("the server ended before it answered; look whether it was done before asking again")]
    Broken,
    /// The server says why not.
    #[error("{0}")]
    Failed(String),
}

/// The address of a folder's socket. A path too long for a socket's address is reached through the folder's
/// descriptor, which must stay open meanwhile.
fn address(folder: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let path = folder.join(NAME);
    if path.as_os_str().len() <= PATH_MOST {
        return Ok((path, None));
    }
    let open = File::open(folder)?;
    Ok((
        PathBuf::from(format!("/proc/self/fd/{}/{NAME}", open.as_raw_fd())),
        Some(open),
    ))
}

/// Listens in a data folder that this process holds, until `stop`.
///
/// # Errors
/// The socket can't be made.
pub fn listen(folder: &Path, clerk: Arc<dyn Clerk>, stop: CancellationToken) -> io::Result<JoinHandle<()>> {
    let path = folder.join(NAME);
    // The folder is ours alone: what lies there is left from a process that was killed.
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let (address, _open) = address(folder)?;
    let listener = UnixListener::bind(&address)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(answer(stream, clerk.clone()));
                }
                // No descriptors are left: others give theirs back in a moment.
                Err(error) => {
                    tracing::warn!(%error, "the socket in the data folder");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
        let _ = std::fs::remove_file(path);
    }))
}

async fn answer(mut stream: UnixStream, clerk: Arc<dyn Clerk>) {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        match (&mut lines).take(ORDER_MOST).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let order = match serde_json::from_slice::<Order>(&line) {
            Ok(order) => order,
            // Without its text: a half order may hold a password.
            Err(e) => {
                let at = format!(
                    "no order that this server knows (column {}): is it of another version?",
                    e.column()
                );
                let _ = send(&mut write, &Reply::Failed(at)).await;
                return;
            }
        };
        let (tell, mut told) = mpsc::unbounded_channel();
        let clerk = clerk.clone();
        // In a task of its own: whoever asked may go away, and a half-done order is worse than an unheard answer.
        let work = tokio::spawn(async move { clerk.carry_out(order, tell).await });
        while let Some(progress) = told.recv().await {
            let _ = send(&mut write, &Reply::Progress(progress)).await;
        }
        let last = match work.await {
            Ok(Ok(value)) => Reply::Done(value),
            Ok(Err(e)) => Reply::Failed(crate::cli::one_line(&e)),
            Err(_) => Reply::Failed("the server failed at it; its messages say why".to_owned()),
        };
        if send(&mut write, &last).await.is_err() {
            return;
        }
    }
}

async fn send(write: &mut (impl AsyncWriteExt + Unpin), reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    write.write_all(&line).await
}

/// The folder's holder may just be starting: its socket is there a moment after its port.
async fn connect(address: &Path) -> io::Result<UnixStream> {
    let mut tries = 0;
    loop {
        match UnixStream::connect(address).await {
            Err(error) if tries >= STARTING_TRIES => return Err(error),
            Err(_) => tokio::time::sleep(STARTING_WAIT).await,
            connected => return connected,
        }
        tries += 1;
    }
}

/// Asks the server that runs on a data folder.
///
/// # Errors
/// [`AskError`].
pub async fn ask(folder: &Path, order: &Order, mut tell: impl FnMut(Progress)) -> Result<Value, AskError> {
    let nobody = |source| AskError::Nobody {
        path: folder.join(NAME),
        source,
    };
    let (address, _open) = address(folder).map_err(nobody)?;
    let mut stream = connect(&address).await.map_err(nobody)?;
    let mut line = serde_json::to_vec(order).map_err(|e| nobody(e.into()))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(|_| AskError::Broken)?;
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Reply::Progress(progress)) => tell(progress),
            Ok(Reply::Done(value)) => return Ok(value),
            Ok(Reply::Failed(why)) => return Err(AskError::Failed(why)),
            Err(_) => break,
        }
    }
    Err(AskError::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    #[async_trait]
    impl Clerk for Echo {
        async fn carry_out(&self, order: Order, tell: Tell) -> anyhow::Result<Value> {
            match order {
                Order::Rebuild { models } => {
                    for (n, what) in (1..).zip(&models) {
                        tell.send(Progress {
                            what: what.clone(),
                            done: n,
                            of: models.len() as u64,
                        })
                        .ok();
                    }
                    Ok(Value::from(models.len()))
                }
                Order::ImportPod { .. } => anyhow::bail!("not here"),
                Order::TokenNew { login, .. } => anyhow::bail!("nobody is called {login}"),
                Order::UserAdd { .. } => panic!("a fault of the server"),
                _ => Ok(Value::Null),
            }
        }
    }

    async fn round(folder: &Path) {
        let stop = CancellationToken::new();
        std::fs::write(folder.join(NAME), "left from a killed process").unwrap();
        let task = listen(folder, Arc::new(Echo), stop.clone()).unwrap();
        let mode = std::fs::metadata(folder.join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let mut told = Vec::new();
        let order = Order::Rebuild {
            models: vec!["chat".to_owned(), "lives".to_owned()],
        };
        let done = ask(folder, &order, |p| told.push(p)).await.unwrap();
        assert_eq!(done, Value::from(2));
        assert_eq!(
            told.iter().map(|p| (p.what.as_str(), p.done, p.of)).collect::<Vec<_>>(),
            [("chat", 1, 2), ("lives", 2, 2)]
        );

        let refused = ask(
            folder,
            &Order::TokenNew {
                login: "ada".to_owned(),
                scopes: vec![],
                days: None,
            },
            |_| (),
        )
        .await
        .unwrap_err();
        assert_eq!(refused.to_string(), "nobody is called ada");

        let order = Order::UserAdd {
            login: "l".into(),
            name: "n".into(),
            role: "user".into(),
            password: "hush-hush".into(),
        };
        let failed = ask(folder, &order, |_| ()).await.unwrap_err().to_string();
        assert!(
            failed.contains("the server failed") && !failed.contains("hush"),
            "{failed}"
        );

        stop.cancel();
        task.await.unwrap();
        assert!(matches!(
            ask(folder, &order, |_| ()).await,
            Err(AskError::Nobody { .. })
        ));
    }

    #[tokio::test]
    async fn asks_and_hears() {
        let dir = tempfile::tempdir().unwrap();
        round(dir.path()).await;
    }

    #[tokio::test]
    async fn a_folder_with_a_very_long_name() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        round(&long).await;
    }

    #[tokio::test]
    async fn what_is_no_order_is_refused_without_its_text() {
        let dir = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let task = listen(dir.path(), Arc::new(Echo), stop.clone()).unwrap();
        let mut stream = UnixStream::connect(dir.path().join(NAME)).await.unwrap();
        stream
            .write_all(b"{\"do\":\"fly\",\"password\":\"hush\"}\n")
            .await
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("{\"failed\"") && !text.contains("hush"), "{text}");
        stop.cancel();
        task.await.unwrap();
    }
}
