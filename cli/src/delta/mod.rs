//! The delta door at a shell: `syncline signature|delta|patch|inspect`. In: words. Out: files, and a report.

pub mod completions;
pub mod help;
pub mod manual;
mod report;
mod request;
mod table;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use syncline::files::{self, Control, Source, Target};
use syncline::{Error, Progress};

use crate::console::Console;
use crate::delta::report::Report;
use crate::delta::request::{Asked, Place, Request, Shown, Work};
pub use crate::delta::table::Command;
use crate::progress::{Meter, Style};
use crate::status::Status;

/// Runs `command` with the words that follow its name.
pub fn run(command: Command, words: impl Iterator<Item = OsString>, console: &mut Console<'_>) -> Status {
    match request::parse(command, words) {
        Ok(Asked::Help) => console.print(&help::of(command)),
        Ok(Asked::Version) => console.print(&crate::version()),
        Ok(Asked::Work(request)) => carry_out(&request, console),
        Err(sentence) => {
            console.usage_error(&format!("{sentence}; try 'syncline {} --help'", command.name()))
        }
    }
}

/// Whether `word`, which starts with a hyphen, is one of the options of `command`.
pub(crate) fn is_option(command: Command, word: &str) -> bool {
    table::flags_of(command).any(|flag| match word.strip_prefix("--") {
        Some(long) => long.split('=').next() == Some(flag.long),
        None => {
            flag.short.is_some_and(|letter| word.strip_prefix('-').is_some_and(|rest| rest.contains(letter)))
        }
    })
}

fn carry_out(request: &Request, console: &mut Console<'_>) -> Status {
    let outcome = work(request, console);
    if console.output.broken {
        return Status::BrokenPipe;
    }
    match outcome {
        Ok(report) => tell(&report, request, console),
        Err(error) => fail(&error, request, console),
    }
}

fn work(request: &Request, console: &mut Console<'_>) -> Result<Report, Error> {
    let Console { input, output, errors, cancel, terminal, .. } = console;
    let style = match request.shown.progress {
        Some(true) if request.shown.json => Style::Json,
        Some(true) => Style::Bar,
        None if *terminal && !request.shown.json && !request.shown.quiet => Style::Bar,
        _ => Style::Hidden,
    };
    let mut meter = Meter::new(style, &mut **errors);
    let mut observer = |progress: Progress| {
        meter.show(progress);
        ControlFlow::Continue(())
    };
    let mut control = Control::new().cancel(cancel).progress(&mut observer);
    let mut streams = Streams { input: &mut **input, output };
    let outcome = match &request.work {
        Work::Signature { basis, signature, options } => {
            let (source, target) = streams.of(basis, signature);
            files::signature(source, target, options, &request.output, &mut control).map(Report::Signature)
        }
        Work::Delta { signature, new, delta, options } => {
            // At most one of the two is the standard input: the other is a path.
            let mut nothing = std::io::empty();
            let Streams { input, output } = streams;
            let (signature_input, new_input): (&mut dyn Read, &mut dyn Read) =
                if *signature == Place::Stream { (input, &mut nothing) } else { (&mut nothing, input) };
            files::delta(
                signature.source(signature_input),
                new.source(new_input),
                delta.target(output),
                options,
                &request.output,
                &mut control,
            )
            .map(Report::Delta)
        }
        Work::Diff { old, new, delta, format, options } => {
            let (source, target) = streams.of(new, delta);
            files::diff(old, source, target, *format, options, &request.output, &mut control)
                .map(Report::Delta)
        }
        Work::Patch { basis, delta, new } => {
            let (source, target) = streams.of(delta, new);
            files::patch(basis, source, target, &request.output, &mut control).map(Report::Patch)
        }
        Work::Inspect { file } => {
            files::inspect(file.source(streams.input), &mut control).map(Report::Inspection)
        }
    };
    meter.end();
    outcome
}

/// The two standard streams, for the places that are `-`.
struct Streams<'s> {
    input: &'s mut dyn Read,
    output: &'s mut dyn Write,
}

impl Streams<'_> {
    fn of<'a>(&'a mut self, from: &'a Place, to: &'a Place) -> (Source<'a>, Target<'a>) {
        (from.source(&mut *self.input), to.target(&mut *self.output))
    }
}

impl Place {
    fn source<'a>(&'a self, stream: &'a mut dyn Read) -> Source<'a> {
        match self {
            Place::Stream => Source::Reader(stream),
            Place::Path(path) => Source::Path(path),
        }
    }

    fn target<'a>(&'a self, stream: &'a mut dyn Write) -> Target<'a> {
        match self {
            Place::Stream => Target::Writer(stream),
            Place::Path(path) => Target::Path(path),
        }
    }
}

fn tell(report: &Report, request: &Request, console: &mut Console<'_>) -> Status {
    let Shown { json, quiet, verbose, .. } = request.shown;
    let text = if json {
        report.json()
    } else if (verbose || matches!(report, Report::Inspection(_))) && !quiet {
        report.text()
    } else {
        String::new()
    };
    // The standard output may be the file that was asked for.
    if request.work.writes_standard_output() {
        // The work is done; that nobody is told of it changes nothing.
        let _ = console.errors.write_all(text.as_bytes());
        return Status::Success;
    }
    console.print(&text)
}

fn fail(error: &Error, request: &Request, console: &mut Console<'_>) -> Status {
    if console.cancel.is_cancelled() {
        console.complain("interrupted");
        return Status::Interrupted;
    }
    if request.shown.json && !request.work.writes_standard_output() {
        let mut object = crate::json::Object::new("error");
        object.string("kind", error.kind().name()).string("message", &error.to_string());
        if let Some(path) = error.path() {
            object.path("path", path);
        }
        let _ = console.print(&object.line());
    }
    console.complain(&format!("{error}{}", advice(error, request)));
    Status::of(error)
}

/// What to do about an error of the command's own making.
fn advice(error: &Error, request: &Request) -> &'static str {
    let names_output = |path: &Path| request.work.output_path() == Some(path);
    match error.kind() {
        syncline::ErrorKind::AlreadyExists if error.path().is_some_and(names_output) => {
            " (--force replaces it)"
        }
        _ => "",
    }
}
