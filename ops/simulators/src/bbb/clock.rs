//! The clocks that end a meeting (§2.1 limits, §8): nobody came, everybody left, no moderator, duration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::meeting::Meeting;
use super::state;
use crate::Sim;

/// Looks at every meeting, until the simulators stop.
pub async fn run(sim: Arc<Sim>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(25));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = sim.faults.closing().cancelled() => return,
            _ = ticks.tick() => tick(&sim),
        }
    }
}

/// How long those who left stay in the users map.
const USERS_TIMEOUT: Duration = Duration::from_mins(1);

fn tick(sim: &Arc<Sim>) {
    let settings = sim.settings();
    let speed = settings.clock_speed;
    let mut over = Vec::new();
    {
        let mut inner = sim.bbb.lock();
        for meeting in inner.meetings.values_mut() {
            meeting
                .users
                .retain(|user| user.left.is_none_or(|left| gone_by(left, speed) < USERS_TIMEOUT));
            if is_over(meeting, speed) {
                over.push(meeting.internal.clone());
            }
        }
    }
    for id in over {
        state::end(sim, &id);
    }
}

/// Simulated time since `moment`.
fn gone_by(moment: Instant, speed: f64) -> Duration {
    moment.elapsed().mul_f64(speed)
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(60))
}

fn is_over(meeting: &Meeting, speed: f64) -> bool {
    let age = gone_by(meeting.created, speed);
    let unjoined = meeting.number("meetingExpireIfNoUserJoinedInMinutes", 5);
    if meeting.start_time == 0 && age >= minutes(unjoined) {
        return true;
    }
    let duration = meeting.number("duration", 0);
    if duration > 0 && age >= minutes(duration) {
        return true;
    }
    let left = meeting.number("meetingExpireWhenLastUserLeftInMinutes", 1);
    if left > 0
        && meeting
            .empty_since
            .is_some_and(|since| gone_by(since, speed) >= minutes(left))
    {
        return true;
    }
    let unmoderated = meeting.number("endWhenNoModeratorDelayInMinutes", 1);
    meeting.flag("endWhenNoModerator")
        && meeting
            .unmoderated_since
            .is_some_and(|since| gone_by(since, speed) >= minutes(unmoderated))
}
