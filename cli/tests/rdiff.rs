//! The command under the name `rdiff`, and with `--format=rdiff` (docs/spec/librsync.md §10). What Debian's rdiff answers to many command lines is
//! compared in `ffi/librsync/tests`; here is what needs no rdiff.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with `old` and `new`, which share most of their content.
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        let old: Vec<u8> = (0..50_000u32).flat_map(|i| (i * i).to_le_bytes()).collect();
        let mut new = old.clone();
        new.splice(70_000..70_010, *b"an insertion of more");
        fs::write(folder.0.path().join("old"), old).unwrap();
        fs::write(folder.0.path().join("new"), new).unwrap();
        folder
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    fn exists(&self, name: &str) -> bool {
        self.0.path().join(name).exists()
    }

    /// Runs the command under `name`, with `input` as its standard input.
    fn run(&self, name: &str, line: &str, input: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_syncline"))
            .arg0(name)
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_remove("SYNCLINE_LIBRSYNC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who fails early does not read it.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn succeed(&self, name: &str, line: &str) {
        let output = self.run(name, line, b"");
        assert_eq!(output.status.code(), Some(0), "{line}: {}", errors(&output));
        assert_eq!(errors(&output), "", "{line}");
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn files_and_pipes_go_round_under_the_name_and_with_the_format() {
    let folder = Folder::new();
    folder.succeed("rdiff", "sig old s1");
    folder.succeed("syncline", "signature --format rdiff old s2");
    assert_eq!(folder.read("s1"), folder.read("s2"));
    folder.succeed("/usr/bin/rdiff", "delta s1 new d1");
    folder.succeed("syncline", "delta --format=rdiff s1 new d2");
    assert_eq!(folder.read("d1"), folder.read("d2"));
    folder.succeed("rdiff", "patch old d1 n1");
    folder.succeed("syncline", "patch --format=rdiff old d1 n2");
    assert!(folder.read("n1") == folder.read("new") && folder.read("n2") == folder.read("new"));

    // From pipes the size of the old file is not known: other lengths, and still the same new file.
    let signature = folder.run("rdiff", "signature", &folder.read("old")).stdout;
    assert_eq!(signature[..12], [0x72, 0x73, 1, 0x47, 0, 0, 8, 0, 0, 0, 0, 32]);
    let delta = folder.run("rdiff", "delta - new", &signature).stdout;
    assert_eq!(folder.run("rdiff", "patch old", &delta).stdout, folder.read("new"));
}

#[test]
fn exit_statuses_and_messages_are_rdiffs_and_failures_leave_nothing() {
    let folder = Folder::new();
    for (name, line, status, message) in [
        ("rdiff", "", 101, "rdiff: You must specify an action"),
        ("rdiff", "sig --foo old out", 101, "rdiff: unknown option: --foo\n\nTry `rdiff --help'"),
        ("syncline", "signature --format=rdiff --foo old out", 101, "rdiff: unknown option: --foo"),
        ("syncline", "signature --format=rdiff -b 12k old out", 101, "rdiff: invalid numeric value: 12k"),
        ("rdiff", "sig -b -1 old out", 101, "rdiff: number too large or too small: -1"),
        ("rdiff", "sig old new", 100, "librsync: ERROR: (rs_file_open) File exists \"new\", aborting!"),
        ("rdiff", "delta old new out", 106, "rdiff: Failed, stream corrupt."),
        (
            "syncline",
            "patch --format=rdiff old new out",
            104,
            "rdiff: Failed, bad magic number at start of stream.",
        ),
        ("rdiff", "sig -S 33 old out", 108, "rdiff: Failed, unexplained problem."),
    ] {
        let output = folder.run(name, line, b"");
        assert_eq!(output.status.code(), Some(status), "{line}: {}", errors(&output));
        assert!(errors(&output).contains(message), "{line}: {}", errors(&output));
        assert!(!folder.exists("out"), "{line}");
    }
}

#[test]
fn an_option_that_rdiff_lacks_makes_the_command_syncline_again() {
    let folder = Folder::new();
    folder.succeed("syncline", "signature --format rdiff --threads 1 old s1");
    let output = folder.run("syncline", "signature --format rdiff --threads 1 old s1", b"");
    assert_eq!(output.status.code(), Some(11));
    assert!(errors(&output).starts_with("syncline: "), "{}", errors(&output));
    folder.succeed("syncline", "delta --format rdiff --basis old new d1");
    folder.succeed("rdiff", "patch old d1 n1");
    assert_eq!(folder.read("n1"), folder.read("new"));
}
