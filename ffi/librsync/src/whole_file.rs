//! Whole files (docs/spec/librsync.md §11.7). In: open `FILE`s. Out: the other files, and statistics.

use std::ffi::c_void;
use std::ptr;

use libc::{FILE, size_t};

use crate::buffers::Buffers;
use crate::delta_job::DeltaJob;
use crate::file::{rs_file_copy_cb, rs_file_size, system_error};
use crate::globals::{buffer_size, rs_inbuflen, rs_outbuflen};
use crate::guard::guarded;
use crate::job::{Work, rs_job_t};
use crate::load_job::LoadJob;
use crate::log;
use crate::mode::delta_options;
use crate::parameters::{asked, complete, known};
use crate::patch_job::PatchJob;
use crate::result::rs_result;
use crate::signature_job::SignatureJob;
use crate::sumset::rs_signature_t;
use crate::types::{rs_buffers_t, rs_magic_number, rs_stats_t};

/// Bytes of input and of output at a time, unless the program sets others. Large enough that the system is rarely called.
const INPUT: usize = 256 << 10;
const OUTPUT: usize = 256 << 10;

/// A job between two files.
struct Run {
    job: Box<rs_job_t>,
    input: *mut FILE,
    output: Option<*mut FILE>,
    input_size: usize,
}

impl Run {
    /// Runs the job to its end, and reports to `stats` if that is not null.
    ///
    /// # Safety
    /// The files are open; `stats` is null or valid for a write.
    unsafe fn complete(mut self, stats: *mut rs_stats_t) -> rs_result {
        // SAFETY: the caller's promise.
        let result = unsafe { self.drive() };
        if !stats.is_null() {
            // SAFETY: not null; the caller promises the rest.
            unsafe { stats.write(*self.job.stats()) };
        }
        result
    }

    /// # Safety
    /// The files are open.
    unsafe fn drive(&mut self) -> rs_result {
        let (Some(mut input), Some(mut output)) = (
            memory(buffer_size(&rs_inbuflen, self.input_size)),
            memory(if self.output.is_some() { buffer_size(&rs_outbuflen, OUTPUT) } else { 0 }),
        ) else {
            return rs_result::MEM_ERROR;
        };
        let mut buffers = rs_buffers_t {
            next_in: ptr::null_mut(),
            avail_in: 0,
            eof_in: 0,
            next_out: output.as_mut_ptr().cast(),
            avail_out: output.len(),
        };
        loop {
            if buffers.avail_in == 0 && buffers.eof_in == 0 {
                // SAFETY: the file is open, and the buffer as long as it is said to be.
                let count = unsafe { libc::fread(input.as_mut_ptr().cast(), 1, input.len(), self.input) };
                // SAFETY: the file is open.
                if count == 0 && unsafe { libc::ferror(self.input) } != 0 {
                    let error = system_error();
                    log::error("rs_infilebuf_fill", format_args!("error filling buf from file: {error}"));
                    return rs_result::IO_ERROR;
                }
                buffers.eof_in = i32::from(count == 0);
                buffers.next_in = input.as_mut_ptr().cast();
                buffers.avail_in = count;
                self.job.stats().in_bytes += count as i64;
            }
            // SAFETY: the cursors are within the two buffers, which live on.
            let result = self.job.iterate(&mut unsafe { Buffers::new(&mut buffers) });
            if result != rs_result::DONE && result != rs_result::BLOCKED {
                return result;
            }
            if let Some(file) = self.output {
                let count = output.len() - buffers.avail_out;
                // SAFETY: the file is open, and `count` bytes have been put at the buffer's start.
                if unsafe { libc::fwrite(output.as_ptr().cast(), 1, count, file) } != count {
                    let error = system_error();
                    log::error("rs_outfilebuf_drain", format_args!("error draining buf to file: {error}"));
                    return rs_result::IO_ERROR;
                }
                self.job.stats().out_bytes += count as i64;
                buffers.next_out = output.as_mut_ptr().cast();
                buffers.avail_out = output.len();
            }
            if result == rs_result::DONE {
                return result;
            }
        }
    }
}

/// Memory for a buffer, if there is any.
fn memory(size: usize) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(size).ok()?;
    buffer.resize(size, 0);
    Some(buffer)
}

/// Writes the signature of the rest of `old` to `signature`.
///
/// # Safety
/// The files are open; `stats` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_sig_file(
    old: *mut FILE,
    signature: *mut FILE,
    block_len: size_t,
    strong_len: size_t,
    magic: rs_magic_number,
    stats: *mut rs_stats_t,
) -> rs_result {
    guarded(rs_result::INTERNAL_ERROR, || {
        let mut parameters = asked(magic, block_len, strong_len);
        // SAFETY: the caller promises an open file.
        let size = known(unsafe { rs_file_size(old) });
        if let Err(failure) = complete(&mut parameters, size) {
            return failure;
        }
        let job = rs_job_t::new(Work::Signature(SignatureJob::new(parameters)));
        let run = Run { job, input: old, output: Some(signature), input_size: INPUT };
        // SAFETY: the caller's promise.
        unsafe { run.complete(stats) }
    })
}

/// Loads a signature; `*out` is set even where that fails.
///
/// # Safety
/// The file is open; `out` is null or valid for a write; `stats` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_loadsig_file(
    signature: *mut FILE,
    out: *mut *mut rs_signature_t,
    stats: *mut rs_stats_t,
) -> rs_result {
    if out.is_null() {
        return rs_result::PARAM_ERROR;
    }
    guarded(rs_result::INTERNAL_ERROR, || {
        let (job, handle) = LoadJob::hand_out();
        // SAFETY: not null; the caller promises the rest.
        unsafe { out.write(handle) };
        let job = rs_job_t::new(Work::Load(job));
        let run = Run { job, input: signature, output: None, input_size: INPUT };
        // SAFETY: the caller's promise.
        unsafe { run.complete(stats) }
    })
}

/// Writes the delta from the basis of `signature` to the rest of `new` to `delta`.
///
/// # Safety
/// `signature` is null or live; the files are open; `stats` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_delta_file(
    signature: *mut rs_signature_t,
    new: *mut FILE,
    delta: *mut FILE,
    stats: *mut rs_stats_t,
) -> rs_result {
    guarded(rs_result::INTERNAL_ERROR, || {
        // SAFETY: the caller's promise.
        let sumset = unsafe { signature.as_ref() }.map(|signature| signature.sumset().clone());
        let block_length =
            sumset.as_ref().and_then(|sumset| sumset.signature()).map_or(0, |s| s.block_length());
        let searches = sumset.as_ref().is_some_and(|sumset| sumset.index().is_some());
        // Without a search the buffer shows.
        let slack = delta_options().usual_slack(block_length).filter(|_| !searches);
        let input_size = slack.map_or(INPUT, usize::from);
        let job = rs_job_t::new(Work::Delta(DeltaJob::new(sumset)));
        let run = Run { job, input: new, output: Some(delta), input_size };
        // SAFETY: the caller's promise.
        unsafe { run.complete(stats) }
    })
}

/// Writes the file that the rest of `delta` makes of `basis` to `new`.
///
/// # Safety
/// The files are open; `stats` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_patch_file(
    basis: *mut FILE,
    delta: *mut FILE,
    new: *mut FILE,
    stats: *mut rs_stats_t,
) -> rs_result {
    guarded(rs_result::INTERNAL_ERROR, || {
        let patch = PatchJob::new(Some(rs_file_copy_cb), basis.cast::<c_void>());
        let job = rs_job_t::new(Work::Patch(patch));
        let run = Run { job, input: delta, output: Some(new), input_size: INPUT };
        // SAFETY: the caller's promise.
        unsafe { run.complete(stats) }
    })
}
