//! Parameters of signatures (docs/spec/librsync.md §5). In: what a caller asks for, with gaps. Out: the engine's options, or a complaint.

use libc::size_t;
use syncline::delta::SignatureOptions;
use syncline::delta::librsync::{Parameters, Remark};

use crate::guard::guarded;
use crate::log;
use crate::result::{refused, rs_result};
use crate::types::{rs_long_t, rs_magic_number};

/// Parameters as C passes them.
pub(crate) fn asked(magic: rs_magic_number, block_length: size_t, strong_length: size_t) -> Parameters {
    Parameters { magic: magic.cast_unsigned(), block_length, strong_length }
}

/// Fills in what is left open, from the size of the basis where it is known, and judges the rest, aloud.
pub(crate) fn complete(
    parameters: &mut Parameters,
    basis_length: Option<u64>,
) -> Result<SignatureOptions, rs_result> {
    let (options, warning) = parameters.complete(basis_length).map_err(|refusal| refused(&refusal))?;
    if let Some(Remark { function, text }) = warning {
        log::warning(function, text);
    }
    Ok(options)
}

/// A size as C passes it: negative where it is unknown.
pub(crate) fn known(size: rs_long_t) -> Option<u64> {
    u64::try_from(size).ok()
}

/// Recommends what is 0 (or, for the strong length, all ones), and judges what is not.
///
/// # Safety
/// The pointers are null or valid for reads and writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_sig_args(
    old_fsize: rs_long_t,
    magic: *mut rs_magic_number,
    block_len: *mut size_t,
    strong_len: *mut size_t,
) -> rs_result {
    // SAFETY: the caller's promise.
    let (Some(magic), Some(block_length), Some(strong_length)) =
        (unsafe { magic.as_mut() }, unsafe { block_len.as_mut() }, unsafe { strong_len.as_mut() })
    else {
        return rs_result::PARAM_ERROR;
    };
    let mut parameters = asked(*magic, *block_length, *strong_length);
    let result =
        guarded(Err(rs_result::INTERNAL_ERROR), || complete(&mut parameters, known(old_fsize)).map(drop));
    *magic = parameters.magic.cast_signed();
    *block_length = parameters.block_length;
    *strong_length = parameters.strong_length;
    result.map_or_else(|failure| failure, |()| rs_result::DONE)
}
