//! Content lines (RFC 5545 §3.1): escaped, folded at 75 octets, ended with CR LF.

/// Octets of a line, its end not counted.
const FOLD: usize = 75;

/// What was written so far.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A value that needs no escaping: dates, numbers, rules, addresses. What could end a line is dropped all the same.
    pub fn raw(&mut self, name: &str, value: &str) {
        let line: String = format!("{name}:{value}").chars().filter(|c| !c.is_control()).collect();
        self.fold(&line);
    }

    /// A text (§3.3.11).
    pub fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len());
        for c in value.replace("\r\n", "\n").chars() {
            match c {
                '\\' | ';' | ',' => escaped.extend(['\\', c]),
                '\n' => escaped.push_str("\\n"),
                '\t' => escaped.push(' '),
                c if c.is_control() => {}
                c => escaped.push(c),
            }
        }
        self.raw(name, &escaped);
    }

    /// Somebody with a mail address. A word stands as it is, as the grammar has `ROLE`, `PARTSTAT` and `RSVP` (RFC 5545 §3.2); else the
    /// parameter is quoted, and holds no quotes.
    pub fn person(&mut self, name: &str, parameters: &[(&str, &str)], mail: &str) {
        let mut head = name.to_owned();
        for (key, value) in parameters {
            let plain: String = value.chars().filter(|c| *c != '"' && !c.is_control()).collect();
            let word = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let quote = if word { "" } else { "\"" };
            head.extend([";", key, "=", quote, &plain, quote]);
        }
        self.raw(&head, &format!("mailto:{mail}"));
    }

    /// Never inside a character: some programs read each line by itself.
    fn fold(&mut self, line: &str) {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > FOLD {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    pub fn done(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(f: impl FnOnce(&mut Lines)) -> String {
        let mut lines = Lines::default();
        f(&mut lines);
        lines.done()
    }

    #[test]
    fn texts_are_escaped() {
        let said = one(|l| l.text("SUMMARY", "a,b;c\\d\r\ne\u{7}\tf"));
        assert_eq!(said, "SUMMARY:a\\,b\\;c\\\\d\\ne f\r\n");
        let who = one(|l| l.person("ORGANIZER", &[("CN", "Zoé \"Z\"; M\r\nX:1")], "zoe@univ.example"));
        assert_eq!(who, "ORGANIZER;CN=\"Zoé Z; MX:1\":mailto:zoe@univ.example\r\n");
    }

    #[test]
    fn words_of_the_grammar_are_not_quoted() {
        let said = one(|l| {
            l.person(
                "ATTENDEE",
                &[("ROLE", "REQ-PARTICIPANT"), ("RSVP", "FALSE"), ("CN", "")],
                "a@b.example",
            );
        });
        assert_eq!(
            said,
            "ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE;CN=\"\":mailto:a@b.example\r\n"
        );
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let said = one(|l| l.text("SUMMARY", &"é".repeat(100)));
        for line in said.trim_end().split("\r\n") {
            assert!(line.len() <= FOLD, "{line}");
        }
        assert_eq!(said.replace("\r\n ", ""), format!("SUMMARY:{}\r\n", "é".repeat(100)));
    }
}
