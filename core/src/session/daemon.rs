//! Asking a daemon for a module (`docs/spec/wire-1-session.md` §6), before the session proper. In: a [`DaemonRequest`], a
//! connection. Out: the protocol in effect, or the end of a list of modules.

use std::ffi::OsString;
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, MessageLevel};
use crate::options::ServerArguments;
use crate::session::events::Events;
use crate::session::outgoing::closed;
use crate::wire::Protocol;
use crate::wire::daemon::{Answer, AuthDigest, Greeting, GreetingError, MAX_LINE};

/// Lines that a daemon may say before it accepts: a message of the day and a list of modules.
const MAX_LINES: usize = 100_000;
/// Bytes that a daemon's early hook may be given.
pub const MAX_EARLY_INPUT: usize = 5120;

/// What a daemon is asked for.
#[derive(Clone, Debug)]
pub struct DaemonRequest {
    /// The module; empty for the list of modules.
    pub module: Vec<u8>,
    /// Who asks, where the module wants to know.
    pub user: Vec<u8>,
    /// Where the password comes from.
    pub password: Password,
    /// What the module's early hook gets to read, at most [`MAX_EARLY_INPUT`] bytes.
    pub early_input: Vec<u8>,
    /// The arguments of the session.
    pub arguments: ServerArguments,
    /// Whether what the daemon says before it accepts is passed on: the message of the day, and lists of modules.
    pub tells: bool,
}

/// Where a password comes from, if one is asked for.
#[derive(Clone, Default)]
pub enum Password {
    /// Nowhere: a module that wants one is an error.
    #[default]
    None,
    /// It is known.
    Known(Vec<u8>),
    /// Whoever is asked for it when the daemon wants it, on a thread of the session's; `None` is a refusal.
    Asked(Arc<dyn Fn() -> Option<Vec<u8>> + Send + Sync>),
}

impl fmt::Debug for Password {
    /// Never shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Password::None => "None",
            Password::Known(_) => "Known(..)",
            Password::Asked(_) => "Asked(..)",
        })
    }
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The session begins, with this protocol.
    Accepted(Protocol),
    /// The modules have been listed.
    Listed,
}

/// Asks.
pub(crate) fn ask(
    request: &DaemonRequest,
    offer: Protocol,
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    events: &Events,
) -> Result<Outcome> {
    let mut out = Greeting::line(offer).into_bytes();
    send(writer, &out)?;
    let line = line(reader)?.ok_or_else(|| refused("the daemon did not greet"))?;
    let greeting = Greeting::parse(&line).map_err(|error| no_greeting(error, &line))?;
    let number = greeting.number(offer);
    let protocol = u8::try_from(number).ok().and_then(Protocol::new);

    out.clear();
    if !request.early_input.is_empty() {
        out.extend_from_slice(format!("#early_input={}\n", request.early_input.len()).as_bytes());
        out.extend_from_slice(&request.early_input);
    }
    out.extend_from_slice(&request.module);
    out.push(b'\n');
    send(writer, &out)?;

    for _ in 0..MAX_LINES {
        let line = match crate::session::daemon::line(reader)? {
            Some(line) => line,
            None if request.module.is_empty() => return Ok(Outcome::Listed),
            None => {
                return Err(Error::new(
                    ErrorKind::ConnectionLost,
                    "the daemon closed the connection before it answered the request",
                ));
            }
        };
        match Answer::parse(&line) {
            Answer::Text(text) if request.tells => {
                let text = [text, b"\n"].concat();
                events.send(Event::Message { level: MessageLevel::Info, text });
            }
            Answer::Text(_) => {}
            Answer::Finished => return Ok(Outcome::Listed),
            Answer::Refused(line) => return Err(refusal(line)),
            Answer::Challenge(challenge) => {
                let response = log_in(request, &greeting, number, challenge)?;
                send(writer, &response)?;
            }
            Answer::Accepted => {
                let protocol = protocol.ok_or_else(|| unspoken(number))?;
                send(writer, &arguments(&request.arguments, protocol))?;
                return Ok(Outcome::Accepted(protocol));
            }
        }
    }
    Err(Error::new(ErrorKind::LimitExceeded, format!("the daemon said more than {MAX_LINES} lines")))
}

/// The arguments as they are sent (§6.7).
fn arguments(arguments: &ServerArguments, protocol: Protocol) -> Vec<u8> {
    let end = if protocol.ends_daemon_arguments_with_nul() { 0 } else { b'\n' };
    let mut out = Vec::new();
    for argument in &arguments.argv {
        out.extend_from_slice(argument.as_bytes());
        out.push(end);
    }
    out.push(end);
    if let Some(secluded) = &arguments.secluded {
        out.extend_from_slice(secluded);
    }
    out
}

fn log_in(request: &DaemonRequest, greeting: &Greeting, number: u32, challenge: &[u8]) -> Result<Vec<u8>> {
    let digest = AuthDigest::choose(greeting, number).ok_or_else(|| {
        Error::new(
            ErrorKind::Unsupported,
            "the daemon knows none of the digests that passwords are proved with here",
        )
    })?;
    let password = match &request.password {
        Password::None => None,
        Password::Known(password) => Some(password.clone()),
        Password::Asked(ask) => ask(),
    };
    let password = password.ok_or_else(|| {
        let module = String::from_utf8_lossy(&request.module);
        Error::new(
            ErrorKind::AuthenticationFailed,
            format!(
                "module {module} wants a password, and none was given: use RSYNC_PASSWORD or --password-file"
            ),
        )
    })?;
    let user = &request.user;
    // The daemon takes the line apart at the first space.
    if user.is_empty() || user.iter().any(|byte| matches!(byte, b' ' | b'\n' | b'\r' | 0)) {
        return Err(Error::new(ErrorKind::InvalidArgument, "a daemon's user needs a name without blanks"));
    }
    let mut line = user.clone();
    line.push(b' ');
    line.extend_from_slice(digest.response(&password, challenge).as_bytes());
    line.push(b'\n');
    Ok(line)
}

/// The words of a daemon, without the mark in front.
fn refusal(line: &[u8]) -> Error {
    let words = String::from_utf8_lossy(line.strip_prefix(b"@ERROR: ").unwrap_or(line)).into_owned();
    let kind =
        if words.starts_with("auth failed") { ErrorKind::AuthenticationFailed } else { ErrorKind::Refused };
    Error::new(kind, "the daemon refused the request").with_peer_message(words)
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Refused, message)
}

fn no_greeting(error: GreetingError, line: &[u8]) -> Error {
    let line = String::from_utf8_lossy(line);
    refused(&match error {
        GreetingError::NotAGreeting => {
            format!("the server sent {line:?} rather than a greeting: is it an rsync daemon?")
        }
        GreetingError::NoSubprotocol => format!("the server omitted the subprotocol value: {line:?}"),
        GreetingError::NoDigests => format!("the server omitted the digest name list: {line:?}"),
    })
}

fn unspoken(number: u32) -> Error {
    let (oldest, newest) = (Protocol::OLDEST.number(), Protocol::NEWEST.number());
    Error::new(
        ErrorKind::Protocol,
        format!("the daemon speaks protocol {number}, which is not spoken here: {oldest} to {newest} are"),
    )
}

/// The next line, without its end and without CRs; `None` at the end of the stream. Nothing behind it is read.
fn line(reader: &mut dyn Read) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        match reader.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(closed(error)),
        }
        match byte[0] {
            b'\n' => return Ok(Some(line)),
            b'\r' => {}
            0 => return Err(Error::new(ErrorKind::Protocol, "a NUL byte in a line of the daemon")),
            _ if line.len() >= MAX_LINE => {
                return Err(Error::new(ErrorKind::LimitExceeded, "a line of the daemon is too long"));
            }
            byte => line.push(byte),
        }
    }
}

fn send(writer: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    writer.write_all(bytes).and_then(|()| writer.flush()).map_err(closed)
}

/// The path of a module as it stands among the arguments (§6.7): a bare module with a slash behind it, and no text that an
/// older daemon would split at.
pub(crate) fn argument_path(path: &[u8], module: &[u8], keeps_spaces: bool) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let mut path = path.to_vec();
    if path == module {
        path.push(b'/');
    }
    if !keeps_spaces {
        let mark = [b" ", module, b"/"].concat();
        let mut from = 0;
        while let Some(at) = path
            .get(from..)
            .and_then(|rest| rest.windows(mark.len()).position(|window| window == mark))
            .map(|at| from + at)
        {
            path.splice(at..=at, *b"[ ]");
            from = at + 3;
        }
    }
    OsString::from_vec(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(module: &str, password: Password) -> DaemonRequest {
        DaemonRequest {
            module: module.into(),
            user: b"me".to_vec(),
            password,
            early_input: Vec::new(),
            arguments: ServerArguments {
                argv: ["--server", ".", "m/"].map(OsString::from).to_vec(),
                secluded: None,
            },
            tells: true,
        }
    }

    /// What comes of it, what was sent and what was told.
    fn played(request: &DaemonRequest, said: &[u8]) -> (Result<Outcome>, String, Vec<String>) {
        let (events, told) = Events::channel();
        let (mut reader, mut writer) = (said, Vec::new());
        let outcome = ask(request, Protocol::NEWEST, &mut reader, &mut writer, &events);
        drop(events);
        let told = told.into_iter().map(|event| match event {
            Event::Message { text, .. } => String::from_utf8(text).unwrap(),
            other => panic!("{other:?}"),
        });
        (outcome, String::from_utf8(writer).unwrap(), told.collect())
    }

    const GREETING: &str = "@RSYNCD: 31.0 sha512 md5\n";

    #[test]
    fn a_module_is_asked_for_and_the_arguments_follow() {
        let said = format!("{GREETING}hello\r\n@RSYNCD: OK\nbinary");
        let (outcome, sent, told) = played(&request("m", Password::None), said.as_bytes());
        assert_eq!(outcome.unwrap(), Outcome::Accepted(Protocol::new(31).unwrap()));
        assert_eq!(sent, "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\nm\n--server\0.\0m/\0\0");
        assert_eq!(told, ["hello\n"]);
    }

    #[test]
    fn a_password_is_proved_and_never_shown() {
        let said = format!("{GREETING}@RSYNCD: AUTHREQD abc\n@RSYNCD: OK\n");
        let known = Password::Known(b"secret".to_vec());
        assert_eq!(format!("{known:?}"), "Known(..)");
        let (outcome, sent, _) = played(&request("m", known), said.as_bytes());
        assert!(outcome.is_ok());
        let proof = AuthDigest::Sha512.response(b"secret", b"abc");
        assert!(sent.contains(&format!("m\nme {proof}\n--server")));
        let (outcome, _, _) = played(&request("m", Password::None), said.as_bytes());
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AuthenticationFailed);
    }

    #[test]
    fn refusals_have_kinds_and_the_daemons_words() {
        for (said, kind, words) in [
            ("@ERROR: auth failed on module m\n", ErrorKind::AuthenticationFailed, "auth failed on module m"),
            ("@ERROR: Unknown module 'm'\n", ErrorKind::Refused, "Unknown module 'm'"),
            ("", ErrorKind::ConnectionLost, "closed the connection"),
        ] {
            let (outcome, _, _) =
                played(&request("m", Password::None), format!("{GREETING}{said}").as_bytes());
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(words), "{error}");
        }
        for said in ["", "220 mail.example ESMTP\n", "@RSYNCD: 32.0\n"] {
            let (outcome, _, _) = played(&request("m", Password::None), said.as_bytes());
            assert_eq!(outcome.unwrap_err().exit_status(), 5, "{said}");
        }
    }

    #[test]
    fn lists_end_by_word_or_by_the_close() {
        for end in ["@RSYNCD: EXIT\n", ""] {
            let said = format!("{GREETING}one            \tfirst\n{end}");
            let (outcome, sent, told) = played(&request("", Password::None), said.as_bytes());
            assert_eq!(outcome.unwrap(), Outcome::Listed);
            assert!(sent.ends_with("\n\n"));
            assert_eq!(told, ["one            \tfirst\n"]);
        }
    }

    #[test]
    fn early_input_goes_in_front_of_the_module() {
        let mut request = request("m", Password::None);
        request.early_input = b"words".to_vec();
        let said = format!("{GREETING}@RSYNCD: OK\n");
        let (_, sent, _) = played(&request, said.as_bytes());
        assert!(sent.contains("\n#early_input=5\nwordsm\n"));
    }

    #[test]
    fn paths_keep_their_module() {
        for (path, keeps, sent) in [
            ("mod", false, "mod/"),
            ("mod/", false, "mod/"),
            ("mod/a b mod/c", false, "mod/a b[ ]mod/c"),
            ("mod/a b mod/c", true, "mod/a b mod/c"),
        ] {
            assert_eq!(argument_path(path.as_bytes(), b"mod", keeps), OsString::from(sent));
        }
    }
}
