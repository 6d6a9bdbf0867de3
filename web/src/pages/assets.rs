//! Style, scripts and the vendored player, embedded in the program: no third-party origin is ever asked.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// How many hexadecimal digits of the hash stand in addresses; enough to tell versions apart.
const SHORT: usize = 12;

fn digest(file: &rust_embed::EmbeddedFile) -> String {
    let mut hash = hex::encode(file.metadata.sha256_hash());
    hash.truncate(SHORT);
    hash
}

/// Address of an asset with its hash, so that browsers keep it for ever and a new version is seen at once.
pub fn asset(name: &str) -> String {
    match Assets::get(name) {
        Some(file) => format!("/assets/{name}?v={}", digest(&file)),
        None => format!("/assets/{name}"),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ext)| ext) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

/// `GET /assets/{file}`.
pub async fn serve(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(file) = Assets::get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = digest(&file);
    let etag = format!("\"{hash}\"");
    // A module imports its neighbours without a hash: those are asked for again, and answered 304.
    let named = query
        .as_deref()
        .is_some_and(|q| q.split('&').any(|p| p.strip_prefix("v=") == Some(hash.as_str())));
    let cache = if named {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|held| {
            // A proxy that compresses makes the tag weak.
            held.split(',').any(|t| t.trim().trim_start_matches("W/") == etag)
        });
    let mut answer = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let h = answer.headers_mut();
    h.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    h.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&name)));
    h.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&etag) {
        h.insert(header::ETAG, tag);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn vendored_files_are_the_ones_of_the_manifest() {
        #[derive(serde::Deserialize)]
        struct Vendored {
            files: Vec<File>,
        }
        #[derive(serde::Deserialize)]
        struct File {
            file: String,
            sha256: String,
        }
        let manifest = Assets::get("vendor/manifest.json").expect("manifest");
        let vendored: Vec<Vendored> = serde_json::from_slice(&manifest.data).expect("JSON");
        let mut named = vec!["vendor/manifest.json".to_owned()];
        for file in vendored.into_iter().flat_map(|v| v.files) {
            let name = format!("vendor/{}", file.file);
            let held = Assets::get(&name).expect("vendored file");
            assert_eq!(hex::encode(Sha256::digest(&held.data)), file.sha256, "{name}");
            named.push(name);
        }
        for name in Assets::iter().filter(|n| n.starts_with("vendor/")) {
            assert!(named.contains(&name.to_string()), "{name} is not in the manifest");
        }
    }

    #[tokio::test]
    async fn a_hashed_address_is_kept_for_ever_and_a_known_tag_is_not_sent_again() {
        let address = asset("style.css");
        let query = address.split_once('?').map(|(_, q)| q.to_owned());
        let answer = serve(Path("style.css".into()), RawQuery(query), HeaderMap::new()).await;
        assert!(
            answer.headers()[header::CACHE_CONTROL]
                .to_str()
                .is_ok_and(|v| v.contains("immutable"))
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone());
        let again = serve(Path("style.css".into()), RawQuery(None), headers).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
    }
}
