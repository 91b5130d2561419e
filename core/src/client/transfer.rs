//! A transfer from its client. In: sources, destination, options. Out: a session with whoever is at the other end.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::peer::{DaemonAccess, Errand, Peer, Place, Reach, Side, of_one_host};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{ItemForm, Observer, Report};
use crate::filter::{Depth, Filters, Requested, RuleSources};
use crate::options::{Carrier, Direction, FilesFrom, Options, Purpose};
use crate::session::{Job, NameList, Names, Role, Settings, passage, run, run_with};
use crate::transport::{Connection, pair, process};
use crate::wire::compat::capability_suffix;

/// Bytes between the two ends of a local copy.
const LOCAL_PIPE: usize = 1 << 20;

/// One transfer: what goes where, and how.
///
/// ```
/// use syncline::{Endpoint, Transfer};
/// use syncline::options::Options;
///
/// let place = std::env::temp_dir().join(format!("syncline-example-{}", std::process::id()));
/// std::fs::create_dir_all(place.join("from")).unwrap();
/// std::fs::write(place.join("from/file"), "content").unwrap();
///
/// let report = Transfer::new([Endpoint::local(place.join("from/"))], Endpoint::local(place.join("to")))
///     .options(Options::archive())
///     .run(&mut ())?;
/// assert_eq!(report.files_transferred, 1);
/// # std::fs::remove_dir_all(place).unwrap();
/// # Ok::<(), syncline::Error>(())
/// ```
pub struct Transfer {
    sources: Vec<Endpoint>,
    destination: Option<Endpoint>,
    options: Options,
    cancel: CancelToken,
    connection: Option<Connection>,
    umask: u32,
    cvs_ignore: Vec<u8>,
    input: Option<Box<dyn Read + Send>>,
    shell: Option<OsString>,
    daemon: DaemonAccess,
    forbid_prompts: bool,
    inherit_errors: bool,
}

impl Transfer {
    /// A transfer of `sources` to `destination`. One side of the two may be on another host.
    pub fn new(sources: impl IntoIterator<Item = Endpoint>, destination: Endpoint) -> Transfer {
        let mut transfer = Transfer::list(sources);
        transfer.destination = Some(destination);
        transfer
    }

    /// The same, where `sources` have to be on another host.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if one of them is here.
    pub fn pull(sources: impl IntoIterator<Item = Endpoint>, destination: Endpoint) -> Result<Transfer> {
        let transfer = Transfer::new(sources, destination);
        transfer.sources.iter().try_for_each(|source| source.must_be_remote("pull"))?;
        Ok(transfer)
    }

    /// The same, where `destination` has to be on another host.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if it is here.
    pub fn push(sources: impl IntoIterator<Item = Endpoint>, destination: Endpoint) -> Result<Transfer> {
        destination.must_be_remote("push")?;
        Ok(Transfer::new(sources, destination))
    }

    /// A list of what `sources` hold: every entry is an [`Event::Listed`](crate::Event::Listed), nothing is written.
    pub fn list(sources: impl IntoIterator<Item = Endpoint>) -> Transfer {
        Transfer {
            sources: sources.into_iter().collect(),
            destination: None,
            options: Options::default(),
            cancel: CancelToken::new(),
            connection: None,
            umask: 0o022,
            cvs_ignore: Vec::new(),
            input: None,
            shell: None,
            daemon: DaemonAccess::default(),
            forbid_prompts: false,
            inherit_errors: false,
        }
    }

    /// What is asked of it.
    #[must_use]
    pub fn options(mut self, options: Options) -> Transfer {
        self.options = options;
        self
    }

    /// Stops when `cancel` is cancelled.
    #[must_use]
    pub fn cancel(mut self, cancel: CancelToken) -> Transfer {
        self.cancel = cancel;
        self
    }

    /// Runs over `connection` instead of starting a remote shell. The server at its other end was given the transfer's
    /// [arguments](Transfer::server_arguments).
    #[must_use]
    pub fn over(mut self, connection: Connection) -> Transfer {
        self.connection = Some(connection);
        self
    }

    /// The permission bits that new files do not get where permissions are not preserved; 022 unless set.
    #[must_use]
    pub fn umask(mut self, umask: u32) -> Transfer {
        self.umask = umask;
        self
    }

    /// What `-C` ignores besides CVS's own patterns: the words of `$HOME/.cvsignore`, then of the environment variable
    /// CVSIGNORE, separated by white space. Nothing unless set.
    #[must_use]
    pub fn cvs_ignore(mut self, words: impl Into<Vec<u8>>) -> Transfer {
        self.cvs_ignore = words.into();
        self
    }

    /// What the name `-` stands for in options that read a file of rules or names. Without it, that name is refused.
    #[must_use]
    pub fn input(mut self, input: impl Read + Send + 'static) -> Transfer {
        self.input = Some(Box::new(input));
        self
    }

    /// The remote shell's command where the options name none; `ssh` unless set.
    #[must_use]
    pub fn shell(mut self, command: impl Into<OsString>) -> Transfer {
        self.shell = Some(command.into());
        self
    }

    /// What is known of daemons besides the options: who logs in, by which password, through which proxy.
    #[must_use]
    pub fn daemon(mut self, access: DaemonAccess) -> Transfer {
        self.daemon = access;
        self
    }

    /// Makes ssh fail rather than ask for a password or about a host's key.
    #[must_use]
    pub fn forbid_prompts(mut self) -> Transfer {
        self.forbid_prompts = true;
        self
    }

    /// Lets the remote shell write to this process's standard error. Otherwise the end of what it said is part of the error.
    #[must_use]
    pub fn inherit_errors(mut self) -> Transfer {
        self.inherit_errors = true;
        self
    }

    /// What the [item strings](crate::Change::itemized) of its changes depend on.
    pub fn item_form(&self) -> ItemForm {
        let outward = self.destination.as_ref().is_some_and(Endpoint::is_remote);
        ItemForm { outward, times: self.options.times }
    }

    /// The arguments of the server at the other end of a [connection](Transfer::over) that the caller brings, without the
    /// program's name: what it has to be started with, or what [`serve`](crate::serve()) takes there.
    ///
    /// ```
    /// use syncline::{Endpoint, Transfer};
    ///
    /// let push = Transfer::new([Endpoint::local("site/")], Endpoint::parse("peer:backup".as_ref())?);
    /// let arguments = push.server_arguments()?;
    /// assert_eq!((&*arguments[0], arguments.last()), ("--server".as_ref(), Some(&"backup".into())));
    /// # Ok::<(), syncline::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] if both sides are here, or on several hosts.
    pub fn server_arguments(&self) -> Result<Vec<OsString>> {
        let destination = self.destination.clone().map(Side::from);
        let (direction, paths) = match (of_one_host(self.sources.clone())?, destination) {
            (Place::There(Peer::Daemon { .. }, _), _) | (_, Some(Side::There(Peer::Daemon { .. }, _))) => {
                let message = "a daemon gets its arguments over the connection";
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            (Place::Here(_), Some(Side::There(_, path))) => (Direction::Push, vec![path]),
            (Place::There(_, paths), None | Some(Side::Here(_))) => (Direction::Pull, paths),
            (Place::Here(_), _) => {
                let message = "nothing of it is elsewhere: write one side as `host:path`";
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            (Place::There(..), Some(Side::There(..))) => return Err(both_remote()),
        };
        let paths: Vec<&OsStr> = paths.iter().map(OsString::as_os_str).collect();
        let purpose = if self.destination.is_some() { Purpose::Copy } else { Purpose::List };
        Ok(Errand { direction, purpose, paths: &paths }.arguments(&self.options, Carrier::Direct).argv)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] and [`ErrorKind::Unsupported`] for what cannot be asked; then everything that ends a
    /// session early. Files that could not be transferred are in the report instead.
    ///
    /// # Blocking
    /// Until the session has ended; `observer` is called on this thread alone.
    pub fn run(mut self, observer: &mut dyn Observer) -> Result<Report> {
        let purpose = if self.destination.is_some() { Purpose::Copy } else { Purpose::List };
        self.options.check(purpose)?;
        let (sources, destination) = (std::mem::take(&mut self.sources), self.destination.take());
        if sources.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "there is nothing to transfer"));
        }
        match (of_one_host(sources)?, destination.map(Side::from)) {
            (Place::Here(paths), Some(Side::There(peer, path))) => {
                self.send_to(paths, &peer, &path, observer)
            }
            (Place::There(peer, paths), Some(Side::Here(to))) => {
                self.receive_from(&peer, &paths, to, purpose, observer)
            }
            // A list is asked for with a destination that is only looked at.
            (Place::There(peer, paths), None) => {
                self.receive_from(&peer, &paths, PathBuf::from("."), purpose, observer)
            }
            (Place::Here(paths), Some(Side::Here(to))) => self.copy(paths, to, purpose, observer),
            (Place::Here(paths), None) => self.copy(paths, PathBuf::from("."), purpose, observer),
            (Place::There(..), Some(Side::There(..))) => Err(both_remote()),
        }
    }

    fn send_to(
        mut self,
        sources: Vec<PathBuf>,
        peer: &Peer,
        path: &OsStr,
        observer: &mut dyn Observer,
    ) -> Result<Report> {
        let mut settings = self.settings(Purpose::Copy, false)?;
        settings.names = match self.options.files_from {
            Some(FilesFrom::Remote { .. }) => Names::There,
            _ => self.names(sources.len())?,
        };
        let errand = Errand { direction: Direction::Push, purpose: Purpose::Copy, paths: &[path] };
        self.converse(peer, errand, Role::Send(sources), settings, observer)
    }

    fn receive_from(
        mut self,
        peer: &Peer,
        paths: &[OsString],
        to: PathBuf,
        purpose: Purpose,
        observer: &mut dyn Observer,
    ) -> Result<Report> {
        let mut settings = self.settings(purpose, false)?;
        settings.names = self.names(paths.len())?;
        settings.requested = self.requested(peer, paths, &settings);
        let paths: Vec<&OsStr> = paths.iter().map(OsString::as_os_str).collect();
        let errand = Errand { direction: Direction::Pull, purpose, paths: &paths };
        self.converse(peer, errand, Role::Receive(to), settings, observer)
    }

    fn converse(
        mut self,
        peer: &Peer,
        errand: Errand<'_>,
        role: Role,
        settings: Settings,
        observer: &mut dyn Observer,
    ) -> Result<Report> {
        let ready = self.connection.take();
        let reach = Reach {
            options: &self.options,
            access: &self.daemon,
            shell: self.shell.as_ref(),
            forbid_prompts: self.forbid_prompts,
            inherit_errors: self.inherit_errors,
            cancel: &self.cancel,
            input: self.input.as_deref_mut(),
        };
        let (connection, daemon) = reach.connect(peer, errand, ready)?;
        let program = self.options.rsync_path.as_deref().unwrap_or(OsStr::new("rsync"));
        run(
            connection,
            &Job { role, settings, capabilities: None, root: None, daemon },
            &self.cancel,
            observer,
        )
        .map_err(|error| process::explain(error, program))
    }

    /// Both ends are here: the receiving one on a thread of its own.
    fn copy(
        mut self,
        sources: Vec<PathBuf>,
        to: PathBuf,
        purpose: Purpose,
        observer: &mut dyn Observer,
    ) -> Result<Report> {
        if self.connection.is_some() {
            let message =
                "nothing of it is at the other end of the connection: write one side as `host:path`";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let settings = self.settings(purpose, true)?;
        if matches!(self.options.files_from, Some(FilesFrom::Remote { .. })) {
            let message = "--files-from cannot be remote when the transfer is local";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let names = self.names(sources.len())?;
        let capabilities = capability_suffix(settings.recurse && settings.incremental_recursion);
        let (ours, theirs) = pair::pair(LOCAL_PIPE);
        let job = |role, capabilities| {
            let names = if matches!(role, Role::Send(_)) { names.clone() } else { Names::Arguments };
            Job {
                role,
                settings: Settings { names, ..settings.clone() },
                capabilities,
                root: None,
                daemon: None,
            }
        };
        // A list is told by the receiving side.
        let lists = settings.list_only;
        let (here, there) = if lists {
            (job(Role::Receive(to), None), job(Role::Send(sources), Some(capabilities)))
        } else {
            (job(Role::Send(sources), None), job(Role::Receive(to), Some(capabilities)))
        };
        let (entrance, exit) = if settings.may_pass_files() { passage() } else { Default::default() };
        let (our_passage, their_passage) = if lists { (exit, entrance) } else { (entrance, exit) };
        let cancel = &self.cancel;
        thread::scope(|scope| {
            let other = scope.spawn(move || run_with(theirs, their_passage, &there, cancel, &mut ()));
            let report = run_with(ours, our_passage, &here, cancel, observer);
            let other = other
                .join()
                .unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "the receiving thread panicked")));
            match (report, other) {
                (Ok(mut report), Ok(other)) => {
                    report.exit_status = report.exit_status.max(other.exit_status);
                    report.created = other.created;
                    // What one end tells the other stands in its own report.
                    report.failures.extend(other.failures);
                    report.failures.retain(|failure| !failure.told);
                    report.changes.extend(other.changes);
                    Ok(report)
                }
                // What the other end met is the cause; here it only shows as a connection that ends, or as what it says of it.
                (Err(here), Err(there))
                    if matches!(here.kind(), ErrorKind::ConnectionLost | ErrorKind::PeerFailed) =>
                {
                    Err(there)
                }
                (Err(error), _) | (Ok(_), Err(error)) => Err(error),
            }
        })
    }

    /// What the other end may send, unless it is trusted; the names of a list are added as they are read.
    fn requested(
        &self,
        peer: &Peer,
        paths: &[OsString],
        settings: &Settings,
    ) -> Option<Arc<Mutex<Requested>>> {
        use std::os::unix::ffi::OsStrExt;
        let options = &self.options;
        let is_unknown = matches!(options.files_from, Some(FilesFrom::Remote { .. }));
        if options.trust_sender || options.old_args > 0 || is_unknown {
            return None;
        }
        let depth = match (settings.recurse, settings.directories) {
            (true, _) => Depth::All,
            (false, true) => Depth::OneLevel,
            (false, false) => Depth::Entry,
        };
        let mut requested = Requested::new(settings.relative, depth);
        for path in paths.iter().filter(|_| options.files_from.is_none()) {
            let path = path.as_bytes();
            // At a daemon, paths begin with the name of the module.
            let module = path.iter().position(|&byte| byte == b'/').map_or(path.len(), |slash| slash + 1);
            requested.add(match peer {
                Peer::Shell(_) => path,
                Peer::Daemon { .. } => path.get(module..).unwrap_or_default(),
            });
        }
        Some(Arc::new(Mutex::new(requested)))
    }

    /// The list of names that is at this end, if there is one.
    fn names(&mut self, sources: usize) -> Result<Names> {
        let input: Box<dyn Read + Send> = match &self.options.files_from {
            None | Some(FilesFrom::Remote { .. }) => return Ok(Names::Arguments),
            Some(FilesFrom::Local(path)) => Box::new(
                std::fs::File::open(path)
                    .map_err(|error| Error::os("open the list of names", path, error))?,
            ),
            Some(FilesFrom::StandardInput) => self.input.take().ok_or_else(|| {
                Error::new(ErrorKind::InvalidArgument, "no input was given to read names from")
            })?,
        };
        if sources > 1 {
            let message = "with a list of names there is one source, the directory they are in";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        Ok(Names::Here(NameList::new(input, self.options.from0)))
    }

    fn settings(&mut self, purpose: Purpose, local: bool) -> Result<Settings> {
        let settings = Settings::of(&self.options, purpose, local)?;
        let input = &mut self.input;
        let mut read = |name: &OsStr| match input {
            _ if name != "-" => std::fs::read(name),
            Some(input) => {
                let mut content = Vec::new();
                input.read_to_end(&mut content).map(|_| content)
            }
            None => Err(std::io::Error::other("no input was given")),
        };
        let mut sources = RuleSources { read: &mut read, cvs_ignore: &self.cvs_ignore };
        let filters = Filters::from_options(&self.options, &mut sources)?;
        let timeout = Some(self.options.timeout).filter(|&seconds| seconds > 0 && !local);
        Ok(Settings {
            umask: self.umask,
            cvs_ignore: self.cvs_ignore.clone(),
            filters: Arc::new(filters),
            timeout: timeout.map(|seconds| Duration::from_secs(seconds.into())),
            ..settings
        })
    }
}

fn both_remote() -> Error {
    Error::new(ErrorKind::InvalidArgument, "the source and destination cannot both be remote")
}
