//! Files below a held directory. In: relative names and descriptors. Out: status, content, changes.
//!
//! Nothing a peer names is opened by a path. A [`Root`] takes a [`RelativeName`], resolves the directory it is in beneath
//! the one that is held open, without following symbolic links, and does everything else to one component of a
//! [`Directory`].

pub mod copy;
mod directory;
pub mod ids;
mod name;
mod output;
mod root;
mod sys;
mod temporary;

pub use directory::{Directory, Listed, Scanned, Status};
pub use name::{NameError, OperatorPath, RelativeName};
pub use output::{Output, OutputOptions};
pub use root::Root;
pub use temporary::{TemporaryFile, replace, temporary_name};
