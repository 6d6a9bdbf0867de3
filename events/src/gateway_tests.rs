//! Given, when, then: gateway.
