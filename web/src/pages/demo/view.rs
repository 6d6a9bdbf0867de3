//! The demo's start page: five steps, and what can be broken.

use maud::{Markup, html};

use crate::demo::{DemoAct, SEEN_STEPS};
use crate::i18n::T;
use crate::pages::home;
use crate::pages::home::view::HomeView;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{Stage, badge, texts};

/// Who watches, who presents, who audits.
const STUDENT: &str = "marie";
const PRESENTER: &str = "grace";
const AUDITOR: &str = "rosalind";

/// `/` of a demo.
#[derive(Debug, Clone)]
pub struct StartView {
    /// The tour; `None` while the rooms are being opened.
    pub tour: Option<TourView>,
    /// Lives now and next, as on every start page.
    pub lives: HomeView,
}

/// The tour as it stands.
#[derive(Debug, Clone)]
pub struct TourView {
    /// The live.
    pub event: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// How many watch.
    pub viewers: u32,
    /// The gateway that makes its picture, or will.
    pub gateway: Option<String>,
    /// Name of the one who goes into the room.
    pub guide: String,
    /// Login of the reader.
    pub login: Option<String>,
    /// Login, password and role of the demo's accounts.
    pub accounts: Vec<(String, String, String)>,
    /// The acts in force.
    pub on: Vec<DemoAct>,
    /// The steps that were done.
    pub done: [bool; SEEN_STEPS],
    /// The auditor's command, for a shell.
    pub verify: String,
}

/// Title, what happens, what to watch, what the button says.
const fn words(act: DemoAct) -> (T, T, T, T) {
    match act {
        DemoAct::Gateway => (
            T::ActGateway,
            T::ActGatewayLong,
            T::ActGatewayWatch,
            T::ActGatewayButton,
        ),
        DemoAct::Stream => (T::ActStream, T::ActStreamLong, T::ActStreamWatch, T::ActStreamButton),
        DemoAct::Bbb => (T::ActBbb, T::ActBbbLong, T::ActBbbWatch, T::ActBbbButton),
        DemoAct::Crowd => (T::ActCrowd, T::ActCrowdLong, T::ActCrowdWatch, T::ActCrowdButton),
    }
}

/// Renders the start page.
pub fn start(frame: &Frame, view: &StartView) -> Markup {
    let dress = Dress {
        modules: if view.tour.is_some() { &["demo.js"] } else { &[] },
        refresh: None,
        ..Dress::default()
    };
    frame.page(
        frame.t(T::TourTitle),
        &dress,
        &html! {
            div class="hero" {
                h1 { (frame.t(T::TourTitle)) }
                p class="lead" { (frame.t(T::TourLead)) }
            }
            @match &view.tour {
                Some(tour) => { (steps(frame, tour)) (breakables(frame, tour)) }
                None => { p class="notice busy" role="status" { (frame.t(T::TourSoon)) " " a href="/" { (frame.t(T::TourReload)) } } }
            }
            (home::view::lists(frame, &view.lives))
        },
    )
}

fn steps(frame: &Frame, tour: &TourView) -> Markup {
    let live = format!("/live/{}", tour.event);
    let console = format!("{live}/console");
    let guide = [("name", tour.guide.as_str())];
    let room = html! {
        form method="post" action="/demo/room" target="amphi-room" {
            button type="submit" class="main-act" { (frame.f(T::TourRoomGo, &guide)) }
        }
    };
    html! {
        section aria-labelledby="tour" {
            h2 id="tour" { (frame.t(T::TourSteps)) }
            p class="quiet" { (frame.t(T::TourTabs)) }
            ol class="tour" {
                (step(frame, 1, tour.done[0], T::TourWatch, &html! { (frame.t(T::TourWatchLong)) }, frame.t(T::TourWatchLook),
                    &html! { (door(frame, tour, STUDENT, &live, "amphi-live", T::TourWatchGo)) }))
                (step(frame, 2, tour.done[1], T::TourRoom, &html! { (frame.f(T::TourRoomLong, &guide)) }, frame.t(T::TourRoomLook), &room))
                (step(frame, 3, tour.done[2], T::TourConsole, &html! { (frame.t(T::TourConsoleLong)) }, frame.t(T::TourConsoleLook),
                    &html! { (door(frame, tour, PRESENTER, &console, "amphi-console", T::TourConsoleGo)) }))
                (step(frame, 4, tour.done[3], T::TourBreak, &html! { (frame.t(T::TourBreakLong)) }, frame.t(T::TourBreakLook),
                    &html! { a class="button" href="#break" { (frame.t(T::TourBreakGo)) } }))
                (step(frame, 5, false, T::TourAudit, &html! {
                    (frame.f(T::TourAuditLong, &[("verify", frame.t(T::VerifyLog))])) " " code { (tour.verify) }
                }, frame.t(T::TourAuditLook), &html! { (door(frame, tour, AUDITOR, "/audit", "amphi-audit", T::TourAuditGo)) }))
            }
            p { (frame.t(T::DemoMailsLong)) " " a href="/demo/mails" { (frame.t(T::DemoMails)) } }
        }
    }
}

fn step(frame: &Frame, number: usize, done: bool, title: T, long: &Markup, look: &str, go: &Markup) -> Markup {
    html! {
        li class=(if done { "card step done" } else { "card step" }) data-step=(number) {
            h3 { (frame.t(title)) " " span class="badge good" hidden[!done] { (frame.t(T::TourDone)) } }
            p { (long) }
            p class="look" { strong { (frame.t(T::TourLook)) } " " (look) }
            div class="actions" { (go) }
        }
    }
}

/// To a page as somebody: a link for who is signed in as them, else the sign-in that any account takes.
fn door(frame: &Frame, tour: &TourView, login: &str, to: &str, tab: &str, label: T) -> Markup {
    let account = tour.accounts.iter().find(|a| a.0 == login);
    html! {
        @match account.filter(|_| tour.login.as_deref() != Some(login)) {
            Some((login, password, _)) => {
                form method="post" action="/login" target=(tab) {
                    input type="hidden" name="next" value=(to);
                    input type="hidden" name="login" value=(login);
                    input type="hidden" name="password" value=(password);
                    button type="submit" class="main-act" { (frame.t(label)) }
                }
            }
            None => { a class="button main-act" href=(to) target=(tab) { (frame.t(label)) } }
        }
    }
}

fn breakables(frame: &Frame, tour: &TourView) -> Markup {
    let live = format!("/live/{}", tour.event);
    let stages: Vec<(&str, T)> = Stage::ALL.iter().map(|s| (s.as_str(), s.short())).collect();
    let (one, many) = (frame.t(T::OneViewer), frame.t(T::ManyViewers));
    let viewers = if tour.viewers == 1 { one } else { many }.replace("{n}", &tour.viewers.to_string());
    let gateway = tour.gateway.as_deref().unwrap_or("–");
    html! {
        section aria-labelledby="break" id="acts" data-stages=(texts(frame.lang, &stages)) data-one=(one) data-many=(many)
            data-failed=(frame.t(T::ActFailedHere)) {
            h2 id="break" { (frame.t(T::TourBreakables)) }
            p class="meta" id="now-line" {
                strong { (tour.title) } " "
                (badge(frame, tour.stage)) " "
                span id="now-viewers" { (viewers) } " · "
                (frame.t(T::TourGateway)) " " span id="now-gateway" { (gateway) }
            }
            div class="actions" {
                a class="button" href=(live) target="amphi-live" { (frame.t(T::TourToLive)) }
                (door(frame, tour, PRESENTER, &format!("{live}/console"), "amphi-console", T::TourConsoleGo))
            }
            p id="act-problem" class="problem" role="alert" hidden {}
            ul class="cards acts" {
                @for act in DemoAct::ALL { (breakable(frame, act, tour.on.contains(&act))) }
            }
        }
    }
}

fn breakable(frame: &Frame, act: DemoAct, on: bool) -> Markup {
    let (title, long, watch, button) = words(act);
    let mend = if act == DemoAct::Crowd {
        T::ActCrowdMend
    } else {
        T::ActMend
    };
    let (begin, mend) = (frame.t(button), frame.t(mend));
    let state = |on| match (act, on) {
        (DemoAct::Crowd, true) => T::ActCrowdOn,
        (DemoAct::Crowd, false) => T::ActCrowdOff,
        (_, true) => T::ActOn,
        (_, false) => T::ActOff,
    };
    html! {
        li class=(if on { "card act on" } else { "card act" }) data-act=(act.as_str()) {
            header {
                h3 { (frame.t(title)) }
                span class=(if on { "badge late" } else { "badge" }) aria-live="polite" data-on=(frame.t(state(true))) data-off=(frame.t(state(false))) {
                    (frame.t(state(on)))
                }
            }
            p { (frame.t(long)) }
            p class="look" { strong { (frame.t(T::TourLook)) } " " (frame.t(watch)) }
            form method="post" action={ "/demo/acts/" (act.as_str()) } {
                input type="hidden" name="on" value=(if on { "false" } else { "true" });
                button type="submit" class=(if on { "main-act" } else { "danger" }) data-on=(mend) data-off=(begin) {
                    (if on { mend } else { begin })
                }
            }
        }
    }
}

impl StartView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let lives = || HomeView::samples().into_iter().next();
        let tour = |on: Vec<DemoAct>, done, login: Option<&str>| TourView {
            event: "01J00000000000000000000001".into(),
            title: "<b>Compilers & co</b>".into(),
            stage: if on.is_empty() { Stage::OnAir } else { Stage::Stalled },
            viewers: if on.is_empty() { 1 } else { 203 },
            gateway: (!on.is_empty()).then(|| "<i>g2</i>".into()),
            guide: "<u>Alan</u>".into(),
            login: login.map(str::to_owned),
            accounts: [STUDENT, PRESENTER, AUDITOR]
                .map(|l| (l.to_owned(), format!("{l}-demo"), "user".to_owned()))
                .to_vec(),
            on,
            done,
            verify: "amphi audit verify --data '/tmp/<x>'".into(),
        };
        let view = |tour| lives().map(|lives| Self { tour, lives });
        [
            view(None),
            view(Some(tour(vec![], [false; SEEN_STEPS], None))),
            view(Some(tour(
                vec![DemoAct::Gateway, DemoAct::Crowd],
                [true, true, false, true],
                Some(STUDENT),
            ))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
