//! Given, when, then: meeting.
