//! Signature, delta and patch of paths and streams. In: [`Source`]s. Out: [`Target`]s, which appear whole and verified or not at all.
//!
//! This is where paths live; the engine itself is in [`delta`](crate::delta).
//!
//! ```
//! use syncline::delta::{DeltaOptions, SignatureOptions};
//! use syncline::files::{self, Control, OutputOptions};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = |name: &str| folder.path().join(name);
//! # std::fs::write(path("old"), "old content").unwrap();
//! # std::fs::write(path("new"), "new content").unwrap();
//! # let (old, sig, new, delta, result) = (path("old"), path("sig"), path("new"), path("delta"), path("result"));
//!
//! let (output, mut control) = (OutputOptions::default(), Control::default());
//! files::signature((&old).into(), (&sig).into(), &SignatureOptions::default(), &output, &mut control)?;
//! files::delta((&sig).into(), (&new).into(), (&delta).into(), &DeltaOptions::default(), &output, &mut control)?;
//! files::patch(&old, (&delta).into(), (&result).into(), &output, &mut control)?;
//! # assert_eq!(std::fs::read(path("result")).unwrap(), b"new content");
//! # Ok::<(), syncline::Error>(())
//! ```

mod control;
mod delta;
mod mover;
mod patch;
mod signature;
mod source;
mod target;

pub use control::Control;
pub use delta::{delta, delta_from, diff, diff_from};
pub use patch::{patch, patch_from};
pub use signature::{SignatureReport, inspect, load_signature, signature};
pub use source::{FileBasis, Source};
pub use target::{OutputOptions, Target};
