//! The panel of a picture that is shown before and after lives: a live's own, or its broadcaster's. Its page loads `hold-picture.js`.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::Frame;

/// See the module.
pub struct Panel<'a> {
    /// Above it.
    pub title: T,
    /// What it is for, with `{size}`.
    pub lead: T,
    /// What is said to those who don't see it.
    pub alt: T,
    /// Address of the one that is there.
    pub shown: Option<&'a str>,
    /// Most bytes.
    pub bytes_max: u64,
    /// The call that takes one and takes it away.
    pub api: &'a str,
    /// The page that it stands on.
    pub back: &'a str,
}

/// Renders it.
pub fn panel(frame: &Frame, of: &Panel) -> Markup {
    let size = (of.bytes_max / 1_048_576).max(1).to_string();
    html! {
        section class="panel" aria-labelledby="picture-title" {
            h2 id="picture-title" { (frame.t(of.title)) }
            p id="picture-lead" { (frame.f(of.lead, &[("size", &size)])) }
            @if let Some(picture) = of.shown {
                p { img src=(picture) alt=(frame.t(of.alt)) class="hold-preview" width="320" height="180"; }
                p { button type="button" data-api=(of.api) data-method="DELETE" data-goto=(of.back) data-done=(frame.t(T::LivePictureGone)) { (frame.t(T::LivePictureDrop)) } }
            }
            form class="form" id="picture-form" data-to=(of.api) {
                div class="field" {
                    label for="picture-file" { (frame.t(T::LivePictureFile)) }
                    input type="file" id="picture-file" required accept="image/png,image/jpeg,image/webp" aria-describedby="picture-lead picture-wrong";
                    p class="wrong" id="picture-wrong" role="alert" hidden {}
                }
                div class="actions" { button type="submit" { (frame.t(T::LivePictureSet)) } }
            }
        }
    }
}
