//! The keys of persons and scopes, and the sealing with them (design §3). They lie in `keys.db`, wrapped by the
//! master key; what is destroyed there can't be opened anywhere, and the log is not touched.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Mutex;
use ulid::Ulid;
use zeroize::Zeroizing;

use super::crypto::{self, Key};
use super::{MasterKey, StoreError, open_connection, truncated};
use crate::envelope::StreamName;
use crate::ids::{EventId, IdSource, PersonId};
use crate::sealed::{Scope, Sealed, Subject};

const PROOF: &[u8] = b"amphi keys";

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The keyring was made with another master key.
    #[error("the master key is not the one that the keys in {0} were wrapped with; put the right key file back")]
    WrongMaster(String),
    /// The key was destroyed: it is never made again, and nothing is sealed with it.
    #[error("the key of {0} was destroyed")]
    Destroyed(String),
    /// No key was ever made for it.
    #[error("{0} has no key")]
    Unknown(String),
    /// Sealed elsewhere, for something else, or changed since.
    #[error("what is sealed for {0} does not open with its keys")]
    Damaged(String),
    /// The value could not be written or read as JSON.
    #[error("a sealed value: {0}")]
    Value(String),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a sealed field stands; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Stream of the event.
    pub stream: &'a StreamName,
    /// The event.
    pub event: EventId,
    /// Name of the field in it.
    pub field: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Subject,
    Scope,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Scope => "scope",
        }
    }
}

/// `None`: destroyed.
type Held = HashMap<String, Option<Arc<Key>>>;

struct Inner {
    log_id: String,
    number: u32,
    wrap: Key,
    ids: Arc<dyn IdSource>,
    subjects: RwLock<Held>,
    scopes: RwLock<Held>,
    file: Mutex<Option<SqliteConnection>>,
}

/// The keys in use, in memory and in `keys.db`.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

impl Keyring {
    /// Opens `keys.db`, makes it where there is none, and loads every key.
    ///
    /// # Errors
    /// [`KeyError::WrongMaster`], or the file can't be read.
    pub async fn load(path: &Path, master: &MasterKey, log_id: &str, ids: Arc<dyn IdSource>) -> Result<Self, KeyError> {
        let mut file = open_connection(path).await?;
        sqlx::migrate!("../migrations/keys-sqlite")
            .run(&mut file)
            .await
            .map_err(StoreError::from)?;
        let wrap = master.derive("amphi/wrap/1");
        prove(&mut file, path, master.number(), &wrap, &*ids).await?;
        let rows: Vec<(String, String, Option<Vec<u8>>)> = sqlx::query_as("select kind, name, wrapped from keys")
            .fetch_all(&mut file)
            .await
            .map_err(StoreError::from)?;
        let (mut subjects, mut scopes) = (Held::new(), Held::new());
        for (kind, name, wrapped) in rows {
            let key = wrapped
                .map(|w| unwrap(&wrap, &kind, &name, &w))
                .transpose()?
                .map(Arc::new);
            if kind == Kind::Subject.as_str() {
                subjects.insert(name, key)
            } else {
                scopes.insert(name, key)
            };
        }
        Ok(Self(Arc::new(Inner {
            log_id: log_id.to_owned(),
            number: master.number(),
            wrap,
            ids,
            subjects: RwLock::new(subjects),
            scopes: RwLock::new(scopes),
            file: Mutex::new(Some(file)),
        })))
    }

    /// Makes the key of a person, durable when this returns. There already: nothing happens.
    ///
    /// # Errors
    /// [`KeyError::Destroyed`], or the file can't be written.
    pub async fn make_subject(&self, subject: &Subject) -> Result<(), KeyError> {
        self.make(Kind::Subject, &subject.0).await
    }

    /// Makes the key of a scope, durable when this returns. There already: nothing happens.
    ///
    /// # Errors
    /// [`KeyError::Destroyed`], or the file can't be written.
    pub async fn make_scope(&self, scope: &Scope) -> Result<(), KeyError> {
        self.make(Kind::Scope, &scope.0).await
    }

    /// Destroys the key of a person: whatever was sealed for them, anywhere, opens no more.
    ///
    /// # Errors
    /// The file can't be written.
    pub async fn destroy_subject(&self, subject: &Subject) -> Result<(), KeyError> {
        self.destroy(Kind::Subject, &subject.0).await
    }

    /// Destroys the key of a scope.
    ///
    /// # Errors
    /// The file can't be written.
    pub async fn destroy_scope(&self, scope: &Scope) -> Result<(), KeyError> {
        self.destroy(Kind::Scope, &scope.0).await
    }

    /// Whether the person has a key that was not destroyed.
    pub fn has_subject(&self, subject: &Subject) -> bool {
        self.0.find(Kind::Subject, &subject.0).is_ok()
    }

    /// Whether the scope has a key that was not destroyed.
    pub fn has_scope(&self, scope: &Scope) -> bool {
        self.0.find(Kind::Scope, &scope.0).is_ok()
    }

    /// Seals a value for one field of one event.
    ///
    /// # Errors
    /// A key is missing or destroyed.
    pub fn seal<T: Serialize>(
        &self,
        at: &Place<'_>,
        subject: &Subject,
        scope: &Scope,
        value: &T,
    ) -> Result<Sealed<T>, KeyError> {
        let key = self.0.both(subject, scope)?;
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|e| KeyError::Value(e.to_string()))?);
        let bytes = crypto::seal(&key, &self.0.bound(at, subject, scope), &plain, &*self.0.ids)
            .ok_or_else(|| KeyError::Value("it is too large".to_owned()))?;
        Ok(Sealed::from_parts(subject.clone(), scope.clone(), bytes))
    }

    /// The value of a sealed field; `None`: one of its keys was destroyed.
    ///
    /// # Errors
    /// A key was never made, or the field does not open with its keys.
    pub fn open<T: DeserializeOwned>(&self, at: &Place<'_>, sealed: &Sealed<T>) -> Result<Option<T>, KeyError> {
        let key = match self.0.both(&sealed.subject, &sealed.scope) {
            Ok(key) => key,
            Err(KeyError::Destroyed(_)) => return Ok(None),
            Err(e) => return Err(e),
        };
        let plain = crypto::open(&key, &self.0.bound(at, &sealed.subject, &sealed.scope), &sealed.bytes)
            .ok_or_else(|| KeyError::Damaged(format!("{} in {}", at.field, at.event)))?;
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|e| KeyError::Value(e.to_string()))
    }

    /// What a person is called in the events of a scope: 32 hexadecimal digits that nobody can link without its key.
    ///
    /// # Errors
    /// The scope's key is missing or destroyed.
    pub fn pseudonym(&self, scope: &Scope, person: PersonId) -> Result<String, KeyError> {
        let key = crypto::derive(&[&*self.0.find(Kind::Scope, &scope.0)?], "amphi/who/1");
        Ok(hex::encode(&crypto::digest(&key, &person.to_string())[..16]))
    }

    /// An id of what has this name: always the same here, and nobody who knows the name can compute it without the scope's key. An address that
    /// opens a door is made so, where two makers must come to the same one.
    ///
    /// # Errors
    /// The scope's key is missing or destroyed.
    pub fn id_of(&self, scope: &Scope, name: &[&str], at_ms: u64) -> Result<Ulid, KeyError> {
        let key = crypto::derive(&[&*self.0.find(Kind::Scope, &scope.0)?], "amphi/id/1");
        let digest = crypto::digest(&key, &crate::envelope::Key::of(name).hex());
        let mut tail = [0_u8; 16];
        tail[6..].copy_from_slice(&digest[..10]);
        Ok(Ulid::from_parts(at_ms, u128::from_be_bytes(tail)))
    }

    /// What a mail address is called in a scope: always the same, and not found without the scope's key.
    ///
    /// # Errors
    /// The scope's key is missing or destroyed.
    pub fn name_of_address(&self, scope: &Scope, address: &str, time: u32) -> Result<[u8; 16], KeyError> {
        let key = crypto::derive(&[&*self.0.find(Kind::Scope, &scope.0)?], "amphi/invitee/1");
        let digest = crypto::digest(&key, &format!("{time}\n{address}"));
        let mut name = [0; 16];
        name.copy_from_slice(&digest[..16]);
        Ok(name)
    }

    /// Closes the file; keys in memory go with the last clone of the keyring.
    pub async fn close(&self) {
        if let Some(file) = self.0.file.lock().await.take()
            && let Err(e) = file.close().await
        {
            tracing::warn!(error = %e, "closing keys.db");
        }
    }

    /// On a task of its own: a caller that goes away in the middle must not leave file and memory apart.
    async fn make(&self, kind: Kind, name: &str) -> Result<(), KeyError> {
        match self.0.find(kind, name) {
            Err(KeyError::Unknown(_)) => {}
            known => return known.map(|_| ()),
        }
        let (inner, name) = (Arc::clone(&self.0), name.to_owned());
        finished(tokio::spawn(async move { inner.make(kind, &name).await }).await)
    }

    async fn destroy(&self, kind: Kind, name: &str) -> Result<(), KeyError> {
        let (inner, name) = (Arc::clone(&self.0), name.to_owned());
        finished(tokio::spawn(async move { inner.destroy(kind, &name).await }).await)
    }
}

fn finished(done: Result<Result<(), KeyError>, tokio::task::JoinError>) -> Result<(), KeyError> {
    done.unwrap_or_else(|e| Err(StoreError::Engine(e.to_string()).into()))
}

impl Inner {
    const fn held(&self, kind: Kind) -> &RwLock<Held> {
        match kind {
            Kind::Subject => &self.subjects,
            Kind::Scope => &self.scopes,
        }
    }

    fn find(&self, kind: Kind, name: &str) -> Result<Arc<Key>, KeyError> {
        match self.held(kind).read().unwrap_or_else(PoisonError::into_inner).get(name) {
            Some(Some(key)) => Ok(Arc::clone(key)),
            Some(None) => Err(KeyError::Destroyed(name.to_owned())),
            None => Err(KeyError::Unknown(name.to_owned())),
        }
    }

    fn keep(&self, kind: Kind, name: &str, key: Option<Key>) {
        self.held(kind)
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), key.map(Arc::new));
    }

    fn both(&self, subject: &Subject, scope: &Scope) -> Result<Key, KeyError> {
        // A destroyed key tells more than a missing one: erasing a person must read as erased whatever the scope.
        match (self.find(Kind::Subject, &subject.0), self.find(Kind::Scope, &scope.0)) {
            (Ok(subject), Ok(scope)) => Ok(crypto::derive(&[&*subject, &*scope], "amphi/seal/1")),
            (_, Err(e @ KeyError::Destroyed(_))) | (Ok(_), Err(e)) | (Err(e), _) => Err(e),
        }
    }

    fn bound(&self, at: &Place<'_>, subject: &Subject, scope: &Scope) -> Vec<u8> {
        crypto::bound(&[
            &self.log_id,
            at.stream.as_str(),
            &at.event.to_string(),
            at.field,
            &subject.0,
            &scope.0,
        ])
    }

    async fn make(&self, kind: Kind, name: &str) -> Result<(), KeyError> {
        let mut file = self.file.lock().await;
        match self.find(kind, name) {
            Err(KeyError::Unknown(_)) => {}
            known => return known.map(|_| ()),
        }
        let file = file.as_mut().ok_or(StoreError::Closed)?;
        let mut key: Key = Zeroizing::new([0_u8; 32]);
        self.ids.fill(&mut key[..]);
        let wrapped = crypto::seal(&self.wrap, &crypto::bound(&[kind.as_str(), name]), &key[..], &*self.ids)
            .ok_or_else(|| KeyError::Value("a key".to_owned()))?;
        sqlx::query("insert into keys (kind, name, master, wrapped) values (?, ?, ?, ?)")
            .bind(kind.as_str())
            .bind(name)
            .bind(self.number)
            .bind(wrapped)
            .execute(file)
            .await
            .map_err(StoreError::from)?;
        // Only now, durable: nothing may be sealed with a key that a crash could take.
        self.keep(kind, name, Some(key));
        Ok(())
    }

    async fn destroy(&self, kind: Kind, name: &str) -> Result<(), KeyError> {
        let mut file = self.file.lock().await;
        let file = file.as_mut().ok_or(StoreError::Closed)?;
        sqlx::query(
            "insert into keys (kind, name, master, wrapped) values (?, ?, ?, null) \
             on conflict (kind, name) do update set wrapped = null",
        )
        .bind(kind.as_str())
        .bind(name)
        .bind(self.number)
        .execute(&mut *file)
        .await
        .map_err(StoreError::from)?;
        self.keep(kind, name, None);
        // The page as it was still stands in the write-ahead log: cut that to nothing.
        Ok(truncated(file, "keys.db").await?)
    }
}

fn unwrap(wrap: &Key, kind: &str, name: &str, wrapped: &[u8]) -> Result<Key, KeyError> {
    let plain =
        crypto::open(wrap, &crypto::bound(&[kind, name]), wrapped).ok_or_else(|| KeyError::Damaged(name.to_owned()))?;
    <[u8; 32]>::try_from(&plain[..])
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Damaged(name.to_owned()))
}

/// Compares the master key with the one that the file was made with; a new file remembers this one.
async fn prove(
    file: &mut SqliteConnection,
    path: &Path,
    number: u32,
    wrap: &Key,
    ids: &dyn IdSource,
) -> Result<(), KeyError> {
    let proofs: Vec<(u32, Vec<u8>)> = sqlx::query_as("select number, proof from master")
        .fetch_all(&mut *file)
        .await
        .map_err(StoreError::from)?;
    if proofs.is_empty() {
        let proof = crypto::seal(wrap, b"proof", PROOF, ids).ok_or_else(|| KeyError::Value("a proof".to_owned()))?;
        sqlx::query("insert into master (number, proof) values (?, ?)")
            .bind(number)
            .bind(proof)
            .execute(file)
            .await
            .map_err(StoreError::from)?;
        return Ok(());
    }
    let right = proofs
        .iter()
        .any(|(n, p)| *n == number && crypto::open(wrap, b"proof", p).is_some_and(|t| t.as_slice() == PROOF));
    if right {
        Ok(())
    } else {
        Err(KeyError::WrongMaster(path.display().to_string()))
    }
}
