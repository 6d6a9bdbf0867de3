//! Rooms as BBB has them, beside what is known of them here: an error is *unknown*, and never *over*.

use amphi_events::ids::SessionId;
use amphi_events::session::{Phase, Session};

use super::{Judge, LETS_GO_MS, SAYS_MS, Seen};
use crate::reactors::model_tests::house::House;

/// The very room of a session is there.
fn room_of(house: &House, session: &Session) -> bool {
    let (Some(meeting), Some(identity)) = (session.meeting, &session.identity) else {
        return false;
    };
    let bbb = house.machines.bbb();
    bbb.room(&meeting.to_string())
        .is_some_and(|r| r.created == identity.create_time)
}

pub(super) async fn has_room(house: &House, session: SessionId) -> bool {
    room_of(house, &house.session(session).await)
}

impl Judge {
    pub(super) async fn rooms(&mut self, house: &House, seen: &Seen) -> Result<(), String> {
        for id in &house.sessions {
            let session = house.session(*id).await;
            let there = room_of(house, &session);
            if session.phase == Phase::Closed && there {
                return Err(format!("session {id} is said to be over, and its room is open"));
            }
            let says = |what: &str| format!("session {id} {what}");
            let at = |phase| seen.bbb_well && session.phase == phase;
            self.lasts(says("doesn't open"), at(Phase::Opening), seen, SAYS_MS)?;
            self.lasts(says("is not ended"), at(Phase::Ending), seen, SAYS_MS)?;
            self.lasts(
                says("is said to be open, and has no room"),
                at(Phase::Open) && !there,
                seen,
                SAYS_MS,
            )?;
        }
        for (id, meeting) in &seen.meetings {
            let Some(live) = meeting.live.and_then(|l| seen.lives.get(&l)) else {
                continue;
            };
            let open = match meeting.session.filter(|_| !meeting.ending) {
                Some(session) => has_room(house, session).await && house.session(session).await.phase == Phase::Open,
                None => false,
            };
            let webinar = meeting.details.as_ref().is_some_and(|d| d.is_webinar) && !meeting.cancelled;
            // Once a session: who stops the live goes on meeting.
            let idle = live.held.is_some() && live.wanted.is_none() && live.wanted_for != meeting.session;
            let what = format!("the room of meeting {id} is open, and nobody wants its picture");
            self.lasts(what, open && webinar && idle, seen, LETS_GO_MS)?;
        }
        Ok(())
    }
}
