//! Options: what a user asks of a transfer.
//!
//! One [table](TABLE) names every option of rsync(1); [`parse`] reads command lines by it, [`Options::set`] single
//! options, and [`Options::server_arguments`] turns [`Options`] into what the other end is started with, byte for
//! byte as rsync does. Nothing here touches files, the environment or the clock.

mod chmod;
mod choices;
mod error;
mod kind;
mod meaning;
mod parse;
mod quoting;
#[cfg(test)]
mod recorded;
mod server_arguments;
mod size;
mod skip_compress;
mod table;
mod typed;
mod verbosity;

pub use chmod::Chmod;
pub use choices::{
    AddressFamily, Alternate, Append, Buffering, ChecksumChoice, Delete, Dirs, FilesFrom, FilterOption,
    FilterSource, MissingArguments, Recursion, RemoveSource, StderrMode, WholeFile,
};
pub use error::{OptionError, OptionErrorKind};
pub use kind::ValueKind;
pub use meaning::{CompressionRequest, Direction, Purpose};
pub use parse::{Invocation, ServerInvocation, parse};
pub use quoting::{MAX_SECLUDED_ARGUMENT, MAX_SECLUDED_ARGUMENTS, SecludedReader, split_shell_command};
pub use server_arguments::{Carrier, ServerArguments, ServerRequest};
pub use skip_compress::SkipCompress;
pub use table::{Acts, Forward, Negation, OptionSpec, Status, TABLE, Toward};
pub use typed::Options;
pub use verbosity::{Debug, DebugLevels, Info, InfoLevels};
