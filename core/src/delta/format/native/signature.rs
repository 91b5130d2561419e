//! The native signature's parts (docs/format.md, "Signature"). In: bytes. Out: head, groups, trailer; and back.

use crate::delta::format::native::{GROUP, SIGNATURE_MAGIC, VERSION};
use crate::delta::format::reader::{VarintError, put_varint};
use crate::delta::format::{Reader, corrupt};
use crate::delta::layout::{Layout, NATIVE_MAX_BLOCK, NATIVE_MIN_BLOCK, NATIVE_MIN_STRONG};
use crate::delta::options::Format;
use crate::delta::signature::{BasisIdentity, Signature};
use crate::error::{Error, ErrorKind, Result};

/// Bytes of the check at the end.
const CHECK: usize = 8;

/// The first `CHECK` bytes of the BLAKE3 of all before them.
fn check(hasher: &blake3::Hasher) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    hasher.finalize_xof().fill(&mut check);
    check
}

pub(crate) fn encode_signature(signature: &Signature, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&SIGNATURE_MAGIC);
    let log2 = signature.block_length().trailing_zeros() as u8;
    out.extend_from_slice(&[VERSION, log2, signature.strong_length(), 0]);
    let strong_length = usize::from(signature.strong_length());
    let groups = signature.weak().chunks(GROUP as usize);
    for (weak, strong) in groups.zip(signature.strong().chunks(GROUP as usize * strong_length)) {
        put_varint(weak.len() as u64, out);
        for (weak, strong) in weak.iter().zip(strong.chunks_exact(strong_length)) {
            out.extend_from_slice(&weak.to_le_bytes());
            out.extend_from_slice(strong);
        }
    }
    put_varint(0, out);
    let basis = signature.basis().expect("native signatures name their basis");
    put_varint(basis.length, out);
    out.extend_from_slice(&basis.hash);
    let check = check(blake3::Hasher::new().update(&out[start..]));
    out.extend_from_slice(&check);
}

/// Length, format and layout of a head, once it has all arrived.
pub(crate) fn read_signature_head(bytes: &[u8]) -> Result<Option<(usize, Format, Layout)>> {
    let mut reader = Reader::new(bytes);
    let (Some(_), Some(version)) = (reader.array::<4>(), reader.u8()) else {
        return Ok(None);
    };
    if version != VERSION {
        return Err(Error::new(
            ErrorKind::UnsupportedVersion,
            format!(
                "this is a signature of format version {version}, and this library reads version {VERSION}: update it"
            ),
        ));
    }
    let Some([log2, strong_length, reserved]) = reader.array::<3>() else {
        return Ok(None);
    };
    let block_length = 1u32.checked_shl(u32::from(log2)).unwrap_or(0);
    if !(NATIVE_MIN_BLOCK..=NATIVE_MAX_BLOCK).contains(&block_length)
        || !(NATIVE_MIN_STRONG..=32).contains(&strong_length)
        || reserved != 0
    {
        return Err(corrupt("the head of the signature holds impossible lengths"));
    }
    Ok(Some((reader.taken(), Format::Native, Layout { block_length, strong_length })))
}

/// Length of a group's head, and how many records follow; 0 is the end of the groups.
pub(crate) fn read_group(bytes: &[u8]) -> Result<Option<(usize, u64)>> {
    let mut reader = Reader::new(bytes);
    match reader.varint() {
        Ok(count) if count <= GROUP => Ok(Some((reader.taken(), count))),
        Err(VarintError::Incomplete) => Ok(None),
        _ => Err(corrupt("a group of the signature has an impossible number of records")),
    }
}

/// Length of the trailer, and the basis it names; `hasher` has seen all before it.
pub(crate) fn read_signature_trailer(
    bytes: &[u8],
    hasher: &blake3::Hasher,
) -> Result<Option<(usize, BasisIdentity)>> {
    let mut reader = Reader::new(bytes);
    let length = match reader.varint() {
        Ok(length) => length,
        Err(VarintError::Incomplete) => return Ok(None),
        Err(VarintError::Malformed) => {
            return Err(corrupt("the signature names an impossible length of its basis"));
        }
    };
    let Some(hash) = reader.array() else {
        return Ok(None);
    };
    let checked = reader.taken();
    let Some(found) = reader.array::<CHECK>() else {
        return Ok(None);
    };
    let mut hasher = hasher.clone();
    hasher.update(bytes.get(..checked).unwrap_or_default());
    if found != check(&hasher) {
        return Err(corrupt("the signature is damaged: its check does not fit, make or copy it again"));
    }
    Ok(Some((reader.taken(), BasisIdentity { length, hash })))
}
