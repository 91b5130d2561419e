//! Runs one act against one program. In: a program, an act, a victim's part. Out: how it ended, and what it did to what was
//! not its own.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::acts::{Act, Plays, Sound, Victim};
use crate::peer::Peer;

/// How long a program may take before it is said to hang.
const LIMIT: Duration = Duration::from_secs(12);
/// Memory that a sound program stays below here, in MiB.
const MEMORY: u64 = 160;
const CAPABILITIES: &str = "LsfxCIvu";
const OLD: &str = "old and good\n";
/// What an act could make outside of everything.
const ESCAPED: &str = "/escaped-hostile";

/// How it ended.
pub(crate) struct Reaction {
    /// `None` for a program that had to be ended.
    pub(crate) status: Option<i32>,
    seconds: f64,
    mebibytes: u64,
    /// Something outside the destination was made, changed or removed.
    touched: bool,
    /// A file that was good is not there any more, or is only partly what came.
    lost: bool,
    /// A temporary file stayed behind.
    left: bool,
    /// The first line it said.
    says: String,
}

impl Reaction {
    /// What is not sound about it.
    pub(crate) fn complaint(&self, act: &Act) -> Option<String> {
        let Some(status) = self.status else { return Some("hangs".to_owned()) };
        let is_expected = match act.sound {
            Sound::Fails => status != 0,
            Sound::Ends(statuses) => statuses.contains(&status),
            Sound::Either => true,
        };
        let complaints = [
            (self.touched, "touched what is outside".to_owned()),
            (self.lost, "lost a good file".to_owned()),
            (self.left, "left a temporary file".to_owned()),
            (self.mebibytes > MEMORY, format!("took {} MiB", self.mebibytes)),
            (status < 0 || status == 101 || status == 13, format!("crashed: {status}")),
            (!is_expected, format!("ended with {status}, not as {:?}", act.sound)),
        ];
        complaints.into_iter().find(|(is_so, _)| *is_so).map(|(_, words)| words)
    }

    /// Whether it is worse than what `other` did: where that failed or ended, this did not.
    pub(crate) fn is_worse_than(&self, other: &Reaction) -> bool {
        let Some(status) = self.status else { return other.status.is_some() };
        (self.touched && !other.touched)
            || (self.lost && !other.lost)
            || (status == 0 && other.status.is_some_and(|other| other != 0))
    }

    /// In a few words.
    pub(crate) fn line(&self) -> String {
        let status = self.status.map_or("hangs".to_owned(), |status| format!("exit {status}"));
        let mut line = format!("{status}, {:.1} s, {} MiB", self.seconds, self.mebibytes);
        for (is_so, words) in [
            (self.touched, ", TOUCHED OUTSIDE"),
            (self.lost, ", LOST A FILE"),
            (self.left, ", left a temporary file"),
        ] {
            line.push_str(if is_so { words } else { "" });
        }
        line
    }

    /// The first line it said.
    pub(crate) fn says(&self) -> &str {
        &self.says
    }
}

/// Runs `act` against `program`.
pub(crate) fn run(program: &Path, act: &'static Act, victim: Victim) -> Reaction {
    let scene = Scene::new();
    let before = scene.outside();
    let errors = scene.folder.path().join("dst").join("errors");
    let mut command = Command::new(program);
    command.current_dir(scene.folder.path()).env("LC_ALL", "C");
    command.stderr(File::create(&errors).expect("the scene is writable"));
    let started = Instant::now();
    let (status, mebibytes) = match victim {
        Victim::Client => {
            command.args(client_words(act)).stdin(Stdio::null()).stdout(Stdio::null());
            watch(command.spawn().expect("the program runs"))
        }
        Victim::Server => {
            command.args(server_words(act)).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().expect("the program runs");
            let (input, output) = (child.stdout.take(), child.stdin.take());
            let (input, output) = (input.expect("it is piped"), output.expect("it is piped"));
            let peer = thread::spawn(move || Peer::new(act, false, Box::new(input), Box::new(output)).run());
            let ended = watch(child);
            peer.join().expect("peers do not panic");
            ended
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&fs::read(&errors).unwrap_or_default()).into_owned();
    fs::remove_file(&errors).expect("it was made above");
    Reaction {
        status,
        seconds,
        mebibytes,
        touched: scene.outside() != before || scene.has_escaped(),
        lost: scene.has_lost(act),
        left: scene.has_left(),
        says: text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned(),
    }
}

/// The words of a client whose remote shell is this program.
fn client_words(act: &Act) -> Vec<String> {
    let me = std::env::current_exe().expect("this program has a path");
    let plays = if act.plays == Plays::Sender { "sender" } else { "receiver" };
    let shell = format!("{} --act {plays}/{}", me.display(), act.name);
    let (one, options): (Vec<&str>, Vec<&str>) = act.options.split(' ').partition(|word| *word == "ONE-FILE");
    let paths = match (act.plays, one.is_empty()) {
        (Plays::Sender, true) => ["host:src/", "dst/"],
        (Plays::Sender, false) => ["host:src/a", "dst/"],
        (Plays::Receiver, _) => ["src/", "host:dst/"],
    };
    let words = options.into_iter().chain(["-e", &shell]).chain(paths);
    words.map(str::to_owned).collect()
}

/// The words that a client would start a server with.
fn server_words(act: &Act) -> Vec<String> {
    let mut options = act.options.split(' ');
    let letters = options.next().unwrap_or_default();
    let pieces = if act.incremental { "i" } else { "" };
    let mut words = vec!["--server".to_owned()];
    words.extend((act.plays == Plays::Receiver).then(|| "--sender".to_owned()));
    words.push(format!("{letters}e.{pieces}{CAPABILITIES}"));
    words.extend(options.map(|word| match word {
        "--compress-choice=zlibx" => "--new-compress".to_owned(),
        other => other.to_owned(),
    }));
    words.push(".".to_owned());
    words.push(if act.plays == Plays::Sender { "dst/" } else { "src/" }.to_owned());
    words
}

/// Waits for the end of `child`, and ends it where it takes too long; its status, and the most memory it was seen to hold.
fn watch(mut child: Child) -> (Option<i32>, u64) {
    let started = Instant::now();
    let status_file = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut most = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status_file) {
            most = most.max(peak(&text));
        }
        if let Some(status) = child.try_wait().expect("it is a child of this process") {
            let signal = status.signal().map(|signal| -signal);
            return (status.code().or(signal), most / 1024);
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            return (None, most / 1024);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The peak of resident memory in KiB, from `/proc/PID/status`.
fn peak(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A folder with something to send and somewhere to receive.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().expect("there is room for a temporary folder");
        let write = |path: &str, content: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the folder is ours");
            fs::write(path, content).expect("the folder is ours");
        };
        write("src/a", "a that is sent\n");
        write("src/c", &"c".repeat(3000));
        write("src/sub/b", "b that is sent\n");
        write("dst/kept", OLD);
        write("dst/old/good", OLD);
        write("beside", OLD);
        Scene { folder }
    }

    /// Everything but what is in the destination.
    fn outside(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        for name in ["beside", "src"] {
            collect(&self.folder.path().join(name), &mut found);
        }
        let names = fs::read_dir(self.folder.path()).expect("the folder is there").flatten();
        found.extend(names.map(|entry| (entry.path(), Vec::new())));
        found.sort();
        found
    }

    fn has_escaped(&self) -> bool {
        fs::remove_file(ESCAPED).is_ok()
    }

    fn has_lost(&self, act: &Act) -> bool {
        let read =
            |path: &str| fs::read_to_string(self.folder.path().join("dst").join(path)).unwrap_or_default();
        let kept = read("kept");
        let came = (act.tree)().into_iter().find(|entry| entry.name == b"kept").map(|entry| entry.content);
        let is_whole = kept == OLD || Some(kept.into_bytes()) == came;
        !is_whole || read("old/good") != OLD
    }

    fn has_left(&self) -> bool {
        let mut found = Vec::new();
        collect(&self.folder.path().join("dst"), &mut found);
        let is_hidden =
            |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        found.iter().any(|(path, _)| is_hidden(path))
    }
}

fn collect(path: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
    let is_directory = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if !is_directory {
        return into.push((path.to_owned(), fs::read(path).unwrap_or_default()));
    }
    into.push((path.to_owned(), Vec::new()));
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        collect(&entry.path(), into);
    }
}
