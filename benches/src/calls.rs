//! Calls in this process: ours against `fast_rsync` and plain BLAKE3, and against ourselves on kinder input.

use syncline::delta::{
    self, Compression, DeltaFormat, DeltaOptions, Format, LibrsyncMode, Signature, SignatureOptions,
};

use crate::inputs::Inputs;
use crate::table::{Table, Unit, speed};

const HOW: &str = "calls";

pub(crate) fn measure(inputs: &Inputs, table: &mut Table) {
    signatures(inputs, table);
    deltas(inputs, table);
    hard_input(inputs, table);
    two_files(inputs, table);
}

fn sign(data: &[u8], format: Format, workers: usize) -> Signature {
    Signature::of(data, &SignatureOptions::new(format).workers(workers)).unwrap()
}

fn signatures(inputs: &Inputs, table: &mut Table) {
    let old = &inputs.old;
    let length = old.len();
    let fast = speed(length, || {
        let options = fast_rsync::SignatureOptions { block_size: 2048, crypto_hash_size: 16 };
        fast_rsync::Signature::calculate(old, options)
    });
    for format in [Format::RollsumMd4, Format::RabinKarpMd4] {
        let options = SignatureOptions::new(format).block_length(2048);
        let ours = speed(length, || Signature::of(old, &options).unwrap());
        let work = format!("signature, {}", format.name());
        table.row(&work, HOW, Unit::Speed, ours, ("fast_rsync", fast), "≥ 1");
    }
    let plain = speed(length, || blake3::hash(old));
    let one = speed(length, || sign(old, Format::Native, 1));
    let two = speed(length, || sign(old, Format::Native, 2));
    table.row("signature, native", HOW, Unit::Speed, one, ("plain BLAKE3", plain), "≥ 0.85");
    table.row("signature, native, 2 threads", HOW, Unit::Speed, two, ("ours, 1 thread", one), "≥ 1.8");
}

fn compact() -> DeltaOptions {
    DeltaOptions::new().mode(LibrsyncMode::Compact).compression(Compression::None)
}

fn deltas(inputs: &Inputs, table: &mut Table) {
    let length = inputs.old.len();
    let options = fast_rsync::SignatureOptions { block_size: 16384, crypto_hash_size: 16 };
    let theirs = fast_rsync::Signature::calculate(&inputs.old, options);
    let index = theirs.index();
    for (format, reach) in
        [(Format::RollsumMd4, "≥ 20"), (Format::RabinKarpBlake2, "≥ 20"), (Format::Native, "≥ 12")]
    {
        let signature = sign(&inputs.old, format, 1);
        for (kind, new, reach) in [
            ("nothing matches", &inputs.other, reach),
            ("identical", &inputs.old, ""),
            ("1 % edited", &inputs.edited, ""),
        ] {
            let ours = speed(length, || delta::delta(&signature, new, &compact()).unwrap());
            let fast = speed(length, || {
                let mut out = Vec::new();
                fast_rsync::diff(&index, new, &mut out).unwrap();
                out
            });
            let work = format!("delta, {kind}, {}", format.name());
            table.row(&work, HOW, Unit::Speed, ours, ("fast_rsync", fast), reach);
        }
    }
}

/// Input that makes a search slow, against input that does not.
fn hard_input(inputs: &Inputs, table: &mut Table) {
    let length = inputs.old.len();
    for format in [Format::RollsumMd4, Format::Native] {
        let similar = sign(&inputs.old, format, 1);
        let kind = speed(length, || delta::delta(&similar, &inputs.edited, &compact()).unwrap());
        for (name, old, new) in [
            ("all zeros", &inputs.zeros, &inputs.zeros),
            ("period of 24 bytes", &inputs.periodic, &inputs.periodic),
            ("crafted equal weak sums", &inputs.plain, &inputs.crafted),
        ] {
            let signature = Signature::of(old, &SignatureOptions::new(format).block_length(2048)).unwrap();
            let hard = speed(length, || delta::delta(&signature, new, &compact()).unwrap());
            let work = format!("delta, {name}, {}", format.name());
            table.row(&work, HOW, Unit::Speed, hard, ("ours, 1 % edited", kind), "≥ 0.5");
        }
    }
}

fn two_files(inputs: &Inputs, table: &mut Table) {
    let old = std::fs::read(&inputs.pair.0).unwrap();
    let new = std::fs::read(&inputs.pair.1).unwrap();
    let options = DeltaOptions::new();
    let ours = speed(new.len(), || delta::diff(&old, &new, DeltaFormat::Native, &options).unwrap());
    table.row("two files, real pair, native", HOW, Unit::Speed, ours, ("to reach", 300.0), "≥ 1");
    let ours = speed(inputs.inserted.len(), || {
        delta::diff(&inputs.old, &inputs.inserted, DeltaFormat::Native, &options).unwrap()
    });
    table.row("two files, 256 insertions, native", HOW, Unit::Speed, ours, ("to reach", 300.0), "≥ 1");
}
