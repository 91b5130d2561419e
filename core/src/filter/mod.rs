//! Filters: which names are sent, and which are deleted (`docs/spec/wire-2-filelist.md` §7).
//!
//! [`Filters`] is the list of rules, made from options or from what a client sent; [`DirectoryFilters`] is that list in
//! one directory, with what the files of the directories on the way say. Nothing here opens a file: contents come by
//! callbacks.

pub(crate) mod aged;
mod error;
mod lines;
mod list;
mod pattern;
#[cfg(test)]
mod recorded;
mod requested;
mod rule;
mod scope;
mod wild;

pub use error::FilterError;
pub use list::{Filters, RuleSources};
pub use requested::{Allowed, Depth, Requested};
pub use rule::{Action, MAX_RULE, Side};
pub use scope::{DirectoryFilters, Perishable, ReadRules};
