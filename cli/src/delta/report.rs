//! What was done, told. In: a report of the library. Out: lines for people, or an object in JSON.

use std::fmt::Write as _;

use syncline::delta::{BasisIdentity, Content, DeltaFormat, DeltaReport, Format, Inspection, PatchReport};
use syncline::files::SignatureReport;

use crate::json::Object;
use crate::progress::bytes;

/// What a command did.
pub(crate) enum Report {
    Signature(SignatureReport),
    Delta(DeltaReport),
    Patch(PatchReport),
    Inspection(Inspection),
}

impl Report {
    /// One object on one line.
    pub(crate) fn json(&self) -> String {
        match self {
            Report::Signature(report) => Object::new("signature")
                .number("basis_length", report.basis_length)
                .number("block_length", report.block_length.into())
                .number("strong_length", report.strong_length.into())
                .number("blocks", report.blocks)
                .number("signature_length", report.signature_length)
                .line(),
            Report::Delta(report) => {
                let mut object = Object::new("delta");
                object
                    .number("new_length", report.new_length)
                    .number("copies", report.copies)
                    .number("copied_bytes", report.copied_bytes)
                    .number("literal_bytes", report.literal_bytes)
                    .number("delta_length", report.delta_length);
                if let Some(hash) = report.new_hash {
                    object.string("new_blake3", &hex(&hash));
                }
                object.line()
            }
            Report::Patch(report) => Object::new("patch")
                .number("new_length", report.new_length)
                .number("copied_bytes", report.copied_bytes)
                .number("literal_bytes", report.literal_bytes)
                .truth("verified", report.verified)
                .line(),
            Report::Inspection(inspection) => inspected(inspection),
        }
    }

    /// Lines for people.
    pub(crate) fn text(&self) -> String {
        match self {
            Report::Signature(report) => format!(
                "signature of {}: {} blocks of {} bytes, {} bytes of each strong sum, {} in all\n",
                bytes(report.basis_length),
                report.blocks,
                report.block_length,
                report.strong_length,
                bytes(report.signature_length),
            ),
            Report::Delta(report) => format!(
                "delta to {}: {} copied in {} runs, {} carried, {} in all\n",
                bytes(report.new_length),
                bytes(report.copied_bytes),
                report.copies,
                bytes(report.literal_bytes),
                bytes(report.delta_length),
            ),
            Report::Patch(report) => format!(
                "new file of {}: {} from the old file, {} from the delta, {}\n",
                bytes(report.new_length),
                bytes(report.copied_bytes),
                bytes(report.literal_bytes),
                if report.verified { "verified" } else { "not verified: the delta carries no check" },
            ),
            Report::Inspection(inspection) => described(inspection),
        }
    }
}

fn inspected(inspection: &Inspection) -> String {
    match &inspection.content {
        Content::Signature { format, block_length, strong_length, blocks, basis, .. } => {
            let mut object = Object::new("inspection");
            object
                .string("content", "signature")
                .string("format", format.name())
                .number("length", inspection.length)
                .number("block_length", (*block_length).into())
                .number("strong_length", (*strong_length).into())
                .number("blocks", *blocks);
            identity("basis", basis.as_ref(), &mut object);
            object.line()
        }
        Content::Delta {
            format,
            copies,
            copied_bytes,
            literals,
            literal_bytes,
            compressed,
            basis,
            result,
            ..
        } => {
            let mut object = Object::new("inspection");
            object
                .string("content", "delta")
                .string("format", delta_format(*format))
                .number("length", inspection.length)
                .number("copies", *copies)
                .number("copied_bytes", *copied_bytes)
                .number("literals", *literals)
                .number("literal_bytes", *literal_bytes)
                .number("compressed_length", compressed.0)
                .number("uncompressed_length", compressed.1);
            identity("basis", basis.as_ref(), &mut object);
            identity("result", result.as_ref(), &mut object);
            object.line()
        }
        // The library may learn of more than this program knows.
        _ => {
            Object::new("inspection").string("content", "unknown").number("length", inspection.length).line()
        }
    }
}

fn identity(name: &str, identity: Option<&BasisIdentity>, object: &mut Object) {
    if let Some(identity) = identity {
        object.number(&format!("{name}_length"), identity.length);
        object.string(&format!("{name}_blake3"), &hex(&identity.hash));
    }
}

fn described(inspection: &Inspection) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "{:<16}{value}", format!("{name}:"));
    };
    match &inspection.content {
        Content::Signature { format, block_length, strong_length, blocks, basis, .. } => {
            row("content", "signature".into());
            row("format", format.name().into());
            row("sums", sums(*format).into());
            row("length", format!("{} bytes", inspection.length));
            row("block length", format!("{block_length} bytes"));
            row("strong length", format!("{strong_length} bytes"));
            row("blocks", blocks.to_string());
            for (name, value) in identified("basis", basis.as_ref()) {
                row(&name, value);
            }
        }
        Content::Delta {
            format,
            copies,
            copied_bytes,
            literals,
            literal_bytes,
            compressed,
            basis,
            result,
            ..
        } => {
            row("content", "delta".into());
            row("format", delta_format(*format).into());
            row("length", format!("{} bytes", inspection.length));
            row("copies", format!("{copies}, {copied_bytes} bytes"));
            row("literals", format!("{literals}, {literal_bytes} bytes"));
            let (packed, unpacked) = compressed;
            row(
                "compression",
                if *unpacked == 0 { "none".into() } else { format!("zstd, {unpacked} to {packed} bytes") },
            );
            for (name, value) in
                identified("basis", basis.as_ref()).chain(identified("result", result.as_ref()))
            {
                row(&name, value);
            }
        }
        _ => row("content", "unknown".into()),
    }
    text
}

fn identified(
    name: &str,
    identity: Option<&BasisIdentity>,
) -> impl Iterator<Item = (String, String)> + use<> {
    identity
        .map(|identity| {
            [
                (format!("{name} length"), format!("{} bytes", identity.length)),
                (format!("{name} BLAKE3"), hex(&identity.hash)),
            ]
        })
        .into_iter()
        .flatten()
}

fn sums(format: Format) -> &'static str {
    match format {
        Format::Native => "Adler-32, BLAKE3",
        Format::RollsumMd4 => "rollsum, MD4",
        Format::RollsumBlake2 => "rollsum, BLAKE2b",
        Format::RabinKarpMd4 => "RabinKarp, MD4",
        Format::RabinKarpBlake2 => "RabinKarp, BLAKE2b",
    }
}

fn delta_format(format: DeltaFormat) -> &'static str {
    match format {
        DeltaFormat::Native => "native",
        DeltaFormat::Librsync => "librsync",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
