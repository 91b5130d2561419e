//! What was typed becomes what is meant. In: words. Out: a [`Request`], or a sentence on what is wrong with them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use lexopt::Arg;
use syncline::delta::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncMode, SignatureOptions, StrongLength,
};
use syncline::files::OutputOptions;

use crate::delta::table::{Command, Flag, flags_of};

/// What the words ask for.
pub(crate) enum Asked {
    Help,
    Version,
    Work(Request),
}

/// Work to do, and how to tell of it.
pub(crate) struct Request {
    pub(crate) work: Work,
    pub(crate) output: OutputOptions,
    pub(crate) shown: Shown,
}

/// How the work is told of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shown {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// `None`: where it is of use.
    pub(crate) progress: Option<bool>,
}

/// A file, or `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Stream,
    Path(PathBuf),
}

pub(crate) enum Work {
    Signature { basis: Place, signature: Place, options: SignatureOptions },
    Delta { signature: Place, new: Place, delta: Place, options: DeltaOptions },
    Diff { old: PathBuf, new: Place, delta: Place, format: DeltaFormat, options: DeltaOptions },
    Patch { basis: PathBuf, delta: Place, new: Place },
    Inspect { file: Place },
}

impl Work {
    fn output(&self) -> Option<&Place> {
        match self {
            Work::Signature { signature, .. } => Some(signature),
            Work::Delta { delta, .. } | Work::Diff { delta, .. } => Some(delta),
            Work::Patch { new, .. } => Some(new),
            Work::Inspect { .. } => None,
        }
    }

    /// Whether what it makes goes to the standard output.
    pub(crate) fn writes_standard_output(&self) -> bool {
        self.output() == Some(&Place::Stream)
    }

    /// Where what it makes goes, if that is a file.
    pub(crate) fn output_path(&self) -> Option<&Path> {
        match self.output()? {
            Place::Stream => None,
            Place::Path(path) => Some(path),
        }
    }
}

/// The values of the options that were typed.
#[derive(Default)]
struct Typed {
    basis: Option<OsString>,
    format: Option<Format>,
    block_length: Option<u32>,
    strong_length: Option<StrongLength>,
    hash: Option<String>,
    weak: Option<String>,
    compression: Option<Compression>,
    mode: Option<LibrsyncMode>,
    check: bool,
    workers: usize,
    sparse: bool,
    force: bool,
    shown: Shown,
    places: Vec<OsString>,
}

/// Reads the words that follow the name of `command`.
pub(crate) fn parse(command: Command, words: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut typed = Typed::default();
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(argument) = parser.next().map_err(said)? {
        let flag = match &argument {
            Arg::Value(place) => {
                typed.places.push(place.clone());
                continue;
            }
            Arg::Long(name) => flags_of(command).find(|flag| flag.long == *name),
            Arg::Short(letter) => flags_of(command).find(|flag| flag.short == Some(*letter)),
        };
        let Some(flag) = flag else {
            return Err(format!("'{}' has no option {}", command.name(), spelled(&argument)));
        };
        match flag.long {
            "help" => return Ok(Asked::Help),
            "version" => return Ok(Asked::Version),
            _ => {}
        }
        let value = match flag.value {
            Some(_) => parser.value().map_err(said)?,
            None => OsString::new(),
        };
        typed.set(flag, value)?;
    }
    typed.request(command).map(Asked::Work)
}

fn said(error: lexopt::Error) -> String {
    let text = error.to_string();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn spelled(argument: &Arg<'_>) -> String {
    match argument {
        Arg::Long(name) => format!("--{name}"),
        Arg::Short(letter) => format!("-{letter}"),
        Arg::Value(value) => value.to_string_lossy().into_owned(),
    }
}

fn refused(flag: &Flag, value: &OsStr, wanted: &str) -> String {
    format!("--{} cannot be {value:?}: it is {wanted}", flag.long)
}

impl Typed {
    fn set(&mut self, flag: &Flag, value: OsString) -> Result<(), String> {
        let text = value.to_str().unwrap_or("\u{fffd}");
        let wrong = |wanted: &str| refused(flag, &value, wanted);
        match flag.long {
            "basis" => self.basis = Some(value),
            "format" => {
                let format = Format::from_name(text);
                self.format =
                    Some(format.ok_or_else(|| wrong(&format!("one of {}", flag.choices.join(", "))))?);
            }
            "block-size" => {
                self.block_length = Some(
                    text.parse()
                        .ok()
                        .filter(|&b| b > 0)
                        .ok_or_else(|| wrong("a number of bytes, 1 or more"))?,
                );
            }
            "sum-size" => {
                self.strong_length = Some(match text {
                    "-1" => StrongLength::Minimum,
                    "0" => StrongLength::Max,
                    _ => StrongLength::Bytes(
                        text.parse().map_err(|_| wrong("a number of bytes, 0 for all, or -1 for few"))?,
                    ),
                });
            }
            "hash" | "rollsum" => {
                if !flag.choices.contains(&text) {
                    return Err(wrong(&flag.choices.join(" or ")));
                }
                let kept = if flag.long == "hash" { &mut self.hash } else { &mut self.weak };
                *kept = Some(text.to_owned());
            }
            "compress" => {
                self.compression =
                    Some(compression(text).ok_or_else(|| wrong("zstd, zstd:1 to zstd:19, or none"))?);
            }
            "exact" => self.mode = Some(LibrsyncMode::Exact),
            "compact" => self.mode = Some(LibrsyncMode::Compact),
            "check" => self.check = true,
            "threads" => {
                self.workers = text
                    .parse()
                    .ok()
                    .filter(|count| *count <= 1024)
                    .ok_or_else(|| wrong("a number from 0 to 1024"))?;
            }
            "sparse" => self.sparse = true,
            "force" => self.force = true,
            "json" => self.shown.json = true,
            "progress" => self.shown.progress = Some(true),
            "no-progress" => self.shown.progress = Some(false),
            "quiet" => self.shown.quiet = true,
            "verbose" => self.shown.verbose = true,
            other => return Err(format!("--{other} is in the table but nothing reads it")),
        }
        Ok(())
    }

    fn request(self, command: Command) -> Result<Request, String> {
        let output = OutputOptions::new().overwrite(self.force).sparse(self.sparse);
        let shown = self.shown;
        let work = match command {
            Command::Signature => self.signature()?,
            Command::Delta if self.basis.is_some() => self.diff()?,
            Command::Delta => self.delta()?,
            Command::Patch if self.format.is_some() => {
                return Err("a delta says itself which format it has: leave --format out".into());
            }
            Command::Patch => {
                let [basis, delta, new] = places(command, self.places)?;
                Work::Patch { basis: regular(&basis, "BASIS")?, delta: place(delta), new: place(new) }
            }
            Command::Inspect => {
                let [file] = places(command, self.places)?;
                Work::Inspect { file: place(file) }
            }
        };
        Ok(Request { work, output, shown })
    }

    fn workers(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        }
    }

    fn signature(self) -> Result<Work, String> {
        let mut options = SignatureOptions::new(self.signature_format()?)
            .strong_length(self.strong_length.unwrap_or_default())
            .workers(self.workers());
        options.block_length = self.block_length;
        let [basis, signature] = places(Command::Signature, self.places)?;
        Ok(Work::Signature { basis: place(basis), signature: place(signature), options })
    }

    fn signature_format(&self) -> Result<Format, String> {
        if self.hash.is_none() && self.weak.is_none() {
            return Ok(self.format.unwrap_or_default());
        }
        if !matches!(self.format, None | Some(Format::RabinKarpBlake2)) {
            return Err(
                "--hash and --rollsum choose among rdiff's formats: give them with --format=rdiff".into()
            );
        }
        let weak = self.weak.as_deref().unwrap_or("rabinkarp");
        let strong = self.hash.as_deref().unwrap_or("blake2");
        Ok(Format::from_name(&format!("{weak}-{strong}")).expect("each weak sum goes with each strong sum"))
    }

    fn delta_options(&self) -> DeltaOptions {
        DeltaOptions::new()
            .compression(self.compression.unwrap_or_default())
            .mode(self.mode.unwrap_or_default())
            .check(self.check)
            .workers(self.workers())
    }

    fn delta(self) -> Result<Work, String> {
        if self.format.is_some() {
            return Err("the delta's format is that of the signature: leave --format out, or give it to \
                        'syncline signature'"
                .into());
        }
        let options = self.delta_options();
        let [signature, new, delta] = places(Command::Delta, self.places)?;
        let (signature, new) = (place(signature), place(new));
        if signature == Place::Stream && new == Place::Stream {
            return Err("SIGNATURE and NEW cannot both be the standard input".into());
        }
        Ok(Work::Delta { signature, new, delta: place(delta), options })
    }

    fn diff(self) -> Result<Work, String> {
        let format = match self.format {
            None | Some(Format::Native) => DeltaFormat::Native,
            Some(Format::RabinKarpBlake2) => DeltaFormat::Librsync,
            Some(_) => {
                return Err("rdiff has one format of deltas whatever the sums: use --format=rdiff".into());
            }
        };
        if format == DeltaFormat::Librsync && self.compression.is_some_and(|c| c != Compression::None) {
            return Err("rdiff's format has no compression: leave --compress out".into());
        }
        if format == DeltaFormat::Native && (self.mode.is_some() || self.check) {
            return Err("--exact, --compact and --check are for rdiff's format: add --format=rdiff".into());
        }
        if self.mode == Some(LibrsyncMode::Exact) {
            return Err("--exact is what rdiff makes of a signature: leave --basis out".into());
        }
        let options = self.delta_options().mode(LibrsyncMode::Compact);
        let old = regular(self.basis.as_deref().unwrap_or_default(), "OLD")?;
        let [new, delta] = places(Command::Delta, self.places)?;
        Ok(Work::Diff { old, new: place(new), delta: place(delta), format, options })
    }
}

fn compression(text: &str) -> Option<Compression> {
    match text.split_once(':') {
        None if text == "none" => Some(Compression::None),
        None if text == "zstd" => Some(Compression::default()),
        Some(("zstd", level)) => {
            level.parse().ok().filter(|level| (1..=19).contains(level)).map(Compression::Zstd)
        }
        _ => None,
    }
}

fn places<const N: usize>(command: Command, words: Vec<OsString>) -> Result<[OsString; N], String> {
    words.try_into().map_err(|words: Vec<OsString>| {
        let forms: Vec<String> =
            command.forms().iter().map(|form| format!("'syncline {} {form}'", command.name())).collect();
        format!("{} file names do not fit: it is {}", words.len(), forms.join(" or "))
    })
}

fn place(word: OsString) -> Place {
    if word == "-" { Place::Stream } else { Place::Path(word.into()) }
}

fn regular(word: &OsStr, name: &str) -> Result<PathBuf, String> {
    if word == "-" {
        return Err(format!("{name} cannot be '-': it is read at any offset, so it must be a file"));
    }
    Ok(word.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Work, String> {
        let mut words = line.split_whitespace().map(OsString::from);
        let command = Command::from_name(words.next().unwrap().to_str().unwrap()).unwrap();
        match parse(command, words)? {
            Asked::Work(request) => Ok(request.work),
            _ => Err("help".into()),
        }
    }

    #[test]
    fn every_option_of_the_table_is_read() {
        for command in Command::ALL {
            for flag in flags_of(command) {
                let value = match (flag.long, flag.choices, flag.value) {
                    (_, [first, ..], _) => format!("={first}"),
                    (_, _, Some("BYTES" | "COUNT")) => "=8".into(),
                    (_, _, Some(_)) => "=x".into(),
                    _ => String::new(),
                };
                let words = [OsString::from(format!("--{}{value}", flag.long))];
                let outcome = parse(command, words.into_iter());
                if let Err(sentence) = outcome {
                    assert!(!sentence.contains("nothing reads it"), "{sentence}");
                    assert!(!sentence.contains("has no option"), "{sentence}");
                }
            }
        }
    }

    #[test]
    fn sums_choose_among_the_formats_of_rdiff() {
        for (line, expected) in [
            ("signature a b", Format::Native),
            ("signature --format rdiff a b", Format::RabinKarpBlake2),
            ("signature -H md4 a b", Format::RabinKarpMd4),
            ("signature -R rollsum a b", Format::RollsumBlake2),
            ("signature -Rrollsum -Hmd4 --format=rdiff a b", Format::RollsumMd4),
            ("signature --format=rollsum-md4 a b", Format::RollsumMd4),
        ] {
            let Ok(Work::Signature { options, .. }) = parsed(line) else { panic!("{line}") };
            assert_eq!(options.format, expected, "{line}");
        }
        assert!(parsed("signature --format=native -H md4 a b").is_err());
    }

    #[test]
    fn what_does_not_fit_together_is_refused_with_what_to_do() {
        for (line, part) in [
            ("signature a", "1 file names do not fit"),
            ("signature --bogus a b", "no option --bogus"),
            ("signature -b 0 a b", "--block-size cannot be"),
            ("signature -S 300 a b", "--sum-size cannot be"),
            ("signature --threads=x a b", "--threads cannot be"),
            ("delta --format rdiff a b c", "leave --format out"),
            ("delta --compress=zstd:20 a b c", "zstd:1 to zstd:19"),
            ("delta - - c", "cannot both be"),
            ("delta --basis - b c", "must be a file"),
            ("delta --basis a --check b c", "--format=rdiff"),
            ("delta --basis a --format rdiff --compress zstd b c", "no compression"),
            ("delta --basis a --format rollsum-md4 b c", "use --format=rdiff"),
            ("patch - b c", "must be a file"),
            ("patch --format rdiff --json a b c", "leave --format out"),
            ("inspect --force a", "no option --force"),
        ] {
            let sentence = parsed(line).err().unwrap_or_else(|| panic!("{line}"));
            assert!(sentence.contains(part), "{line}: {sentence}");
        }
    }

    #[test]
    fn a_hyphen_is_a_stream_and_two_end_the_options() {
        let Ok(Work::Signature { basis, signature, .. }) = parsed("signature - -- -b") else { panic!() };
        assert_eq!(basis, Place::Stream);
        assert_eq!(signature, Place::Path("-b".into()));
    }
}
