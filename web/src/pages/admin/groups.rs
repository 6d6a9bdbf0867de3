//! `/admin/groups` and `/admin/groups/{code}`: groups that meetings can be restricted to. Members whom rules of sign-in put there are theirs:
//! they come and go at each sign-in, and nobody edits them here.

use amphi_events::group::{CODE_MAX, NAME_MAX};
use amphi_events::person::Role;
use amphi_events::store::{Group, Member};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};

use super::list::{Around, Asked, Cell, Column, ListView, answered};
use super::lists::{column, name_of, names};
use super::{Tab, area};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::i18n::T;
use crate::pages::asking::Ask;
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;

const GROUPS: &[Column] = &[
    column("name", T::Name),
    column("code", T::GroupCode),
    column("members", T::GroupMembers),
    column("filled_by", T::GroupFilledBy),
    column("meetings", T::MeetingsListTitle),
];

/// The address of a group's page: a code may hold anything that can be seen.
fn path_of(code: &str) -> String {
    let code: String = url::form_urlencoded::byte_serialize(code.as_bytes()).collect();
    format!("/admin/groups/{code}")
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("groups can't be read", e)
}

/// Rules fill it, or would be the only ones to.
const fn by_rules(group: &Group) -> bool {
    group.by_rules > 0 || !group.made
}

/// `GET /admin/groups`.
pub async fn list(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(listed(&web, &reader, asked).await)
}

async fn listed(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let mut groups = web.store.list_groups().await.map_err(down)?;
    groups.retain(|g| match asked.only.as_str() {
        "house" => !by_rules(g),
        "rules" => by_rules(g),
        "nobody" => g.members == 0,
        _ => true,
    });
    let meetings = web.read.all_meetings(None, usize::MAX, None).await?;
    let rows = groups.into_iter().map(|g| {
        let restricted = meetings
            .iter()
            .filter(|m| !m.cancelled && m.details.restrict_access_to_groups.0.contains(&g.code));
        row(&g, restricted.count())
    });
    let view = view(&reader.frame, rows.collect(), asked);
    Ok(answered(reader, &view))
}

fn row(g: &Group, meetings: usize) -> Vec<Cell> {
    vec![
        Cell::Link {
            to: path_of(&g.code),
            text: g.name.clone(),
        },
        Cell::Text(g.code.clone()),
        Cell::Number(g.members.into()),
        Cell::Word(filled_by(g)),
        Cell::Number(i64::try_from(meetings).unwrap_or(i64::MAX)),
    ]
}

const fn filled_by(g: &Group) -> T {
    if by_rules(g) { T::GroupByRules } else { T::GroupByHouse }
}

fn view(frame: &Frame, rows: Vec<Vec<Cell>>, asked: Asked) -> ListView {
    let below = html! {
        details id="add" {
            summary { (frame.t(T::GroupAdd)) }
            form method="post" class="form" data-api="/api/v1/groups/{code}" data-method="PUT" data-done=(frame.t(T::GroupAdded)) {
                (Ask { id: "new-name", name: "name", label: frame.t(T::Name), required: true, max: Some(NAME_MAX as u16), ..Ask::default() }.html())
                (Ask { id: "new-code", name: "code", label: frame.t(T::GroupCode), hint: Some(frame.t(T::GroupCodeHint)), required: true, max: Some(CODE_MAX as u16), ..Ask::default() }.html())
                button type="submit" class="main-act" { (frame.t(T::Add)) }
            }
        }
    };
    ListView {
        tab: Tab::Groups,
        path: "/admin/groups".into(),
        title: frame.t(T::Groups).to_owned(),
        lead: T::GroupsLead,
        columns: GROUPS,
        choices: &[
            ("house", T::GroupByHouse),
            ("rules", T::GroupByRules),
            ("nobody", T::GroupsEmpty),
        ],
        rows,
        asked,
        zone: String::new(),
        around: Around {
            below: Some(below),
            empty: &[T::NoGroup, T::NoGroupDo],
            ..Around::default()
        },
    }
}

/// Somebody in a group.
#[derive(Debug, Clone)]
pub struct MemberLine {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Administrators put them there, and may take them out.
    pub by_house: bool,
    /// Providers by whose rules they are there.
    pub by_rules: Vec<String>,
}

/// `/admin/groups/{code}`.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// Who is in it.
    pub members: Vec<MemberLine>,
    /// Meetings that are restricted to it: id and name.
    pub meetings: Vec<(String, String)>,
}

/// `GET /admin/groups/{code}`.
pub async fn one(State(web): State<Web>, reader: Reader, Path(code): Path<String>) -> Response {
    reader.answer(shown(&web, &reader, &code).await)
}

async fn shown(web: &Web, reader: &Reader, code: &str) -> Shown {
    reader.may(Role::administers)?;
    let groups = web.store.list_groups().await.map_err(down)?;
    let group = groups.into_iter().find(|g| g.code == code).ok_or(Code::NotFound)?;
    let held = web.store.group_members(code).await.map_err(down)?;
    let mut meetings = web.read.all_meetings(None, usize::MAX, None).await?;
    meetings.retain(|m| !m.cancelled && m.details.restrict_access_to_groups.0.contains(code));
    let people = held.iter().map(|m| m.person).chain(meetings.iter().map(|m| m.owner));
    let names = names(web, people.collect()).await?;
    let member = |m: Member| {
        Some(MemberLine {
            name: names.get(&m.person)?.clone(),
            id: m.person.to_string(),
            by_house: m.by_house,
            by_rules: m.by_rules,
        })
    };
    let mut members: Vec<MemberLine> = held.into_iter().filter_map(member).collect();
    members.sort_by_cached_key(|m| m.name.to_lowercase());
    let meetings = meetings
        .iter()
        .map(|m| (m.id.to_string(), name_of(&reader.frame, m, &names)));
    let view = GroupView {
        group,
        members,
        meetings: meetings.collect(),
    };
    Ok(reader.page(self::group(&reader.frame, &view)))
}

/// Renders one group.
pub fn group(frame: &Frame, view: &GroupView) -> Markup {
    let g = &view.group;
    let code: String = url::form_urlencoded::byte_serialize(g.code.as_bytes()).collect();
    let api = format!("/api/v1/groups/{code}");
    area(
        frame,
        Tab::Groups,
        &g.name,
        &["forms.js"],
        &html! {
            p { a href="/admin/groups" { "← " (frame.t(T::Groups)) } }
            h1 { (g.name) }
            p class="facts spaced" {
                span { (frame.t(T::GroupCode)) " " code { (g.code) } }
                span { (frame.t(T::GroupFilledBy)) " " strong { (frame.t(filled_by(g))) } }
            }
            div class="split" {
                div {
                    section id="members" data-fresh aria-labelledby="members-title" {
                        h2 id="members-title" { (frame.t(T::GroupMembers)) " (" (view.members.len()) ")" }
                        @if by_rules(g) { p class="callout" { (frame.t(T::GroupRulesLong)) } }
                        @if view.members.is_empty() { div class="empty" { p { (frame.t(T::GroupNobody)) } } } @else { (members(frame, view, &api)) }
                    }
                    @if !by_rules(g) {
                        section class="panel" aria-labelledby="enter" {
                            h2 id="enter" { (frame.t(T::GroupEnter)) }
                            form method="post" class="form" data-api={ (api) "/members" } data-done=(frame.t(T::GroupEntered)) {
                                (Ask { id: "person", name: "person", label: frame.t(T::Login), required: true, max: Some(100), ..Ask::default() }.html())
                                button type="submit" class="main-act" { (frame.t(T::Add)) }
                            }
                        }
                    }
                }
                div {
                    section class="panel" aria-labelledby="restricted" {
                        h2 id="restricted" { (frame.t(T::GroupMeetings)) }
                        @if view.meetings.is_empty() { p class="quiet" { (frame.t(T::GroupNoMeeting)) } } @else {
                            ul { @for (id, name) in &view.meetings { li { a href={ "/meetings/" (id) } { (name) } } } }
                        }
                    }
                    section class="panel" aria-labelledby="change" {
                        h2 id="change" { (frame.t(T::GroupRename)) }
                        form method="post" class="form" data-api=(api) data-method="PUT" data-goto=(path_of(&g.code)) data-done=(frame.t(T::Saved)) {
                            (Ask { id: "name", name: "name", label: frame.t(T::Name), value: &g.name, required: true, max: Some(NAME_MAX as u16), ..Ask::default() }.html())
                            button type="submit" class="main-act" { (frame.t(T::Save)) }
                        }
                    }
                    @if g.made {
                        section class="panel" aria-labelledby="delete" {
                            h2 id="delete" { (frame.t(T::GroupDelete)) }
                            p class="quiet" { (frame.t(T::GroupDeleteLong)) }
                            button type="button" class="danger" data-api=(api) data-method="DELETE" data-goto="/admin/groups" data-sure=(frame.f(T::SureRemove, &[("name", &g.name)]))
                                data-more=(frame.t(T::GroupDeleteLong)) data-done=(frame.f(T::Removed, &[("name", &g.name)])) { (frame.t(T::GroupDelete)) }
                        }
                    }
                }
            }
        },
    )
}

/// No table: what takes somebody out would stand outside of a phone's screen.
fn members(frame: &Frame, view: &GroupView, api: &str) -> Markup {
    html! {
        ul class="rows" { @for m in &view.members { li {
            span {
                a href={ "/admin/people/" (m.id) } { (m.name) }
                @if !m.by_rules.is_empty() { " " span class="quiet" { (frame.f(T::GroupByRulesOf, &[("providers", &m.by_rules.join(", "))])) } }
            }
            @if m.by_house {
                button type="button" id={ "out-" (m.id) } data-api={ (api) "/members/" (m.id) } data-method="DELETE" data-done=(frame.f(T::GroupLeft, &[("name", &m.name)])) {
                    (frame.t(T::GroupTakeOut)) span class="unseen" { " : " (m.name) }
                }
            }
        } } }
    }
}

fn sample(members: u32, by_rules: u32, made: bool) -> Group {
    Group {
        code: "maths-<b>&/2026".into(),
        name: "<b>Mathematics</b> of the very long name of a department".into(),
        members,
        by_rules,
        made,
    }
}

/// Examples of the list, all rendered by a test.
pub fn samples(frame: &Frame) -> Vec<ListView> {
    let rows = vec![
        row(&sample(0, 0, true), 0),
        row(&sample(2, 0, true), 3),
        row(&sample(120, 119, false), 1),
    ];
    vec![
        view(frame, rows, Asked::default()),
        view(frame, Vec::new(), Asked::default()),
    ]
}

impl GroupView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let member = |n: usize, by_house, by_rules: &[&str]| MemberLine {
            id: format!("01J0000000000000000000000{n}"),
            name: "Zoé <b>M</b> de la Très-Longue-Maison".into(),
            by_house,
            by_rules: by_rules.iter().map(|p| (*p).to_owned()).collect(),
        };
        vec![
            Self {
                group: sample(0, 0, true),
                members: vec![],
                meetings: vec![],
            },
            Self {
                group: sample(1, 0, true),
                members: vec![member(1, true, &[])],
                meetings: vec![("01J00000000000000000000002".into(), "<i>Cours</i>".into())],
            },
            Self {
                group: sample(3, 2, false),
                members: vec![
                    member(1, true, &[]),
                    member(2, true, &["cas"]),
                    member(3, false, &["cas", "<x>"]),
                ],
                meetings: vec![],
            },
        ]
    }
}
