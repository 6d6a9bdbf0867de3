//! Slides: uploaded, kept in a folder or an object store, and fetched by BBB under an address of their own.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::harness::{Person, World, WorldOptions, eventually, free_port, rfc3339};

const LATER: Duration = Duration::from_secs(30);

/// A PDF of so many pages.
fn pdf(pages: usize) -> Vec<u8> {
    let kids: Vec<String> = (0..pages).map(|n| format!("{} 0 R", n + 3)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")),
    ];
    objects.extend((0..pages).map(|_| "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>".to_owned()));
    let (mut out, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (n, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let (at, size) = (out.len(), objects.len() + 1);
    let _ = write!(
        out,
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
    );
    out.into_bytes()
}

async fn upload(world: &World, who: &Person, id: &str, name: &str, file: Vec<u8>) -> (u16, Value) {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let answer = world
        .server
        .http()
        .post(format!("{}/api/v1/meetings/{id}/slides?name={name}", world.server.base))
        .bearer_auth(&who.token)
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(file)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn planned(world: &World) -> String {
    let body = json!({"name": "Optique", "starts_at": rfc3339(60), "duration_s": 3600});
    let made = world.presenter.post("/meetings", &body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

/// Waits until BBB has fetched so many files of this room; says which, and how large.
async fn fetched(world: &World, id: &str, many: usize) -> Vec<(String, u64, u64)> {
    eventually(LATER, "BBB has fetched the slides", async || {
        let room = world.sim.room(id).await.ok_or("no room")?;
        let all: Vec<(String, u64, u64)> = room["fetched"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|f| {
                let number = |name: &str| f[name].as_u64().unwrap_or_default();
                (
                    f["name"].as_str().unwrap_or_default().to_owned(),
                    number("status"),
                    number("bytes"),
                )
            })
            .collect();
        if all.len() >= many {
            Ok(all)
        } else {
            Err(format!("{all:?}"))
        }
    })
    .await
}

/// From the upload to BBB's fetch, before and during a session.
async fn story(world: &World) {
    let id = planned(world).await;
    let course = pdf(3);
    let (status, slides) = upload(world, &world.presenter, &id, "Cours été.pdf", course.clone()).await;
    assert_eq!((status, &slides["pages"]), (201, &json!(3)), "{slides}");
    for (name, file, status, code) in [
        ("big.pdf", vec![b'%'; (1 << 20) + 1], 413, "slides_too_large"),
        ("long.pdf", pdf(21), 422, "slides_pages"),
        ("page.html", b"<html>".to_vec(), 422, "slides_kind"),
        ("page.pdf", b"<html>".to_vec(), 422, "slides_kind"),
    ] {
        let (said, problem) = upload(world, &world.presenter, &id, name, file).await;
        assert_eq!(
            (said, problem["code"].as_str()),
            (status, Some(code)),
            "{name}: {problem}"
        );
    }
    // An administrator may, a stranger may not.
    let stranger = world.server.person("stefan", "Stefan", "staff").await;
    assert_eq!(upload(world, &stranger, &id, "a.pdf", pdf(1)).await.0, 403);
    let list = world.presenter.get(&format!("/meetings/{id}/slides")).await.ok();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");

    world
        .presenter
        .post(&format!("/meetings/{id}/start"), &Value::Null)
        .await
        .ok();
    let first = fetched(world, &id, 1).await;
    assert_eq!(
        first,
        [("Cours%20%C3%A9t%C3%A9.pdf".to_owned(), 200, course.len() as u64)]
    );
    // While the room is open it gets what is added.
    let (status, picture) = upload(
        world,
        &world.presenter,
        &id,
        "plan.png",
        b"\x89PNG\r\n\x1a\nrest".to_vec(),
    )
    .await;
    assert_eq!(status, 201, "{picture}");
    let second = fetched(world, &id, 2).await;
    assert_eq!(second[1], ("plan.png".to_owned(), 200, 12));
    assert_eq!(world.sim.calls_named("insertDocument").await.len(), 1);

    // The address holds for this file alone; after it was taken away it leads nowhere.
    let room = world.sim.room(&id).await.expect("a room");
    let address = room["documents"][0].as_str().expect("an address").to_owned();
    let get = async |url: &str| {
        let answer = world.server.http().get(url).send().await.expect("an answer");
        answer.status().as_u16()
    };
    assert_eq!(get(&address).await, 200);
    let other = address.replace(
        slides["id"].as_str().expect("an id"),
        picture["id"].as_str().expect("an id"),
    );
    assert_eq!(get(&other).await, 404);
    let path = format!("/meetings/{id}/slides/{}", slides["id"].as_str().expect("an id"));
    let gone = world.presenter.call(reqwest::Method::DELETE, &path, None, &[]).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(get(&address).await, 404);
}

const LIMITS: [(&str, &str); 2] = [("slides_max_mib", "1"), ("slides_max_pages", "20")];

#[tokio::test]
async fn slides_in_a_folder_reach_the_room() {
    let world = World::with(WorldOptions {
        settings: LIMITS.to_vec(),
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    story(&world).await;
    // One was taken away, the other stands there.
    let files = world.server.data.join("files/slides");
    let kept: Vec<_> = std::fs::read_dir(&files)
        .expect("a folder")
        .flatten()
        .flat_map(|meeting| std::fs::read_dir(meeting.path()).expect("a folder").flatten())
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

/// Of a meeting that was cancelled nobody needs them: file and mention go.
#[tokio::test]
async fn slides_of_a_cancelled_meeting_are_deleted() {
    let world = World::with(WorldOptions {
        settings: LIMITS.to_vec(),
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    let (kept, off) = (planned(&world).await, planned(&world).await);
    for id in [&kept, &off, &off] {
        assert_eq!(upload(&world, &world.presenter, id, "a.pdf", pdf(1)).await.0, 201);
    }
    world.presenter.delete(&format!("/meetings/{off}")).await.ok();
    let files = |id: &str| {
        let folder = std::fs::read_dir(world.server.data.join("files/slides").join(id));
        folder.map_or(0, |all| all.flatten().count())
    };
    eventually(LATER, "the slides are gone", async || {
        let list = world.presenter.get(&format!("/meetings/{off}/slides")).await.ok();
        let left = (files(&off), list["items"].as_array().map(Vec::len));
        if left == (0, Some(0)) {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    })
    .await;
    assert_eq!(files(&kept), 1);
}

/// A server that speaks S3, from PyPI (see `ops/test`).
struct ObjectStore {
    process: Child,
    address: String,
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl ObjectStore {
    async fn start() -> Self {
        let port = free_port();
        let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pypi-s3");
        assert!(
            std::path::Path::new(packages).exists(),
            "{packages}: ops/test installs it"
        );
        let process = Command::new("python3")
            .env("PYTHONPATH", packages)
            .args([
                "-c",
                "from moto.server import main; main()",
                "-H",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3");
        let store = Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
        };
        let http = amphi::outgoing::builder().no_proxy().build().expect("a client");
        eventually(Duration::from_mins(1), "a bucket", async || {
            // It takes whatever signature stands there; which region a bucket is in it reads of it.
            let made = http
                .put(format!("{}/amphi-slides", store.address))
                .header(
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
                )
                .send()
                .await
                .map_err(|e| e.to_string())?;
            let (status, text) = (made.status(), made.text().await.unwrap_or_default());
            if status.is_success() { Ok(()) } else { Err(format!("{status}: {text}")) }
        })
        .await;
        store
    }
}

#[tokio::test]
async fn slides_in_an_object_store_reach_the_room() {
    let store = ObjectStore::start().await;
    let mut settings = LIMITS.to_vec();
    settings.extend([
        ("slides_store", "s3://amphi-slides/prod"),
        ("s3_key_id", "key"),
        ("s3_secret", "secret"),
    ]);
    let address: &'static str = store.address.clone().leak();
    settings.push(("s3_endpoint", address));
    let world = World::with(WorldOptions {
        settings,
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    story(&world).await;
    assert!(
        !world.server.data.join("files").exists(),
        "nothing stands in the data folder"
    );
}
