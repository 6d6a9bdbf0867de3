//! A new user with a phone: a weekly meeting over a clock change, two people invited, one date moved, another cancelled, and everybody in
//! the room. In both languages, by the pages alone.

use chrono::{DateTime, Datelike as _, Duration as Days, NaiveDate, TimeZone as _, Utc, Weekday};
use chrono_tz::Europe::Paris;
use chrono_tz::OffsetComponents as _;
use serde_json::{Value, json};

use super::story::{fits, world_with};
use crate::harness::{Browser, Chrome, LATER, Look, Mail, PostOffice, SOON, World, browsing};

/// Where it begins, so that two of four Mondays are before the clock change and two after it.
fn first_monday(today: NaiveDate) -> NaiveDate {
    let summer = |day: NaiveDate| {
        let noon = day.and_hms_opt(12, 0, 0).expect("a time");
        Paris.from_utc_datetime(&noon).offset().dst_offset()
    };
    // Far enough that the first one is not past.
    let mut day = today + Days::days(16);
    while summer(day) == summer(day - Days::days(1)) {
        day += Days::days(1);
    }
    assert_eq!(day.weekday(), Weekday::Sun, "Europe changes its clocks on Sundays");
    day - Days::days(13)
}

/// The mails to one address, in the order in which they came.
fn to<'a>(mails: &'a [Mail], address: &str) -> Vec<&'a Mail> {
    mails.iter().filter(|m| m.to == [address]).collect()
}

/// The number of a calendar part.
fn sequence(mail: &Mail) -> u32 {
    let calendar = &mail.part("text/calendar").text;
    let line = calendar.lines().find_map(|l| l.strip_prefix("SEQUENCE:"));
    line.expect("a number").trim().parse().expect("a number")
}

async fn set(browser: &Browser, field: &str, value: &str) {
    browser.sees(field).await;
    let script = "const field = document.querySelector(arguments[0]); field.value = arguments[1];
        field.dispatchEvent(new Event('input', { bubbles: true })); field.dispatchEvent(new Event('change', { bubbles: true }));
        return field.value";
    let is = browser.js_with(script, vec![json!(field), json!(value)]).await;
    assert_eq!(is, value, "{field}");
}

/// What the list of dates says, a line each.
async fn dates(browser: &Browser) -> Vec<String> {
    let all = browser
        .js("return [...document.querySelectorAll('ul.dates div.date')].map((d) => d.innerText)")
        .await;
    let all = all.as_array().expect("a list").iter();
    all.map(|d| d.as_str().expect("words").to_owned()).collect()
}

/// Opens the fold of a date's changes.
async fn unfold(browser: &Browser, n: usize) -> String {
    let date = format!("ul.dates > li:nth-child({n})");
    browser.press(&format!("{date} details.date-change > summary")).await;
    date
}

async fn plan(browser: &Browser, look: Look, first: NaiveDate) -> String {
    browser.press("main a[href^='/meetings/new']").await;
    browser.arrives("/meetings/new").await;
    browser.write("input[name=name]", "Lundi").await;
    browser.tick("#kind-meeting").await;
    set(browser, "#starts_at", &format!("{first}T09:00")).await;
    set(browser, "#time_zone", "Europe/Paris").await;
    set(browser, "#repeat", "weekly").await;
    browser.tick("#repeat-days input[name='on.0']").await;
    set(browser, "#ends", "count").await;
    set(browser, "#count", "4").await;
    fits(browser, look).await;
    browser.press("#save").await;
    let id = browser
        .until(
            SOON,
            "the meeting's page",
            r"location.pathname.match(/^\/meetings\/([0-9A-Z]{26})$/)?.[1]",
        )
        .await;
    fits(browser, look).await;
    id.as_str().expect("an id").to_owned()
}

/// What the program has of each date: when it starts, in UTC, whether it was moved, whether it was cancelled.
async fn kept(who: &crate::harness::Person, meeting: &str) -> Vec<(DateTime<Utc>, bool, bool)> {
    let all = who.get(&format!("/meetings/{meeting}/occurrences")).await.ok();
    let one = |o: &Value| {
        let starts = o["starts_at"].as_str().expect("a time").parse().expect("a time");
        (starts, o["moved"] == true, o["cancelled"] == true)
    };
    all["items"].as_array().expect("dates").iter().map(one).collect()
}

async fn walk(world: &World, office: &PostOffice, chrome: &Chrome, lang: &'static str) {
    let look = Look {
        lang,
        width: 360,
        dark: lang == "en",
    };
    let login = format!("nina-{lang}");
    let nina = world.server.person(&login, "Nina Neuve", "staff").await;
    let phone = chrome.browser(world, &login, look).await;
    let before = office.mails().len();
    phone.sign_in(&login, "/meetings").await;
    fits(&phone, look).await;

    let first = first_monday(Utc::now().date_naive());
    let meeting = plan(&phone, look, first).await;
    // Nine o'clock stays nine o'clock, whatever the clocks do.
    let nine = |week: i64| {
        let local = (first + Days::weeks(week)).and_hms_opt(9, 0, 0).expect("a time");
        Paris.from_local_datetime(&local).single().expect("once").to_utc()
    };
    let all: Vec<_> = (0..4).map(|week| (nine(week), false, false)).collect();
    assert_eq!(kept(&nina, &meeting).await, all);
    assert_ne!(nine(1) + Days::weeks(1), nine(2), "no clock was changed in between");
    let shown = dates(&phone).await;
    assert_eq!(shown.len(), 4, "{shown:?}");
    let hour = if lang == "fr" { "09:00" } else { "9:00" };
    assert!(shown.iter().all(|d| d.contains(hour)), "{shown:?}");

    let guests = [format!("ana-{lang}@univ.example"), format!("bob-{lang}@univ.example")];
    phone.write("#addresses", &guests.join(", ")).await;
    phone.press("form[action$='/invitations'] [type=submit]").await;
    phone.reads("main", &guests[1]).await;
    fits(&phone, look).await;
    office.given(before + 2).await;

    // A day later, and half an hour longer.
    let date = unfold(&phone, 2).await;
    let moved = first + Days::days(8);
    set(
        &phone,
        &format!("{date} input[name=starts_at]"),
        &format!("{moved}T10:00"),
    )
    .await;
    set(&phone, &format!("{date} input[name=minutes]"), "90").await;
    fits(&phone, look).await;
    phone.press(&format!("{date} form.row [type=submit]")).await;
    phone.sees(&format!("{date} .badge.warn")).await;
    office.given(before + 4).await;
    let date = unfold(&phone, 3).await;
    phone.press(&format!("{date} button.danger")).await;
    phone.sees(&format!("{date} .badge.bad")).await;
    fits(&phone, look).await;
    let mails = office.given(before + 6).await;

    let kept = kept(&nina, &meeting).await;
    let ten = Paris.from_local_datetime(&moved.and_hms_opt(10, 0, 0).expect("a time"));
    assert_eq!(kept[1], (ten.single().expect("once").to_utc(), true, false), "{kept:?}");
    assert_eq!(kept[2], (nine(2), false, true), "{kept:?}");
    for guest in &guests {
        let theirs = to(&mails, guest);
        assert_eq!(theirs.len(), 3, "{theirs:#?}");
        let numbers: Vec<u32> = theirs.iter().map(|m| sequence(m)).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        let last = &theirs[2].part("text/calendar").text;
        assert!(last.contains("EXDATE"), "{last}");
        assert!(last.contains("RECURRENCE-ID"), "{last}");
        let others = guests.iter().filter(|g| *g != guest);
        for other in others {
            assert!(!format!("{theirs:?}").contains(other), "{guest} reads of {other}");
        }
    }

    // The owner's room, and a guest who comes by the link in the mail.
    phone
        .press(&format!("form[action='/join/{meeting}'] [type=submit]"))
        .await;
    let room = "document.querySelector('main.room #people li') !== null";
    phone.until(LATER, "the room", room).await;
    phone.reads("#people", "Nina Neuve").await;
    let guest = chrome.browser(world, &format!("guest-{lang}"), look).await;
    let mail = to(&mails, &guests[0])[0].text().to_owned();
    let link = mail.split_whitespace().find(|w| w.contains("/join/")).expect("a link");
    let path = &link[link.find("/join/").expect("a link")..];
    guest.open(path).await;
    fits(&guest, look).await;
    guest.write("#guest-name", "Ana Invitée").await;
    guest.press("form.form [type=submit]").await;
    guest.until(LATER, "the room", room).await;
    guest.reads("#people", "Ana Invitée").await;
}

#[tokio::test]
async fn a_new_user_with_a_phone_plans_a_weekly_meeting_over_a_clock_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = PostOffice::start(folder.path(), None).await;
    let mut world = world_with(vec![
        ("mail_from", "Amphi <amphi@univ.example>"),
        ("invitation_quiet", "0.2"),
    ])
    .await;
    world.server.setting("smtp_url", &office.url);
    world.server.restart().await;
    browsing(world, async |world, chrome| {
        for lang in ["fr", "en"] {
            walk(world, &office, chrome, lang).await;
        }
    })
    .await;
}
