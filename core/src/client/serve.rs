//! Being the other end. In: a stream and the arguments that a client's rsync starts a server with. Out: one session.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Observer, Report};
use crate::options::{
    FilesFrom, Invocation, MissingArguments, Options, Purpose, SecludedReader, ServerInvocation, parse,
};
use crate::session::{Job, NameList, Names, OwnPaths, Role, Settings, run};
use crate::transport::Connection;

/// What a client may do here.
#[derive(Clone, Debug)]
pub struct ServePolicy {
    /// The directory that all paths of the client are in; it cannot name anything else. `None` for the whole file
    /// system, as for a command that a login shell starts.
    pub root: Option<PathBuf>,
    /// Whether files may be sent to it.
    pub read: bool,
    /// Whether files may be received from it.
    pub write: bool,
    /// Whether it may delete what is there.
    pub delete: bool,
    /// The permission bits that new files do not get.
    pub umask: u32,
    /// What `-C` ignores besides CVS's own patterns: the words of `$HOME/.cvsignore`, then of CVSIGNORE.
    pub cvs_ignore: Vec<u8>,
}

impl ServePolicy {
    /// A policy that confines paths to `root` and allows nothing yet: set what is allowed.
    ///
    /// ```
    /// use syncline::ServePolicy;
    ///
    /// let mut policy = ServePolicy::confined("/srv/backups");
    /// policy.read = true;
    /// assert!(!policy.write && !policy.delete);
    /// ```
    pub fn confined(root: impl Into<PathBuf>) -> ServePolicy {
        ServePolicy {
            root: Some(root.into()),
            read: false,
            write: false,
            delete: false,
            umask: 0o022,
            cvs_ignore: Vec::new(),
        }
    }
}

/// Serves one session over `connection`. `arguments` are those after the program's name: `--server`, options, paths.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] and [`ErrorKind::Unsupported`] for arguments that are no server's or that the policy
/// refuses; then everything that ends a session early.
///
/// # Blocking
/// Until the session has ended; `observer` is called on this thread alone.
pub fn serve(
    mut connection: Connection,
    arguments: &[OsString],
    policy: &ServePolicy,
    cancel: &CancelToken,
    observer: &mut dyn Observer,
) -> Result<Report> {
    let mut invocation = server(arguments.to_vec())?;
    if invocation.is_secluded() {
        let more = secluded_arguments(&mut connection, cancel)?;
        invocation = server(arguments.iter().cloned().chain(more).collect())?;
    }
    let ServerInvocation { options, sender, capabilities, paths } = &invocation;
    let mut settings = Settings::of(options, Purpose::Copy, false)?;
    settings.umask = policy.umask;
    settings.cvs_ignore = policy.cvs_ignore.clone();
    settings.itemize_unchanged |= invocation.itemizes_unchanged();
    let refuse = |what: &str| Err(Error::new(ErrorKind::Unsupported, format!("{what} is not allowed here")));
    if *sender && !policy.read {
        return refuse("sending files");
    }
    if !sender && !policy.write {
        return refuse("receiving files");
    }
    let deletes = match sender {
        true => settings.remove_source_files,
        false => settings.delete.is_on() || settings.missing_arguments == MissingArguments::Delete,
    };
    if deletes && !policy.delete {
        return refuse("deleting");
    }
    settings.names = names(options, *sender, policy)?;
    let mut paths = paths.iter().map(PathBuf::from);
    let role = if *sender {
        Role::Send(paths.collect())
    } else {
        let destination = paths.next().ok_or_else(|| {
            Error::new(ErrorKind::InvalidArgument, "the server was not told where to put files")
        })?;
        Role::Receive(destination)
    };
    let job = Job {
        role,
        settings,
        capabilities: Some(capabilities.clone()),
        root: policy.root.clone(),
        daemon: None,
    };
    run(connection, &job, cancel, observer)
}

fn server(arguments: Vec<OsString>) -> Result<ServerInvocation> {
    match parse(arguments)? {
        Invocation::Server(invocation) => Ok(*invocation),
        _ => Err(Error::new(ErrorKind::InvalidArgument, "the arguments are not those of a server")),
    }
}

/// Where the names of what is sent come from, if from a list.
fn names(options: &Options, sender: bool, policy: &ServePolicy) -> Result<Names> {
    let path = match &options.files_from {
        None => return Ok(Names::Arguments),
        Some(FilesFrom::StandardInput) if sender => return Ok(Names::There),
        Some(FilesFrom::Local(path)) if policy.read => path,
        Some(FilesFrom::Local(_)) => {
            return Err(Error::new(ErrorKind::Unsupported, "reading lists of names is not allowed here"));
        }
        Some(FilesFrom::StandardInput | FilesFrom::Remote { .. }) => {
            return Err(Error::new(ErrorKind::InvalidArgument, "a list of names that no server can read"));
        }
    };
    let file = OwnPaths::new(policy.root.as_deref()).open_file(path);
    let file = file.map_err(|error| Error::os("open the list of names", path, error))?;
    Ok(Names::Here(NameList::new(file, options.from0)))
}

/// How long the arguments may take to come.
const ARGUMENTS: Duration = Duration::from_secs(60);
/// How often it is looked whether they still matter.
const TICK: Duration = Duration::from_millis(100);

/// Arguments that come over the connection, nothing behind them (`docs/spec/wire-1-session.md` §3.7). They are waited for
/// until the caller cancels, and not for ever.
fn secluded_arguments(connection: &mut Connection, cancel: &CancelToken) -> Result<Vec<OsString>> {
    let Connection { reader, interrupt, .. } = connection;
    let (done, result) = mpsc::channel();
    let started = Instant::now();
    thread::scope(|scope| {
        // The other half lives until the result has come.
        scope.spawn(move || drop(done.send(read_secluded(reader))));
        loop {
            let error = match result.recv_timeout(TICK) {
                Ok(arguments) => return arguments,
                Err(RecvTimeoutError::Disconnected) => {
                    Error::new(ErrorKind::Internal, "the thread that reads arguments panicked")
                }
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => Error::cancelled(),
                Err(RecvTimeoutError::Timeout) if started.elapsed() >= ARGUMENTS => {
                    Error::new(ErrorKind::Timeout, "the arguments did not come in time")
                }
                Err(RecvTimeoutError::Timeout) => continue,
            };
            interrupt();
            return Err(error);
        }
    })
}

fn read_secluded(reader: &mut dyn Read) -> Result<Vec<OsString>> {
    let mut secluded = SecludedReader::new();
    loop {
        let mut byte = [0];
        reader.read_exact(&mut byte).map_err(|error| Error::stream("read arguments", error))?;
        if let Some(arguments) = secluded.push(byte[0])? {
            return Ok(arguments);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::pair::pair;

    #[test]
    fn arguments_that_never_come_are_waited_for_until_the_caller_cancels() {
        let (ours, _theirs) = pair(100);
        let cancel = CancelToken::new();
        let words: Vec<OsString> = ["--server", "-s"].map(OsString::from).to_vec();
        let error = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(20));
                cancel.cancel();
            });
            serve(ours, &words, &ServePolicy::confined("/nowhere"), &cancel, &mut ()).unwrap_err()
        });
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
