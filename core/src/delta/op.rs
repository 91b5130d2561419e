//! The two operations a delta is made of, and where they go.

use crate::error::Result;

/// One step of building the new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op<'a> {
    /// Take `length` bytes of the basis from `offset`.
    Copy {
        /// Byte offset in the basis.
        offset: u64,
        /// Bytes to copy; never 0.
        length: u64,
    },
    /// Take these bytes; never empty.
    Literal(&'a [u8]),
}

impl Op<'_> {
    /// Bytes of the new file this makes.
    pub fn length(&self) -> u64 {
        match self {
            Op::Copy { length, .. } => *length,
            Op::Literal(bytes) => bytes.len() as u64,
        }
    }
}

/// Takes the operations of a delta, in the order of the new file.
///
/// Any `FnMut(Op) -> Result<()>` is one. An error stops the work and is passed on.
pub trait Sink {
    /// Takes the next operation.
    ///
    /// # Errors
    /// Whatever the sink fails with; the work stops and passes it on.
    fn op(&mut self, op: Op<'_>) -> Result<()>;
}

impl<F: FnMut(Op<'_>) -> Result<()>> Sink for F {
    fn op(&mut self, op: Op<'_>) -> Result<()> {
        self(op)
    }
}
