//! The documentation of the settings, made from their declarations.

use std::fmt::Write as _;

use amphi_web::pages::admin::settings::word;

use super::SETTINGS;

/// `docs/settings.md`.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Settings\n\n\
         Made by `amphi settings --markdown` from `src/config/settings.rs`; a test compares the two.\n\n\
         In the environment as below; in a file (`--config FILE` or `AMPHI_CONFIG`, flat TOML) the same in lower case without `AMPHI_`; on the\n\
         command line `--set name=value`. A value comes from the file, the environment, a flag, in rising order. A secret can also be\n\
         given as `…_FILE`, the path of a file that holds it, and is never taken from the command line. An unknown name is refused.\n\
         Seconds may have decimals, such as `0.2`. What became of Esup-Pod's settings: [settings of Pod](settings-of-pod.md).\n\
         Administrators see what is in force, and where it comes from, under *Administration*, *Settings*.\n",
    );
    let mut section = None;
    for s in SETTINGS {
        if section != Some(s.section) {
            section = Some(s.section);
            let title = word(s.section).en;
            let _ = write!(
                out,
                "\n## {title}\n\n| Setting | Form | Default | What |\n|---|---|---|---|\n"
            );
        }
        let secret = if s.secret {
            format!(" or `{}_FILE`", s.env())
        } else {
            String::new()
        };
        let default = if s.default.is_empty() {
            String::new()
        } else {
            format!("`{}`", s.default)
        };
        let _ = writeln!(
            out,
            "| `{}`{secret} | {} | {default} | {} |",
            s.env(),
            s.form,
            s.doc.trim()
        );
    }
    out
}

/// For a terminal.
pub fn table() -> String {
    let names: Vec<String> = SETTINGS.iter().map(super::Setting::env).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for (s, name) in SETTINGS.iter().zip(&names) {
        let default = if s.default.is_empty() {
            String::new()
        } else {
            format!(" [{}]", s.default)
        };
        let file = if s.secret { ", also as …_FILE" } else { "" };
        let _ = writeln!(
            out,
            "{name:width$}  {}{file}{default}\n{:width$}  {}",
            s.form,
            "",
            s.doc.trim()
        );
    }
    out
}
