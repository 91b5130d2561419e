//! Other people's programs on the drop-in librsync, and the same programs on the original. The program is the same on both sides, and does all
//! the reading and writing around the library: what it takes is in both numbers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::inputs::Inputs;
use crate::table::{Table, Unit, speed};

const HOW: &str = "rdiff";

/// Which library a program runs on.
#[derive(Clone, Copy)]
enum Library {
    Original,
    Ours,
    /// Ours, by `SYNCLINE_LIBRSYNC=compact`.
    Compact,
}

/// Runs command lines in the folder of the inputs.
struct Shell<'a> {
    folder: &'a Path,
}

impl Shell<'_> {
    fn run(&self, library: Library, line: &str) {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        command.args(words).current_dir(self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.env_remove("LD_LIBRARY_PATH").env_remove("SYNCLINE_LIBRSYNC");
        if !matches!(library, Library::Original) {
            command.env("LD_LIBRARY_PATH", self.folder.join("lib"));
        }
        if matches!(library, Library::Compact) {
            command.env("SYNCLINE_LIBRSYNC", "compact");
        }
        assert!(command.status().unwrap().success(), "{line}");
    }

    /// Ours and the original's speed at one command line, in MB of the file `input` a second.
    fn compare(&self, table: &mut Table, work: &str, library: Library, input: &str, line: &str, reach: &str) {
        let size = fs::metadata(self.folder.join(input)).unwrap().len() as usize;
        let [ours, theirs] =
            [library, Library::Original].map(|library| speed(size, || self.run(library, line)));
        table.row(work, HOW, Unit::Speed, ours, ("the original library", theirs), reach);
    }
}

pub(crate) fn measure(inputs: &Inputs, target: &Path, table: &mut Table) {
    let folder = inputs.folder.path();
    fs::create_dir(folder.join("lib")).unwrap();
    let library = fs::canonicalize(target.join("release/librsync.so")).unwrap();
    symlink(library, folder.join("lib/librsync.so.2")).unwrap();
    let shell = Shell { folder };
    for (weak, strong) in [("rollsum", "md4"), ("rabinkarp", "blake2")] {
        let line = format!("rdiff -f -R {weak} -H {strong} -b 2048 signature old {strong}.sig");
        shell.compare(table, &format!("signature, {weak}-{strong}"), Library::Ours, "old", &line, "≥ 3");
    }
    for (kind, new, reach) in [("1 % edited", "edited", "≥ 3"), ("nothing matches", "other", "≥ 20")] {
        for (name, library) in [("exact", Library::Ours), ("compact, 2 threads", Library::Compact)] {
            for signature in ["md4", "blake2"] {
                let line = format!("rdiff -f delta {signature}.sig {new} {new}.delta");
                let work = format!("delta, {kind}, {signature}, {name}");
                shell.compare(table, &work, library, new, &line, reach);
            }
        }
    }
    for (kind, new) in [("1 % edited", "edited"), ("all literal", "other")] {
        let line = format!("rdiff -f patch old {new}.delta result");
        shell.compare(table, &format!("patch, {kind}"), Library::Ours, new, &line, "≥ 1");
    }
    backup(&shell, table);
}

/// An incremental rdiff-backup of two large files: one with few edits, one with none of the old content.
fn backup(shell: &Shell<'_>, table: &mut Table) {
    let path = |name: &str| shell.folder.join(name);
    for (tree, edited, replaced) in [("before", "old", "old"), ("after", "edited", "other")] {
        fs::create_dir(path(tree)).unwrap();
        fs::copy(path(edited), path(tree).join("edited")).unwrap();
        fs::copy(path(replaced), path(tree).join("replaced")).unwrap();
    }
    // What is changed is to look changed.
    shell.run(Library::Original, "touch -d @900000000 before/edited before/replaced");
    shell.run(Library::Original, "rdiff-backup --current-time 1000000000 backup before first");
    let seconds = |library| {
        let round = || {
            let _ = fs::remove_dir_all(path("repository"));
            shell.run(Library::Original, "cp -a first repository");
            let start = Instant::now();
            shell.run(library, "rdiff-backup --current-time 1000086400 backup after repository");
            start.elapsed().as_secs_f64()
        };
        round().min(round())
    };
    let (ours, theirs) = (seconds(Library::Ours), seconds(Library::Original));
    let peer = ("the original library", theirs);
    table.row("a whole incremental backup", "rdiff-backup", Unit::Time, ours, peer, "< 1");
    for tree in ["before", "after", "first", "repository"] {
        fs::remove_dir_all(path(tree)).unwrap();
    }
}
