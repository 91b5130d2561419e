//! How fast sums are, beside other crates: `cargo bench -p syncline --bench checksum`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

use std::hint::black_box;
use std::time::Instant;

use syncline::checksum::{WeakKind, rolling};
use syncline::delta::{Format, Signature, SignatureOptions};

/// The best rate of several rounds, in GB/s.
fn rate(rounds: usize, bytes: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    bytes as f64 / best / 1e9
}

fn row(name: &str, ours: f64, peer_name: &str, peer: f64) {
    println!("{name:<28} {ours:>7.2} GB/s   {peer_name:<20} {peer:>7.2} GB/s   ratio {:.2}", ours / peer);
}

fn main() {
    let mut data = vec![0; 64 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut data);
    let block = &data[..8 << 10];
    for kind in [WeakKind::Adler32, WeakKind::Rollsum, WeakKind::Rsync, WeakKind::RabinKarp] {
        let turns = 1000;
        let ours = rate(20, block.len() * turns, || {
            for _ in 0..turns {
                black_box(rolling::block_sum(kind, black_box(block)));
            }
        });
        let peer = rate(2, block.len() * 20, || {
            for _ in 0..20 {
                black_box(rolling::Rolling::from_window(kind, black_box(block)).digest());
            }
        });
        row(&format!("{kind:?} of 8 KiB"), ours, "byte by byte", peer);
    }
    let sign = |options: SignatureOptions| {
        rate(9, data.len(), || {
            black_box(Signature::of(&data, &options).unwrap());
        })
    };
    let peer = rate(9, data.len(), || {
        black_box(blake3::hash(&data));
    });
    let one = sign(SignatureOptions::new(Format::Native).workers(1));
    row("native signature", one, "blake3", peer);
    row(
        "native signature, 2 threads",
        sign(SignatureOptions::new(Format::Native).workers(2)),
        "1 thread",
        one,
    );
    let options = fast_rsync::SignatureOptions { block_size: 2048, crypto_hash_size: 16 };
    let peer = rate(5, data.len(), || {
        black_box(fast_rsync::Signature::calculate(&data, options));
    });
    for format in [Format::RollsumMd4, Format::RabinKarpMd4, Format::RabinKarpBlake2] {
        let ours = sign(SignatureOptions::new(format).block_length(2048).workers(1));
        row(&format!("{} signature", format.name()), ours, "fast_rsync MD4", peer);
    }
}
