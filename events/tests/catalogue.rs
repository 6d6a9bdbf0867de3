//! The catalogue in `docs/events.md` is what the program has. `UPDATE_DOCS=1` writes it.

use std::fmt::Write as _;

use amphi_events::catalogue::catalogue;

const BEGIN: &str = "<!-- catalogue: begin -->\n";
const END: &str = "<!-- catalogue: end -->";

fn class(ty: &str) -> &'static str {
    if ty.contains("Sealed") {
        "personal, sealed"
    } else if ["Public", "Details", "Setup", "Adoption", "ForeignRoom"]
        .iter()
        .any(|p| ty.contains(p))
    {
        "institutional, in clear"
    } else {
        "id, number, enum, time or code"
    }
}

fn made() -> String {
    let mut out = String::new();
    for (stream, specs) in catalogue() {
        let _ = writeln!(
            out,
            "\n### `{stream}-…`\n\n| Event | Schema | What happened | Fields |\n|---|---|---|---|"
        );
        for spec in specs {
            let fields: Vec<_> = spec
                .fields
                .iter()
                .map(|(name, ty)| format!("`{name}`: `{ty}` ({})", class(ty)))
                .collect();
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} |",
                spec.kind,
                spec.schema,
                spec.doc.trim(),
                fields.join("; ")
            );
        }
    }
    out.push('\n');
    out
}

#[test]
fn the_catalogue_is_complete() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (held, tail) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{BEGIN}{}{END}{tail}", made())).unwrap();
    } else {
        assert_eq!(held, made(), "docs/events.md is behind: run with UPDATE_DOCS=1");
    }
}
