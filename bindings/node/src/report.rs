//! What was done and found. In: core's reports. Out: plain objects with JavaScript's names; sizes are numbers, hashes hex.

use napi_derive::napi;
use syncline::delta::{BasisIdentity, Content, DeltaFormat, DeltaReport, Inspection, PatchReport};
use syncline::files::SignatureReport;

#[napi(object, object_from_js = false)]
pub struct SignatureSummary {
    pub basis_length: f64,
    pub block_length: f64,
    pub strong_length: f64,
    pub blocks: f64,
    pub signature_length: f64,
}

impl From<SignatureReport> for SignatureSummary {
    fn from(report: SignatureReport) -> SignatureSummary {
        SignatureSummary {
            basis_length: report.basis_length as f64,
            block_length: report.block_length.into(),
            strong_length: report.strong_length.into(),
            blocks: report.blocks as f64,
            signature_length: report.signature_length as f64,
        }
    }
}

#[napi(object, object_from_js = false)]
pub struct DeltaSummary {
    pub new_length: f64,
    pub copies: f64,
    pub copied_bytes: f64,
    pub literal_bytes: f64,
    pub delta_length: f64,
    pub new_hash: Option<String>,
}

impl From<DeltaReport> for DeltaSummary {
    fn from(report: DeltaReport) -> DeltaSummary {
        DeltaSummary {
            new_length: report.new_length as f64,
            copies: report.copies as f64,
            copied_bytes: report.copied_bytes as f64,
            literal_bytes: report.literal_bytes as f64,
            delta_length: report.delta_length as f64,
            new_hash: report.new_hash.as_ref().map(hex),
        }
    }
}

#[napi(object, object_from_js = false)]
pub struct PatchSummary {
    pub new_length: f64,
    pub copied_bytes: f64,
    pub literal_bytes: f64,
    pub verified: bool,
}

impl From<PatchReport> for PatchSummary {
    fn from(report: PatchReport) -> PatchSummary {
        PatchSummary {
            new_length: report.new_length as f64,
            copied_bytes: report.copied_bytes as f64,
            literal_bytes: report.literal_bytes as f64,
            verified: report.verified,
        }
    }
}

#[napi(object, object_from_js = false)]
pub struct Identity {
    pub length: f64,
    pub hash: String,
}

impl From<BasisIdentity> for Identity {
    fn from(identity: BasisIdentity) -> Identity {
        Identity { length: identity.length as f64, hash: hex(&identity.hash) }
    }
}

/// What a file is: the fields of a signature, or those of a delta.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct InspectionSummary {
    pub content: String,
    pub format: String,
    pub length: f64,
    pub block_length: Option<f64>,
    pub strong_length: Option<f64>,
    pub blocks: Option<f64>,
    pub copies: Option<f64>,
    pub copied_bytes: Option<f64>,
    pub literals: Option<f64>,
    pub literal_bytes: Option<f64>,
    pub compressed_length: Option<f64>,
    pub uncompressed_length: Option<f64>,
    pub basis: Option<Identity>,
    pub result: Option<Identity>,
}

impl From<Inspection> for InspectionSummary {
    fn from(inspection: Inspection) -> InspectionSummary {
        let length = inspection.length as f64;
        match inspection.content {
            Content::Signature { format, block_length, strong_length, blocks, basis, .. } => {
                InspectionSummary {
                    content: "signature".to_owned(),
                    format: format.name().to_owned(),
                    length,
                    block_length: Some(block_length.into()),
                    strong_length: Some(strong_length.into()),
                    blocks: Some(blocks as f64),
                    basis: basis.map(Identity::from),
                    ..InspectionSummary::default()
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
            } => InspectionSummary {
                content: "delta".to_owned(),
                format: match format {
                    DeltaFormat::Native => "native",
                    DeltaFormat::Librsync => "librsync",
                }
                .to_owned(),
                length,
                copies: Some(copies as f64),
                copied_bytes: Some(copied_bytes as f64),
                literals: Some(literals as f64),
                literal_bytes: Some(literal_bytes as f64),
                compressed_length: Some(compressed.0 as f64),
                uncompressed_length: Some(compressed.1 as f64),
                basis: basis.map(Identity::from),
                result: result.map(Identity::from),
                ..InspectionSummary::default()
            },
            // Core may learn of more than this module knows.
            _ => InspectionSummary { content: "unknown".to_owned(), length, ..InspectionSummary::default() },
        }
    }
}

fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}
