//! What is pinned on a live's page, and the field to pin more for those who pilot it. `announcements.js` keeps both up by push.

use amphi_projections::Pinned;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::Frame;
use crate::pages::lives::form::announce;
use crate::pages::parts;

/// The section; `pilots`: the reader may pin and take down.
pub fn section(frame: &Frame, event: &str, pinned: &[Pinned], pilots: bool) -> Markup {
    let texts = parts::texts(
        frame.lang,
        &[
            ("house", T::AnnouncementHouse),
            ("take_down", T::AnnouncementTakeDown),
            ("failed", T::AnnouncementFailed),
            ("offline", T::ActNoAnswer),
        ],
    );
    html! {
        section id="announcements" class="announcements" aria-label=(frame.t(T::AnnouncementsTitle)) data-texts=(texts) data-pilots[pilots] {
            ul id="announcement-list" aria-live="polite" {
                @for a in pinned {
                    li data-id=(a.id) data-house[a.house] { @if a.house { span class="badge" { (frame.t(T::AnnouncementHouse)) } " " } bdi { (a.text) } }
                }
            }
            @if pilots {
                details {
                    summary { (frame.t(T::AnnouncementPin)) }
                    (announce(frame, "announcement", &format!("/api/v1/live/{event}/announcements"), T::AnnouncementWords, None))
                    p id="announcement-problem" class="problem" role="alert" hidden {}
                }
            }
        }
    }
}
