//! Where slides are kept: a folder, or an object store that speaks S3.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::Sources;
use amphi_events::store::Store;
use amphi_web::slides::Shelf;
use anyhow::Context as _;
use object_store::ObjectStore;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{ClientOptions, HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use secrecy::{ExposeSecret as _, SecretString};

/// Characters of the secret that signs addresses, five bits each.
const SIGNING_CHARS: usize = 52;
/// Kind and id of that secret in the store, which the nodes share.
const SIGNING: (&str, &str) = ("slides-signing", "1");
/// Longest time without a byte.
const SILENCE: Duration = Duration::from_secs(20);

/// How slides are kept.
#[derive(Debug, Clone)]
pub struct SlidesSettings {
    /// An object store; `None`: the data folder's `files`.
    pub s3: Option<S3>,
    /// Most bytes of a file.
    pub bytes_max: u64,
    /// Most pages of a PDF.
    pub pages_max: u32,
    /// Most bytes of the slides of all meetings that one person holds.
    pub quota: u64,
}

/// An object store that speaks S3.
#[derive(Debug, Clone)]
pub struct S3 {
    /// Its bucket.
    pub bucket: String,
    /// What stands before every name in it.
    pub prefix: String,
    /// Its address; `None`: Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who we are there.
    pub key_id: String,
    /// The secret of that.
    pub secret: SecretString,
}

impl S3 {
    /// Reads `s3://bucket` or `s3://bucket/prefix`.
    pub fn bucket_and_prefix(text: &str) -> Option<(String, String)> {
        let (bucket, prefix) = text
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        let fits = (3..=63).contains(&bucket.len()) && bucket.chars().all(plain);
        fits.then(|| (bucket.to_owned(), prefix.trim_matches('/').to_owned()))
    }

    fn open(&self) -> anyhow::Result<AmazonS3> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(self.secret.expose_secret())
            .with_http_connector(OurClient);
        if let Some(endpoint) = &self.endpoint {
            // Set by an administrator, and so may be http in the house (surface §3).
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        Ok(builder.build()?)
    }
}

/// Clients of the object store are ours: TLS as everywhere, no proxy of the environment, no redirect.
#[derive(Debug)]
struct OurClient;

impl HttpConnector for OurClient {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = crate::outgoing::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .build()
            .map_err(|e| object_store::Error::Generic {
                store: "S3",
                source: Box::new(e),
            })?;
        Ok(HttpClient::new(client))
    }
}

/// Opens it.
///
/// # Errors
/// The folder can't be made, the settings don't make a store, or the small store can't be used.
pub async fn shelf(settings: &SlidesSettings, data: &Path, store: &Store, sources: &Sources) -> anyhow::Result<Shelf> {
    let files: Arc<dyn ObjectStore> = match &settings.s3 {
        Some(s3) if s3.prefix.is_empty() => Arc::new(s3.open().context("the object store of slides")?),
        Some(s3) => Arc::new(PrefixStore::new(
            s3.open().context("the object store of slides")?,
            s3.prefix.as_str(),
        )),
        None => {
            let folder = data.join("files");
            tokio::fs::create_dir_all(&folder)
                .await
                .context("the folder of slides")?;
            Arc::new(LocalFileSystem::new_with_prefix(folder).context("the folder of slides")?)
        }
    };
    let (kind, id) = SIGNING;
    let signing = if let Some(secret) = store.get_secret(kind, id).await? {
        secret.to_string()
    } else {
        let made = sources.token(SIGNING_CHARS);
        store.put_secret(kind, id, &made).await?;
        made
    };
    Ok(Shelf::new(files, settings.bytes_max, settings.pages_max, &signing).with_quota(settings.quota))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_read_as_they_are_written() {
        let read = |text| S3::bucket_and_prefix(text);
        let some = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(read("s3://amphi-slides"), some("amphi-slides", ""));
        assert_eq!(read("s3://amphi-slides/prod/a/"), some("amphi-slides", "prod/a"));
        for wrong in [
            "",
            "s3://",
            "s3://ab",
            "s3://UPPER",
            "https://amphi-slides",
            "s3:///prefix",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
