//! Buildings that broadcasters stand in (census §5.1). All of them are one stream, `building-{id}` with the id of nothing: a name is given
//! to one of them only, and that is a rule of the stream.

use std::collections::BTreeMap;

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::BuildingId;

/// Most characters of a name (census §5.1).
pub const NAME_MAX: usize = 200;
/// Most characters of a map's address (census §5.1).
pub const MAP_MAX: usize = 250;

crate::events! {
    /// What happened to buildings.
    pub enum BuildingEvent {
        /// An administrator added it; `map_url` shows where it stands.
        BuildingAdded = 1 { building: BuildingId, name: Public<String>, map_url: Option<Public<String>> }
        /// Its name and its map are now these.
        BuildingChanged = 1 { building: BuildingId, name: Public<String>, map_url: Option<Public<String>> }
        /// It is no longer listed.
        BuildingRemoved = 1 { building: BuildingId }
    }
}

/// What may be asked of them.
#[derive(Debug, Clone)]
pub enum BuildingCommand {
    /// Add or change one.
    Set {
        /// Which.
        building: BuildingId,
        /// 1 to 200 characters, of no other building.
        name: String,
        /// `http(s)` address of a map.
        map_url: Option<String>,
    },
    /// Remove one.
    Remove(BuildingId),
}

/// Why a command on a building is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such building.
    #[error("no such building")]
    Unknown,
    /// Name not of 1 to 200 characters.
    #[error("a building's name has 1 to 200 characters")]
    Name,
    /// Another building is called so.
    #[error("another building is called so")]
    Taken,
    /// Not an `http` or `https` address.
    #[error("a map's address begins with http:// or https://")]
    Address,
}

/// A building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Building {
    /// Its name.
    pub name: String,
    /// Address of a map.
    pub map_url: Option<String>,
}

/// All buildings, as folded from their stream.
#[derive(Debug, Clone, Default)]
pub struct Buildings {
    /// Those listed.
    pub all: BTreeMap<BuildingId, Building>,
}

impl Aggregate for Buildings {
    const KIND: &'static str = "building";
    type Event = BuildingEvent;
    type Command = BuildingCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &BuildingCommand, _: Time) -> Result<Vec<BuildingEvent>, Refusal> {
        match command {
            BuildingCommand::Set {
                building,
                name,
                map_url,
            } => {
                let name = crate::plain::plain_name(name);
                if !(1..=NAME_MAX).contains(&name.chars().count()) {
                    return Err(Refusal::Name);
                }
                let map_url = map_url.as_deref().map(str::trim).filter(|u| !u.is_empty());
                if map_url.is_some_and(|u| !is_web_address(u, MAP_MAX)) {
                    return Err(Refusal::Address);
                }
                let same = |other: &str| other.to_lowercase() == name.to_lowercase();
                if self.all.iter().any(|(id, b)| id != building && same(&b.name)) {
                    return Err(Refusal::Taken);
                }
                let wanted = Building {
                    name,
                    map_url: map_url.map(str::to_owned),
                };
                let (name, map_url) = (Public(wanted.name.clone()), wanted.map_url.clone().map(Public));
                let building = *building;
                Ok(match self.all.get(&building) {
                    Some(held) if *held == wanted => vec![],
                    Some(_) => vec![BuildingEvent::BuildingChanged {
                        building,
                        name,
                        map_url,
                    }],
                    None => vec![BuildingEvent::BuildingAdded {
                        building,
                        name,
                        map_url,
                    }],
                })
            }
            BuildingCommand::Remove(building) if self.all.contains_key(building) => {
                Ok(vec![BuildingEvent::BuildingRemoved { building: *building }])
            }
            BuildingCommand::Remove(_) => Err(Refusal::Unknown),
        }
    }

    fn evolve(&mut self, event: &BuildingEvent, _: Meta) {
        match event {
            BuildingEvent::BuildingAdded {
                building,
                name,
                map_url,
            }
            | BuildingEvent::BuildingChanged {
                building,
                name,
                map_url,
            } => {
                let held = Building {
                    name: name.0.clone(),
                    map_url: map_url.as_ref().map(|u| u.0.clone()),
                };
                self.all.insert(*building, held);
            }
            BuildingEvent::BuildingRemoved { building } => {
                self.all.remove(building);
            }
        }
    }
}

/// Whether a text is an address of the web, as far as that can be said without asking: what stands in an `href` or an `src` of a page.
pub(crate) fn is_web_address(text: &str, most: usize) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text.chars().count() <= most
        && rest.is_some_and(|r| !r.is_empty() && !r.starts_with('/'))
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c))
}

/// The id of the one stream.
pub const ALL: BuildingId = BuildingId(ulid::Ulid::nil());

/// The stream of all buildings.
pub fn stream() -> crate::StreamName {
    crate::StreamName::of(Buildings::KIND, ALL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id};

    fn set(building: u128, name: &str, map_url: Option<&str>) -> BuildingCommand {
        BuildingCommand::Set {
            building: id(building),
            name: name.to_owned(),
            map_url: map_url.map(str::to_owned),
        }
    }

    #[test]
    fn a_name_is_one_buildings_alone() {
        let mut b = Story::<Buildings>::at(1);
        assert_eq!(b.did(set(1, " Hall  A ", None)), ["BuildingAdded"]);
        assert!(b.did(set(1, "Hall A", Some(" "))).is_empty());
        assert_eq!(b.refused(&set(2, "hall a", None)), Refusal::Taken);
        assert_eq!(
            b.did(set(1, "Hall B", Some("https://map.univ.example/b"))),
            ["BuildingChanged"]
        );
        assert_eq!(b.did(set(2, "Hall A", None)), ["BuildingAdded"]);
        assert_eq!(b.did(BuildingCommand::Remove(id(2))), ["BuildingRemoved"]);
        assert_eq!(b.refused(&BuildingCommand::Remove(id(2))), Refusal::Unknown);
        for (name, map, why) in [
            ("", None, Refusal::Name),
            ("\u{200b}", None, Refusal::Name),
            ("x", Some("javascript:alert(1)"), Refusal::Address),
            ("x", Some("https://"), Refusal::Address),
            ("x", Some("https://a\"b"), Refusal::Address),
        ] {
            assert_eq!(b.refused(&set(3, name, map)), why, "{name} {map:?}");
        }
        assert_eq!(b.refused(&set(3, &"x".repeat(201), None)), Refusal::Name);
        b.tells_all();
    }
}
