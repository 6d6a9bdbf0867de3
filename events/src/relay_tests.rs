//! Given, when, then: relay.
