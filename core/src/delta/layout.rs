//! How a basis is cut into blocks: block length and strong-sum length, chosen from its size. Pure arithmetic.

use crate::delta::options::{Format, SignatureOptions, StrongLength};
use crate::error::{Error, ErrorKind, Result};

/// The shortest block the native format allows, in bytes: one BLAKE3 chunk.
pub(crate) const NATIVE_MIN_BLOCK: u32 = 1024;
/// The longest block the native format allows, in bytes.
pub(crate) const NATIVE_MAX_BLOCK: u32 = 1 << 24;
/// The shortest strong sum the native format allows, in bytes.
pub(crate) const NATIVE_MIN_STRONG: u8 = 8;
/// The longest block librsync's formats allow, in bytes (docs/spec/librsync.md §2.1).
pub(crate) const LIBRSYNC_MAX_BLOCK: u32 = 0x7fff_ffff;

/// Block length and strong-sum length of one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes in a block; only the last block of a file may be shorter.
    pub block_length: u32,
    /// Bytes kept of each strong sum.
    pub strong_length: u8,
}

impl Layout {
    /// The layout that `options` ask for.
    ///
    /// What they leave open follows from the basis length:
    ///
    /// * native block length: the square root of the size rounded up to a power of two, from 1 KiB to
    ///   1 MiB, and at least 16 KiB where the size is over 16 MiB or unknown;
    /// * native strong length: enough bytes that a chance mismatch is about 2⁻⁶⁴ likely for a new file of the same
    ///   size: log₂ of the size, plus log₂ of the number of blocks, plus 32 bits, in whole bytes;
    /// * librsync: docs/spec/librsync.md §5.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a length outside the format's bounds.
    pub fn choose(options: &SignatureOptions) -> Result<Layout> {
        match options.format {
            Format::Native => native(options),
            _ => librsync(options),
        }
    }
}

fn native(options: &SignatureOptions) -> Result<Layout> {
    let block_length = match options.block_length {
        Some(length)
            if !length.is_power_of_two() || !(NATIVE_MIN_BLOCK..=NATIVE_MAX_BLOCK).contains(&length) =>
        {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "block length {length} is not usable in the native format: choose a power of two from \
                     {NATIVE_MIN_BLOCK} to {NATIVE_MAX_BLOCK}"
                ),
            ));
        }
        Some(length) => length,
        None => native_block_length(options.basis_length),
    };
    let strong_length = match options.strong_length {
        StrongLength::Bytes(length) if !(NATIVE_MIN_STRONG..=32).contains(&length) => {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "strong sum length {length} is not usable in the native format: choose 8 to 32 bytes"
                ),
            ));
        }
        StrongLength::Bytes(length) => length,
        StrongLength::Max => 32,
        StrongLength::Auto | StrongLength::Minimum => {
            // An unknown size is treated as 1 TiB.
            let size = options.basis_length.unwrap_or(1 << 40).max(1);
            let blocks = size / u64::from(block_length) + 1;
            let bits = size.ilog2() + blocks.ilog2() + 2 + 32;
            u8::try_from(bits.div_ceil(8)).unwrap_or(32).clamp(NATIVE_MIN_STRONG, 32)
        }
    };
    Ok(Layout { block_length, strong_length })
}

fn native_block_length(basis_length: Option<u64>) -> u32 {
    let Some(size) = basis_length else {
        return 16 << 10;
    };
    let root = size.isqrt().next_power_of_two();
    let least = if size > 16 << 20 { 16 << 10 } else { u64::from(NATIVE_MIN_BLOCK) };
    u32::try_from(root.clamp(least, 1 << 20)).expect("clamped to 1 MiB")
}

fn librsync(options: &SignatureOptions) -> Result<Layout> {
    let block_length = match options.block_length {
        None | Some(0) => librsync_block_length(options.basis_length),
        Some(length) if length > LIBRSYNC_MAX_BLOCK => {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "block length {length} is over {LIBRSYNC_MAX_BLOCK}, the most that librsync's formats hold"
                ),
            ));
        }
        Some(length) => length,
    };
    let max = options.format.max_strong_length();
    let strong_length = match options.strong_length {
        StrongLength::Auto | StrongLength::Max => max,
        StrongLength::Minimum => librsync_min_strong(options.basis_length, block_length),
        StrongLength::Bytes(length) if length == 0 || length > max => {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("strong sum length {length} is not usable with this hash: choose 1 to {max} bytes"),
            ));
        }
        StrongLength::Bytes(length) => length,
    };
    Ok(Layout { block_length, strong_length })
}

fn librsync_block_length(basis_length: Option<u64>) -> u32 {
    match basis_length {
        None => 2048,
        Some(size) if size <= 65536 => 256,
        Some(size) => {
            u32::try_from(size.isqrt() & !127).unwrap_or(LIBRSYNC_MAX_BLOCK).min(LIBRSYNC_MAX_BLOCK)
        }
    }
}

fn librsync_min_strong(basis_length: Option<u64>, block_length: u32) -> u8 {
    let Some(size) = basis_length else { return 12 };
    let bits = size.saturating_add(1 << 24).ilog2() + (size / u64::from(block_length) + 1).ilog2();
    u8::try_from(2 + bits.div_ceil(8)).expect("at most 2 + 16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn librsync_lengths_are_the_specifications_reference_values() {
        // docs/spec/librsync.md §5: size, block length, minimum strong length.
        let rows: &[(Option<u64>, u32, u8)] = &[
            (None, 2048, 12),
            (Some(0), 256, 5),
            (Some(1), 256, 5),
            (Some(1000), 256, 6),
            (Some(65536), 256, 6),
            (Some(65537), 256, 6),
            (Some(66049), 256, 6),
            (Some(147_455), 256, 7),
            (Some(147_456), 384, 6),
            (Some(1_000_000), 896, 7),
            (Some(1 << 20), 1024, 7),
            (Some(1 << 24), 4096, 7),
            (Some(1 << 30), 32768, 8),
            (Some(1 << 32), 65536, 8),
            (Some(1 << 40), 1 << 20, 10),
            (Some(1 << 50), 33_554_432, 12),
        ];
        for &(size, block, strong) in rows {
            let options = SignatureOptions::new(Format::RabinKarpBlake2)
                .basis_length(size)
                .strong_length(StrongLength::Minimum);
            let layout = Layout::choose(&options).unwrap();
            assert_eq!((layout.block_length, layout.strong_length), (block, strong), "{size:?}");
        }
    }

    #[test]
    fn native_blocks_are_powers_of_two_that_grow_with_the_size() {
        for (size, block) in [
            (Some(0), 1024),
            (Some(1 << 20), 1024),
            (Some(1 << 24), 4096),
            (Some((1 << 24) + 1), 16384),
            (Some(1 << 28), 16384),
            (Some(1 << 32), 65536),
            (Some(1 << 50), 1 << 20),
            (None, 16384),
        ] {
            let layout = Layout::choose(&SignatureOptions::new(Format::Native).basis_length(size)).unwrap();
            assert_eq!(layout.block_length, block, "{size:?}");
            assert!(layout.strong_length >= 8);
        }
    }

    #[test]
    fn lengths_outside_the_bounds_are_refused() {
        for (format, block, strong) in [
            (Format::Native, Some(1000), StrongLength::Auto),
            (Format::Native, Some(512), StrongLength::Auto),
            (Format::Native, Some(1 << 25), StrongLength::Auto),
            (Format::Native, None, StrongLength::Bytes(7)),
            (Format::Native, None, StrongLength::Bytes(33)),
            (Format::RollsumMd4, None, StrongLength::Bytes(17)),
            (Format::RollsumBlake2, None, StrongLength::Bytes(33)),
            (Format::RollsumBlake2, Some(1 << 31), StrongLength::Auto),
        ] {
            let mut options = SignatureOptions::new(format).strong_length(strong);
            options.block_length = block;
            assert_eq!(Layout::choose(&options).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
}
