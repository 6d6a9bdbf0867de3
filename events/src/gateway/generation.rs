//! What a gateway speaks, and what follows from that.

use serde::{Deserialize, Serialize};

use super::Refusal;

/// What a gateway speaks: a generation of SIPMediaGW's HTTP dialect (gateway-contract §1), or one of the other ways to make a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// Flat JSON, 1.5.x.
    G1,
    /// Enveloped JSON, 1.6.0.
    G2,
    /// Enveloped with `/progress`, 1.7.x.
    G3,
    /// FastAPI, 1.8.x.
    G4,
    /// FastAPI with commands, main.
    G5,
    /// The proxy in front of a pool of generations 4 and 5 (gateway-contract §3.1).
    Pool,
    /// BigBlueButton-liveStreaming, behind a runner of the house (gateway-contract §6).
    LiveStreaming,
    /// A person's encoder, OBS or hardware: there is nothing to start, and nobody to ask.
    Encoder,
}

/// How the robot of a gateway comes into the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// By our page, which gives it an id of its own.
    ByOurPage,
    /// By itself: it is known by its name alone.
    ByItself,
    /// There is none.
    None,
}

/// What can be done about the room's chat in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatPane {
    /// As it is when the robot comes in; afterwards it can be flipped, without being told how it stands (gateway-contract §2.5).
    Flips,
    /// As it is when the robot comes in: nothing afterwards (gateway-contract §2.7, §6.1).
    AtStart,
    /// Amphi does not make that picture.
    Nobody,
}

impl Generation {
    /// All, in the order of forms.
    pub const ALL: [Self; 8] = [
        Self::G1,
        Self::G2,
        Self::G3,
        Self::G4,
        Self::G5,
        Self::Pool,
        Self::LiveStreaming,
        Self::Encoder,
    ];

    /// As in the API: `g1` … `g5`, `pool`, `livestreaming`, `encoder`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::G1 => "g1",
            Self::G2 => "g2",
            Self::G3 => "g3",
            Self::G4 => "g4",
            Self::G5 => "g5",
            Self::Pool => "pool",
            Self::LiveStreaming => "livestreaming",
            Self::Encoder => "encoder",
        }
    }

    /// How its robot comes into the room.
    pub const fn robot(self) -> Robot {
        match self {
            Self::G1 | Self::G2 | Self::G3 | Self::G4 | Self::G5 | Self::Pool => Robot::ByOurPage,
            Self::LiveStreaming => Robot::ByItself,
            Self::Encoder => Robot::None,
        }
    }

    /// What can be done about the room's chat in its picture.
    pub const fn chat_pane(self) -> ChatPane {
        match self {
            Self::G1 | Self::G2 | Self::G3 => ChatPane::Flips,
            Self::G4 | Self::G5 | Self::Pool | Self::LiveStreaming => ChatPane::AtStart,
            Self::Encoder => ChatPane::Nobody,
        }
    }
}

impl std::str::FromStr for Generation {
    type Err = Refusal;
    fn from_str(s: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|g| g.as_str() == s)
            .ok_or(Refusal::Generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_a_generation_in_the_log_and_in_the_api() {
        for g in Generation::ALL {
            assert_eq!(serde_json::to_value(g).expect("json"), g.as_str());
            assert_eq!(g.as_str().parse(), Ok(g));
        }
        assert_eq!("g9".parse::<Generation>(), Err(Refusal::Generation));
    }
}
