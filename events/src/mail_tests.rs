//! Given, when, then: mail.

use super::*;
use crate::story::{Story, id};

fn request() -> MailCommand {
    MailCommand::Request {
        to: Some(id(1)),
        about: About::LiveFailed {
            live: id(2),
            gateway: None,
        },
    }
}

fn failed() -> MailCommand {
    MailCommand::Failed {
        why: "refused".to_owned(),
    }
}

fn asked() -> Story<Mail> {
    let mut m = Story::at(1);
    assert_eq!(m.did(request()), ["MailRequested"]);
    assert!(m.did(request()).is_empty());
    assert_eq!(m.did(MailCommand::Ask), ["MailSendAsked"]);
    m
}

#[test]
fn every_way_a_mail_goes() {
    let ways = [
        (MailCommand::Sent, "MailSent"),
        (failed(), "MailFailed"),
        (MailCommand::Unknown, "MailUnknown"),
    ];
    let mut told = std::collections::BTreeSet::from(["MailPutOff", "MailAskedAnew"]);
    for (outcome, name) in ways {
        let mut m = asked();
        assert_eq!(m.did(outcome), [name]);
        told.extend(m.events.iter().map(crate::EventData::kind));
        for again in [MailCommand::Ask, MailCommand::Sent, failed(), MailCommand::Unknown] {
            assert_eq!(m.refused(&again), Refusal, "one try, one outcome");
        }
    }
    assert_eq!(
        told,
        <MailEvent as crate::EventData>::SPECS.iter().map(|s| s.kind).collect()
    );
}

#[test]
fn what_was_put_off_is_tried_again_and_counted() {
    let mut m = asked();
    for n in 1..3 {
        let next = Time(n * 60_000);
        let why = "smtp_451".to_owned();
        assert_eq!(m.did(MailCommand::PutOff { why, next }), ["MailPutOff"]);
        assert_eq!((i64::from(m.state.put_off), m.state.next), (n, Some(next)));
        assert_eq!(m.state.phase, Phase::Waiting);
        assert_eq!(m.refused(&MailCommand::Sent), Refusal, "no try is under way");
        assert_eq!(m.did(MailCommand::Ask), ["MailSendAsked"]);
    }
    assert_eq!(m.did(failed()), ["MailFailed"]);
    let late = MailCommand::PutOff {
        why: "smtp_451".to_owned(),
        next: Time(1),
    };
    assert_eq!(m.refused(&late), Refusal);
}

/// The program repeats none of them; a person may, and then it is tried as often as the first time.
#[test]
fn a_person_may_ask_anew_for_what_failed_or_is_unknown() {
    for outcome in [failed(), MailCommand::Unknown] {
        let mut m = asked();
        let (why, next) = ("smtp_451".to_owned(), Time(60_000));
        assert_eq!(m.did(MailCommand::PutOff { why, next }), ["MailPutOff"]);
        assert_eq!(m.did(MailCommand::Ask), ["MailSendAsked"]);
        assert!(m.did(MailCommand::Anew).is_empty(), "it is under way");
        m.did(outcome);
        assert_eq!(m.did(MailCommand::Anew), ["MailAskedAnew"]);
        assert_eq!(
            (m.state.phase, m.state.put_off, m.state.next),
            (Phase::Waiting, 0, None)
        );
        assert!(m.did(MailCommand::Anew).is_empty());
        assert_eq!(m.did(MailCommand::Ask), ["MailSendAsked"]);
        assert_eq!(m.did(MailCommand::Sent), ["MailSent"]);
        assert!(m.did(MailCommand::Anew).is_empty(), "it left");
    }
    assert_eq!(Story::<Mail>::at(1).refused(&MailCommand::Anew), Refusal);
}

#[test]
fn a_mail_is_not_asked_for_twice() {
    assert_eq!(asked().refused(&MailCommand::Ask), Refusal);
    assert_eq!(Story::<Mail>::at(1).refused(&MailCommand::Ask), Refusal);
}

#[test]
fn a_mail_may_fail_before_its_try() {
    let mut m = Story::<Mail>::at(1);
    let about = About::NoGateway {
        live: id(2),
        from: Time(1),
        to: Time(2),
    };
    m.did(MailCommand::Request { to: Some(id(1)), about });
    assert_eq!(m.did(failed()), ["MailFailed"]);
}
