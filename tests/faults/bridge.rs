//! A way to the simulators that can be taken down: connections are refused, as when BBB's machine is off.

use std::sync::Mutex;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A forwarder at a port of its own.
pub struct Bridge {
    port: u16,
    to: String,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Bridge {
    /// Down at first, with a port for it.
    pub const fn new(port: u16) -> Self {
        Self {
            port,
            to: String::new(),
            task: Mutex::new(None),
        }
    }

    /// BBB's address, for the server's settings.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/bigbluebutton/", self.port)
    }

    /// Where it leads: `http://HOST:PORT` of the simulators.
    pub fn leads_to(&mut self, base: &str) {
        base.trim_start_matches("http://").clone_into(&mut self.to);
    }

    /// Takes connections from now on.
    pub async fn up(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port))
            .await
            .expect("the bridge's port");
        let to = self.to.clone();
        let task = tokio::spawn(async move {
            // Ended with the bridge: what was open is cut.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((mut from, _)) = listener.accept().await {
                let to = to.clone();
                open.spawn(async move {
                    if let Ok(mut there) = TcpStream::connect(to).await {
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut there).await;
                    }
                });
            }
        });
        *self.task.lock().expect("task") = Some(task);
    }

    /// Refuses connections from now on, and cuts those that are open.
    pub fn down(&self) {
        if let Some(task) = self.task.lock().expect("task").take() {
            task.abort();
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.down();
    }
}
