//! A group of people whom the house puts together: meetings are open to it, rights hang on it. Stream `group-{id}`, the id made of its
//! code. Who is in it by the rules of a sign-in is no matter of this stream: what the other house said of a person stands in theirs.
//!
//! What is asked at the door is the store (`store::groups`), which follows these events.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::envelope::Key;
use crate::ids::{GroupId, PersonId};
use crate::plain::{LABEL_MAX, is_label, is_unseen, plain_name, shows_something};

crate::events! {
    /// What happened to a group.
    pub enum GroupEvent {
        /// It was made, or made again after it was deleted: then with nobody in it.
        GroupMade = 1 { code: Public<String>, name: Public<String> }
        /// People read another name.
        GroupRenamed = 1 { name: Public<String> }
        /// Somebody was put into it.
        GroupMemberAdded = 1 { person: PersonId }
        /// Somebody was taken out of it.
        GroupMemberRemoved = 1 { person: PersonId }
        /// It was deleted, with everybody who was in it.
        GroupDeleted = 1 {}
    }
}

/// What may be asked of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupCommand {
    /// Let it be there under this name.
    Name {
        /// What meetings and rules call it; never changes.
        code: String,
        /// What people read.
        name: String,
    },
    /// Put somebody into it.
    Add(PersonId),
    /// Put somebody into it who was in it in another system, unless they were in it here before: who was taken out stays out.
    Bring(PersonId),
    /// Take somebody out.
    Remove(PersonId),
    /// Delete it.
    Delete,
}

/// Why a command on a group is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such group.
    #[error("no such group")]
    Unknown,
}

/// A group as folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What people read; `None`: it is not there, or no longer.
    pub name: Option<String>,
    /// Who is in it.
    pub members: BTreeSet<PersonId>,
    /// Who was ever in it.
    pub ever: BTreeSet<PersonId>,
    /// It was deleted once.
    pub was_deleted: bool,
}

impl Aggregate for Group {
    const KIND: &'static str = "group";
    type Event = GroupEvent;
    type Command = GroupCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &GroupCommand, _now: Time) -> Result<Vec<GroupEvent>, Refusal> {
        use GroupCommand as C;
        let held = self.name.as_deref();
        match (command, held) {
            (C::Name { code, name }, None) => Ok(vec![GroupEvent::GroupMade {
                code: code.clone().into(),
                name: name.clone().into(),
            }]),
            (C::Name { name, .. }, Some(held)) if held == name => Ok(vec![]),
            (C::Name { name, .. }, Some(_)) => Ok(vec![GroupEvent::GroupRenamed {
                name: name.clone().into(),
            }]),
            (C::Delete, None) => Ok(vec![]),
            (_, None) => Err(Refusal::Unknown),
            (C::Add(person), _) if self.members.contains(person) => Ok(vec![]),
            (C::Bring(person), _) if self.ever.contains(person) => Ok(vec![]),
            (C::Add(person) | C::Bring(person), _) => Ok(vec![GroupEvent::GroupMemberAdded { person: *person }]),
            (C::Remove(person), _) if self.members.contains(person) => {
                Ok(vec![GroupEvent::GroupMemberRemoved { person: *person }])
            }
            (C::Remove(_), _) => Ok(vec![]),
            (C::Delete, _) => Ok(vec![GroupEvent::GroupDeleted {}]),
        }
    }

    fn evolve(&mut self, event: &GroupEvent, _meta: Meta) {
        match event {
            GroupEvent::GroupMade { name, .. } | GroupEvent::GroupRenamed { name } => self.name = Some(name.0.clone()),
            GroupEvent::GroupMemberAdded { person } => {
                self.members.insert(*person);
                self.ever.insert(*person);
            }
            GroupEvent::GroupMemberRemoved { person } => {
                self.members.remove(person);
            }
            GroupEvent::GroupDeleted {} => {
                self.name = None;
                self.members.clear();
                self.was_deleted = true;
            }
        }
    }
}

/// Longest code, in characters.
pub const CODE_MAX: usize = 100;
/// Longest name, in characters.
pub const NAME_MAX: usize = LABEL_MAX;

/// No code has it: it can't be seen, or separates codes where several stand, or means all of them in a rule of sign-in.
fn is_odd(c: char) -> bool {
    c.is_whitespace() || is_unseen(c) || "*,;".contains(c)
}

/// A browser takes these for steps of a path.
fn is_step(code: &str) -> bool {
    code == "." || code == ".."
}

/// Whether a code is one that the house gives: visible characters without spaces, commas and stars.
pub fn is_code(text: &str) -> bool {
    (1..=CODE_MAX).contains(&text.chars().count()) && !text.chars().any(is_odd) && !is_step(text)
}

/// The code that comes nearest to what another system called a group: what no code has becomes a dash. Empty: there is none.
pub fn code_near(text: &str) -> String {
    let code = text.trim().chars().map(|c| if is_odd(c) { '-' } else { c });
    let code: String = code.take(CODE_MAX).collect();
    if is_step(&code) { code.replace('.', "-") } else { code }
}

/// A name as the house gives it: without what nobody sees, on one line. `None`: it shows nothing, or is too long.
pub fn plain(name: &str) -> Option<String> {
    Some(plain_name(name)).filter(|name| is_label(name) && shows_something(name))
}

/// The name that comes nearest to that of another system's group, which has at least its code.
pub fn plain_near(name: &str, code: &str) -> String {
    let short: String = plain_name(name).chars().take(NAME_MAX).collect();
    plain(&short).unwrap_or_else(|| code.to_owned())
}

/// Id of the group with this code: a code may hold what no name of a stream may.
pub fn id(code: &str) -> GroupId {
    let mut id = [0_u8; 16];
    id.copy_from_slice(&Key::of(&["group", code]).0[..16]);
    GroupId(ulid::Ulid::from_bytes(id))
}

/// The stream of a group.
pub fn stream(code: &str) -> crate::StreamName {
    crate::StreamName::of(Group::KIND, id(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id as person};

    fn named(name: &str) -> GroupCommand {
        GroupCommand::Name {
            code: "maths".into(),
            name: name.into(),
        }
    }

    #[test]
    fn a_group_is_made_renamed_filled_and_deleted() {
        let mut g = Story::<Group>::at(1);
        assert_eq!(g.refused(&GroupCommand::Add(person(1))), Refusal::Unknown);
        assert_eq!(g.did(named("Maths")), ["GroupMade"]);
        assert!(g.did(named("Maths")).is_empty());
        assert_eq!(g.did(named("Mathematics")), ["GroupRenamed"]);
        assert_eq!(g.did(GroupCommand::Add(person(1))), ["GroupMemberAdded"]);
        assert!(g.did(GroupCommand::Add(person(1))).is_empty());
        assert_eq!(g.did(GroupCommand::Remove(person(1))), ["GroupMemberRemoved"]);
        assert!(g.did(GroupCommand::Remove(person(1))).is_empty());
        assert_eq!(g.did(GroupCommand::Add(person(2))), ["GroupMemberAdded"]);
        assert_eq!(g.did(GroupCommand::Delete), ["GroupDeleted"]);
        assert!(g.did(GroupCommand::Delete).is_empty());
        // The same code again: nobody comes back by themselves.
        assert_eq!(g.did(named("Maths")), ["GroupMade"]);
        assert!(g.state.members.is_empty());
        let told = g.events.iter().map(crate::EventData::kind).collect::<BTreeSet<_>>();
        assert_eq!(told.len(), <GroupEvent as crate::EventData>::SPECS.len());
    }

    #[test]
    fn who_was_taken_out_is_not_brought_again() {
        let mut g = Story::<Group>::at(1);
        g.did(named("Maths"));
        assert_eq!(g.did(GroupCommand::Bring(person(1))), ["GroupMemberAdded"]);
        g.did(GroupCommand::Remove(person(1)));
        assert!(g.did(GroupCommand::Bring(person(1))).is_empty());
        assert_eq!(g.did(GroupCommand::Add(person(1))), ["GroupMemberAdded"]);
    }

    #[test]
    fn what_is_a_code() {
        for code in ["a", "L1", "maths/é", "a.b", "...", &"x".repeat(CODE_MAX)] {
            assert!(is_code(code), "{code}");
        }
        for none in [
            "",
            ".",
            "..",
            "a b",
            "a,b",
            "a;b",
            "*",
            "a\u{7}",
            "a\u{200b}b",
            "a\u{a0}b",
            &"x".repeat(CODE_MAX + 1),
        ] {
            assert!(!is_code(none), "{none:?}");
        }
    }

    proptest::proptest! {
        /// What an import makes of any name is a code that an administrator may write.
        #[test]
        fn what_comes_nearest_is_a_code_and_a_code_stays_as_it_is(text in ".{0,130}|[ .,;*\u{200b}a]{0,4}") {
            let code = code_near(&text);
            proptest::prop_assert!(code.is_empty() == text.trim().is_empty(), "{:?}", text);
            proptest::prop_assert!(code.is_empty() || is_code(&code), "{:?} -> {:?}", text, code);
            proptest::prop_assert_eq!(code_near(&code), code.clone());
            if is_code(&text) {
                proptest::prop_assert_eq!(code, text);
            }
        }
    }

    #[test]
    fn each_code_has_a_stream_of_its_own() {
        assert_eq!(stream("maths"), stream("maths"));
        assert_ne!(stream("maths"), stream("Maths"));
        assert!(stream("a/b é").as_str().is_ascii());
    }
}
