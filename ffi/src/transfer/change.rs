//! One entry of a transfer: what it is, and what happens to it. In: the library's entries and changes. Out: accessors.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::borrow::Cow;
use std::ffi::{CString, c_char};

use syncline_core::wire::file_entry::{FileEntry, FileKind};
use syncline_core::{Change, ItemForm};

use crate::constants::*;
use crate::guard;

/// One entry of a transfer.
pub struct syncline_change<'a> {
    entry: Cow<'a, FileEntry>,
    other_name: Option<Cow<'a, [u8]>>,
    is_new: bool,
    transfers_content: bool,
    itemized: CString,
}

impl<'a> syncline_change<'a> {
    /// An entry that is only listed.
    pub(crate) fn listed(entry: &'a FileEntry) -> syncline_change<'a> {
        syncline_change {
            entry: Cow::Borrowed(entry),
            other_name: None,
            is_new: false,
            transfers_content: false,
            itemized: CString::default(),
        }
    }

    /// A change, with the item string of `form`.
    pub(crate) fn of(change: &'a Change, form: ItemForm) -> syncline_change<'a> {
        syncline_change {
            entry: Cow::Borrowed(&change.entry),
            other_name: change.other_name.as_deref().map(Cow::Borrowed),
            is_new: change.is_new(),
            transfers_content: change.transfers_content(),
            itemized: CString::new(change.itemized(form)).unwrap_or_default(),
        }
    }

    /// The same, without what it was made from.
    pub(crate) fn into_owned(self) -> syncline_change<'static> {
        syncline_change {
            entry: Cow::Owned(self.entry.into_owned()),
            other_name: self.other_name.map(|name| Cow::Owned(name.into_owned())),
            is_new: self.is_new,
            transfers_content: self.transfers_content,
            itemized: self.itemized,
        }
    }
}

/// Gives `bytes` out as a pointer and a length.
///
/// # Safety
/// `len` is null or valid for a write.
pub(crate) unsafe fn bytes_out(bytes: Option<&[u8]>, len: *mut usize) -> *const u8 {
    if !len.is_null() {
        // SAFETY: not null; the caller promises the rest.
        unsafe { len.write(bytes.map_or(0, <[u8]>::len)) };
    }
    bytes.map_or(std::ptr::null(), <[u8]>::as_ptr)
}

/// One value of a change, or `otherwise` for null.
///
/// # Safety
/// `change` is null or a live change.
unsafe fn field<T>(
    change: *const syncline_change<'_>,
    otherwise: T,
    of: impl FnOnce(&syncline_change<'_>) -> T,
) -> T {
    // SAFETY: the caller's promise.
    let change = unsafe { change.as_ref() };
    match change {
        None => otherwise,
        Some(change) => guard::value(None, || Some(of(change))).unwrap_or(otherwise),
    }
}

/// The entry's path within the transfer: `*len` bytes in no particular encoding, not ended by NUL. `len` may be NULL.
///
/// # Safety
/// `change` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_path(
    change: *const syncline_change<'_>,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe { bytes_out(change.as_ref().map(|change| &*change.entry.name), len) }
}

/// What kind of file the entry is: one of `SYNCLINE_FILE_…`; 0 for NULL.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_kind(change: *const syncline_change<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        field(change, 0, |change| match change.entry.kind() {
            FileKind::Regular => SYNCLINE_FILE_REGULAR,
            FileKind::Directory => SYNCLINE_FILE_DIRECTORY,
            FileKind::Symlink => SYNCLINE_FILE_SYMLINK,
            FileKind::CharDevice => SYNCLINE_FILE_CHAR_DEVICE,
            FileKind::BlockDevice => SYNCLINE_FILE_BLOCK_DEVICE,
            FileKind::Fifo => SYNCLINE_FILE_FIFO,
            FileKind::Socket => SYNCLINE_FILE_SOCKET,
            FileKind::Missing => SYNCLINE_FILE_MISSING,
        })
    }
}

/// Bytes in the file, if it is a regular one.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_size(change: *const syncline_change<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.entry.size) }
}

/// Type and permission bits, as in `st_mode` on Linux.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_mode(change: *const syncline_change<'_>) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.entry.mode) }
}

/// The modification time in seconds since 1970. `nanoseconds` may be NULL.
///
/// # Safety
/// `change` is NULL or live; `nanoseconds` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_modified(
    change: *const syncline_change<'_>,
    nanoseconds: *mut u32,
) -> i64 {
    // SAFETY: the caller's promise.
    unsafe {
        if !nanoseconds.is_null() {
            nanoseconds.write(field(change, 0, |change| change.entry.nanoseconds));
        }
        field(change, 0, |change| change.entry.modified)
    }
}

/// The owner's number on the sending side, where owners are transferred.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_uid(change: *const syncline_change<'_>) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.entry.uid) }
}

/// The group's number on the sending side, where groups are transferred.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_gid(change: *const syncline_change<'_>) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.entry.gid) }
}

/// What a symbolic link points to: `*len` bytes; NULL for others. `len` may be NULL.
///
/// # Safety
/// `change` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_target(
    change: *const syncline_change<'_>,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let symlink = change.as_ref().filter(|change| change.entry.kind() == FileKind::Symlink);
        bytes_out(symlink.and_then(|change| Some(&*change.entry.details.as_ref()?.target)), len)
    }
}

/// The file that the entry was linked to or built from: `*len` bytes; NULL if there is none. `len` may be NULL.
///
/// # Safety
/// `change` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_other_path(
    change: *const syncline_change<'_>,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe { bytes_out(change.as_ref().and_then(|change| change.other_name.as_deref()), len) }
}

/// Whether the entry did not exist at the destination.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_is_new(change: *const syncline_change<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.is_new.into()) }
}

/// Whether the entry's content is transferred. If not, only attributes differ, or it is something without content.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_transfers_content(change: *const syncline_change<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { field(change, 0, |change| change.transfers_content.into()) }
}

/// The 11 characters that rsync's `--itemize-changes` shows for it, for example `>f.st......`; empty for what is only listed, NULL for NULL.
/// Lives as long as the change.
///
/// # Safety
/// `change` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_change_itemized(change: *const syncline_change<'_>) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { change.as_ref() }.map_or(std::ptr::null(), |change| change.itemized.as_ptr())
}
