//! The vectors that every language runs: `tests/vectors/README.md` says what they are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use syncline::delta::{
    self, Compression, DeltaOptions, Format, LibrsyncMode, Signature, SignatureLoader, SignatureOptions,
    StrongLength,
};
use syncline::{Error, ErrorKind};

/// The lines of one file, each cut into its `N` fields.
fn lines<const N: usize>(file: &str) -> Vec<[String; N]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<[String; N]> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            fields.try_into().unwrap_or_else(|_| panic!("{file}: not {N} fields: {line}"))
        })
        .collect();
    assert!(!cases.is_empty(), "{file} has no cases");
    cases
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn load(bytes: &[u8]) -> Result<Signature, Error> {
    let mut loader = SignatureLoader::new();
    loader.update(bytes)?;
    loader.finish()
}

#[test]
fn signatures_are_these_bytes_and_load_again() {
    for [name, format, block_length, strong_length, basis, signature] in lines("signatures.tsv") {
        let options = SignatureOptions::new(Format::from_name(&format).unwrap())
            .block_length(block_length.parse().unwrap())
            .strong_length(StrongLength::Bytes(strong_length.parse().unwrap()));
        let expected = unhex(&signature);
        let made = Signature::of(&unhex(&basis), &options).unwrap();
        assert_eq!(made.encode(), expected, "{name} {format}");
        assert_eq!(load(&expected).unwrap().encode(), expected, "{name} {format}");
    }
}

#[test]
fn deltas_are_these_bytes_and_patch_back() {
    for [name, mode, basis, signature, new, expected] in lines("deltas.tsv") {
        let options = DeltaOptions::new().compression(Compression::None).mode(match mode.as_str() {
            "exact" => LibrsyncMode::Exact,
            "compact" | "native" => LibrsyncMode::Compact,
            _ => panic!("unknown mode {mode}"),
        });
        let (new, expected) = (unhex(&new), unhex(&expected));
        let made = delta::delta(&load(&unhex(&signature)).unwrap(), &new, &options).unwrap();
        assert_eq!(made, expected, "{name} {mode}");
        assert_eq!(delta::patch(&unhex(&basis), &expected).unwrap(), new, "{name} {mode}");
    }
}

#[test]
fn patches_give_these_bytes() {
    for [name, basis, delta, new] in lines("patches.tsv") {
        assert_eq!(delta::patch(&unhex(&basis), &unhex(&delta)).unwrap(), unhex(&new), "{name}");
    }
}

#[test]
fn bad_input_fails_with_these_kinds() {
    for [name, operation, basis, input, kind] in lines("errors.tsv") {
        let input = unhex(&input);
        let outcome: Result<(), Error> = match operation.as_str() {
            "load-signature" => load(&input).map(drop),
            "patch" => delta::patch(&unhex(&basis), &input).map(drop),
            "inspect" => delta::inspect(&input).map(drop),
            _ => panic!("unknown operation {operation}"),
        };
        let failed: ErrorKind = outcome.expect_err(&name).kind();
        assert_eq!(failed.name(), kind, "{name} {operation}");
    }
}
