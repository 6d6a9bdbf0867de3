//! CSV that spreadsheets open: quoted where it must be, and no text that they would take for a formula.

/// A field. Text that a spreadsheet would calculate gets an apostrophe: a name can be `=HYPERLINK(…)`.
pub fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A row, with its end.
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(field).collect();
    format!("{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_calculated_and_nothing_breaks_out() {
        assert_eq!(row(["a", "", "b c"]), "a,,b c\r\n");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(field(formula).trim_start_matches('"').starts_with('\''), "{formula}");
        }
        assert_eq!(field("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
        assert_eq!(field("a\r\nb"), "\"a\r\nb\"");
        assert_eq!(field("Zoé; Bob"), "\"Zoé; Bob\"");
    }
}
