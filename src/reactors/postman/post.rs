//! The house's mail server, by SMTP (RFC 5321). One message a reader; the sender is the platform.

use std::time::{Duration, SystemTime};

use amphi_events::Time;
use amphi_events::ids::MailId;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::letter::Letter;

/// Deadline of each answer of the server.
const PATIENCE: Duration = Duration::from_mins(1);

/// It left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent;

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostError {
    /// It surely did not leave, and may later; a code, no foreign text.
    NotNow(String),
    /// It surely did not leave; a code, no foreign text.
    NotSent(String),
    /// It may have left.
    Unknown,
}

/// Hands mails to a server.
pub struct Post {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Post {
    /// `url`: `smtps://user:password@host:465`, or `smtp://host:587?tls=required` (STARTTLS), or `smtp://host:25` on a network of one's own;
    /// `from`: `Amphi <amphi@univ.example>`.
    ///
    /// # Errors
    /// One of the two is none, for the person who wrote it.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, String> {
        let from: Mailbox = from
            .parse()
            .map_err(|_| format!("{from:?} is no mail address, such as Amphi <amphi@univ.example>"))?;
        // The address holds a password: what the library says of it is not told.
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|_| {
                "it is no address of a mail server, such as smtps://user:password@mail.univ.example".to_owned()
            })?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self { server, from })
    }

    /// Address of the sender.
    pub fn sender(&self) -> String {
        self.from.email.to_string()
    }

    fn message(&self, letter: &Letter, id: MailId, now: Time) -> Result<Message, lettre::error::Error> {
        let to: lettre::Address = letter.to.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        let host = self.from.email.domain();
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(date)
            // The same mail has the same id, whatever becomes of it on its way.
            .message_id(Some(format!("<{id}@{host}>")))
            // Nobody's holiday answers it (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .subject(letter.subject.replace(['\r', '\n'], " "));
        if let Some((name, address)) = &letter.reply_to
            && let Ok(address) = address.parse()
        {
            message = message.reply_to(Mailbox::new(Some(name.clone()), address));
        }
        let text = SinglePart::plain(letter.text.clone());
        match &letter.calendar {
            None => message.singlepart(text),
            Some((method, calendar)) => {
                let kind = format!("text/calendar; charset=utf-8; method={}", method.as_str());
                let kind = ContentType::parse(&kind).map_err(|_| lettre::error::Error::MissingTo)?;
                let part = SinglePart::builder().header(kind).body(calendar.clone());
                message.multipart(MultiPart::alternative().singlepart(text).singlepart(part))
            }
        }
    }

    /// Sends it, once.
    ///
    /// # Errors
    /// [`PostError`].
    pub async fn send(&self, letter: &Letter, id: MailId, now: Time) -> Result<Sent, PostError> {
        let message = self
            .message(letter, id, now)
            .map_err(|_| PostError::NotSent("address".to_owned()))?;
        match self.server.send(message).await {
            Ok(_) => Ok(Sent),
            Err(error) => {
                let outcome = outcome(&error, letter);
                // Not in the server's words: they hold the reader's address more often than not.
                tracing::warn!(mail = %id, ?outcome, "a mail was not taken");
                Err(outcome)
            }
        }
    }
}

fn outcome(error: &lettre::transport::smtp::Error, letter: &Letter) -> PostError {
    let not_sent = |why: &str| PostError::NotSent(why.to_owned());
    match error.status() {
        // The server answered, and not with yes. For good, or for now.
        Some(code) if error.is_transient() => PostError::NotNow(format!("smtp_{code}")),
        Some(code) => PostError::NotSent(format!("smtp_{code}")),
        // Reached, and not in a way that can be trusted: nothing was handed over. What is wrong is the house's own, and mended for all mails
        // at once: until then they wait.
        None if error.is_tls() || certificate(error) => PostError::NotNow("tls".to_owned()),
        // The library has no question for it.
        None if error.to_string().to_lowercase().contains("connection error") => {
            PostError::NotNow("unreachable".to_owned())
        }
        // The server takes no such address, and was not asked to.
        None if error.is_client() && !letter.to.is_ascii() => not_sent("smtputf8"),
        None => PostError::Unknown,
    }
}

/// Whether the server is not who it says: the library takes that for a connection that failed.
fn certificate(error: &lettre::transport::smtp::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |e| e.source());
    causes
        .filter_map(|e| e.downcast_ref::<std::io::Error>()?.get_ref())
        .any(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}
