//! How the form of a meeting looks: what to know beside it, what is wrong beside its field and above them all.

use amphi_events::Time;
use amphi_events::meeting;
use maud::{Markup, html};

use super::find::{self, finder};
use super::form::{GROUP, LOST, MeetingForm, Wrong};
use super::{options, repeat};
use crate::fields::FormFields;
use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::texts;

/// `/meetings/new` and `/meetings/{id}/edit`.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The meeting, where it exists.
    pub id: Option<String>,
    /// What stands in the fields.
    pub form: MeetingForm,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
    /// A session runs: some things wait until it is over.
    pub running: bool,
    /// A person's own room: it keeps its name and has no time.
    pub personal: bool,
    /// Webinars may be planned: who may not is shown nothing of them (census §2.5).
    pub webinars: bool,
    /// Some media server shows a picture to whoever knows its address.
    pub open: bool,
    /// Groups that it can be open to: code and name.
    pub groups: Vec<(String, String)>,
    /// Where the options of the room stand.
    pub fields: FormFields,
}

/// One field: label, hint, error, and the input between them that names both.
pub(super) struct Line<'a> {
    pub name: &'static str,
    pub label: T,
    pub hint: Option<T>,
    pub view: &'a FormView,
}

impl Line<'_> {
    pub fn wrong(&self) -> impl Iterator<Item = &Wrong> {
        self.view.wrong.iter().filter(|w| w.field == self.name)
    }

    /// `aria-invalid`.
    pub fn invalid(&self) -> Option<&'static str> {
        self.wrong().next().map(|_| "true")
    }

    /// `aria-describedby`.
    pub fn described(&self, more: &str) -> Option<String> {
        let mut ids = vec![];
        if self.invalid().is_some() {
            ids.push(format!("{}-wrong", self.name));
        }
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        if !more.is_empty() {
            ids.push(more.to_owned());
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub fn render(&self, frame: &Frame, input: &Markup) -> Markup {
        html! {
            div class="field" {
                label for=(self.name) { (frame.t(self.label)) }
                (input)
                @for w in self.wrong() { p class="wrong" id={ (self.name) "-wrong" } { (w.text) } }
                @if let Some(hint) = self.hint { p class="hint" id={ (self.name) "-hint" } { (frame.t(hint)) } }
            }
        }
    }
}

/// A box with its hint.
pub(super) fn tick(frame: &Frame, name: &str, key: T, hint: Option<T>, on: bool) -> Markup {
    let described = hint.map(|_| format!("{name}-hint"));
    html! {
        div class="tick-field" {
            label class="tick" { input type="checkbox" id=(name) name=(name) value="on" checked[on] aria-describedby=[described.as_deref()]; span { (frame.t(key)) } }
            @if let Some(hint) = hint { p class="hint" id={ (name) "-hint" } { (frame.t(hint)) } }
        }
    }
}

/// Renders the form.
pub fn form(frame: &Frame, view: &FormView) -> Markup {
    let title = frame.t(match &view.id {
        Some(_) => T::EditMeeting,
        None if view.webinars => T::PlanTitle,
        None => T::PlanMeeting,
    });
    let action = view
        .id
        .as_ref()
        .map_or("/meetings/new".to_owned(), |id| format!("/meetings/{id}/edit"));
    let back = view
        .id
        .as_ref()
        .map_or("/meetings".to_owned(), |id| format!("/meetings/{id}"));
    let dress = Dress {
        modules: &["planning.js", find::SCRIPT],
        ..Dress::default()
    };
    let page_title = if view.wrong.is_empty() {
        title.to_owned()
    } else {
        format!("{} – {title}", summary_title(frame, view.wrong.len()))
    };
    frame.page(&page_title, &dress, &html! {
        h1 { (title) }
        (summary(frame, view))
        div class="split planning" {
            form method="post" action=(action) class="form" id="meeting-form" novalidate[!view.wrong.is_empty()] data-except=[view.id.as_deref()] data-texts=(words(frame)) {
                @if let Some(lost) = view.form.more.get(LOST) { input type="hidden" name=(LOST) value=(lost); }
                @if !view.form.once.is_empty() { input type="hidden" name="once" value=(view.form.once); }
                @if !view.form.version.is_empty() { input type="hidden" name="version" value=(view.form.version); }
                @if view.personal { (fixed(frame, view)) } @else { (what(frame, view)) (when(frame, view)) }
                (who(frame, view))
                (options::sections(frame, view))
                div class="actions" { button type="submit" class="main-act" id="save" { (frame.t(T::Save)) } a class="button" href=(back) { (frame.t(T::Back)) } }
            }
            @if !view.personal && view.webinars { (aside(frame)) }
        }
    })
}

fn summary_title(frame: &Frame, n: usize) -> String {
    frame.f(
        if n == 1 { T::ProblemsOne } else { T::ProblemsMany },
        &[("n", &n.to_string())],
    )
}

/// What is wrong, with ways to the fields. It takes the focus, so that nobody looks for why the form came back.
fn summary(frame: &Frame, view: &FormView) -> Markup {
    html! {
        @if !view.wrong.is_empty() {
            div class="problem" id="form-problems" role="alert" tabindex="-1" autofocus {
                p { strong { (summary_title(frame, view.wrong.len())) } }
                ul { @for w in &view.wrong {
                    li { @if w.field.is_empty() { (w.text) } @else { a href={ "#" (w.field) } { (w.text) } } }
                } }
                p { (frame.t(T::NothingLost)) }
            }
        }
    }
}

/// What a personal room has once and for all goes back as it came; of the rest only the description is left.
fn fixed(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.form;
    let description = Line {
        name: "description",
        label: T::Description,
        hint: Some(T::HintDescription),
        view,
    };
    html! {
        @for (name, value) in [("name", &f.name), ("starts_at", &f.starts_at), ("minutes", &f.minutes), ("time_zone", &f.time_zone)] {
            input type="hidden" name=(name) value=(value);
        }
        fieldset {
            legend { (frame.t(T::PersonalRoom)) }
            p class="hint" { (frame.t(T::PersonalStays)) }
            (description.render(frame, &html! {
                textarea id="description" name="description" rows="3" maxlength=(meeting::TEXT_MAX)
                    aria-invalid=[description.invalid()] aria-describedby=[description.described("")] { (f.description) }
            }))
        }
    }
}

fn what(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.form;
    let line = |name, label, hint| Line {
        name,
        label,
        hint,
        view,
    };
    let (name, description) = (
        line("name", T::Name, None),
        line("description", T::Description, Some(T::HintDescription)),
    );
    let kind = |id: &str, value: &str, on: bool, title: T, long: T| {
        html! {
            label class="kind" {
                input type="radio" name="is_webinar" id=(id) value=(value) checked[on] disabled[view.running && !on] aria-describedby={ (id) "-long" };
                span class="kind-title" { (frame.t(title)) }
                span class="hint" id={ (id) "-long" } { (frame.t(long)) }
            }
        }
    };
    html! {
        fieldset {
            legend { (frame.t(T::PlanWhat)) }
            (name.render(frame, &html! {
                input id="name" name="name" required minlength=(meeting::NAME_MIN) maxlength=(meeting::NAME_MAX) value=(f.name)
                    aria-invalid=[name.invalid()] aria-describedby=[name.described("")];
            }))
            @if view.webinars {
                div class="kinds" role="radiogroup" aria-label=(frame.t(T::PlanWhat)) {
                    (kind("kind-webinar", "on", f.webinar(), T::KindWebinar, T::KindWebinarLong))
                    (kind("kind-meeting", "", !f.webinar(), T::KindMeeting, T::KindMeetingLong))
                }
            }
            @if view.webinars && view.running { p class="hint" { (frame.t(T::KindFixed)) } }
            (description.render(frame, &html! {
                textarea id="description" name="description" rows="3" maxlength=(meeting::TEXT_MAX)
                    aria-invalid=[description.invalid()] aria-describedby=[description.described("")] { (f.description) }
            }))
        }
    }
}

fn when(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.form;
    let line = |name, label, hint| Line {
        name,
        label,
        hint,
        view,
    };
    let (start, minutes) = (
        line("starts_at", T::StartsAt, None),
        line("minutes", T::Minutes, Some(T::HintMinutes)),
    );
    let zone = line("time_zone", T::TimeZone, Some(T::HintZone));
    html! {
        fieldset {
            legend { (frame.t(T::PlanWhen)) }
            div class="row first" {
                (start.render(frame, &html! {
                    input type="datetime-local" id="starts_at" name="starts_at" required value=(f.starts_at) aria-invalid=[start.invalid()] aria-describedby=[start.described("slot")];
                }))
                (minutes.render(frame, &html! {
                    input type="number" id="minutes" name="minutes" required min="1" max="1440" value=(f.minutes) list="durations" inputmode="numeric"
                        aria-invalid=[minutes.invalid()] aria-describedby=[minutes.described("")];
                    datalist id="durations" { @for m in [30, 45, 60, 90, 120, 180, 240] { option value=(m) {} } }
                }))
            }
            (repeat::part(frame, view))
            (zone.render(frame, &html! {
                input id="time_zone" name="time_zone" required value=(f.time_zone) list="zones" spellcheck="false" autocomplete="off" autocapitalize="none"
                    aria-invalid=[zone.invalid()] aria-describedby=[zone.described("")];
                datalist id="zones" { @for z in zones() { option value=(z) {} } }
            }))
            button type="button" id="own-zone" class="small" hidden {}
            // Filled while somebody types; without script the page after saving says it.
            div id="slot" class="slot" role="status" hidden {}
            div id="slot-offers" class="actions slot-offers" hidden {}
        }
    }
}

/// Cities as people know them; old names, and zones that are no place, are understood too but not proposed.
fn zones() -> impl Iterator<Item = &'static str> {
    let places = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    chrono_tz::TZ_VARIANTS
        .iter()
        .map(|z| z.name())
        .filter(move |z| *z == "UTC" || places.iter().any(|p| z.starts_with(p)))
}

fn who(frame: &Frame, view: &FormView) -> Markup {
    let f = &view.form;
    let people = Line {
        name: "presenters",
        label: T::CoOwnersLogins,
        hint: Some(T::HintCoOwners),
        view,
    };
    html! {
        fieldset {
            legend { (frame.t(T::PlanWho)) }
            @if !view.personal && view.webinars { (tick(frame, "enable_chat", T::EnableChat, Some(T::HintChat), f.enable_chat.is_some())) }
            (tick(frame, "is_restricted", T::IsRestricted, Some(if view.open { T::HintRestrictedOpen } else { T::HintRestricted }), f.is_restricted.is_some()))
            (groups(frame, view))
            (people.render(frame, &html! {
                input id="presenters" name="presenters" value=(f.presenters) spellcheck="false" autocapitalize="none" autocomplete="off"
                    aria-invalid=[people.invalid()] aria-describedby=[people.described("")];
            }))
            (finder(frame, "presenters", true))
            (options::main(frame, view))
        }
    }
}

/// Groups by their names; one that is gone can still be unticked.
fn groups(frame: &Frame, view: &FormView) -> Markup {
    let ticked = view.form.groups();
    let gone = ticked
        .iter()
        .filter(|code| !view.groups.iter().any(|(c, _)| c == *code));
    let all: Vec<(&str, &str)> = view
        .groups
        .iter()
        .map(|(code, name)| (code.as_str(), name.as_str()))
        .chain(gone.map(|code| (code.as_str(), code.as_str())))
        .collect();
    let line = Line {
        name: "groups",
        label: T::Groups,
        hint: Some(T::HintGroups),
        view,
    };
    html! {
        @if !all.is_empty() {
            fieldset id="groups" class="groups" aria-describedby=[line.described("")] {
                legend { (frame.t(line.label)) }
                @for (code, name) in all {
                    label class="tick" { input type="checkbox" name={ (GROUP) (code) } value="on" checked[ticked.iter().any(|t| t == code)]; span { (name) } }
                }
                @for w in line.wrong() { p class="wrong" id="groups-wrong" { (w.text) } }
                p class="hint" id="groups-hint" { (frame.t(T::HintGroups)) }
            }
        }
    }
}

/// What a webinar is, and what goes wrong when nobody says it (seed 002).
fn aside(frame: &Frame) -> Markup {
    let part = |title: T, long: T| html! { dt { (frame.t(title)) } dd { (frame.t(long)) } };
    html! {
        aside class="panel aside" aria-labelledby="aside-title" {
            h2 id="aside-title" { (frame.t(T::AsideTitle)) }
            dl class="stacked parties" {
                (part(T::AsidePresenters, T::AsidePresentersLong))
                (part(T::AsideGateway, T::AsideGatewayLong))
                (part(T::AsideAudience, T::AsideAudienceLong))
            }
            h3 { (frame.t(T::AsideAdvice)) }
            ul class="advice" { @for key in [T::AdviceNoBreakout, T::AdviceEnd, T::AdviceGuests, T::AdviceTest] { li { (frame.t(key)) } } }
        }
    }
}

/// What `planning.js` says.
fn words(frame: &Frame) -> String {
    texts(
        frame.lang,
        &[
            ("asking", T::SlotAsking),
            ("free", T::SlotFree),
            ("free_many", T::SlotFreeMany),
            ("none", T::SlotNone),
            ("none_long", T::SlotNoneLong),
            ("no_gateways", T::SlotNoGateways),
            ("take", T::SlotTake),
            ("next", T::NextFree),
            ("unknown", T::SlotUnknown),
            ("ends", T::SlotEnds),
            ("past", T::TimePast),
            ("skips", T::ClockSkips),
            ("twice", T::ClockTwice),
            ("bad_zone", T::BadZone),
            ("bad_minutes", T::BadDuration),
            ("use_zone", T::UseZone),
        ],
    )
}

impl FormView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let fresh = MeetingForm::fresh(Time(1_795_000_000_000), "Europe/Paris", &meeting::Options::default());
        let fields = FormFields::new(&["guest_policy", "record", "mute_on_start"], &[]);
        let wrong = ["", "name", "starts_at", "time_zone", "presenters", "welcome_text"];
        vec![
            Self {
                id: None,
                form: MeetingForm {
                    once: "01J00000000000000000000003".into(),
                    ..fresh.clone()
                },
                wrong: vec![],
                running: false,
                personal: false,
                webinars: true,
                open: true,
                groups: vec![("maths".into(), "<b>Maths</b>".into())],
                fields: fields.clone(),
            },
            Self {
                id: Some("01J00000000000000000000002".into()),
                form: MeetingForm {
                    version: "01J00000000000000000000004".into(),
                    name: "\"><script>x</script>".into(),
                    is_webinar: Some("on".into()),
                    ..fresh.clone()
                },
                wrong: wrong.map(|field| Wrong::at(field, "<b>no</b>".into())).to_vec(),
                running: true,
                personal: false,
                webinars: true,
                open: true,
                groups: vec![("maths".into(), "<b>Maths</b>".into())],
                fields: FormFields::new(&[], &["record"]),
            },
            Self {
                id: None,
                form: MeetingForm {
                    is_webinar: None,
                    presenters: "<b>".into(),
                    ..fresh.clone()
                },
                wrong: vec![Wrong::at("minutes", "<i>no</i>".into())],
                running: false,
                personal: false,
                webinars: false,
                open: true,
                groups: vec![("maths".into(), "<b>Maths</b>".into())],
                fields: fields.clone(),
            },
            Self {
                id: Some("01J00000000000000000000002".into()),
                form: MeetingForm {
                    is_webinar: None,
                    name: "<b>".into(),
                    ..fresh
                },
                wrong: vec![Wrong::at("", "<i>no</i>".into())],
                running: true,
                personal: true,
                webinars: false,
                open: true,
                groups: vec![],
                fields,
            },
        ]
    }
}
