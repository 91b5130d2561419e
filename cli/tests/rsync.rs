//! The command as rsync: copies, lists, refusals, and itself at the other end of a remote shell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with the tree `from`, and `rsync`, which is the command under that name.
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        fs::create_dir_all(folder.path("from/sub")).unwrap();
        fs::write(folder.path("from/big"), vec![7; 1_500_000]).unwrap();
        fs::write(folder.path("from/sub/small"), "x\n").unwrap();
        symlink("big", folder.path("from/link")).unwrap();
        symlink(env!("CARGO_BIN_EXE_syncline"), folder.path("rsync")).unwrap();
        fs::write(folder.path("shell"), "#!/bin/sh\nshift\nexec \"$@\"\n").unwrap();
        fs::set_permissions(folder.path("shell"), fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, program: &str, line: &str) -> Output {
        let line = line.replace("HERE", self.0.path().to_str().unwrap());
        Command::new(self.path(program))
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn rsync(&self, line: &str) -> String {
        let output = self.run("rsync", line);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{line}");
        String::from_utf8(output.stdout).unwrap()
    }
}

const ITEMS: &str = "f+++++++++ big\ncL+++++++++ link -> big\ncd+++++++++ sub/\n";

#[test]
fn a_copy_prints_rsyncs_lines_and_a_second_one_prints_none() {
    let folder = Folder::new();
    let text = folder.rsync("-ai from/ to/");
    assert!(text.ends_with(&format!(">{ITEMS}>f+++++++++ sub/small\n")), "{text}");
    assert_eq!(fs::read(folder.path("to/big")).unwrap(), vec![7; 1_500_000]);
    assert_eq!(folder.rsync("-ai from/ to/"), "");
    let text = folder.rsync("-av from/ to/");
    assert!(text.starts_with("sending incremental file list\n\nsent "), "{text}");
    assert!(text.contains("\ntotal size is 1,500,005  speedup is "), "{text}");
}

#[test]
fn it_is_both_ends_of_a_remote_shell() {
    let folder = Folder::new();
    let push = folder.rsync("-ai -e HERE/shell --rsync-path=HERE/rsync from/ host:HERE/pushed/");
    assert!(push.contains(&format!("<{ITEMS}<f+++++++++ sub/small\n")), "{push}");
    let pull = folder.rsync("-ai -e HERE/shell --rsync-path=HERE/rsync host:HERE/from/ pulled/");
    assert!(pull.contains(&format!(">{ITEMS}>f+++++++++ sub/small\n")), "{pull}");
    for place in ["pushed", "pulled"] {
        assert_eq!(fs::read(folder.path(place).join("sub/small")).unwrap(), b"x\n");
        assert_eq!(fs::read_link(folder.path(place).join("link")).unwrap(), PathBuf::from("big"));
    }
    assert_eq!(
        folder.rsync("-ai --secluded-args -e HERE/shell --rsync-path=HERE/rsync from/ host:HERE/pushed/"),
        ""
    );
}

#[test]
fn a_listing_has_a_line_for_every_entry() {
    let folder = Folder::new();
    let text = folder.rsync("-rl --list-only from/");
    let names: Vec<&str> = text.lines().map(|line| &line[46..]).collect();
    assert_eq!(names, [".", "big", "link -> big", "sub", "sub/small"]);
    assert!(text.lines().nth(1).unwrap().starts_with("-rw-r--r--      1,500,000 "), "{text}");
}

#[test]
fn what_cannot_be_done_is_refused_in_rsyncs_words() {
    let folder = Folder::new();
    for (line, status, start) in [
        (
            "--bogus from/ to/",
            1,
            "rsync: --bogus: unknown option\nrsync error: syntax or usage error (code 1) at ",
        ),
        ("--info=bogus from/ to/", 1, "Unknown --info item: \"bogus\"\nrsync error: "),
        ("--delete from/ to/", 1, "rsync: --delete does not work without --recursive (-r) or --dirs (-d).\n"),
        (
            "--usermap=a:b from/ to/",
            4,
            "--usermap is not supported by this version of syncline\nrsync error: ",
        ),
        ("--server --bogus . to/", 1, "rsync: on remote machine: --bogus: unknown option\nrsync error: "),
        ("-r --out-format=%C from/ to/", 4, "rsync: [client] %C in a format is not supported"),
        ("", 1, "Usage: rsync [OPTION]... SRC"),
    ] {
        let output = folder.run("rsync", line);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{line}: {errors}");
        assert!(errors.starts_with(start), "{line}: {errors}");
        assert!(!folder.path("to").exists(), "{line}");
    }
}

#[test]
fn a_missing_source_is_a_partial_transfer() {
    let folder = Folder::new();
    let output = folder.run("rsync", "-a from/big none to/");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(23), "{errors}");
    assert!(errors.contains("failed: No such file or directory (2)\n"), "{errors}");
    assert!(folder.path("to/big").exists());
}

#[test]
fn the_version_is_what_scripts_read() {
    let folder = Folder::new();
    let text = folder.rsync("--version");
    assert!(
        text.starts_with("rsync  version ")
            && text.lines().next().unwrap().ends_with("  protocol version 32")
    );
    assert!(folder.rsync("-VV").starts_with("{\n  \"program\": \"rsync\",\n"));
}

#[test]
fn json_is_one_object_a_line() {
    let folder = Folder::new();
    let output = Command::new(env!("CARGO_BIN_EXE_syncline"))
        .args(["--json", "-a", "from/", "to/"])
        .current_dir(folder.0.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| line.starts_with("{\"event\":\"") && line.ends_with('}')), "{text}");
    assert!(text.lines().last().unwrap().contains("\"files_transferred\":2,"), "{text}");
}

/// What events and reports hold is the same in every surface.
#[test]
fn json_has_the_fields_of_the_schema() {
    let folder = Folder::new();
    let place = folder.0.path();
    symlink("one", place.join("from/symbolic")).unwrap();
    fs::create_dir_all(place.join("to")).unwrap();
    fs::write(place.join("to/extra"), "").unwrap();
    let lines = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_syncline"))
            .arg("--json")
            .args(words)
            .current_dir(place)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let line = |lines: &[String], event: &str, part: &str| {
        let start = format!("{{\"event\":\"{event}\"");
        lines.iter().find(|line| line.starts_with(&start) && line.contains(part)).cloned().unwrap_or_default()
    };
    let dry = lines(&["-an", "--delete", "from/", "missing", "to/"]);
    let real = lines(&["-a", "--delete", "--progress", "from/", "to/"]);
    let missing = lines(&["-a", "missing", "from/", "to/"]);
    let schema = include_str!("../../tests/vectors/events.tsv");
    for row in schema.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = row.split('\t');
        let (thing, field) = (columns.next().unwrap(), columns.next().unwrap());
        let found = match thing {
            "entry" => line(&real, "changed", "\"kind\":\"symlink\""),
            // Only links between files and bases have another path.
            "change" if field == "other_path" => continue,
            "change" => line(&real, "changed", ""),
            "deletion" => line(&dry, "deleted", "") + &line(&real, "deleted", ""),
            // The other end of a local copy says nothing.
            "message" => continue,
            "failure" => line(&missing, "failed", ""),
            "progress" => line(&real, "progress", ""),
            "file" => {
                line(&real, "progress", "\"file\":{").split("\"file\":").nth(1).unwrap_or_default().to_owned()
            }
            "report" => line(&real, "report", ""),
            other => panic!("{other}"),
        };
        assert!(found.contains(&format!("\"{field}\":")), "{thing} {field}: {found}");
    }
}
