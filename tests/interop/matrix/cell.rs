//! Runs one cell. In: who, which way, through what, and a job. Out: what was printed and what was left behind.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::sshd::Sshd;
use crate::table::{Cell, Ends, Transport, Way};
use crate::trees;
use crate::walk::{self, Compared};

/// What every cell uses.
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
    /// None where there is no sshd.
    pub(crate) sshd: Option<Sshd>,
    rsync: PathBuf,
    second_runs: SecondRuns,
}

/// Which cells are run a second time, to see that nothing is transferred then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SecondRuns {
    All,
    /// Not those through ssh, which take most of the time.
    WithoutSsh,
}

/// What came of a run.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    status: Option<i32>,
    printed: Vec<String>,
    said: Vec<String>,
    /// What a second run printed.
    printed_again: Vec<String>,
    left: Vec<String>,
    /// What of that is not as it is in the source, though the job should mirror it.
    unlike: Vec<String>,
}

impl Workshop {
    pub(crate) fn new(rsync: PathBuf, sshd: Option<Sshd>, second_runs: SecondRuns) -> Workshop {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shell"), "shift; exec \"$@\"\n").unwrap();
        // Under this name the command is rsync.
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_syncline"), folder.path().join("rsync")).unwrap();
        Workshop { folder, sshd, rsync, second_runs }
    }

    fn ours(&self) -> PathBuf {
        self.folder.path().join("rsync")
    }

    /// What rsync at both ends makes of a cell's job.
    pub(crate) fn reference(&self, cell: &Cell) -> Outcome {
        self.run(cell, &self.rsync, &self.rsync)
    }

    /// What the cell's own ends make of it.
    pub(crate) fn outcome(&self, cell: &Cell) -> Outcome {
        let (client, server) = match cell.ends {
            Ends::OursToTheirs => (self.ours(), self.rsync.clone()),
            Ends::TheirsToOurs => (self.rsync.clone(), self.ours()),
            Ends::OursToOurs => (self.ours(), self.ours()),
        };
        self.run(cell, &client, &server)
    }

    fn run(&self, cell: &Cell, client: &Path, server: &Path) -> Outcome {
        let place = tempfile::tempdir().unwrap();
        trees::make(place.path());
        let words = self.words(cell, place.path(), server);
        let run = || {
            let command = Command::new(client)
                .args(&words)
                .current_dir(place.path())
                .env("LC_ALL", "C")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            (command.status.code(), lines(&command.stdout, cell), lines(&command.stderr, cell))
        };
        let job = cell.job();
        let (status, printed, said) = run();
        let left = walk::lines(&place.path().join("to"), job.compared);
        let unlike = if job.mirrors { unlike(place.path(), cell) } else { Vec::new() };
        let runs_again = !job.compared.access_times
            && (cell.transport != Transport::Ssh || self.second_runs == SecondRuns::All);
        let printed_again = if runs_again { run().1 } else { Vec::new() };
        Outcome { status, printed, said, printed_again, left, unlike }
    }

    fn words(&self, cell: &Cell, here: &Path, server: &Path) -> Vec<OsString> {
        let job = cell.job();
        let here = here.to_str().expect("temporary folders have plain names");
        let host = match cell.transport {
            Transport::Local => "",
            Transport::Shell => "host:",
            Transport::Ssh => "127.0.0.1:",
        };
        let name = host.trim_end_matches(':');
        let mut words: Vec<OsString> = job
            .options
            .split(' ')
            .map(|word| word.replace("HERE", here).replace("HOST", name).into())
            .collect();
        if cell.protocol != 32 {
            words.push(format!("--protocol={}", cell.protocol).into());
        }
        let shell = match (cell.transport, &self.sshd) {
            (Transport::Ssh, Some(sshd)) => Some(sshd.shell()),
            (Transport::Shell, _) => Some(format!("sh {}/shell", self.folder.path().display())),
            _ => None,
        };
        if let Some(shell) = shell {
            words.push(format!("--rsh={shell}").into());
            words.push(format!("--rsync-path={}", server.display()).into());
        }
        let (from_host, to_host) = if cell.way == Way::Push { ("", host) } else { (host, "") };
        words.extend(job.sources.iter().map(|source| format!("{from_host}{here}/{source}").into()));
        words.push(format!("{to_host}{here}/to/").into());
        words
    }
}

fn lines(text: &[u8], cell: &Cell) -> Vec<String> {
    let mut lines: Vec<String> = String::from_utf8_lossy(text).lines().map(str::to_owned).collect();
    if !cell.job().is_ordered() {
        lines.sort();
    }
    lines
}

/// What the destination has that the source has not, and the other way round.
fn unlike(here: &Path, cell: &Cell) -> Vec<String> {
    // A file whose time differs in nanoseconds alone counts as unchanged; and links only arrive as such with -H.
    let links = cell.job().options.contains('H');
    let compared = Compared { nanoseconds: false, links, ..cell.job().compared };
    let [source, left] = ["from", "to"].map(|name| walk::lines(&here.join(name), compared));
    let more = left.iter().filter(|line| !source.contains(line)).cloned();
    more.chain(source.iter().filter(|line| !left.contains(line)).map(|line| format!("missing {line}")))
        .collect()
}

impl Outcome {
    /// Says what is different here from `theirs`, a line each.
    pub(crate) fn differences(&self, theirs: &Outcome, protocol: u8) -> Vec<String> {
        let mut differences = Vec::new();
        for (who, outcome) in [("left", self), ("rsync left", theirs)] {
            differences.extend(outcome.unlike.iter().map(|line| format!("{who} unlike the source {line}")));
        }
        if self.status != theirs.status {
            differences.push(format!("status {:?} instead of {:?}", self.status, theirs.status));
        }
        for (what, ours, theirs) in [
            ("printed", &self.printed, &theirs.printed),
            ("printed the second time", &self.printed_again, &theirs.printed_again),
            ("said", &self.said, &theirs.said),
            ("left", &self.left, &theirs.left),
        ] {
            let before = differences.len();
            differences.extend(
                ours.iter().filter(|line| !theirs.contains(line)).map(|line| format!("{what} {line}")),
            );
            differences.extend(
                theirs.iter().filter(|line| !ours.contains(line)).map(|line| format!("{what} no {line}")),
            );
            // Before protocol 29 a pull tells what it does by itself, between the answers, whenever it does it.
            if before == differences.len() && ours != theirs && protocol >= 29 {
                differences.push(format!("{what} in the order {ours:#?} instead of {theirs:#?}"));
            }
        }
        differences
    }
}
