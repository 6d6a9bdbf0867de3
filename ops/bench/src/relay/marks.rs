//! Tables in docs/benchmarks.md stand between two marks that say which command writes them.

use anyhow::Context as _;

/// Puts the table of `ops/bench/NAME --write` between its marks.
pub fn write(name: &str, table: &str) -> anyhow::Result<()> {
    let path = "docs/benchmarks.md";
    let begin = format!("<!-- {name}: written by ops/bench/{name} --write -->\n");
    let end = format!("<!-- /{name} -->");
    let text = std::fs::read_to_string(path)?;
    let missing = || format!("{path} has no marks of the table {name}");
    let (before, rest) = text.split_once(&begin).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    std::fs::write(path, format!("{before}{begin}{table}{end}{after}"))?;
    Ok(())
}
