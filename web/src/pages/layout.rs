//! What surrounds every page.

use std::sync::Arc;

use amphi_events::person::Role;
use maud::{DOCTYPE, Markup, html};

use super::assets::asset;
use crate::brand::Brand;
use crate::i18n::{Lang, T};

/// The person a page is for.
#[derive(Debug, Clone)]
pub struct Who {
    /// Name shown.
    pub name: String,
    /// What the person may do everywhere.
    pub role: Role,
    /// They may plan meetings.
    pub plans: bool,
}

/// What every page is given.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The house's name, logo and colours.
    pub brand: Arc<Brand>,
    /// Language.
    pub lang: Lang,
    /// The person signed in.
    pub who: Option<Who>,
    /// Path and query of this page, for the way back after sign-in and the other language.
    pub path: String,
    /// A sample in the style guide: without script, as what is looked at must not act.
    pub still: bool,
}

/// What a page asks of its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Dress {
    /// ES modules to load.
    pub modules: &'static [&'static str],
    /// Loads itself again after so many seconds where script is missing.
    pub refresh: Option<(u32, String)>,
    /// No header and no footer: in another site's frame.
    pub bare: bool,
    /// Uses the whole width.
    pub wide: bool,
    /// Where other sites learn how to show this page in theirs (oEmbed).
    pub oembed: Option<String>,
}

impl Frame {
    /// A text in this page's language.
    pub const fn t(&self, key: T) -> &'static str {
        self.lang.t(key)
    }

    /// A text with its places filled.
    pub fn f(&self, key: T, values: &[(&str, &str)]) -> String {
        self.lang.f(key, values)
    }

    /// This page in another language.
    fn in_lang(&self, lang: Lang) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut query: Vec<String> = query
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("lang="))
            .map(str::to_owned)
            .collect();
        query.push(format!("lang={}", lang.code()));
        format!("{path}?{}", query.join("&"))
    }

    /// Sign-in that comes back here.
    pub fn login(&self) -> String {
        let next: String = url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        format!("/login?next={next}")
    }

    fn may(&self, right: impl Fn(Role) -> bool) -> bool {
        self.who.as_ref().is_some_and(|w| right(w.role))
    }

    /// A whole document.
    pub fn page(&self, title: &str, dress: &Dress, body: &Markup) -> Markup {
        let main = if dress.wide { "main wide" } else { "main" };
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " – " (self.brand.name) }
                    link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(self.brand.sheet_address);
                    @if let Some((seconds, address)) = &dress.refresh {
                        noscript { meta http-equiv="refresh" content=(format!("{seconds};url={address}")); }
                    }
                    @if let Some(address) = &dress.oembed {
                        link rel="alternate" type="application/json+oembed" href=(address) title=(title);
                    }
                    @for module in dress.modules.iter().filter(|_| !self.still) {
                        script type="module" src=(asset(module)) {}
                    }
                }
                body class=[dress.bare.then_some("bare")] {
                    @if !dress.bare {
                        a class="skip" href="#main" { (self.t(T::SkipToMain)) }
                        (self.header())
                    }
                    main id="main" class=(main) tabindex="-1" { (body) }
                    @if !dress.bare { (self.footer()) }
                }
            }
        }
    }

    fn header(&self) -> Markup {
        let link = |href: &str, key: T| {
            let here = self.path.split('?').next() == Some(href);
            html! { li { a href=(href) aria-current=[here.then_some("page")] { (self.t(key)) } } }
        };
        html! {
            header class="top" {
                a class="brand" href="/" { img src=(self.brand.logo_address) alt="" width="28" height="28"; (self.brand.name) }
                nav aria-label=(self.t(T::Navigation)) {
                    ul {
                        (link("/live", T::NavLive))
                        @if self.who.as_ref().is_some_and(|w| w.plans) { (link("/meetings", T::NavMeetings)) }
                        @if self.may(Role::administers) { (link("/admin", T::NavAdmin)) }
                        @if self.may(Role::audits) { (link("/audit", T::NavAudit)) }
                    }
                }
                div class="me" {
                    @match &self.who {
                        Some(who) => {
                            a href="/account" { span { (who.name) } }
                            form method="post" action="/logout" { button class="plain" type="submit" { (self.t(T::SignOut)) } }
                        }
                        None => { a class="button" href=(self.login()) { (self.t(T::SignIn)) } }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        let other = self.lang.other();
        html! {
            footer class="bottom" {
                a href=(self.in_lang(other)) lang=(other.code()) hreflang=(other.code()) { (other.name()) }
                a href="/accessibility" { (self.t(T::Accessibility)) }
                a href="/api/docs" { (self.t(T::ApiDocs)) }
            }
        }
    }
}

/// A short page with a message, such as an error.
#[derive(Debug, Clone)]
pub struct MessageView {
    /// Title and heading.
    pub title: String,
    /// What to know and do.
    pub text: String,
}

/// Renders a message.
pub fn message(frame: &Frame, view: &MessageView) -> Markup {
    frame.page(
        &view.title,
        &Dress::default(),
        &html! {
            h1 { (view.title) }
            p { (view.text) }
            p { a href="/" { (frame.t(T::ToHome)) } }
        },
    )
}

impl MessageView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![Self {
            title: "<b>Oops</b>".into(),
            text: "Nothing & nobody".into(),
        }]
    }
}
