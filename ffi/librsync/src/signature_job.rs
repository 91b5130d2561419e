//! The signature job. In: the basis. Out: its signature, a record as soon as its block is complete.

use libc::size_t;
use syncline::delta::librsync::{Parameters, SignatureWriter, format_of};

use crate::buffers::{Buffers, Outgoing};
use crate::job::{Progress, Work, begin, rs_job_t};
use crate::log;
use crate::parameters::{asked, complete};
use crate::result::rs_result;
use crate::types::{rs_magic_number, rs_stats_t};

pub(crate) struct SignatureJob {
    state: State,
    out: Outgoing,
}

enum State {
    /// The parameters are judged at the first iteration.
    Asked(Parameters),
    Hashing(Box<Hashing>),
    /// Only output is left.
    Ended,
}

struct Hashing {
    writer: SignatureWriter,
    block_length: usize,
    record_length: usize,
    /// Bytes of a block that is not complete.
    pending: usize,
}

impl SignatureJob {
    pub(crate) fn new(parameters: Parameters) -> SignatureJob {
        SignatureJob { state: State::Asked(parameters), out: Outgoing::default() }
    }

    pub(crate) fn step(
        &mut self,
        buffers: &mut Buffers<'_>,
        stats: &mut rs_stats_t,
    ) -> Result<Progress, rs_result> {
        if let State::Asked(parameters) = &mut self.state {
            let hashing = Hashing::new(parameters, &mut self.out.bytes)?;
            stats.block_len = hashing.block_length;
            self.state = State::Hashing(Box::new(hashing));
        }
        loop {
            if !self.out.drain(buffers) {
                return Ok(Progress::Blocked);
            }
            let State::Hashing(hashing) = &mut self.state else {
                return Ok(Progress::Done);
            };
            let input = buffers.input();
            if !input.is_empty() {
                let taken = hashing.take(input, buffers.room(), &mut self.out.bytes);
                buffers.take(taken);
                stats.sig_blocks = hashing.writer.blocks() as i64;
            } else if buffers.is_last() {
                let State::Hashing(hashing) = std::mem::replace(&mut self.state, State::Ended) else {
                    return Err(rs_result::INTERNAL_ERROR);
                };
                stats.sig_blocks = hashing.writer.finish(&mut self.out.bytes) as i64;
            } else {
                return Ok(Progress::Blocked);
            }
        }
    }
}

impl Hashing {
    fn new(parameters: &mut Parameters, out: &mut Vec<u8>) -> Result<Hashing, rs_result> {
        let options = complete(parameters, None)?;
        let writer = SignatureWriter::new(&options, out).map_err(|error| rs_result::from(&error))?;
        Ok(Hashing {
            writer,
            block_length: parameters.block_length,
            record_length: 4 + parameters.strong_length,
            pending: 0,
        })
    }

    /// Takes input up to the end of the first block whose record does not fit `room`, and says how much that is.
    fn take(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
        let blocks = room / self.record_length + 1;
        let wanted = blocks.saturating_mul(self.block_length) - self.pending;
        let taken = input.get(..wanted).unwrap_or(input);
        self.writer.update(taken, out);
        self.pending = (self.pending + taken.len()) % self.block_length;
        taken.len()
    }
}

/// Starts a signature.
///
/// A magic that is none stands for the default, with a warning: callers of the interface before librsync 1.0 pass none at all
/// (docs/spec/librsync.md §12.2).
#[unsafe(no_mangle)]
pub extern "C" fn rs_sig_begin(
    block_len: size_t,
    strong_len: size_t,
    magic: rs_magic_number,
) -> *mut rs_job_t {
    begin(|| {
        let mut magic = magic;
        if format_of(magic.cast_unsigned()).is_none() {
            log::warning("rs_sig_begin", format_args!("invalid magic {magic:#x}, using the default instead"));
            magic = 0;
        }
        Work::Signature(SignatureJob::new(asked(magic, block_len, strong_len)))
    })
}
