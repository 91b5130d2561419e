//! One table of options, run with a real rsync at both ends and with this library at one of them.
//!
//! As the server it is this very program, which serves when its arguments say `--server`: what rsync then prints and what it
//! leaves behind has to be the same. As the client, and in local copies, what it leaves behind has to be. Skipped, aloud, where
//! rsync is not installed.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test")]

use std::ffi::OsString;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, exit};

use syncline::options::{Invocation, parse};
use syncline::transport::descriptors;
use syncline::{CancelToken, Endpoint, ServePolicy, Transfer, serve};

/// Option sets; every one is tried in both directions.
const OPTIONS: &[&str] = &[
    "-ai",
    "-aii",
    "-aiz",
    "-aiH",
    "-aic",
    "-ai --no-inc-recursive",
    "-ai --protocol=30",
    "-ai --protocol=31",
    "-ain",
    "-ain --no-inc-recursive",
    "-ai --delete",
    "-ai --delete-before",
    "-ai --delete-after",
    "-ai --delete-delay",
    "-ain --delete",
    "-ri",
    "-rlti --size-only",
    "-aiI",
    "-aiu",
    "-ai --inplace",
    "-ai --existing",
    "-ai --ignore-existing",
    "-ai --max-size=1k",
    "-ai --min-size=1k",
    "-aiW",
    "-ai --checksum-choice=md5",
    "-ai --compress-choice=lz4",
    "-aizz",
    "-aiO",
    "-aiJ",
    "-rlpti",
    "-ai --numeric-ids",
    "-ais",
    "-ai -B1000",
    "-ai --timeout=20",
    "-ai --partial",
    "-aiS",
    "-aix --delete",
    "-ai --safe-links",
    "-ai --chmod=Dg+w,F600",
    "-rti --chmod=u+x",
    "-aiE --no-p",
    "-ai --exclude=sub/deep --exclude=*new --delete",
    "-ai --include=sub/ --include=sub/** --exclude=* --delete-excluded",
    "-aiC --delete",
    "-aiF --delete",
    "-aiFF --delete-before",
    "-aiF --delete-after --no-inc-recursive",
    "-aiF --delete-excluded",
    "-ainF --delete-delay",
    "-ai --filter=:n-_.cvsignore --delete",
    "-ai --filter=:e_.rsync-filter --filter=P_two --delete",
    "-ai --filter=:C --filter=-C --filter=-r_extra --delete-during",
    "-ai --filter=merge,_/dev/null --filter=:sw-_.cvsignore --delete",
    "-ai --filter=-p_one --filter=:p_.rsync-filter --delete",
];

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(start) = arguments.iter().position(|word| word == "--server") {
        serve_one(arguments.get(start..).unwrap_or_default());
    }
    // What a test runner asks first.
    if arguments.iter().any(|word| word == "--list") {
        if !arguments.iter().any(|word| word == "--ignored") {
            println!("matrix: test");
        }
        return;
    }
    if Command::new("rsync").arg("--version").output().is_err() {
        println!("skipped: rsync is not installed");
        return;
    }
    let mut failed = 0;
    for options in OPTIONS {
        for way in ["push", "pull", "local"] {
            let differences = compare_client(options, way);
            if !differences.is_empty() {
                failed += 1;
                println!("{options} {way}, as the client:\n{differences}");
            }
        }
        for push in [true, false] {
            let differences = compare(options, push);
            if !differences.is_empty() {
                failed += 1;
                println!("{options} {}:\n{differences}", if push { "push" } else { "pull" });
            }
        }
    }
    println!("{} cells, {failed} failed", 5 * OPTIONS.len());
    exit(i32::from(failed > 0));
}

fn serve_one(arguments: &[OsString]) -> ! {
    let input = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let output = std::io::stdout().as_fd().try_clone_to_owned().unwrap();
    let connection = descriptors::adopt(input, output).unwrap();
    let policy = ServePolicy {
        root: None,
        read: true,
        write: true,
        delete: true,
        umask: 0o022,
        cvs_ignore: Vec::new(),
    };
    match serve(connection, arguments, &policy, &CancelToken::new(), &mut ()) {
        Ok(report) => exit(report.exit_status.into()),
        Err(error) => {
            eprintln!("{error}");
            exit(error.exit_status().into());
        }
    }
}

/// What is different when this library serves instead of rsync.
fn compare(options: &str, push: bool) -> String {
    let place = tempfile::tempdir().unwrap();
    let own = std::env::current_exe().unwrap();
    let mut outcomes = Vec::new();
    for (name, shell) in [("rsync", "rsh.sh".into()), ("own", own.into_os_string())] {
        let root = place.path().join(name);
        fs::create_dir(&root).unwrap();
        source(&root.join("from"));
        destination(&root.join("to"));
        let shell = if shell == "rsh.sh" {
            let script = root.join("rsh.sh");
            fs::write(&script, "shift; exec \"$@\"\n").unwrap();
            OsString::from(format!("sh {}", script.display()))
        } else {
            shell
        };
        let output = Command::new("rsync")
            .args(options.split(' '))
            .arg("-e")
            .arg(shell)
            .args(if push { ["from/", "h:to/"] } else { ["h:from/", "to/"] })
            .current_dir(&root)
            .output()
            .unwrap();
        outcomes.push((output, listing(&root.join("to"))));
    }
    let [(theirs, their_tree), (ours, our_tree)] = outcomes.try_into().unwrap();
    let mut differences = String::new();
    if ours.status != theirs.status {
        differences += &format!("  {} instead of {}\n", ours.status, theirs.status);
    }
    for (what, ours, theirs) in [
        ("printed", lines(&ours), lines(&theirs)),
        ("said", text(&ours.stderr), text(&theirs.stderr)),
        ("left", our_tree, their_tree),
    ] {
        for line in ours.iter().filter(|line| !theirs.contains(line)) {
            differences += &format!("  {what} {line:?}\n");
        }
        for line in theirs.iter().filter(|line| !ours.contains(line)) {
            differences += &format!("  {what} no {line:?}\n");
        }
    }
    differences
}

/// What is different when this library is the client of a real server, or copies by itself.
fn compare_client(options: &str, way: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    let script = place.path().join("rsh.sh");
    fs::write(&script, "shift; exec \"$@\"\n").unwrap();
    let shell = format!("sh {}", script.display());
    let mut outcomes = Vec::new();
    for name in ["rsync", "own"] {
        let root = place.path().join(name);
        fs::create_dir(&root).unwrap();
        source(&root.join("from"));
        destination(&root.join("to"));
        let [from, to] = ["from/", "to/"].map(|path| root.join(path).into_os_string().into_string().unwrap());
        let (from, to) = match way {
            "push" => (from, format!("h:{to}")),
            "pull" => (format!("h:{from}"), to),
            _ => (from, to),
        };
        let mut words: Vec<String> = options.split(' ').map(str::to_owned).collect();
        words.extend(["-e".to_owned(), shell.clone(), from, to]);
        let status = if name == "rsync" {
            Command::new("rsync").args(&words).output().unwrap().status.code()
        } else {
            let Invocation::Client { options, operands } = parse(words).unwrap() else { unreachable!() };
            let [from, to] = operands.try_into().unwrap();
            let report = Transfer::new([Endpoint::parse(&from).unwrap()], Endpoint::parse(&to).unwrap())
                .options(*options)
                .run(&mut ());
            match report {
                Ok(report) => Some(report.exit_status.into()),
                Err(error) => {
                    println!("{error}");
                    Some(error.exit_status().into())
                }
            }
        };
        outcomes.push((status, listing(&root.join("to"))));
    }
    let [(their_status, theirs), (our_status, ours)] = outcomes.try_into().unwrap();
    let mut differences = String::new();
    if our_status != their_status {
        differences += &format!("  status {our_status:?} instead of {their_status:?}\n");
    }
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        differences += &format!("  left {line:?}\n");
    }
    for line in theirs.iter().filter(|line| !ours.contains(line)) {
        differences += &format!("  left no {line:?}\n");
    }
    differences
}

fn lines(output: &Output) -> Vec<String> {
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

fn write(path: PathBuf, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7919 / 31 % 251) as u8).collect()
}

fn source(root: &Path) {
    write(root.join("same"), b"the same");
    write(root.join("changed"), &sample(50_000));
    write(root.join("resized"), &sample(3000));
    write(root.join("new"), b"new");
    write(root.join("sub/deep/file"), b"deep");
    write(root.join("sub/older"), b"old");
    write(root.join("type"), b"a file");
    symlink("new", root.join("link")).unwrap();
    symlink("same", root.join("other-link")).unwrap();
    symlink("../../out", root.join("sub/out")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    write(root.join("sub/.rsync-filter"), b"- *.tmp\n- /deep/only\n:- .local\n");
    write(root.join("sub/deep/.rsync-filter"), b"!\n- *.keep\n");
    write(root.join("sub/.local"), b"locally\n");
    write(root.join("sub/.cvsignore"), b"*.tmp deep\n");
    for name in ["sub/a.tmp", "sub/a.o", "sub/deep/a.tmp", "sub/deep/only", "sub/deep/a.keep", "sub/locally"]
    {
        write(root.join(name), name.as_bytes());
    }
    fs::hard_link(root.join("new"), root.join("sub/hard")).unwrap();
    fs::hard_link(root.join("new"), root.join("hard")).unwrap();
    set_times(root, "@1600000000");
}

fn destination(root: &Path) {
    write(root.join("same"), b"the same");
    let mut changed = sample(50_000);
    changed[20_000] ^= 1;
    write(root.join("changed"), &changed);
    write(root.join("resized"), &sample(2500));
    write(root.join("sub/older"), b"new");
    write(root.join("extra/one"), b"1");
    write(root.join("extra/two"), b"2");
    write(root.join("extra/.rsync-filter"), b"- t*\n");
    write(root.join("extra/.cvsignore"), b"one");
    write(root.join("sub/old.tmp"), b"old");
    write(root.join("sub/.rsync-filter"), b"R *.tmp\n- *.o\n");
    write(root.join("sub/deep/.rsync-filter"), b"P *.keep\n");
    write(root.join("sub/deep/old.keep"), b"old");
    write(root.join("sub/old.o"), b"old");
    write(root.join("type/inside"), b"");
    fs::remove_file(root.join("type/inside")).unwrap();
    symlink("elsewhere", root.join("other-link")).unwrap();
    set_times(root, "@1600000000");
    for (name, time) in [("changed", "@1500000000"), ("sub/older", "@1650000000"), ("sub", "@1500000000")] {
        let status = Command::new("touch").args(["-d", time]).arg(root.join(name)).status();
        assert!(status.unwrap().success());
    }
}

fn set_times(root: &Path, time: &str) {
    let status =
        Command::new("find").arg(root).args(["-exec", "touch", "-h", "-d", time, "{}", "+"]).status();
    assert!(status.unwrap().success());
}

/// A line for each file: name, type and mode, time unless it is of now, links, content.
fn listing(root: &Path) -> Vec<String> {
    fn walk(root: &Path, at: &Path, lines: &mut Vec<String>) {
        let path = root.join(at);
        let status = fs::symlink_metadata(&path).unwrap();
        let content = if status.is_symlink() {
            format!("{:?}", fs::read_link(&path).unwrap())
        } else if status.is_file() {
            let content = fs::read(&path).unwrap();
            format!(
                "{} bytes {:x}",
                content.len(),
                content.iter().fold(0_u64, |sum, &byte| sum * 31 % 1_000_003 + u64::from(byte))
            )
        } else {
            String::new()
        };
        let time = if status.mtime() > 1_700_000_000 { "now".to_owned() } else { status.mtime().to_string() };
        let links = if status.is_dir() { 0 } else { status.nlink() };
        lines.push(format!("{} {:o} {time} {links} {content}", at.display(), status.mode()));
        if status.is_dir() {
            for entry in fs::read_dir(&path).unwrap() {
                walk(root, &at.join(entry.unwrap().file_name()), lines);
            }
        }
    }
    let mut lines = Vec::new();
    walk(root, Path::new(""), &mut lines);
    lines.sort();
    lines
}
