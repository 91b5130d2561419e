//! A transfer session, read as the protocol happens. In: a [`Connection`], [`Settings`], what to send or where to receive.
//! Out: files, [`Event`]s, a [`Report`].
//!
//! Three threads work beside the one that called: a reader that takes the connection's frames apart, then the sender, or
//! the receiver and the generator. The caller's thread passes their events to the [`Observer`] and watches for
//! cancellation and timeouts. `channel.rs` says why they cannot wait for each other in a circle.

mod activity;
mod alternates;
mod attributes;
mod backup;
mod channel;
mod content_sum;
pub(crate) mod daemon;
pub(crate) mod delta_receive;
pub(crate) mod delta_send;
#[cfg(test)]
mod delta_tests;
#[cfg(test)]
mod delta_vectors;
mod destination;
mod events;
mod farewell;
mod file_list;
mod generator;
mod handshake;
mod ids;
mod meaning;
mod names;
mod notes;
mod outgoing;
mod passage;
mod places;
mod progress;
mod receiver;
mod requirements;
mod rule_files;
mod rules;
mod run;
mod sender;
mod settings;
mod side;
#[cfg(test)]
mod tests;
mod trust;
mod unsafe_link;

pub use backup::Backup;
pub use daemon::{DaemonRequest, MAX_EARLY_INPUT, Password};
pub use names::{NameList, Names};
pub(crate) use passage::passage;
pub(crate) use places::OwnPaths;
pub(crate) use run::run_with;
pub use run::{Job, Role, run};
pub use settings::{Append, CompressionWish, Delete, OneFileSystem, Settings};
