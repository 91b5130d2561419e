//! Ours, the peer's and the ratio, from one run: `make bench`, or `make bench BENCH=64` for inputs of 64 MiB; `BENCH="64 librsync"` only
//! measures the drop-in librsync, `BENCH=sessions` only sessions, `BENCH=bindings` what calls from other
//! languages add.
//!
//! In: the programs `rdiff`, `xdelta3`, `zstd`, `cp` and `rsync`, the crate `fast_rsync`, and the pair in `build/pair`. Out: tables, also in
//! `docs/benchmarks.md`. Inputs lie in `/dev/shm`, so that no disk takes part. One thread each, unless the row says otherwise. A command
//! is measured against a command, and a call in this process against a call in this process: each row says which.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

mod bindings;
mod calls;
mod commands;
mod inputs;
mod librsync;
mod sessions;
mod table;

use std::path::Path;

use inputs::Inputs;
use table::Table;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let mib = words.iter().find_map(|word| word.parse().ok()).unwrap_or(256);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let document = root.join("docs/benchmarks.md");
    // First, while this process is small: what it starts counts its memory as their own.
    if !has("librsync") && !has("bindings") {
        let mut table = Table::new(sessions::HEAD);
        sessions::measure(&target, &mut table);
        table.write(&document, "measured: sessions", "`make bench BENCH=sessions`.");
    }
    if !has("librsync") && !has("sessions") {
        let mut table = Table::new(table::HEAD);
        bindings::measure(&root, &mut table);
        table.write(&document, "measured: bindings", "`make bench BENCH=bindings`.");
    }
    if has("sessions") || has("bindings") {
        return;
    }
    let inputs = Inputs::new(mib << 20, &root.join("build/pair"));
    if !has("librsync") {
        let mut table = Table::new(table::HEAD);
        calls::measure(&inputs, &mut table);
        commands::measure(&inputs, &target, &mut table);
        let pair = &inputs.pair_name;
        let note = format!("`make bench BENCH={mib}`: inputs of {mib} MiB; the real pair is {pair}.");
        table.write(&document, "measured", &note);
    }
    let mut table = Table::new(table::HEAD);
    librsync::measure(&inputs, &target, &mut table);
    let note = format!("`make bench BENCH=\"{mib} librsync\"`: inputs of {mib} MiB.");
    table.write(&document, "measured: librsync", &note);
}
