//! How fast the engine is on one thread, in memory: `cargo bench -p syncline --bench engine -- [MIB] [WORD]`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

use std::sync::Arc;
use std::time::Instant;

use syncline::delta::{
    self, Compression, DeltaBuilder, DeltaFormat, DeltaOptions, Format, LibrsyncMode, Signature,
    SignatureOptions,
};

fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
    bytes
}

/// What the command line asks for; nothing is everything.
fn words() -> impl Iterator<Item = String> {
    std::env::args().skip(1).filter(|arg| !arg.starts_with('-') && arg.parse::<usize>().is_err())
}

/// Whether the case called `name` was asked for.
fn wanted(name: &str) -> bool {
    words().next().is_none() || words().any(|word| name.contains(&word))
}

fn best<T>(rounds: usize, bytes: usize, name: &str, mut work: impl FnMut() -> T) -> T {
    let rounds = if wanted(name) { rounds } else { 1 };
    let mut best = f64::MAX;
    let mut result = None;
    for _ in 0..rounds {
        let start = Instant::now();
        result = Some(std::hint::black_box(work()));
        best = best.min(start.elapsed().as_secs_f64());
    }
    if wanted(name) {
        println!("{name:<44} {:>8.0} MB/s", bytes as f64 / best / 1e6);
    }
    result.expect("at least one round")
}

/// Makes a delta as a program that writes it to a file would: in pieces, through one buffer.
fn stream(signature: &Arc<Signature>, new: &[u8], options: &DeltaOptions) -> u64 {
    let mut builder = DeltaBuilder::new(signature.clone(), options).unwrap();
    let mut out = Vec::new();
    for piece in new.chunks(1 << 20) {
        builder.update(piece, &mut out).unwrap();
        out.clear();
    }
    builder.finish(&mut out).unwrap().delta_length
}

fn main() {
    let mib = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(64);
    let length = mib << 20;
    let old = noise(1, length);
    let other = noise(2, length);
    let mut shifted = b"x".to_vec();
    shifted.extend_from_slice(&old);
    let mut edited = old.clone();
    for at in (0..length).step_by(400 << 10) {
        edited[at..(at + (4 << 10)).min(length)].fill(7);
    }
    let zeros = vec![0; length];
    best(3, length, "blake3", || blake3::hash(&old));
    for format in [Format::Native, Format::RollsumMd4, Format::RabinKarpMd4, Format::RabinKarpBlake2] {
        let name = format.name();
        if !words().all(|word| word.starts_with(name)) {
            continue;
        }
        let sign = |data: &[u8]| Arc::new(Signature::of(data, &SignatureOptions::new(format)).unwrap());
        let signature = best(3, length, &format!("{name} signature"), || sign(&old));
        let zero_signature = sign(&zeros);
        for mode in [LibrsyncMode::Exact, LibrsyncMode::Compact] {
            if format == Format::Native && mode == LibrsyncMode::Exact {
                continue;
            }
            let options = DeltaOptions::new().mode(mode).compression(Compression::None);
            for (kind, signature, new) in [
                ("nothing", &signature, &other),
                ("identical", &signature, &old),
                ("shifted", &signature, &shifted),
                ("1% edited", &signature, &edited),
                ("zeros", &zero_signature, &zeros),
            ] {
                let name = format!("{name} delta {mode:?} {kind}");
                if wanted(&name) {
                    best(2, length, &name, || stream(signature, new, &options));
                }
            }
        }
    }
    let options = DeltaOptions::new();
    for (kind, new) in [("nothing", &other), ("shifted", &shifted), ("1% edited", &edited)] {
        let name = format!("diff {kind}");
        if wanted(&name) {
            best(2, length, &name, || delta::diff(&old, new, DeltaFormat::Native, &options).unwrap());
        }
    }
}
