//! A drop-in `librsync.so.2`: the 40 symbols of docs/spec/librsync.md §11 on top of [`syncline::delta`].
//!
//! In: C callers' buffers, files and callbacks. Out: what librsync would answer, byte for byte, and its result codes.
//!
//! [`job`] runs the four streaming jobs, which [`signature_job`], [`load_job`], [`delta_job`] and [`patch_job`] carry out
//! with the engine; [`whole_file`] drives them over stdio files. Here is only what the interface demands: who consumes
//! which byte when, which code and which words tell of it. How blocks are found and commands are read is the engine's.
//!
//! Panics end at [`guard`]; every `unsafe` function here repeats what the C interface demands of its callers.

#![expect(
    non_camel_case_types,
    unreachable_pub,
    reason = "the names are those of the C interface, and are reached by symbol"
)]

mod buffers;
mod delta_job;
mod file;
mod globals;
mod guard;
mod job;
mod load_job;
mod log;
mod mdfour;
mod mode;
mod parameters;
mod patch_job;
mod result;
mod signature_job;
mod statistics;
mod sumset;
mod text;
mod types;
mod whole_file;
