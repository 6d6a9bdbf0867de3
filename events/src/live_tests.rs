//! Given, when, then: live.
