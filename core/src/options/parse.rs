//! The command line, by rsync's rules: short bundles, `--name=value` and `--name value`, `--no-…`, options and
//! operands in any order, `--` before the last operands. In: arguments. Out: an [`Invocation`].

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::error::{BadValue, OptionError};
use super::meaning::Purpose;
use super::table::{Effect, Mode, Negation, OptionSpec, TABLE};
use super::typed::Options;
use super::verbosity::Unknown;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// A transfer, seen from its client.
    Client {
        /// What is asked of it.
        options: Box<Options>,
        /// Sources and destination.
        operands: Vec<OsString>,
    },
    /// The other end of a transfer.
    Server(Box<ServerInvocation>),
    /// A daemon; its options are not those of a transfer.
    Daemon(Vec<OsString>),
    /// The help text.
    Help,
    /// The version, in JSON if asked for twice.
    Version {
        /// How often it was asked for.
        times: u8,
    },
}

/// A command line that starts with `--server` (`docs/spec/wire-1-session.md` §3.3).
#[derive(Clone, Debug, PartialEq)]
pub struct ServerInvocation {
    /// What the client asks for. [`out_format`](Options::out_format) holds the value of `--log-format`, which is no
    /// format but three letters to look for (§3.5).
    pub options: Options,
    /// Whether this end is the sender.
    pub sender: bool,
    /// The capability letters, with the dot in front; empty from clients before protocol 30 (§3.4).
    pub capabilities: String,
    /// The paths: the destination, or the sources.
    pub paths: Vec<OsString>,
}

impl ServerInvocation {
    /// Whether further arguments come over the connection (§3.7).
    pub fn is_secluded(&self) -> bool {
        self.options.secluded_args
    }

    /// Whether changes are to be told to the client as item flags.
    pub fn itemizes(&self) -> bool {
        let letter = |letter| self.log_format_has(letter);
        letter(b'i') || letter(b'I')
    }

    /// Whether unchanged items are to be told as well.
    pub fn itemizes_unchanged(&self) -> bool {
        self.log_format_has(b'I')
    }

    fn log_format_has(&self, letter: u8) -> bool {
        let format = self.options.out_format.as_deref().unwrap_or_default().as_bytes();
        format.windows(2).any(|pair| pair == [b'%', letter])
    }
}

/// Reads a command line, without the name of the program.
///
/// # Errors
/// For unknown options, missing, superfluous and bad values, options that exclude each other, and options that are
/// refused by name.
pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Invocation, OptionError> {
    parse_with(arguments, Unbuilt::Refuse)
}

/// Sets one option by its name: [`Options::set`].
pub(super) fn set(options: &mut Options, name: &str, value: Option<&OsStr>) -> Result<(), OptionError> {
    let shown = format!("--{name}");
    let (spec, on) =
        find_long(name).ok_or_else(|| OptionError::syntax(format!("{shown}: unknown option")))?;
    if matches!(spec.effect, Effect::Mode(_)) {
        return Err(OptionError::syntax(format!("{shown}: unknown option")));
    }
    let takes_value = takes_value(spec, on);
    match value {
        Some(_) if !takes_value => {
            Err(OptionError::syntax(format!("{shown}: option does not take an argument")))
        }
        None if takes_value => Err(OptionError::syntax(format!("{shown}: missing argument"))),
        _ => apply(options, spec, on, value.map(OsStrExt::as_bytes), &shown, Unbuilt::Refuse),
    }
}

/// What is done about options that are in the table but not built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unbuilt {
    #[default]
    Refuse,
    #[cfg(test)]
    Accept,
}

pub(super) fn parse_with(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
    unbuilt: Unbuilt,
) -> Result<Invocation, OptionError> {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    if let [only] = arguments.as_slice()
        && only == "-h"
    {
        return Ok(Invocation::Help);
    }
    let server = arguments.first().is_some_and(|first| first == "--server");
    let mut parser = Parser { server, unbuilt, ..Parser::default() };
    let result = parser.run(&arguments);
    if let Some(mode) = parser.leaves {
        return Ok(match mode {
            Leaves::ForHelp => Invocation::Help,
            Leaves::ForDaemon => Invocation::Daemon(arguments),
        });
    }
    if server {
        result.map_err(OptionError::on_remote_machine)?;
        return Ok(Invocation::Server(Box::new(parser.into_server())));
    }
    result?;
    if parser.version > 0 {
        return Ok(Invocation::Version { times: parser.version });
    }
    let purpose = if parser.operands.len() == 1 { Purpose::List } else { Purpose::Copy };
    parser.options.check(purpose)?;
    Ok(Invocation::Client { options: Box::new(parser.options), operands: parser.operands })
}

#[derive(Default)]
struct Parser {
    options: Options,
    operands: Vec<OsString>,
    server: bool,
    sender: bool,
    version: u8,
    unbuilt: Unbuilt,
    leaves: Option<Leaves>,
}

/// Why the rest of the command line is not read.
#[derive(Clone, Copy)]
enum Leaves {
    ForHelp,
    ForDaemon,
}

impl Parser {
    fn run(&mut self, arguments: &[OsString]) -> Result<(), OptionError> {
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let bytes = argument.as_bytes();
            match bytes {
                b"--" => {
                    self.operands.extend(rest.by_ref().cloned());
                }
                [b'-', b'-', long @ ..] => self.long(long, &mut rest)?,
                [b'-', _, ..] => self.bundle(bytes, &mut rest)?,
                _ => {
                    self.operands.push(argument.clone());
                    // What follows the dot is names, whatever they look like.
                    if self.server && bytes == b"." {
                        self.operands.extend(rest.by_ref().cloned());
                    }
                }
            }
            if self.leaves.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn long<'a>(
        &mut self,
        text: &'a [u8],
        rest: &mut impl Iterator<Item = &'a OsString>,
    ) -> Result<(), OptionError> {
        let (name, inline) = match text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let mut shown = format!("--{}", String::from_utf8_lossy(text));
        let (spec, on) = std::str::from_utf8(name)
            .ok()
            .and_then(find_long)
            .ok_or_else(|| OptionError::syntax(format!("{shown}: unknown option")))?;
        let value = match (takes_value(spec, on), inline) {
            (false, Some(_)) => {
                return Err(OptionError::syntax(format!("{shown}: option does not take an argument")));
            }
            (false, None) => None,
            (true, Some(value)) => Some(value),
            (true, None) => {
                let next =
                    rest.next().ok_or_else(|| OptionError::syntax(format!("{shown}: missing argument")))?;
                // A number that is none is named alone, as rsync does.
                shown = next.to_string_lossy().into_owned();
                Some(next.as_bytes())
            }
        };
        self.apply(spec, on, value, &shown)
    }

    fn bundle<'a>(
        &mut self,
        bundle: &'a [u8],
        rest: &mut impl Iterator<Item = &'a OsString>,
    ) -> Result<(), OptionError> {
        let mut shown = String::from_utf8_lossy(bundle);
        let mut letters = bundle.get(1..).unwrap_or_default();
        while let [letter, after @ ..] = letters {
            let spec = TABLE
                .iter()
                .find(|spec| spec.short == Some(char::from(*letter)))
                .ok_or_else(|| OptionError::syntax(format!("{shown}: unknown option")))?;
            letters = after;
            let mut value = None;
            if takes_value(spec, true) {
                letters = &[];
                value = match after {
                    [] => rest.next().map(|next| {
                        shown = next.to_string_lossy();
                        next.as_bytes()
                    }),
                    [b'=', value @ ..] => Some(value),
                    value => Some(value),
                };
                if value.is_none() {
                    return Err(OptionError::syntax(format!("{shown}: missing argument")));
                }
            }
            self.apply(spec, true, value, &shown)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        spec: &OptionSpec,
        on: bool,
        value: Option<&[u8]>,
        shown: &str,
    ) -> Result<(), OptionError> {
        match spec.effect {
            Effect::Mode(Mode::Help) => self.leaves = Some(Leaves::ForHelp),
            Effect::Mode(Mode::Daemon) => self.leaves = Some(Leaves::ForDaemon),
            Effect::Mode(Mode::Version) => self.version += 1,
            Effect::Mode(Mode::Server) if self.server => {}
            Effect::Mode(Mode::Sender) if self.server => self.sender = true,
            Effect::Mode(_) => {
                return Err(OptionError::syntax(format!(
                    "{shown}: only the other end of a session gets this option"
                )));
            }
            // A client may know flags that are not known here.
            _ if self.server && matches!(spec.long, "info" | "debug") => {
                let words = value.unwrap_or_default();
                let levels = match spec.long {
                    "info" => self.options.info.add(words, Unknown::Ignore),
                    _ => self.options.debug.add(words, Unknown::Ignore),
                };
                levels.map_err(|bad| bad.of(shown, spec.long, words))?;
            }
            // Said twice by a client, it means that what is there is verified.
            _ if self.server && spec.long == "append" && self.options.append != super::Append::No => {
                self.options.append = super::Append::Verify;
            }
            _ => apply(&mut self.options, spec, on, value, shown, self.unbuilt)?,
        }
        Ok(())
    }

    fn into_server(mut self) -> ServerInvocation {
        let capabilities = self.options.rsh.take().unwrap_or_default().to_string_lossy().into_owned();
        if self.operands.first().is_some_and(|first| first == ".") {
            self.operands.remove(0);
        }
        ServerInvocation { options: self.options, sender: self.sender, capabilities, paths: self.operands }
    }
}

fn takes_value(spec: &OptionSpec, on: bool) -> bool {
    matches!(spec.effect, Effect::Value(_) | Effect::Resettable(_)) && on
}

/// The option called `name`, and whether it is turned on by that.
fn find_long(name: &str) -> Option<(&'static OptionSpec, bool)> {
    let has_name = |spec: &OptionSpec, name: &str| {
        !name.is_empty() && (spec.long == name || spec.aliases.contains(&name))
    };
    if let Some(spec) = TABLE.iter().find(|spec| has_name(spec, name)) {
        return Some((spec, true));
    }
    let negated = name.strip_prefix("no-")?;
    let letter = negated.chars().next().filter(|letter| letter.len_utf8() == negated.len());
    TABLE
        .iter()
        .find(|spec| match spec.negation {
            Negation::None => false,
            Negation::Long => has_name(spec, negated),
            Negation::LongAndShort => has_name(spec, negated) || (letter.is_some() && spec.short == letter),
        })
        .map(|spec| (spec, false))
}

fn apply(
    options: &mut Options,
    spec: &OptionSpec,
    on: bool,
    value: Option<&[u8]>,
    shown: &str,
    unbuilt: Unbuilt,
) -> Result<(), OptionError> {
    // Turning off what cannot be on is no request.
    if !spec.is_built() && on && unbuilt == Unbuilt::Refuse {
        let name = spec.display_name();
        return Err(OptionError::unsupported(format!("{name} is not supported by this version of syncline")));
    }
    let result: Result<(), BadValue> = match spec.effect {
        Effect::Flag(set) => {
            set(options, on);
            Ok(())
        }
        Effect::Choice(set) => set(options),
        Effect::Value(set) => set(options, value.unwrap_or_default()),
        Effect::Resettable(set) => set(options, value),
        Effect::Mode(_) => Ok(()),
    };
    result.map_err(|bad| bad.of(shown, spec.long, value.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::super::{Delete, WholeFile};
    use super::*;

    fn client(words: &[&str]) -> Result<Options, String> {
        match parse(words) {
            Ok(Invocation::Client { options, .. }) => Ok(*options),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn order_decides_and_negation_takes_either_name() {
        assert!(!client(&["-a", "--no-o", "a", "b"]).unwrap().owner);
        assert!(client(&["--no-owner", "-a", "a", "b"]).unwrap().owner);
        assert_eq!(client(&["-W", "--no-W", "a", "b"]).unwrap().whole_file, WholeFile::Never);
        assert_eq!(client(&["-vvq", "--no-verbose", "a", "b"]).unwrap().verbose, 0);
        assert_eq!(client(&["a", "-ri", "b", "--del"]).unwrap().delete, Delete::During);
    }

    #[test]
    fn every_name_in_the_table_is_found_and_unique() {
        let mut seen = std::collections::HashSet::new();
        for spec in TABLE {
            let names = std::iter::once(&spec.long).chain(spec.aliases).filter(|name| !name.is_empty());
            for name in names {
                assert!(seen.insert((*name).to_owned()), "{name} twice");
                assert!(std::ptr::eq(find_long(name).unwrap().0, spec), "{name}");
            }
            if let Some(letter) = spec.short {
                assert!(seen.insert(format!("-{letter}")), "-{letter} twice");
            }
        }
    }

    #[test]
    fn options_that_are_not_built_are_refused_by_name() {
        for spec in TABLE.iter().filter(|spec| !spec.is_built() && spec.long != "motd") {
            let name = format!("--{}", spec.long);
            let argument = if spec.argument.is_some() { format!("{name}=1") } else { name.clone() };
            let message = client(&[&argument, "a", "b"]).unwrap_err();
            assert_eq!(message, format!("{name} is not supported by this version of syncline"));
        }
    }

    #[test]
    fn a_single_h_is_a_cry_for_help() {
        assert_eq!(parse(["-h"]), Ok(Invocation::Help));
        assert_eq!(parse(["--help", "x"]), Ok(Invocation::Help));
        assert_eq!(client(&["-h", "a", "b"]).unwrap().human_readable, 2);
        assert_eq!(parse(["-VV"]), Ok(Invocation::Version { times: 2 }));
    }

    #[test]
    fn a_server_reads_what_a_client_says() {
        let argv =
            ["--server", "--sender", "-vlogDtprze.iLsfxCIvu", "--info=NAME2,LATER", ".", "a b", "-r", "--x"];
        let Ok(Invocation::Server(server)) = parse(argv) else { panic!("no server") };
        assert!(server.sender && server.options.times && server.options.compress == 1);
        assert_eq!(server.capabilities, ".iLsfxCIvu");
        assert_eq!(server.paths, ["a b", "-r", "--x"]);
        let message = parse(["--server", "--bogus", ".", "d"]).unwrap_err().to_string();
        assert_eq!(message, "on remote machine: --bogus: unknown option");
    }

    #[test]
    fn one_option_is_set_by_name() {
        let mut options = Options::new();
        options.set("max-size", Some("2k".as_ref())).unwrap();
        options.set("no-whole-file", None).unwrap();
        assert_eq!((options.max_size, options.whole_file), (Some(2048), WholeFile::Never));
        assert!(options.set("max-size", None).is_err());
        assert!(options.set("links", Some("1".as_ref())).is_err());
        assert!(options.set("server", None).is_err());
    }
}
