//! rsync's command line: a transfer's client, or the other end of one. In: words and a console. Out: what rsync prints,
//! and its exit status.

mod clock;
mod environment;
mod exit;
mod format;
pub mod help;
mod json_events;
mod list;
mod log;
mod names;
mod numbers;
mod password;
mod printer;
mod progress;
mod summary;

use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use syncline::options::{FilesFrom, Invocation, OptionError, Options, parse};
use syncline::session::Password;
use syncline::{DaemonAccess, Endpoint, Error, ErrorKind, ServePolicy, Transfer};

use crate::console::Console;
pub use environment::Variables;
use printer::{Form, Printer};

/// Who is at the keyboard: what `environment` says that options would otherwise.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The remote shell's command (`RSYNC_RSH`).
    pub shell: Option<OsString>,
    /// rsync's other variables.
    pub variables: Variables,
    /// The permission bits that new files do not get.
    pub umask: u32,
    /// What `-C` ignores besides CVS's own patterns: `$HOME/.cvsignore` and the variable CVSIGNORE.
    pub cvs_ignore: Vec<u8>,
    /// What is known of daemons: `USER` or `LOGNAME`, `RSYNC_PASSWORD`, `RSYNC_PROXY`, `RSYNC_CONNECT_PROG`.
    pub daemon: DaemonAccess,
    /// Whether the terminal understands UTF-8.
    pub utf8: bool,
    /// Which deltas rdiff makes (`SYNCLINE_LIBRSYNC`).
    pub librsync: String,
}

impl Surroundings {
    /// What this process's environment says; `umask` is its.
    pub fn from_process(umask: u32) -> Surroundings {
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(std::env::var_os).unwrap_or_default();
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cvsignore"));
        let ignored_at_home = home.and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        let ignored = std::env::var_os("CVSIGNORE").unwrap_or_default();
        Surroundings {
            shell: std::env::var_os("RSYNC_RSH"),
            variables: Variables::read(|name| std::env::var_os(name)),
            umask,
            daemon: daemon_access(),
            cvs_ignore: [&ignored_at_home, ignored.as_bytes()].join(&b' '),
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
            librsync: std::env::var("SYNCLINE_LIBRSYNC").unwrap_or_default(),
        }
    }
}

/// What the environment says about daemons.
fn daemon_access() -> DaemonAccess {
    let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    DaemonAccess {
        user: text("USER").or_else(|| text("LOGNAME")),
        password: match std::env::var_os("RSYNC_PASSWORD") {
            Some(password) => Password::Known(password.as_bytes().to_vec()),
            None => Password::None,
        },
        // A proxy that cannot be is refused when it is used.
        proxy: text("RSYNC_PROXY"),
        connect_program: std::env::var_os("RSYNC_CONNECT_PROG").filter(|program| !program.is_empty()),
    }
}

/// Runs rsync's command line `words` under the name `program`, and returns rsync's exit status.
pub fn run(
    program: &str,
    words: Vec<OsString>,
    surroundings: &Surroundings,
    console: &mut Console<'_>,
) -> u8 {
    let (form, words) = match words.iter().position(|word| word == "--json") {
        Some(at) if program != "rsync" => (Form::Json, [&words[..at], &words[at + 1..]].concat()),
        _ => (Form::Text, words),
    };
    let invocation = match parse(words.clone()) {
        Ok(invocation) => invocation,
        Err(error) => {
            let role = if words.first().is_some_and(|word| word == "--server") { "server" } else { "client" };
            return refuse(&error, role, console);
        }
    };
    match invocation {
        Invocation::Help => console.print(&help::text(program)).code(),
        Invocation::Version { times: 1 } => console.print(&help::version(program)).code(),
        Invocation::Version { .. } => console.print(&help::version_json(program)).code(),
        Invocation::Daemon(_) => {
            refuse(&Error::new(ErrorKind::Unsupported, "--daemon is not supported yet"), "Receiver", console)
        }
        Invocation::Server(server) => serve(&words, server.sender, surroundings, console),
        Invocation::Client { mut options, operands } => {
            if let Err(error) = surroundings.variables.apply(&words, &mut options) {
                return refuse(&error, "client", console);
            }
            transfer(program, *options, operands, form, surroundings, console)
        }
    }
}

fn transfer(
    program: &str,
    options: Options,
    operands: Vec<OsString>,
    form: Form,
    surroundings: &Surroundings,
    console: &mut Console<'_>,
) -> u8 {
    if operands.is_empty() {
        let _ = console.errors.write_all(help::text(program).as_bytes());
        let _ = console.errors.write_all(exit::line(1, "client").as_bytes());
        return 1;
    }
    if let Some(FilesFrom::Local(path)) = &options.files_from
        && let Err(error) = std::fs::File::open(path)
    {
        let reason = error.to_string();
        let reason = reason.split(" (os error").next().unwrap_or_default();
        let text = format!("rsync: failed to open files-from file {}: {reason}", path.display());
        return refuse(&Error::new(ErrorKind::InvalidArgument, text), "client", console);
    }
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for operand in &operands {
        match Endpoint::parse_beside(operand, endpoints.first()) {
            Ok(endpoint) => endpoints.push(endpoint),
            Err(error) => return refuse(&error, "client", console),
        }
    }
    let destination = if endpoints.len() > 1 { endpoints.pop() } else { None };
    let receiving = endpoints.first().is_some_and(Endpoint::is_remote);
    let mut daemon = surroundings.daemon.clone();
    if matches!(daemon.password, Password::None) {
        let cancel = console.cancel.clone();
        daemon.password = Password::Asked(Arc::new(move || password::ask(&cancel)));
    }
    let mut transfer = match destination {
        Some(destination) => Transfer::new(endpoints, destination),
        None => Transfer::list(endpoints),
    };
    transfer = transfer
        .options(options.clone())
        .cancel(console.cancel.clone())
        .umask(surroundings.umask)
        .cvs_ignore(surroundings.cvs_ignore.clone())
        .input(std::io::stdin())
        .daemon(daemon)
        .inherit_errors();
    if let Some(shell) = &surroundings.shell {
        transfer = transfer.shell(shell.clone());
    }
    let role = if receiving { "Receiver" } else { "sender" };
    let terminal = console.terminal;
    let mut printer = match Printer::new(&options, form, transfer.item_form(), surroundings.utf8, console) {
        Ok(printer) => printer,
        Err(message) => {
            return refuse(&Error::new(ErrorKind::Unsupported, message), "client", console);
        }
    };
    printer = printer.bar(program != "rsync" && terminal);
    if let Err(message) = printer.open_log(receiving) {
        return refuse(&Error::new(ErrorKind::Unsupported, message), "client", console);
    }
    printer.open(receiving);
    let started = Instant::now();
    let result = transfer.run(&mut printer);
    match result {
        Ok(report) => {
            printer.close(&report, started.elapsed().as_secs());
            if report.exit_status != 0 && form == Form::Text {
                let line = exit::line(report.exit_status, role);
                printer.log_end(&line);
                let _ = console.errors.write_all(line.as_bytes());
            }
            report.exit_status
        }
        Err(error) => {
            printer.end_early();
            printer.log_end(&format!("{}\n{}", error.text(role), exit::line(error.exit_status(), role)));
            // A text of the other end has said why.
            if error.is_told() {
                return error.exit_status();
            }
            refuse(&error, role, console)
        }
    }
}

fn serve(words: &[OsString], sender: bool, surroundings: &Surroundings, console: &mut Console<'_>) -> u8 {
    let role = if sender { "sender" } else { "Receiver" };
    let descriptors = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|input| Ok((input, std::io::stdout().as_fd().try_clone_to_owned()?)));
    let connection = match descriptors {
        Ok((input, output)) => syncline::transport::descriptors::adopt(input, output),
        Err(error) => Err(Error::stream("use the standard input and output", error)),
    };
    // Whoever may start this command may do anything with the files of the user.
    let policy = ServePolicy {
        root: None,
        read: true,
        write: true,
        delete: true,
        umask: surroundings.umask,
        cvs_ignore: surroundings.cvs_ignore.clone(),
    };
    let served = connection
        .and_then(|connection| syncline::serve(connection, words, &policy, &console.cancel, &mut ()));
    match served {
        Ok(report) => report.exit_status,
        // The other end shows it.
        Err(error) if error.is_told() => error.exit_status(),
        Err(error) => refuse(&error, role, console),
    }
}

/// What ends a run: a message in rsync's form and an exit status.
trait Refusal {
    fn text(&self, role: &str) -> String;
    fn status(&self) -> u8;
}

impl Refusal for OptionError {
    fn text(&self, _: &str) -> String {
        if self.is_prefixed() { format!("rsync: {self}") } else { self.to_string() }
    }

    fn status(&self) -> u8 {
        self.exit_status()
    }
}

impl Refusal for Error {
    fn text(&self, role: &str) -> String {
        if let (ErrorKind::Refused | ErrorKind::AuthenticationFailed, Some(words)) =
            (self.kind(), self.peer_message())
        {
            return format!("@ERROR: {words}");
        }
        // What is asked in the wrong way is told as it is; what the system says, with its number alone.
        match self.kind() {
            ErrorKind::InvalidArgument => self.to_string(),
            _ => format!("rsync: [{role}] {self}").replace("(os error ", "("),
        }
    }

    fn status(&self) -> u8 {
        self.exit_status()
    }
}

fn refuse(refusal: &impl Refusal, role: &str, console: &mut Console<'_>) -> u8 {
    let status = refusal.status();
    // Whatever is wrong with the command line is the client's to tell.
    let role = if status == 1 && role != "server" { "client" } else { role };
    let text = names::printable(refusal.text(role).as_bytes(), names::HighBytes::Utf8);
    let _ = console.errors.write_all(&[text.as_slice(), b"\n", exit::line(status, role).as_bytes()].concat());
    status
}
