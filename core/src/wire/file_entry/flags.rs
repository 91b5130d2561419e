//! The flag word of an entry, in its two forms, and the end marker (`docs/spec/wire-2-filelist.md` §1.2–1.4).

use crate::wire::error::WireError;
use crate::wire::file_entry::ListForm;
use crate::wire::ints::{read_varint, write_varint};
use crate::wire::source::Source;

pub(super) const TOP_DIR: u32 = 0x0001;
pub(super) const SAME_MODE: u32 = 0x0002;
pub(super) const EXTENDED: u32 = 0x0004;
pub(super) const SAME_UID: u32 = 0x0008;
pub(super) const SAME_GID: u32 = 0x0010;
pub(super) const SAME_NAME: u32 = 0x0020;
pub(super) const LONG_NAME: u32 = 0x0040;
pub(super) const SAME_TIME: u32 = 0x0080;
/// On a device.
pub(super) const SAME_MAJOR: u32 = 0x0100;
/// On a directory: the same bit.
pub(super) const NO_CONTENT: u32 = 0x0100;
pub(super) const HARD_LINKED: u32 = 0x0200;
pub(super) const USER_NAME: u32 = 0x0400;
pub(super) const GROUP_NAME: u32 = 0x0800;
pub(super) const FIRST_LINK: u32 = 0x1000;
/// In the end marker of the byte form: the same bit.
const ERROR_END: u32 = 0x1000;
pub(super) const NANOSECONDS: u32 = 0x2000;
pub(super) const SAME_ACCESS_TIME: u32 = 0x4000;
pub(super) const CREATED_WHEN_MODIFIED: u32 = 0x2_0000;

/// What stands at the start of an entry.
pub(super) enum Word {
    Entry(u32),
    /// The list ends; the sending side's I/O error bits.
    End(i32),
}

pub(super) fn decode(form: &ListForm, source: &mut (impl Source + ?Sized)) -> Result<Word, WireError> {
    if form.has_varint_flags() {
        return Ok(match read_varint(source)?.cast_unsigned() {
            0 => Word::End(read_varint(source)?),
            flags => Word::Entry(flags),
        });
    }
    let mut flags = u32::from(source.u8()?);
    if flags == 0 {
        return Ok(Word::End(0));
    }
    if flags & EXTENDED != 0 {
        flags |= u32::from(source.u8()?) << 8;
    }
    if flags == EXTENDED | ERROR_END {
        if !form.may_end_with_error() {
            return Err(WireError::Malformed("a file list ends with an error that was not agreed on"));
        }
        return Ok(Word::End(read_varint(source)?));
    }
    Ok(Word::Entry(flags))
}

pub(super) fn encode(form: &ListForm, mut flags: u32, is_directory: bool, out: &mut Vec<u8>) {
    if form.has_varint_flags() {
        let flags = if flags == 0 { EXTENDED } else { flags };
        write_varint(flags.cast_signed(), out);
        return;
    }
    if flags == 0 && !is_directory {
        flags = TOP_DIR; // means nothing on a file, and avoids the zero byte
    }
    if flags == 0 || flags & 0xff00 != 0 {
        flags |= EXTENDED;
        out.extend_from_slice(&(flags as u16).to_le_bytes());
    } else {
        out.push(flags as u8);
    }
}

/// Ends a list. Without safe lists `io_error` has to go as a message instead (§1.9).
pub(super) fn encode_end(form: &ListForm, io_error: i32, out: &mut Vec<u8>) {
    if form.has_varint_flags() {
        out.push(0);
        write_varint(io_error, out);
    } else if io_error != 0 && form.may_end_with_error() {
        out.extend_from_slice(&((EXTENDED | ERROR_END) as u16).to_le_bytes());
        write_varint(io_error, out);
    } else {
        out.push(0);
    }
}
