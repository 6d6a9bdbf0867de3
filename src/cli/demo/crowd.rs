//! Two hundred people on the live page: real websocket clients that connect to the server's own address, read all
//! they get, and write now and then.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::ids::{LiveId, PersonId};
use amphi_events::person::Role;
use amphi_web::Web;
use amphi_web::auth::accounts::{self, AddError};
use amphi_web::auth::cookie;
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, handshake::client::Request};
use tokio_util::sync::CancellationToken;

use super::crowd_lines::{LINES, STUDENTS};

/// How many come.
const CROWD: usize = 200;
/// One comes so soon after the other.
const BETWEEN: Duration = Duration::from_millis(12);
/// They leave within so many milliseconds.
const LEAVING_MS: u64 = 12_000;
/// A student writes a first line within so many seconds, and the next ones after as many again.
const QUIET_S: std::ops::Range<u64> = 3..150;

/// Those who are there, and those who are leaving.
#[derive(Default)]
pub struct Crowd {
    inner: Mutex<Inner>,
    /// Students of the crowd, to tell their lines from a visitor's.
    persons: Arc<Mutex<HashSet<PersonId>>>,
}

#[derive(Default)]
struct Inner {
    /// Told when they shall leave.
    here: Option<CancellationToken>,
    hosts: Vec<JoinHandle<()>>,
}

/// Where they go.
#[derive(Clone)]
pub struct Venue {
    /// What the server is made of: accounts and sign-ins are made as by the server itself.
    pub web: Web,
    /// Address and port where it listens.
    pub address: String,
    /// What they watch.
    pub live: LiveId,
    /// How many lines they have said.
    pub said: Arc<AtomicUsize>,
}

impl Crowd {
    /// Whether they were called, and not yet sent away.
    pub fn is_here(&self) -> bool {
        self.lock().here.is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is one of them.
    pub fn holds(&self, person: PersonId) -> bool {
        let persons = self.persons.lock().unwrap_or_else(PoisonError::into_inner);
        persons.contains(&person)
    }

    /// They come, one by one.
    pub fn call(&self, venue: Venue) {
        let mut inner = self.lock();
        if inner.here.is_some() {
            return;
        }
        let gone = CancellationToken::new();
        inner.here = Some(gone.clone());
        inner.hosts.retain(|h| !h.is_finished());
        let persons = Arc::clone(&self.persons);
        inner.hosts.push(tokio::spawn(host(venue, gone, persons)));
    }

    /// They leave, little by little.
    pub fn send_away(&self) {
        if let Some(gone) = self.lock().here.take() {
            gone.cancel();
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for host in &self.lock().hosts {
            host.abort();
        }
    }
}

/// Lets them in, and stays until the last one has left.
async fn host(venue: Venue, gone: CancellationToken, persons: Arc<Mutex<HashSet<PersonId>>>) {
    let mut all = JoinSet::new();
    for n in 0..CROWD {
        if gone.is_cancelled() {
            break;
        }
        // Every fifth is a student who signed in.
        let student = (n % 5 == 0).then_some(n / 5).filter(|s| *s < STUDENTS.len());
        let (venue, gone, persons) = (venue.clone(), gone.clone(), Arc::clone(&persons));
        all.spawn(async move {
            let secret = match student {
                Some(student) => match sign_in(&venue.web, student, &persons).await {
                    Ok(secret) => Some(secret),
                    Err(error) => {
                        tracing::warn!(%error, "a student of the crowd watches without signing in");
                        None
                    }
                },
                None => None,
            };
            attend(&venue, n, secret.as_deref(), &gone).await;
            if let Some(secret) = secret {
                // What can't be deleted now runs out by itself.
                let _ = venue.web.store.delete_session(&secret).await;
            }
        });
        sleep(BETWEEN).await;
    }
    while all.join_next().await.is_some() {}
}

/// A login session of a student, as signing in makes it but for the password: nobody knows one.
async fn sign_in(web: &Web, student: usize, persons: &Mutex<HashSet<PersonId>>) -> anyhow::Result<String> {
    let name = STUDENTS.get(student).copied().unwrap_or("Student");
    let login = format!("student-{:02}", student + 1);
    let add = accounts::add(
        &web.aggregates,
        &web.keys,
        &web.store,
        &web.sources,
        &login,
        name,
        Role::User,
        None,
    );
    let person = match web.store.account_by_login(&login).await? {
        Some(account) => account.person,
        None => match add.await {
            Ok(person) => person,
            // The crowd of before is still being let in.
            Err(AddError::Taken(_)) => {
                web.store
                    .account_by_login(&login)
                    .await?
                    .context("an account that is taken")?
                    .person
            }
            Err(error) => return Err(error.into()),
        },
    };
    persons.lock().unwrap_or_else(PoisonError::into_inner).insert(person);
    let csrf = web.sources.token(26);
    Ok(web.store.create_session(person, web.sources.now(), &csrf, None).await?)
}

/// Watches until told to leave; comes back as a browser does when the connection is lost.
async fn attend(venue: &Venue, n: usize, secret: Option<&str>, gone: &CancellationToken) {
    // The same crowd each time.
    let mut dice = StdRng::seed_from_u64(n as u64);
    let leaving = Duration::from_millis(dice.random_range(0..LEAVING_MS));
    let leave = async {
        gone.cancelled().await;
        sleep(leaving).await;
    };
    tokio::pin!(leave);
    loop {
        tokio::select! {
            () = &mut leave => return,
            visited = visit(venue, secret, &mut dice) => {
                if let Err(error) = visited {
                    tracing::debug!(%error, "somebody of the crowd was cut off");
                }
            }
        }
        let again = Duration::from_millis(dice.random_range(500..2_500));
        tokio::select! {
            () = &mut leave => return,
            () = sleep(again) => {}
        }
    }
}

fn request(venue: &Venue, secret: Option<&str>) -> anyhow::Result<Request> {
    let url = format!("ws://{}/live/{}/ws", venue.address, venue.live);
    let mut request = url.into_client_request()?;
    let settings = &venue.web.settings;
    request.headers_mut().insert("origin", settings.public_url.parse()?);
    if let Some(secret) = secret {
        let cookie = format!("{}={secret}", cookie::name(settings));
        request.headers_mut().insert("cookie", cookie.parse()?);
    }
    Ok(request)
}

/// One connection, to its end.
async fn visit(venue: &Venue, secret: Option<&str>, dice: &mut StdRng) -> anyhow::Result<()> {
    let (mut socket, _) = connect_async(request(venue, secret)?).await?;
    let mut pause = || Duration::from_secs(dice.random_range(QUIET_S));
    let mut next = Instant::now() + pause();
    loop {
        tokio::select! {
            heard = socket.next() => match heard {
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(heard) => drop(heard?),
            },
            () = sleep_until(next), if secret.is_some() => {
                next = Instant::now() + pause();
                socket.send(Message::text(line(venue))).await?;
            }
        }
    }
}

/// Something to say: the lines go round, so that the next of the crowd says something else.
fn line(venue: &Venue) -> String {
    let web = &venue.web;
    let id = web.sources.ids.ulid(web.sources.now());
    let said = venue.said.fetch_add(1, Ordering::Relaxed);
    let text = LINES.get(said % LINES.len()).copied().unwrap_or_default();
    json!({ "t": "post", "client_id": id.to_string(), "text": text }).to_string()
}
