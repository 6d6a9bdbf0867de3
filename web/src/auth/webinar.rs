//! Who may plan webinars (census §2.5): administrators, and of those who plan meetings whoever is in one of the groups of the settings, or all
//! of them where the settings name none.
//! Groups come of affiliations by the sign-in rules, or are given by an administrator.

use super::Identity;
use crate::Web;
use crate::api::problem::{Code, Problem};

/// Whether a person may plan webinars.
///
/// # Errors
/// 503.
pub async fn may(web: &Web, me: &Identity) -> Result<bool, Problem> {
    let groups = &web.settings.outside.webinar_groups;
    if me.role.administers() {
        return Ok(true);
    }
    if !web.settings.may_plan(me.role) {
        return Ok(false);
    }
    if groups.is_empty() {
        return Ok(true);
    }
    let theirs = web.store.groups_of(me.person).await;
    let theirs = theirs.map_err(|e| Problem::unavailable("groups can't be read", e))?;
    Ok(theirs.iter().any(|g| groups.contains(g)))
}

/// Lets pass what makes no webinar, and who may make one. A meeting that is a webinar already stays one.
///
/// # Errors
/// 403, 503.
pub async fn check(web: &Web, me: &Identity, held: bool, wanted: bool) -> Result<(), Problem> {
    if wanted && !held && !may(web, me).await? {
        return Err(Code::WebinarRight.into());
    }
    Ok(())
}
