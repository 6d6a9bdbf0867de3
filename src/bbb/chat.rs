//! A line on its way into the room: what BBB takes, checked before anything is sent (BBB contract §2.7).

use super::error::ChatError;
use super::limits::{MAX_CHAT_UNITS, MAX_NAME_UNITS, chat_units};
use super::sign::Query;

/// The query of `sendChatMessage`. The text goes as it is: the echo is recognised by it, and BBB's client escapes markup
/// when it shows it. What BBB would refuse is refused here, never cut.
///
/// # Errors
/// Empty, too long, or with control characters.
pub fn query(meeting_id: &str, user_name: &str, text: &str) -> Result<Query, ChatError> {
    if text.trim().is_empty() {
        return Err(ChatError::Refused("emptyMessage".to_owned()));
    }
    if chat_units(text) > MAX_CHAT_UNITS || chat_units(user_name) > MAX_NAME_UNITS {
        return Err(ChatError::TooLong);
    }
    if text.chars().chain(user_name.chars()).any(|c| c < ' ') {
        return Err(ChatError::Refused("controlCharacter".to_owned()));
    }
    Ok(Query::new()
        .with("meetingID", meeting_id)
        .with("message", text)
        .with("userName", user_name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::*;
    use crate::bbb::limits::user_name_for;
    use crate::bbb::{Digest, encode};

    /// Texts with what is special in addresses, in markup and in UTF-16.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z ]{1,20}",
            Just("<b>&amp;</b>".to_owned()),
            Just("</script>".to_owned()),
            Just("%2B+%".to_owned()),
            Just("&checksum=0&meetingID=other#?;".to_owned()),
            Just("👩\u{200d}💻".to_owned()),
            Just("\u{202e}\u{2066}".to_owned()),
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    fn decoded(query: &str) -> Vec<(String, String)> {
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    proptest! {
        #[test]
        fn bbb_reads_what_was_written(name in texts(), text in texts()) {
            let user = user_name_for(&name, "(live)");
            prop_assert!(chat_units(&user) <= MAX_NAME_UNITS && user.ends_with("(live)"), "{user:?}");
            prop_assert!(!user.contains(char::is_control));
            match query("room-42", &user, &text) {
                Ok(query) => {
                    prop_assert!((1..=MAX_CHAT_UNITS).contains(&chat_units(&text)));
                    let expected = [("meetingID", "room-42"), ("message", &*text), ("userName", &*user)];
                    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
                    prop_assert_eq!(decoded(query.as_str()), expected.to_vec());
                    // Nothing in it that an address could be changed by on the way: a proxy hands on what was hashed.
                    prop_assert!(query.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%=&".contains(&b)));
                    let url = format!("https://bbb.univ.example/bigbluebutton/api/sendChatMessage?{}", query.as_str());
                    let parsed = url::Url::parse(&url).expect("an address");
                    prop_assert_eq!(parsed.as_str(), &url);
                    let signed = query.signed("sendChatMessage", &SecretString::from("s3cr3t"), Digest::Sha256);
                    let checksum = Digest::Sha256.hex(&[b"sendChatMessage", query.as_str().as_bytes(), b"s3cr3t"]);
                    prop_assert_eq!(signed, format!("{}&checksum={checksum}", query.as_str()));
                }
                Err(ChatError::TooLong) => prop_assert!(chat_units(&text) > MAX_CHAT_UNITS),
                Err(ChatError::Refused(why)) if why == "emptyMessage" => prop_assert!(text.trim().is_empty()),
                Err(ChatError::Refused(why)) if why == "controlCharacter" => prop_assert!(text.contains(char::is_control)),
                Err(other) => prop_assert!(false, "{other}"),
            }
        }

        #[test]
        fn two_different_parameters_never_give_the_same_bytes(a in texts(), b in texts(), c in texts(), d in texts()) {
            let one = Query::new().with(&a, &b);
            let other = Query::new().with(&c, &d);
            prop_assert_eq!((&a, &b) == (&c, &d), one.as_str() == other.as_str());
            prop_assert_eq!(encode(&a) == encode(&b), a == b);
        }
    }
}
