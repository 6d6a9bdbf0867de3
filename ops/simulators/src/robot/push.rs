//! A container that pushes really: an ffmpeg with a test picture and a tone, to the RTMP address that the gateway was told.
//!
//! As in the real container it is started once: refused by the media server or cut off, it ends and nothing starts it again (contract §0 fact 3).

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What is pushed: small enough for a machine that does much else.
const PICTURE: &str = "testsrc=size=320x180:rate=10";
const SOUND: &str = "sine=frequency=440:sample_rate=44100";
/// Nothing that was left behind goes on for longer, in seconds.
const LONGEST_S: &str = "1800";

/// Where to push, and by what.
#[derive(Debug, Clone)]
pub struct Push {
    /// The program.
    pub ffmpeg: PathBuf,
    /// RTMP address with its stream key.
    pub rtmp: String,
}

/// An ffmpeg at work.
pub struct Pushing {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Push {
    /// Starts it; `seen` hears whether it runs.
    pub fn start(&self, seen: impl Fn(bool) + Send + 'static) -> Pushing {
        let stop = CancellationToken::new();
        let mut command = Command::new(&self.ffmpeg);
        command
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-re"])
            .args(["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND])
            .args(["-t", LONGEST_S, "-threads", "1"])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"])
            .args([
                "-pix_fmt", "yuv420p", "-g", "10", "-c:a", "aac", "-b:a", "64k", "-f", "flv",
            ])
            .arg(&self.rtmp)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        let (stopped, program) = (stop.clone(), self.ffmpeg.clone());
        let task = tokio::spawn(async move {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    tracing::error!(%error, program = %program.display(), "ffmpeg does not start");
                    return;
                }
            };
            seen(true);
            tokio::select! {
                ended = child.wait() => tracing::info!(?ended, "ffmpeg ended by itself"),
                () = stopped.cancelled() => {
                    // As a container that is killed: without a word to the media server.
                    let _ = child.kill().await;
                }
            }
            seen(false);
        });
        Pushing { stop, task }
    }
}

impl Pushing {
    /// Kills it, and waits until it is gone.
    pub async fn end(self) {
        self.stop.cancel();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.task).await;
    }
}
