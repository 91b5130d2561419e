//! A tree of small files written through a confined root, against `cp -r` of the same tree.
//!
//! `cargo bench -p syncline --bench tree` prints ours, theirs and the ratio from one run. The files are on `/dev/shm` where
//! there is one, so that the disk does not count. Ours makes each file as a session does: a temporary file, content, times,
//! mode, rename; `cp` writes under the final name and sets neither times nor modes.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use syncline::tree::{Directory, OperatorPath, Output, OutputOptions, RelativeName, Root};

const DIRECTORIES: usize = 200;
const FILES: usize = 100;
const CONTENT: [u8; 700] = [7; 700];
const ROUNDS: usize = 5;

fn main() {
    let scratch =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a scratch directory");
    let (mut ours, mut theirs, mut scans) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        ours = ours.min(timed(|| write_tree(&from)));
        scans = scans.min(timed(|| assert_eq!(scan_tree(&from), DIRECTORIES * FILES)));
        theirs = theirs.min(timed(|| {
            assert!(Command::new("cp").arg("-r").arg(&from).arg(&to).status().expect("cp").success());
        }));
        for tree in [from, to] {
            std::fs::remove_dir_all(tree).expect("a tree that was just made");
        }
    }
    let rate = |time: Duration| (DIRECTORIES * FILES) as f64 / time.as_secs_f64();
    let mut out = std::io::stdout().lock();
    let ratio = rate(ours) / rate(theirs);
    writeln!(out, "write: {:.0} files/s, cp -r {:.0} files/s, ratio {ratio:.2}", rate(ours), rate(theirs))
        .and_then(|()| writeln!(out, "scan:  {:.0} files/s", rate(scans)))
        .expect("standard output");
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn write_tree(path: &Path) {
    std::fs::create_dir(path).expect("a new directory");
    let root = Root::open(&OperatorPath::new(path)).expect("the new directory");
    for directory in 0..DIRECTORIES {
        let directory = format!("directory{directory}");
        root.make_directory(name(&directory), 0o755).expect("a new directory");
        for file in 0..FILES {
            let path = format!("{directory}/file{file}");
            let temporary = root.create_temporary(name(&path), 0o644).expect("a new file");
            let mut output = Output::new(temporary.file(), OutputOptions::default());
            output.write_all(&CONTENT).and_then(|()| output.finish()).expect("space");
            Directory::set_times_of(temporary.file(), None, Some((1_700_000_000, 5))).expect("our own file");
            Directory::set_mode_of(temporary.file(), 0o644).expect("our own file");
            temporary.commit(name(&path).last()).expect("our own directory");
        }
    }
}

fn scan_tree(path: &Path) -> usize {
    let root = Root::open(&OperatorPath::new(path)).expect("the tree");
    let mut files = 0;
    for directory in root.scan(RelativeName::ROOT).expect("the tree") {
        let name = RelativeName::new(&directory.name).expect("one component");
        let scanned = root.scan(name).expect("a directory");
        files +=
            scanned.iter().filter(|one| one.status.as_ref().is_ok_and(|status| status.is_regular())).count();
    }
    files
}

fn name(path: &str) -> RelativeName<'_> {
    RelativeName::new(path.as_bytes()).expect("names below the root")
}
