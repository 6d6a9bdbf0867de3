//! What an administrator set for lives.

use amphi_events::ids::PersonId;
use amphi_events::person::Role;
use url::Url;

use crate::Web;
use crate::api::problem::Problem;
use crate::auth::Identity;

/// Settings of lives and of their pages.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// Groups whose members may plan lives on broadcasters; empty: all who plan meetings.
    pub planners: Vec<String>,
    /// Groups whose members may plan lives of more than a day.
    pub long: Vec<String>,
    /// Types that a live may have.
    pub kinds: Vec<String>,
    /// Hosts whose pages and films may be shown on a live's page; `*.` before one: its subdomains.
    pub hosts: Vec<String>,
    /// Who may put a live's frame into a page of theirs, as in `frame-ancestors`.
    pub ancestors: String,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            planners: vec![],
            long: vec![],
            kinds: vec![],
            hosts: vec![],
            ancestors: "*".into(),
        }
    }
}

/// Longest live of somebody who may not plan over several days, in seconds.
pub const DAY_S: i64 = 86_400;

impl LiveSettings {
    /// Whether an address is one of a host that may be shown on a live's page. Only the host says so: a path is its owner's.
    pub fn shows(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
            return false;
        };
        let plain = url.username().is_empty() && url.password().is_none();
        plain
            && self.hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
                Some(domain) => host
                    .strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.') && rest.len() > 1),
                None => host.eq_ignore_ascii_case(allowed),
            })
    }
}

async fn in_one_of(web: &Web, person: PersonId, groups: &[String]) -> Result<bool, Problem> {
    if groups.is_empty() {
        return Ok(false);
    }
    let theirs = web.store.groups_of(person).await;
    let theirs = theirs.map_err(|e| Problem::unavailable("groups can't be read", e))?;
    Ok(theirs.iter().any(|g| groups.contains(g)))
}

/// Whether a person may plan lives on broadcasters (census §5.2): administrators, and of those who plan meetings whoever is in one of the
/// groups of the settings.
///
/// # Errors
/// 503.
pub async fn may_plan(web: &Web, me: &Identity) -> Result<bool, Problem> {
    let groups = &web.settings.lives.planners;
    if me.role == Role::Administrator {
        return Ok(true);
    }
    if !web.settings.may_plan(me.role) {
        return Ok(false);
    }
    Ok(groups.is_empty() || in_one_of(web, me.person, groups).await?)
}

/// Whether they may plan one that lasts longer than a day.
///
/// # Errors
/// 503.
pub async fn may_plan_long(web: &Web, me: &Identity) -> Result<bool, Problem> {
    Ok(me.role == Role::Administrator || in_one_of(web, me.person, &web.settings.lives.long).await?)
}

/// Whether they may plan on a broadcaster that is for these groups; empty: for all who plan lives.
///
/// # Errors
/// 503.
pub async fn may_use(web: &Web, me: &Identity, groups: &std::collections::BTreeSet<String>) -> Result<bool, Problem> {
    let groups: Vec<String> = groups.iter().cloned().collect();
    Ok(groups.is_empty() || me.role == Role::Administrator || in_one_of(web, me.person, &groups).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Census L11: there a frame takes whatever address its owner typed.
    #[test]
    fn only_listed_hosts_are_shown_on_a_page() {
        let settings = LiveSettings {
            hosts: vec!["quiz.univ.example".into(), "*.forms.example".into()],
            ..LiveSettings::default()
        };
        for (address, shown) in [
            ("https://quiz.univ.example/a?b=c", true),
            ("http://QUIZ.univ.example:8080/", true),
            ("https://a.forms.example/", true),
            ("https://a.b.forms.example/", true),
            ("https://forms.example/", false),
            ("https://evilforms.example/", false),
            ("https://quiz.univ.example.evil.example/", false),
            ("https://quiz.univ.example@evil.example/", false),
            ("https://u:p@quiz.univ.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("//quiz.univ.example/", false),
            ("", false),
        ] {
            assert_eq!(settings.shows(address), shown, "{address}");
        }
        assert!(
            !LiveSettings::default().shows("https://quiz.univ.example/"),
            "nothing is listed"
        );
    }
}
