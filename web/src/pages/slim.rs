//! Scripts and style without what only their authors read: a third less to send. There is no build step that would do it
//! (and none that could break a script): lines that are nothing but a comment go, and so does the space before a line.

/// A script of ours, without the lines that are comments and without indentation.
///
/// Line by line and on purpose simple: a script with a text over several lines or a block comment comes back as it is.
pub fn script(source: &str) -> String {
    let over_lines = |line: &str| line.matches('`').count() % 2 == 1 || line.contains("/*") || line.ends_with('\\');
    if source.lines().any(over_lines) {
        return source.to_owned();
    }
    joined(source.lines().map(str::trim).filter(|l| !l.starts_with("//")))
}

/// A style sheet of ours, without comments and without indentation.
pub fn style(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    joined(kept.lines().map(str::trim))
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for line in lines.filter(|l| !l.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_nothing_else() {
        let source =
            "// why\nconst a = \"https://x\"; // stays\n\n  if (a) {\n    // gone\n    b(`${a} // text`);\n  }\n";
        assert_eq!(
            script(source),
            "const a = \"https://x\"; // stays\nif (a) {\nb(`${a} // text`);\n}\n"
        );
        assert_eq!(
            style("/* one\n two */\na { b: c; }\n\n  /* x */ d { e: f; }\n"),
            "a { b: c; }\nd { e: f; }\n"
        );
    }

    #[test]
    fn a_text_over_several_lines_is_left_alone() {
        for source in ["const a = `x\n  // y`;\n", "/* a\n // b */\nc();\n"] {
            assert_eq!(script(source), source);
        }
    }
}
