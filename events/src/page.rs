//! What a live's page shows beside picture and chat, and who may see it (census §5.1 to §5.3). Stream `page-{live}`.
//!
//! Passwords and links of drafts are secrets of the store; the events say that one was set or made, never what.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::building::is_web_address;
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{AnnouncementId, EventId, LiveId, PictureId};
use crate::plain::{piles_up, shows_something};

/// Kind of the secret that is the password of a live's page; the id is the live's.
pub const PASSWORD: &str = "live-password";
/// Kind of the secret in the link of a draft; the id is the live's.
pub const LINK: &str = "live-link";
/// Most characters of a password (census §5.1).
pub const PASSWORD_MAX: usize = 50;
/// Most characters of a description.
pub const DESCRIPTION_MAX: usize = 4000;
/// Most characters of a type's name.
pub const KIND_MAX: usize = 100;
/// Most characters of an address in it.
pub const ADDRESS_MAX: usize = 2000;
/// The frame below the picture is so high, in pixels.
pub const HEIGHT: (u32, u32) = (100, 2000);
/// Most groups that it is open to.
pub const GROUPS_MAX: usize = 50;
/// Most announcements that are pinned at the same time.
pub const PINNED_MAX: usize = 5;
/// Most characters of an announcement.
pub const ANNOUNCEMENT_MAX: usize = 500;

/// What it says and shows. Institutional, in clear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PageDetails {
    /// What the live is about.
    pub description: Public<String>,
    /// Its type, one of those of the settings when it was chosen; empty: none.
    pub kind: Public<String>,
    /// Page in a frame below the picture.
    pub below_url: Option<Public<String>>,
    /// Its height, in pixels.
    pub below_height: u32,
    /// Page in a frame beside the picture.
    pub beside_url: Option<Public<String>>,
    /// Film that is shown while there is no picture.
    pub hold_video_url: Option<Public<String>>,
}

/// The picture shown while there is none: its file stands in the house's folder or object store, under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPicture {
    /// Its id.
    pub id: PictureId,
    /// Media type.
    pub media: Public<String>,
    /// Its size.
    pub bytes: u64,
}

crate::events! {
    /// What happened to a live's page.
    pub enum PageEvent {
        /// It says and shows this now.
        PageChanged = 1 { details: PageDetails }
        /// Who may see it, beside its owners: a draft nobody without its link, else the members of one of `groups`, or everybody where there is none.
        PageDoorSet = 1 { draft: bool, groups: Public<BTreeSet<String>> }
        /// A password is asked for (it stands in the store), or no longer.
        PagePasswordSet = 1 { set: bool }
        /// The link of the draft was made, or made anew: the one before leads nowhere.
        PageLinkMade = 1 {}
        /// The picture shown before and after the live is this one, or none.
        PagePictureSet = 1 { picture: Option<HoldPicture> }
        /// An announcement was pinned; `house`: by an administrator, on all lives at once.
        AnnouncementPinned = 1 { announcement: AnnouncementId, text: Public<String>, house: bool }
        /// An announcement was taken down.
        AnnouncementTakenDown = 1 { announcement: AnnouncementId }
    }
}

/// What may be asked of a page.
#[derive(Debug, Clone)]
pub enum PageCommand {
    /// Say and show this.
    Change(Box<PageDetails>),
    /// Who may see it, all at once: between two commands it would be open. A draft has neither groups nor a password (census §5.2).
    Door {
        /// Nobody but its owners, without its link.
        draft: bool,
        /// Only members of one of these; empty: no group is asked for.
        groups: BTreeSet<String>,
        /// A new password is in the store, or none is asked for any more; `None`: it stays as it is.
        password: Option<bool>,
    },
    /// A new link is in the store.
    MakeLink,
    /// The hold picture.
    Picture(Option<HoldPicture>),
    /// Pin an announcement.
    Pin {
        /// Its id.
        announcement: AnnouncementId,
        /// Its text, 1 to 500 characters.
        text: String,
        /// On all lives at once.
        house: bool,
    },
    /// Take an announcement down.
    TakeDown {
        /// Which.
        announcement: AnnouncementId,
        /// Somebody asks who speaks for the house: what was said to all lives is no presenter's to take away.
        house: bool,
    },
}

/// Why a command on a page is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A text is too long.
    #[error("a text is too long")]
    TextTooLong,
    /// Not an `http` or `https` address: `field` says which.
    #[error("{field} is no address of the web")]
    Address {
        /// Which field.
        field: &'static str,
    },
    /// The frame's height is out of its limits.
    #[error("a frame is 100 to 2000 pixels high")]
    Height,
    /// Too many groups.
    #[error("a live is open to at most 50 groups")]
    TooManyGroups,
    /// A draft is opened by its link alone.
    #[error("a draft has no password")]
    Draft,
    /// An announcement has 1 to 500 characters.
    #[error("an announcement has 1 to 500 characters")]
    Announcement,
    /// Too many are pinned.
    #[error("at most 5 announcements are pinned")]
    TooManyPinned,
    /// No such announcement.
    #[error("no such announcement")]
    NoAnnouncement,
    /// It was said to all lives.
    #[error("an announcement to all lives is taken down by those who made it")]
    OfTheHouse,
}

/// An announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its id.
    pub id: AnnouncementId,
    /// What it says.
    pub text: String,
    /// By an administrator, on all lives at once.
    pub house: bool,
    /// Since when.
    pub at: Time,
}

/// A page as folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What it says and shows.
    pub details: PageDetails,
    /// The event that said last what it shows, or to whom.
    #[serde(default)]
    pub edited: Option<EventId>,
    /// A draft.
    pub draft: bool,
    /// Open to members of these only.
    pub groups: BTreeSet<String>,
    /// A password is asked for.
    pub password: bool,
    /// A link was made.
    pub link: bool,
    /// How often what opens it changed: who was let in before is asked again.
    pub door: u32,
    /// The hold picture.
    pub picture: Option<HoldPicture>,
    /// What is pinned, the oldest first.
    pub pinned: Vec<Announcement>,
}

impl Page {
    /// Whether it is seen by everybody who may know of the live at all.
    pub fn open(&self) -> bool {
        !self.draft && self.groups.is_empty() && !self.password
    }
}

fn checked(details: &PageDetails) -> Result<(), Refusal> {
    if details.description.0.chars().count() > DESCRIPTION_MAX || details.kind.0.chars().count() > KIND_MAX {
        return Err(Refusal::TextTooLong);
    }
    for (field, address) in [
        ("below_url", &details.below_url),
        ("beside_url", &details.beside_url),
        ("hold_video_url", &details.hold_video_url),
    ] {
        if address.as_ref().is_some_and(|a| !is_web_address(&a.0, ADDRESS_MAX)) {
            return Err(Refusal::Address { field });
        }
    }
    if details.below_url.is_some() && !(HEIGHT.0..=HEIGHT.1).contains(&details.below_height) {
        return Err(Refusal::Height);
    }
    Ok(())
}

impl Aggregate for Page {
    const KIND: &'static str = "page";
    type Event = PageEvent;
    type Command = PageCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &PageCommand, _: Time) -> Result<Vec<PageEvent>, Refusal> {
        use PageCommand as C;
        use PageEvent as E;
        match command {
            C::Change(details) => {
                checked(details)?;
                Ok(if self.details == **details {
                    vec![]
                } else {
                    vec![E::PageChanged {
                        details: (**details).clone(),
                    }]
                })
            }
            C::Door {
                draft,
                groups,
                password,
            } => {
                if *draft && *password == Some(true) {
                    return Err(Refusal::Draft);
                }
                // Census §5.2: a draft clears password and groups; its link is all there is.
                let groups = if *draft { BTreeSet::new() } else { groups.clone() };
                if groups.len() > GROUPS_MAX {
                    return Err(Refusal::TooManyGroups);
                }
                let changed = self.draft != *draft || self.groups != groups;
                let set = changed.then_some(E::PageDoorSet {
                    draft: *draft,
                    groups: Public(groups),
                });
                let password = match password {
                    // Set again it is another one.
                    Some(true) => Some(true),
                    Some(false) => self.password.then_some(false),
                    None => (*draft && self.password).then_some(false),
                };
                let password = password.map(|set| E::PagePasswordSet { set });
                Ok(set.into_iter().chain(password).collect())
            }
            C::MakeLink => Ok(vec![E::PageLinkMade {}]),
            C::Picture(picture) if self.picture == *picture => Ok(vec![]),
            C::Picture(picture) => Ok(vec![E::PagePictureSet {
                picture: picture.clone(),
            }]),
            C::Pin {
                announcement,
                text,
                house,
            } => {
                let text = text.trim();
                let fits = (1..=ANNOUNCEMENT_MAX).contains(&text.chars().count());
                if !fits || !shows_something(text) || text.chars().any(char::is_control) || piles_up(text) {
                    return Err(Refusal::Announcement);
                }
                if self.pinned.iter().any(|a| a.id == *announcement) {
                    return Ok(vec![]);
                }
                let mut events = vec![];
                if self.pinned.len() >= PINNED_MAX {
                    // What is said to the whole house must not fail because a presenter has much to say: the oldest makes room, and what the
                    // house said before only where there is nothing else.
                    let theirs = self.pinned.iter().find(|a| !a.house).or(self.pinned.first());
                    let oldest = theirs.filter(|_| *house).ok_or(Refusal::TooManyPinned)?;
                    events.push(E::AnnouncementTakenDown {
                        announcement: oldest.id,
                    });
                }
                events.push(E::AnnouncementPinned {
                    announcement: *announcement,
                    text: text.into(),
                    house: *house,
                });
                Ok(events)
            }
            C::TakeDown { announcement, house } => match self.pinned.iter().find(|a| a.id == *announcement) {
                None => Err(Refusal::NoAnnouncement),
                Some(pinned) if pinned.house && !house => Err(Refusal::OfTheHouse),
                Some(_) => Ok(vec![E::AnnouncementTakenDown {
                    announcement: *announcement,
                }]),
            },
        }
    }

    fn evolve(&mut self, event: &PageEvent, meta: Meta) {
        use PageEvent as E;
        if matches!(
            event,
            E::PageChanged { .. } | E::PageDoorSet { .. } | E::PagePasswordSet { .. }
        ) {
            self.edited = Some(meta.id);
        }
        match event {
            E::PageChanged { details } => self.details = details.clone(),
            E::PageDoorSet { draft, groups } => {
                (self.draft, self.door) = (*draft, self.door + 1);
                self.groups.clone_from(&groups.0);
            }
            E::PagePasswordSet { set } => (self.password, self.door) = (*set, self.door + 1),
            E::PageLinkMade {} => (self.link, self.door) = (true, self.door + 1),
            E::PagePictureSet { picture } => self.picture.clone_from(picture),
            E::AnnouncementPinned {
                announcement,
                text,
                house,
            } => self.pinned.push(Announcement {
                id: *announcement,
                text: text.0.clone(),
                house: *house,
                at: meta.time,
            }),
            E::AnnouncementTakenDown { announcement } => self.pinned.retain(|a| a.id != *announcement),
        }
    }
}

/// The stream of a live's page.
pub fn stream(live: LiveId) -> crate::StreamName {
    crate::StreamName::of(Page::KIND, live)
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
