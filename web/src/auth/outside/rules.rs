//! Rules that make roles and groups of attributes: `eduPersonAffiliation=employee -> staff`.
//!
//! A rule is `ATTRIBUTE=VALUE -> RESULT`. `affiliation` stands for whichever attributes hold affiliations. `ATTRIBUTE@PROVIDER` holds for
//! one provider only. VALUE is compared whatever its case and may hold one `*`. RESULT is a role (`user`, `staff`, `auditor`,
//! `administrator`) or `group:CODE`, where a `*` in CODE stands for what the `*` in VALUE stood for.

use amphi_events::person::Role;

use super::{Attributes, values};

/// What stands for every attribute that holds affiliations.
const AFFILIATION: &str = "affiliation";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Gives {
    Role(Role),
    Group(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    attribute: String,
    provider: Option<String>,
    /// In lower case: all of the value, or what stands before and after its `*`.
    value: (String, Option<String>),
    gives: Gives,
}

/// What rules give somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The highest role; `None`: no rule speaks of one.
    pub role: Option<Role>,
    /// Codes of groups, in order, each once.
    pub groups: Vec<String>,
}

/// The rules of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rule {
    fn read(left: &str, result: &str) -> Result<Self, String> {
        let whole = format!("{} -> {}", left.trim(), result.trim());
        let wrong = |why: &str| format!("{whole:?}: {why}");
        let (attribute, value) = left
            .split_once('=')
            .map(|(a, v)| (a.trim(), v.trim().to_lowercase()))
            .filter(|(a, v)| !a.is_empty() && !v.is_empty())
            .ok_or_else(|| wrong("a rule is ATTRIBUTE=VALUE -> RESULT"))?;
        let (attribute, provider) = attribute
            .split_once('@')
            .map_or((attribute, None), |(a, p)| (a, Some(p.to_owned())));
        let stars = value.matches('*').count();
        if stars > 1 {
            return Err(wrong("at most one * in the value"));
        }
        let gives = match result.trim().split_once(':') {
            Some(("group", code)) if code.matches('*').count() <= stars && is_code(&code.replace('*', "x")) => {
                Gives::Group(code.to_owned())
            }
            Some(("group", _)) => {
                return Err(wrong(
                    "a group's code has 1 to 100 visible characters without spaces, and a * only where the value has one",
                ));
            }
            _ => Gives::Role(
                result
                    .trim()
                    .parse()
                    .map_err(|e: amphi_events::person::UnknownRole| wrong(&format!("{e}, or group:CODE")))?,
            ),
        };
        let value = value
            .split_once('*')
            .map_or((value.clone(), None), |(a, b)| (a.to_owned(), Some(b.to_owned())));
        Ok(Self {
            attribute: attribute.to_owned(),
            provider,
            value,
            gives,
        })
    }

    /// What the `*` stands for in a value that fits, empty where there is none.
    fn fits<'v>(&self, value: &'v str) -> Option<&'v str> {
        let (before, after) = (&self.value.0, self.value.1.as_deref());
        // The letters of a lower-cased text need not be as long as those of the text: only what is plain is cut.
        match after {
            None => (value.to_lowercase() == *before).then_some(""),
            Some(after) => {
                let long = value.len() >= before.len() + after.len();
                let (head, tail) = (
                    value.get(..before.len())?,
                    value.get(value.len().checked_sub(after.len())?..)?,
                );
                let same = long && head.to_lowercase() == *before && tail.to_lowercase() == *after;
                same.then(|| &value[before.len()..value.len() - after.len()])
                    .filter(|middle| !middle.is_empty())
            }
        }
    }
}

/// A group's code as a rule gives it: visible characters without spaces. What another house says may hold commas, as names of directories do:
/// beside them and stars it is what [`amphi_events::group::is_code`] says.
pub fn is_code(code: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !amphi_events::plain::is_unseen(c);
    (1..=amphi_events::group::CODE_MAX).contains(&code.chars().count()) && code.chars().all(plain)
}

impl Rules {
    /// Reads rules separated by commas or line ends. A value may hold commas, as names of directories do: a rule ends after its result.
    ///
    /// # Errors
    /// What is wrong, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Vec::new();
        let mut rest = text.trim_matches(|c: char| c == ',' || c.is_whitespace());
        while !rest.is_empty() {
            let (left, after) = rest
                .split_once("->")
                .ok_or_else(|| format!("{rest:?}: a rule is ATTRIBUTE=VALUE -> RESULT"))?;
            let (result, next) = after.split_once([',', '\n']).unwrap_or((after, ""));
            rules.push(Rule::read(left, result)?);
            rest = next.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        }
        Ok(Self(rules))
    }

    /// What they give.
    pub fn apply(&self, provider: &str, affiliations: &[String], attributes: &Attributes) -> Given {
        let mut given = Given::default();
        for rule in &self.0 {
            if rule.provider.as_ref().is_some_and(|p| p != provider) {
                continue;
            }
            let told: Vec<&str> = if rule.attribute.eq_ignore_ascii_case(AFFILIATION) {
                affiliations.iter().map(String::as_str).collect()
            } else {
                values(attributes, &rule.attribute).collect()
            };
            for middle in told.into_iter().filter_map(|v| rule.fits(v)) {
                match &rule.gives {
                    Gives::Role(role) => given.role = given.role.max(Some(*role)),
                    Gives::Group(code) => given.groups.push(code.replace('*', middle)),
                }
            }
        }
        given.groups.retain(|code| is_code(code));
        given.groups.sort();
        given.groups.dedup();
        given
    }

    /// The attributes that rules name: what is worth keeping.
    pub fn named(&self, attributes: &Attributes) -> Attributes {
        let named = |name: &String| self.0.iter().any(|r| r.attribute.eq_ignore_ascii_case(name));
        let kept = attributes.iter().filter(|(name, _)| named(name));
        kept.map(|(name, _)| (name.clone(), values(attributes, name).map(str::to_owned).collect()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&str, &[&str])]) -> Attributes {
        let values = |v: &[&str]| v.iter().map(|v| (*v).to_owned()).collect();
        list.iter().map(|(n, v)| ((*n).to_owned(), values(v))).collect()
    }

    #[test]
    fn roles_and_groups_come_of_attributes() {
        let rules = Rules::parse(
            "eduPersonAffiliation=employee -> staff, affiliation=* -> group:*,\nmemberOf=cn=*,ou=Groups,dc=univ -> group:ldap.*, \
             memberOf@cas=cn=admins,ou=groups,dc=univ -> administrator",
        )
        .unwrap();
        let told = attributes(&[
            ("edupersonaffiliation", &["Employee", "member"]),
            (
                "memberof",
                &[
                    "cn=Admins,ou=groups,dc=univ",
                    "cn=two words,ou=groups,dc=univ",
                    "cn=,ou=groups,dc=univ",
                ],
            ),
            ("shoeSize", &["42"]),
        ]);
        let given = rules.apply("oidc", &["employee".into()], &told);
        assert_eq!(
            given.role,
            Some(Role::Staff),
            "the rule of another provider gives nothing"
        );
        assert_eq!(given.groups, ["employee", "ldap.Admins"]);
        assert_eq!(rules.apply("cas", &[], &told).role, Some(Role::Administrator));
        assert_eq!(rules.apply("cas", &[], &Attributes::new()), Given::default());
        assert!(rules.named(&told).keys().eq(["edupersonaffiliation", "memberof"]));
        assert_eq!(Rules::parse(" ").unwrap(), Rules::default());
    }

    #[test]
    fn a_value_fits_as_a_whole() {
        let rules = Rules::parse("a=staff -> staff, b=pre*post -> group:g").unwrap();
        let given = |a: &str, b: &str| rules.apply("p", &[], &attributes(&[("a", &[a]), ("b", &[b])]));
        assert_eq!(given("nostaff", "prepost"), Given::default());
        assert_eq!(given("staff2", "preXposts"), Given::default());
        assert_eq!(given(" STAFF ", "preéPOST").groups, ["g"]);
        // Shorter than before and after together, and letters that are longer in lower case.
        assert_eq!(given("", "prepos"), Given::default());
        assert_eq!(given("", "İ"), Given::default());
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in [
            "a=b",
            "a -> staff",
            "=b -> staff",
            "a=b -> boss",
            "a=b -> group:",
            "a=b -> group:*",
            "a=*b* -> staff",
            "a=b -> group:two words",
        ] {
            assert!(Rules::parse(bad).is_err(), "{bad}");
        }
    }
}
