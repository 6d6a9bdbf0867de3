//! A tolerant reader of HTML: enough of a browser's view of a page to find elements, their visibility and their form.
//!
//! It knows inline `style`, `hidden`, `type=hidden` and `disabled`; it reads no style sheet and runs no script.

/// One element, in the order of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Lower-case name.
    pub tag: String,
    attrs: Vec<(String, String)>,
    /// Rendered: neither itself nor an element around it is hidden.
    pub rendered: bool,
    /// Inside a disabled `fieldset`, or disabled itself.
    pub disabled: bool,
    /// Index of the form it belongs to (by nesting, or by its `form` attribute).
    pub form: Option<usize>,
    /// Text directly inside (used for `textarea` and `option`).
    pub text: String,
}

impl Element {
    /// An attribute's value, entities decoded.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A person (or a WebDriver) could use it.
    pub fn usable(&self) -> bool {
        self.rendered && !self.disabled
    }
}

/// A page as parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Every element in order; what stands in `noscript` and `template` is left out, as a browser with script does.
    pub elements: Vec<Element>,
}

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
];
/// Elements whose text is no markup.
const RAW: &[&str] = &[
    "script", "style", "textarea", "title", "noscript", "template", "iframe", "xmp",
];

impl Page {
    /// Reads a document. Never fails: what is not understood is skipped.
    pub fn parse(html: &str) -> Self {
        let mut page = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < html.len() {
            let rest = &html[at..];
            if !rest.starts_with('<') {
                let text = &rest[..rest.find('<').unwrap_or(rest.len())];
                if let Some(&top) = open.last() {
                    page.elements[top].text.push_str(&decode(text));
                }
                at += text.len();
            } else if rest.starts_with("<!--") {
                at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                at += rest.find('>').map_or(rest.len(), |end| end + 1);
            } else if let Some(name) = rest.strip_prefix("</") {
                let end = name.find('>').unwrap_or(name.len());
                let tag = name[..end].trim().to_ascii_lowercase();
                if let Some(depth) = open.iter().rposition(|&index| page.elements[index].tag == tag) {
                    open.truncate(depth);
                }
                at += 2 + (end + 1).min(name.len().max(1));
            } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
                let (element, used) = start_tag(rest);
                at += used;
                let tag = element.tag.clone();
                let index = page.elements.len();
                page.place(element, &open);
                if RAW.contains(&tag.as_str()) {
                    let inner = &html[at..];
                    let close = find_close(inner, &tag);
                    page.elements[index].text = decode(&inner[..close]);
                    at += close;
                    at += html[at..].find('>').map_or(html.len() - at, |end| end + 1);
                } else if !VOID.contains(&tag.as_str()) {
                    open.push(index);
                }
            } else {
                at += 1;
            }
        }
        page.bind_by_form_attribute();
        page
    }

    fn place(&mut self, mut element: Element, open: &[usize]) {
        let parent = open.last().map(|&index| &self.elements[index]);
        element.rendered &= parent.is_none_or(|parent| parent.rendered);
        element.disabled |= open
            .iter()
            .any(|&index| self.elements[index].tag == "fieldset" && self.elements[index].disabled);
        element.form = open
            .iter()
            .rev()
            .copied()
            .find(|&index| self.elements[index].tag == "form");
        self.elements.push(element);
    }

    fn bind_by_form_attribute(&mut self) {
        for index in 0..self.elements.len() {
            let Some(id) = self.elements[index].attr("form").map(str::to_owned) else {
                continue;
            };
            self.elements[index].form = self
                .elements
                .iter()
                .position(|other| other.tag == "form" && other.attr("id") == Some(&id));
        }
    }

    /// The first element with this id.
    pub fn by_id(&self, id: &str) -> Option<usize> {
        self.elements.iter().position(|element| element.attr("id") == Some(id))
    }

    /// Where and after how many seconds `<meta http-equiv="refresh">` sends the browser (None: to the same page).
    pub fn refresh(&self) -> Option<(u64, Option<String>)> {
        let meta = self.elements.iter().find(|element| {
            element.tag == "meta"
                && element
                    .attr("http-equiv")
                    .is_some_and(|value| value.eq_ignore_ascii_case("refresh"))
        })?;
        let content = meta.attr("content")?;
        let (seconds, target) = content.split_once([';', ',']).unwrap_or((content, ""));
        let seconds = seconds.trim().split('.').next().and_then(|whole| whole.parse().ok())?;
        let target = target.trim();
        let url = match target.get(..3) {
            Some(word) if word.eq_ignore_ascii_case("url") => target[3..].trim_start().trim_start_matches('=').trim(),
            _ => target,
        };
        let url = url.trim_matches(['"', '\'']);
        Some((seconds, (!url.is_empty()).then(|| url.to_owned())))
    }
}

fn find_close(inner: &str, tag: &str) -> usize {
    let lower = inner.to_ascii_lowercase();
    lower.find(&format!("</{tag}")).unwrap_or(inner.len())
}

/// Reads `<tag a="b" …>`; gives the element and how many bytes it took.
fn start_tag(rest: &str) -> (Element, usize) {
    let bytes = rest.as_bytes();
    let mut at = 1;
    let until = |mut at: usize, stop: &dyn Fn(u8) -> bool| {
        while at < bytes.len() && !stop(bytes[at]) {
            at += 1;
        }
        at
    };
    let end = until(at, &|b| b.is_ascii_whitespace() || b == b'>' || b == b'/');
    let mut element = Element {
        tag: rest[at..end].to_ascii_lowercase(),
        rendered: true,
        ..Element::default()
    };
    at = end;
    loop {
        at = until(at, &|b| !b.is_ascii_whitespace() && b != b'/');
        if at >= bytes.len() {
            break;
        }
        if bytes[at] == b'>' {
            at += 1;
            break;
        }
        let from = at;
        at = until(at + 1, &|b| {
            b.is_ascii_whitespace() || b == b'=' || b == b'>' || b == b'/'
        });
        let name = rest[from..at].to_ascii_lowercase();
        let equals = until(at, &|b| !b.is_ascii_whitespace());
        let mut value = "";
        if bytes.get(equals) == Some(&b'=') {
            at = until(equals + 1, &|b| !b.is_ascii_whitespace());
            if let Some(&quote @ (b'"' | b'\'')) = bytes.get(at) {
                let close = until(at + 1, &|b| b == quote);
                value = &rest[at + 1..close];
                at = (close + 1).min(bytes.len());
            } else {
                let close = until(at, &|b| b.is_ascii_whitespace() || b == b'>');
                value = &rest[at..close];
                at = close;
            }
        }
        if element.attr(&name).is_none() {
            element.attrs.push((name, decode(value)));
        }
    }
    let style: String = element.attr("style").unwrap_or("").split_whitespace().collect();
    let style = style.to_ascii_lowercase();
    let kind = element.attr("type").unwrap_or_default();
    let hidden_input = element.tag == "input" && kind.eq_ignore_ascii_case("hidden");
    element.rendered = element.attr("hidden").is_none()
        && !style.contains("display:none")
        && !style.contains("visibility:hidden")
        && !hidden_input;
    element.disabled = element.attr("disabled").is_some();
    (element, at)
}

/// Decodes the entities that a form's values carry.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').filter(|&end| end <= 10).map(|end| &rest[1..end]);
        let decoded = entity.and_then(|name| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            _ => name.strip_prefix('#').and_then(|digits| {
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => digits.parse().ok(),
                };
                code.and_then(char::from_u32)
            }),
        });
        if let (Some(entity), Some(decoded)) = (entity, decoded) {
            out.push(decoded);
            rest = &rest[entity.len() + 2..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ids_forms_and_what_is_hidden() {
        let page = Page::parse(
            "<!doctype html><!-- <button type=submit> --><body><div style='display: none'><input id=a></div>\
             <form id=f action='/x?a=1&amp;b=2'><INPUT ID=\"b\" value=\"l&#39;&eacute;t&quot;\" disabled><p hidden><b id=c></b></p></form>\
             <input id=d form=f><noscript><input id=e></noscript><script>if (a<b) '<input id=g>'</script></body>",
        );
        let get = |id: &str| page.by_id(id).map(|index| &page.elements[index]);
        assert!(!get("a").expect("a").rendered);
        let b = get("b").expect("b");
        assert!(b.rendered && b.disabled && b.form.is_some());
        assert_eq!(b.attr("value"), Some("l'&eacute;t\""));
        assert!(!get("c").expect("c").rendered);
        assert_eq!(get("d").expect("d").form, b.form);
        assert_eq!(page.elements[b.form.expect("form")].attr("action"), Some("/x?a=1&b=2"));
        assert_eq!(get("e"), None);
        assert_eq!(get("g"), None);
        assert!(!page.elements.iter().any(|element| element.tag == "button"));
    }

    #[test]
    fn reads_refresh() {
        let refresh =
            |content: &str| Page::parse(&format!("<meta http-equiv=Refresh content=\"{content}\">")).refresh();
        assert_eq!(refresh("2;url=/robot/ab"), Some((2, Some("/robot/ab".into()))));
        assert_eq!(
            refresh("0; URL='https://h/x?y=1'"),
            Some((0, Some("https://h/x?y=1".into())))
        );
        assert_eq!(refresh("3"), Some((3, None)));
        assert_eq!(Page::parse("<p>").refresh(), None);
    }

    #[test]
    fn survives_rubbish() {
        for text in [
            "<", "</", "<a", "<a b", "<a b=", "<a b='", "<!--", "<!", "&", "&#x;", "<script>", "</x", "é<é", "<input/",
        ] {
            let _ = Page::parse(text);
        }
    }
}
