//! How each robot generation fills and sends the join form (gateway contract §4.2, §4.4).

use super::page::{Element, Page};

/// The browser robot of a gateway build (contract §4.2). R4 was never observed and is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// 2024-03, before the tags.
    R1,
    /// Images 1.4.9 to 1.6.0.
    R2,
    /// Images 1.6.1 to 1.7.0.
    R3,
    /// Images 1.7.4 to 1.8.0.
    R5,
    /// Images 1.8.1 to 1.8.4.
    R6,
    /// Main since 2026-06-09.
    R7,
}

impl Robot {
    /// The id of the input into which it types.
    pub fn field(self) -> &'static str {
        match self {
            Self::R1 => "fullname",
            Self::R2 => "id_name",
            Self::R3 | Self::R5 | Self::R6 | Self::R7 => "joinFormName",
        }
    }

    /// It presses a button, so HTML validation holds; the older ones submit the field's form by script.
    pub fn clicks(self) -> bool {
        matches!(self, Self::R5 | Self::R6 | Self::R7)
    }

    /// How long it waits for `#okcookie` where the page has none, in milliseconds.
    pub fn cookie_wait_ms(self) -> u64 {
        match self {
            Self::R2 => 40_000,
            Self::R3 => 4_000,
            _ => 0,
        }
    }

    /// How long after the submission the address may lack `sessionToken`, in milliseconds.
    pub fn patience_ms(self) -> u64 {
        if self.clicks() { 10_000 } else { 20_000 }
    }
}

/// A form ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// POST, else GET.
    pub post: bool,
    /// The form's `action` as written; empty means the page itself.
    pub action: String,
    /// Names and values in document order.
    pub fields: Vec<(String, String)>,
}

/// Why a robot stays on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stumble {
    /// No element with the id of its generation.
    NoField,
    /// The element is there, but can't be used, or stands in no form.
    FieldUnusable,
    /// No `button[type=submit]`, or the first one can't be pressed.
    NoButton,
    /// An empty `required` neighbour: the browser's validation keeps the form.
    Required,
}

impl std::fmt::Display for Stumble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoField => "the page has no input with the id of this robot",
            Self::FieldUnusable => "the name input can't be used",
            Self::NoButton => "the first submit button of the page can't be pressed",
            Self::Required => "an empty required field blocks the form",
        })
    }
}

/// Types `name` into the field of this robot's generation and sends the form as it would.
///
/// A search form before the join form makes the clicking robots send the wrong form: then the submission is that
/// form's and leads nowhere (contract §4.4, "Failures seen").
pub fn fill(page: &Page, robot: Robot, name: &str) -> Result<Submission, Stumble> {
    let field = page.by_id(robot.field()).ok_or(Stumble::NoField)?;
    let element = &page.elements[field];
    if !element.usable() || !matches!(element.tag.as_str(), "input" | "textarea") {
        return Err(Stumble::FieldUnusable);
    }
    let (form, button) = if robot.clicks() {
        let first = page
            .elements
            .iter()
            .position(|element| element.tag == "button" && element.attr("type") == Some("submit"))
            .ok_or(Stumble::NoButton)?;
        let button = &page.elements[first];
        if !button.usable() {
            return Err(Stumble::NoButton);
        }
        (button.form.ok_or(Stumble::NoButton)?, Some(first))
    } else {
        (element.form.ok_or(Stumble::FieldUnusable)?, None)
    };

    let mut fields = Vec::new();
    for (index, element) in page
        .elements
        .iter()
        .enumerate()
        .filter(|(_, element)| element.form == Some(form))
    {
        let value = if index == field {
            Some(name.to_owned())
        } else {
            value_of(page, index)
        };
        if robot.clicks() && blocks(element, value.as_deref()) {
            return Err(Stumble::Required);
        }
        let pressed = Some(index) == button;
        if element.disabled || (is_button(element) && !pressed) {
            continue;
        }
        if let (Some(key), Some(value)) = (element.attr("name").filter(|key| !key.is_empty()), value) {
            fields.push((key.to_owned(), value));
        }
    }
    let attr = |name: &str| {
        let own = button.and_then(|index| page.elements[index].attr(&format!("form{name}")));
        own.or_else(|| page.elements[form].attr(name))
            .unwrap_or("")
            .trim()
            .to_owned()
    };
    Ok(Submission {
        post: attr("method").eq_ignore_ascii_case("post"),
        action: attr("action"),
        fields,
    })
}

fn kind(element: &Element) -> String {
    element.attr("type").unwrap_or("").to_ascii_lowercase()
}

fn is_button(element: &Element) -> bool {
    element.tag == "button"
        || (element.tag == "input" && matches!(kind(element).as_str(), "submit" | "button" | "image" | "reset"))
}

/// What the browser would send for this element, if anything.
fn value_of(page: &Page, index: usize) -> Option<String> {
    let element = &page.elements[index];
    match element.tag.as_str() {
        "input" => match kind(element).as_str() {
            "checkbox" | "radio" => element
                .attr("checked")
                .map(|_| element.attr("value").unwrap_or("on").to_owned()),
            "file" => None,
            _ => Some(element.attr("value").unwrap_or("").to_owned()),
        },
        "button" => Some(element.attr("value").unwrap_or("").to_owned()),
        "textarea" => Some(element.text.strip_prefix('\n').unwrap_or(&element.text).to_owned()),
        "select" => {
            let options: Vec<&Element> = page.elements[index + 1..]
                .iter()
                .take_while(|next| matches!(next.tag.as_str(), "option" | "optgroup"))
                .filter(|next| next.tag == "option")
                .collect();
            let chosen = options
                .iter()
                .find(|option| option.attr("selected").is_some())
                .or(options.first())?;
            Some(
                chosen
                    .attr("value")
                    .map_or_else(|| chosen.text.trim().to_owned(), str::to_owned),
            )
        }
        _ => None,
    }
}

fn blocks(element: &Element, value: Option<&str>) -> bool {
    element.attr("required").is_some()
        && !element.disabled
        && matches!(element.tag.as_str(), "input" | "textarea" | "select")
        && !matches!(
            kind(element).as_str(),
            "hidden" | "submit" | "button" | "reset" | "image"
        )
        && value.is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Robot; 6] = [Robot::R1, Robot::R2, Robot::R3, Robot::R5, Robot::R6, Robot::R7];

    const GOOD: &str = "<button id=okcookie type=button>ok</button><form method=post action='/robot/ab12cd34ef/join'>\
        <input type=hidden name=key value=k1><input type=text id=joinFormName name=n3><input type=text id=id_name name=n2>\
        <input type=text id=fullname name=n1><input type=checkbox name=x><button type=submit name=go value=1>Join</button></form>";

    #[test]
    fn the_good_page_passes_for_all() {
        let page = Page::parse(GOOD);
        for robot in ALL {
            let sent = fill(&page, robot, "streaming").expect("passes");
            assert!(sent.post);
            assert_eq!(sent.action, "/robot/ab12cd34ef/join");
            assert!(sent.fields.contains(&("key".into(), "k1".into())));
            assert_eq!(sent.fields.iter().filter(|(_, value)| value == "streaming").count(), 1);
            assert_eq!(sent.fields.iter().any(|(key, _)| key == "go"), robot.clicks());
            assert!(!sent.fields.iter().any(|(key, _)| key == "x"));
        }
    }

    #[test]
    fn pods_page_is_for_r2_only() {
        let page = Page::parse("<form method=post><input id=id_name name=name><button type=submit>Go</button></form>");
        for robot in ALL {
            let outcome = fill(&page, robot, "streaming");
            if robot == Robot::R2 {
                assert!(outcome.is_ok());
            } else {
                assert_eq!(outcome, Err(Stumble::NoField));
            }
        }
    }

    #[test]
    fn required_neighbour_blocks_those_that_click() {
        let page = Page::parse(&GOOD.replace("<input type=checkbox name=x>", "<input name=mail required>"));
        for robot in ALL {
            let outcome = fill(&page, robot, "streaming");
            assert_eq!(outcome.is_err(), robot.clicks(), "{robot:?}");
        }
    }

    #[test]
    fn search_form_first_is_pressed_instead() {
        let page = Page::parse(&format!(
            "<form action=/search><input name=q><button type=submit>Search</button></form>{GOOD}"
        ));
        for robot in ALL {
            let sent = fill(&page, robot, "streaming").expect("sends something");
            assert_eq!(sent.action == "/search", robot.clicks());
            assert_eq!(
                sent.fields.iter().any(|(_, value)| value == "streaming"),
                !robot.clicks()
            );
        }
    }

    #[test]
    fn hidden_and_disabled_fields_do_not_count() {
        for bad in ["style='display:none'", "hidden", "disabled", "type=hidden"] {
            let page = Page::parse(&format!(
                "<form><input {bad} id=joinFormName name=n><button type=submit>Go</button></form>"
            ));
            assert_eq!(fill(&page, Robot::R7, "s"), Err(Stumble::FieldUnusable), "{bad}");
        }
        let page = Page::parse("<form><input id=joinFormName name=n><button type=submit disabled>Go</button></form>");
        assert_eq!(fill(&page, Robot::R7, "s"), Err(Stumble::NoButton));
    }
}
