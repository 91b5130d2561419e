//! A delta of what arrives: `stream OLD < NEW > DELTA`. Nothing of NEW is kept, so it may be of any length.

#![expect(clippy::print_stderr, reason = "a program speaks to its user")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use syncline::delta::{DeltaBuilder, DeltaOptions, SignatureBuilder, SignatureOptions};

fn main() -> ExitCode {
    let Some(old) = std::env::args_os().nth(1) else {
        eprintln!("usage: stream OLD < NEW > DELTA");
        return ExitCode::FAILURE;
    };
    match File::open(old).map_err(Into::into).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stream: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut old: File) -> Result<(), Box<dyn std::error::Error>> {
    let mut signature = SignatureBuilder::new(&SignatureOptions::default())?;
    each_piece(&mut old, |piece| {
        signature.update(piece);
        Ok(())
    })?;

    let mut builder = DeltaBuilder::new(Arc::new(signature.finish()), &DeltaOptions::new())?;
    let (mut delta, mut output) = (Vec::new(), io::stdout().lock());
    each_piece(&mut io::stdin().lock(), |piece| {
        builder.update(piece, &mut delta)?;
        output.write_all(&delta)?;
        delta.clear();
        Ok(())
    })?;
    let report = builder.finish(&mut delta)?;
    output.write_all(&delta)?;
    output.flush()?;
    eprintln!("{} of {} bytes copied", report.copied_bytes, report.new_length);
    Ok(())
}

fn each_piece(
    input: &mut dyn Read,
    mut take: impl FnMut(&[u8]) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok(()),
            count => take(&buffer[..count])?,
        }
    }
}
