//! What the demo's pages ask of the demo: what is broken on purpose, and how far the tour is. Outside of a demo
//! there is none, and the pages that need it are unknown.

use amphi_events::Time;
use amphi_events::ids::{LiveId, MeetingId, PersonId};
use async_trait::async_trait;

/// What a button of the demo's page does, and undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DemoAct {
    /// The gateway that makes the picture dies, and answers nothing but errors.
    Gateway,
    /// The stream's playlist stays where it is.
    Stream,
    /// BBB refuses connections.
    Bbb,
    /// Two hundred people watch.
    Crowd,
}

impl DemoAct {
    /// All, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Gateway, Self::Stream, Self::Bbb, Self::Crowd];

    /// Its name in addresses and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Stream => "stream",
            Self::Bbb => "bbb",
            Self::Crowd => "crowd",
        }
    }

    /// The act of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}

/// Steps of the tour that can be seen to be done; the last one, reading, can't.
pub const SEEN_STEPS: usize = 4;

/// Where the demo stands.
#[derive(Debug, Clone)]
pub struct DemoNow {
    /// The live that the tour is about.
    pub live: LiveId,
    /// Its meeting.
    pub meeting: MeetingId,
    /// Who goes into the room: id and name.
    pub guide: (PersonId, String),
    /// The acts in force.
    pub on: Vec<DemoAct>,
    /// Which steps were done since the demo began.
    pub done: [bool; SEEN_STEPS],
    /// The auditor's command, for a shell.
    pub verify: String,
}

/// A mail that a demo would have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMail {
    /// Its id.
    pub id: String,
    /// When it was written.
    pub at: Time,
    /// To whom.
    pub to: String,
    /// Who is answered.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// The part for calendars.
    pub calendar: Option<String>,
}

/// The demo, as its pages see it.
#[async_trait]
pub trait DemoStage: Send + Sync + 'static {
    /// Where it stands; `None` while its rooms are being opened.
    async fn now(&self) -> Option<DemoNow>;
    /// Begins or ends an act; done twice it does nothing more.
    ///
    /// # Errors
    /// It can't be done now, with the reason for the log.
    async fn press(&self, act: DemoAct, on: bool) -> Result<(), String>;
    /// The newest mails, newest first.
    ///
    /// # Errors
    /// They can't be read, with the reason for the log.
    async fn mails(&self) -> Result<Vec<DemoMail>, String>;
}
