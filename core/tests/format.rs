//! docs/format.md against the library: its annotated examples are what is written, byte for byte, and are read back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use syncline::delta::{self, Compression, DeltaFormat, DeltaOptions, Format, Signature, SignatureOptions};

const DOCUMENT: &str = include_str!("../../docs/format.md");
const OLD: &[u8] = b"The quick brown fox jumps over the lazy dog\n";
const NEW: &[u8] = b"The quick brown fox leaps over the lazy dog\n";

/// The bytes of the example called `name`: the hex digits that start each line, up to two spaces.
fn example(name: &str) -> String {
    let start = format!("```hex {name}\n");
    let (_, rest) = DOCUMENT.split_once(&start).unwrap();
    let (body, _) = rest.split_once("```").unwrap();
    body.lines().flat_map(|line| line.split("  ").next().unwrap().split(' ')).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_signature_example_is_what_is_written() {
    let bytes = Signature::of(OLD, &SignatureOptions::new(Format::Native)).unwrap().encode();
    assert_eq!(hex(&bytes), example("signature"));
    assert_eq!(Signature::decode(&bytes).unwrap().basis().unwrap().hash, *blake3::hash(OLD).as_bytes());
}

#[test]
fn the_delta_example_is_what_is_written() {
    let options = DeltaOptions::new().compression(Compression::None);
    let bytes = delta::diff(OLD, NEW, DeltaFormat::Native, &options).unwrap();
    assert_eq!(hex(&bytes), example("delta"));
    assert_eq!(delta::patch(OLD, &bytes).unwrap(), NEW);
}

#[test]
fn the_check_example_is_what_is_written() {
    let signature = Signature::of(OLD, &SignatureOptions::new(Format::RabinKarpBlake2)).unwrap();
    let bytes = delta::delta(&signature, OLD, &DeltaOptions::new().check(true)).unwrap();
    assert_eq!(hex(&bytes), example("check"));
    assert_eq!(delta::patch(OLD, &bytes).unwrap(), OLD);
}
