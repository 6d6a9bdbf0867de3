//! Documents of a room, as BBB takes them with `create` and `insertDocument`: by address (contract §2.1, XML body).

use bytes::Bytes;

use crate::outgoing::Payload;

/// A document that BBB fetches.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Where; a bearer secret.
    pub url: String,
    /// Its name, whose ending says its kind.
    pub name: String,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Text of an attribute. What XML 1.0 has no way to write is left out: one such character makes BBB refuse the whole body.
fn attribute(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// The body that names them; the first is shown.
pub fn modules(documents: &[Document]) -> Payload {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><modules><module name=\"presentation\">");
    for (n, document) in documents.iter().enumerate() {
        out.push_str("<document url=\"");
        attribute(&document.url, &mut out);
        out.push_str("\" filename=\"");
        attribute(&document.name, &mut out);
        out.push_str(if n == 0 { "\" current=\"true\"/>" } else { "\"/>" });
    }
    out.push_str("</module></modules>");
    Payload {
        content_type: "application/xml",
        bytes: Bytes::from(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Census M33: every file was called presentation.pdf, whatever it was.
    #[test]
    fn names_break_no_document() {
        let documents = [
            Document {
                url: "https://live.example/slides/a?x=1&y=2".into(),
                name: "\"a\" & <b>\u{0}.pdf".into(),
            },
            Document {
                url: "https://live.example/slides/b".into(),
                name: "é.png".into(),
            },
        ];
        let body = String::from_utf8(modules(&documents).bytes.to_vec()).expect("text");
        assert_eq!(
            body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><modules><module name=\"presentation\">\
             <document url=\"https://live.example/slides/a?x=1&amp;y=2\" filename=\"&quot;a&quot; &amp; &lt;b&gt;.pdf\" current=\"true\"/>\
             <document url=\"https://live.example/slides/b\" filename=\"é.png\"/></module></modules>"
        );
        let read = quick_xml::Reader::from_str(&body).read_event();
        assert!(read.is_ok());
    }
}
