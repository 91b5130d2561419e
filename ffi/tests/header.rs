//! `include/syncline.h` is what the sources say, and `abi.txt` lists what the header declares. `SYNCLINE_WRITE=1` writes both.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

fn compare(path: &Path, expected: &str) {
    if std::env::var_os("SYNCLINE_WRITE").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{} is out of date: run `make header`", path.display());
}

#[test]
fn header_and_symbol_list_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    let mut header = Vec::new();
    cbindgen::Builder::new().with_crate(root).with_config(config).generate().unwrap().write(&mut header);
    let header = String::from_utf8(header).unwrap();
    // Rust's safety sections are about Rust; the header's own rules stand at its top.
    let header = without_safety(&header);
    compare(&root.join("../include/syncline.h"), &header);

    let mut symbols: Vec<&str> = header
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .zip(header.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).skip(1))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("syncline_") && header.contains(&format!("{name}(")))
        .filter(|name| !header.contains(&format!("(*{name})(")))
        .collect();
    symbols.sort_unstable();
    symbols.dedup();
    compare(&root.join("abi.txt"), &(symbols.join("\n") + "\n"));
}

/// What events and reports hold is the same in every surface.
#[test]
fn there_is_an_accessor_for_every_field_of_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let symbols = std::fs::read_to_string(root.join("abi.txt")).unwrap();
    let schema = std::fs::read_to_string(root.join("../tests/vectors/events.tsv")).unwrap();
    let rows = schema.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    assert!(rows.len() > 40);
    for row in rows {
        let name = format!("syncline_{}", row.rsplit('\t').next().unwrap());
        assert!(symbols.lines().any(|symbol| symbol == name), "{name}");
    }
}

fn without_safety(header: &str) -> String {
    let mut lines = Vec::new();
    let mut skipping = false;
    for line in header.lines() {
        let text = line.trim_start().trim_start_matches('*').trim();
        if text == "# Safety" {
            skipping = true;
            // The blank line before it.
            if lines.last().is_some_and(|last: &&str| last.trim() == "*") {
                lines.pop();
            }
        }
        if line.trim() == "*/" {
            skipping = false;
        }
        if !skipping {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}
