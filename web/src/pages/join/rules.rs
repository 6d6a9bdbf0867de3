//! Who gets where on the way into a room, as a pure function (census §2.3 in our manner).

use amphi_events::Time;

/// Where the room stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nobody asked for it.
    Shut,
    /// BBB is being asked.
    Opening,
    /// BBB has it, under this creation time.
    Open(i64),
    /// Its end was asked for.
    Ending,
}

impl Room {
    /// In the answer to the waiting page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shut => "shut",
            Self::Opening => "opening",
            Self::Open(_) => "open",
            Self::Ending => "ending",
        }
    }

    /// Where it stands for those who wait, by the clock: told to the waiting page, which turns when it changes.
    pub const fn phase(self, starts_at: Time, ends_at: Time, now: Time) -> &'static str {
        match self {
            Self::Shut if now.0 < starts_at.0 => "early",
            Self::Shut if now.0 >= ends_at.0 => "over",
            other => other.as_str(),
        }
    }
}

/// A key in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// There is none, or nobody looks at it.
    None,
    /// Not this meeting's, or no longer.
    Wrong,
    /// This meeting's: no password is asked, and in a webinar it leads its guest speakers into the room.
    Right,
}

/// The meeting's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// There is none, or this person needs none.
    NotNeeded,
    /// Not given, or not looked at.
    Missing,
    /// That is it.
    Right,
}

/// What is known of somebody who wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// Owner or co-owner. Administrators join like anyone else (census §2.3).
    pub presenter: bool,
    /// Signed in.
    pub signed_in: bool,
    /// A guest gave a name.
    pub named: bool,
    /// By a form: may change something.
    pub post: bool,
    /// BBB just sent the browser back with a refusal.
    pub refused: bool,
    /// A key in the address.
    pub key: Key,
    /// The meeting's password.
    pub password: Password,
    /// In none of the groups that the meeting is open to.
    pub outside: bool,
}

/// What is known of the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting {
    /// It will not take place.
    pub cancelled: bool,
    /// Only signed-in people.
    pub restricted: bool,
    /// Its audience watches a live page.
    pub webinar: bool,
    /// Its room is another front end's, who lets people in.
    pub elsewhere: bool,
    /// Its room.
    pub room: Room,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Sign in first.
    SignIn,
    /// The page says that it was cancelled.
    Cancelled,
    /// The key is not right.
    WrongKey,
    /// To the live page.
    ToLive,
    /// A button that opens the room: a GET may be a link's prefetch, which must change nothing.
    Button,
    /// The room is asked for, then waited for.
    Start,
    /// Wait for the room.
    Wait,
    /// Signed in, but in none of the meeting's groups.
    Outside,
    /// A guest says a name, whoever must a password.
    Ask,
    /// BBB refused: goes on only when told.
    Again,
    /// Into the room.
    Enter {
        /// BBB's identity of the session.
        create_time: i64,
    },
}

/// Decides.
pub const fn step(asking: Asking, meeting: Meeting) -> Step {
    // First, also when it was cancelled: its name and its time are for those it is open to.
    if meeting.restricted && !asking.signed_in {
        return Step::SignIn;
    }
    if meeting.cancelled {
        return if asking.outside && !asking.presenter {
            Step::Outside
        } else {
            Step::Cancelled
        };
    }
    // Into somebody else's room nobody is led from here: it has its own door.
    if meeting.elsewhere {
        return Step::ToLive;
    }
    if !asking.presenter {
        if matches!(asking.key, Key::Wrong) {
            return Step::WrongKey;
        }
        if asking.outside {
            return Step::Outside;
        }
        if meeting.webinar && !matches!(asking.key, Key::Right) {
            return Step::ToLive;
        }
    }
    if asking.refused && !asking.post {
        return Step::Again;
    }
    match meeting.room {
        Room::Open(_) if !asking.signed_in && !asking.named => Step::Ask,
        Room::Open(_) if matches!(asking.password, Password::Missing) => Step::Ask,
        Room::Open(create_time) => Step::Enter { create_time },
        Room::Shut if asking.presenter && asking.post => Step::Start,
        Room::Shut if asking.presenter => Step::Button,
        Room::Shut | Room::Opening | Room::Ending => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Asking = Asking {
        presenter: false,
        signed_in: false,
        named: false,
        post: false,
        refused: false,
        key: Key::None,
        password: Password::NotNeeded,
        outside: false,
    };
    const PRESENTER: Asking = Asking {
        presenter: true,
        signed_in: true,
        ..NOBODY
    };
    const MEETING: Meeting = Meeting {
        cancelled: false,
        restricted: false,
        webinar: false,
        elsewhere: false,
        room: Room::Shut,
    };
    const OPEN: Meeting = Meeting {
        room: Room::Open(7),
        ..MEETING
    };

    #[test]
    fn who_waits_is_told_early_late_and_over() {
        let (starts, ends) = (Time(1000), Time(2000));
        let told = |room: Room, now| room.phase(starts, ends, Time(now));
        assert_eq!(told(Room::Shut, 999), "early");
        assert_eq!(told(Room::Shut, 1000), "shut");
        assert_eq!(told(Room::Shut, 2000), "over");
        // An open room is open, whatever was planned.
        for now in [0, 1500, 9000] {
            assert_eq!(told(Room::Open(7), now), "open");
            assert_eq!(told(Room::Opening, now), "opening");
            assert_eq!(told(Room::Ending, now), "ending");
        }
    }

    #[test]
    fn nobody_is_led_into_the_room_of_another_front_end() {
        let elsewhere = Meeting {
            webinar: true,
            elsewhere: true,
            ..OPEN
        };
        for asking in [NOBODY, PRESENTER] {
            for key in [Key::None, Key::Wrong, Key::Right] {
                for post in [false, true] {
                    let asking = Asking { key, post, ..asking };
                    assert_eq!(step(asking, elsewhere), Step::ToLive, "{asking:?}");
                }
            }
        }
        let restricted = Meeting {
            restricted: true,
            ..elsewhere
        };
        assert_eq!(step(NOBODY, restricted), Step::SignIn);
        assert_eq!(step(PRESENTER, restricted), Step::ToLive);
    }

    #[test]
    fn a_get_never_opens_a_room() {
        assert_eq!(step(PRESENTER, MEETING), Step::Button);
        assert_eq!(
            step(
                Asking {
                    post: true,
                    ..PRESENTER
                },
                MEETING
            ),
            Step::Start
        );
        assert_eq!(
            step(
                Asking {
                    post: true,
                    presenter: false,
                    ..PRESENTER
                },
                MEETING
            ),
            Step::Wait,
            "others wait, by whatever method"
        );
    }

    #[test]
    fn an_open_room_is_entered_at_once() {
        assert_eq!(step(PRESENTER, OPEN), Step::Enter { create_time: 7 });
        assert_eq!(
            step(
                Asking {
                    signed_in: true,
                    ..NOBODY
                },
                OPEN
            ),
            Step::Enter { create_time: 7 }
        );
        assert_eq!(step(NOBODY, OPEN), Step::Ask);
        assert_eq!(
            step(Asking { named: true, ..NOBODY }, OPEN),
            Step::Enter { create_time: 7 }
        );
    }

    #[test]
    fn restricted_meetings_want_signing_in_first() {
        let restricted = Meeting {
            restricted: true,
            webinar: true,
            ..OPEN
        };
        assert_eq!(step(Asking { named: true, ..NOBODY }, restricted), Step::SignIn);
        assert_eq!(
            step(
                Asking {
                    signed_in: true,
                    ..NOBODY
                },
                restricted
            ),
            Step::ToLive
        );
        assert_eq!(step(PRESENTER, restricted), Step::Enter { create_time: 7 });
    }

    /// A cancelled one showed its name and its time to people whom it is not open to.
    #[test]
    fn a_cancelled_meeting_says_so_to_whom_it_is_open() {
        let cancelled = Meeting {
            cancelled: true,
            ..MEETING
        };
        let restricted = Meeting {
            restricted: true,
            ..cancelled
        };
        let member = Asking {
            signed_in: true,
            ..NOBODY
        };
        let outside = Asking {
            outside: true,
            ..member
        };
        assert_eq!(step(NOBODY, cancelled), Step::Cancelled);
        assert_eq!(step(NOBODY, restricted), Step::SignIn);
        assert_eq!(step(member, restricted), Step::Cancelled);
        assert_eq!(step(outside, restricted), Step::Outside);
        assert_eq!(step(PRESENTER, restricted), Step::Cancelled);
    }

    #[test]
    fn a_refusal_of_bbb_is_not_repeated_by_itself() {
        let refused = Asking {
            refused: true,
            ..PRESENTER
        };
        assert_eq!(step(refused, OPEN), Step::Again);
        assert_eq!(
            step(Asking { post: true, ..refused }, OPEN),
            Step::Enter { create_time: 7 }
        );
    }

    #[test]
    fn what_is_ending_or_cancelled_is_not_entered() {
        assert_eq!(
            step(
                Asking {
                    post: true,
                    ..PRESENTER
                },
                Meeting {
                    room: Room::Ending,
                    ..MEETING
                }
            ),
            Step::Wait
        );
        assert_eq!(
            step(
                PRESENTER,
                Meeting {
                    cancelled: true,
                    ..OPEN
                }
            ),
            Step::Cancelled
        );
    }

    #[test]
    fn a_key_leads_in_and_a_password_is_asked_once() {
        let wrong = Asking {
            key: Key::Wrong,
            ..NOBODY
        };
        assert_eq!(step(wrong, OPEN), Step::WrongKey);
        let asked = Asking {
            named: true,
            password: Password::Missing,
            ..NOBODY
        };
        assert_eq!(step(asked, OPEN), Step::Ask);
        assert_eq!(
            step(
                Asking {
                    password: Password::Right,
                    ..asked
                },
                OPEN
            ),
            Step::Enter { create_time: 7 }
        );
        // Nobody types a password for a room that isn't there.
        assert_eq!(step(asked, MEETING), Step::Wait);
        let webinar = Meeting { webinar: true, ..OPEN };
        let speaker = Asking {
            key: Key::Right,
            named: true,
            ..NOBODY
        };
        assert_eq!(step(speaker, webinar), Step::Enter { create_time: 7 });
        assert_eq!(
            step(
                Asking {
                    key: Key::None,
                    ..speaker
                },
                webinar
            ),
            Step::ToLive
        );
    }

    #[test]
    fn a_key_opens_no_restricted_meeting() {
        let restricted = Meeting {
            restricted: true,
            ..OPEN
        };
        let stranger = Asking {
            key: Key::Right,
            named: true,
            ..NOBODY
        };
        assert_eq!(step(stranger, restricted), Step::SignIn);
        let outside = Asking {
            signed_in: true,
            outside: true,
            ..stranger
        };
        assert_eq!(step(outside, restricted), Step::Outside);
        assert_eq!(
            step(
                Asking {
                    presenter: true,
                    ..outside
                },
                restricted
            ),
            Step::Enter { create_time: 7 }
        );
    }
}
