//! The system's user and group databases, which only C functions read. In: an id or a name. Out: the other one.

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

/// Bytes that one record may take: a group with very many members.
const RECORD_LIMIT: usize = 4 << 20;

/// The name of a user.
pub(super) fn user_name(id: u32) -> Option<Vec<u8>> {
    with_buffer(|buffer, length| {
        let mut record = MaybeUninit::<libc::passwd>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: `buffer` points to `length` writable bytes (`with_buffer`), `record` and `found` are live and writable.
        let status = unsafe { libc::getpwuid_r(id, record.as_mut_ptr(), buffer, length, &raw mut found) };
        // SAFETY: a record that was found holds a string that ends within `buffer`, which is still borrowed.
        (status, (!found.is_null()).then(|| unsafe { copied((*found).pw_name) }))
    })
}

/// The id of a user.
pub(super) fn user_id(name: &[u8]) -> Option<u32> {
    let name = CString::new(name).ok()?;
    with_buffer(|buffer, length| {
        let mut record = MaybeUninit::<libc::passwd>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: as in `user_name`; `name` is a C string that outlives the call.
        let status =
            unsafe { libc::getpwnam_r(name.as_ptr(), record.as_mut_ptr(), buffer, length, &raw mut found) };
        // SAFETY: a record that was found is `record`, which the call filled.
        (status, (!found.is_null()).then(|| unsafe { (*found).pw_uid }))
    })
}

/// The name of a group.
pub(super) fn group_name(id: u32) -> Option<Vec<u8>> {
    with_buffer(|buffer, length| {
        let mut record = MaybeUninit::<libc::group>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: as in `user_name`.
        let status = unsafe { libc::getgrgid_r(id, record.as_mut_ptr(), buffer, length, &raw mut found) };
        // SAFETY: as in `user_name`.
        (status, (!found.is_null()).then(|| unsafe { copied((*found).gr_name) }))
    })
}

/// The id of a group.
pub(super) fn group_id(name: &[u8]) -> Option<u32> {
    let name = CString::new(name).ok()?;
    with_buffer(|buffer, length| {
        let mut record = MaybeUninit::<libc::group>::uninit();
        let mut found = ptr::null_mut();
        // SAFETY: as in `user_id`.
        let status =
            unsafe { libc::getgrnam_r(name.as_ptr(), record.as_mut_ptr(), buffer, length, &raw mut found) };
        // SAFETY: as in `user_id`.
        (status, (!found.is_null()).then(|| unsafe { (*found).gr_gid }))
    })
}

/// Calls `look_up` with a buffer that grows for as long as it is too small.
fn with_buffer<T>(mut look_up: impl FnMut(*mut c_char, usize) -> (c_int, Option<T>)) -> Option<T> {
    let mut buffer = vec![0; 1024];
    loop {
        match look_up(buffer.as_mut_ptr(), buffer.len()) {
            (libc::ERANGE, _) if buffer.len() < RECORD_LIMIT => buffer.resize(buffer.len() * 2, 0),
            (libc::EINTR, _) => {}
            (0, found) => return found,
            _ => return None,
        }
    }
}

/// # Safety
/// `text` must point to a C string that nothing changes during the call.
unsafe fn copied(text: *const c_char) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}
