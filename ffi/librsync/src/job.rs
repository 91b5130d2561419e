//! Streaming jobs (docs/spec/librsync.md §9). In: iterations with the caller's buffers. Out: the same with the cursors moved, and a result.

use std::ffi::{CStr, c_void};
use std::ptr;

use crate::buffers::Buffers;
use crate::delta_job::DeltaJob;
use crate::guard::guarded;
use crate::load_job::LoadJob;
use crate::log;
use crate::patch_job::PatchJob;
use crate::result::rs_result;
use crate::signature_job::SignatureJob;
use crate::statistics;
use crate::types::{rs_buffers_t, rs_driven_cb, rs_stats_t};

/// A job in the making; opaque to C.
pub struct rs_job_t {
    work: Work,
    stats: rs_stats_t,
    /// What the job ended with.
    outcome: Option<rs_result>,
}

pub(crate) enum Work {
    Signature(SignatureJob),
    Load(Box<LoadJob>),
    Delta(DeltaJob),
    Patch(PatchJob),
}

/// How an iteration ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All output has been delivered.
    Done,
    /// More input or more room is needed.
    Blocked,
}

impl rs_job_t {
    pub(crate) fn new(work: Work) -> Box<rs_job_t> {
        let mut stats = statistics::zeroed();
        stats.op = work.name().as_ptr();
        stats.start = statistics::now();
        Box::new(rs_job_t { work, stats, outcome: None })
    }

    pub(crate) fn iterate(&mut self, buffers: &mut Buffers<'_>) -> rs_result {
        if let Some(outcome) = self.outcome {
            return outcome;
        }
        let (work, stats) = (&mut self.work, &mut self.stats);
        let step = guarded(Err(rs_result::INTERNAL_ERROR), || work.step(buffers, stats));
        match step {
            Ok(Progress::Blocked) | Err(rs_result::BLOCKED) => rs_result::BLOCKED,
            Ok(Progress::Done) => self.end(rs_result::DONE),
            Err(failure) => {
                let name = self.work.name().to_string_lossy();
                let text = failure.text().to_string_lossy();
                log::error("rs_job_complete", format_args!("{name} job failed: {text}"));
                self.end(failure)
            }
        }
    }

    fn end(&mut self, outcome: rs_result) -> rs_result {
        self.outcome = Some(outcome);
        self.stats.end = statistics::now();
        outcome
    }

    pub(crate) fn stats(&mut self) -> &mut rs_stats_t {
        &mut self.stats
    }
}

impl Work {
    fn name(&self) -> &'static CStr {
        match self {
            Work::Signature(_) => c"signature",
            Work::Load(_) => c"loadsig",
            Work::Delta(_) => c"delta",
            Work::Patch(_) => c"patch",
        }
    }

    fn step(&mut self, buffers: &mut Buffers<'_>, stats: &mut rs_stats_t) -> Result<Progress, rs_result> {
        match self {
            Work::Signature(job) => job.step(buffers, stats),
            Work::Load(job) => job.step(buffers, stats),
            Work::Delta(job) => job.step(buffers, stats),
            Work::Patch(job) => job.step(buffers, stats),
        }
    }
}

/// Gives a new job to the caller; null if making it failed.
pub(crate) fn begin(work: impl FnOnce() -> Work) -> *mut rs_job_t {
    guarded(ptr::null_mut(), || Box::into_raw(rs_job_t::new(work())))
}

/// Does what can be done with the buffers at hand.
///
/// # Safety
/// `job` is null or a live job that no other thread uses; `buffers` is null or describes memory that may be read and written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_job_iter(job: *mut rs_job_t, buffers: *mut rs_buffers_t) -> rs_result {
    // SAFETY: the caller's promise.
    let (Some(job), Some(buffers)) = (unsafe { job.as_mut() }, unsafe { buffers.as_mut() }) else {
        return rs_result::PARAM_ERROR;
    };
    // SAFETY: the caller's promise.
    let mut buffers = unsafe { Buffers::new(buffers) };
    guarded(rs_result::INTERNAL_ERROR, || job.iterate(&mut buffers))
}

/// Runs the job to its end with callbacks that fill and empty the buffers (docs/spec/librsync.md §9.4).
///
/// # Safety
/// As [`rs_job_iter`]; the callbacks are functions of these types, and leave buffers that may be read and written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_job_drive(
    job: *mut rs_job_t,
    buffers: *mut rs_buffers_t,
    fill: Option<rs_driven_cb>,
    fill_opaque: *mut c_void,
    drain: Option<rs_driven_cb>,
    drain_opaque: *mut c_void,
) -> rs_result {
    if job.is_null() || buffers.is_null() {
        return rs_result::PARAM_ERROR;
    }
    let empty = rs_buffers_t {
        next_in: ptr::null_mut(),
        avail_in: 0,
        eof_in: 0,
        next_out: ptr::null_mut(),
        avail_out: 0,
    };
    // SAFETY: not null, and the caller promises that it can be written.
    unsafe { buffers.write(empty) };
    loop {
        // SAFETY: as above; no reference to the buffers is held while a callback changes them.
        let at_the_end = unsafe { (*buffers).eof_in } != 0;
        if let Some(fill) = fill.filter(|_| !at_the_end) {
            // SAFETY: the caller's function, called as it expects.
            let result = unsafe { fill(job, buffers, fill_opaque) };
            if result != rs_result::DONE {
                return result;
            }
        }
        // SAFETY: the caller's promise, which includes what the callbacks leave in the buffers.
        let result = unsafe { rs_job_iter(job, buffers) };
        if result != rs_result::DONE && result != rs_result::BLOCKED {
            return result;
        }
        if let Some(drain) = drain {
            // SAFETY: the caller's function, called as it expects.
            let result = unsafe { drain(job, buffers, drain_opaque) };
            if result != rs_result::DONE {
                return result;
            }
        }
        if result == rs_result::DONE {
            return result;
        }
    }
}

/// What the job has done so far; lives as long as the job.
///
/// # Safety
/// `job` is null or a live job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_job_statistics(job: *mut rs_job_t) -> *const rs_stats_t {
    if job.is_null() {
        return ptr::null();
    }
    // SAFETY: not null, and the caller promises that it is live.
    unsafe { &raw const (*job).stats }
}

/// Frees the job, in whatever state it is; signatures stay.
///
/// # Safety
/// `job` is null or a live job, which nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_job_free(job: *mut rs_job_t) -> rs_result {
    if !job.is_null() {
        // SAFETY: jobs are made by `begin` with `Box::into_raw`, and the caller gives this one up.
        let job = unsafe { Box::from_raw(job) };
        guarded((), || drop(job));
    }
    rs_result::DONE
}
