//! Whose a session is that another front end opened (census §10.2): by BBB's user id first, then by name. Pure.
//!
//! A name is a weak witness. What two people could claim is claimed by nobody: administrators decide. Viewers never count, for a viewer may
//! call himself what he likes in most front ends; a moderator may too, which is known and written down (`docs/decisions/elsewhere.md`).

use std::collections::{BTreeMap, BTreeSet};

use amphi_events::ids::PersonId;

/// Somebody who moderates the session, as BBB lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moderator {
    /// `userID`: what the front end gave.
    pub user_id: String,
    /// `fullName`.
    pub name: String,
}

/// Somebody with an account here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub person: PersonId,
    /// Their login.
    pub login: String,
    /// What the houses by which they sign in call them.
    pub subjects: Vec<String>,
    /// As shown to others.
    pub name: String,
}

/// What is compared with BBB's user ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ids {
    /// Logins.
    pub login: bool,
    /// What the houses by which people sign in call them.
    pub identity: bool,
}

/// How a front end writes a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it stands in the account.
    FirstLast,
    /// With what the account ends with in front.
    LastFirst,
}

/// How moderators are matched with people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Which ids.
    pub ids: Ids,
    /// Which names.
    pub names: Vec<Format>,
}

/// How somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// By BBB's user id.
    Id,
    /// By name.
    Name,
}

/// Whose a session is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matched {
    /// To whom it is offered.
    pub people: BTreeMap<PersonId, By>,
    /// Those who share a name, here or in the room: it is offered to none of them.
    pub homonyms: BTreeSet<PersonId>,
    /// Some moderators share a name in the room.
    pub namesakes: bool,
}

/// What people's ids and names lead to, made once for all sessions.
#[derive(Debug)]
pub struct Directory {
    ids: BTreeMap<String, BTreeSet<PersonId>>,
    names: BTreeMap<String, BTreeSet<PersonId>>,
}

impl Directory {
    /// Of these people, by these rules.
    pub fn new(people: &[Known], rules: &Rules) -> Self {
        let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
        let add = |map: &mut BTreeMap<String, BTreeSet<PersonId>>, text: String, who| {
            if !text.is_empty() {
                map.entry(text).or_default().insert(who);
            }
        };
        for one in people {
            // Our own id, where a front end was given it: nobody else has it.
            add(&mut ids, one.person.to_string().to_lowercase(), one.person);
            if rules.ids.login {
                add(&mut ids, id_of(&one.login), one.person);
            }
            for subject in one.subjects.iter().filter(|_| rules.ids.identity) {
                add(&mut ids, id_of(subject), one.person);
            }
            for name in spellings(&one.name, &rules.names) {
                add(&mut names, name, one.person);
            }
        }
        Self { ids, names }
    }

    fn by_id(&self, moderator: &Moderator) -> Option<PersonId> {
        let id = id_of(&moderator.user_id);
        let found = self.ids.get(&id).filter(|found| found.len() == 1)?;
        let person = *found.first()?;
        // Digits alone are the number of a row in Moodle's tables as well as a login of ours: the name has to fit too.
        let number = id.bytes().all(|b| b.is_ascii_digit()) && id != person.to_string().to_lowercase();
        let fits = || {
            self.names
                .get(&plain(&moderator.name))
                .is_some_and(|n| n.contains(&person))
        };
        (!number || fits()).then_some(person)
    }

    /// Whose a session with these moderators is.
    pub fn owners(&self, moderators: &[Moderator]) -> Matched {
        let mut matched = Matched::default();
        let mut by_name: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for moderator in moderators.iter().filter(|m| !is_robot(m)) {
            if let Some(person) = self.by_id(moderator) {
                matched.people.insert(person, By::Id);
            } else {
                let name = plain(&moderator.name);
                by_name.entry(name).or_default().insert(&moderator.user_id);
            }
        }
        let mut named: BTreeSet<PersonId> = BTreeSet::new();
        for (name, ids) in by_name {
            let Some(found) = self.names.get(&name).filter(|_| !name.is_empty()) else {
                continue;
            };
            // The same person in two windows has one id; two ids are two people, of whom one may be anybody.
            let alone = ids.len() == 1;
            matched.namesakes |= !alone;
            match found.first().filter(|_| alone && found.len() == 1) {
                Some(person) => {
                    named.insert(*person);
                }
                None => matched.homonyms.extend(found),
            }
        }
        for person in named {
            if !matched.homonyms.contains(&person) {
                matched.people.entry(person).or_insert(By::Name);
            }
        }
        // Who was found by an id is found, whoever shares the name.
        matched.homonyms.retain(|p| !matched.people.contains_key(p));
        matched
    }
}

/// Our own robots, should one come in as a moderator.
fn is_robot(moderator: &Moderator) -> bool {
    moderator.user_id.starts_with("robot-")
}

fn id_of(id: &str) -> String {
    id.trim().to_lowercase()
}

/// How the front end may write that name.
fn spellings(name: &str, formats: &[Format]) -> BTreeSet<String> {
    let plain_name = plain(name);
    let words: Vec<&str> = plain_name.split(' ').filter(|w| !w.is_empty()).collect();
    let mut all = BTreeSet::new();
    // One word is a login or a room's name: whoever is called so is not known by it.
    if words.len() < 2 {
        return all;
    }
    if formats.contains(&Format::FirstLast) {
        all.insert(plain_name.clone());
    }
    if formats.contains(&Format::LastFirst) {
        // Where the last name begins the account doesn't say: "de la Tour" has three words.
        for at in 1..words.len() {
            all.insert([&words[at..], &words[..at]].concat().join(" "));
        }
    }
    all
}

/// A name without what front ends write differently: case, accents, hyphens, blanks.
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match base(c) {
            Some(text) => out.push_str(text),
            None if c.is_alphanumeric() => out.push(c),
            // Marks that stand on the letter before.
            None if ('\u{300}'..='\u{36f}').contains(&c) => {}
            None => out.push(' '),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters under the accents of European names.
const fn base(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> PersonId {
        PersonId(ulid::Ulid(n))
    }

    fn known(n: u128, login: &str, name: &str) -> Known {
        Known {
            person: id(n),
            login: login.to_owned(),
            subjects: vec![],
            name: name.to_owned(),
        }
    }

    fn moderator(user_id: &str, name: &str) -> Moderator {
        Moderator {
            user_id: user_id.to_owned(),
            name: name.to_owned(),
        }
    }

    fn rules() -> Rules {
        Rules {
            ids: Ids {
                login: true,
                identity: true,
            },
            names: vec![Format::FirstLast, Format::LastFirst],
        }
    }

    fn house() -> Vec<Known> {
        vec![
            known(1, "mdupont", "Marie Dupont"),
            known(2, "jtour", "Jean de la Tour"),
            known(3, "pmartin1", "Paul Martin"),
            known(4, "pmartin2", "Paul MARTIN"),
            known(5, "20231234", "Zoé Lefèvre"),
            Known {
                subjects: vec!["awa@univ.example".into(), "urn:person:77".into()],
                ..known(6, "awa", "Awa N’Diaye-Œuvray")
            },
            known(7, "root", "Administrateur"),
            known(8, "mpaul", "Martin Paul"),
        ]
    }

    /// Who is found, as person and whether by name, and who is a homonym.
    fn found(moderators: &[Moderator], rules: &Rules) -> (Vec<(u128, bool)>, Vec<u128>) {
        let matched = Directory::new(&house(), rules).owners(moderators);
        let people = matched.people.iter().map(|(p, by)| (p.0.0, *by == By::Name));
        (people.collect(), matched.homonyms.iter().map(|p| p.0.0).collect())
    }

    /// Census §10.2: names alone, and homonyms a risk that nobody handles.
    #[test]
    fn a_moderator_is_found_by_id_then_by_name_and_homonyms_by_nobody() {
        let table: &[(&str, &[(&str, &str)], &[(u128, bool)], &[u128])] = &[
            ("nobody", &[], &[], &[]),
            (
                "by login, whatever the name",
                &[("MDupont", "Mimi")],
                &[(1, false)],
                &[],
            ),
            (
                "by the id of the house they sign in by",
                &[("AWA@univ.example", "x y")],
                &[(6, false)],
                &[],
            ),
            (
                "a subject that is no mail address",
                &[("urn:person:77", "x y")],
                &[(6, false)],
                &[],
            ),
            ("by name", &[("gl-abc", "Marie Dupont")], &[(1, true)], &[]),
            (
                "whatever case, accents and blanks",
                &[("x1", "  marie   DUPONT ")],
                &[(1, true)],
                &[],
            ),
            ("last name first", &[("x1", "Dupont Marie")], &[(1, true)], &[]),
            (
                "a last name of several words",
                &[("x1", "DE LA TOUR Jean")],
                &[(2, true)],
                &[],
            ),
            (
                "hyphens, apostrophes, ligatures",
                &[("x1", "NDIAYE OEUVRAY Awa")],
                &[],
                &[],
            ),
            (
                "the same with its blank",
                &[("x1", "N'DIAYE-OEUVRAY Awa")],
                &[(6, true)],
                &[],
            ),
            (
                "decomposed accents",
                &[("x1", "Zoe\u{301} Lefe\u{300}vre")],
                &[(5, true)],
                &[],
            ),
            ("two accounts of one name", &[("x1", "Paul Martin")], &[], &[3, 4, 8]),
            ("the same, turned round", &[("x1", "Martin Paul")], &[], &[3, 4, 8]),
            (
                "one of them by the id",
                &[("pmartin2", "Paul Martin")],
                &[(4, false)],
                &[],
            ),
            (
                "the id of one, the name of the others",
                &[("pmartin2", "Paul Martin"), ("x1", "Paul Martin")],
                &[(4, false)],
                &[3, 8],
            ),
            (
                "two of one name in the room",
                &[("x1", "Marie Dupont"), ("x2", "marie dupont")],
                &[],
                &[1],
            ),
            (
                "the same person in two windows",
                &[("x1", "Marie Dupont"), ("x1", "Marie Dupont")],
                &[(1, true)],
                &[],
            ),
            (
                "the person and somebody of their name",
                &[("mdupont", "Marie Dupont"), ("x2", "Marie Dupont")],
                &[(1, false)],
                &[],
            ),
            ("a row's number is no login", &[("20231234", "Somebody Else")], &[], &[]),
            (
                "a number that the name confirms",
                &[("20231234", "Lefèvre Zoé")],
                &[(5, false)],
                &[],
            ),
            ("one word", &[("x1", "Administrateur")], &[], &[]),
            ("no name at all", &[("", ""), ("x", "\u{200b}")], &[], &[]),
            ("our robot", &[("robot-01J", "Marie Dupont")], &[], &[]),
            (
                "two people",
                &[("x1", "Marie Dupont"), ("jtour", "J.")],
                &[(1, true), (2, false)],
                &[],
            ),
        ];
        for (what, moderators, people, homonyms) in table {
            let moderators: Vec<Moderator> = moderators.iter().map(|(i, n)| moderator(i, n)).collect();
            assert_eq!(
                found(&moderators, &rules()),
                (people.to_vec(), homonyms.to_vec()),
                "{what}"
            );
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_compared() {
        let none = Rules::default();
        assert_eq!(found(&[moderator("mdupont", "Marie Dupont")], &none).0, []);
        let own = moderator(&id(1).to_string(), "?");
        assert_eq!(found(&[own], &none).0, [(1, false)], "our own id is nobody else's");
        let first_last = Rules {
            names: vec![Format::FirstLast],
            ..Rules::default()
        };
        assert_eq!(found(&[moderator("x", "Marie Dupont")], &first_last).0, [(1, true)]);
        assert_eq!(found(&[moderator("x", "Dupont Marie")], &first_last).0, []);
        assert_eq!(found(&[moderator("x", "Martin Paul")], &first_last).0, [(8, true)]);
    }

    /// Somebody's login is what another house calls somebody else.
    #[test]
    fn an_id_of_two_people_is_nobodys() {
        let mut people = house();
        people.push(Known {
            subjects: vec!["mdupont".into()],
            ..known(9, "other", "Other Person")
        });
        let directory = Directory::new(&people, &rules());
        let by_id = directory.owners(&[moderator("mdupont", "?")]);
        assert_eq!(by_id, Matched::default());
        let by_name = directory.owners(&[moderator("mdupont", "Marie Dupont")]);
        assert_eq!(by_name.people, BTreeMap::from([(id(1), By::Name)]));
    }
}
