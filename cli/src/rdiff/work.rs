//! What rdiff does. In: a [`Request`], and the standard streams. Out: files, and a result code with librsync's words.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rustix::io::Errno;
use syncline::delta::librsync::{
    Command, MatchStatistics, Parameters, Refusal, Remark, ResultCode, SignatureReader, Statistics,
};
use syncline::delta::{DeltaOptions, Signature};
use syncline::files::{self, Control, OutputOptions, Source, Target};
use syncline::{Error, ErrorKind};

use crate::console::Console;
use crate::rdiff::arguments::{Action, Request};

/// What a file is read with at a time, where it is read here.
const CHUNK: usize = 64 << 10;

/// Why the work did not come to its end.
pub(crate) enum Failure {
    /// With this code; what there is to say of it has been said.
    Code(ResultCode),
    /// More files were named than there is use for.
    TooManyFiles,
    Interrupted,
}

type Outcome<T> = Result<T, Failure>;

/// One run.
pub(crate) struct Rdiff<'r, 'c> {
    pub(crate) request: &'r Request,
    /// How deltas are made.
    pub(crate) options: DeltaOptions,
    pub(crate) console: &'r mut Console<'c>,
}

/// A file named on the command line, open for reading.
enum Input {
    Standard,
    File(PathBuf, File),
}

/// A file named on the command line, to be written.
enum Output {
    Standard,
    File(PathBuf),
}

impl Rdiff<'_, '_> {
    pub(crate) fn run(&mut self) -> Outcome<()> {
        match self.request.action {
            Action::Signature => self.signature(),
            Action::Delta => self.delta(),
            Action::Patch => self.patch(),
        }
    }

    fn signature(&mut self) -> Outcome<()> {
        let basis = self.input(0)?;
        let output = self.output(1)?;
        self.expect_no_more(2)?;
        let request = self.request;
        let mut parameters = Parameters {
            magic: request.magic,
            block_length: request.block_length,
            // As C converts it: -1 is all ones.
            strong_length: request.strong_length as isize as usize,
        };
        let (options, warning) = match parameters.complete(basis.length()) {
            Ok(complete) => complete,
            Err(refusal) => return Err(self.refused(&refusal, None)),
        };
        if let Some(Remark { function, text }) = warning {
            self.say(&format!("librsync: Warning: ({function}) {text}"));
        }
        let clock = Clock::start();
        let output_options = self.output_options();
        let Console { input, output: standard, cancel, .. } = &mut *self.console;
        let outcome = files::signature(
            basis.source(*input),
            output.target(standard),
            &options,
            &output_options,
            &mut Control::new().cancel(cancel),
        );
        let report = outcome.map_err(|error| self.failed(&error, "signature", &output))?;
        self.statistics(&Statistics {
            operation: "signature",
            blocks: signed(report.blocks),
            block_length: report.block_length as usize,
            input: signed(report.basis_length),
            output: signed(report.signature_length),
            seconds: clock.seconds(),
            ..Statistics::default()
        });
        Ok(())
    }

    fn delta(&mut self) -> Outcome<()> {
        let signature = self.input(0)?;
        let new = self.input(1)?;
        let output = self.output(2)?;
        self.expect_no_more(3)?;
        let signature = Arc::new(self.load(signature)?);
        let clock = Clock::start();
        let slack = NonZeroUsize::new(self.request.input_size);
        let options = self.options.clone();
        let slack = slack.or_else(|| options.usual_slack(signature.block_length()));
        let options = options.slack(slack);
        let output_options = self.output_options();
        let Console { input, output: standard, cancel, .. } = &mut *self.console;
        let outcome = files::delta_from(
            Arc::clone(&signature),
            new.source(*input),
            output.target(standard),
            &options,
            &output_options,
            &mut Control::new().cancel(cancel),
        );
        let report = outcome.map_err(|error| self.failed(&error, "delta", &output))?;
        let found = if signature.block_count() == 0 {
            MatchStatistics::default()
        } else {
            MatchStatistics::of(report.copied_bytes, report.literal_bytes, signature.block_length())
        };
        if self.request.statistics {
            self.say(&format!("librsync: {found}"));
        }
        self.statistics(&Statistics {
            operation: "delta",
            commands: report.commands.unwrap_or_default(),
            literal_bytes: signed(report.literal_bytes),
            copied_bytes: signed(report.copied_bytes),
            input: signed(report.new_length),
            output: signed(report.delta_length),
            seconds: clock.seconds(),
            ..Statistics::default()
        });
        Ok(())
    }

    fn load(&mut self, signature: Input) -> Outcome<Signature> {
        let clock = Clock::start();
        let mut reader = SignatureReader::new();
        let mut buffer = vec![0; CHUNK];
        let mut length = 0;
        loop {
            let count = match signature.read(&mut buffer, self.console) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return Err(self.unreadable(&error)),
            };
            length += count as u64;
            if let Err(refusal) = reader.update(buffer.get(..count).unwrap_or_default()) {
                return Err(self.refused(&refusal, Some("loadsig")));
            }
        }
        let blocks = reader.blocks();
        let signature = reader.finish().map_err(|refusal| self.refused(&refusal, Some("loadsig")))?;
        self.statistics(&Statistics {
            operation: "loadsig",
            blocks: signed(blocks),
            block_length: signature.block_length() as usize,
            input: signed(length),
            seconds: clock.seconds(),
            ..Statistics::default()
        });
        Ok(signature)
    }

    fn patch(&mut self) -> Outcome<()> {
        let basis = self.input(0)?;
        let delta = self.input(1)?;
        let output = self.output(2)?;
        self.expect_no_more(3)?;
        let clock = Clock::start();
        let head = self.delta_head(&delta)?;
        if !basis.is_seekable() {
            self.say("librsync: ERROR: (rs_file_copy_cb) seek failed: Illegal seek");
            return Err(self.job_failed("patch", ResultCode::IO_ERROR));
        }
        let output_options = self.output_options();
        let (outcome, length) = {
            let Console { input, output: standard, cancel, .. } = &mut *self.console;
            let mut counted = Counted { stream: Cursor::new(head).chain(delta.reader(*input)), length: 0 };
            let outcome = files::patch(
                basis.path(),
                Source::Reader(&mut counted),
                output.target(standard),
                &output_options,
                &mut Control::new().cancel(cancel),
            );
            (outcome, counted.length)
        };
        let report = outcome.map_err(|error| self.failed(&error, "patch", &output))?;
        self.statistics(&Statistics {
            operation: "patch",
            commands: report.commands.unwrap_or_default(),
            literal_bytes: signed(report.literal_bytes),
            copied_bytes: signed(report.copied_bytes),
            input: signed(length),
            output: signed(report.new_length),
            seconds: clock.seconds(),
            ..Statistics::default()
        });
        Ok(())
    }

    /// The first bytes of a delta, which must be its magic.
    fn delta_head(&mut self, delta: &Input) -> Outcome<Vec<u8>> {
        let mut head = [0; Command::MAGIC.len()];
        let mut filled = 0;
        while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
            match delta.read(room, self.console) {
                Ok(0) => return Err(self.job_failed("patch", ResultCode::INPUT_ENDED)),
                Ok(count) => filled += count,
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
        if head != Command::MAGIC {
            let (found, expected) = (u32::from_be_bytes(head), u32::from_be_bytes(Command::MAGIC));
            self.say(&format!(
                "librsync: ERROR: (rs_patch_s_header) got magic number {found:#x} rather than expected value {expected:#x}"
            ));
            return Err(self.job_failed("patch", ResultCode::BAD_MAGIC));
        }
        Ok(head.to_vec())
    }

    /// The file at `position` on the command line, opened; missing or `-` is the standard input.
    fn input(&mut self, position: usize) -> Outcome<Input> {
        let Some(path) = named(&self.request.files, position) else {
            return Ok(Input::Standard);
        };
        match File::open(path) {
            Ok(file) => Ok(Input::File(path.to_owned(), file)),
            Err(error) => Err(self.unopened(path, "read", &error)),
        }
    }

    /// The file at `position`, which must not exist without `--force`; missing or `-` is the standard output.
    fn output(&mut self, position: usize) -> Outcome<Output> {
        let Some(path) = named(&self.request.files, position) else {
            return Ok(Output::Standard);
        };
        if !self.request.force && fs::metadata(path).is_ok() {
            let shown = path.display();
            self.say(&format!("librsync: ERROR: (rs_file_open) File exists \"{shown}\", aborting!"));
            return Err(Failure::Code(ResultCode::IO_ERROR));
        }
        Ok(Output::File(path.to_owned()))
    }

    fn output_options(&self) -> OutputOptions {
        OutputOptions::new().overwrite(self.request.force)
    }

    fn expect_no_more(&self, count: usize) -> Outcome<()> {
        if self.request.files.len() > count { Err(Failure::TooManyFiles) } else { Ok(()) }
    }

    /// Writes a line to the errors. That they cannot be written is nothing anyone could be told.
    pub(crate) fn say(&mut self, line: &str) {
        let _ = writeln!(self.console.errors, "{line}");
    }

    fn statistics(&mut self, statistics: &Statistics<'_>) {
        if self.request.statistics {
            self.say(&format!("librsync: {statistics}"));
        }
    }

    fn refused(&mut self, refusal: &Refusal, job: Option<&str>) -> Failure {
        if let Some(Remark { function, text }) = &refusal.remark {
            self.say(&format!("librsync: ERROR: ({function}) {text}"));
        }
        match job {
            Some(job) => self.job_failed(job, refusal.code),
            None => self.end(refusal.code),
        }
    }

    fn unopened(&mut self, path: &Path, purpose: &str, error: &io::Error) -> Failure {
        let (shown, reason) = (path.display(), reason(error));
        self.say(&format!(
            "librsync: ERROR: (rs_file_open) Error opening \"{shown}\" for {purpose}: {reason}"
        ));
        Failure::Code(ResultCode::IO_ERROR)
    }

    fn unreadable(&mut self, error: &io::Error) -> Failure {
        if self.console.cancel.is_cancelled() {
            return Failure::Interrupted;
        }
        let reason = reason(error);
        self.say(&format!("librsync: ERROR: (rs_infilebuf_fill) error filling buf from file: {reason}"));
        self.end(ResultCode::IO_ERROR)
    }

    fn job_failed(&mut self, job: &str, code: ResultCode) -> Failure {
        let text = code.text().to_string_lossy();
        self.say(&format!("librsync: ERROR: (rs_job_complete) {job} job failed: {text}"));
        self.end(code)
    }

    /// The last word on a failure.
    fn end(&mut self, code: ResultCode) -> Failure {
        self.say(&format!("rdiff: Failed, {}.", code.text().to_string_lossy()));
        Failure::Code(code)
    }

    /// What the engine, or the system, says of a job.
    fn failed(&mut self, error: &Error, job: &str, output: &Output) -> Failure {
        if self.console.cancel.is_cancelled() {
            return Failure::Interrupted;
        }
        let code = ResultCode::from(error);
        if code != ResultCode::IO_ERROR {
            let function = match error.kind() {
                ErrorKind::WrongBasis => "rs_file_copy_cb",
                _ => "rs_job_iter",
            };
            self.say(&format!("librsync: ERROR: ({function}) {error}"));
            return self.job_failed(job, code);
        }
        let number = error.errno().or(match error.kind() {
            ErrorKind::NotFound => Some(Errno::NOENT.raw_os_error()),
            ErrorKind::PermissionDenied => Some(Errno::ACCESS.raw_os_error()),
            ErrorKind::NotAFile => Some(Errno::ISDIR.raw_os_error()),
            _ => None,
        });
        let reason =
            number.map_or_else(|| error.to_string(), |number| reason(&io::Error::from_raw_os_error(number)));
        match output {
            Output::File(path) if error.path() == Some(path) => {
                if fs::metadata(path).is_err() {
                    self.say(&format!(
                        "librsync: ERROR: (rs_file_open) Error opening \"{}\" for write: {reason}",
                        path.display()
                    ));
                    return Failure::Code(ResultCode::IO_ERROR);
                }
                self.say(&format!(
                    "librsync: ERROR: (rs_outfilebuf_drain) error draining buf to file: {reason}"
                ));
            }
            _ if error.kind() == ErrorKind::NoSpace || self.console.output.broken => self
                .say(&format!("librsync: ERROR: (rs_outfilebuf_drain) error draining buf to file: {reason}")),
            _ => self
                .say(&format!("librsync: ERROR: (rs_infilebuf_fill) error filling buf from file: {reason}")),
        }
        self.end(ResultCode::IO_ERROR)
    }
}

/// The path at `position`, unless that is a standard stream.
fn named(files: &[OsString], position: usize) -> Option<&Path> {
    files.get(position).map(OsString::as_os_str).filter(|name| *name != OsStr::new("-")).map(Path::new)
}

/// What the system says, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Input {
    /// Where the system has the file, the standard input included.
    fn path(&self) -> &Path {
        match self {
            Input::Standard => Path::new("/dev/stdin"),
            Input::File(path, _) => path,
        }
    }

    /// The size of a regular file.
    fn length(&self) -> Option<u64> {
        fs::metadata(self.path()).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
    }

    fn is_seekable(&self) -> bool {
        self.length().is_some()
    }

    fn source<'a>(&'a self, standard: &'a mut dyn Read) -> Source<'a> {
        match self {
            Input::Standard => Source::Reader(standard),
            Input::File(path, _) => Source::Path(path),
        }
    }

    fn reader<'a>(&'a self, standard: &'a mut dyn Read) -> Box<dyn Read + 'a> {
        match self {
            Input::Standard => Box::new(standard),
            Input::File(_, file) => Box::new(file),
        }
    }

    fn read(&self, buffer: &mut [u8], console: &mut Console<'_>) -> io::Result<usize> {
        self.reader(console.input).read(buffer)
    }
}

impl Output {
    fn target<'a>(&'a self, standard: &'a mut dyn Write) -> Target<'a> {
        match self {
            Output::Standard => Target::Writer(standard),
            Output::File(path) => Target::Path(path),
        }
    }
}

/// A stream, and how much was read of it.
struct Counted<R> {
    stream: R,
    length: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.length += count as u64;
        Ok(count)
    }
}

/// How long something takes.
struct Clock(Instant);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now())
    }

    fn seconds(&self) -> i64 {
        signed(self.0.elapsed().as_secs())
    }
}
