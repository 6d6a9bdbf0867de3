//! A session that another front end opened: found or not, never made.

use amphi_events::elsewhere::ForeignRoom;
use amphi_events::session::{EndedBy, HookState, Session, SessionCommand};

use super::{HOOK_TOKEN, Next, Room};

impl Room {
    /// Looks whether BBB still has the very session that somebody wants to broadcast.
    pub(super) async fn find(&mut self, state: &Session, room: &ForeignRoom) -> anyhow::Result<Next> {
        if self.deps.now() >= state.until {
            return self.close(EndedBy::NeverOpened).await;
        }
        match self.deps.bbb.meeting_info(&room.id.0).await {
            Ok(Some(info)) if info.create_time != room.create_time => self.close(EndedBy::Replaced).await,
            Ok(Some(info)) if info.ended => Ok(Next::Wait(self.deps.settings.retry_first)),
            Ok(Some(_)) => {
                (self.failures, self.missing) = (0, 0);
                let opened = SessionCommand::Opened {
                    create_time: room.create_time,
                    internal_id: room.internal_id.clone(),
                    adopted: true,
                };
                self.tell(opened).await?;
                Ok(Next::Again)
            }
            Ok(None) => {
                self.missing += 1;
                if self.missing >= 2 {
                    return self.close(EndedBy::Polling).await;
                }
                Ok(Next::Hold(self.deps.settings.room_confirm))
            }
            // Unknown, never over.
            Err(error) => self.failed(&error).await,
        }
    }

    /// It goes on without us: what is said in it from now on is not for us to hear. That our address is taken off the list there is tried once;
    /// what comes to it all the same is not taken (`callbacks`).
    pub(super) async fn let_go(&self, state: &Session) -> anyhow::Result<Next> {
        if state.hooks == Some(HookState::Registered) {
            let (room, token) = (state.room().unwrap_or_default(), self.token(HOOK_TOKEN).await?);
            let listed = self.deps.bbb.hooks_list(Some(&room)).await.unwrap_or_default();
            for hook in listed.iter().filter(|h| h.callback_url.contains(&token)) {
                if let Err(error) = self.deps.bbb.hooks_destroy(&hook.id).await {
                    tracing::info!(session = %self.session, %error, "a webhook could not be taken back");
                }
            }
        }
        self.close(EndedBy::Us).await
    }
}
