//! The modules of the core are layers: a lower one never names a higher one (ARCHITECTURE.md).
//!
//! In: the text of `core/src`. Out: every `crate::…` that points upwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the bottom up. Modules of one layer may name each other.
const LAYERS: &[&[&str]] = &[
    &["error", "cancel", "environment"],
    &["checksum"],
    &["delta"],
    &["wire"],
    &["event"],
    &["filter", "options"],
    &["files", "tree", "transport"],
    &["session"],
    &["client", "daemon", "serve"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// Which module each name comes from that `lib.rs` re-exports at the root.
fn root_names(lib: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in code(lib).split(';') {
        let Some((_, path)) = statement.split_once("pub use ") else { continue };
        let Some((module, rest)) = path.split_once("::") else { continue };
        for name in rest.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
            names.insert(name.to_owned(), module.trim().to_owned());
        }
    }
    names
}

/// The text without its comments.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first name after each `crate::`, those in braces included.
fn names_used(text: &str) -> Vec<String> {
    let code = code(text);
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let part_of_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if part_of_a_word {
            continue;
        }
        let rest = &code[at + found.len()..];
        if !rest.starts_with('{') {
            names.push(word(rest));
            continue;
        }
        let mut depth = 0;
        for (i, character) in rest.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(character, '{' | ',') {
                names.push(word(&rest[i + 1..]));
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// What is wrong with one file of `module`.
fn violations(module: &str, text: &str, root: &BTreeMap<String, String>) -> Vec<String> {
    let Some(own) = layer(module) else {
        return vec![format!("{module} has no layer: give it one in tests/house/layers.rs")];
    };
    names_used(text)
        .iter()
        .filter_map(|name| {
            let used = root.get(name).unwrap_or(name);
            match layer(used) {
                Some(theirs) if theirs <= own => None,
                Some(_) => Some(format!("{module} names {name} of the higher layer {used}")),
                None if used == module => None,
                None => Some(format!("{module} names {name}, which has no layer")),
            }
        })
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_layer_names_a_higher_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src");
    let root = root_names(&fs::read_to_string(source.join("lib.rs")).unwrap());
    let mut files = Vec::new();
    sources(&source, &mut files);
    assert!(files.len() > 20, "only {} files found", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.strip_prefix(&source).unwrap();
        let first = name.iter().next().unwrap().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        if module == "lib" {
            continue;
        }
        let found = violations(module, &fs::read_to_string(&path).unwrap(), &root);
        wrong.extend(found.into_iter().map(|sentence| format!("{}: {sentence}", name.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn violations_are_caught_however_they_are_written() {
    let root = root_names("pub use error::{Error, ErrorKind};\npub use client::Transfer;");
    for (module, text, wrong) in [
        ("delta", "use crate::checksum::WeakKind;", 0),
        ("delta", "use crate::error::{Error, Result}; use crate::{Error, ErrorKind};", 0),
        ("delta", "// as crate::files does", 0),
        ("delta", "use crate::files::Control;", 1),
        ("checksum", "use crate::delta::Op;", 1),
        ("wire", "use crate::{error::Error, session::{run, Channel}, checksum};", 1),
        ("wire", "fn f() { let x = crate::tree::Root::open(); }", 1),
        ("wire", "use crate::Transfer;", 1),
        ("delta", "pub(crate) use crate::novelty::X;", 1),
        ("novelty", "", 1),
        ("session", "use crate::client::Endpoint; use crate::daemon::Config;", 2),
        ("error", "use crate::checksum;", 1),
    ] {
        let found = violations(module, text, &root);
        assert_eq!(found.len(), wrong, "{module}: {text}: {found:?}");
    }
}
