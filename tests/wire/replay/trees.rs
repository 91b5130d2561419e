//! The trees of a recorded session. In: lists of entries. Out: files; and how files differ from what the session left.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, makedev, mknodat, utimensat};
use serde_json::Value;

use crate::case::Case;

/// Makes `src`, `dst` and `alt` in `here`, and lists of files; false if this user may not, or the file system cannot.
pub(crate) fn make(case: &Case, here: &Path) -> bool {
    for (name, fact) in [("src", "source"), ("dst", "destination"), ("alt", "alt")] {
        let entries = case.fact(fact).as_array().map(Vec::as_slice).unwrap_or_default();
        if !make_tree(&here.join(name), entries) {
            return false;
        }
    }
    for (name, text) in case.fact("files").as_object().into_iter().flatten() {
        fs::write(here.join(name), text.as_str().unwrap()).unwrap();
    }
    true
}

fn make_tree(root: &Path, entries: &[Value]) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    fs::create_dir(root).unwrap();
    for entry in entries {
        if !entry["acl"].is_null() || !entry["default_acl"].is_null() || !entry["xattrs"].is_null() {
            return false;
        }
        let needs_root = !entry["uid"].is_null() || matches!(text(&entry["type"]), "char" | "block");
        if needs_root && !is_root {
            return false;
        }
        make_entry(root, entry);
    }
    // Making an entry changes its directory, and a directory may forbid it.
    for entry in entries.iter().rev() {
        attributes(root, entry);
    }
    attributes(root, &serde_json::json!({ "path": "", "type": "dir" }));
    true
}

fn make_entry(root: &Path, entry: &Value) {
    let path = root.join(name(entry));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let special = |kind, device| mknodat(CWD, &path, kind, Mode::from(0o600), device).unwrap();
    let device = || {
        let part = |at: usize| entry["rdev"][at].as_u64().unwrap() as u32;
        makedev(part(0), part(1))
    };
    match text(&entry["type"]) {
        "file" => fs::write(&path, content(&entry["content"])).unwrap(),
        "sparse" => fs::File::create(&path).unwrap().set_len(entry["len"].as_u64().unwrap()).unwrap(),
        "dir" => fs::create_dir_all(&path).unwrap(),
        "symlink" => symlink(text(&entry["target"]), &path).unwrap(),
        "hardlink" => fs::hard_link(root.join(text(&entry["to"])), &path).unwrap(),
        "fifo" => special(FileType::Fifo, 0),
        "socket" => drop(UnixListener::bind(&path).unwrap()),
        "char" => special(FileType::CharacterDevice, device()),
        "block" => special(FileType::BlockDevice, device()),
        other => panic!("{other}"),
    }
}

fn attributes(root: &Path, entry: &Value) {
    let path = root.join(name(entry));
    let kind = text(&entry["type"]);
    if kind == "hardlink" {
        return;
    }
    if let Some(user) = entry["uid"].as_u64() {
        let group = entry["gid"].as_u64().unwrap();
        std::os::unix::fs::lchown(&path, Some(user as u32), Some(group as u32)).unwrap();
    } else if rustix::process::geteuid().is_root() && kind != "symlink" {
        chown(&path, Some(0), Some(0)).unwrap();
    }
    if kind != "symlink" {
        let usual = if kind == "dir" { 0o755 } else { 0o644 };
        let mode = entry["mode"].as_str().map_or(usual, |mode| u32::from_str_radix(mode, 8).unwrap());
        let mode = entry["mode"].as_u64().map_or(mode, |mode| mode as u32);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    let seconds = entry["mtime"].as_i64().unwrap_or(1_700_000_000);
    let modified = Timespec { tv_sec: seconds, tv_nsec: entry["nsec"].as_i64().unwrap_or(0) };
    let accessed = Timespec { tv_sec: entry["atime"].as_i64().unwrap_or(seconds), tv_nsec: 0 };
    let times = Timestamps { last_access: accessed, last_modification: modified };
    utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn name(entry: &Value) -> PathBuf {
    match entry["path_hex"].as_str() {
        Some(hex) => OsString::from_vec(unhex(hex)).into(),
        None => text(&entry["path"]).into(),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn content(pieces: &Value) -> Vec<u8> {
    let mut content = Vec::new();
    for piece in pieces.as_array().into_iter().flatten() {
        let length = piece["len"].as_u64().unwrap_or(0) as usize;
        if let Some(text) = piece.as_str() {
            content.extend_from_slice(text.as_bytes());
        } else if let Some(text) = piece["repeat"].as_str() {
            content.extend(text.bytes().cycle().take(length));
        } else {
            let mut state = piece["lcg"].as_u64().unwrap();
            content.extend((0..length).map(|_| {
                state = (state * 1_103_515_245 + 12_345) % (1 << 31);
                (state >> 16) as u8
            }));
        }
    }
    content
}

/// How the destination differs from the one the session left: an entry missing, too many, or other in mode, size, target, content.
pub(crate) fn differences(case: &Case, root: &Path) -> Vec<String> {
    let mut wanted = BTreeMap::new();
    for entry in case.fact("result").as_array().unwrap() {
        let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let size = entry["size"].as_u64();
        wanted.insert(part("path"), (part("mode"), size, part("target"), part("sha256")));
    }
    let mut found = BTreeMap::new();
    collect(root, Path::new(""), &mut found);
    let sums = checksums(root, &found);
    let mut differences = Vec::new();
    for (path, status) in &found {
        // In results bytes that are not UTF-8 are told as \\xNN.
        let told: String = path
            .as_os_str()
            .as_encoded_bytes()
            .utf8_chunks()
            .map(|chunk| {
                let odd: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
                format!("{}{odd}", chunk.valid())
            })
            .collect();
        let target = fs::read_link(root.join(path)).unwrap_or_default().to_string_lossy().into_owned();
        let size = status.is_file().then_some(status.len());
        let sum = sums.get(path).cloned().unwrap_or_default();
        let entry = (format!("{:o}", status.mode()), size, target, sum);
        match wanted.remove(&told) {
            None => differences.push(format!("{path:?} is too many")),
            Some(other) if other != entry => {
                differences.push(format!("{path:?} is {entry:?}, not {other:?}"));
            }
            Some(_) => {}
        }
    }
    differences.extend(wanted.into_keys().map(|path| format!("{path:?} is missing")));
    differences
}

fn collect(root: &Path, at: &Path, found: &mut BTreeMap<PathBuf, fs::Metadata>) {
    for entry in fs::read_dir(root.join(at)).unwrap() {
        let path = at.join(entry.unwrap().file_name());
        let status = fs::symlink_metadata(root.join(&path)).unwrap();
        if status.is_dir() {
            collect(root, &path, found);
        }
        found.insert(path, status);
    }
}

/// SHA-256 of every regular file, by the program that every system has.
fn checksums(root: &Path, found: &BTreeMap<PathBuf, fs::Metadata>) -> BTreeMap<PathBuf, String> {
    let files: Vec<&PathBuf> =
        found.iter().filter(|(_, status)| status.is_file()).map(|(path, _)| path).collect();
    if files.is_empty() {
        return BTreeMap::new();
    }
    let output =
        Command::new("sha256sum").arg("-z").arg("--").args(&files).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sums = output
        .stdout
        .split(|&byte| byte == 0)
        .map(|line| String::from_utf8_lossy(&line[..line.len().min(64)]).into_owned());
    files.into_iter().cloned().zip(sums).collect()
}
