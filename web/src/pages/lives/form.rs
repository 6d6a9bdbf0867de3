//! The form of a live: planned on a broadcaster, or the page of a webinar's. It is sent by script (`forms.js`) to the API.

use amphi_events::page::{ANNOUNCEMENT_MAX, DESCRIPTION_MAX, HEIGHT, PASSWORD_MAX};
use maud::{Markup, html};

use super::hold_picture;
use crate::i18n::T;
use crate::media::push::StreamAddress;
use crate::pages::asking::{Ask, asked, copyable, outcomes};
use crate::pages::layout::{Dress, Frame};
use crate::pages::live::picture::address;

/// What stands in the fields.
#[derive(Debug, Clone, Default)]
pub struct LiveFields {
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// As a `datetime-local` input writes it, in the house's zone.
    pub starts_at: String,
    /// Likewise.
    pub ends_at: String,
    /// Id of the broadcaster.
    pub broadcaster: String,
    /// Logins of co-owners.
    pub presenters: String,
    /// A draft.
    pub draft: bool,
    /// For the signed-in.
    pub restricted: bool,
    /// With a chat.
    pub chat: bool,
    /// Codes of groups.
    pub groups: Vec<String>,
    /// The password.
    pub password: String,
    /// Type.
    pub kind: String,
    /// Page below the picture.
    pub below_url: String,
    /// Its height.
    pub below_height: u32,
    /// Page beside it.
    pub beside_url: String,
    /// Film while there is no picture.
    pub hold_video_url: String,
}

/// What an encoder is set to, or from when on that is shown, in words.
pub type Encoder = (Option<StreamAddress>, Option<String>);

/// The form.
#[derive(Debug, Clone)]
pub struct FormView {
    /// Id of the live that is changed.
    pub id: Option<String>,
    /// The version that stands in the fields: what was saved meanwhile is not undone.
    pub version: Option<String>,
    /// It is a webinar's: only its page is changed here.
    pub meeting: bool,
    /// The reader may delete it and hand it over.
    pub owns: bool,
    /// It is going on.
    pub going_on: bool,
    /// It is over.
    pub over: bool,
    /// What stands in the fields.
    pub fields: LiveFields,
    /// Broadcasters to choose from: id and name.
    pub broadcasters: Vec<(String, String)>,
    /// Some media server shows a picture to whoever knows its address.
    pub open: bool,
    /// Groups to choose from: code and name.
    pub groups: Vec<(String, String)>,
    /// Types to choose from.
    pub kinds: Vec<String>,
    /// Hosts whose pages may be shown.
    pub hosts: Vec<String>,
    /// The house's zone.
    pub zone: String,
    /// The draft's link.
    pub link: Option<String>,
    /// What its encoder is set to, or from when on that is shown.
    pub encoder: Option<Encoder>,
    /// The picture before and after it.
    pub picture: Option<String>,
    /// Most bytes of a picture.
    pub picture_max: u64,
}

/// Renders the form.
pub fn form(frame: &Frame, view: &FormView) -> Markup {
    let title = frame.t(if view.id.is_some() { T::LiveEdit } else { T::LivePlan });
    let dress = Dress {
        modules: &["forms.js", "hold-picture.js"],
        ..Dress::default()
    };
    let (api, method, goto, done) = match &view.id {
        Some(id) => (
            format!("/api/v1/live/{id}"),
            "PATCH",
            format!("/live/{id}/edit"),
            T::LiveSaved,
        ),
        None => (
            "/api/v1/live".to_owned(),
            "POST",
            "/live/{event}/edit".to_owned(),
            T::LivePlanned,
        ),
    };
    let ticks = if view.meeting {
        "is_draft"
    } else {
        "is_draft is_restricted enable_chat"
    };
    let lists = if view.groups.is_empty() {
        ""
    } else {
        "restrict_access_to_groups"
    };
    frame.page(title, &dress, &html! {
        h1 { (title) }
        @if let Some(id) = &view.id { p { a href={ "/live/" (id) } { (view.fields.title) } } } @else { p class="lead" { (frame.t(T::LivePlanLead)) } }
        (outcomes(frame))
        @if view.going_on && !view.meeting { p class="callout" { (frame.t(T::LiveNotNow)) } }
        form method="post" class="form" data-api=(api) data-method=(method) data-version=[&view.version] data-goto=(goto) data-done=(frame.t(done)) data-ticks=(ticks) data-lists=(lists)
            data-numbers="below_height" data-null="password below_url beside_url hold_video_url" data-keep-empty="description type presenters" {
            @if !view.meeting { (what(frame, view)) }
            (who(frame, view))
            (page(frame, view))
            div class="actions" { button type="submit" class="main-act" { (frame.t(T::LiveSave)) } }
        }
        @if let Some(id) = &view.id {
            @if let Some(encoder) = &view.encoder { (self::encoder(frame, encoder)) }
            @if let Some(link) = &view.link { (draft(frame, id, link)) }
            (hold_picture::panel(frame, &hold_picture::Panel {
                title: T::LivePictureTitle,
                lead: T::LivePictureLead,
                alt: T::LivePictureAlt,
                shown: view.picture.as_deref(),
                bytes_max: view.picture_max,
                api: &format!("/api/v1/live/{id}/picture"),
                back: &format!("/live/{id}/edit"),
            }))
            @if view.owns && !view.meeting { (hand_over(frame, id)) (delete(frame, view, id)) }
        }
    })
}

fn what(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.fields;
    let hint = frame.f(T::LiveTimesHint, &[("zone", &view.zone)]);
    let time = |id: &'static str, label, value: &str| {
        let input = html! { input type="datetime-local" id=(id) name=(id) value=(value) required aria-describedby={ (id) "-hint" }; };
        asked(id, frame.t(label), Some(&hint), &input)
    };
    html! {
        (Ask { id: "title", name: "title", label: frame.t(T::LiveTitleWord), value: &f.title, required: true, max: Some(250), ..Ask::default() }.html())
        (time("starts_at", T::LiveStarts, &f.starts_at))
        (time("ends_at", T::LiveEnds, &f.ends_at))
        @if view.broadcasters.is_empty() { p class="callout" { (frame.t(T::LiveNoBroadcaster)) } } @else {
            (asked("broadcaster", frame.t(T::LiveBroadcaster), None, &html! {
                select id="broadcaster" name="broadcaster" required {
                    @for (id, name) in &view.broadcasters { option value=(id) selected[*id == f.broadcaster] { (name) } }
                }
            }))
        }
        (asked("presenters", frame.t(T::LiveOwners), Some(frame.t(T::LiveOwnersHint)), &html! {
            input type="text" id="presenters" name="presenters" value=(f.presenters) autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="presenters-hint";
        }))
        (tick(frame, "enable_chat", T::LiveChatTick, f.chat))
    }
}

fn tick(frame: &Frame, name: &str, key: T, on: bool) -> Markup {
    html! { label class="tick" { input type="checkbox" id=(name) name=(name) value="on" checked[on] autocomplete="off"; span { (frame.t(key)) } } }
}

fn who(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.fields;
    html! {
        fieldset {
            legend { (frame.t(T::LiveWho)) }
            (tick(frame, "is_draft", T::LiveDraftTick, f.draft))
            @if !view.meeting {
                (tick(frame, "is_restricted", T::LiveRestrictedTick, f.restricted))
                @if view.open { p class="hint" { (frame.t(T::HintRestrictedOpen)) } }
            }
            @if !view.groups.is_empty() {
                fieldset class="inner" {
                    legend { (frame.t(T::LiveGroupsWord)) }
                    @for (code, name) in &view.groups {
                        label class="tick" { input type="checkbox" name="restrict_access_to_groups" value=(code) checked[f.groups.contains(code)] autocomplete="off"; span { (name) } }
                    }
                }
            }
            (Ask { id: "password", name: "password", label: frame.t(T::LivePasswordWord), hint: Some(frame.t(T::LivePasswordHint)), value: &f.password, max: Some(PASSWORD_MAX as u16), ..Ask::default() }.html())
        }
    }
}

fn page(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.fields;
    let hosts = if view.hosts.is_empty() {
        frame.t(T::LiveNoHosts).to_owned()
    } else {
        frame.f(T::LiveHostsHint, &[("hosts", &view.hosts.join(", "))])
    };
    let address = |id: &'static str, label, value: &str| {
        Ask {
            id,
            name: id,
            label: frame.t(label),
            kind: "url",
            value,
            max: Some(2000),
            ..Ask::default()
        }
        .html()
    };
    html! {
        fieldset {
            legend { (frame.t(T::LivePage)) }
            (asked("description", frame.t(T::LiveDescription), Some(frame.t(T::LiveDescriptionHint)), &html! {
                textarea id="description" name="description" rows="4" maxlength=(DESCRIPTION_MAX) aria-describedby="description-hint" { (f.description) }
            }))
            @if !view.kinds.is_empty() || !f.kind.is_empty() {
                (asked("type", frame.t(T::LiveTypeWord), None, &html! {
                    select id="type" name="type" {
                        option value="" { (frame.t(T::LiveNoType)) }
                        @for kind in &view.kinds { option value=(kind) selected[*kind == f.kind] { (kind) } }
                        @if !f.kind.is_empty() && !view.kinds.contains(&f.kind) { option value=(f.kind) selected { (f.kind) } }
                    }
                }))
            }
            p class="hint" { (hosts) }
            (address("below_url", T::LiveBelow, &f.below_url))
            (asked("below_height", frame.t(T::LiveBelowHeight), None, &html! {
                input type="number" id="below_height" name="below_height" value=(f.below_height) min=(HEIGHT.0) max=(HEIGHT.1);
            }))
            (address("beside_url", T::LiveBeside, &f.beside_url))
            (address("hold_video_url", T::LiveHoldVideo, &f.hold_video_url))
        }
    }
}

fn encoder(frame: &Frame, (stream, from): &Encoder) -> Markup {
    html! {
        section class="panel" id="encoder" aria-labelledby="encoder-title" {
            h2 id="encoder-title" { (frame.t(T::LiveEncoder)) }
            (address(frame, stream.as_ref(), from.as_deref()))
        }
    }
}

fn draft(frame: &Frame, id: &str, link: &str) -> Markup {
    html! {
        section class="panel" aria-labelledby="draft-link" {
            h2 id="draft-link" { (frame.t(T::LiveLinkTitle)) }
            p { (frame.t(T::LiveLinkLead)) }
            (copyable(frame, "draft-address", frame.t(T::Address), link))
            button type="button" data-api={ "/api/v1/live/" (id) "/link" } data-method="POST" data-goto={ "/live/" (id) "/edit" } data-done=(frame.t(T::LiveLinkRenewed)) { (frame.t(T::LiveLinkRenew)) }
        }
    }
}

fn hand_over(frame: &Frame, id: &str) -> Markup {
    html! {
        section class="panel" aria-labelledby="hand-over" {
            h2 id="hand-over" { (frame.t(T::LiveHandOver)) }
            form method="post" class="form" data-api={ "/api/v1/live/" (id) "/owner" } data-method="PUT" data-goto={ "/live/" (id) } data-done=(frame.t(T::LiveHandedOver)) {
                (Ask { id: "person", name: "person", label: frame.t(T::LiveHandOverTo), required: true, max: Some(100), ..Ask::default() }.html())
                button type="submit" { (frame.t(T::LiveHandOver)) }
            }
        }
    }
}

fn delete(frame: &Frame, view: &FormView, id: &str) -> Markup {
    html! {
        @if !view.going_on {
            section class="panel" aria-labelledby="delete" {
                h2 id="delete" { (frame.t(T::LiveDelete)) }
                button type="button" class="danger" data-api={ "/api/v1/live/" (id) } data-method="DELETE" data-goto="/live?mine=1"
                    data-sure=(frame.f(T::LiveSureDelete, &[("title", &view.fields.title)])) data-done=(frame.t(T::LiveDeleted)) { (frame.t(T::LiveDelete)) }
            }
        }
    }
}

/// A field for an announcement, on the pages of those who may pin one.
pub fn announce(frame: &Frame, id: &str, api: &str, title: T, done: Option<T>) -> Markup {
    html! {
        form method="post" class="form announce-form" id=(id) data-api=(api) data-done=[done.map(|d| frame.t(d))] {
            (asked(&format!("{id}-text"), frame.t(title), Some(frame.t(T::AnnouncementHint)), &html! {
                input type="text" id={ (id) "-text" } name="text" required maxlength=(ANNOUNCEMENT_MAX) autocomplete="off" aria-describedby={ (id) "-text-hint" };
            }))
            button type="submit" { (frame.t(T::AnnouncementShow)) }
        }
    }
}

impl FormView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let fields = LiveFields {
            title: "<b>Portes ouvertes</b>".into(),
            description: "<script>alert(1)</script>".into(),
            broadcaster: "01J00000000000000000000004".into(),
            password: "\"><b>".into(),
            kind: "<i>Ancien</i>".into(),
            below_url: "https://quiz.univ.example/\"><b>".into(),
            groups: vec!["maths".into()],
            ..LiveFields::default()
        };
        let full = Self {
            id: Some("01J00000000000000000000001".into()),
            version: Some("01J00000000000000000000005.<b>".into()),
            meeting: false,
            owns: true,
            going_on: false,
            over: false,
            fields,
            broadcasters: vec![("01J00000000000000000000004".into(), "<b>Hall</b>".into())],
            open: true,
            groups: vec![("maths".into(), "<b>Maths</b>".into())],
            kinds: vec!["<b>Cours</b>".into()],
            hosts: vec!["quiz.univ.example".into()],
            zone: "Europe/Paris".into(),
            link: Some("https://live.univ.example/live/01J?key=<b>".into()),
            encoder: Some((
                Some(StreamAddress {
                    server: "rtmp://live.univ.example/live".into(),
                    key: "<i>k3y</i>".into(),
                }),
                None,
            )),
            picture: Some("/live/01J00000000000000000000001/picture/01J00000000000000000000002".into()),
            picture_max: 30 << 20,
        };
        vec![
            Self {
                id: None,
                version: None,
                broadcasters: vec![],
                groups: vec![],
                kinds: vec![],
                hosts: vec![],
                link: None,
                encoder: None,
                picture: None,
                fields: LiveFields::default(),
                ..full.clone()
            },
            Self {
                going_on: true,
                encoder: Some((None, Some("20/11/2026 15:05".into()))),
                ..full.clone()
            },
            Self {
                meeting: true,
                link: None,
                ..full.clone()
            },
            full,
        ]
    }
}
