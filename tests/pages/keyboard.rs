//! A meeting's page, one's account and a list of administrators by keyboard alone: every field, button and fold is reached with the tabulator
//! and used with keys.

use chrono::{DateTime, Duration as Days, NaiveDateTime, Utc};
use serde_json::{Value, json};

use super::story::world;
use crate::harness::{Browser, ENTER, Hand, Look, Person, SOON, World, browsing};

/// The arrow that goes to the next part of a date field.
const RIGHT: char = '\u{e014}';
/// The arrow that chooses the next of a list.
const DOWN: char = '\u{e015}';

/// Types a time into a date field part by part, as this browser's own language has them: month, day, year, hour, minute, half of the day.
async fn types_time(browser: &Browser, css: &str, at: NaiveDateTime) {
    browser.tab_to(css).await;
    browser.keys(&at.format("%m%d%Y").to_string()).await;
    browser.key(RIGHT).await;
    browser.keys(&at.format("%I%M%p").to_string()).await;
    let value = browser
        .js_with("return document.querySelector(arguments[0]).value", vec![json!(css)])
        .await;
    assert_eq!(value, at.format("%Y-%m-%dT%H:%M").to_string(), "{css}");
}

/// A file is chosen: what the dialog of the system does.
async fn choose(browser: &Browser, field: &str, name: &str, text: &str) {
    let script = "const files = new DataTransfer();
        files.items.add(new File([arguments[2]], arguments[1], { type: 'text/plain' }));
        const input = document.querySelector(arguments[0]);
        input.files = files.files;
        return input.files.length";
    let chosen = browser
        .js_with(script, vec![json!(field), json!(name), json!(text)])
        .await;
    assert_eq!(chosen, 1);
}

/// A weekly meeting of three dates, of the presenter.
async fn weekly(world: &World) -> String {
    let first = (Utc::now() + Days::days(10)).date_naive();
    let body = json!({
        "name": "Optique", "starts_at": format!("{first}T09:00:00Z"), "duration_s": 3600, "time_zone": "Europe/Paris",
        "recurrence": { "unit": "weekly", "count": 3 },
    });
    let made = world.presenter.post("/meetings", &body).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_meeting_s_page_is_used_by_keyboard_alone() {
    browsing(world().await, async |world, chrome| {
        world.server.person("p0123456", "Zoé Martin", "staff").await;
        let id = weekly(world).await;
        let path = format!("/meetings/{id}");
        let paul = chrome.browser(world, "paul", Look::default()).await;
        paul.sign_in("paul", &path).await;
        paul.hand(Hand::Keyboard);

        // A date is moved, put back, and another cancelled.
        let date = |n: usize| format!("ul.dates > li:nth-child({n})");
        paul.press(&format!("{} summary", date(2))).await;
        let to = (Utc::now() + Days::days(18))
            .date_naive()
            .and_hms_opt(14, 35, 0)
            .expect("a time");
        types_time(&paul, &format!("{} input[name=starts_at]", date(2)), to).await;
        paul.write(&format!("{} input[name=minutes]", date(2)), "90").await;
        paul.press(&format!("{} form.row [type=submit]", date(2))).await;
        paul.sees(&format!("{} .badge.warn", date(2))).await;
        let kept = world.presenter.get(&format!("{path}/occurrences")).await.ok();
        let moved = &kept["items"][1];
        let at = |name: &str| {
            moved[name]
                .as_str()
                .and_then(|t| t.parse::<DateTime<Utc>>().ok())
                .expect("a time")
        };
        assert_eq!(moved["moved"], true, "{kept}");
        assert_eq!(at("ends_at") - at("starts_at"), Days::minutes(90), "{kept}");
        paul.press(&format!("{} > .actions > form button", date(2))).await;
        paul.until(
            SOON,
            "it is as it was",
            "!document.querySelector('ul.dates .badge.warn')",
        )
        .await;
        paul.press(&format!("{} summary", date(3))).await;
        paul.press(&format!("{} button.danger", date(3))).await;
        paul.sees(&format!("{} .badge.bad", date(3))).await;

        // Slides come and go.
        choose(&paul, "#slides-file", "cours.txt", "La lumière").await;
        paul.press("section[aria-labelledby=slides] .form [type=submit]").await;
        paul.reads("section[aria-labelledby=slides] ul.rows", "cours.txt").await;
        paul.press("section[aria-labelledby=slides] ul.rows button").await;
        paul.until(
            SOON,
            "they are gone",
            "!document.querySelector('section[aria-labelledby=slides] ul.rows')",
        )
        .await;

        // The door: a link, and a password that is taken away again.
        let door = |action: &str| format!("form[action$='/door']:has([name=action][value='{action}'])");
        paul.press(&format!("{} button", door("key"))).await;
        paul.sees(&format!("{} button", door("no-key"))).await;
        paul.press(&format!("{} button", door("no-key"))).await;
        paul.until(
            SOON,
            "the link is gone",
            "!document.querySelector('[name=action][value=no-key]')",
        )
        .await;
        paul.write("#door-password", "tulipe").await;
        paul.press(&format!("{} button", door("password"))).await;
        paul.reads("section[aria-labelledby=door] .address", "tulipe").await;
        paul.press(&format!("{} button", door("no-password"))).await;
        paul.until(
            SOON,
            "the password is gone",
            "!document.querySelector('[name=action][value=no-password]')",
        )
        .await;

        // Somebody is invited, and no longer.
        paul.write("#addresses", "ana@univ.example").await;
        paul.press("form[action$='/invitations'] [type=submit]").await;
        paul.reads("section[aria-labelledby=invitations] ul.rows", "ana@univ.example")
            .await;
        paul.press("section[aria-labelledby=invitations] ul.rows button").await;
        paul.until(
            SOON,
            "nobody is invited",
            "!document.querySelector('section[aria-labelledby=invitations] ul.rows')",
        )
        .await;

        // Handed over to somebody whose login nobody knows.
        paul.press("details:has(#new-owner) > summary").await;
        paul.write("#new-owner-find", "zo").await;
        paul.reads("#new-owner-found", "1").await;
        paul.press(".finder .found button").await;
        paul.reads("#new-owner-found", "Zoé Martin").await;
        assert_eq!(
            paul.js("return [document.getElementById('new-owner').value, document.activeElement.id]")
                .await,
            json!(["p0123456", "new-owner-find"])
        );
        paul.press("form[action$='/owner'] [type=submit]").await;
        paul.reads(".meeting-about", "Zoé Martin").await;
        let held = world.presenter.get(&path).await.ok();
        assert_eq!(held["owner"]["name"], "Zoé Martin", "{held}");
    })
    .await;
}

/// Whom a meeting is shared with is found by name too, and what was typed before stays.
#[tokio::test]
async fn co_owners_are_found_by_name_in_the_form() {
    browsing(world().await, async |world, chrome| {
        world.server.person("p0123456", "Zoé Martin", "staff").await;
        let paul = chrome
            .browser(
                world,
                "paul",
                Look {
                    lang: "en",
                    ..Look::default()
                },
            )
            .await;
        paul.sign_in("paul", "/meetings/new").await;
        paul.hand(Hand::Keyboard);
        paul.write("input[name=name]", "Seminar").await;
        paul.write("#presenters", "ada").await;
        paul.write("#presenters-find", "nobody of that name").await;
        paul.reads("#presenters-found", "Nobody of that name").await;
        paul.js("document.getElementById('presenters-find').value = ''").await;
        paul.write("#presenters-find", "MARTIN").await;
        // Enter looks at once, and sends nothing.
        paul.key(ENTER).await;
        paul.press(".finder .found button").await;
        let field = "return document.getElementById('presenters').value";
        assert_eq!(paul.js(field).await, "ada, p0123456");
        assert_eq!(paul.js("return location.pathname").await, "/meetings/new");
        paul.press("#save").await;
        paul.until(
            SOON,
            "the meeting's page",
            r"location.pathname.match(/^\/meetings\/([0-9A-Z]{26})$/)?.[1]",
        )
        .await;
        paul.reads(".meeting-about", "Zoé Martin").await;
    })
    .await;
}

/// Signs in once more, by a program.
async fn elsewhere(world: &World, login: &str) {
    let body = json!({ "login": login, "password": Person::password_of(login) });
    let asked = world
        .server
        .http()
        .post(format!("{}/api/v1/session", world.server.base))
        .json(&body);
    assert_eq!(asked.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn one_s_account_is_used_by_keyboard_alone() {
    browsing(world().await, async |world, chrome| {
        let emmy = chrome.browser(world, "emmy", Look::default()).await;
        emmy.forgive("status of 422");
        emmy.sign_in("emmy", "/account").await;
        elsewhere(world, "emmy").await;
        emmy.reload().await;
        emmy.hand(Hand::Keyboard);
        let said = |text: &'static str| emmy.reads("#said", text);

        // A token: made, shown once, revoked. The list of how long it lasts is chosen from with an arrow.
        emmy.write("#token-name", "agenda").await;
        emmy.tick(".ticks input[value=chat]").await;
        emmy.tab_to("#token-lasts").await;
        emmy.key(DOWN).await;
        emmy.press("form[data-api='/api/v1/tokens'] [type=submit]").await;
        emmy.reads("#token-list", "agenda").await;
        emmy.sees("#fresh-text").await;
        emmy.press_surely("#token-list li:last-child button").await;
        emmy.until(SOON, "the token is gone", "!document.getElementById('token-list').textContent.includes('agenda')").await;

        // The calendar's address: made, then another.
        emmy.press("form[action='/account/calendar'] button").await;
        emmy.sees("#calendar-address").await;
        let first = emmy.js("return document.getElementById('calendar-address').textContent").await;
        emmy.press("form[action='/account/calendar'] button").await;
        let other = format!("document.getElementById('calendar-address')?.textContent.includes('/calendar/') && document.getElementById('calendar-address').textContent !== {first}");
        emmy.until(SOON, "another address", &other).await;

        // Where to be written to; what is none is said at its field, which has the focus then.
        emmy.write("#mail", "emmy@univ").await;
        emmy.press("form[data-api='/api/v1/me/mail'] button").await;
        emmy.until(SOON, "the field is wrong", "document.activeElement.id === 'mail' && document.activeElement.getAttribute('aria-invalid') === 'true'").await;
        emmy.keys(".example").await;
        emmy.press("form[data-api='/api/v1/me/mail'] button").await;
        said("enregistrée").await;

        // The other sign-in is ended: the list has the focus, so that the next Tab goes on from there.
        emmy.press("#session-list button").await;
        emmy.until(SOON, "one is left", "document.querySelectorAll('#session-list li').length === 1").await;
        emmy.until(SOON, "the list has the focus", "document.activeElement.id === 'session-list'").await;

        emmy.write("#old-password", &Person::password_of("emmy")).await;
        emmy.write("#new-password", "une autre phrase").await;
        emmy.press("form[data-api='/api/v1/me/password'] button").await;
        said("changé").await;
        emmy.press("a[href='/account?lang=en']").await;
        emmy.until(SOON, "English", "document.documentElement.lang === 'en'").await;
        emmy.press("form[action='/account'] button.danger").await;
        emmy.arrives("/login").await;
    })
    .await;
}

#[tokio::test]
async fn a_list_is_searched_sorted_and_paged_by_keyboard_alone() {
    browsing(world().await, async |world, chrome| {
        for n in 0..52 {
            let day = (Utc::now() + Days::days(2 + n)).date_naive();
            let body =
                json!({ "name": format!("Cours {n:02}"), "starts_at": format!("{day}T09:00:00Z"), "duration_s": 3600 });
            world.presenter.post("/meetings", &body).await.ok();
        }
        let ada = chrome.browser(world, "ada", Look::default()).await;
        ada.sign_in("ada", "/admin/meetings").await;
        ada.hand(Hand::Keyboard);
        let first = async |name: &str| {
            let is = format!(
                "document.querySelector('#list tbody th')?.textContent.includes({})",
                Value::from(name)
            );
            ada.until(SOON, name, &is).await;
        };
        ada.press("#list thead th:first-child a").await;
        first("Cours 00").await;
        ada.press("#list a[rel=next]").await;
        first("Cours 50").await;
        ada.press("#list thead th:first-child a").await;
        first("Cours 51").await;
        ada.write("input[name=q]", "cours 07").await;
        ada.press("search button").await;
        first("Cours 07").await;
        // A choice by its first letters, as in any list.
        ada.tab_to("select[name=only]").await;
        ada.keys("annul").await;
        assert_eq!(
            ada.js("return document.querySelector('select[name=only]').value").await,
            "cancelled"
        );
        ada.press("search button").await;
        ada.sees("#list .empty").await;
        ada.tab_to("select[name=only]").await;
        ada.keys("tou").await;
        ada.press("search button").await;
        first("Cours 07").await;
        ada.tab_to("#list a[download]").await;
        ada.press("#list tbody th a").await;
        ada.arrives("/meetings/").await;
        ada.reads("h1", "Cours 07").await;
    })
    .await;
}
