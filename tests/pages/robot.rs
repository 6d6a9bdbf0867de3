//! The robot's page, driven by what the robots of the gateways look for and do (gateway contract §4.2, §4.4).

use std::time::Duration;

use serde_json::json;

use crate::harness::{Browser, LATER, Look, SimOptions, World, WorldOptions, browsing, eventually};

/// A robot generation, by what it does before it is in BBB.
struct Robot {
    name: &'static str,
    /// The id of the field that it fills.
    field: &'static str,
    /// Clicks `#okcookie` first.
    cookie: bool,
    /// Presses the document's first submit button by a synthetic click; the older ones submit the field's form.
    clicks: bool,
}

const ROBOTS: [Robot; 7] = [
    Robot {
        name: "R1",
        field: "fullname",
        cookie: false,
        clicks: false,
    },
    Robot {
        name: "R2",
        field: "id_name",
        cookie: true,
        clicks: false,
    },
    Robot {
        name: "R3",
        field: "joinFormName",
        cookie: true,
        clicks: false,
    },
    Robot {
        name: "R4",
        field: "joinFormName",
        cookie: false,
        clicks: true,
    },
    Robot {
        name: "R5",
        field: "joinFormName",
        cookie: false,
        clicks: true,
    },
    Robot {
        name: "R6",
        field: "joinFormName",
        cookie: false,
        clicks: true,
    },
    Robot {
        name: "R7",
        field: "joinFormName",
        cookie: false,
        clicks: true,
    },
];

/// What R1-R3 do in their browser's driver: press, type, submit the field's form by script (`requestSubmit` without
/// validation, so that a handler may cancel the default).
async fn by_driver(browser: &Browser, robot: &Robot) {
    if robot.cookie {
        browser.press("#okcookie").await;
        // R2 waits 40 s for an element that stays.
        browser
            .until(
                Duration::from_secs(1),
                "the cookie's button is gone",
                "!document.querySelector('#okcookie')",
            )
            .await;
    }
    let field = format!("#{}", robot.field);
    browser.write(&field, "streaming").await;
    browser
        .js_with(
            "const form = document.querySelector(arguments[0]).form; form.noValidate = true; form.requestSubmit()",
            vec![json!(field)],
        )
        .await;
}

/// What R4-R7 do by script: the value and an `input` event, then a synthetic click on the first submit button of
/// the whole document that is visible and enabled; then a variable of the page is asked for, so the page must stay
/// for a moment.
async fn by_script(browser: &Browser, robot: &Robot) {
    let field = format!("#{}", robot.field);
    browser.sees(&field).await;
    browser
        .js_with(
            "const field = document.querySelector(arguments[0]); field.value = 'streaming';
            field.dispatchEvent(new Event('input', { bubbles: true }));
            window.joined = true;
            const button = document.querySelector(\"button[type='submit']\");
            if (!button.checkVisibility() || button.disabled) throw new Error('the first submit button is no use');
            button.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, view: window }))",
            vec![json!(field)],
        )
        .await;
    if robot.name == "R5" {
        // It polls that variable after its click; it gives up where the page is gone within tens of milliseconds.
        assert_eq!(
            browser.js("return window.joined === true").await,
            true,
            "{}: the page is held",
            robot.name
        );
    }
}

#[tokio::test]
async fn every_generation_ends_in_the_room() {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    // Time enough for a robot that is a person at a browser.
    let settings = vec![("robot_deadline", "90"), ("picture_deadline", "90")];
    let world = World::with(WorldOptions {
        sim,
        settings,
        ..WorldOptions::default()
    })
    .await;
    // The simulated robot stays away: the browser is the robot.
    world
        .sim
        .knobs("g2-1", &json!({ "robot": "none", "publishes": "always" }))
        .await;
    browsing(world, async |world, chrome| {
        let look = Look {
            lang: "en",
            ..Look::default()
        };
        let browser = chrome.browser(world, "robot", look).await;
        for robot in &ROBOTS {
            let plan = world.plan(&format!("For {}", robot.name)).await;
            let before = starts(world).await.len();
            world.start(&plan).await;
            let room = eventually(Duration::from_secs(15), "a gateway is started", async || {
                starts(world).await.get(before).cloned().ok_or("no start")
            })
            .await;
            browser.open(&format!("/robot/{room}")).await;
            if robot.clicks {
                by_script(&browser, robot).await;
            } else {
                by_driver(&browser, robot).await;
            }
            // R5-R7 give up after ten seconds without `sessionToken` in the address.
            let arrived = "location.search.includes('sessionToken') && document.querySelector('main.room') !== null";
            browser
                .until(
                    Duration::from_secs(10),
                    &format!("{} is in the room", robot.name),
                    arrived,
                )
                .await;
            let users = world.sim.room(&plan.meeting).await.expect("a room")["users"].clone();
            let users = users.as_array().expect("users").clone();
            assert!(users.iter().any(|u| u["bot"] == true), "{}: {users:?}", robot.name);
            world
                .state(&plan, LATER, "the robot is known to be in the room", |s| {
                    s["live"]["robot_since"].is_string().then_some(())
                })
                .await;
            browser.open("/").await;
            world.end(&plan).await;
            world.all_quiet(Duration::from_secs(20)).await;
            world
                .state(&plan, LATER, "closed", |s| {
                    (s["meeting"]["state"] == "closed").then_some(())
                })
                .await;
            // The gateway is free for the next one.
            world
                .presenter
                .delete(&format!("/meetings/{}", plan.meeting))
                .await
                .ok();
        }
    })
    .await;
}

/// Rooms that gateways were told to open, in order.
async fn starts(world: &World) -> Vec<String> {
    let calls = world.sim.calls_named("start").await;
    calls.iter().filter_map(|c| c.params.get("room").cloned()).collect()
}
