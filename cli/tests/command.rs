//! The command as a process: files, streams, exit statuses, what is left behind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with `old` and `new`, which share most of their content.
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        let old: Vec<u8> =
            (0..400_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut new = old.clone();
        new.splice(500_000..500_010, *b"an insertion of more");
        fs::write(folder.path("old"), old).unwrap();
        fs::write(folder.path("new"), new).unwrap();
        folder
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn syncline(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_syncline"));
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.syncline().args(line.split_whitespace()).stdin(Stdio::null()).output().unwrap()
    }

    fn succeed(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", errors(&output));
        assert_eq!(errors(&output), "", "{line}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fail(&self, line: &str, status: i32) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(status), "{line}: {}", errors(&output));
        let text = errors(&output);
        assert!(text.starts_with("syncline: ") && text.ends_with('\n'), "{text:?}");
        assert_eq!(text.lines().count(), 1, "{text:?}");
        text
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_format_goes_from_signature_to_patched_file() {
    for format in
        ["native", "rdiff", "librsync", "rollsum-md4", "rollsum-blake2", "rabinkarp-md4", "rabinkarp-blake2"]
    {
        let folder = Folder::new();
        folder.succeed(&format!("signature --format {format} old sig"));
        assert_eq!(folder.succeed("delta sig new delta"), "");
        folder.succeed("patch old delta result");
        assert!(folder.read("result") == folder.read("new"), "{format}");
        assert!(folder.read("delta").len() < 50_000, "{format}");
    }
}

#[test]
fn the_old_file_can_take_the_place_of_its_signature() {
    for format in ["native", "rdiff"] {
        let folder = Folder::new();
        folder.succeed(&format!("delta --basis old --format={format} new delta"));
        assert!(folder.read("delta").len() < 200, "{format}");
        folder.succeed("patch old delta result");
        assert!(folder.read("result") == folder.read("new"), "{format}");
    }
}

#[test]
fn a_hyphen_reads_and_writes_the_standard_streams() {
    let folder = Folder::new();
    folder.succeed("signature --threads=1 old sig");
    folder.succeed("delta sig new delta");
    let fed = |line: &str, input: &str| {
        let output = folder
            .syncline()
            .args(line.split_whitespace())
            .stdin(fs::File::open(folder.path(input)).unwrap())
            .output()
            .unwrap();
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{line}");
        output.stdout
    };
    assert!(fed("delta - new -", "sig") == folder.read("delta"));
    assert!(fed("delta sig - -", "new") == folder.read("delta"));
    assert!(fed("patch old - -", "delta") == folder.read("new"));
    let signature = fed("signature - -", "old");
    fs::write(folder.path("sig2"), signature).unwrap();
    folder.succeed("delta sig2 new delta2");
    assert!(String::from_utf8(fed("inspect -", "delta2")).unwrap().contains("delta"));
}

#[test]
fn nothing_is_replaced_without_force() {
    let folder = Folder::new();
    fs::write(folder.path("sig"), "precious").unwrap();
    let text = folder.fail("signature old sig", 11);
    assert!(text.contains("--force"), "{text}");
    assert_eq!(folder.read("sig"), b"precious");
    folder.succeed("signature -f old sig");
    folder.succeed("delta sig new delta");
    folder.succeed("patch --force old delta old");
    assert!(folder.read("old") == folder.read("new"));
}

#[test]
fn each_class_of_error_has_its_status_and_leaves_no_file() {
    let folder = Folder::new();
    folder.succeed("signature old sig");
    folder.succeed("delta sig new delta");
    fs::write(folder.path("text"), "plain text, neither of them").unwrap();
    let before = folder.names();
    for (line, status, part) in [
        ("", 1, "--help"),
        ("signature old", 1, "syncline signature BASIS SIGNATURE"),
        ("signature -b 1000 old x", 1, "power of two"),
        ("signature missing x", 11, "missing"),
        ("signature . x", 11, "directory"),
        ("signature old missing/x", 11, "missing/x"),
        ("delta text new x", 40, "text"),
        ("delta delta new x", 40, "delta"),
        ("patch old sig x", 40, "sig"),
        ("patch old text x", 40, "text"),
        ("inspect text", 40, "neither"),
        ("patch new delta x", 41, "new"),
    ] {
        let text = folder.fail(line, status);
        assert!(text.contains(part), "{line}: {text}");
        assert_eq!(folder.names(), before, "{line}");
    }
    let delta = folder.read("delta");
    fs::write(folder.path("cut"), &delta[..delta.len() / 2]).unwrap();
    folder.fail("patch old cut x", 40);
    assert!(!folder.path("x").exists());
}

#[test]
fn reports_are_objects_a_line_in_json_and_sentences_else() {
    let folder = Folder::new();
    let line = folder.succeed("signature --json old sig");
    assert!(line.starts_with("{\"event\":\"signature\",\"basis_length\":1600000,"), "{line}");
    assert_eq!(line.lines().count(), 1);
    let line = folder.succeed("delta --json sig new delta");
    assert!(line.contains("\"new_length\":1600010") && line.contains("\"new_blake3\":\""), "{line}");
    let line = folder.succeed("patch --json old delta result");
    assert!(line.contains("\"verified\":true"), "{line}");
    let line = folder.succeed("inspect --json delta");
    assert!(line.contains("\"content\":\"delta\"") && line.contains("\"result_length\":1600010"), "{line}");
    assert!(folder.succeed("inspect sig").contains("Adler-32, BLAKE3"));
    assert_eq!(folder.succeed("inspect -q sig"), "");
    assert!(folder.succeed("patch -v -f old delta result").contains("verified"));
    let output = folder.run("inspect --json new");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("{\"event\":\"error\",\"kind\":\"NOT_A_DELTA\"")
    );
}

#[test]
fn a_report_never_mixes_with_data_on_the_standard_output() {
    let folder = Folder::new();
    let output = folder.run("signature --json old -");
    assert!(output.stdout.windows(7).all(|window| window != b"\"event\""));
    assert!(errors(&output).starts_with("{\"event\":\"signature\""));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let folder = Folder::new();
    let mut child = folder
        .syncline()
        .args(["patch", "old", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    folder.succeed("signature old sig");
    folder.succeed("delta sig new delta");
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(&folder.read("delta")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(141), ""));
}

#[test]
fn a_signal_leaves_no_file_behind_even_while_input_is_awaited() {
    let folder = Folder::new();
    let mut child = folder
        .syncline()
        .args(["signature", "-", "sig"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let started = Instant::now();
    // The temporary file shows that the signals are caught by now.
    while folder.names() == ["new", "old"] {
        assert!(started.elapsed() < Duration::from_secs(20), "no temporary file appeared");
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let status = child.wait().unwrap();
    drop(stdin);
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((status.code(), text.as_str()), (Some(20), "syncline: interrupted\n"));
    assert_eq!(folder.names(), ["new", "old"]);
}

#[test]
fn progress_is_asked_for_where_there_is_no_terminal() {
    let folder = Folder::new();
    let output = folder.run("signature --json --progress old sig");
    let first = errors(&output).lines().next().unwrap_or_default().to_owned();
    assert!(first.starts_with("{\"event\":\"progress\",\"bytes_done\":"), "{first}");
    assert!(output.status.success() && Path::new(&folder.path("sig")).exists());
}

#[test]
fn help_and_version_are_printed() {
    let folder = Folder::new();
    assert!(folder.succeed("--help").contains("syncline delta [OPTIONS] --basis OLD NEW DELTA"));
    assert!(folder.succeed("--version").starts_with("syncline 0."));
    for command in ["signature", "delta", "patch", "inspect"] {
        assert!(folder.succeed(&format!("{command} --help")).contains("--json"));
    }
}
