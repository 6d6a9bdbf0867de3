//! A small XML reader: elements by name, text, nothing else. A document with a DTD is refused and no entity
//! but the five predefined ones and character references is known, so nothing can grow or reach out.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::error::BbbError;

/// Deeper than any answer of BBB (recordings are the deepest, 7).
const DEPTH_CAP: usize = 32;
/// More elements than 200 users in 100 meetings give.
const ELEMENT_CAP: usize = 500_000;

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its local name.
    pub name: String,
    /// Its own text, CDATA included.
    pub text: String,
    /// Its child elements in their order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The trimmed text of the first child of that name, empty if there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// The same, `None` when absent or empty.
    pub fn some_text_of(&self, name: &str) -> Option<String> {
        Some(self.text_of(name))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// `true` in any case.
    pub fn flag(&self, name: &str) -> bool {
        self.text_of(name).eq_ignore_ascii_case("true")
    }

    /// A count or a time in ms; locale grouping (`1,000`, `1 000`) is tolerated (contract §3.4). Digits between other
    /// things are no number: a date read as one would be another session's `createTime`.
    pub fn number(&self, name: &str) -> Option<i64> {
        let text = self.text_of(name);
        let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let groups: Vec<&str> = rest.split(is_grouping).collect();
        let digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
        let fits = match groups.as_slice() {
            [first, middle @ .., last] => {
                // Two in the middle: 1,00,000 is how a server in India groups.
                first.len() <= 3 && last.len() == 3 && middle.iter().all(|group| matches!(group.len(), 2 | 3))
            }
            _ => true,
        };
        if !fits || !groups.iter().all(digits) {
            return None;
        }
        format!("{sign}{}", groups.concat()).parse().ok()
    }
}

/// What stands between groups of digits, somewhere.
fn is_grouping(c: char) -> bool {
    matches!(c, ',' | '.' | '\'' | '’') || c.is_whitespace()
}

/// One line of what BBB says, short enough for a log.
fn short(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}

/// Reads a document and returns its root.
pub fn parse(body: &[u8]) -> Result<Element, BbbError> {
    let text = std::str::from_utf8(body).map_err(|_| BbbError::unreadable("not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ill = || BbbError::unreadable("ill-formed XML");
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut count = 0_usize;
    loop {
        match reader.read_event().map_err(|_| ill())? {
            Event::Start(tag) => {
                count += 1;
                if root.is_some() || open.len() >= DEPTH_CAP || count > ELEMENT_CAP {
                    return Err(ill());
                }
                open.push(named(tag.local_name().as_ref()));
            }
            Event::Empty(tag) => {
                count += 1;
                if root.is_some() || count > ELEMENT_CAP {
                    return Err(ill());
                }
                close(named(tag.local_name().as_ref()), &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(ill)?;
                close(element, &mut open, &mut root);
            }
            Event::Text(part) => {
                let part = part.xml10_content();
                match open.last_mut() {
                    Some(element) => element.text.push_str(&part),
                    None if part.trim().is_empty() => {}
                    None => return Err(BbbError::unreadable("not XML")),
                }
            }
            Event::CData(part) => {
                open.last_mut().ok_or_else(ill)?.text.push_str(&part.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let element = open.last_mut().ok_or_else(ill)?;
                if let Some(character) = reference.resolve_char_ref().map_err(|_| ill())? {
                    element.text.push(character);
                } else {
                    let known =
                        resolve_predefined_entity(&reference).ok_or_else(|| BbbError::unreadable("unknown entity"))?;
                    element.text.push_str(known);
                }
            }
            Event::DocType(_) => {
                return Err(BbbError::unreadable("XML with a DTD, or an HTML page"));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(BbbError::unreadable("cut XML"));
    }
    root.ok_or_else(|| BbbError::unreadable("not XML"))
}

fn named(name: impl AsRef<[u8]>) -> Element {
    Element {
        name: String::from_utf8_lossy(name.as_ref()).into_owned(),
        ..Element::default()
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

/// The envelope (contract §1.4): root `response`, `returncode`, and on failure either of the two error shapes.
pub fn envelope(body: &[u8]) -> Result<Element, BbbError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(BbbError::Unavailable {
            kind: super::error::Unavailable::Empty,
        });
    }
    let root = parse(body)?;
    if root.name != "response" {
        return Err(BbbError::unreadable("no response element"));
    }
    match root.text_of("returncode") {
        "SUCCESS" => Ok(root),
        "FAILED" => {
            let detail = match root.child("errors").and_then(|errors| errors.child("error")) {
                Some(error) if root.text_of("messageKey").is_empty() => error,
                _ => &root,
            };
            let key = match detail.text_of("key") {
                "" => detail.text_of("messageKey"),
                key => key,
            };
            // No key that is known is as long.
            Err(BbbError::Refused {
                key: short(key, 64),
                message: short(detail.text_of("message"), 500),
            })
        }
        _ => Err(BbbError::unreadable("no returncode")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_error_shapes_are_read() {
        let flat = b"<response><returncode>FAILED</returncode><messageKey>notFound</messageKey><message>x</message></response>";
        assert_eq!(envelope(flat).expect_err("refused").key(), Some("notFound"));
        let listed = b"<response><returncode>FAILED</returncode><errors><error key='a'><key>nonUniqueVoiceBridge</key><message>taken</message></error></errors></response>";
        assert_eq!(
            envelope(listed).expect_err("refused").key(),
            Some("nonUniqueVoiceBridge")
        );
    }

    /// Census M32: XML from outside went through a parser that expands what a document declares.
    #[test]
    fn what_is_not_a_whole_answer_is_unavailable_never_a_refusal() {
        for body in [
            "",
            "  \n",
            "<html><body>502 Bad Gateway</body></html>",
            "<!DOCTYPE html><html></html>",
            "<response><returncode>SUCCESS</returncode>",
            "<response>",
            "</response>",
            "plain words",
            "{\"response\":{}}",
            "<response><returncode>MAYBE</returncode></response>",
            "<response></response><response></response>",
            "<!DOCTYPE r [<!ENTITY a \"b\">]><response><returncode>SUCCESS</returncode></response>",
            "<response><returncode>SUCCESS</returncode><message>&a;</message></response>",
            "<response><returncode>FAILED</returncod></response>",
            "<response><returncode>SUCCESS</returncode></response>trailing",
        ] {
            match envelope(body.as_bytes()) {
                Err(BbbError::Unavailable { .. }) => {}
                other => panic!("{body:?} gave {other:?}"),
            }
        }
        assert!(envelope(&[0xff, 0xfe, 0x00]).is_err());
        let deep = "<a>".repeat(100_000);
        assert!(envelope(deep.as_bytes()).is_err());
    }

    #[test]
    fn what_is_said_of_a_refusal_is_short_and_one_line() {
        let body = format!(
            "<response><returncode>FAILED</returncode><messageKey>a&#10;b{0}</messageKey><message>{0}</message></response>",
            "x".repeat(100_000)
        );
        let error = envelope(body.as_bytes()).expect_err("refused");
        assert!(error.to_string().len() < 200 && !error.to_string().contains('\n'));
        assert!(format!("{error:?}").len() < 2_000);
    }

    #[test]
    fn a_number_is_digits_and_at_most_their_grouping() {
        let read = |text: &str| {
            let body = format!("<r><n>{text}</n></r>");
            parse(body.as_bytes()).expect("XML").number("n")
        };
        for (text, number) in [
            ("0", 0),
            (" 17 ", 17),
            ("-3", -3),
            ("1700000000000", 1_700_000_000_000),
            ("1.700.000.000.000", 1_700_000_000_000),
            ("1’002", 1002),
            ("1,00,000", 100_000),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in [
            "",
            "-",
            "--1",
            "+1",
            "2026-11-20",
            "12:30",
            "1.5",
            "1.7E12",
            "1,",
            ",100",
            "1,,000",
            "1000,000",
            "9223372036854775808",
            "about 5",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn text_numbers_and_references() {
        let body = "<response><returncode>SUCCESS</returncode><n>1,234</n><s>1\u{202f}000</s><t>A &amp; B &#233;<![CDATA[ <i>]]></t><e/></response>";
        let root = envelope(body.as_bytes()).expect("success");
        assert_eq!(root.number("n"), Some(1234));
        assert_eq!(root.number("s"), Some(1000));
        assert_eq!(root.text_of("t"), "A & B é <i>");
        assert_eq!(root.number("e"), None);
        assert_eq!(root.text_of("absent"), "");
    }
}
