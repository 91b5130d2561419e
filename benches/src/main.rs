//! Ours, the peer's and the ratio, from one run: `make bench`, or `make bench BENCH=64` for inputs of 64 MiB.
//!
//! In: the programs `rdiff`, `xdelta3`, `zstd` and `cp`, the crate `fast_rsync`, and the pair in `build/pair`. Out: a table, also in
//! `docs/benchmarks.md`. Inputs lie in `/dev/shm`, so that no disk takes part. One thread each, unless the row says otherwise. A command
//! is measured against a command, and a call in this process against a call in this process: each row says which.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

mod calls;
mod commands;
mod inputs;
mod table;

use std::path::Path;

use inputs::Inputs;
use table::Table;

fn main() {
    let mib = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(256);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let inputs = Inputs::new(mib << 20, &root.join("build/pair"));
    let mut table = Table::new();
    calls::measure(&inputs, &mut table);
    commands::measure(&inputs, &root, &mut table);
    table.write(&root.join("docs/benchmarks.md"), mib, &inputs.pair_name);
}
