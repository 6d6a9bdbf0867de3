//! amphi
fn main() {}
