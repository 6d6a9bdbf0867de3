//! The calls (BBB contract §2). No call is repeated here: who repeats decides on [`BbbError::fate`].

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::answers::{Created, HookCreated, HookListed, MeetingSummary, RoomInfo, Version};
use super::chat;
use super::documents::{Document, modules};
use super::error::{BbbError, ChatError, Unavailable};
use super::recordings::{self, RecordedPage};
use super::rooms::{CreateRoom, Join};
use super::sign::{Digest, Query};
use super::xml::{self, Element};
use crate::outgoing::{Call, Fate, HttpClient, Payload, Trust, XML_CAP};

/// The address of BBB is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the BigBlueButton address must be http or https, without user, query or fragment")]
pub struct BadBase;

/// Deadlines (contract §10.2) of a whole call.
#[derive(Debug, Clone, Copy)]
pub struct BbbTimes {
    /// Most calls: 10 s.
    pub read: Duration,
    /// `create`: 30 s; a load balancer's own poll can make it last.
    pub create: Duration,
}

impl Default for BbbTimes {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(10),
            create: Duration::from_secs(30),
        }
    }
}

/// What `end` came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOutcome {
    /// BBB will end it, in a few seconds.
    Asked,
    /// `notFound`: there is no such room any more.
    AlreadyGone,
}

/// Whether the secret is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretCheck {
    /// It is.
    Good,
    /// It is, but this server wants the other digest.
    OtherDigest(Digest),
    /// It is not.
    Wrong,
}

/// A BBB server (or load balancer) and our secret on it; cheap to clone.
#[derive(Clone)]
pub struct BbbClient {
    base: String,
    secret: SecretString,
    digest: Digest,
    http: HttpClient,
    times: BbbTimes,
}

impl std::fmt::Debug for BbbClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BbbClient")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// Accepts a bare host, `…/bigbluebutton[/]`, `…/bigbluebutton/api[/]` (contract §1.1) and any other path
/// that ends in `/api` (tenants of load balancers); gives `…/api` without a final slash.
pub fn normalise_base(base: &str) -> Result<String, BadBase> {
    let base = base.trim();
    let with_scheme = if base.contains("://") {
        base.to_owned()
    } else {
        format!("https://{base}")
    };
    let url = Url::parse(&with_scheme).map_err(|_| BadBase)?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !usable {
        return Err(BadBase);
    }
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/api") {
        path.to_owned()
    } else if path.ends_with("/bigbluebutton") {
        format!("{path}/api")
    } else {
        format!("{path}/bigbluebutton/api")
    };
    Ok(format!("{}{path}", url.origin().ascii_serialization()))
}

impl BbbClient {
    /// A client of that server.
    pub fn new(base: &str, secret: SecretString, digest: Digest, http: HttpClient) -> Result<Self, BadBase> {
        Ok(Self {
            base: normalise_base(base)?,
            secret,
            digest,
            http,
            times: BbbTimes::default(),
        })
    }

    /// With other deadlines.
    #[must_use]
    pub fn with_times(mut self, times: BbbTimes) -> Self {
        self.times = times;
        self
    }

    /// The normalised base address.
    pub fn base(&self) -> &str {
        &self.base
    }

    fn signed_url(&self, call: &str, query: &Query, digest: Digest) -> String {
        format!("{}/{call}?{}", self.base, query.signed(call, &self.secret, digest))
    }

    async fn fetch(&self, url: String, deadline: Duration) -> Result<Element, BbbError> {
        self.send(url, None, deadline).await
    }

    async fn send(&self, url: String, body: Option<Payload>, deadline: Duration) -> Result<Element, BbbError> {
        let mut call = Call::get(url, Trust::Admin, deadline, XML_CAP).accept("application/xml, */*");
        if let Some(body) = body {
            call = call.post(body);
        }
        let answer = self.http.send(call).await?;
        match answer.status {
            200..=299 => xml::envelope(&answer.body),
            404 => Err(BbbError::Unavailable {
                kind: Unavailable::NotRouted,
            }),
            status => Err(BbbError::Unavailable {
                kind: Unavailable::Status(status),
            }),
        }
    }

    async fn call(&self, call: &str, query: &Query) -> Result<Element, BbbError> {
        self.fetch(self.signed_url(call, query, self.digest), self.times.read)
            .await
    }

    /// The version document: reachability, not the secret.
    pub async fn version(&self) -> Result<Version, BbbError> {
        let root = self.fetch(self.base.clone(), self.times.read).await?;
        Ok(Version::read(&root))
    }

    /// Tries the secret by a call without effect; on `checksumError` tries the other digests too, since an
    /// administrator can switch one off and that looks the same.
    pub async fn check_secret(&self) -> Result<SecretCheck, BbbError> {
        let query = Query::new().with("meetingID", "amphi-check");
        let mut order = vec![self.digest];
        order.extend(Digest::ALL.into_iter().filter(|digest| *digest != self.digest));
        for digest in order {
            let url = self.signed_url("isMeetingRunning", &query, digest);
            match self.fetch(url, self.times.read).await {
                Ok(_) if digest == self.digest => return Ok(SecretCheck::Good),
                Ok(_) => return Ok(SecretCheck::OtherDigest(digest)),
                Err(BbbError::Refused { key, .. }) if key == "checksumError" => {}
                Err(error) => return Err(error),
            }
        }
        Ok(SecretCheck::Wrong)
    }

    /// Creates the room, or finds it (`duplicate`). One at a time per room, please (contract §2.1).
    pub async fn create(&self, room: &CreateRoom) -> Result<Created, BbbError> {
        let url = self.signed_url("create", &room.query(), self.digest);
        let body = (!room.documents.is_empty()).then(|| modules(&room.documents));
        Created::read(&self.send(url, body, self.times.create).await?)
    }

    /// Gives an open room documents; BBB fetches them after its answer.
    pub async fn insert_documents(&self, id: &str, documents: &[Document]) -> Result<(), BbbError> {
        let query = Query::new().with("meetingID", id);
        let url = self.signed_url("insertDocument", &query, self.digest);
        self.send(url, Some(modules(documents)), self.times.read).await?;
        Ok(())
    }

    /// A join link, signed here without any call. It is a bearer secret: made at click time, given to that
    /// person only, never logged.
    pub fn join_url(&self, join: &Join) -> String {
        self.signed_url("join", &join.query(), self.digest)
    }

    /// The room now. `Ok(None)` is a well-formed `notFound` and nothing else.
    pub async fn meeting_info(&self, id: &str) -> Result<Option<RoomInfo>, BbbError> {
        let query = Query::new().with("meetingID", id);
        match self.call("getMeetingInfo", &query).await {
            Ok(root) => RoomInfo::read(&root).map(Some),
            Err(BbbError::Refused { key, .. }) if key == "notFound" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every meeting of the server, other applications' included: keep only your own ids.
    pub async fn meetings(&self) -> Result<Vec<MeetingSummary>, BbbError> {
        MeetingSummary::read_all(&self.call("getMeetings", &Query::new()).await?)
    }

    /// Ends the room.
    pub async fn end(&self, id: &str) -> Result<EndOutcome, BbbError> {
        let query = Query::new().with("meetingID", id);
        match self.call("end", &query).await {
            Ok(_) => Ok(EndOutcome::Asked),
            Err(BbbError::Refused { key, .. }) if key == "notFound" => Ok(EndOutcome::AlreadyGone),
            Err(error) => Err(error),
        }
    }

    /// A page of the recordings of a room: as many as [`recordings::PAGE`], from `offset` on. A load balancer does not page and answers
    /// with all of them. Asked for with the deadline of `create`: such a list takes seconds (contract §10.2).
    ///
    /// # Errors
    /// No usable answer: nothing is known.
    pub async fn recordings(&self, id: &str, offset: usize) -> Result<RecordedPage, BbbError> {
        let query = Query::new()
            .with("meetingID", id)
            .with("state", recordings::STATES)
            .with("offset", offset.to_string())
            .with("limit", recordings::PAGE.to_string());
        let url = self.signed_url("getRecordings", &query, self.digest);
        RecordedPage::read(&self.fetch(url, self.times.create).await?)
    }

    /// One recording, or none. BBB takes the beginning of an id for an id, so only the very one is taken from its answer.
    ///
    /// # Errors
    /// No usable answer: nothing is known.
    pub async fn recording(&self, record: &str) -> Result<Option<recordings::Recorded>, BbbError> {
        let query = Query::new().with("recordID", record).with("state", recordings::STATES);
        let page = RecordedPage::read(&self.call("getRecordings", &query).await?)?;
        Ok(page.items.into_iter().find(|one| one.id == record))
    }

    /// Deletes a recording, for good. `Ok(false)`: there is none any more.
    ///
    /// # Errors
    /// It was refused, or nobody knows: asking again does no harm.
    pub async fn delete_recording(&self, record: &str) -> Result<bool, BbbError> {
        self.change_recording("deleteRecordings", Query::new().with("recordID", record))
            .await
    }

    /// Lets a recording be seen, or hides it. `Ok(false)`: there is none any more.
    ///
    /// # Errors
    /// As above.
    pub async fn publish_recording(&self, record: &str, publish: bool) -> Result<bool, BbbError> {
        let query = Query::new()
            .with("recordID", record)
            .with("publish", publish.to_string());
        self.change_recording("publishRecordings", query).await
    }

    /// Gives a recording a name (`meta_name`, as Greenlight does). `Ok(false)`: there is none any more.
    ///
    /// # Errors
    /// As above.
    pub async fn rename_recording(&self, record: &str, name: &str) -> Result<bool, BbbError> {
        let query = Query::new().with("recordID", record).with("meta_name", name);
        self.change_recording("updateRecordings", query).await
    }

    async fn change_recording(&self, call: &str, query: Query) -> Result<bool, BbbError> {
        match self.call(call, &query).await {
            Ok(_) => Ok(true),
            Err(BbbError::Refused { key, .. }) if key == "notFound" => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts a line into the room's public chat, once (see [`chat::query`]).
    pub async fn send_chat(&self, id: &str, user_name: &str, text: &str) -> Result<(), ChatError> {
        let query = chat::query(id, user_name, text)?;
        match self.call("sendChatMessage", &query).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_unsupported() => Err(ChatError::Unsupported),
            Err(BbbError::Refused { key, .. }) if key == "meetingNotFound" => Err(ChatError::RoomEmpty),
            Err(BbbError::Refused { key, .. }) => Err(ChatError::Refused(key)),
            Err(error) if error.fate() == Fate::Unknown => Err(ChatError::Unknown),
            Err(BbbError::Unavailable { kind }) => Err(ChatError::NotSent(kind)),
        }
    }

    /// Whether this server takes chat lines by API at all, found out by a call without a message, which posts nothing:
    /// a server that knows the call refuses it by its own rules, others say that they don't know it (contract §6.2).
    ///
    /// # Errors
    /// No usable answer: nothing is known.
    pub async fn takes_chat(&self, id: &str) -> Result<bool, BbbError> {
        match self.call("sendChatMessage", &Query::new().with("meetingID", id)).await {
            Err(error) if error.is_unsupported() => Ok(false),
            Ok(_) | Err(BbbError::Refused { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Registers a webhook for one room. One distinct address per session: a known one keeps its first
    /// meeting and events (contract §5.1). Signed with SHA-1, which every bbb-webhooks knows.
    pub async fn hooks_create(
        &self,
        callback_url: &str,
        meeting_id: &str,
        events: &[&str],
    ) -> Result<HookCreated, BbbError> {
        let mut query = Query::new()
            .with("callbackURL", callback_url)
            .with("meetingID", meeting_id);
        if !events.is_empty() {
            query = query.with("eventID", events.join(","));
        }
        let root = self.hooks("hooks/create", &query).await?;
        Ok(HookCreated {
            id: root
                .some_text_of("hookID")
                .ok_or_else(|| BbbError::unreadable("no hookID"))?,
            duplicate: root.text_of("messageKey") == "duplicateWarning",
        })
    }

    /// The webhooks of a room, or all.
    pub async fn hooks_list(&self, meeting_id: Option<&str>) -> Result<Vec<HookListed>, BbbError> {
        let query = Query::new().with_some("meetingID", meeting_id);
        Ok(HookListed::read_all(&self.hooks("hooks/list", &query).await?))
    }

    /// Removes a webhook. `Ok(false)`: it was not there any more.
    pub async fn hooks_destroy(&self, hook_id: &str) -> Result<bool, BbbError> {
        let query = Query::new().with("hookID", hook_id);
        match self.hooks("hooks/destroy", &query).await {
            Ok(_) => Ok(true),
            Err(BbbError::Refused { key, .. }) if key == "destroyMissingHook" => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn hooks(&self, call: &str, query: &Query) -> Result<Element, BbbError> {
        self.fetch(self.signed_url(call, query, Digest::Sha1), self.times.read)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_administrators_hand_out_is_taken() {
        for given in [
            "bbb.univ.fr",
            "https://bbb.univ.fr",
            "https://bbb.univ.fr/",
            "https://bbb.univ.fr/bigbluebutton",
            "https://bbb.univ.fr/bigbluebutton/",
            "https://bbb.univ.fr/bigbluebutton/api",
            " https://bbb.univ.fr/bigbluebutton/api/ ",
        ] {
            assert_eq!(
                normalise_base(given).as_deref(),
                Ok("https://bbb.univ.fr/bigbluebutton/api"),
                "{given}"
            );
        }
        assert_eq!(
            normalise_base("http://127.0.0.1:8090").as_deref(),
            Ok("http://127.0.0.1:8090/bigbluebutton/api")
        );
        assert_eq!(
            normalise_base("https://lb.fr/t/x/bbb/api").as_deref(),
            Ok("https://lb.fr/t/x/bbb/api")
        );
        for bad in ["", "ftp://bbb", "https://u:p@bbb", "https://bbb/?x=1", "https://bbb/#f"] {
            assert_eq!(normalise_base(bad), Err(BadBase), "{bad}");
        }
    }
}
