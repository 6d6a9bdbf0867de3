//! Style, scripts and the vendored player, embedded in the program: no third-party origin is ever asked.

use std::path::{Component, Path};

use axum::extract::{Path as Named, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::slim;
use crate::Web;
use crate::brand::Brand;

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

/// The pieces of the one style sheet, in their order: a rule may refine one that stands before it.
const SHEET: &[&str] = &[
    "tokens", "base", "frame", "controls", "parts", "live", "chat", "console", "planning", "admin", "timeline",
    "lives", "demo",
];

/// The style sheet: written in pieces, one subject each, and sent as one file.
pub fn sheet() -> String {
    slim::style(&joined(|name| Assets::get(name).map(|f| f.data.into_owned())))
}

fn joined(read: impl Fn(&str) -> Option<Vec<u8>>) -> String {
    SHEET
        .iter()
        .map(|name| read(&format!("style/{name}.css")).unwrap_or_default())
        .map(|data| String::from_utf8_lossy(&data).into_owned())
        .collect()
}

/// A file of the folder that somebody works in; nothing outside of it.
fn from_folder(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let plain = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
    plain.then(|| std::fs::read(folder.join(name)).ok()).flatten()
}

/// The digits by which an address tells contents apart.
pub fn short_hash(bytes: &[u8]) -> String {
    let mut hash = hex::encode(Sha256::digest(bytes));
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
pub async fn serve(
    State(web): State<Web>,
    Named(name): Named<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&web.settings.brand, &name, query.as_deref(), &headers)
}

/// Contents, type and hash of a file.
fn found(brand: &Brand, name: &str) -> Option<(Vec<u8>, &'static str, String)> {
    if let Some(folder) = &brand.folder {
        let read = |name: &str| from_folder(folder, name);
        let held = match name {
            "style.css" => Some(joined(read).into_bytes()),
            _ => read(name),
        };
        if let Some(data) = held {
            let hash = short_hash(&data);
            return Some((data, content_type(name), hash));
        }
    }
    match name {
        "style.css" => {
            let sheet = brand.sheet.as_bytes();
            Some((sheet.to_vec(), content_type(name), short_hash(sheet)))
        }
        "logo" => {
            let logo = brand.logo.as_ref()?;
            Some((logo.bytes.to_vec(), logo.content_type, short_hash(&logo.bytes)))
        }
        // Pieces of the sheet are no addresses.
        _ if name.starts_with("style/") => None,
        _ => {
            let file = Assets::get(name)?;
            let hash = digest(&file);
            // Vendored files are sent as they are: their hashes stand in the manifest.
            let own_script = content_type(name).starts_with("text/javascript") && !name.starts_with("vendor/");
            let data = match std::str::from_utf8(&file.data) {
                Ok(source) if own_script => slim::script(source).into_bytes(),
                _ => file.data.into_owned(),
            };
            Some((data, content_type(name), hash))
        }
    }
}

fn answer(brand: &Brand, name: &str, query: Option<&str>, headers: &HeaderMap) -> Response {
    let Some((contents, kind, hash)) = found(brand, name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{hash}\"");
    // A module imports its neighbours without a hash: those are asked for again, and answered 304.
    let named = query.is_some_and(|q| q.split('&').any(|p| p.strip_prefix("v=") == Some(hash.as_str())));
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
        contents.into_response()
    };
    let h = answer.headers_mut();
    h.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    h.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    h.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&etag) {
        h.insert(header::ETAG, tag);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_hashed_address_is_kept_for_ever_and_a_known_tag_is_not_sent_again() {
        let brand = Brand::default();
        let query = brand.sheet_address.split_once('?').map(|(_, q)| q);
        let first = answer(&brand, "style.css", query, &HeaderMap::new());
        assert!(
            first.headers()[header::CACHE_CONTROL]
                .to_str()
                .is_ok_and(|v| v.contains("immutable"))
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = answer(&brand, "style.css", None, &headers);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        assert!(from_folder(&folder, "live.js").is_some());
        for name in [
            "../Cargo.toml",
            "/etc/passwd",
            "vendor/../../Cargo.toml",
            "./live.js/..",
        ] {
            assert!(from_folder(&folder, name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_piece_of_the_sheet_is_in_it() {
        let pieces: Vec<_> = Assets::iter().filter(|n| n.starts_with("style/")).collect();
        assert_eq!(pieces.len(), SHEET.len(), "{pieces:?}");
        for name in SHEET {
            assert!(Assets::get(&format!("style/{name}.css")).is_some(), "{name}");
        }
    }
}
