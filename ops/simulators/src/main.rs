//! amphi-sim
fn main() {}
