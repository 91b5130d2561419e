//! Where decoders take their bytes from. In: a slice, or a connection. Out: integers, strings, pieces.

use super::error::WireError;

/// A stream of bytes that decoders consume.
///
/// Only [`chunk`](Source::chunk) has to be supplied; a connection's implementation blocks in it until something has arrived.
pub trait Source {
    /// The next bytes: at least one, at most `limit`, which must not be 0.
    ///
    /// # Errors
    /// [`WireError::Ended`] when no more will come.
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError>;

    /// Fills `into` with the next bytes.
    ///
    /// # Errors
    /// [`WireError::Ended`] when fewer are left.
    fn fill(&mut self, into: &mut [u8]) -> Result<(), WireError> {
        let mut rest = into;
        while !rest.is_empty() {
            let piece = self.chunk(rest.len())?;
            let (head, tail) = rest
                .split_at_mut_checked(piece.len())
                .ok_or(WireError::Malformed("a source gave more than was asked for"))?;
            head.copy_from_slice(piece);
            rest = tail;
        }
        Ok(())
    }

    /// The next `length` bytes, in a vector that grows with what arrives.
    ///
    /// # Errors
    /// [`WireError::Ended`] when fewer are left; [`WireError::TooLong`] above `limit`.
    fn bytes(&mut self, what: &'static str, length: usize, limit: usize) -> Result<Vec<u8>, WireError> {
        if length > limit {
            return Err(WireError::TooLong { what, length: length as u64, limit: limit as u64 });
        }
        let mut bytes = Vec::with_capacity(length.min(64 * 1024));
        while bytes.len() < length {
            bytes.extend_from_slice(self.chunk(length - bytes.len())?);
        }
        Ok(bytes)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`WireError::Ended`] at the end.
    fn u8(&mut self) -> Result<u8, WireError> {
        let mut byte = [0];
        self.fill(&mut byte)?;
        Ok(byte[0])
    }

    /// Two bytes, little-endian.
    ///
    /// # Errors
    /// [`WireError::Ended`] at the end.
    fn u16(&mut self) -> Result<u16, WireError> {
        let mut bytes = [0; 2];
        self.fill(&mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Four bytes, little-endian.
    ///
    /// # Errors
    /// [`WireError::Ended`] at the end.
    fn u32(&mut self) -> Result<u32, WireError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Four bytes, little-endian, two's complement.
    ///
    /// # Errors
    /// [`WireError::Ended`] at the end.
    fn i32(&mut self) -> Result<i32, WireError> {
        Ok(self.u32()?.cast_signed())
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        (**self).chunk(limit)
    }
}

/// A [`Source`] over bytes in memory.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, length: bytes.len() }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.length - self.rest.len()
    }
}

impl Source for Reader<'_> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        if self.rest.is_empty() {
            return Err(WireError::Ended);
        }
        let (piece, rest) = self.rest.split_at_checked(limit.min(self.rest.len())).ok_or(WireError::Ended)?;
        self.rest = rest;
        Ok(piece)
    }
}
