//! The job that loads a signature. In: a signature file. Out: a signature that deltas can be made from.

use std::sync::Arc;

use syncline::delta::librsync::SignatureReader;

use crate::buffers::Buffers;
use crate::guard::guarded;
use crate::job::{Progress, Work, begin, rs_job_t};
use crate::result::{refused, rs_result};
use crate::sumset::{Sumset, rs_signature_t};
use crate::types::rs_stats_t;

pub(crate) struct LoadJob {
    sumset: Arc<Sumset>,
    reader: SignatureReader,
}

impl LoadJob {
    /// A job, and the signature it loads: the caller's from the start.
    pub(crate) fn hand_out() -> (Box<LoadJob>, *mut rs_signature_t) {
        let sumset = Arc::new(Sumset::default());
        let signature = rs_signature_t::hand_out(&sumset);
        (Box::new(LoadJob { sumset, reader: SignatureReader::new() }), signature)
    }

    pub(crate) fn step(
        &mut self,
        buffers: &mut Buffers<'_>,
        stats: &mut rs_stats_t,
    ) -> Result<Progress, rs_result> {
        let input = buffers.input();
        buffers.take(input.len());
        self.reader.update(input).map_err(|refusal| refused(&refusal))?;
        stats.block_len = self.reader.block_length() as usize;
        stats.sig_blocks = self.reader.blocks() as i64;
        if !buffers.is_last() {
            return Ok(Progress::Blocked);
        }
        let reader = std::mem::take(&mut self.reader);
        self.sumset.load(reader.finish().map_err(|refusal| refused(&refusal))?);
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
