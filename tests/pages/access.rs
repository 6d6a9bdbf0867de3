//! Every page for everybody: axe finds nothing, in both languages, light and dark; nothing scrolls sideways at
//! 320 px; text of twice the size is neither cut nor covered; the focus is seen also in forced colours; who asks for
//! less motion gets none.
//!
//! Pages are found as people find them, by links from the start page, for every role; and each state of each page
//! through the style guide, which shows the samples that the render test renders.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::story::world;
use crate::harness::{Browser, Chrome, Look, TAB, World, browsing};

const CHECKS: &str = include_str!("checks.js");
const LANGUAGES: [&str; 2] = ["fr", "en"];

fn axe() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}: `ops/test` installs it", file.display()))
}

/// A browser that looks at pages closely, and what it found.
struct Eye {
    browser: Arc<Browser>,
    axe: String,
    found: Vec<String>,
    /// Kinds of pages that somebody looked at.
    kinds: BTreeSet<String>,
    looked: usize,
}

impl Eye {
    async fn new(chrome: &Chrome, world: &World, name: &str) -> Self {
        let browser = chrome.browser(world, name, Look::default()).await;
        // A page that says that there is none is a page too.
        browser.forgive("the server responded with a status of 40");
        Self {
            browser,
            axe: axe(),
            found: vec![],
            kinds: BTreeSet::new(),
            looked: 0,
        }
    }

    fn take(&mut self, at: &str, what: &str, found: &Value) {
        for one in found.as_array().expect("a list") {
            // The robot's page has no reader, and must turn by itself where no script runs.
            let for_robots = at.contains("/robot/") && one.as_str().is_some_and(|f| f.starts_with("meta-refresh"));
            if for_robots {
                continue;
            }
            self.found
                .push(format!("{at}: {what}: {}", one.as_str().unwrap_or_default()));
        }
    }

    async fn check(&mut self, at: &str, name: &str) {
        let found = self.browser.js(&format!("return checks.{name}()")).await;
        self.take(at, name, &found);
    }

    async fn axed(&mut self, at: &str, rules: Value) {
        let script = "axed(arguments[0], arguments[arguments.length - 1])";
        let found = self.browser.js_later(script, vec![rules]).await;
        self.take(at, "axe", &found);
    }

    async fn scheme(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let still = ("prefers-reduced-motion", "reduce");
        self.browser.media(&[("prefers-color-scheme", scheme), still]).await;
    }

    /// Looks at the page that is open, from all sides; `rest` also at what is the same in every language.
    async fn look_here(&mut self, at: &str, rest: bool) {
        self.looked += 1;
        self.browser.js(&self.axe).await;
        self.browser.js(CHECKS).await;
        self.scheme(false).await;
        self.axed(at, Value::Null).await;
        self.check(at, "overlap").await;
        self.browser.width(320).await;
        self.check(&format!("{at} at 320 px"), "sideways").await;
        self.browser.width(1280).await;
        self.browser
            .js("document.documentElement.style.fontSize = '200%'")
            .await;
        let large = format!("{at} with text of twice the size");
        for name in ["sideways", "cut", "overlap"] {
            self.check(&large, name).await;
        }
        self.browser.js("document.documentElement.style.fontSize = ''").await;
        if !rest {
            return;
        }
        self.check(at, "motion").await;
        self.scheme(true).await;
        self.axed(&format!("{at}, dark"), json!(["color-contrast"])).await;
        self.browser.media(&[("forced-colors", "active")]).await;
        // The tabulator once, so that focus means that of a keyboard.
        self.browser.key(TAB).await;
        self.check(&format!("{at} in forced colours"), "focus").await;
        self.scheme(false).await;
        self.check(at, "focus").await;
    }

    async fn look_at(&mut self, path: &str, who: &str, lang: &str, rest: bool) {
        self.browser.open(path).await;
        let spoken = self.browser.js("return document.documentElement.lang").await;
        let at = format!("{path} for {who} in {lang}");
        // The robot's page speaks English to everybody, and so does the interface's reference.
        if spoken != lang && !path.contains("robot") && !path.starts_with("/api/") {
            self.found.push(format!("{at}: it speaks {spoken}"));
        }
        self.look_here(&at, rest).await;
    }

    async fn languages(&self, lang: &'static str) {
        self.browser
            .look(Look {
                lang,
                ..Look::default()
            })
            .await;
    }

    #[track_caller]
    fn judged(self) {
        println!("looked at {} pages", self.looked);
        assert!(
            self.found.is_empty(),
            "{} findings:\n{}",
            self.found.len(),
            self.found.join("\n")
        );
    }
}

/// A path with its ids taken out: one page of a kind is looked at.
fn kind(path: &str) -> String {
    let part = |p: &str| {
        let id = p.len() == 26 && p.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let number = !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
        if id || number { "*".to_owned() } else { p.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// All that can be reached from `/` and from some more, one of a kind; what others saw is looked at again where it is
/// asked for, or is the start page.
async fn walk(eye: &mut Eye, who: &str, more: &[String]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next: VecDeque<String> = std::iter::once("/".to_owned()).chain(more.iter().cloned()).collect();
    while let Some(path) = next.pop_front() {
        // What the style guide shows has a test of its own; a join leaves the house; the rest are no pages.
        let elsewhere = [
            "/admin/styleguide/",
            "/assets/",
            "/join/",
            "/robot",
            "/api/openapi",
            "/api/v1/",
            "/health/",
            "/metrics",
        ];
        if elsewhere.iter().any(|e| path.starts_with(e)) && !more.contains(&path) {
            continue;
        }
        let new = eye.kinds.insert(kind(&path)) || path == "/" || more.contains(&path);
        if !new || !seen.insert(path.clone()) {
            continue;
        }
        eye.look_at(&path, who, "fr", true).await;
        let links = eye.browser.js("return checks.links()").await;
        next.extend(
            links
                .as_array()
                .expect("links")
                .iter()
                .filter_map(|l| l.as_str().map(str::to_owned)),
        );
    }
    eye.languages("en").await;
    for path in &seen {
        eye.look_at(path, who, "en", false).await;
    }
    eye.languages("fr").await;
    seen
}

#[tokio::test]
async fn every_page_that_people_reach() {
    browsing(world().await, async |world, chrome| {
        world.server.person("rosa", "Rosa Auditrice", "auditor").await;
        let future = json!({ "name": "Demain", "starts_at": crate::harness::rfc3339(86_400), "duration_s": 3600,
            "is_webinar": true, "enable_chat": true });
        let future = world.presenter.post("/meetings", &future).await.ok();
        let future = future["event"].as_str().expect("a live").to_owned();
        let over = world.plan("Terminé").await;
        world.start(&over).await;
        world.open(&over).await;
        world.end(&over).await;
        world.all_quiet(std::time::Duration::from_secs(20)).await;
        let plan = world.plan("Sur les ondes").await;
        world.on_air(&plan).await;

        // A live without a room, with everything that its page can have.
        let building = world.admin.post("/buildings", &json!({ "name": "Bâtiment A" })).await.ok();
        let hall = json!({ "name": "Amphi A", "hls_url": "http://127.0.0.1:9/hall.m3u8", "plannable": true, "building": building["id"] });
        let hall = world.admin.post("/broadcasters", &hall).await.ok();
        let hall = hall["id"].as_str().expect("a broadcaster").to_owned();
        let fed = json!({ "title": "Portes ouvertes", "broadcaster": hall, "starts_at": crate::harness::rfc3339(0),
            "ends_at": crate::harness::rfc3339(7200), "is_draft": false, "description": "Toute la journée." });
        let fed = world.presenter.post("/live", &fed).await.ok()["event"].as_str().expect("a live").to_owned();
        let pinned = json!({ "text": "Reprise à dix heures" });
        world.presenter.post(&format!("/live/{fed}/announcements"), &pinned).await.ok();
        let later = json!({ "title": "Sur mot de passe", "broadcaster": hall, "starts_at": crate::harness::rfc3339(9000),
            "ends_at": crate::harness::rfc3339(9900), "is_draft": false, "password": "ouvre-toi" });
        let later = world.presenter.post("/live", &later).await.ok()["event"].as_str().expect("a live").to_owned();

        let mut eye = Eye::new(chrome, world, "eye").await;
        let live = |event: &str, rest: &str| format!("/live/{event}{rest}");
        let lives = [
            live(&plan.event, ""),
            live(&plan.event, "/embed"),
            live(&future, ""),
            live(&over.event, ""),
            live(&fed, ""),
            live(&later, ""),
            live(&later, "/embed"),
            "/live?when=past".to_owned(),
        ];
        let nothing = ["/login".to_owned(), "/nothing-here".to_owned()];
        let join = format!("/join/{}", plan.meeting);
        let anonymous: Vec<String> = lives.iter().cloned().chain(nothing).chain([join.clone()]).collect();
        walk(&mut eye, "nobody", &anonymous).await;

        let mine = ["/meetings", "/meetings/new", "/account", "/logout"].map(str::to_owned);
        let consoles = [
            live(&plan.event, "/console"),
            live(&future, "/console"),
            live(&over.event, "/console"),
        ];
        let meeting = format!("/meetings/{}", plan.meeting);
        let presenters: Vec<String> = mine
            .into_iter()
            .chain(consoles)
            .chain([
                lives[0].clone(),
                meeting.clone(),
                format!("{meeting}/edit"),
                format!("{meeting}/recordings"),
            ])
            .chain(["/live?mine=1".to_owned(), "/live/new".to_owned(), live(&fed, "/edit"), live(&plan.event, "/edit"), live(&fed, "")])
            .chain([format!("/broadcasters/{hall}/now")])
            .collect();
        let who = [
            ("paul", presenters),
            ("emmy", vec![lives[0].clone(), "/admin".to_owned()]),
            ("rosa", vec!["/audit".to_owned()]),
            (
                "ada",
                vec!["/admin".to_owned(), "/audit".to_owned(), "/admin/styleguide".to_owned()],
            ),
        ];
        for (login, more) in who {
            eye.browser.forget().await;
            eye.browser.sign_in(login, "/live").await;
            let seen = walk(&mut eye, login, &more).await;
            println!("{login}: {seen:#?}");
        }
        eye.judged();
    })
    .await;
}

/// Samples of every page, in one language: two tests, so that they run beside each other.
async fn samples(lang: &'static str) {
    browsing(world().await, async |world, chrome| {
        let mut eye = Eye::new(chrome, world, lang).await;
        eye.languages(lang).await;
        // Samples name films and frames of other houses, which the style guide's own policy does not let in.
        for host in ["films.univ.example", "quiz.univ.example"] {
            eye.browser.forgive(host);
        }
        eye.browser.sign_in("ada", "/admin/styleguide").await;
        let links = eye
            .browser
            .js("return [...document.querySelectorAll('a[href^=\"/admin/styleguide/\"]')].map((a) => a.pathname)")
            .await;
        let links: Vec<String> = serde_json::from_value(links).expect("links");
        assert!(links.len() > 30, "the style guide shows every page: {links:?}");
        for path in links.iter().collect::<BTreeSet<_>>() {
            eye.look_at(path, "ada", lang, lang == LANGUAGES[0]).await;
        }
        eye.judged();
    })
    .await;
}

#[tokio::test]
async fn every_sample_in_french() {
    samples("fr").await;
}

#[tokio::test]
async fn every_sample_in_english() {
    samples("en").await;
}
