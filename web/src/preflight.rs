//! What a look before a webinar's start found, in words: on the console, for administrators, and in mails.

use amphi_events::live::CheckFault;

use crate::i18n::{Lang, T};

/// What was looked at, what is wrong with it, and the way out.
pub fn sentence(lang: Lang, what: &str, fault: CheckFault) -> String {
    let thing = match what {
        "gateway" => T::CheckGateway,
        "playlist" => T::CheckPlaylist,
        "bbb" => T::CheckBbb,
        _ => T::CheckChat,
    };
    let found = match fault {
        CheckFault::Lacking => T::AmissLacking,
        CheckFault::Unreachable => T::AmissUnreachable,
        CheckFault::Refusing => T::AmissRefusing,
        CheckFault::WrongToken => T::AmissWrongToken,
        CheckFault::Busy => T::AmissBusy,
        CheckFault::NoWay => T::AmissNoWay,
    };
    let colon = match lang {
        Lang::Fr => "\u{a0}: ",
        Lang::En => ": ",
    };
    format!("{}{colon}{}", lang.t(thing), lang.t(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_sentence_in_both_languages() {
        let all = [
            CheckFault::Lacking,
            CheckFault::Unreachable,
            CheckFault::Refusing,
            CheckFault::WrongToken,
            CheckFault::Busy,
            CheckFault::NoWay,
        ];
        for lang in Lang::ALL {
            let mut said: Vec<String> = all.iter().map(|f| sentence(lang, "gateway", *f)).collect();
            said.sort();
            said.dedup();
            assert_eq!(said.len(), all.len());
        }
        assert!(sentence(Lang::Fr, "bbb", CheckFault::Unreachable).starts_with("BigBlueButton\u{a0}: "));
    }
}
