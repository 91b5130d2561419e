//! Two trees and something between them. In: which way, through what. Out: a transfer to run, and what it left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use syncline::options::{Options, WholeFile};
use syncline::transport::{Connection, descriptors, pair, socket};
use syncline::{CancelToken, Endpoint, Observer, Report, Result, ServePolicy, Transfer, serve};

/// Which way the files go, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Push,
    Pull,
}

/// What is between the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// Memory, a few bytes at a time.
    Memory,
    /// A socket.
    Socket,
    /// Pipes that the caller brought.
    Pipes,
    /// A remote shell's process, with a real rsync at its other end.
    Shell,
    /// No wire.
    Nothing,
}

impl Between {
    /// Everything that is there to be tested.
    pub(crate) fn all() -> Vec<Between> {
        let mut all = vec![Between::Memory, Between::Socket, Between::Pipes, Between::Nothing];
        match rsync() {
            Some(_) => all.push(Between::Shell),
            None => eprintln!("remote shells skipped: rsync is not installed"),
        }
        all
    }
}

/// The path of a real rsync.
pub(crate) fn rsync() -> Option<&'static str> {
    ["/usr/bin/rsync", "/usr/local/bin/rsync"].into_iter().find(|path| Path::new(path).exists())
}

const NAMES: [&str; 3] = ["one", "sub/two", "sub/three"];
/// Bytes of each file.
pub(crate) const LENGTH: usize = 600_000;

/// Bytes without a pattern.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A source, and a destination with older files of the same names.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    /// One scene at a time: what is left running is its own.
    _alone: MutexGuard<'static, ()>,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scene = Scene { folder: tempfile::tempdir().unwrap(), _alone: alone };
        for (place, seed) in [("from", 1), ("to", 100)] {
            for (name, seed) in NAMES.iter().zip(seed..) {
                let path = scene.folder().join(place).join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, noise(seed, LENGTH)).unwrap();
            }
        }
        scene
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The transfer of everything.
    pub(crate) fn transfer(&self, way: Way, between: Between) -> Running<'_> {
        let options = Options::archive().whole_file(WholeFile::Never).ignore_times(true).timeout(10_u32);
        let script = rsync().map(|rsync| format!("exec {rsync} \"$@\"")).unwrap_or_default();
        Running { scene: self, way, between, options, script, only: "", cancel: CancelToken::new() }
    }

    /// Every file at the destination is the old or the new one as a whole, and there is no other.
    pub(crate) fn assert_whole(&self) {
        for (name, seed) in NAMES.iter().zip(1..) {
            let found = fs::read(self.folder().join("to").join(name)).unwrap();
            let is_whole = found == noise(seed, LENGTH) || found == noise(seed + 99, LENGTH);
            assert!(is_whole, "{name} has {} bytes of something else", found.len());
        }
        let mut found = Vec::new();
        names(&self.folder().join("to"), &mut found);
        let is_hidden = |path: &&PathBuf| path.file_name().unwrap().as_encoded_bytes().starts_with(b".");
        assert_eq!(found.iter().find(is_hidden), None);
    }

    /// The same once a remote rsync that was cut off has taken its own temporary file away.
    pub(crate) fn assert_whole_soon(&self) {
        let started = Instant::now();
        let has_hidden = || {
            let mut found = Vec::new();
            names(&self.folder().join("to"), &mut found);
            found.iter().any(|path| path.file_name().unwrap().as_encoded_bytes().starts_with(b"."))
        };
        while has_hidden() && started.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(10));
        }
        self.assert_whole();
    }

    /// Nothing at the destination has changed.
    pub(crate) fn assert_untouched(&self) {
        for (name, seed) in NAMES.iter().zip(100..) {
            assert!(fs::read(self.folder().join("to").join(name)).unwrap() == noise(seed, LENGTH), "{name}");
        }
        self.assert_whole();
    }
}

fn names(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(&path, into);
        }
        into.push(path);
    }
}

/// A transfer that is about to run.
pub(crate) struct Running<'a> {
    scene: &'a Scene,
    way: Way,
    between: Between,
    options: Options,
    script: String,
    only: &'static str,
    cancel: CancelToken,
}

impl Running<'_> {
    pub(crate) fn cancel(mut self, cancel: &CancelToken) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// What the remote shell does with the server's arguments, which are `$@` without the program.
    pub(crate) fn through(mut self, script: &str) -> Self {
        self.script = script.to_owned();
        self
    }

    /// Only this file.
    pub(crate) fn only(mut self, name: &'static str) -> Self {
        self.only = name;
        self
    }

    pub(crate) fn timeout(mut self, seconds: u32) -> Self {
        self.options.timeout = seconds;
        self
    }

    /// At most this many KiB a second.
    pub(crate) fn rate(mut self, kibibytes: u32) -> Self {
        self.options.bwlimit = kibibytes;
        self
    }

    pub(crate) fn partial(mut self) -> Self {
        self.options.partial = true;
        self
    }

    pub(crate) fn run(self) -> Result<Report> {
        self.watched_by(&mut ())
    }

    /// Runs it; `observer` sees the events of the client.
    pub(crate) fn watched_by(self, observer: &mut dyn Observer) -> Result<Report> {
        let folder = self.scene.folder();
        let (from, to) = (folder.join("from").join(self.only), folder.join("to"));
        let from = format!("{}{}", from.display(), if self.only.is_empty() { "/" } else { "" });
        let remote = |path: &str| Endpoint::parse(format!("host:{path}").as_ref()).unwrap();
        let transfer = match (self.between, self.way) {
            (Between::Nothing, _) => Transfer::new([Endpoint::local(&from)], Endpoint::local(&to)),
            (_, Way::Push) => Transfer::new([Endpoint::local(&from)], remote(&format!("{}/", to.display()))),
            (_, Way::Pull) => Transfer::new([remote(&from)], Endpoint::local(&to)),
        };
        let transfer = transfer.options(self.options.clone()).cancel(self.cancel.clone());
        match self.between {
            Between::Nothing => transfer.run(observer),
            Between::Shell => transfer.shell(self.shell()).run(observer),
            Between::Memory => with_server(transfer, pair::pair(100), observer),
            Between::Socket => {
                let (ours, theirs) = UnixStream::pair().unwrap();
                with_server(transfer, (socket::connection(ours), socket::connection(theirs)), observer)
            }
            Between::Pipes => with_server(transfer, pipes(), observer),
        }
    }

    /// A remote shell that drops the host and the program, and does what the script says.
    fn shell(&self) -> PathBuf {
        let path = self.scene.folder().join("shell");
        fs::write(&path, format!("#!/bin/bash\nshift 2\n{}\n", self.script)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

fn pipes() -> (Connection, Connection) {
    let ((there_out, there_in), (back_out, back_in)) = (std::io::pipe().unwrap(), std::io::pipe().unwrap());
    let ours = descriptors::adopt(back_out.into(), there_in.into()).unwrap();
    (ours, descriptors::adopt(there_out.into(), back_in.into()).unwrap())
}

/// Runs `transfer` over the first of two connections, and its server over the other.
fn with_server(
    transfer: Transfer,
    (ours, theirs): (Connection, Connection),
    observer: &mut dyn Observer,
) -> Result<Report> {
    let arguments = transfer.server_arguments()?;
    let mut policy = ServePolicy::confined("/");
    (policy.root, policy.read, policy.write) = (None, true, true);
    thread::scope(|scope| {
        // What it meets is seen at the other end as well.
        scope.spawn(|| drop(serve(theirs, &arguments, &policy, &CancelToken::new(), &mut ())));
        transfer.over(ours).run(observer)
    })
}

/// No child process of a remote shell is left, and no thread of the library.
pub(crate) fn assert_nothing_runs() {
    // A thread that has been joined is listed until the system has cleared it away.
    let started = Instant::now();
    while let Some(name) = running() {
        assert!(started.elapsed() < Duration::from_secs(2), "{name} is still there");
        thread::yield_now();
    }
}

fn running() -> Option<String> {
    let mine = Path::new("/proc/self/task");
    fs::read_dir(mine).unwrap().flatten().find_map(|thread| {
        // It may end while it is looked at.
        let read = |name: &str| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
        let (name, children) = (read("comm"), read("children"));
        if name.starts_with("syncline") {
            return Some(format!("the thread {}", name.trim()));
        }
        let is_shell = |child: &&str| {
            let command = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            command.windows(6).any(|word| word == b"/shell")
        };
        children.split_ascii_whitespace().find(is_shell).map(|child| format!("the child {child}"))
    })
}
