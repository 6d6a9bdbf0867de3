//! One page for every generation of robot (gateway-contract §4.4). Nothing else may stand on it: no header, no
//! search, no other button, as robots press the first submit button of the document. English, for
//! R1-R3 read English labels later.

use maud::{DOCTYPE, Markup, html};

use crate::pages::assets::asset;

/// What the robot sees.
#[derive(Debug, Clone)]
pub struct RobotView {
    /// The token in the address.
    pub room: String,
    /// The room isn't open yet: look again in two seconds.
    pub wait: bool,
}

/// Renders the robot's page.
pub fn robot(view: &RobotView) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="referrer" content="no-referrer";
                title { "Live" }
                link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href="/assets/style.css";
                @if view.wait {
                    meta http-equiv="refresh" content={ "2;url=/robot/" (view.room) "?go=1" };
                } @else {
                    script src=(asset("robot.js")) defer {}
                }
            }
            body class="bare" {
                main id="main" class="main" {
                    h1 { "Live" }
                    @if view.wait {
                        p role="status" { "The room is opening…" }
                    } @else {
                        // R2 waits 40 s for it, R3 4 s; `type=button`, or it would be the first submit button.
                        p { button type="button" id="okcookie" { "OK" } }
                        form id="robot" method="post" action={ "/robot/" (view.room) } class="form" {
                            // R3 and later fill the first, R2 the second, R1 the third; none is required,
                            // as R5-R7 are held for ever by an empty required field.
                            label class="field" { span { "Name" } input type="text" id="joinFormName" name="joinFormName" autocomplete="off"; }
                            label class="field" { span { "Name" } input type="text" id="id_name" name="id_name" autocomplete="off"; }
                            label class="field" { span { "Name" } input type="text" id="fullname" name="fullname" autocomplete="off"; }
                            button type="submit" { "Join" }
                        }
                    }
                }
            }
        }
    }
}

impl RobotView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        [false, true]
            .into_iter()
            .map(|wait| Self {
                room: "abcdefgh23".into(),
                wait,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_robot_finds_what_it_looks_for() {
        let page = robot(&RobotView {
            room: "abcdefgh23".into(),
            wait: false,
        })
        .into_string();
        for id in ["okcookie", "joinFormName", "id_name", "fullname"] {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        assert!(!page.contains("required") && !page.contains("password") && !page.contains("hidden"));
        assert_eq!(
            page.matches("type=\"submit\"").count(),
            1,
            "the form's button is the first and only"
        );
        assert_eq!(page.matches("<form").count(), 1);
        assert!(
            page.contains("method=\"post\" action=\"/robot/abcdefgh23\""),
            "works without script"
        );
        assert!(
            !page.contains("<button>") && !page.contains("<button id"),
            "a button without a type submits"
        );
    }
}
