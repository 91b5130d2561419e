//! Sessions: Syncline at both ends against rsync at both ends, on trees in memory.
//!
//! In: the two programs. Out: for each job the wall time, the processor time of all processes, and the peak memory of the
//! largest one, each the best of a few rounds in which the two take turns.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::inputs::noise;
use crate::table::Table;

pub(crate) const HEAD: &str = "| work | how | ours | rsync | ratio | to reach | processor | rsync | memory | rsync | to reach |\n\
     |---|---|---:|---:|---:|---|---:|---:|---:|---:|---|\n";

const DIRECTORIES: u64 = 500;
const FILES: u64 = 100;
const LARGE: u64 = 512 << 20;
const MIB: usize = 1 << 20;
const ROUNDS: u32 = 5;
/// Jobs that take long are done less often.
const ENOUGH: Duration = Duration::from_secs(8);

/// What the receiving side has before.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// What the run before has left: the same as is sent.
    Same,
    /// A copy of this file, under the name of the one that is sent.
    File(&'static str),
}

struct Job {
    work: &'static str,
    options: &'static str,
    source: &'static str,
    before: Before,
    /// What the ratio of the wall times should be at most, locally and over a pipe.
    reach: [&'static str; 2],
}

const HALF: [&str; 2] = ["≤ 0.5", "≤ 0.5"];

const JOBS: [Job; 6] = [
    Job {
        work: "50,000 small files, initial",
        options: "-a",
        source: "small/",
        before: Before::Nothing,
        reach: HALF,
    },
    Job {
        work: "50,000 small files, no change",
        options: "-a",
        source: "small/",
        before: Before::Same,
        reach: HALF,
    },
    Job {
        work: "50,000 small files, no change, -c",
        options: "-ac",
        source: "small/",
        before: Before::Same,
        reach: HALF,
    },
    Job { work: "512 MiB, initial", options: "-a", source: "large/", before: Before::Nothing, reach: HALF },
    Job {
        work: "512 MiB, 1 % edited",
        options: "-a",
        source: "large/",
        before: Before::File("edited"),
        reach: HALF,
    },
    Job {
        work: "512 MiB, unrelated",
        options: "-a",
        source: "large/",
        before: Before::File("unrelated"),
        reach: ["≤ 0.5", "≤ 0.1"],
    },
];

/// The best of each in some rounds.
#[derive(Clone, Copy)]
struct Measured {
    wall: f64,
    processor: f64,
    memory: f64,
}

impl Measured {
    const WORST: Measured = Measured { wall: f64::MAX, processor: f64::MAX, memory: f64::MAX };

    fn best(self, other: Measured) -> Measured {
        Measured {
            wall: self.wall.min(other.wall),
            processor: self.processor.min(other.processor),
            memory: self.memory.min(other.memory),
        }
    }
}

struct Place {
    folder: tempfile::TempDir,
    syncline: PathBuf,
    /// A remote shell that runs the command here.
    shell: PathBuf,
}

pub(crate) fn measure(target: &Path, table: &mut Table) {
    let place = Place::new(target.join("release/syncline"));
    for (over_pipe, how) in [(false, "local"), (true, "pipe")] {
        for job in &JOBS {
            let [mut ours, mut theirs] = [Measured::WORST; 2];
            let began = Instant::now();
            for round in 0..ROUNDS {
                if round >= 2 && began.elapsed() > ENOUGH {
                    break;
                }
                ours = ours.best(place.run(&place.syncline, job, over_pipe, "ours"));
                theirs = theirs.best(place.run(Path::new("rsync"), job, over_pipe, "theirs"));
            }
            let mut row = String::new();
            let _ = writeln!(
                row,
                "| {} | {how} | {:.3} s | {:.3} s | {:.2} | {} | {:.2} s | {:.2} s | {:.0} MiB | {:.0} MiB | ≤ {:.0} MiB |",
                job.work,
                ours.wall,
                theirs.wall,
                ours.wall / theirs.wall,
                job.reach[usize::from(over_pipe)],
                ours.processor,
                theirs.processor,
                ours.memory,
                theirs.memory,
                theirs.memory + 10.0,
            );
            table.line(&row);
        }
    }
}

impl Place {
    fn new(syncline: PathBuf) -> Place {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path();
        for directory in 0..DIRECTORIES {
            let parent = path.join(format!("small/{directory:03}"));
            fs::create_dir_all(&parent).unwrap();
            for file in 0..FILES {
                let number = directory * FILES + file;
                let length = 100 + number * 7919 % 4000;
                fs::write(parent.join(format!("file-{file:02}.txt")), noise(number, length as usize))
                    .unwrap();
            }
        }
        fs::create_dir(path.join("large")).unwrap();
        large(&path.join("large/file"), |mib| noise(mib, MIB));
        large(&path.join("unrelated"), |mib| noise(mib + LARGE, MIB));
        // 4 KiB in every 400 KiB.
        large(&path.join("edited"), |mib| {
            let mut bytes = noise(mib, MIB);
            for at in [100_000, 500_000, 900_000] {
                let changed = noise(at as u64 + mib, 4096);
                bytes[at..at + changed.len()].copy_from_slice(&changed);
            }
            bytes
        });
        let shell = path.join("shell");
        fs::write(&shell, "#!/bin/sh\nshift\nexec \"$@\"\n").unwrap();
        fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).unwrap();
        Place { folder, syncline, shell }
    }

    /// Runs `program` once, into a destination of its own.
    fn run(&self, program: &Path, job: &Job, over_pipe: bool, destination: &str) -> Measured {
        let path = self.folder.path();
        let to = path.join(destination);
        self.prepare(program, job, &to);
        let usage = path.join("usage");
        let mut command = Command::new("time");
        command.args(["-f", "%U %S %M", "-o"]).arg(&usage).arg("--");
        command.arg(program).arg(job.options);
        if over_pipe {
            let mut remote = std::ffi::OsString::from("--rsync-path=");
            remote.push(program);
            command.arg("-e").arg(&self.shell).arg(remote);
        }
        command.arg(path.join(job.source));
        command.arg(if over_pipe { format!("host:{}/", to.display()) } else { format!("{}/", to.display()) });
        let began = Instant::now();
        let status = command.stdout(Stdio::null()).status().unwrap();
        let wall = began.elapsed().as_secs_f64();
        assert!(status.success(), "{command:?}");
        let usage = fs::read_to_string(usage).unwrap();
        let numbers: Vec<f64> = usage.split_whitespace().map(|word| word.parse().unwrap()).collect();
        Measured { wall, processor: numbers[0] + numbers[1], memory: numbers[2] / 1024.0 }
    }

    fn prepare(&self, program: &Path, job: &Job, to: &Path) {
        let clear = || {
            if to.exists() {
                fs::remove_dir_all(to).unwrap();
            }
        };
        match job.before {
            Before::Nothing => clear(),
            Before::Same => {
                let source = self.folder.path().join(job.source);
                let status = Command::new(program).arg("-a").arg(source).arg(to).status().unwrap();
                assert!(status.success());
            }
            Before::File(name) => {
                clear();
                fs::create_dir(to).unwrap();
                let file = to.join("file");
                fs::copy(self.folder.path().join(name), &file).unwrap();
                // Equal sizes: the time alone says that it is another file.
                let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
                File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
            }
        }
    }
}

/// Writes a large file, a MiB at a time: a process that has much memory would lend its peak to those it starts.
fn large(path: &Path, content: impl Fn(u64) -> Vec<u8>) {
    let mut file = File::create(path).unwrap();
    for mib in 0..LARGE / MIB as u64 {
        file.write_all(&content(mib)).unwrap();
    }
}
