//! Given, when, then: person.

use super::*;
use crate::story::{Story, sealed};

fn add() -> PersonCommand {
    PersonCommand::Add {
        role: Role::Staff,
        profile: sealed("p"),
    }
}

#[test]
fn a_whole_life() {
    let mut p = Story::<Person>::at(1);
    for command in [PersonCommand::SetRole(Role::User), PersonCommand::Erase] {
        assert_eq!(p.refused(&command), Refusal::Unknown);
    }
    assert_eq!(p.did(add()), ["PersonAdded"]);
    assert_eq!(p.refused(&add()), Refusal::Exists);
    assert!(p.did(PersonCommand::SetRole(Role::Staff)).is_empty());
    assert_eq!(p.did(PersonCommand::SetRole(Role::Auditor)), ["PersonRoleChanged"]);
    assert_eq!(p.state.role, Some(Role::Auditor));
    let provider = || "cas".to_owned();
    let (tie, follow) = (
        || PersonCommand::Tie {
            provider: provider(),
            identity: sealed("i"),
        },
        || PersonCommand::Follow {
            provider: provider(),
            identity: sealed("i"),
        },
    );
    assert_eq!(p.did(tie()), ["PersonIdentityTied"]);
    assert_eq!(p.did(follow()), ["PersonIdentityChanged"]);
    // What an administrator does to an account, each an event of its own however often it is done.
    let token = || "01J".to_owned();
    let make = PersonCommand::MakeToken {
        token: token(),
        scopes: vec![TokenScope::Read, TokenScope::Plan],
        ends: Some(Time(2)),
    };
    let acts = [
        (PersonCommand::Rename(sealed("p")), "PersonRenamed"),
        (PersonCommand::SetPassword, "PersonPasswordSet"),
        (make, "PersonTokenMade"),
        (PersonCommand::RevokeToken { token: token() }, "PersonTokenRevoked"),
        (
            PersonCommand::SignOut {
                session: Some("0a1b".into()),
            },
            "PersonSignedOut",
        ),
        (PersonCommand::SignOut { session: None }, "PersonSignedOut"),
        (PersonCommand::RenewCalendar, "PersonCalendarRenewed"),
        (PersonCommand::CloseAccess, "PersonAccessClosed"),
        (PersonCommand::SetAddress(Some(sealed("a"))), "PersonAddressSet"),
    ];
    for (command, event) in &acts {
        for _ in 0..2 {
            assert_eq!(p.did(command.clone()), [*event]);
        }
    }
    assert_eq!(p.did(PersonCommand::SetAddress(None)), ["PersonAddressSet"]);
    assert!(p.did(PersonCommand::SetAddress(None)).is_empty());
    assert_eq!(p.did(PersonCommand::Erase), ["PersonErased"]);
    assert!(p.did(PersonCommand::Erase).is_empty());
    for command in [add(), PersonCommand::SetRole(Role::User), tie(), follow()] {
        assert_eq!(p.refused(&command), Refusal::Erased);
    }
    for (command, _) in acts {
        assert_eq!(p.refused(&command), Refusal::Erased);
        assert_eq!(Story::<Person>::at(1).refused(&command), Refusal::Unknown);
    }
    p.tells_all();
}

#[test]
fn roles_by_name() {
    for role in [Role::User, Role::Staff, Role::Auditor, Role::Administrator] {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.as_str()));
    }
    assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    assert!(Role::Staff.plans() && !Role::Auditor.plans());
    assert!(Role::Auditor.audits() && !Role::Staff.audits());
    assert!(Role::Administrator.plans() && Role::Administrator.audits() && Role::Administrator.administers());
}
