//! `/admin/settings`: what is in force, where it comes from, and what it would be otherwise. Of a secret: whether it is set.

use amphi_events::person::Role;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};

use super::list::{Around, Asked, Cell, Column, ListView, answered};
use super::{Tab, area};
use crate::Web;
use crate::i18n::T;
use crate::in_force::{InForce, Section, Shown as Value, Whence};
use crate::pages::asking::wide_table;
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;
use crate::pages::parts::field;

/// The choice of what somebody set.
const SET_HERE: &str = "set";

const COLUMNS: &[Column] = &[
    Column {
        key: "setting",
        word: T::Setting,
    },
    Column {
        key: "section",
        word: T::SettingSection,
    },
    Column {
        key: "value",
        word: T::SettingValue,
    },
    Column {
        key: "default",
        word: T::SettingDefault,
    },
    Column {
        key: "from",
        word: T::SettingFrom,
    },
];

/// What a section is called, here and in `docs/settings.md`.
pub const fn word(section: Section) -> T {
    match section {
        Section::House => T::SettingsHouse,
        Section::Meetings => T::SettingsMeetings,
        Section::Appearance => T::SettingsAppearance,
        Section::Log => T::SettingsLog,
        Section::People => T::SettingsPeople,
        Section::SignIn => T::SettingsSignIn,
        Section::Live => T::SettingsLive,
        Section::Rooms => T::SettingsRooms,
        Section::Mail => T::SettingsMail,
        Section::Slides => T::SettingsSlides,
        Section::Import => T::SettingsImport,
        Section::Deadlines => T::SettingsDeadlines,
    }
}

fn whence(frame: &Frame, setting: &InForce) -> String {
    match &setting.whence {
        Whence::Default => frame.t(T::SettingByDefault).to_owned(),
        Whence::File(path) => frame.f(T::SettingByFile, &[("file", path)]),
        Whence::Environment => frame.t(T::SettingByEnvironment).to_owned(),
        Whence::CommandLine => frame.t(T::SettingByFlag).to_owned(),
        Whence::Demo => frame.t(T::SettingByDemo).to_owned(),
    }
}

fn value(frame: &Frame, setting: &InForce) -> String {
    match &setting.value {
        Value::Text(text) => text.clone(),
        Value::Secret(true) => frame.t(T::SettingSet).to_owned(),
        Value::Secret(false) => frame.t(T::SettingNotSet).to_owned(),
    }
}

/// `/admin/settings`.
#[derive(Debug, Clone)]
pub struct SettingsView {
    /// Every setting, section after section.
    pub settings: Vec<InForce>,
    /// What was asked for.
    pub asked: Asked,
}

impl SettingsView {
    /// Those that hold what is looked for.
    fn chosen(&self, frame: &Frame) -> Vec<&InForce> {
        let wanted = self.asked.q.trim().to_lowercase();
        let holds = |s: &&InForce| {
            let texts = [
                s.env(),
                s.doc.to_owned(),
                value(frame, s),
                whence(frame, s),
                frame.t(word(s.section)).to_owned(),
            ];
            (self.asked.only != SET_HERE || s.differs())
                && (wanted.is_empty() || texts.iter().any(|t| t.to_lowercase().contains(&wanted)))
        };
        self.settings.iter().filter(holds).collect()
    }

    /// The file: the same rows, as of every list.
    fn as_list(&self, frame: &Frame) -> ListView {
        let row = |s: &InForce| {
            vec![
                Cell::Text(s.env()),
                Cell::Word(word(s.section)),
                Cell::Text(value(frame, s)),
                Cell::Text(s.default.to_owned()),
                Cell::Text(whence(frame, s)),
            ]
        };
        ListView {
            tab: Tab::Settings,
            path: "/admin/settings".into(),
            title: frame.t(T::Settings).to_owned(),
            lead: T::SettingsLead,
            columns: COLUMNS,
            choices: &[],
            rows: self.chosen(frame).into_iter().map(row).collect(),
            asked: Asked {
                q: String::new(),
                ..self.asked.clone()
            },
            zone: "UTC".into(),
            around: Around::default(),
        }
    }
}

/// `GET /admin/settings`.
pub async fn show(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(shown(&web, &reader, asked))
}

fn shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let view = SettingsView {
        settings: web.settings.in_force.to_vec(),
        asked,
    };
    if view.asked.wants_csv() {
        return Ok(answered(reader, &view.as_list(&reader.frame)));
    }
    Ok(reader.page(settings(&reader.frame, &view)))
}

/// Renders the page.
pub fn settings(frame: &Frame, view: &SettingsView) -> Markup {
    let chosen = view.chosen(frame);
    let only = view.asked.only == SET_HERE;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, text) in [("q", &view.asked.q), ("only", &view.asked.only)] {
        if !text.is_empty() {
            query.append_pair(name, text);
        }
    }
    let csv = format!("/admin/settings?{}", query.append_pair("format", "csv").finish());
    area(
        frame,
        Tab::Settings,
        frame.t(T::Settings),
        &[],
        &html! {
            h1 { (frame.t(T::Settings)) }
            p class="lead" { (frame.t(T::SettingsLead)) }
            search { form method="get" action="/admin/settings" class="row" {
                (field(frame.t(T::ListFind), &html! { input type="search" name="q" value=(view.asked.q) spellcheck="false" autocapitalize="none"; }))
                (field(frame.t(T::ListOnly), &html! { select name="only" {
                    option value="" { (frame.t(T::ListAll)) }
                    option value=(SET_HERE) selected[only] { (frame.t(T::SettingsSetHere)) }
                } }))
                button type="submit" { (frame.t(T::Show)) }
            } }
            @if chosen.is_empty() { div class="empty" { p { (frame.t(T::ListNothing)) } } }
            @for section in chosen.chunk_by(|a, b| a.section == b.section) {
                @if let Some(first) = section.first() { (one_section(frame, first.section, section)) }
            }
            p class="facts" {
                span { (frame.f(T::SettingsCount, &[("count", &chosen.len().to_string()), ("all", &view.settings.len().to_string())])) }
                a href=(csv) download { (frame.t(T::ListCsv)) }
            }
        },
    )
}

fn one_section(frame: &Frame, section: Section, settings: &[&InForce]) -> Markup {
    let title = frame.t(word(section));
    html! {
        section class="settings" {
            h2 { (title) }
            (wide_table(title, &html! { table {
                thead { tr { @for key in [T::Setting, T::SettingValue, T::SettingFrom] { th scope="col" { (frame.t(key)) } } } }
                tbody { @for s in settings { tr {
                    // What a setting does is said in the language of the documentation.
                    th scope="row" { code { (s.env()) } span class="quiet" lang="en" { (s.doc) " (" (s.form) ")" } }
                    td { (valued(frame, s)) }
                    td { (whence(frame, s)) }
                } } }
            } }))
        }
    }
}

fn valued(frame: &Frame, s: &InForce) -> Markup {
    let empty = || html! { span class="quiet" { (frame.t(T::SettingEmpty)) } };
    html! {
        @match &s.value {
            Value::Secret(true) => { span class="badge good" { (frame.t(T::SettingSet)) } }
            Value::Secret(false) => { span class="badge" { (frame.t(T::SettingNotSet)) } }
            Value::Text(text) => {
                @if text.is_empty() { (empty()) } @else { code { (text) } }
                @if s.differs() {
                    span class="quiet otherwise" { (frame.t(T::SettingDefaultIs)) " " @if s.default.is_empty() { (empty()) } @else { code { (s.default) } } }
                }
            }
        }
    }
}

impl SettingsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let setting = |name, section, value, default, whence| InForce {
            name,
            section,
            form: "text",
            doc: "Says `what` it <b>does</b>, in a sentence that is long enough to need a second line on most screens.",
            default,
            value,
            whence,
        };
        let text = |t: &str| Value::Text(t.to_owned());
        let file = Whence::File("/etc/amphi/<u>amphi</u>.toml".into());
        let rules = "affiliation=faculty -> staff, affiliation=* -> group:*, a-very-long-word-without-any-place-to-break-it@cas=1 -> user";
        let settings = vec![
            setting(
                "public_url",
                Section::House,
                text("https://live.univ.example"),
                "",
                Whence::Environment,
            ),
            setting("bbb_secret", Section::House, Value::Secret(true), "", file.clone()),
            setting(
                "time_zone",
                Section::House,
                text("Indian/Reunion"),
                "Europe/Paris",
                Whence::CommandLine,
            ),
            setting("sign_in_rules", Section::SignIn, text(rules), "<i>x</i>", file),
            setting(
                "ldap_password",
                Section::SignIn,
                Value::Secret(false),
                "",
                Whence::Default,
            ),
            setting(
                "listen",
                Section::Live,
                text("127.0.0.1:8000"),
                "127.0.0.1:8000",
                Whence::Demo,
            ),
            setting("s3_endpoint", Section::Slides, text(""), "", Whence::Default),
        ];
        let nothing = Asked {
            q: "\"><b>".into(),
            only: SET_HERE.into(),
            ..Asked::default()
        };
        vec![
            Self {
                settings: settings.clone(),
                asked: Asked::default(),
            },
            Self {
                settings,
                asked: nothing,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::frame;

    fn names(view: &SettingsView, q: &str, only: &str) -> Vec<&'static str> {
        let mut view = view.clone();
        (view.asked.q, view.asked.only) = (q.to_owned(), only.to_owned());
        view.chosen(&frame()).iter().map(|s| s.name).collect()
    }

    #[test]
    fn settings_are_found_by_name_value_source_and_by_being_set() {
        let view = SettingsView::samples().remove(0);
        assert_eq!(names(&view, "AMPHI_TIME", ""), ["time_zone"]);
        assert_eq!(names(&view, "reunion", ""), ["time_zone"]);
        assert_eq!(names(&view, "/etc/amphi", ""), ["bbb_secret", "sign_in_rules"]);
        assert_eq!(
            names(&view, "", SET_HERE),
            ["public_url", "bbb_secret", "time_zone", "sign_in_rules"]
        );
        assert_eq!(names(&view, "nothing of the kind", ""), Vec::<&str>::new());
    }
}
