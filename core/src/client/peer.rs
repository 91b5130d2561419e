//! How the other end of a transfer is reached. In: endpoints that are not here, options. Out: a [`Connection`], and what a
//! daemon at its other end is asked first.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::endpoint::Endpoint;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::options::{AddressFamily, Carrier, Direction, FilesFrom, Info, Options, Purpose, ServerRequest};
use crate::session::daemon::argument_path;
use crate::session::{DaemonRequest, MAX_EARLY_INPUT, Password};
use crate::transport::remote_shell::{self, RemoteHost, RemoteShell, ShellOptions};
use crate::transport::tcp::{self, Proxy, Route, SocketOption};
use crate::transport::{Connection, process};

/// The port of daemons where none is given.
const DAEMON_PORT: u16 = 873;
/// Bytes of a password file that are read, at most.
const MAX_PASSWORD: usize = 4096;

/// Where all sources are.
pub(super) enum Place {
    Here(Vec<std::path::PathBuf>),
    There(Peer, Vec<OsString>),
}

/// Who is at the other end.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Peer {
    /// A host that a remote shell reaches.
    Shell(RemoteHost),
    /// A daemon.
    Daemon { host: RemoteHost, port: Option<u16> },
}

/// An endpoint taken apart.
pub(super) enum Side {
    Here(std::path::PathBuf),
    There(Peer, OsString),
}

impl From<Endpoint> for Side {
    fn from(endpoint: Endpoint) -> Side {
        match endpoint {
            Endpoint::Local(path) => Side::Here(path),
            Endpoint::Remote { host, path } => Side::There(Peer::Shell(host), path),
            Endpoint::Daemon { host, port, path } => Side::There(Peer::Daemon { host, port }, path),
        }
    }
}

/// The one place of all sources.
pub(super) fn of_one_host(sources: Vec<Endpoint>) -> Result<Place> {
    let mixed = || Error::new(ErrorKind::InvalidArgument, "all sources must be on the same host");
    let mut sources = sources.into_iter().map(Side::from);
    match sources.next() {
        Some(Side::There(peer, path)) => {
            let mut paths = vec![path];
            for source in sources {
                match source {
                    Side::There(other, path) if other == peer => paths.push(path),
                    _ => return Err(mixed()),
                }
            }
            Ok(Place::There(peer, paths))
        }
        first => first
            .into_iter()
            .chain(sources)
            .map(|source| match source {
                Side::Here(path) => Ok(path),
                Side::There(..) => Err(mixed()),
            })
            .collect::<Result<_>>()
            .map(Place::Here),
    }
}

/// What a client knows of daemons besides its options: what rsync takes from its environment.
#[derive(Clone, Default)]
pub struct DaemonAccess {
    /// Who logs in where the address names nobody; `nobody` unless set.
    pub user: Option<String>,
    /// Where the password comes from if the options name no file.
    pub password: Password,
    /// The HTTP proxy to go through, `[USER:PASSWORD@]HOST:PORT` (RSYNC_PROXY).
    pub proxy: Option<String>,
    /// A program to speak through instead of a socket (RSYNC_CONNECT_PROG): a shell's command, in which `%H` stands for the host.
    pub connect_program: Option<OsString>,
}

impl fmt::Debug for DaemonAccess {
    /// Shows neither the password nor the proxy's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DaemonAccess")
            .field("user", &self.user)
            .field("password", &self.password)
            .field("has_proxy", &self.proxy.is_some())
            .field("connect_program", &self.connect_program)
            .finish()
    }
}

/// All that reaching the other end depends on.
pub(super) struct Reach<'a> {
    pub(super) options: &'a Options,
    pub(super) access: &'a DaemonAccess,
    pub(super) shell: Option<&'a OsString>,
    pub(super) forbid_prompts: bool,
    pub(super) inherit_errors: bool,
    pub(super) cancel: &'a CancelToken,
    /// The caller's standard input, for `--password-file=-`.
    pub(super) input: Option<&'a mut (dyn Read + Send + 'static)>,
}

/// What a session is for.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub(super) direction: Direction,
    pub(super) purpose: Purpose,
    /// At the other end.
    pub(super) paths: &'a [&'a OsStr],
}

impl Errand<'_> {
    pub(super) fn arguments(&self, options: &Options, carrier: Carrier) -> crate::options::ServerArguments {
        let Errand { direction, purpose, paths } = *self;
        options.server_arguments(&ServerRequest { direction, purpose, carrier, paths })
    }
}

impl Reach<'_> {
    /// Connects to `peer`, or takes `ready`, and says what a daemon there is asked.
    pub(super) fn connect(
        mut self,
        peer: &Peer,
        errand: Errand<'_>,
        ready: Option<Connection>,
    ) -> Result<(Connection, Option<DaemonRequest>)> {
        self.check(peer)?;
        match peer {
            Peer::Shell(host) => {
                let carrier = if ready.is_some() { Carrier::Direct } else { Carrier::Shell };
                let server = errand.arguments(self.options, carrier);
                let mut connection = match ready {
                    Some(connection) => connection,
                    None => self.start_shell(host, &server.argv)?,
                };
                if let Some(secluded) = &server.secluded {
                    connection
                        .writer
                        .write_all(secluded)
                        .map_err(|error| Error::stream("write to the other end", error))?;
                }
                Ok((connection, None))
            }
            Peer::Daemon { host, port } => {
                let request = self.request(host, errand)?;
                let connection = match ready {
                    Some(connection) => connection,
                    None => self.call(host, *port)?,
                };
                Ok((connection, Some(request)))
            }
        }
    }

    /// Options that are for this host or for daemons alone.
    fn check(&self, peer: &Peer) -> Result<()> {
        let (Peer::Shell(host) | Peer::Daemon { host, .. }) = peer;
        if let Some(FilesFrom::Remote { host: Some(named), .. }) = &self.options.files_from
            && RemoteHost::parse(named.as_bytes())?.name() != host.name()
        {
            let message = "the host of --files-from is not the transfer's";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        if matches!(peer, Peer::Daemon { .. }) {
            return Ok(());
        }
        let options = self.options;
        let asked = [
            (options.password_file.is_some(), "--password-file"),
            (options.early_input.is_some(), "--early-input"),
            (options.contimeout > 0, "--contimeout"),
        ];
        match asked.into_iter().find(|(is_asked, _)| *is_asked) {
            None => Ok(()),
            Some((_, name)) => {
                let message = format!("{name} may only be used when accessing an rsync daemon");
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    fn remote_shell(&self) -> Result<RemoteShell> {
        match self.options.rsh.as_ref().or(self.shell) {
            Some(text) => RemoteShell::parse(text.as_bytes()),
            None => Ok(RemoteShell::default()),
        }
    }

    fn family(&self) -> remote_shell::AddressFamily {
        match self.options.address_family {
            AddressFamily::Any => remote_shell::AddressFamily::Any,
            AddressFamily::V4 => remote_shell::AddressFamily::V4,
            AddressFamily::V6 => remote_shell::AddressFamily::V6,
        }
    }

    fn server(&self, arguments: &[OsString]) -> Vec<OsString> {
        let program = self.options.rsync_path.clone().unwrap_or_else(|| "rsync".into());
        std::iter::once(program).chain(arguments.iter().cloned()).collect()
    }

    fn start(&self, command: process::Command) -> Result<Connection> {
        if self.inherit_errors { command.inherit_errors().start() } else { command.start() }
    }

    fn start_shell(&self, host: &RemoteHost, arguments: &[OsString]) -> Result<Connection> {
        let options = ShellOptions { family: self.family(), port: None, forbid_prompts: self.forbid_prompts };
        let vector = self.remote_shell()?.command(host, &options, &self.server(arguments));
        self.start(process::Command::new(vector))
    }

    /// A connection to a daemon: over a remote shell if the options name one, else to its port.
    fn call(&self, host: &RemoteHost, port: Option<u16>) -> Result<Connection> {
        let port = match port {
            Some(port) => Some(port),
            None => self.options.port.map(port_number).transpose()?,
        };
        if self.options.rsh.is_some() {
            let options =
                ShellOptions { family: self.family(), port: None, forbid_prompts: self.forbid_prompts };
            let server = self.server(&["--server", "--daemon", "."].map(OsString::from));
            let vector = self.remote_shell()?.daemon_command(host, &options, &server);
            let command =
                process::Command::new(vector).environment("RSYNC_PORT", port.unwrap_or(0).to_string());
            return self.start(command);
        }
        if let Some(program) = &self.access.connect_program {
            let script = connect_script(program.as_bytes(), host.name())?;
            let vector = ["sh".into(), "-c".into(), OsStr::from_bytes(&script).to_owned()].to_vec();
            let port = port.unwrap_or(DAEMON_PORT).to_string();
            return self.start(process::Command::new(vector).environment("RSYNC_PORT", port));
        }
        let name = std::str::from_utf8(host.name())
            .map_err(|_| Error::new(ErrorKind::InvalidArgument, "the host's name is not UTF-8"))?;
        let text =
            |value: &Option<OsString>| value.as_ref().map(|value| value.to_string_lossy().into_owned());
        let route = Route {
            family: self.family(),
            connect_timeout: Some(self.options.contimeout)
                .filter(|&seconds| seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.into())),
            from: text(&self.options.address),
            options: match text(&self.options.sockopts) {
                Some(list) => SocketOption::parse_list(&list)?,
                None => Vec::new(),
            },
            proxy: self.access.proxy.as_deref().map(Proxy::parse).transpose()?,
        };
        tcp::connect(name, port.unwrap_or(DAEMON_PORT), &route, self.cancel)
    }

    fn request(&mut self, host: &RemoteHost, errand: Errand<'_>) -> Result<DaemonRequest> {
        let first = errand.paths.first().map(|path| path.as_bytes()).unwrap_or_default();
        if first.starts_with(b"/") {
            return Err(Error::new(
                ErrorKind::Refused,
                "the remote path must start with a module name, not with a slash",
            ));
        }
        let module = first.split(|&byte| byte == b'/').next().unwrap_or_default();
        if module.contains(&b'\n') || module.starts_with(b"#") {
            return Err(Error::new(ErrorKind::InvalidArgument, "this cannot be the name of a module"));
        }
        let keeps_spaces = self.options.old_args > 0;
        let paths: Vec<OsString> =
            errand.paths.iter().map(|path| argument_path(path.as_bytes(), module, keeps_spaces)).collect();
        let paths: Vec<&OsStr> = paths.iter().map(OsString::as_os_str).collect();
        let arguments = Errand { paths: &paths, ..errand }.arguments(self.options, Carrier::Daemon);
        let user = match (host.user(), &self.access.user) {
            (Some(user), _) => user.to_vec(),
            (None, Some(user)) => user.as_bytes().to_vec(),
            (None, None) => b"nobody".to_vec(),
        };
        let options = self.options;
        Ok(DaemonRequest {
            module: module.to_vec(),
            user,
            password: match &options.password_file {
                Some(file) => Password::Known(self.read_password(file)?),
                None => self.access.password.clone(),
            },
            early_input: match &options.early_input {
                Some(file) => read_early_input(file)?,
                None => Vec::new(),
            },
            arguments,
            tells: options.motd && (!options.quiet || options.info_level(Info::Name) > 0),
        })
    }

    /// The first line of a password file, which nobody else may be able to read (`docs/spec/wire-1-session.md` §6.5).
    fn read_password(&mut self, file: &Path) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let failed = |error| Error::os("read the password file", file, error);
        if file.as_os_str() == "-" {
            let input = self.input.as_mut().ok_or_else(|| {
                Error::new(ErrorKind::InvalidArgument, "no input was given to read the password from")
            })?;
            let mut byte = [0];
            while content.len() < MAX_PASSWORD
                && input.read(&mut byte).map_err(failed)? == 1
                && byte != *b"\n"
            {
                content.extend_from_slice(&byte);
            }
        } else {
            let opened = std::fs::File::open(file).map_err(failed)?;
            let attributes = opened.metadata().map_err(failed)?;
            let refuse = |why: &str| {
                Err(Error::new(ErrorKind::InvalidArgument, format!("the password file {why}"))
                    .with_path(file))
            };
            if attributes.mode() & 0o006 != 0 {
                return refuse("must not be other-accessible");
            }
            if rustix::process::geteuid().is_root() && attributes.uid() != 0 {
                return refuse("must be owned by root when running as root");
            }
            opened.take(MAX_PASSWORD as u64).read_to_end(&mut content).map_err(failed)?;
        }
        let line = content.split(|&byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        Ok(line.to_vec())
    }
}

fn port_number(number: i32) -> Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|&port| port != 0)
        .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, format!("there is no port {number}")))
}

fn read_early_input(file: &Path) -> Result<Vec<u8>> {
    let failed = |error| Error::os("read the early input", file, error);
    let mut content = Vec::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(MAX_EARLY_INPUT as u64 + 1).read_to_end(&mut content).map_err(failed)?;
    if content.len() > MAX_EARLY_INPUT {
        let message = format!("the early input is over {MAX_EARLY_INPUT} bytes");
        return Err(Error::new(ErrorKind::InvalidArgument, message).with_path(file));
    }
    Ok(content)
}

/// The command of a connect program for `host` (`docs/spec/wire-1-session.md` §6.10). The text is the user's own; a host goes
/// into it only if no shell could take it for anything else.
fn connect_script(program: &[u8], host: &[u8]) -> Result<Vec<u8>> {
    if !program.contains(&b'%') {
        return Ok(program.to_vec());
    }
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:-%+~".contains(byte);
    if !host.iter().all(plain) || host.first().is_none_or(|byte| b"-+~%".contains(byte)) {
        return Err(Error::new(ErrorKind::ConnectFailed, "unsafe host characters for RSYNC_CONNECT_PROG"));
    }
    let mut script = Vec::new();
    let mut rest = program;
    while let [byte, after @ ..] = rest {
        rest = match rest {
            [b'%', b'H', after @ ..] => {
                script.push(b'\'');
                script.extend_from_slice(host);
                script.push(b'\'');
                after
            }
            [b'%', b'%', after @ ..] => {
                script.push(b'%');
                after
            }
            _ => {
                script.push(*byte);
                after
            }
        };
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_program_gets_only_harmless_hosts() {
        let script = |program: &str, host: &str| {
            connect_script(program.as_bytes(), host.as_bytes())
                .map(|script| String::from_utf8(script).unwrap())
                .map_err(|error| error.exit_status())
        };
        assert_eq!(script("nc %H 873", "h.example"), Ok("nc 'h.example' 873".into()));
        assert_eq!(script("a 50%% %x %H", "::1"), Ok("a 50% %x '::1'".into()));
        assert_eq!(script("nc fixed", "$(x)"), Ok("nc fixed".into()));
        for host in ["$(x)", "a b", "-o", "a'b", ""] {
            assert_eq!(script("nc %H", host), Err(10), "{host}");
        }
    }

    #[test]
    fn sources_have_one_host() {
        let parse = |text: &str| Endpoint::parse(text.as_ref()).unwrap();
        let place = of_one_host(vec![parse("h::m/a"), parse("h::m/b")]).unwrap();
        assert!(matches!(place, Place::There(Peer::Daemon { .. }, paths) if paths == ["m/a", "m/b"]));
        for other in ["h:m/b", "g::m/b", "m/b", "rsync://h:9/m/b"] {
            assert!(of_one_host(vec![parse("h::m/a"), parse(other)]).is_err(), "{other}");
        }
    }
}
