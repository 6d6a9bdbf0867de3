//! What an option of a meeting can hold, and how it is written for BBB (bbb-contract §1.5, §2.1).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalogue::Public;

/// Form and limits of an option. Its text is what a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A whole number in this range.
    Number {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
        /// 0 may stand outside of the range: then BBB, or the service, chooses.
        or_zero: bool,
    },
    /// A text of at most so many characters.
    Text {
        /// Most characters.
        max: usize,
        /// It may have several lines.
        lines: bool,
    },
    /// A colour, `#rrggbb`, or nothing.
    Colour,
    /// A web address of at most so many characters, or nothing.
    Address {
        /// Most characters.
        max: usize,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any of these words.
    Several(&'static [&'static str]),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("true or false"),
            Self::Number { min, max, or_zero } => {
                write!(f, "{}{min} to {max}", if *or_zero { "0, or " } else { "" })
            }
            Self::Text { max, lines: true } => write!(f, "at most {max} characters"),
            Self::Text { max, lines: false } => write!(f, "one line of at most {max} characters"),
            Self::Colour => f.write_str("empty or #rrggbb"),
            Self::Address { max } => write!(f, "empty or http(s)://…, at most {max} characters"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Several(words) => write!(f, "any of {}", words.join(", ")),
        }
    }
}

/// A value that an option can have.
pub trait OptionValue {
    /// Whether it keeps the limits.
    fn fits(&self, kind: Kind) -> bool;
    /// As BBB takes it; `None` is not sent, so that the server's own value holds.
    fn for_bbb(&self) -> Option<String>;
}

impl OptionValue for bool {
    fn fits(&self, kind: Kind) -> bool {
        kind == Kind::Flag
    }
    fn for_bbb(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl OptionValue for u32 {
    fn fits(&self, kind: Kind) -> bool {
        matches!(kind, Kind::Number { min, max, or_zero } if (min..=max).contains(self) || or_zero && *self == 0)
    }
    fn for_bbb(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A number whose 0 leaves the choice to BBB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrServers(pub u32);

impl OptionValue for OrServers {
    fn fits(&self, kind: Kind) -> bool {
        self.0.fits(kind)
    }
    fn for_bbb(&self) -> Option<String> {
        (self.0 != 0).then(|| self.0.to_string())
    }
}

impl OptionValue for Public<String> {
    fn fits(&self, kind: Kind) -> bool {
        let (text, plain) = (&self.0, !self.0.chars().any(char::is_control));
        match kind {
            Kind::Text { max, lines } => text.chars().count() <= max && (lines || plain),
            Kind::Colour => {
                text.is_empty()
                    || text
                        .strip_prefix('#')
                        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
            }
            // It goes into every participant's browser: nothing but an address of a page (`javascript:` is none).
            Kind::Address { max } => {
                let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
                let named = host.is_some_and(|h| h.starts_with(|c: char| c.is_alphanumeric() || c == '['));
                text.is_empty()
                    || (named && plain && !text.contains(char::is_whitespace) && text.chars().count() <= max)
            }
            _ => false,
        }
    }
    /// BBB takes no control characters; in its texts `<br>` is a new line (bbb-contract §1.5, §2.1).
    fn for_bbb(&self) -> Option<String> {
        let lines = self.0.replace("\r\n", "\n").replace('\n', "<br>");
        let text: String = lines.chars().filter(|c| !c.is_control()).collect();
        (!text.is_empty()).then_some(text)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $word:literal ),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $( $(#[$vmeta])* #[serde(rename = $word)] $variant ),+ }

        impl $name {
            /// Every word, in the order of the forms.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// As in events, in the API and in BBB.
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }
    };
}

words! {
    /// Who is let in by BBB (bbb-contract §2.2).
    #[derive(Default)]
    GuestPolicy {
        /// Everybody who reaches the room.
        #[default]
        AlwaysAccept = "ALWAYS_ACCEPT",
        /// Nobody but moderators.
        AlwaysDeny = "ALWAYS_DENY",
        /// A moderator lets each in.
        AskModerator = "ASK_MODERATOR",
    }
}

impl OptionValue for GuestPolicy {
    fn fits(&self, kind: Kind) -> bool {
        kind == Kind::Choice(Self::WORDS)
    }
    fn for_bbb(&self) -> Option<String> {
        Some(self.word().to_owned())
    }
}

words! {
    /// How the room is laid out at the start. A word that the server's version doesn't know leaves its own.
    #[derive(Default)]
    Layout {
        /// As the server is set up.
        #[default]
        Server = "SERVER",
        /// As each person arranges it.
        Custom = "CUSTOM_LAYOUT",
        /// By what goes on in the room.
        Smart = "SMART_LAYOUT",
        /// The presentation large.
        Presentation = "PRESENTATION_FOCUS",
        /// The cameras large.
        Video = "VIDEO_FOCUS",
        /// Cameras only (3.0).
        CamerasOnly = "CAMERAS_ONLY",
        /// People and chat only (3.0).
        PeopleAndChatOnly = "PARTICIPANTS_AND_CHAT_ONLY",
        /// The presentation only (3.0).
        PresentationOnly = "PRESENTATION_ONLY",
        /// Presentation and cameras only (3.0).
        MediaOnly = "MEDIA_ONLY",
        /// One layout for all (3.0; the default of 4.0).
        Unified = "UNIFIED_LAYOUT",
    }
}

impl OptionValue for Layout {
    fn fits(&self, kind: Kind) -> bool {
        kind == Kind::Choice(Self::WORDS)
    }
    fn for_bbb(&self) -> Option<String> {
        (*self != Self::Server).then(|| self.word().to_owned())
    }
}

words! {
    /// What can be switched off in a room, under BBB's names (bbb-contract §2.1).
    #[expect(missing_docs, reason = "BBB's own names")]
    Feature {
        BreakoutRooms = "breakoutRooms",
        Captions = "captions",
        Chat = "chat",
        PrivateChat = "privateChat",
        DeleteChatMessage = "deleteChatMessage",
        EditChatMessage = "editChatMessage",
        ReplyChatMessage = "replyChatMessage",
        ChatMessageReactions = "chatMessageReactions",
        ChatEmojiPicker = "chatEmojiPicker",
        DownloadPresentationWithAnnotations = "downloadPresentationWithAnnotations",
        DownloadPresentationConvertedToPdf = "downloadPresentationConvertedToPdf",
        DownloadPresentationOriginalFile = "downloadPresentationOriginalFile",
        SnapshotOfCurrentSlide = "snapshotOfCurrentSlide",
        ExternalVideos = "externalVideos",
        Layouts = "layouts",
        LearningDashboard = "learningDashboard",
        LearningDashboardDownload = "learningDashboardDownloadSessionData",
        Polls = "polls",
        Quizzes = "quizzes",
        Screenshare = "screenshare",
        SharedNotes = "sharedNotes",
        VirtualBackgrounds = "virtualBackgrounds",
        CustomVirtualBackgrounds = "customVirtualBackgrounds",
        LiveTranscription = "liveTranscription",
        Presentation = "presentation",
        CameraAsContent = "cameraAsContent",
        Timer = "timer",
        InfiniteWhiteboard = "infiniteWhiteboard",
        RaiseHand = "raiseHand",
        UserReactions = "userReactions",
    }
}

impl OptionValue for BTreeSet<Feature> {
    fn fits(&self, kind: Kind) -> bool {
        kind == Kind::Several(Feature::WORDS)
    }
    fn for_bbb(&self) -> Option<String> {
        let words: Vec<&str> = self.iter().map(|f| f.word()).collect();
        (!words.is_empty()).then(|| words.join(","))
    }
}
