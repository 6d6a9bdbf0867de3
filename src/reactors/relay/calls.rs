//! Handing one line over: to BBB, or to the gateway's robot.

use amphi_events::ids::LiveId;
use amphi_events::live::RunPhase;
use amphi_events::relay::{FailedWhy, Proof, RelayCommand};
use amphi_projections::ChatLine;

use super::super::chronicle::Answered;
use super::super::echoes::Due;
use super::super::hands::Next;
use super::super::stage::{self, Driver};
use super::{Relay, Road, look_ahead};
use crate::bbb::ChatError;
use crate::gateways::ChatOutcome;
use crate::outgoing::Noted;

/// A line that is about to be handed over.
pub(super) struct Ready {
    pub line: ChatLine,
    /// Its author as the room shows them.
    pub name: String,
    pub text: String,
}

impl Ready {
    pub(super) fn fail(&self, why: FailedWhy) -> RelayCommand {
        RelayCommand::Failed {
            message: self.line.id,
            position: self.line.position,
            why,
        }
    }
}

impl Relay {
    /// `None`: the next line may go at once.
    pub(super) async fn through_bbb(
        &mut self,
        road: &Road,
        hooked: bool,
        ready: Ready,
    ) -> anyhow::Result<Option<Next>> {
        let message = ready.line.id;
        let (bbb, room) = (self.deps.bbb.clone(), road.room.clone());
        let (name, text) = (ready.name.clone(), ready.text.clone());
        // A task of its own: where the echo is quicker the answer is not waited for, and its connection not cut.
        let mut call = tokio::spawn(async move { bbb.send_chat(&room, &name, &text).await });
        let deps = self.deps.clone();
        let mut ahead = std::pin::pin!(look_ahead(&deps, road, ready.line.position));
        let mut echo = std::pin::pin!(deps.echoes.of_line(self.session, message));
        let mut looked = false;
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut call => break answer?,
                () = &mut echo => {
                    self.failures = 0;
                    return Ok(None);
                }
                // What can't be read now is said by the look that counts.
                found = &mut ahead, if !looked => {
                    looked = true;
                    self.ahead = found.ok().flatten();
                }
            }
        };
        match answer {
            Ok(()) => {
                self.failures = 0;
                self.bbb_takes = Some(true);
                self.answered = Some(message);
                if hooked {
                    let due = Due {
                        message,
                        name: ready.name,
                        text: ready.text,
                        since: self.deps.now(),
                        perhaps_heard: false,
                    };
                    self.deps.echoes.expect(self.session, due);
                }
                return Ok(None);
            }
            Err(ChatError::Unsupported) => {
                self.bbb_takes = Some(false);
                self.tell(RelayCommand::Missed { message }).await?;
            }
            Err(ChatError::TooLong) => self.tell(ready.fail(FailedWhy::TooLong)).await?,
            Err(ChatError::Refused(_)) => self.tell(ready.fail(FailedWhy::Refused)).await?,
            // Nobody in the room yet, or BBB not reachable: surely not there, so it is tried again until it is late.
            Err(ChatError::RoomEmpty | ChatError::NotSent(_)) => {
                self.failures += 1;
                self.tell(RelayCommand::Missed { message }).await?;
                return Ok(Some(Next::Hold(self.deps.settings.retry(self.failures))));
            }
            Err(ChatError::Unknown) => {
                if hooked && !self.deps.echoes.are_silent(self.session) {
                    self.unheard = Some(message);
                } else {
                    self.tell(RelayCommand::Unknown { message }).await?;
                }
            }
        }
        Ok(Some(Next::Again))
    }

    pub(super) async fn through_gateway(&mut self, live: LiveId, ready: &Ready) -> anyhow::Result<Next> {
        let message = ready.line.id;
        let state = self
            .deps
            .aggregates
            .lives
            .look(live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let run = state.run.filter(|r| r.phase == RunPhase::Started);
        let noted = Noted::default();
        let found = match run {
            Some(run) => {
                let room = self
                    .deps
                    .store
                    .get_secret(stage::ROBOT_ROOM, &format!("{live}/{}", run.id))
                    .await?;
                let http = self.deps.http.noting(&noted);
                match (stage::driver_by(&self.deps, run.gateway, http).await?, room) {
                    (Driver::Known(driver), Some(room)) => Some((driver, room, (run.id, run.gateway))),
                    _ => None,
                }
            }
            None => None,
        };
        let Some((driver, room, of)) = found else {
            self.tell(RelayCommand::Missed { message }).await?;
            return Ok(Next::Hold(self.deps.settings.retry_first));
        };
        let (command, outcome) = match driver.chat(&room, &ready.name, &ready.text).await {
            // The robot types it; nobody says that it arrived, but the gateway took it.
            ChatOutcome::HandedOver => {
                let proof = Proof::Answer;
                (RelayCommand::Relayed { message, proof }, "handed over")
            }
            ChatOutcome::TooLong => (ready.fail(FailedWhy::TooLong), "too long"),
            ChatOutcome::Unsupported => (ready.fail(FailedWhy::NoWay), "no way"),
            ChatOutcome::NotSent { .. } => (ready.fail(FailedWhy::Refused), "refused"),
            ChatOutcome::Unknown { .. } => (RelayCommand::Unknown { message }, "unknown"),
        };
        let line = Answered::gateway("a gateway was given a chat line", live, of, outcome);
        let session = Some(self.session);
        Answered { session, ..line }.write(&self.deps, &noted).await;
        self.tell(command).await?;
        Ok(Next::Again)
    }
}
