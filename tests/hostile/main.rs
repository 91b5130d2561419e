//! Hostile peers: every way of misbehaving in a catalogue, against this command as client and as server, and for comparison
//! against a real rsync. In: the catalogue. Out: a table, and a failure for every reaction that is not sound.
//!
//! `hostile` runs a sample, `hostile --full` everything, with rsync's reaction beside each; words choose the acts whose line
//! holds all of them. `hostile --act PLAYS/NAME …` is the peer itself, as the remote shell of a client.
#![allow(clippy::print_stdout, reason = "a test that prints a table")]

mod acts;
mod entry;
mod peer;
mod victim;

use std::io::{stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use acts::{Act, Plays, Victim, catalogue};
use peer::Peer;
use victim::{Reaction, run};

/// One of how many acts the sample has.
const SAMPLE: usize = 3;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, ..] = words.as_slice()
        && flag == "--act"
    {
        return play(name);
    }
    // What a test runner asks first.
    if words.iter().any(|word| word == "--list") {
        if !words.iter().any(|word| word == "--ignored") {
            println!("hostile: test");
        }
        return ExitCode::SUCCESS;
    }
    let is_full = words.iter().any(|word| word == "--full");
    let wanted: Vec<&String> =
        words.iter().filter(|word| !word.starts_with('-') && *word != "hostile").collect();
    let all = rows();
    let chosen: Vec<Row> = if !wanted.is_empty() {
        let holds_all = |row: &&Row| wanted.iter().all(|word| row.title().contains(*word));
        all.iter().filter(holds_all).copied().collect()
    } else if is_full {
        all.clone()
    } else {
        all.iter().step_by(SAMPLE).copied().collect()
    };
    let rsync = if is_full || !wanted.is_empty() { installed_rsync() } else { None };
    let unsound = measure(&chosen, rsync.as_deref());
    println!("hostile: {} of {} rows, {unsound} unsound", chosen.len(), all.len());
    if unsound == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The peer on standard input and output.
fn play(name: &str) -> ExitCode {
    let is_named = |act: &&Act| name.split_once('/') == Some((plays(act), act.name));
    let Some(act) = catalogue().iter().find(is_named) else { return ExitCode::FAILURE };
    Peer::new(act, true, Box::new(stdin()), Box::new(stdout())).run();
    ExitCode::SUCCESS
}

/// An act against one victim.
#[derive(Clone, Copy)]
struct Row {
    act: &'static Act,
    victim: Victim,
}

impl Row {
    fn title(&self) -> String {
        let victim = if self.victim == Victim::Client { "client" } else { "server" };
        format!("{} against a {victim}: {}", self.act.name, self.act.does)
    }
}

fn rows() -> Vec<Row> {
    let row = |act: &'static Act| act.victims.iter().map(move |&victim| Row { act, victim });
    catalogue().iter().flat_map(row).collect()
}

fn plays(act: &Act) -> &'static str {
    match act.plays {
        Plays::Sender => "sender",
        Plays::Receiver => "receiver",
    }
}

/// Runs the rows, prints them as they end, and returns how many are unsound.
fn measure(rows: &[Row], rsync: Option<&Path>) -> usize {
    let (next, unsound) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ours = Path::new(env!("CARGO_BIN_EXE_syncline"));
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let reaction = run(ours, row.act, row.victim);
            let theirs = rsync.map(|rsync| run(rsync, row.act, row.victim));
            let complaint = complaint(row, &reaction, theirs.as_ref());
            if complaint.is_some() {
                unsound.fetch_add(1, Ordering::Relaxed);
            }
            if rsync.is_some() || complaint.is_some() {
                println!("{}", lines(row, &reaction, theirs.as_ref(), complaint.as_deref()));
            }
        }
    };
    // Most of them wait.
    let workers = 2 * thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    unsound.into_inner()
}

fn complaint(row: &Row, reaction: &Reaction, theirs: Option<&Reaction>) -> Option<String> {
    let worse = theirs.filter(|theirs| reaction.is_worse_than(theirs));
    reaction.complaint(row.act).or_else(|| worse.map(|_| "worse than rsync".to_owned()))
}

fn lines(row: &Row, ours: &Reaction, theirs: Option<&Reaction>, complaint: Option<&str>) -> String {
    let line =
        |who: &str, reaction: &Reaction| format!("\n    {who:9}{:28} {}", reaction.line(), reaction.says());
    let mut lines = format!("{} {}", plays(row.act), row.title());
    lines.push_str(&line("syncline", ours));
    if let Some(theirs) = theirs {
        lines.push_str(&line("rsync", theirs));
    }
    if let Some(complaint) = complaint {
        lines.push_str(&format!("\n    UNSOUND: {complaint}"));
    }
    lines
}

/// A real rsync on the path, if there is one.
fn installed_rsync() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&paths).map(|folder| folder.join("rsync")).find(|path| path.exists())?;
    let text = Command::new(&found).arg("--version").output().ok()?;
    String::from_utf8_lossy(&text.stdout).contains("Tridgell").then_some(found)
}
