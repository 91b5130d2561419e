//! The private native module under the npm package `syncline`: conversion only. In: plain objects and bytes that the TypeScript over it has put
//! in order. Out: promises of plain objects, a [`Failure`](failure::Failure) among them.
//!
//! Nothing here calls into JavaScript while it works: progress is left in a [`Control`](control::Control), where JavaScript looks at it, and
//! cancellation is a flag.

#![expect(
    unreachable_pub,
    reason = "the macro asks for `pub` on what it exports; no Rust code sees this crate"
)]

mod command;
mod control;
mod delta;
mod entry;
mod events;
mod failure;
mod input;
mod options;
mod report;
mod stream;
mod summary;
mod transfer;
mod work;
