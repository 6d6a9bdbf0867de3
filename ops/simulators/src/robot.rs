//! The robot of a gateway.
