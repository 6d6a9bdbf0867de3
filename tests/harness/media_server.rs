//! A real media server: Debian's nginx with its RTMP module, HLS beside it, and `secure_link`. Its configuration is the one of
//! `docs/operating.md`, with ports and folders of the test.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Process, tail};
use super::wait::eventually;
use super::{Output, free_port};

/// The pasted parts of the documentation, as operators get them.
const PAGE: &str = include_str!("../../docs/operating.md");
/// What programs push with.
pub const FFMPEG: &str = "/usr/bin/ffmpeg";
/// The secret that the documentation's signed addresses are made with.
pub const SIGNING: &str = "CHANGE-THIS-SIGNING-SECRET";

/// nginx, with a folder of its own.
pub struct MediaServer {
    pub rtmp: u16,
    pub http: u16,
    folder: TempDir,
    client: reqwest::Client,
    _process: Process,
}

/// The block of code of the documentation that begins with this line.
fn pasted(first: &str) -> String {
    let block = PAGE
        .split("```nginx\n")
        .skip(1)
        .map(|b| b.split("```").next().unwrap_or_default());
    block
        .into_iter()
        .find(|b| b.trim_start().starts_with(first))
        .unwrap_or_else(|| panic!("docs/operating.md has no block that begins with {first}"))
        .to_owned()
}

impl MediaServer {
    /// Starts it; `amphi` is where its hooks go, `token` what they show; `open`: the picture is there for whoever knows its address.
    pub async fn start(amphi: &str, token: &str, open: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (rtmp, http, hooks) = (free_port(), free_port(), free_port());
        let hls = folder.path().join("hls");
        std::fs::create_dir(&hls).expect("a folder");
        // Its worker may be somebody else.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&hls, mode).expect("a mode");
        let root = folder.path().display();
        let ours = |text: String| {
            text.replace("http://127.0.0.1:8000", amphi)
                .replace("THE-HOOK-TOKEN", token)
                .replace("127.0.0.1:8090", &format!("127.0.0.1:{hooks}"))
                .replace("/var/lib/amphi-media", &root.to_string())
                .replace("listen 1935", &format!("listen 127.0.0.1:{rtmp}"))
                .replace("hls_fragment 2s", "hls_fragment 1s")
                .replace("hls_playlist_length 12s", "hls_playlist_length 6s")
                .replace("notify_update_timeout 10s", "notify_update_timeout 1s")
        };
        let text = format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
             pid nginx.pid; error_log stderr info; worker_processes 1; events {{}}\n{}\n\
             http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n\
             server {{ listen 127.0.0.1:{http}; location = /ready {{ return 200; }}\n{}\n{}\n}}\n{} }}\n",
            ours(pasted("rtmp {")),
            if open {
                ours(pasted("location /hls/"))
            } else {
                String::new()
            },
            ours(pasted("location ~ \"^/signed/")),
            ours(pasted("server {")),
        );
        std::fs::write(folder.path().join("nginx.conf"), text).expect("nginx.conf");
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(folder.path()).args([
            "-c",
            "nginx.conf",
            "-e",
            "stderr",
            "-g",
            "daemon off; master_process off;",
        ]);
        let log = folder.path().join("nginx.log");
        let mut process = Process::start(&mut command, &log);
        let client = amphi::outgoing::builder().build().expect("client");
        eventually(Duration::from_secs(20), "nginx answers", async || {
            assert!(process.runs(), "nginx ended at its start:\n{}", tail(&log, 20));
            match client.get(format!("http://127.0.0.1:{http}/ready")).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        Self {
            rtmp,
            http,
            folder,
            client,
            _process: process,
        }
    }

    /// A simulated gateway that pushes here under this key: what an administrator would write of it.
    pub fn gateway(&self, simulated: &Value, key: &str) -> Value {
        let mut gateway = simulated.clone();
        gateway["rtmp_url"] = json!(self.rtmp_url(key));
        gateway["hls_url"] = json!(self.hls_url(key));
        gateway
    }

    pub fn rtmp_url(&self, key: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{key}", self.rtmp)
    }

    pub fn hls_url(&self, key: &str) -> String {
        format!("http://127.0.0.1:{}/hls/{key}.m3u8", self.http)
    }

    /// Status and body at an address.
    pub async fn get(&self, url: &str) -> (u16, String) {
        let answer = self.client.get(url).send().await.expect("nginx answers");
        (answer.status().as_u16(), answer.text().await.unwrap_or_default())
    }

    /// Whether there is a playlist on its disk.
    pub fn has(&self, key: &str) -> bool {
        self.path().join("hls").join(format!("{key}.m3u8")).exists()
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// An ffmpeg that pushes for some seconds, or is refused: whether it went through.
    pub async fn push(&self, address: &str, seconds: u32) -> Output {
        let mut command = Command::new("timeout");
        command
            .args([
                "-k",
                "1",
                "30",
                FFMPEG,
                "-nostdin",
                "-hide_banner",
                "-loglevel",
                "error",
                "-re",
            ])
            .args([
                "-f",
                "lavfi",
                "-i",
                "testsrc=size=320x180:rate=10",
                "-t",
                &seconds.to_string(),
            ])
            .args([
                "-threads",
                "1",
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
            ])
            .args(["-pix_fmt", "yuv420p", "-g", "10", "-f", "flv", address]);
        Output::of(command, None).await
    }

    /// How often its log has these words.
    pub fn said_times(&self, words: &str) -> usize {
        let log = std::fs::read_to_string(self.path().join("nginx.log")).unwrap_or_default();
        log.matches(words).count()
    }

    /// Number of the first file in a playlist: it grows while somebody pushes.
    pub async fn sequence(&self, key: &str) -> Option<u64> {
        let (_, playlist) = self.get(&self.hls_url(key)).await;
        let tag = playlist
            .lines()
            .find_map(|l| l.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"))?;
        tag.trim().parse().ok()
    }

    /// The end of what it said.
    pub fn said(&self) -> String {
        tail(&self.path().join("nginx.log"), 40)
    }
}
