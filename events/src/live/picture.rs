//! How the picture of a live is wanted. Absolute, like everything that is wanted (design §1): who asks twice for the room's chat in the
//! picture has it in the picture, though the gateways know nothing but a flip (gateway-contract §2.5).

use serde::{Deserialize, Serialize};

use super::{Live, LiveEvent, Refusal};

/// Where the picture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// A gateway's robot, which goes into the room.
    #[default]
    Gateway,
    /// The encoder of a presenter, OBS or hardware.
    Encoder,
}

impl PictureSource {
    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Encoder => "encoder",
        }
    }
}

/// How the picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Where it comes from.
    pub source: PictureSource,
    /// The room's chat stands in it.
    pub chat: bool,
}

impl Default for Picture {
    /// As a gateway does it where nobody says anything (gateway-contract §4.2).
    fn default() -> Self {
        Self {
            source: PictureSource::Gateway,
            chat: true,
        }
    }
}

impl Live {
    /// How the picture is wanted.
    pub fn wanted_picture(&self) -> Picture {
        self.picture.unwrap_or_default()
    }

    pub(super) fn want_picture(
        &self,
        source: Option<PictureSource>,
        chat: Option<bool>,
    ) -> Result<Vec<LiveEvent>, Refusal> {
        self.planned()?;
        let held = self.wanted_picture();
        let meant = Picture {
            source: source.unwrap_or(held.source),
            chat: chat.unwrap_or(held.chat),
        };
        // What runs, runs where it runs: another source is another gateway, and that is chosen before.
        if meant.source != held.source && self.run.is_some() {
            return Err(Refusal::PictureRuns);
        }
        Ok(if self.picture == Some(meant) {
            vec![]
        } else {
            vec![LiveEvent::LivePictureWanted {
                source: meant.source,
                chat: meant.chat,
            }]
        })
    }
}
