//! The caller's buffers during one iteration. In: the four cursors. Out: bytes taken and put, and the cursors moved.

use std::ffi::c_void;

use crate::types::rs_buffers_t;

/// Input that may be taken and room for output. Nothing of it is kept beyond the iteration.
pub(crate) struct Buffers<'a> {
    raw: &'a mut rs_buffers_t,
}

impl<'a> Buffers<'a> {
    /// # Safety
    /// `next_in` is valid for reads of `avail_in` bytes and `next_out` for writes of `avail_out`, or the count is 0, for as long
    /// as this lives; the two do not overlap.
    pub(crate) unsafe fn new(raw: &'a mut rs_buffers_t) -> Buffers<'a> {
        Buffers { raw }
    }

    /// What may be taken now.
    pub(crate) fn input(&self) -> &'a [u8] {
        let length = self.raw.avail_in.min(isize::MAX as usize);
        if length == 0 || self.raw.next_in.is_null() {
            return &[];
        }
        // SAFETY: `new` demands that it can be read. Moving the cursor does not touch the bytes, and output goes elsewhere.
        unsafe { std::slice::from_raw_parts(self.raw.next_in.cast(), length) }
    }

    /// Moves past `count` bytes of the input, at most all of it.
    pub(crate) fn take(&mut self, count: usize) {
        let count = count.min(self.input().len());
        if count > 0 {
            // SAFETY: not past the end of the input.
            self.raw.next_in = unsafe { self.raw.next_in.add(count) };
            self.raw.avail_in -= count;
        }
    }

    /// Whether the input is all there will ever be.
    pub(crate) fn is_last(&self) -> bool {
        self.raw.eof_in != 0
    }

    /// Bytes of output that there is room for.
    pub(crate) fn room(&self) -> usize {
        if self.raw.next_out.is_null() { 0 } else { self.raw.avail_out }
    }

    /// Where the next byte of output goes; [`room`](Buffers::room) bytes may be written there.
    pub(crate) fn output(&mut self) -> *mut c_void {
        self.raw.next_out.cast()
    }

    /// Says that `count` bytes were written at [`output`](Buffers::output), at most as many as there was room for.
    pub(crate) fn wrote(&mut self, count: usize) {
        let count = count.min(self.room());
        if count > 0 {
            // SAFETY: not past the end of the room.
            self.raw.next_out = unsafe { self.raw.next_out.add(count) };
            self.raw.avail_out -= count;
        }
    }

    /// Puts as much of `bytes` as there is room for, and says how much that was.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room());
        if count > 0 {
            // SAFETY: there is room for `count` bytes, which `new` demands to be writable; nothing of ours is there.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.raw.next_out.cast(), count) };
            self.wrote(count);
        }
        count
    }
}

/// Output that waits for room.
#[derive(Default)]
pub(crate) struct Outgoing {
    pub(crate) bytes: Vec<u8>,
    sent: usize,
}

impl Outgoing {
    /// Puts what there is room for; true if nothing is left waiting.
    pub(crate) fn drain(&mut self, buffers: &mut Buffers<'_>) -> bool {
        let waiting = self.bytes.get(self.sent..).unwrap_or_default();
        self.sent += buffers.put(waiting);
        if self.sent < self.bytes.len() {
            return false;
        }
        self.bytes.clear();
        self.sent = 0;
        true
    }
}
