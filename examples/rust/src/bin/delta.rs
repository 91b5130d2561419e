//! The delta of two files: `delta OLD NEW DELTA RESULT`.
//!
//! Signs OLD, writes the delta to NEW, patches OLD with it, and says what it took.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program speaks to its user")]

use std::path::PathBuf;
use std::process::ExitCode;

use syncline::delta::{DeltaOptions, SignatureOptions};
use syncline::files::{self, Control, OutputOptions};

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [old, new, delta, result] = paths.as_slice() else {
        eprintln!("usage: delta OLD NEW DELTA RESULT");
        return ExitCode::FAILURE;
    };
    match run(old, new, delta, result) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("delta: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(old: &PathBuf, new: &PathBuf, delta: &PathBuf, result: &PathBuf) -> syncline::Result<()> {
    let (output, mut control) = (OutputOptions::new(), Control::new());
    let mut signature = Vec::new();
    let signed = files::signature(
        old.into(),
        files::Target::Writer(&mut signature),
        &SignatureOptions::default(),
        &output,
        &mut control,
    )?;
    let made = files::delta(
        files::Source::Reader(&mut signature.as_slice()),
        new.into(),
        delta.into(),
        &DeltaOptions::new(),
        &output,
        &mut control,
    )?;
    let patched = files::patch(old, delta.into(), result.into(), &output, &mut control)?;
    println!("signature {} bytes, delta {} bytes", signed.signature_length, made.delta_length);
    println!("{} bytes copied, {} carried", made.copied_bytes, made.literal_bytes);
    println!("result {}", if patched.verified { "verified" } else { "not verified" });
    Ok(())
}
