//! Parameters of signatures as librsync's callers give them (docs/spec/librsync.md §5). In: numbers, with gaps. Out: options, or a refusal in
//! librsync's words.

use crate::delta::format::librsync::result::{Refusal, Remark, ResultCode};
use crate::delta::layout::{LIBRSYNC_MAX_BLOCK, Layout};
use crate::delta::options::{Format, SignatureOptions, StrongLength};

/// The magic of the default format.
const DEFAULT: u32 = 0x7273_0147;
/// The function that judges, in the original.
const FUNCTION: &str = "rs_sig_args";

/// The magic of signatures of `format`; `None` for the native one.
pub fn magic_of(format: Format) -> Option<u32> {
    match format {
        Format::Native => None,
        Format::RollsumMd4 => Some(0x7273_0136),
        Format::RollsumBlake2 => Some(0x7273_0137),
        Format::RabinKarpMd4 => Some(0x7273_0146),
        Format::RabinKarpBlake2 => Some(DEFAULT),
    }
}

/// The format of signatures with this magic; 0 stands for the default.
pub fn format_of(magic: u32) -> Option<Format> {
    let magic = if magic == 0 { DEFAULT } else { magic };
    Format::ALL.into_iter().find(|&format| magic_of(format) == Some(magic))
}

/// Parameters of a signature.
///
/// ```
/// use syncline::delta::librsync::Parameters;
///
/// let mut parameters = Parameters { magic: 0, block_length: 0, strong_length: usize::MAX };
/// parameters.complete(Some(1_000_000)).expect("nothing is out of bounds");
/// assert_eq!(parameters, Parameters { magic: 0x72730147, block_length: 896, strong_length: 7 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// What the signature starts with; 0 for the default.
    pub magic: u32,
    /// Bytes in a block; 0 for what the size of the basis recommends.
    pub block_length: usize,
    /// Bytes kept of each strong sum; 0 for all, `usize::MAX` for as few as recommended.
    pub strong_length: usize,
}

impl Parameters {
    /// Fills in what is left open, from the size of the basis where it is known, and judges the rest; the remark is a warning. What is filled
    /// in stays so when the rest is refused.
    ///
    /// # Errors
    /// [`ResultCode::BAD_MAGIC`] and [`ResultCode::PARAM_ERROR`].
    pub fn complete(
        &mut self,
        basis_length: Option<u64>,
    ) -> Result<(SignatureOptions, Option<Remark>), Refusal> {
        let Some(format) = format_of(self.magic) else {
            let text = format_args!("invalid magic {:#x}", self.magic);
            return Err(Refusal::new(ResultCode::BAD_MAGIC, FUNCTION, text));
        };
        self.magic = magic_of(format).unwrap_or(DEFAULT);
        let mut options =
            SignatureOptions::new(format).basis_length(basis_length).strong_length(StrongLength::Minimum);
        if self.block_length > 0 {
            // Longer blocks have no place in the header (§2.1).
            let Some(length) =
                u32::try_from(self.block_length).ok().filter(|&length| length <= LIBRSYNC_MAX_BLOCK)
            else {
                let text = format_args!("invalid block_len={}", self.block_length);
                return Err(Refusal::new(ResultCode::PARAM_ERROR, FUNCTION, text));
            };
            options = options.block_length(length);
        }
        let recommended =
            Layout::choose(&options).map_err(|error| Refusal::from(ResultCode::from(&error)))?;
        self.block_length = recommended.block_length as usize;
        options = options.block_length(recommended.block_length);
        let least = usize::from(recommended.strong_length);
        let mut warning = None;
        match (self.strong_length, basis_length) {
            (0, _) => self.strong_length = usize::from(format.max_strong_length()),
            (usize::MAX, _) => self.strong_length = least,
            (length, Some(size)) if length < least => {
                let text = format!(
                    "strong_len={length} smaller than recommended minimum {least} for old_fsize={size} with block_len={}",
                    self.block_length
                );
                warning = Some(Remark::new(FUNCTION, text));
            }
            _ => {}
        }
        match u8::try_from(self.strong_length) {
            Ok(length) if length <= format.max_strong_length() => {
                Ok((options.strong_length(StrongLength::Bytes(length)), warning))
            }
            _ => {
                let (length, magic) = (self.strong_length, self.magic);
                let text = format_args!("invalid strong_len={length} for magic={magic:#x}");
                Err(Refusal::new(ResultCode::PARAM_ERROR, FUNCTION, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_bounds_is_refused_in_librsyncs_words() {
        // docs/spec/librsync.md §10.3
        let refused = |magic, block_length, strong_length| {
            let mut parameters = Parameters { magic, block_length, strong_length };
            let refusal = parameters.complete(Some(5000)).unwrap_err();
            (refusal.code.0, refusal.remark.unwrap().text)
        };
        assert_eq!(refused(0, 0, 33), (108, "invalid strong_len=33 for magic=0x72730147".into()));
        assert_eq!(refused(0x7273_0136, 0, 17).0, 108);
        assert_eq!(refused(0x7273_0236, 0, 0), (104, "invalid magic 0x72730236".into()));
        assert_eq!(refused(0, 1 << 31, 0).0, 108);
        let mut few = Parameters { strong_length: 2, ..Parameters::default() };
        let (_, warning) = few.complete(Some(5000)).unwrap();
        assert_eq!(
            warning.unwrap().text,
            "strong_len=2 smaller than recommended minimum 6 for old_fsize=5000 with block_len=256"
        );
        assert_eq!(few.complete(None).unwrap().1, None);
    }
}
