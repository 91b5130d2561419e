//! Commands: `syncline` against the programs people use, on files in memory.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::inputs::Inputs;
use crate::table::{Table, Unit, speed};

const HOW: &str = "commands";

/// Runs command lines in the folder of the inputs.
struct Shell<'a> {
    folder: &'a Path,
    syncline: &'a Path,
}

impl Shell<'_> {
    fn command(&self, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap();
        let mut command =
            if program == "syncline" { Command::new(self.syncline) } else { Command::new(program) };
        command.args(words).current_dir(self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, line: &str) {
        assert!(self.command(line).status().unwrap().success(), "{line}");
    }

    /// In MB of the file `input` a second.
    fn speed(&self, input: &str, line: &str) -> f64 {
        speed(self.size(input) as usize, || self.run(line))
    }

    fn size(&self, name: &str) -> u64 {
        fs::metadata(self.folder.join(name)).unwrap().len()
    }

    /// The most memory the command had at any time, in MiB.
    fn memory(&self, line: &str) -> f64 {
        let mut child = self.command(line).spawn().unwrap();
        let path = format!("/proc/{}/status", child.id());
        let mut peak = 0.0_f64;
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with("VmHWM:"));
            let kib =
                line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse::<f64>().ok());
            peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
            std::thread::sleep(Duration::from_millis(10));
        }
        peak
    }
}

pub(crate) fn measure(inputs: &Inputs, target: &Path, table: &mut Table) {
    let syncline = target.join("release/syncline");
    let shell = Shell { folder: inputs.folder.path(), syncline: &syncline };
    signatures(&shell, table);
    deltas(&shell, table);
    patches(&shell, table);
    two_files(&shell, table);
    memory(&shell, table);
}

fn signatures(shell: &Shell<'_>, table: &mut Table) {
    for (weak, strong, reach) in [
        ("rollsum", "md4", "≥ 4"),
        ("rabinkarp", "md4", "≥ 4"),
        ("rollsum", "blake2", "≥ 3"),
        ("rabinkarp", "blake2", "≥ 3"),
    ] {
        let ours = shell.speed(
            "old",
            &format!(
                "syncline signature -f --threads 1 -R {weak} -H {strong} -b 2048 old {weak}-{strong}.sig"
            ),
        );
        let theirs =
            shell.speed("old", &format!("rdiff -f -R {weak} -H {strong} -b 2048 signature old rdiff.sig"));
        let work = format!("signature, {weak}-{strong}");
        table.row(&work, HOW, Unit::Speed, ours, ("rdiff", theirs), reach);
    }
    shell.run("syncline signature -f --threads 1 old native.sig");
    shell.run("syncline signature -f --threads 1 --format rdiff old rdiff.sig");
}

fn deltas(shell: &Shell<'_>, table: &mut Table) {
    for (kind, new, librsync, native) in [
        ("nothing matches", "other", "≥ 20", "≥ 12"),
        ("identical", "old", "≥ 3", "≥ 2"),
        ("1 % edited", "edited", "≥ 3", "≥ 2"),
    ] {
        let theirs = shell.speed(new, &format!("rdiff -f delta rdiff.sig {new} rdiff.delta"));
        for (name, options, reach) in [
            ("rabinkarp-blake2, compact", "--compact rdiff.sig", librsync),
            ("rabinkarp-blake2, exact", "--exact rdiff.sig", ""),
            ("native", "--compress none native.sig", native),
        ] {
            let ours = shell.speed(new, &format!("syncline delta -f --threads 1 {options} {new} our.delta"));
            let work = format!("delta, {kind}, {name}");
            table.row(&work, HOW, Unit::Speed, ours, ("rdiff", theirs), reach);
        }
    }
}

fn patches(shell: &Shell<'_>, table: &mut Table) {
    let copy = shell.speed("edited", "cp edited copy");
    fs::remove_file(shell.folder.join("copy")).unwrap();
    for (name, signature) in [("native", "native.sig"), ("librsync", "rdiff.sig")] {
        shell.run(&format!("syncline delta -f --threads 1 {signature} edited our.delta"));
        let ours = shell.speed("edited", "syncline patch -f old our.delta copy");
        table.row(&format!("patch, 1 % edited, {name}"), HOW, Unit::Speed, ours, ("cp", copy), "≥ 0.8");
    }
    let theirs = shell.speed("edited", "rdiff -f patch old our.delta copy");
    let ours = shell.speed("edited", "syncline patch -f old our.delta copy");
    table.row("patch, 1 % edited, librsync", HOW, Unit::Speed, ours, ("rdiff", theirs), "");
    fs::remove_file(shell.folder.join("copy")).unwrap();
}

fn two_files(shell: &Shell<'_>, table: &mut Table) {
    for (kind, old, new) in [("real pair", "old.tar", "new.tar"), ("256 insertions", "old", "inserted")] {
        let ours_line = format!("syncline delta -f --threads 1 --basis {old} {new} our.delta");
        let xdelta_line = format!("xdelta3 -f -e -s {old} {new} xdelta");
        let zstd_line = format!("zstd -q -f -3 --single-thread --long=31 --patch-from={old} {new} -o zstd");
        let (ours, xdelta, zstd) =
            (shell.speed(new, &ours_line), shell.speed(new, &xdelta_line), shell.speed(new, &zstd_line));
        let size = |name: &str| shell.size(name) as f64;
        let work = format!("two files, {kind}, native");
        table.row(&work, HOW, Unit::Size, size("our.delta"), ("xdelta3", size("xdelta")), "≤ 1");
        table.row(&work, HOW, Unit::Size, size("our.delta"), ("zstd --patch-from -3", size("zstd")), "≤ 1.1");
        table.row(&work, HOW, Unit::Speed, ours, ("xdelta3", xdelta), "≥ 300 MB/s");
        table.row(&work, HOW, Unit::Speed, ours, ("zstd --patch-from -3", zstd), "");
        shell.run(&format!("syncline delta -f --threads 1 --format rdiff --basis {old} {new} our.delta"));
        shell.run(&format!("xdelta3 -f -e -S none -s {old} {new} xdelta"));
        let work = format!("two files, {kind}, librsync");
        let reach = if old == "old" { "≤ 2" } else { "" };
        table.row(&work, HOW, Unit::Size, size("our.delta"), ("xdelta3 -S none", size("xdelta")), reach);
    }
}

/// A delta of 4 GiB against its signature, which the index doubles at most.
fn memory(shell: &Shell<'_>, table: &mut Table) {
    File::create(shell.folder.join("large")).unwrap().set_len(4 << 30).unwrap();
    shell.run("syncline signature -f --threads 2 large large.sig");
    let peak = shell.memory("syncline delta -f --threads 1 large.sig large our.delta");
    let blocks = (4_u64 << 30) / 65536;
    let bound = (shell.size("large.sig") + 12 * blocks) as f64 / 1048576.0 + 64.0;
    let peer = ("signature + index + 64 MiB", bound);
    table.row("memory of a streaming delta, 4 GiB", HOW, Unit::Memory, peak, peer, "≤ 1");
}
