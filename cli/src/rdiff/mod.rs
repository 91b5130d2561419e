//! The command under the name `rdiff` (docs/spec/librsync.md §10). In: words. Out: files, and rdiff's exit statuses and messages.
//!
//! What rdiff leaves behind when it fails, or does not notice, is not repeated: an output appears when it is complete, or not at all.

mod arguments;
mod work;

use std::ffi::OsString;

use syncline::delta::DeltaOptions;
use syncline::delta::librsync::ResultCode;

use crate::console::Console;
use crate::delta::{self, Command};
use crate::status::Status;
use arguments::{Asked, Complaint};
use work::{Failure, Rdiff};

const HELP: &str = "\
Usage: rdiff [OPTIONS] signature [BASIS [SIGNATURE]]
             [OPTIONS] delta SIGNATURE [NEWFILE [DELTA]]
             [OPTIONS] patch BASIS [DELTA [NEWFILE]]

Makes the signature of a file, the delta from the file that a signature describes to another, and that other file of the first
and the delta. A file that is left out, or '-', is the standard input or output.

  -v, --verbose             say that there is no tracing
  -V, --version             print the version and exit
  -?, -h, --help            print this help and exit
  -s, --statistics          say what was done
  -f, --force               replace output files that exist
Of signatures:
  -H, --hash=HASH           strong sum: blake2 (default) or md4
  -R, --rollsum=SUM         weak sum: rabinkarp (default) or rollsum
  -b, --block-size=BYTES    bytes in a block; 0 (default) chooses from the size of the file
  -S, --sum-size=BYTES      bytes kept of each strong sum; 0 (default) for all, -1 for as few as the size allows
Of deltas:
  -I, --input-size=BYTES    bytes in a literal where the old file is empty
  -O, --output-size=BYTES   accepted; what is written does not depend on it
";

/// The release whose behaviour this is, as `rdiff --version` shows it.
const RELEASE: &str = "librsync 2.3.4";

/// The words without `--format=rdiff`, if they have it and name no option that only `command` itself has.
pub(crate) fn is_asked(command: Command, words: &[OsString]) -> Option<Vec<OsString>> {
    let is_rdiff = |word: &OsString| word == "rdiff" || word == "librsync";
    let mut rest = Vec::new();
    let mut asked = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            rest.push(word.clone());
            rest.extend(words.by_ref().cloned());
        } else if word == "--format=rdiff" || word == "--format=librsync" {
            asked = true;
        } else if word == "--format" && words.clone().next().is_some_and(is_rdiff) {
            asked = true;
            words.next();
        } else {
            rest.push(word.clone());
        }
    }
    let all = std::iter::once(OsString::from(command.name())).chain(rest);
    let all: Vec<OsString> = all.collect();
    match arguments::parse(all.iter().cloned()) {
        _ if !asked => None,
        Err(Complaint::UnknownOption(word)) if delta::is_option(command, &word) => None,
        _ => Some(all),
    }
}

/// Runs rdiff with these words, and returns its exit status. `mode` is the value of `SYNCLINE_LIBRSYNC` ([`DeltaOptions::named`]).
pub(crate) fn run(words: Vec<OsString>, mode: &str, console: &mut Console<'_>) -> u8 {
    let request = match arguments::parse(words) {
        Ok(Asked::Help) => return console.print(HELP).code(),
        Ok(Asked::Version) => {
            let text = format!("rdiff ({RELEASE})\nSyncline {}\n", env!("CARGO_PKG_VERSION"));
            return console.print(&text).code();
        }
        Ok(Asked::Work(request)) => request,
        Err(complaint) => return misused(&complaint.sentence(), console),
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let Some(options) = DeltaOptions::named(mode, workers) else {
        let sentence = format!("SYNCLINE_LIBRSYNC is \"{mode}\", which is none of exact, 2.3.2 and compact");
        return misused(&sentence, console);
    };
    let mut rdiff = Rdiff { request: &request, options, console };
    if request.verbose {
        rdiff.say("rdiff: Library does not support trace.");
    }
    match rdiff.run() {
        _ if rdiff.console.output.broken => Status::BrokenPipe.code(),
        Ok(()) => 0,
        Err(Failure::Code(code)) => u8::try_from(code.0).unwrap_or(u8::MAX),
        Err(Failure::TooManyFiles) => misused("Too many arguments.", rdiff.console),
        Err(Failure::Interrupted) => Status::Interrupted.code(),
    }
}

/// Complains about the command line, as rdiff does.
fn misused(sentence: &str, console: &mut Console<'_>) -> u8 {
    let text = format!("rdiff: {sentence}\n\nTry `rdiff --help' for more information.\n");
    let _ = console.errors.write_all(text.as_bytes());
    u8::try_from(ResultCode::SYNTAX_ERROR.0).unwrap_or(u8::MAX)
}
