//! Slides of meetings: where the files stand, what is taken, and the addresses under which BBB fetches them.
//!
//! The files are shared by the nodes like log and store: a folder, or an object store that speaks S3.

pub mod kind;
pub mod link;
mod pages;

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::{MeetingId, PictureId, SlidesId};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::sync::Semaphore;

use crate::api::problem::{Code, Problem};

/// Longest time for a file to be kept or found.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where slides stand, and how much of them.
#[derive(Clone)]
pub struct Shelf {
    files: Arc<dyn ObjectStore>,
    /// Most bytes of a file.
    pub bytes_max: u64,
    /// Most pages of a PDF.
    pub pages_max: u32,
    /// Most bytes of the slides of all meetings that one person holds.
    pub quota: u64,
    /// One PDF is looked at at a time: what it may take in memory is bounded, what many may take together is this.
    looking: Arc<Semaphore>,
    /// The secret that signs addresses.
    signing: Arc<str>,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the secret.
        f.debug_struct("Shelf")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("slides can't be kept or found", e)
}

fn late(_: tokio::time::error::Elapsed) -> Problem {
    down("no answer in time")
}

fn place(meeting: MeetingId, slides: SlidesId) -> Path {
    Path::from(format!("slides/{meeting}/{slides}"))
}

fn picture_place(picture: PictureId) -> Path {
    Path::from(format!("pictures/{picture}"))
}

impl Shelf {
    /// Keeps a picture that is shown before and after lives.
    ///
    /// # Errors
    /// 503.
    pub async fn put_picture(&self, picture: PictureId, file: Bytes) -> Result<(), Problem> {
        self.put_at(&picture_place(picture), file).await
    }

    /// Such a picture, as it streams.
    ///
    /// # Errors
    /// 404, 503.
    pub async fn picture(&self, picture: PictureId) -> Result<(u64, Body), Problem> {
        self.get_at(&picture_place(picture)).await
    }

    /// Deletes one; one that is gone is gone.
    ///
    /// # Errors
    /// 503.
    pub async fn drop_picture(&self, picture: PictureId) -> Result<(), Problem> {
        self.delete_at(&picture_place(picture)).await
    }

    /// Slides in that store. `signing` is a secret that only this house's nodes have.
    pub fn new(files: Arc<dyn ObjectStore>, bytes_max: u64, pages_max: u32, signing: &str) -> Self {
        Self {
            files,
            bytes_max,
            pages_max,
            quota: u64::MAX,
            looking: Arc::new(Semaphore::new(1)),
            signing: signing.into(),
        }
    }

    /// With a limit of what one person's meetings have together.
    #[must_use]
    pub fn with_quota(mut self, bytes: u64) -> Self {
        self.quota = bytes;
        self
    }

    /// Whether a file is what its name says; pages of a PDF ([`kind::check`]). Of a large PDF that takes its time.
    ///
    /// # Errors
    /// 422, 500.
    pub async fn look(&self, name: &str, file: Bytes) -> Result<Option<u32>, Problem> {
        let failed = |e: &dyn std::fmt::Display| Problem::internal("slides could not be looked at", e.to_string());
        let turn = Arc::clone(&self.looking)
            .acquire_owned()
            .await
            .map_err(|e| failed(&e))?;
        let (name, most) = (name.to_owned(), self.pages_max);
        let looked = tokio::task::spawn_blocking(move || {
            // With the work, and not with the request, which may go away meanwhile.
            let _turn = turn;
            kind::check(&name, &file, most)
        });
        looked.await.map_err(|e| failed(&e))?
    }

    /// Keeps a file.
    ///
    /// # Errors
    /// 503.
    pub async fn put(&self, meeting: MeetingId, slides: SlidesId, file: Bytes) -> Result<(), Problem> {
        self.put_at(&place(meeting, slides), file).await
    }

    async fn put_at(&self, at: &Path, file: Bytes) -> Result<(), Problem> {
        let put = self.files.put(at, PutPayload::from(file));
        tokio::time::timeout(PATIENCE, put).await.map_err(late)?.map_err(down)?;
        Ok(())
    }

    /// A file, as it streams.
    ///
    /// # Errors
    /// 404, 503.
    pub async fn get(&self, meeting: MeetingId, slides: SlidesId) -> Result<(u64, Body), Problem> {
        self.get_at(&place(meeting, slides)).await
    }

    async fn get_at(&self, at: &Path) -> Result<(u64, Body), Problem> {
        let found = tokio::time::timeout(PATIENCE, self.files.get(at)).await.map_err(late)?;
        match found {
            Ok(found) => Ok((found.meta.size, Body::from_stream(found.into_stream()))),
            Err(object_store::Error::NotFound { .. }) => Err(Code::NotFound.into()),
            Err(e) => Err(down(e)),
        }
    }

    /// Deletes a file; one that is gone is gone.
    ///
    /// # Errors
    /// 503.
    pub async fn delete(&self, meeting: MeetingId, slides: SlidesId) -> Result<(), Problem> {
        self.delete_at(&place(meeting, slides)).await
    }

    async fn delete_at(&self, at: &Path) -> Result<(), Problem> {
        let gone = tokio::time::timeout(PATIENCE, self.files.delete(at))
            .await
            .map_err(late)?;
        match gone {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(down(e)),
        }
    }

    /// What a body holds, as long as it keeps the limit: what is announced as larger is not even begun.
    ///
    /// # Errors
    /// 411, 413, 400.
    pub async fn read(&self, announced: Option<u64>, body: Body) -> Result<Bytes, Problem> {
        self.fits(announced)?;
        self.gather(body.into_data_stream()).await
    }

    /// What comes, as long as it keeps the limit, whatever was announced.
    ///
    /// # Errors
    /// 413, 400.
    pub async fn gather<E: std::fmt::Display>(
        &self,
        mut parts: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Bytes, Problem> {
        let mut all = BytesMut::new();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|e| Problem::new(Code::BadBody).detail(e.to_string()))?;
            if (all.len() + part.len()) as u64 > self.bytes_max {
                return Err(self.too_large());
            }
            all.extend_from_slice(&part);
        }
        Ok(all.freeze())
    }

    /// Whether a file of the announced size may come.
    ///
    /// # Errors
    /// 411, 413.
    pub fn fits(&self, announced: Option<u64>) -> Result<(), Problem> {
        match announced {
            None => Err(Code::LengthRequired.into()),
            Some(length) if length > self.bytes_max => Err(self.too_large()),
            Some(_) => Ok(()),
        }
    }

    /// 413, with the limit.
    pub fn too_large(&self) -> Problem {
        Problem::new(Code::SlidesTooLarge).with("most_bytes", self.bytes_max)
    }
}
