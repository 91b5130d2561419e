//! Session code reaches files only through `tree`, so no name that a peer chose is ever opened by a path.
//!
//! In: the text of `core/src/session`. Out: every call that takes a path, or goes to the system past `tree`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// What opens, changes or examines files by a path. `File` itself, once `tree` has opened it, is fine.
const FORBIDDEN: &[&str] = &[
    "std::fs::{",
    "std::fs;",
    "std::fs::OpenOptions",
    "File::open(",
    "File::create",
    "File::options",
    "OpenOptions",
    "rustix::fs",
    "libc::",
    "tempfile::",
    ".canonicalize()",
    ".symlink_metadata()",
    ".read_dir()",
    ".read_link()",
    ".exists()",
    ".try_exists()",
    ".is_dir()",
    ".is_file()",
    ".is_symlink()",
];

/// The calls of one file, without its comments and its tests.
fn violations(text: &str) -> Vec<String> {
    let code = text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code);
    let lines = code.lines().enumerate().map(|(i, line)| {
        let code = line.split_once("//").map_or(line, |(code, _)| code);
        (i + 1, code)
    });
    let mut wrong = Vec::new();
    for (number, line) in lines {
        wrong.extend(
            FORBIDDEN.iter().filter(|call| has_call(line, call)).map(|call| format!("{number}: {call}")),
        );
        // Free functions: `std::fs::read`, but not the type `std::fs::File`.
        for (at, found) in line.match_indices("std::fs::") {
            let rest = &line[at + found.len()..];
            if rest.starts_with(char::is_lowercase) {
                wrong.push(format!("{number}: std::fs::{rest}"));
            }
        }
    }
    wrong
}

/// Whether `line` has `call`, and not as the end of a longer name (`TemporaryFile::create`).
fn has_call(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !(call.starts_with(char::is_alphabetic) && before.is_some_and(char::is_alphanumeric))
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn sessions_reach_files_only_through_held_directories() {
    let session = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/session");
    let mut files = Vec::new();
    sources(&session, &mut files);
    assert!(files.len() > 10, "only {} files found", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.strip_prefix(&session).unwrap().display().to_string();
        let found = violations(&fs::read_to_string(&path).unwrap());
        wrong.extend(found.into_iter().map(|sentence| format!("session/{name}:{sentence}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_by_path_are_caught_however_they_are_written() {
    for (text, wrong) in [
        ("use std::fs::File;", 0),
        ("fn f(file: &std::fs::File) {}", 0),
        ("// never std::fs::read", 0),
        ("#[cfg(test)]\nmod tests {\n    use std::fs;\n}", 0),
        ("let file = TemporaryFile::create_beside(directory, name, mode);", 0),
        ("use std::fs;", 1),
        ("use std::fs::{self, File};", 1),
        ("let content = std::fs::read(path);", 1),
        ("let file = File::open(path)?;", 1),
        ("let file = File::create_new(path)?;", 1),
        ("if path.exists() {", 1),
        ("use rustix::fs::openat;", 1),
        ("unsafe { libc::unlink(name) }", 1),
    ] {
        assert_eq!(violations(text).len(), wrong, "{text}");
    }
}
