//! The matrix: every job of a table, between this command and a real rsync, both ways, through everything that can be between
//! them, in every protocol; each compared with what rsync makes of the same job by itself, tree, output and exit status.
//!
//! `matrix` runs a sample in which every two choices meet, `matrix --full` all cells, and `matrix WORD...` those whose line holds
//! every word. Skipped, aloud, where rsync is not installed; without sshd its cells are.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod cell;
mod sample;
#[path = "../sshd.rs"]
mod sshd;
mod table;
mod trees;
mod walk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use cell::{Outcome, SecondRuns, Workshop};
use sshd::Sshd;
use table::{Cell, Ends, Transport, cells};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // What a test runner asks first.
    if words.iter().any(|word| word == "--list") {
        if !words.iter().any(|word| word == "--ignored") {
            println!("matrix: test");
        }
        return ExitCode::SUCCESS;
    }
    let Some(rsync) = installed_rsync() else {
        println!("matrix skipped: rsync is not installed");
        return ExitCode::SUCCESS;
    };
    let sshd = Sshd::start().inspect_err(|error| println!("cells through ssh skipped: {error}")).ok();
    let all: Vec<Cell> =
        cells().into_iter().filter(|cell| cell.transport != Transport::Ssh || sshd.is_some()).collect();
    let wanted: Vec<&String> =
        words.iter().filter(|word| !word.starts_with("--") && *word != "matrix").collect();
    let chosen = if !wanted.is_empty() {
        let holds_all = |cell: &&Cell| wanted.iter().all(|word| cell.to_string().contains(*word));
        all.iter().filter(holds_all).copied().collect()
    } else if words.iter().any(|word| word == "--full") {
        all.clone()
    } else {
        sample::pairwise(&all)
    };
    let is_sample = wanted.is_empty() && chosen.len() < all.len();
    let second_runs = if is_sample { SecondRuns::WithoutSsh } else { SecondRuns::All };
    let started = Instant::now();
    let failed = run(&chosen, &Workshop::new(rsync, sshd, second_runs));
    println!(
        "matrix: {} of {} cells ran in {} s, {failed} failed",
        chosen.len(),
        all.len(),
        started.elapsed().as_secs()
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where the peer is: on the path, but not this command under its name.
fn installed_rsync() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&paths).map(|folder| folder.join("rsync")).find(|path| path.exists())?;
    let text = Command::new(&found).arg("--version").output().ok()?;
    String::from_utf8_lossy(&text.stdout).contains("Tridgell").then_some(found)
}

/// What rsync does by itself, for cells that differ in their ends alone.
type References = Mutex<HashMap<Cell, Arc<OnceLock<Outcome>>>>;

/// Runs the cells on as many threads as there are processors, and returns how many failed.
fn run(cells: &[Cell], workshop: &Workshop) -> usize {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let references = References::default();
    let work = || {
        while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let key = Cell { ends: Ends::OursToOurs, ..*cell };
            let reference = Arc::clone(references.lock().unwrap().entry(key).or_default());
            let theirs = reference.get_or_init(|| workshop.reference(&key));
            let differences = workshop.outcome(cell).differences(theirs, cell.protocol);
            if !differences.is_empty() {
                failed.fetch_add(1, Ordering::Relaxed);
                println!("{cell}:\n  {}", differences.join("\n  "));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    failed.into_inner()
}
