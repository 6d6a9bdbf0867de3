//! `/live`: lists of lives (census §5.4).

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{Stage, badge};

/// Lives on a page (census §5.4).
pub const PER_PAGE: usize = 12;

/// One live in a list.
#[derive(Debug, Clone)]
pub struct Card {
    /// The live's id.
    pub event: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Zone in which it was planned.
    pub zone: String,
    /// Only signed-in people watch.
    pub restricted: bool,
    /// Only members of its groups watch.
    pub groups: bool,
    /// A password is asked for.
    pub password: bool,
    /// A draft.
    pub draft: bool,
    /// Its type; empty: none.
    pub kind: String,
    /// Building and broadcaster, where they are known.
    pub place: Option<String>,
    /// The picture shown before and after it.
    pub picture: Option<String>,
    /// The reader may change it.
    pub edits: bool,
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Now and next.
    Coming,
    /// Over.
    Past,
    /// The reader's own.
    Mine,
}

impl Which {
    const fn query(self) -> &'static str {
        match self {
            Self::Coming => "",
            Self::Past => "when=past",
            Self::Mine => "mine=1",
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Part {
    /// Id on the page.
    pub id: &'static str,
    /// Its title.
    pub title: T,
    /// What is said where there are none.
    pub none: T,
    /// Those on this page.
    pub cards: Vec<Card>,
    /// How many there are in all.
    pub count: u64,
    /// This page, from 1; the parameter that says it.
    pub page: (u64, &'static str),
}

/// What is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// Words of the title.
    pub text: String,
    /// The type chosen.
    pub kind: String,
    /// Types to choose from.
    pub kinds: Vec<String>,
    /// Id of the building chosen.
    pub building: String,
    /// Buildings to choose from: id and name.
    pub buildings: Vec<(String, String)>,
}

impl Filters {
    fn any(&self) -> bool {
        !self.text.is_empty() || !self.kind.is_empty() || !self.building.is_empty()
    }
}

/// `/live`.
#[derive(Debug, Clone)]
pub struct ListView {
    /// Which list.
    pub which: Which,
    /// Its parts.
    pub parts: Vec<Part>,
    /// What it is filtered by.
    pub filters: Filters,
    /// The reader may plan lives.
    pub plans: bool,
    /// The reader has lives of their own, or may have.
    pub signed_in: bool,
    /// The server's time: what is today.
    pub at: Time,
}

/// Renders the lists.
pub fn list(frame: &Frame, view: &ListView) -> Markup {
    let tab = |which: Which, word| {
        let query = which.query();
        let to = if query.is_empty() {
            "/live".to_owned()
        } else {
            format!("/live?{query}")
        };
        html! { li { a href=(to) aria-current=[(view.which == which).then_some("page")] { (frame.t(word)) } } }
    };
    frame.page(
        frame.t(T::LivesTitle),
        &Dress::default(),
        &html! {
            h1 { (frame.t(T::LivesTitle)) }
            @if view.plans { p class="actions" { a class="button" href="/live/new" { (frame.t(T::LivePlan)) } } }
            nav aria-label=(frame.t(T::LivesViews)) {
                ul class="tabs" {
                    (tab(Which::Coming, T::LivesAll))
                    (tab(Which::Past, T::LivesPast))
                    @if view.signed_in { (tab(Which::Mine, T::LivesMine)) }
                }
            }
            (filters(frame, view))
            @for part in &view.parts { (section(frame, view, part)) }
        },
    )
}

fn filters(frame: &Frame, view: &ListView) -> Markup {
    let f = &view.filters;
    html! {
        form method="get" action="/live" class="filters" role="search" aria-label=(frame.t(T::LiveFilters)) {
            @match view.which {
                Which::Coming => {}
                Which::Past => { input type="hidden" name="when" value="past"; }
                Which::Mine => { input type="hidden" name="mine" value="1"; }
            }
            label class="field" { span { (frame.t(T::LiveText)) } input type="search" name="q" value=(f.text) maxlength="100"; }
            @if !f.kinds.is_empty() {
                label class="field" { span { (frame.t(T::LiveTypeWord)) } select name="type" {
                    option value="" { (frame.t(T::LiveAny)) }
                    @for kind in &f.kinds { option value=(kind) selected[*kind == f.kind] { (kind) } }
                } }
            }
            @if !f.buildings.is_empty() {
                label class="field" { span { (frame.t(T::LiveBuilding)) } select name="building" {
                    option value="" { (frame.t(T::LiveAny)) }
                    @for (id, name) in &f.buildings { option value=(id) selected[*id == f.building] { (name) } }
                } }
            }
            button type="submit" { (frame.t(T::LiveFilter)) }
        }
    }
}

fn section(frame: &Frame, view: &ListView, part: &Part) -> Markup {
    let none = if view.filters.any() { T::NoLiveFound } else { part.none };
    html! {
        section aria-labelledby=(part.id) {
            h2 id=(part.id) { (frame.t(part.title)) }
            (cards(frame, view.at, &part.cards, none))
            (pager(frame, view, part))
        }
    }
}

fn pager(frame: &Frame, view: &ListView, part: &Part) -> Markup {
    let pages = part.count.div_ceil(PER_PAGE as u64).max(1);
    let (page, name) = part.page;
    let to = |n: u64| {
        let f = &view.filters;
        let mut query = url::form_urlencoded::Serializer::new(view.which.query().to_owned());
        for (name, value) in [("q", &f.text), ("type", &f.kind), ("building", &f.building)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair(name, &n.to_string());
        format!("/live?{}#{}", query.finish().trim_start_matches('&'), part.id)
    };
    let said = [
        ("page", page.to_string()),
        ("pages", pages.to_string()),
        ("count", part.count.to_string()),
    ];
    let said: Vec<(&str, &str)> = said.iter().map(|(n, v)| (*n, v.as_str())).collect();
    html! {
        @if pages > 1 {
            nav class="pager" aria-label=(frame.f(T::LivesPages, &said)) {
                @if page > 1 { a class="button" rel="prev" href=(to(page - 1)) { (frame.t(T::ListBefore)) } }
                span class="quiet" { (frame.f(T::LivesPages, &said)) }
                @if page < pages { a class="button" rel="next" href=(to(page + 1)) { (frame.t(T::ListAfter)) } }
            }
        }
    }
}

/// Cards of lives.
pub fn cards(frame: &Frame, now: Time, cards: &[Card], none: T) -> Markup {
    html! {
        @if cards.is_empty() {
            div class="empty" { p { (frame.t(none)) } }
        } @else {
            ul class="cards" {
                @for card in cards {
                    li class="card" {
                        @if let Some(picture) = &card.picture { img class="card-picture" src=(picture) alt="" loading="lazy" width="320" height="180"; }
                        p {
                            (badge(frame, card.stage))
                            @if card.restricted { " " span class="badge" { (frame.t(T::Restricted)) } }
                            @if card.groups { " " span class="badge" { (frame.t(T::GroupsBadge)) } }
                            @if card.password { " " span class="badge" { (frame.t(T::PasswordBadge)) } }
                            @if card.draft { " " span class="badge" { (frame.t(T::DraftBadge)) } }
                            @if !card.kind.is_empty() { " " span class="badge" { (card.kind) } }
                        }
                        h3 { a href={ "/live/" (card.event) } { (card.title) } }
                        p class="meta" { time datetime=(card.starts_at.rfc3339()) { (times::span(frame.lang, now, card.starts_at, card.ends_at, &card.zone)) } " (" (card.zone) ")" }
                        @if let Some(place) = &card.place { p class="meta" { (place) } }
                        @if card.edits { p class="actions" { a class="button small" href={ "/live/" (card.event) "/edit" } { (frame.t(T::LiveEdit)) span class="unseen" { " – " (card.title) } } } }
                    }
                }
            }
        }
    }
}

impl Card {
    /// An example at a stage.
    pub fn sample(stage: Stage) -> Self {
        Self {
            event: "01J00000000000000000000001".into(),
            title: "<b>Amphi & co</b>".into(),
            stage,
            starts_at: Time(1_795_000_000_000),
            ends_at: Time(1_795_007_200_000),
            zone: "Europe/Paris".into(),
            restricted: stage == Stage::Late,
            groups: stage == Stage::Late,
            password: stage == Stage::OnAir,
            draft: stage == Stage::Scheduled,
            kind: if stage == Stage::Ended {
                "<i>Défense</i>".into()
            } else {
                String::new()
            },
            place: (stage == Stage::OnAir).then(|| "<b>Hall A</b> – \"1\"".into()),
            picture: (stage == Stage::Ended)
                .then(|| "/live/01J00000000000000000000001/picture/01J00000000000000000000002".into()),
            edits: stage == Stage::Scheduled,
        }
    }
}

impl ListView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let part = |cards, count| Part {
            id: "now",
            title: T::LivesNow,
            none: T::NoLiveNow,
            cards,
            count,
            page: (2, "page"),
        };
        let one = |which, parts, filters| Self {
            which,
            parts,
            filters,
            plans: which == Which::Mine,
            signed_in: which != Which::Coming,
            at: Time(1_795_000_000_000),
        };
        let filters = Filters {
            text: "\"><b>".into(),
            kind: "<b>Cours</b>".into(),
            kinds: vec!["<b>Cours</b>".into()],
            building: "01J00000000000000000000003".into(),
            buildings: vec![("01J00000000000000000000003".into(), "<b>Hall</b>".into())],
        };
        vec![
            one(Which::Coming, vec![part(vec![], 0)], Filters::default()),
            one(Which::Past, vec![part(vec![], 0)], filters.clone()),
            one(
                Which::Mine,
                vec![part(Stage::ALL.map(Card::sample).to_vec(), 40)],
                filters,
            ),
        ]
    }
}
