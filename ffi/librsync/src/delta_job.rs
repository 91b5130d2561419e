//! The delta job. In: the new file. Out: its delta.

use std::sync::Arc;

use syncline::delta::librsync::{Command, CommandCounts, MatchStatistics};
use syncline::delta::{DeltaBuilder, DeltaReport};

use crate::buffers::{Buffers, Outgoing};
use crate::job::{Progress, Work, begin, rs_job_t};
use crate::mode::delta_options;
use crate::result::rs_result;
use crate::sumset::{Sumset, rs_signature_t};
use crate::types::rs_stats_t;

/// Input that is searched before output is put: what it may become at once.
const PIECE: usize = 256 << 10;

pub(crate) struct DeltaJob {
    state: State,
    out: Outgoing,
}

enum State {
    /// Nothing has been read yet.
    Fresh(Option<Arc<Sumset>>),
    Searching(Box<Searching>),
    /// Without blocks to look for: every run of input becomes a literal (docs/spec/librsync.md §7.3).
    Slack(Slack),
    /// Only output is left.
    Ended,
}

struct Searching {
    builder: DeltaBuilder,
    sumset: Arc<Sumset>,
    block_length: u32,
}

#[derive(Default)]
struct Slack {
    /// Bytes that the current literal lacks.
    missing: usize,
    counts: CommandCounts,
}

impl DeltaJob {
    pub(crate) fn new(sumset: Option<Arc<Sumset>>) -> DeltaJob {
        DeltaJob { state: State::Fresh(sumset), out: Outgoing::default() }
    }

    pub(crate) fn step(
        &mut self,
        buffers: &mut Buffers<'_>,
        stats: &mut rs_stats_t,
    ) -> Result<Progress, rs_result> {
        if let State::Fresh(sumset) = &self.state {
            self.state = begin_state(sumset.as_ref(), &mut self.out)?;
        }
        loop {
            if !self.out.drain(buffers) {
                return Ok(Progress::Blocked);
            }
            let input = buffers.input();
            match &mut self.state {
                State::Ended | State::Fresh(_) => return Ok(Progress::Done),
                State::Slack(slack) if slack.missing > 0 || !input.is_empty() => {
                    if !slack.pass(input, buffers, &mut self.out, stats)? {
                        return Ok(Progress::Blocked);
                    }
                }
                State::Searching(search) if !input.is_empty() => {
                    let piece = input.get(..PIECE).unwrap_or(input);
                    search.builder.update(piece, &mut self.out.bytes).map_err(failed)?;
                    buffers.take(piece.len());
                    record(&search.builder.report(), stats);
                }
                _ if !buffers.is_last() => return Ok(Progress::Blocked),
                State::Slack(_) => {
                    Command::End.encode(&mut self.out.bytes);
                    self.state = State::Ended;
                }
                State::Searching(_) => self.finish(stats)?,
            }
        }
    }

    fn finish(&mut self, stats: &mut rs_stats_t) -> Result<(), rs_result> {
        if let State::Searching(search) = std::mem::replace(&mut self.state, State::Ended) {
            let Searching { builder, sumset, block_length } = *search;
            let report = builder.finish(&mut self.out.bytes).map_err(failed)?;
            record(&report, stats);
            sumset.count(MatchStatistics::of(report.copied_bytes, report.literal_bytes, block_length));
        }
        Ok(())
    }
}

fn begin_state(sumset: Option<&Arc<Sumset>>, out: &mut Outgoing) -> Result<State, rs_result> {
    let Some((sumset, indexed)) = sumset.and_then(|sumset| Some((sumset, sumset.index()?))) else {
        out.bytes.extend_from_slice(&Command::MAGIC);
        return Ok(State::Slack(Slack::default()));
    };
    let block_length = indexed.signature().block_length();
    let mut builder = DeltaBuilder::with_index(indexed.clone(), delta_options()).map_err(failed)?;
    // The magic comes before any input.
    builder.update(&[], &mut out.bytes).map_err(failed)?;
    Ok(State::Searching(Box::new(Searching { builder, sumset: Arc::clone(sumset), block_length })))
}

impl Slack {
    /// Starts a literal of all the input at hand, or passes on what there is and what there is room for of the current one; false if that
    /// is nothing.
    fn pass(
        &mut self,
        input: &[u8],
        buffers: &mut Buffers<'_>,
        out: &mut Outgoing,
        stats: &mut rs_stats_t,
    ) -> Result<bool, rs_result> {
        if self.missing == 0 {
            self.missing = input.len();
            let literal = Command::Literal { length: input.len() as u64 };
            self.counts.put(literal, &mut out.bytes);
            stats.lit_bytes += input.len() as i64;
            record_counts(self.counts, stats);
            return Ok(true);
        }
        let piece = input.get(..self.missing).unwrap_or(input);
        if piece.is_empty() && buffers.is_last() {
            return Err(rs_result::INPUT_ENDED);
        }
        let passed = buffers.put(piece);
        buffers.take(passed);
        self.missing -= passed;
        Ok(passed > 0)
    }
}

fn failed(error: syncline::Error) -> rs_result {
    rs_result::from(&error)
}

fn record(report: &DeltaReport, stats: &mut rs_stats_t) {
    stats.lit_bytes = report.literal_bytes as i64;
    stats.copy_bytes = report.copied_bytes as i64;
    record_counts(report.commands.unwrap_or_default(), stats);
}

pub(crate) fn record_counts(counts: CommandCounts, stats: &mut rs_stats_t) {
    stats.lit_cmds = i32::try_from(counts.literals).unwrap_or(i32::MAX);
    stats.lit_cmdbytes = counts.literal_command_bytes as i64;
    stats.copy_cmds = counts.copies as i64;
    stats.copy_cmdbytes = counts.copy_command_bytes as i64;
}

/// Starts a delta from the basis of `signature`; null, or one without blocks, makes everything literal.
///
/// # Safety
/// `signature` is null or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_delta_begin(signature: *mut rs_signature_t) -> *mut rs_job_t {
    // SAFETY: the caller's promise.
    let sumset = unsafe { signature.as_ref() }.map(|signature| Arc::clone(signature.sumset()));
    begin(|| Work::Delta(DeltaJob::new(sumset)))
}
