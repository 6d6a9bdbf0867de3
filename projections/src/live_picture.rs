//! What can be said of the room's chat in the picture: how it is wanted, how it stands, and what stands in between.

use amphi_events::gateway::{ChatPane, Generation, Robot};
use amphi_events::relay::Way;

use crate::live_row::LiveRow;

/// The room's chat in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatInPicture {
    /// Nothing runs: it will be as wanted when it starts.
    NotRunning,
    /// It is as wanted.
    AsWanted,
    /// It is being changed.
    Changing,
    /// This gateway takes it at the start only: it will be as wanted after a restart of the picture.
    NextStart,
    /// Nobody knows how it is: a restart of the picture makes it as wanted.
    Unknown,
    /// It stays in the picture: lines of the audience go through the robot, which types nothing while the pane is closed.
    KeptForChat,
    /// The picture is an encoder's: Amphi neither knows nor changes what is in it.
    NotOurs,
}

impl ChatInPicture {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::NotRunning,
        Self::AsWanted,
        Self::Changing,
        Self::NextStart,
        Self::Unknown,
        Self::KeptForChat,
        Self::NotOurs,
    ];

    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRunning => "not_running",
            Self::AsWanted => "as_wanted",
            Self::Changing => "changing",
            Self::NextStart => "next_start",
            Self::Unknown => "unknown",
            Self::KeptForChat => "kept_for_chat",
            Self::NotOurs => "not_ours",
        }
    }
}

impl LiveRow {
    /// How the room's chat in the picture stands, on a gateway that speaks that.
    pub fn chat_in_picture(&self, speaks: Option<Generation>) -> ChatInPicture {
        let pane = speaks.map_or(ChatPane::AtStart, Generation::chat_pane);
        if pane == ChatPane::Nobody {
            return ChatInPicture::NotOurs;
        }
        // One that comes in by itself types by another browser: its picture is free.
        let by_robot = speaks.is_none_or(|g| g.robot() == Robot::ByOurPage);
        if !self.chat_wanted && by_robot && self.way.is_some_and(|w| w.way == Way::Gateway) {
            return ChatInPicture::KeptForChat;
        }
        let Some(run) = self.run else {
            return ChatInPicture::NotRunning;
        };
        match run.chat_pane {
            Some(shown) if shown == self.chat_wanted => ChatInPicture::AsWanted,
            Some(_) if pane == ChatPane::Flips => ChatInPicture::Changing,
            Some(_) => ChatInPicture::NextStart,
            // Its robot has not come in yet.
            None if run.robot_since.is_none() => ChatInPicture::Changing,
            None => ChatInPicture::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::Time;
    use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, RunId};
    use amphi_events::live::RunPhase;

    use super::*;
    use crate::live_row::{RunRow, WayRow};

    fn live(wanted: bool, shown: Option<bool>, way: Way) -> LiveRow {
        let id = ulid::Ulid::nil();
        LiveRow {
            chat_wanted: wanted,
            way: Some(WayRow {
                way,
                max_units: 500,
                max_bytes: 900,
                hooks: true,
            }),
            run: Some(RunRow {
                id: RunId(id),
                number: 1,
                gateway: GatewayId(id),
                broadcaster: BroadcasterId(id),
                phase: RunPhase::Started,
                asked_at: Time(0),
                started_at: Some(Time(1)),
                robot_since: Some(Time(2)),
                on_air_since: None,
                chat_pane: shown,
                stalled: None,
                fault: None,
                stopping_since: None,
            }),
            ..LiveRow::empty(LiveId(id))
        }
    }

    #[test]
    fn what_is_said_of_the_chat_in_the_picture_by_generation() {
        use ChatInPicture as C;
        let flips = [Generation::G1, Generation::G2, Generation::G3];
        let at_start = [
            Generation::G4,
            Generation::G5,
            Generation::Pool,
            Generation::LiveStreaming,
        ];
        for g in flips.into_iter().chain(at_start) {
            let of = |wanted, shown| live(wanted, shown, Way::Bbb).chat_in_picture(Some(g));
            assert_eq!(of(true, Some(true)), C::AsWanted);
            assert_eq!(of(false, Some(false)), C::AsWanted);
            assert_eq!(of(true, None), C::Unknown, "never guessed");
            let other = if flips.contains(&g) { C::Changing } else { C::NextStart };
            assert_eq!(of(false, Some(true)), other);
            assert_eq!(of(true, Some(false)), other);
            let kept = live(false, Some(true), Way::Gateway).chat_in_picture(Some(g));
            assert_eq!(kept == C::KeptForChat, g != Generation::LiveStreaming);
        }
        let encoder = live(false, None, Way::Bbb).chat_in_picture(Some(Generation::Encoder));
        assert_eq!(encoder, C::NotOurs);
        let mut idle = live(false, None, Way::Bbb);
        idle.run = None;
        assert_eq!(idle.chat_in_picture(Some(Generation::G2)), C::NotRunning);
    }
}
