//! The job that loads a signature. In: a signature file. Out: a signature that deltas can be made from.
//!
//! The original accepts what the engine refuses, files that nobody writes (docs/spec/librsync.md §2.3): a strong length or magic of 0, and
//! up to three stray bytes at the end. The engine sees a regular header and whole records.

use std::sync::Arc;

use syncline::delta::{SignatureLoader, StrongLength};

use crate::buffers::Buffers;
use crate::guard::guarded;
use crate::job::{Progress, Work, begin, rs_job_t};
use crate::log;
use crate::parameters::Parameters;
use crate::result::rs_result;
use crate::sumset::{Sumset, rs_signature_t};
use crate::types::rs_stats_t;

/// Bytes of the header: magic, block length, strong length.
const HEADER: usize = 12;
/// The longest strong sum that any magic allows, in bytes.
const MAX_STRONG: u32 = 32;
/// Bytes of a weak sum: of a record that ends within it nothing is said.
const WEAK: usize = 4;

pub(crate) struct LoadJob {
    sumset: Arc<Sumset>,
    loader: SignatureLoader,
    header: Vec<u8>,
    /// Bytes of a record, once the header says.
    record_length: Option<usize>,
    /// A record that is not complete.
    partial: Vec<u8>,
}

impl LoadJob {
    /// A job, and the signature it loads: the caller's from the start.
    pub(crate) fn hand_out() -> (Box<LoadJob>, *mut rs_signature_t) {
        let sumset = Arc::new(Sumset::default());
        let signature = rs_signature_t::hand_out(&sumset);
        let job = LoadJob {
            sumset,
            loader: SignatureLoader::new(),
            header: Vec::with_capacity(HEADER),
            record_length: None,
            partial: Vec::new(),
        };
        (Box::new(job), signature)
    }

    pub(crate) fn step(
        &mut self,
        buffers: &mut Buffers<'_>,
        stats: &mut rs_stats_t,
    ) -> Result<Progress, rs_result> {
        loop {
            let input = buffers.input();
            if input.is_empty() {
                return if buffers.is_last() { self.finish() } else { Ok(Progress::Blocked) };
            }
            let taken = match self.record_length {
                None => self.take_header(input, stats)?,
                Some(length) => self.take_records(input, length, stats)?,
            };
            buffers.take(taken);
        }
    }

    /// Takes the next of the header's three numbers, or the part of it that is there.
    fn take_header(&mut self, input: &[u8], stats: &mut rs_stats_t) -> Result<usize, rs_result> {
        let missing = 4 - self.header.len() % 4;
        let taken = input.get(..missing).unwrap_or(input);
        self.header.extend_from_slice(taken);
        let number = |at: usize| {
            let bytes = self.header.get(at..at + 4)?;
            bytes.try_into().ok().map(u32::from_be_bytes)
        };
        match self.header.len() {
            8 => {
                let length = number(4).map_or(0, u32::cast_signed);
                if length <= 0 {
                    log::error("rs_loadsig_s_blocklen", format_args!("block length of {length} is bogus"));
                    return Err(rs_result::CORRUPT);
                }
            }
            HEADER => {
                let (magic, block, strong) =
                    (number(0).unwrap_or(0), number(4).unwrap_or(0), number(8).unwrap_or(0));
                self.start_records(magic, block, strong, stats)?;
            }
            _ => {}
        }
        Ok(taken.len())
    }

    fn start_records(
        &mut self,
        magic: u32,
        block: u32,
        strong: u32,
        stats: &mut rs_stats_t,
    ) -> Result<(), rs_result> {
        if strong > MAX_STRONG {
            let strong = strong.cast_signed();
            log::error("rs_loadsig_s_stronglen", format_args!("strong sum length {strong} is implausible"));
            return Err(rs_result::CORRUPT);
        }
        let mut parameters = Parameters {
            magic: magic.cast_signed(),
            block_length: block as usize,
            strong_length: strong as usize,
        };
        let options = parameters.complete(None)?;
        let StrongLength::Bytes(strong) = options.strong_length else {
            return Err(rs_result::INTERNAL_ERROR);
        };
        let mut header = parameters.magic.cast_unsigned().to_be_bytes().to_vec();
        header.extend_from_slice(&block.to_be_bytes());
        header.extend_from_slice(&u32::from(strong).to_be_bytes());
        self.feed(&header)?;
        self.record_length = Some(WEAK + usize::from(strong));
        stats.block_len = block as usize;
        Ok(())
    }

    /// Takes whole records, or the part of one that is there.
    fn take_records(
        &mut self,
        input: &[u8],
        length: usize,
        stats: &mut rs_stats_t,
    ) -> Result<usize, rs_result> {
        let whole = input.len() - input.len() % length;
        if self.partial.is_empty() && whole > 0 {
            self.feed(input.get(..whole).unwrap_or_default())?;
            stats.sig_blocks += (whole / length) as i64;
            return Ok(whole);
        }
        let missing = length - self.partial.len();
        let taken = input.get(..missing).unwrap_or(input);
        self.partial.extend_from_slice(taken);
        if self.partial.len() == length {
            let record = std::mem::take(&mut self.partial);
            self.feed(&record)?;
            stats.sig_blocks += 1;
        }
        Ok(taken.len())
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), rs_result> {
        self.loader.update(bytes).map_err(|error| {
            log::error("rs_loadsig", &error);
            rs_result::from(&error)
        })
    }

    fn finish(&mut self) -> Result<Progress, rs_result> {
        if self.record_length.is_none() || self.partial.len() >= WEAK {
            return Err(rs_result::INPUT_ENDED);
        }
        let loader = std::mem::take(&mut self.loader);
        let signature = loader.finish().map_err(|error| rs_result::from(&error))?;
        self.sumset.load(signature);
        Ok(Progress::Done)
    }
}

/// Starts loading a signature, and hands it out at once: it is the caller's, and outlives the job.
///
/// # Safety
/// `out` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_loadsig_begin(out: *mut *mut rs_signature_t) -> *mut rs_job_t {
    if out.is_null() {
        return std::ptr::null_mut();
    }
    guarded(std::ptr::null_mut(), || {
        let (job, signature) = LoadJob::hand_out();
        // SAFETY: not null, and the caller promises the rest.
        unsafe { out.write(signature) };
        begin(|| Work::Load(job))
    })
}
