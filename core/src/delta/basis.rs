//! Where a patch reads the old file from.

use crate::error::Result;

/// The old file, read at any offset.
///
/// Implemented for byte slices here and for files in [`files`](crate::files); implement it for whatever holds your basis.
pub trait Basis {
    /// Fills the start of `buffer` with the bytes from `offset` on and says how many there were: fewer
    /// than asked for is allowed, 0 means that the basis ends at or before `offset`.
    ///
    /// # Errors
    /// Whatever reading fails with.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Its length in bytes, where that is known without reading it: a native delta against a file of another length is then refused
    /// before anything is made of it.
    fn length(&self) -> Option<u64> {
        None
    }

    /// Its `length` bytes from `offset` on, where they lie in memory: what has them need not copy them.
    fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let _ = (offset, length);
        None
    }
}

impl Basis for [u8] {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn length(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        self.get(usize::try_from(offset).ok()?..)?.get(..length)
    }
}

impl Basis for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }

    fn length(&self) -> Option<u64> {
        self.as_slice().length()
    }

    fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        self.as_slice().bytes(offset, length)
    }
}

impl<B: Basis + ?Sized> Basis for &B {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        (**self).read_at(offset, buffer)
    }

    fn length(&self) -> Option<u64> {
        (**self).length()
    }

    fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        (**self).bytes(offset, length)
    }
}
