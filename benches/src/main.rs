//! Ours, the peer's and the ratio, from one run: `make bench`, or `make bench BENCH=64` for inputs of 64 MiB; `BENCH="64 librsync"` only
//! measures the drop-in librsync.
//!
//! In: the programs `rdiff`, `xdelta3`, `zstd` and `cp`, the crate `fast_rsync`, and the pair in `build/pair`. Out: a table, also in
//! `docs/benchmarks.md`. Inputs lie in `/dev/shm`, so that no disk takes part. One thread each, unless the row says otherwise. A command
//! is measured against a command, and a call in this process against a call in this process: each row says which.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

mod calls;
mod commands;
mod inputs;
mod librsync;
mod table;

use std::path::Path;

use inputs::Inputs;
use table::Table;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mib = words.iter().find_map(|word| word.parse().ok()).unwrap_or(256);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let document = root.join("docs/benchmarks.md");
    let inputs = Inputs::new(mib << 20, &root.join("build/pair"));
    if !words.iter().any(|word| word == "librsync") {
        let mut table = Table::new();
        calls::measure(&inputs, &mut table);
        commands::measure(&inputs, &target, &mut table);
        let pair = &inputs.pair_name;
        let note = format!("`make bench BENCH={mib}`: inputs of {mib} MiB; the real pair is {pair}.");
        table.write(&document, "measured", &note);
    }
    let mut table = Table::new();
    librsync::measure(&inputs, &target, &mut table);
    let note = format!("`make bench BENCH=\"{mib} librsync\"`: inputs of {mib} MiB.");
    table.write(&document, "measured: librsync", &note);
}
