//! The patch job. In: a delta, and a callback that reads the basis. Out: the new file.
//!
//! Nothing past the command that is being carried out is taken from the input (docs/spec/librsync.md §9.2 point 4).

use std::ffi::c_void;

use syncline::delta::librsync::{Command, CommandCounts};

use crate::buffers::Buffers;
use crate::delta_job::record_counts;
use crate::job::{Progress, Work, begin, rs_job_t};
use crate::log;
use crate::result::rs_result;
use crate::types::{rs_copy_cb, rs_stats_t};

pub(crate) struct PatchJob {
    basis: Basis,
    state: State,
    /// The start of the magic or of a command whose end has not arrived.
    partial: Vec<u8>,
    counts: CommandCounts,
}

enum State {
    Magic,
    Command,
    /// Inside a literal of which this many bytes are missing.
    Literal(u64),
    Copy {
        offset: u64,
        length: u64,
    },
    Ended,
}

/// The caller's way to the basis.
struct Basis {
    read: Option<rs_copy_cb>,
    opaque: *mut c_void,
}

impl PatchJob {
    pub(crate) fn new(read: Option<rs_copy_cb>, opaque: *mut c_void) -> PatchJob {
        PatchJob {
            basis: Basis { read, opaque },
            state: State::Magic,
            partial: Vec::with_capacity(Command::MAX_LENGTH),
            counts: CommandCounts::default(),
        }
    }

    pub(crate) fn step(
        &mut self,
        buffers: &mut Buffers<'_>,
        stats: &mut rs_stats_t,
    ) -> Result<Progress, rs_result> {
        loop {
            let moved = match &mut self.state {
                State::Magic => self.magic(buffers)?,
                State::Command => self.command(buffers, stats)?,
                State::Literal(missing) => {
                    let passed = pass_literal(*missing, buffers)?;
                    *missing -= passed;
                    if *missing == 0 {
                        self.state = State::Command;
                    }
                    passed > 0
                }
                State::Copy { length: 0, .. } => {
                    self.state = State::Command;
                    true
                }
                State::Copy { offset, length } => {
                    let copied = self.basis.copy(*offset, *length, buffers)?;
                    *offset += copied;
                    *length -= copied;
                    copied > 0
                }
                State::Ended => return Ok(Progress::Done),
            };
            if !moved {
                return Ok(Progress::Blocked);
            }
        }
    }

    /// Takes the magic; false if it has not all arrived.
    fn magic(&mut self, buffers: &mut Buffers<'_>) -> Result<bool, rs_result> {
        let input = buffers.input();
        let missing = Command::MAGIC.len() - self.partial.len();
        let taken = input.get(..missing).unwrap_or(input);
        self.partial.extend_from_slice(taken);
        buffers.take(taken.len());
        let Ok(found) = <[u8; 4]>::try_from(self.partial.as_slice()) else {
            return ended(buffers);
        };
        self.partial.clear();
        if found != Command::MAGIC {
            let (found, expected) = (u32::from_be_bytes(found), u32::from_be_bytes(Command::MAGIC));
            log::error(
                "rs_patch_s_header",
                format_args!("got magic number {found:#x} rather than expected value {expected:#x}"),
            );
            return Err(rs_result::BAD_MAGIC);
        }
        self.state = State::Command;
        Ok(true)
    }

    /// Takes the next command; false if it has not all arrived.
    fn command(&mut self, buffers: &mut Buffers<'_>, stats: &mut rs_stats_t) -> Result<bool, rs_result> {
        let input = buffers.input();
        let decoded = if self.partial.is_empty() {
            let decoded = decode(input)?;
            match decoded {
                Some((_, length)) => buffers.take(length),
                None => {
                    self.partial.extend_from_slice(input);
                    buffers.take(input.len());
                }
            }
            decoded
        } else {
            let mut decoded = None;
            for byte in input {
                self.partial.push(*byte);
                buffers.take(1);
                decoded = decode(&self.partial)?;
                if decoded.is_some() {
                    self.partial.clear();
                    break;
                }
            }
            decoded
        };
        let Some((command, length)) = decoded else {
            return ended(buffers);
        };
        self.counts.add(command, length);
        record_counts(self.counts, stats);
        self.state = match command {
            Command::End => State::Ended,
            Command::Literal { length } => {
                stats.lit_bytes = stats.lit_bytes.saturating_add_unsigned(length);
                State::Literal(length)
            }
            Command::Copy { offset, length } => {
                stats.copy_bytes = stats.copy_bytes.saturating_add_unsigned(length);
                State::Copy { offset, length }
            }
        };
        Ok(true)
    }
}

/// The end of the input where more is needed.
fn ended(buffers: &Buffers<'_>) -> Result<bool, rs_result> {
    if buffers.is_last() && buffers.input().is_empty() { Err(rs_result::INPUT_ENDED) } else { Ok(false) }
}

fn decode(bytes: &[u8]) -> Result<Option<(Command, usize)>, rs_result> {
    Command::decode(bytes).map_err(|error| {
        log::error("rs_patch_s_run", &error);
        rs_result::from(&error)
    })
}

/// Passes on what there is, and room for, of a literal that lacks `missing` bytes.
fn pass_literal(missing: u64, buffers: &mut Buffers<'_>) -> Result<u64, rs_result> {
    let input = buffers.input();
    let wanted = usize::try_from(missing).unwrap_or(usize::MAX);
    let passed = buffers.put(input.get(..wanted).unwrap_or(input));
    buffers.take(passed);
    if passed == 0 && ended(buffers) == Err(rs_result::INPUT_ENDED) {
        log::error("rs_tube_catchup", "reached end of file while copying data");
        return Err(rs_result::INPUT_ENDED);
    }
    Ok(passed as u64)
}

impl Basis {
    /// Has `length` bytes of the basis from `offset` written to the output, as far as there is room, and says how many were.
    fn copy(&self, offset: u64, length: u64, buffers: &mut Buffers<'_>) -> Result<u64, rs_result> {
        let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(buffers.room());
        if wanted == 0 {
            return Ok(0);
        }
        let (Some(read), Ok(position)) = (self.read, i64::try_from(offset)) else {
            return Err(rs_result::PARAM_ERROR);
        };
        let output = buffers.output();
        let (mut count, mut found) = (wanted, output);
        // SAFETY: the caller's function, called as it expects, with room for `count` bytes at `found`.
        let result = unsafe { read(self.opaque, position, &raw mut count, &raw mut found) };
        if result != rs_result::DONE {
            return Err(result);
        }
        if count > wanted {
            log::warning(
                "rs_patch_s_copying",
                format_args!("the callback returned {count} bytes where {wanted} were asked for"),
            );
            count = wanted;
        }
        if count == 0 || found.is_null() {
            return Err(rs_result::INPUT_ENDED);
        }
        if found != output {
            // SAFETY: the callback says that `count` bytes lie there, which live until this call is over (§11.5); there is room for them.
            unsafe { std::ptr::copy(found.cast::<u8>(), output.cast::<u8>(), count) };
        }
        buffers.wrote(count);
        Ok(count as u64)
    }
}

/// Starts a patch of the basis that `read` reads.
///
/// # Safety
/// `read` is null or a function of this type that may be called with `opaque` as long as the job is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_patch_begin(read: Option<rs_copy_cb>, opaque: *mut c_void) -> *mut rs_job_t {
    begin(|| Work::Patch(PatchJob::new(read, opaque)))
}
