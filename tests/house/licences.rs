//! Every package that goes into the build is under a permissive licence: what `deny.toml` demands, without cargo-deny.

use std::process::Command;

/// The licences that may be relied on; `deny.toml` lists the same.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether the licence expression can be met with allowed licences alone. `/` is the old spelling of `OR`.
fn permitted(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let words: Vec<String> =
        expression.replace('(', " ( ").replace(')', " ) ").split_whitespace().map(str::to_owned).collect();
    let mut at = 0;
    let met = alternatives(&words, &mut at);
    met && at == words.len()
}

fn alternatives(words: &[String], at: &mut usize) -> bool {
    let mut met = demands(words, at);
    while words.get(*at).is_some_and(|word| word == "OR") {
        *at += 1;
        met |= demands(words, at);
    }
    met
}

fn demands(words: &[String], at: &mut usize) -> bool {
    let mut met = licence(words, at);
    while words.get(*at).is_some_and(|word| word == "AND") {
        *at += 1;
        met &= licence(words, at);
    }
    met
}

fn licence(words: &[String], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if word == "(" {
        let met = alternatives(words, at);
        let closed = words.get(*at).is_some_and(|word| word == ")");
        *at += 1;
        return met && closed;
    }
    let mut name = word.clone();
    if words.get(*at).is_some_and(|word| word == "WITH") {
        name = words[*at - 1..].iter().take(3).cloned().collect::<Vec<_>>().join(" ");
        *at += 2;
    }
    ALLOWED.contains(&name.as_str())
}

#[test]
fn expressions_are_read() {
    for (expression, expected) in [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only", false),
        ("LGPL-2.1-or-later OR MIT", true),
        ("MIT AND LGPL-2.1-or-later", false),
        ("(MIT OR GPL-2.0) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception OR AGPL-3.0", true),
        ("", false),
    ] {
        assert_eq!(permitted(expression), expected, "{expression}");
    }
}

#[test]
fn every_dependency_is_permissive() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 20);
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !permitted(package["license"].as_str().unwrap_or_default()))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn deny_toml_lists_the_same_licences() {
    let text = include_str!("../../deny.toml");
    let list = text.split_once("allow = [").unwrap().1.split_once(']').unwrap().0;
    let listed: Vec<&str> =
        list.split(',').map(|item| item.trim().trim_matches('"')).filter(|item| !item.is_empty()).collect();
    assert_eq!(listed, ALLOWED);
}
