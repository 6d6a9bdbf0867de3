//! The name of the room that a run's robot is given, which is also the key of its door.

/// Characters of one: ten of `[a-z0-9]`, which every generation can launch (gateway-contract §0.7, §8.16).
pub const ROOM_CHARS: usize = 10;

/// Whether a text can be one: what is let in is what was given out.
pub fn is_room(text: &str) -> bool {
    text.len() == ROOM_CHARS && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_room() {
        assert!(is_room("abcdefgh23"));
        for bad in ["", "ABCDEFGH23", "abcdefgh2", "abcdefgh2/", "abcdefgh234", "éabcdefgh"] {
            assert!(!is_room(bad), "{bad}");
        }
    }
}
