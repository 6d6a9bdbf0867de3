//! Intervals and limits of the reactors, all of them settings (surface §1).

use std::time::Duration;

use amphi_events::gateway::Margins;

/// How often, how long, how many.
#[derive(Debug, Clone)]
pub struct ReactorSettings {
    /// Between two looks at an open room: 15 s. Two answers of *not found* end a session, so the end of a room is
    /// known in under two minutes without any callback.
    pub room_poll: Duration,
    /// Between the first *not found* and the second look, and while a room is being ended: 5 s.
    pub room_confirm: Duration,
    /// First wait after a failed call; doubles up to [`Self::retry_most`]: 1 s.
    pub retry_first: Duration,
    /// Longest wait between failed calls: 30 s.
    pub retry_most: Duration,
    /// Webhooks are registered again so often, because bbb-webhooks forgets (bbb-contract §5.1): 5 min.
    pub hook_refresh: Duration,
    /// Meetings may be recorded: yes.
    pub recording: bool,
    /// Between two looks for the recording of a session that is over, at first; longer the longer it is over: 10 min.
    pub recording_poll: Duration,
    /// BBB ends a room without moderators after so many minutes (a robot would hold it open): 5.
    pub no_moderator_minutes: u32,
    /// Between two looks at a playlist: 2 s.
    pub probe: Duration,
    /// The robot must be in the room so soon after the gateway started: 120 s.
    pub robot_deadline: Duration,
    /// The picture must move so soon after the robot came in: 60 s.
    pub picture_deadline: Duration,
    /// A picture that stands for so long is healed by a new run: 25 s.
    pub heal_after: Duration,
    /// A start whose fate is unknown may still arrive for so long: stops are repeated until then: 40 s.
    pub late_start: Duration,
    /// A gateway that does not answer to the stop for so long is left behind, where the picture is still wanted: 15 s.
    pub fence_after: Duration,
    /// Starts that fail in a row before the live gives up: 5.
    pub most_failures: u32,
    /// Between two questions whether the gateway's container lives: 10 s.
    pub gateway_poll: Duration,
    /// Between two probes of a gateway: 60 s.
    pub gateway_scout: Duration,
    /// Deadline of a whole probe: 10 s.
    pub gateway_probe: Duration,
    /// What is kept free round a reservation: nothing, so that touching ends do not conflict (census §4.1).
    pub margins: Margins,
    /// A line older than this is *late* and isn't sent (design §6): 120 s.
    pub late_after: Duration,
    /// How long the echo of a line that BBB has taken is waited for, by lines that read the same: 15 s.
    pub echo_wait: Duration,
    /// How long it is waited for where nobody heard the answer, before the line goes once more: 65 s. bbb-webhooks repeats a
    /// failed delivery after at most 60 s (bbb-contract §5.2), so an echo that found us down is back within this time.
    pub echo_patience: Duration,
    /// Slides are deleted so many days after their meeting's end; 0: never. 365.
    pub slides_days: u32,
    /// Who was in a session is forgotten so many days after its end; 0: never. 365.
    pub attendance_days: u32,
    /// Whoever is invited is told of a change once nothing changed for so long: 60 s.
    pub invitation_quiet: Duration,
    /// First wait of a mail that the server does not take for now; doubles each time, at most [`MAIL_WAIT_MOST`]: 60 s.
    pub mail_retry: Duration,
    /// Tries of such a mail before it is given up: 20, some two days.
    pub mail_tries: u32,
    /// Lives that are planned on broadcasters are told by mail; not.
    pub mail_live_planned: bool,
    /// Everything that a webinar needs is looked at so long before it starts; 0: not at all. 15 min.
    pub preflight: Duration,
    /// Sessions that other front ends opened, where they are looked for.
    pub elsewhere: Option<super::elsewhere::LookSettings>,
    /// Names of people in such sessions are kept for so long after their end: 24 h.
    pub elsewhere_names: Duration,
    /// A live goes on for so long after its planned end, if nobody ends it: 30 min.
    pub overrun: Duration,
    /// Deadline of most BBB calls: 10 s.
    pub bbb_read: Duration,
    /// Deadline of `create`: 30 s.
    pub bbb_create: Duration,
    /// Deadline of a gateway's start: 30 s.
    pub gateway_start: Duration,
    /// Deadline of a gateway's stop: 60 s.
    pub gateway_stop: Duration,
}

impl Default for ReactorSettings {
    fn default() -> Self {
        Self {
            room_poll: Duration::from_secs(15),
            room_confirm: Duration::from_secs(5),
            retry_first: Duration::from_secs(1),
            retry_most: Duration::from_secs(30),
            hook_refresh: Duration::from_mins(5),
            recording: true,
            recording_poll: Duration::from_mins(10),
            no_moderator_minutes: 5,
            probe: Duration::from_secs(2),
            robot_deadline: Duration::from_mins(2),
            picture_deadline: Duration::from_mins(1),
            heal_after: Duration::from_secs(25),
            late_start: Duration::from_secs(40),
            fence_after: Duration::from_secs(15),
            most_failures: 5,
            gateway_poll: Duration::from_secs(10),
            gateway_scout: Duration::from_mins(1),
            gateway_probe: Duration::from_secs(10),
            margins: Margins::NONE,
            late_after: Duration::from_mins(2),
            echo_wait: Duration::from_secs(15),
            echo_patience: Duration::from_secs(65),
            invitation_quiet: Duration::from_mins(1),
            mail_retry: Duration::from_mins(1),
            mail_tries: 20,
            mail_live_planned: false,
            slides_days: 365,
            attendance_days: 365,
            preflight: Duration::from_mins(15),
            elsewhere: None,
            elsewhere_names: Duration::from_hours(24),
            overrun: Duration::from_mins(30),
            bbb_read: Duration::from_secs(10),
            bbb_create: Duration::from_secs(30),
            gateway_start: Duration::from_secs(30),
            gateway_stop: Duration::from_mins(1),
        }
    }
}

/// Longest wait between two tries of a mail.
const MAIL_WAIT_MOST: Duration = Duration::from_hours(4);

impl ReactorSettings {
    /// The wait after the `n`th try (from 1) of a mail that is not taken for now; `None`: it is given up.
    pub fn mail_wait(&self, n: u32) -> Option<Duration> {
        let wait = self.mail_retry.saturating_mul(1 << n.saturating_sub(1).min(20));
        (n < self.mail_tries).then(|| wait.min(MAIL_WAIT_MOST))
    }

    /// The wait before try `n` (1 for the first repetition): doubles, bounded.
    pub fn retry(&self, n: u32) -> Duration {
        self.retry_first
            .saturating_mul(1 << n.saturating_sub(1).min(10))
            .min(self.retry_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_waits_longer_each_time_and_not_for_ever() {
        let settings = ReactorSettings::default();
        let waits: Vec<Duration> = (1..).map_while(|n| settings.mail_wait(n)).collect();
        assert_eq!(waits.len(), 19);
        assert_eq!(waits[..3], [60, 120, 240].map(Duration::from_secs));
        assert!(waits.is_sorted() && waits[18] == MAIL_WAIT_MOST);
        let all: Duration = waits.iter().sum();
        assert!(
            (Duration::from_hours(40)..Duration::from_hours(60)).contains(&all),
            "{all:?}"
        );
    }
}
