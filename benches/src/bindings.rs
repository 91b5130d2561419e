//! What a binding adds to a transfer: a run that finds nothing to do, called in Rust and called from another language, each with a
//! progress callback, in turns. In: the installed packages. Out: for each language the best times, and their ratio.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use syncline::options::Options;
use syncline::{Endpoint, Event, Transfer};

use crate::table::{Table, Unit};

const DIRECTORIES: u32 = 200;
const FILES: u32 = 100;
/// How often the two take turns, and the runs in each turn.
const TURNS: u32 = 5;
const ROUNDS: u32 = 5;

/// A language, its interpreter, and a script that prints the best time of some runs in seconds.
const CALLERS: [(&str, &str, &str); 2] =
    [("Python", "build/venv/bin/python", "benches/no_change.py"), ("Node", "node", "benches/no_change.mjs")];

pub(crate) fn measure(root: &Path, table: &mut Table) {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let (source, destination) = (folder.path().join("from/"), folder.path().join("to"));
    for directory in 0..DIRECTORIES {
        let place = source.join(format!("directory-{directory}"));
        fs::create_dir_all(&place).unwrap();
        for file in 0..FILES {
            fs::write(place.join(format!("file-{file}")), b"some bytes").unwrap();
        }
    }
    run(&source, &destination);
    for (language, interpreter, script) in CALLERS {
        let mut best = [f64::MAX; 2];
        for _ in 0..TURNS {
            for _ in 0..ROUNDS {
                best[0] = best[0].min(run(&source, &destination));
            }
            // One without a folder is looked for where programs are.
            let interpreter =
                if interpreter.contains('/') { root.join(interpreter) } else { interpreter.into() };
            let done = Command::new(interpreter)
                .arg(root.join(script))
                .args([&source, &destination])
                .arg(ROUNDS.to_string())
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            best[1] = best[1].min(String::from_utf8(done.stdout).unwrap().trim().parse().unwrap());
        }
        let [rust, other] = best;
        let work = format!("{} files, no change, progress watched", DIRECTORIES * FILES);
        table.row(&work, &format!("call in {language}"), Unit::Time, other, ("call in Rust", rust), "≤ 1.1");
    }
}

/// One transfer in Rust, in seconds.
fn run(source: &Path, destination: &Path) -> f64 {
    let mut seen = Vec::new();
    let mut observer = |event: &Event| {
        if let Event::Progress(progress) = event {
            seen.push(progress.overall);
        }
        ControlFlow::Continue(())
    };
    let start = Instant::now();
    Transfer::new([Endpoint::local(source)], Endpoint::local(destination))
        .options(Options::archive())
        .run(&mut observer)
        .unwrap();
    start.elapsed().as_secs_f64()
}
