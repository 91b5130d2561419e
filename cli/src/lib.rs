//! The `syncline` command as a library, so that `python -m syncline` runs the same code.
//!
//! In: the words of a command line and a [`Console`]. Out: what they ask for, and an exit [`Status`].
//! The first word, if it is exactly the name of a delta command, chooses it; see [`delta`].

mod console;
pub mod delta;
mod json;
mod progress;
mod rdiff;
pub mod rsync;
mod status;

use std::ffi::OsString;

pub use console::{Console, Input};
pub use status::Status;

/// Runs the command line `words` as the program called `program`, and returns the process's exit status.
///
/// Under the name `rdiff`, and where a delta command asks for rdiff's format with rdiff's options, it is rdiff. Under the name
/// `rsync`, and where the first word is `--server`, it is rsync; else the first word may be a delta
/// command or one of those of [`run`], and everything else is a transfer.
pub fn start(
    program: &str,
    words: Vec<OsString>,
    surroundings: &rsync::Surroundings,
    console: &mut Console<'_>,
) -> u8 {
    if program == "rdiff" {
        return rdiff::run(words, &surroundings.librsync, console);
    }
    let first = words.first().and_then(|word| word.to_str());
    let command = first.and_then(delta::Command::from_name).filter(|_| program != "rsync");
    let as_rdiff = command.and_then(|command| rdiff::is_asked(command, words.get(1..)?));
    if let Some(words) = as_rdiff {
        return rdiff::run(words, &surroundings.librsync, console);
    }
    let is_own = match first {
        Some("--help" | "-h" | "help") | None => true,
        Some("--version" | "-V") => words.len() == 1,
        Some(word) => delta::Command::from_name(word).is_some(),
    };
    if program != "rsync" && matches!(first, Some("--help" | "-h" | "help")) {
        let text = format!("{}\n{}", delta::help::overview(), rsync::help::text("syncline"));
        return console.print(&text).code();
    }
    if program != "rsync" && first != Some("--server") && is_own {
        return run(words, console).code();
    }
    rsync::run(if program == "rsync" { "rsync" } else { "syncline" }, words, surroundings, console)
}

/// Runs the delta command line `words`, which do not include the program's name.
///
/// Writes to the console alone, and never ends the process.
pub fn run(words: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> Status {
    let mut words = words.into_iter();
    let Some(first) = words.next() else {
        return console.usage_error("which command? Try 'syncline --help'");
    };
    if let Some(command) = first.to_str().and_then(delta::Command::from_name) {
        return delta::run(command, words, console);
    }
    match first.to_str() {
        Some("--help" | "-h" | "help") => console.print(&delta::help::overview()),
        Some("--version" | "-V") => console.print(&version()),
        _ => console.usage_error(&format!(
            "there is no command {first:?}: it is one of {}; try 'syncline --help'",
            delta::Command::ALL.map(delta::Command::name).join(", ")
        )),
    }
}

fn version() -> String {
    format!("syncline {}\n", env!("CARGO_PKG_VERSION"))
}
