//! Files below a held directory. In: descriptors and names of single components. Out: status, content, changes.
//!
//! Nothing a peer names is opened by a path: [`Directory::descend`] resolves a relative name beneath a directory that is
//! held open, without following symbolic links, and everything else works on one component of a [`Directory`].

mod directory;
mod temporary;

pub use directory::{Directory, Listed, Status};
pub use temporary::temporary_name;
