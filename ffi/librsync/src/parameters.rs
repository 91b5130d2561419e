//! Parameters of signatures (docs/spec/librsync.md §5). In: what a caller asks for, with gaps. Out: the engine's options, or a
//! complaint.

use libc::size_t;
use syncline::delta::{Format, Layout, SignatureOptions, StrongLength};

use crate::guard::guarded;
use crate::log;
use crate::result::rs_result;
use crate::types::{rs_long_t, rs_magic_number};

const RABINKARP_BLAKE2: rs_magic_number = 0x7273_0147;

/// The format of a signature's magic; 0 stands for the default.
pub(crate) fn format(magic: rs_magic_number) -> Option<Format> {
    match magic {
        0x7273_0136 => Some(Format::RollsumMd4),
        0x7273_0137 => Some(Format::RollsumBlake2),
        0x7273_0146 => Some(Format::RabinKarpMd4),
        0 | RABINKARP_BLAKE2 => Some(Format::RabinKarpBlake2),
        _ => None,
    }
}

/// The magic of a signature, never 0.
pub(crate) fn or_default(magic: rs_magic_number) -> rs_magic_number {
    if magic == 0 { RABINKARP_BLAKE2 } else { magic }
}

/// Parameters as C passes them.
#[derive(Clone, Copy)]
pub(crate) struct Parameters {
    pub(crate) magic: rs_magic_number,
    /// 0: recommended.
    pub(crate) block_length: size_t,
    /// 0: all of the sum; all ones: recommended minimum.
    pub(crate) strong_length: size_t,
}

impl Parameters {
    /// Fills in what is left open, from the size of the basis where it is known, and judges the rest. What is filled in stays so when the
    /// rest is refused, as in the original.
    pub(crate) fn complete(&mut self, basis_length: Option<u64>) -> Result<SignatureOptions, rs_result> {
        const FUNCTION: &str = "rs_sig_args";
        let Some(format) = format(self.magic) else {
            log::error(FUNCTION, format_args!("invalid magic {:#x}", self.magic));
            return Err(rs_result::BAD_MAGIC);
        };
        self.magic = or_default(self.magic);
        let mut options =
            SignatureOptions::new(format).basis_length(basis_length).strong_length(StrongLength::Minimum);
        if self.block_length > 0 {
            // Longer blocks have no place in the format's header (§2.1).
            let Some(length) =
                u32::try_from(self.block_length).ok().filter(|&length| length <= i32::MAX as u32)
            else {
                log::error(FUNCTION, format_args!("invalid block_len={}", self.block_length));
                return Err(rs_result::PARAM_ERROR);
            };
            options = options.block_length(length);
        }
        let recommended = Layout::choose(&options).map_err(|error| rs_result::from(&error))?;
        self.block_length = recommended.block_length as size_t;
        options = options.block_length(recommended.block_length);
        let least = size_t::from(recommended.strong_length);
        let most = size_t::from(format.max_strong_length());
        if self.strong_length == 0 {
            self.strong_length = most;
        } else if self.strong_length == size_t::MAX {
            self.strong_length = least;
        } else if let Some(size) = basis_length.filter(|_| self.strong_length < least) {
            log::warning(
                FUNCTION,
                format_args!(
                    "strong_len={} smaller than recommended minimum {least} for old_fsize={size} with block_len={}",
                    self.strong_length, self.block_length
                ),
            );
        }
        match u8::try_from(self.strong_length) {
            Ok(length) if self.strong_length <= most => {
                Ok(options.strong_length(StrongLength::Bytes(length)))
            }
            _ => {
                log::error(
                    FUNCTION,
                    format_args!("invalid strong_len={} for magic={:#x}", self.strong_length, self.magic),
                );
                Err(rs_result::PARAM_ERROR)
            }
        }
    }
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
    let mut parameters =
        Parameters { magic: *magic, block_length: *block_length, strong_length: *strong_length };
    let result = guarded(Err(rs_result::INTERNAL_ERROR), || parameters.complete(known(old_fsize)));
    Parameters { magic: *magic, block_length: *block_length, strong_length: *strong_length } = parameters;
    result.map_or_else(|failure| failure, |_| rs_result::DONE)
}
