//! `/admin/elsewhere`: every session that was seen, and whose it is.

use std::collections::BTreeMap;

use amphi_events::ids::PersonId;
use amphi_events::person::Role;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use crate::Web;
use crate::api::problem::Problem;
use crate::elsewhere::matching::By;
use crate::elsewhere::start;
use crate::i18n::{T, times};
use crate::pages::admin::{Tab, area};
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;

/// A session.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// So many are in it.
    pub people: u32,
    /// It has breakout rooms now.
    pub breakouts: bool,
    /// Names of those who moderate it.
    pub moderators: Vec<String>,
    /// To whom it is offered: name, and whether by name alone.
    pub offered: Vec<(String, bool)>,
    /// Those who share a name.
    pub homonyms: Vec<String>,
    /// Some moderators share a name in the room.
    pub namesakes: bool,
    /// Who broadcasts it, and the live.
    pub taken: Option<(String, Option<String>)>,
}

/// `/admin/elsewhere`.
#[derive(Debug, Clone, Default)]
pub struct SessionsView {
    /// They are looked for.
    pub on: bool,
    /// When BBB said so, as shown.
    pub at: Option<String>,
    /// Since when BBB doesn't answer, as shown.
    pub unknown_since: Option<String>,
    /// So many are broadcast, of so many at most.
    pub used: (usize, u32),
    /// All of them.
    pub sessions: Vec<SessionLine>,
}

/// Renders them.
pub fn sessions(frame: &Frame, view: &SessionsView) -> Markup {
    area(
        frame,
        Tab::Elsewhere,
        frame.t(T::ElsewhereTab),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::ElsewhereTab)) }
            p class="lead" { (frame.t(T::ElsewhereAdminLead)) }
            @if view.on {
                p { (frame.f(T::ElsewhereUsed, &[("n", &view.used.0.to_string()), ("most", &view.used.1.to_string())])) }
                @match (&view.at, &view.unknown_since) {
                    (_, Some(since)) => { p class="problem" { (frame.f(T::ElsewhereUnknown, &[("time", since)])) } }
                    (Some(at), None) => { p class="quiet" { (frame.f(T::ElsewhereAsOf, &[("time", at)])) } }
                    (None, None) => { p class="quiet" { (frame.t(T::ElsewhereNotYet)) } }
                }
                @if view.sessions.is_empty() { div class="empty" { p { (frame.t(T::ElsewhereNone)) } } }
                @for s in &view.sessions { (one(frame, s)) }
            } @else {
                p class="callout" { (frame.f(T::ElsewhereOff, &[("setting", "AMPHI_ELSEWHERE")])) }
            }
        },
    )
}

fn one(frame: &Frame, s: &SessionLine) -> Markup {
    html! {
        // No section: two sessions may be called the same, and then so would two landmarks.
        article class="panel" aria-labelledby={ "s-" (s.key) } {
            h2 id={ "s-" (s.key) } { (s.name) }
            p class="quiet" { (frame.f(T::ElsewherePeople, &[("n", &s.people.to_string())])) }
            dl class="stacked" {
                dt { (frame.t(T::ElsewhereModerators)) } dd { (s.moderators.join(", ")) }
                dt { (frame.t(T::ElsewhereOffered)) }
                dd {
                    @if s.offered.is_empty() { (frame.t(T::ElsewhereNobody)) }
                    @for (n, (name, by_name)) in s.offered.iter().enumerate() {
                        @if n > 0 { ", " }
                        (name) " (" (frame.t(if *by_name { T::ElsewhereByName } else { T::ElsewhereById })) ")"
                    }
                }
            }
            @if !s.homonyms.is_empty() { p class="callout" { (frame.f(T::ElsewhereHomonyms, &[("names", &s.homonyms.join(", "))])) } }
            @if s.namesakes { p class="callout" { (frame.t(T::ElsewhereNamesakes)) } }
            @if s.breakouts { p class="callout" { (frame.t(T::ElsewhereBreakouts)) } }
            @match &s.taken {
                Some((who, event)) => {
                    p { (frame.f(T::ElsewhereRuns, &[("name", who)])) @if let Some(event) = event { " " a href={ "/live/" (event) "/console" } { (frame.t(T::ElsewhereConsole)) span class="unseen" { " : " (s.name) } } } }
                }
                None => { p class="actions" { a class="button" href={ "/elsewhere/" (s.key) } { (frame.t(T::ElsewhereBroadcast)) span class="unseen" { " : " (s.name) } } } }
            }
        }
    }
}

/// `GET /admin/elsewhere`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let Some(settings) = &web.settings.elsewhere else {
        return Ok(reader.page(sessions(&reader.frame, &SessionsView::default())));
    };
    let down = |e: String| Problem::unavailable("sessions from elsewhere can't be read", e);
    let looked = web.aggregates.elsewhere.look(amphi_events::elsewhere::ALL).await;
    let taken = looked.map_err(down)?.state;
    let seen = web.elsewhere.seen();
    let people: Vec<PersonId> = seen
        .sessions
        .iter()
        .flat_map(|s| s.matched.people.keys().chain(&s.matched.homonyms))
        .copied()
        .collect();
    let accounts = web.store.accounts_by_ids(&people).await;
    let accounts = accounts.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    let names: BTreeMap<PersonId, String> = accounts
        .into_iter()
        .map(|a| (a.person, format!("{} ({})", a.name, a.login)))
        .collect();
    let name = |p: &PersonId| names.get(p).cloned().unwrap_or_else(|| "–".to_owned());
    let zone = &web.settings.time_zone;
    let mut lines = vec![];
    for s in &seen.sessions {
        let by = match taken.of(&s.room.internal_id) {
            Some((meeting, held)) => {
                let live = web.read.meeting(meeting).await?.and_then(|m| m.live);
                Some((start::name_of(web, held.by).await?, live.map(|l| l.to_string())))
            }
            None => None,
        };
        lines.push(SessionLine {
            key: s.key.clone(),
            name: s.name.clone(),
            people: s.people,
            breakouts: s.breakouts,
            moderators: s.moderators.iter().map(|m| m.name.clone()).collect(),
            offered: s
                .matched
                .people
                .iter()
                .map(|(p, by)| (name(p), *by == By::Name))
                .collect(),
            homonyms: s.matched.homonyms.iter().map(name).collect(),
            namesakes: s.matched.namesakes,
            taken: by,
        });
    }
    let view = SessionsView {
        on: true,
        at: seen.at.map(|at| times::clock(at, zone)),
        unknown_since: seen.unknown_since.map(|at| times::clock(at, zone)),
        used: (taken.taken.len(), settings.most),
        sessions: lines,
    };
    Ok(reader.page(sessions(&reader.frame, &view)))
}

impl SessionsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |n: usize| SessionLine {
            key: format!("0123456789abcdef012{n}"),
            name: "<b>TD</b> d’optique".into(),
            people: 31,
            breakouts: n == 1,
            moderators: vec!["<i>Zoé</i> Martin".into(), "Paul".into()],
            offered: if n == 0 {
                vec![("Zoé Martin (zoe)".into(), false), ("Paul (paul)".into(), true)]
            } else {
                vec![]
            },
            homonyms: if n == 1 {
                vec!["<b>Zoé</b> (zoe)".into(), "Zoé (zoe2)".into()]
            } else {
                vec![]
            },
            namesakes: n == 1,
            taken: (n == 2).then(|| ("<b>Zoé</b>".into(), Some("01J00000000000000000000001".into()))),
        };
        let on = Self {
            on: true,
            at: Some("14:05".into()),
            unknown_since: None,
            used: (1, 2),
            sessions: (0..3).map(line).collect(),
        };
        vec![
            Self::default(),
            Self {
                at: None,
                sessions: vec![],
                ..on.clone()
            },
            Self {
                unknown_since: Some("14:07".into()),
                ..on.clone()
            },
            on,
        ]
    }
}
