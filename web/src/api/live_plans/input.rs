//! What is said of a live to plan or to change, and what it comes to once everything of it that can be said beforehand is right.

use std::collections::BTreeSet;

use amphi_events::ids::{BroadcasterId, PersonId};
use amphi_events::live::Arrangement;
use amphi_events::page::PageDetails;
use amphi_events::{Public, Time};
use amphi_projections::LiveRow;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{place, plannable};
use crate::Web;
use crate::api::free::{Wall, wall};
use crate::api::live_door;
use crate::api::meetings::shape::persons;
use crate::api::problem::{Code, Problem};
use crate::auth::Identity;
use crate::live_settings::{self, DAY_S};

/// A live to plan, or what to change of one. What is left out stays, or has its default. Of a webinar's live only what its page shows and who
/// may see it can be changed: the rest is the meeting's.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LiveInput {
    /// Title, 1 to 250 characters. Stands in clear in the log. Needed for a new live.
    pub title: Option<String>,
    /// Start, RFC 3339, or date and hour (`2026-03-02T14:00`) in the house's zone. A new live without one starts now.
    pub starts_at: Option<String>,
    /// End, likewise. Needed for a new live.
    pub ends_at: Option<String>,
    /// Id of the broadcaster that an encoder pushes to. Needed for a new live.
    pub broadcaster: Option<String>,
    /// Co-owners, by id or login.
    pub additional_owners: Option<Vec<String>>,
    /// The same, as a form writes it: separated by commas or blanks.
    pub presenters: Option<String>,
    /// Only signed-in people watch. On a restricted broadcaster every live is.
    pub is_restricted: Option<bool>,
    /// Codes of groups: only their members watch. Naming any restricts the live.
    pub restrict_access_to_groups: Option<Vec<String>>,
    /// Only its owners see it, and whoever has its link. A new live is one where nobody says otherwise. A draft has no password, no restriction
    /// and no groups.
    pub is_draft: Option<bool>,
    /// Asked for on its page, 1 to 50 characters; null: none. Sealed in the store.
    #[serde(deserialize_with = "said")]
    pub password: Option<Option<String>>,
    /// There is a chat.
    pub enable_chat: Option<bool>,
    /// What it is about, at most 4000 characters. Stands in clear in the log.
    pub description: Option<String>,
    /// One of the types of the settings; empty: none.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Page in a frame below the picture; its host must be listed in the settings. Null: none.
    #[serde(deserialize_with = "said")]
    pub below_url: Option<Option<String>>,
    /// Height of that frame, 100 to 2000 pixels.
    pub below_height: Option<u32>,
    /// Page in a frame beside the picture, likewise.
    #[serde(deserialize_with = "said")]
    pub beside_url: Option<Option<String>>,
    /// Film shown while there is no picture, likewise.
    #[serde(deserialize_with = "said")]
    pub hold_video_url: Option<Option<String>>,
}

/// Tells null from what is not there.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn needed<T>(value: Option<T>, field: &str) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::new(Code::BadBody).detail(format!("missing field `{field}`")))
}

fn moment(web: &Web, field: &'static str, text: &str) -> Result<Time, Problem> {
    let text = text.trim();
    let zone = web.settings.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let plain = || wall(text, zone).and_then(Wall::moment);
    let time = Time::parse_rfc3339(text).ok().or_else(plain);
    time.ok_or_else(|| {
        Problem::new(Code::LiveTime)
            .detail(format!("{field}: no moment"))
            .with("field", field)
    })
}

impl LiveInput {
    async fn owners(&self, web: &Web) -> Result<Option<Vec<PersonId>>, Problem> {
        let written = self.presenters.as_deref().map(|text| {
            let names = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
            names.filter(|n| !n.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        });
        match self.additional_owners.clone().or(written) {
            Some(names) => Ok(Some(persons(web, &names).await?)),
            None => Ok(None),
        }
    }

    /// What the page shows, with what is given here in place.
    pub(super) fn details(&self, web: &Web, held: &PageDetails) -> Result<PageDetails, Problem> {
        let lives = &web.settings.lives;
        let mut details = held.clone();
        if let Some(text) = &self.description {
            details.description = Public(text.trim().to_owned());
        }
        if let Some(kind) = &self.kind {
            let kind = kind.trim();
            // One that was taken out of the settings stays where it is.
            if !kind.is_empty() && *kind != held.kind.0 && !lives.kinds.iter().any(|k| k == kind) {
                return Err(Code::LiveType.into());
            }
            details.kind = Public(kind.to_owned());
        }
        details.below_height = self.below_height.unwrap_or(match details.below_height {
            0 => 400,
            height => height,
        });
        for (field, given, slot) in [
            ("below_url", &self.below_url, &mut details.below_url),
            ("beside_url", &self.beside_url, &mut details.beside_url),
            ("hold_video_url", &self.hold_video_url, &mut details.hold_video_url),
        ] {
            let Some(given) = given else { continue };
            let address = given.as_deref().map(str::trim).filter(|a| !a.is_empty());
            let held = slot.as_ref().map(|a| a.0.as_str());
            if let Some(address) = address.filter(|a| Some(*a) != held)
                && !lives.shows(address)
            {
                return Err(Problem::new(Code::LiveHost)
                    .detail(format!("{field}: not listed"))
                    .with("field", field));
            }
            *slot = address.map(|a| Public(a.to_owned()));
        }
        Ok(details)
    }

    pub(super) async fn groups(&self, web: &Web) -> Result<Option<BTreeSet<String>>, Problem> {
        match &self.restrict_access_to_groups {
            Some(codes) => Ok(Some(crate::api::groups::checked(web, codes).await?)),
            None => Ok(None),
        }
    }

    pub(super) fn password(&self) -> Result<Option<Option<&str>>, Problem> {
        let Some(given) = &self.password else { return Ok(None) };
        let given = given.as_deref().map(str::trim).filter(|p| !p.is_empty());
        live_door::check_password(given)?;
        Ok(Some(given))
    }
}

/// What is asked for, once everything of it that can be said beforehand is right.
pub(super) struct Asked {
    pub plan: Arrangement,
    pub at: BroadcasterId,
    pub details: PageDetails,
    pub draft: bool,
    pub groups: BTreeSet<String>,
}

/// Puts what is given onto what holds.
///
/// # Errors
/// 403, 422, 503.
pub(super) async fn asked(
    web: &Web,
    me: &Identity,
    input: &LiveInput,
    held: Option<&LiveRow>,
) -> Result<Asked, Problem> {
    let now = web.sources.now();
    let page = held.map(|r| r.page.clone()).unwrap_or_default();
    let draft = input.is_draft.unwrap_or(held.is_none() || page.draft);
    let mut groups = input.groups(web).await?.unwrap_or(page.groups);
    let at = match &input.broadcaster {
        Some(text) => text.parse().map_err(|_| Problem::new(Code::UnknownBroadcaster))?,
        None => needed(held.and_then(|r| r.feed).map(|f| f.broadcaster), "broadcaster")?,
    };
    let elsewhere = held.and_then(|r| r.feed).is_none_or(|f| f.broadcaster != at);
    let there = if elsewhere {
        plannable(web, me, at).await?
    } else {
        place(web, at).await?
    };
    // Census L3: a disabled box is not sent, and the live was open to everybody.
    let restricted = input.is_restricted.unwrap_or(held.is_some_and(|r| r.restricted));
    let restricted = restricted || there.details.restricted || input.groups_named();
    let restricted = restricted && !draft;
    if !restricted {
        groups.clear();
    }
    let starts_at = match (&input.starts_at, held) {
        (Some(text), _) => moment(web, "starts_at", text)?,
        (None, Some(row)) => row.starts_at,
        (None, None) => now,
    };
    let ends_at = match (&input.ends_at, held) {
        (Some(text), _) => moment(web, "ends_at", text)?,
        (None, held) => needed(held.map(|r| r.ends_at), "ends_at")?,
    };
    // A form gives whole minutes: what it did not move stays as it is.
    let unmoved = |given: Time, held: Option<Time>| match held {
        Some(held) if held.0.div_euclid(60_000) == given.0.div_euclid(60_000) => held,
        _ => given,
    };
    let starts_at = unmoved(starts_at, held.map(|r| r.starts_at));
    let ends_at = unmoved(ends_at, held.map(|r| r.ends_at));
    let longer = held.is_none_or(|r| ends_at.since_ms(starts_at) > r.ends_at.since_ms(r.starts_at));
    if longer && ends_at.since_ms(starts_at) > DAY_S * 1000 && !live_settings::may_plan_long(web, me).await? {
        return Err(Code::LiveLong.into());
    }
    let presenters = input.owners(web).await?;
    let plan = Arrangement {
        owner: held.map_or(me.person, |r| r.owner),
        presenters: presenters.unwrap_or_else(|| held.map(|r| r.presenters.clone()).unwrap_or_default()),
        title: match (&input.title, held) {
            (Some(title), _) => title.clone(),
            (None, held) => needed(held.map(|r| r.title.clone()), "title")?,
        },
        starts_at,
        ends_at,
        restricted,
    };
    Ok(Asked {
        plan,
        at,
        details: input.details(web, &page.details)?,
        draft,
        groups,
    })
}

impl LiveInput {
    fn groups_named(&self) -> bool {
        self.restrict_access_to_groups.as_ref().is_some_and(|g| !g.is_empty())
    }
}
