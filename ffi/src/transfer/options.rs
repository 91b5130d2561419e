//! What is asked of a transfer: rsync's options by name and value, from the library's one table.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::{CStr, CString, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use syncline_core::options::{OptionSpec, Options, TABLE};
use syncline_core::{Error, ErrorKind, Result};

use crate::error::syncline_error;
use crate::guard;

/// What is asked of a transfer.
pub struct syncline_options(pub(crate) Options);

/// The options behind `options`, or none for null.
///
/// # Safety
/// `options` is null or live.
pub(crate) unsafe fn options_or_default(options: *const syncline_options) -> Options {
    // SAFETY: the caller's promise.
    unsafe { options.as_ref() }.map_or_else(Options::default, |options| options.0.clone())
}

/// The text at `text`.
///
/// # Safety
/// `text` is null or a string that ends with NUL.
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a OsStr> {
    // SAFETY: the caller's promise.
    unsafe { guard::path(text, name) }.map(std::path::Path::as_os_str)
}

/// New options: nothing is asked for, as when rsync is given none. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_options_new() -> *mut syncline_options {
    Box::into_raw(Box::new(syncline_options(Options::default())))
}

/// Sets the option called `name`: a long name of rsync(1) without its dashes, such as `archive`, `delete`, `exclude` or `no-owner`. `value` is its
/// argument, or NULL if it takes none. Options act in the order they are set in; `exclude`, `include` and `filter` add a rule each.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_options_set(
    options: *mut syncline_options,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let options = guard::unique(options, "options")?;
            let name = text(name, "name")?.to_str().ok_or_else(|| {
                Error::new(ErrorKind::InvalidArgument, "the name of the option is not UTF-8")
            })?;
            let value = if value.is_null() { None } else { Some(text(value, "value")?) };
            Ok(options.0.set(name, value)?)
        })
    }
}

/// Frees options. NULL is fine.
///
/// # Safety
/// `options` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_options_free(options: *mut syncline_options) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(options) }
}

/// A row of the table, as C strings.
struct Row {
    spec: &'static OptionSpec,
    name: CString,
    argument: Option<CString>,
    help: CString,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let string = |text: &str| CString::new(text).unwrap_or_default();
        TABLE
            .iter()
            .filter(|spec| !spec.long.is_empty())
            .map(|spec| Row {
                spec,
                name: string(spec.long),
                argument: spec.argument.map(string),
                help: string(spec.help),
            })
            .collect()
    })
}

fn cell<T>(index: usize, otherwise: T, of: impl FnOnce(&'static Row) -> T) -> T {
    guard::value(None, || rows().get(index)).map_or(otherwise, of)
}

fn pointer(text: &'static CStr) -> *const c_char {
    text.as_ptr()
}

/// How many options the table has.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_count() -> usize {
    guard::value(0, || rows().len())
}

/// The name of option `index`, from 0 up; NULL beyond the last. Static.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_name(index: usize) -> *const c_char {
    cell(index, std::ptr::null(), |row| pointer(&row.name))
}

/// What the argument of option `index` is called, for example `SIZE`; NULL if it takes none. Static.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_argument(index: usize) -> *const c_char {
    cell(index, std::ptr::null(), |row| row.argument.as_deref().map_or(std::ptr::null(), pointer))
}

/// What option `index` does, in a few words; NULL beyond the last. Static.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_help(index: usize) -> *const c_char {
    cell(index, std::ptr::null(), |row| pointer(&row.help))
}

/// The letter of option `index`, 0 if it has none.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_letter(index: usize) -> u32 {
    cell(index, 0, |row| row.spec.short.map_or(0, u32::from))
}

/// Whether this version can do option `index`: 0 for those that it knows and refuses.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_option_is_supported(index: usize) -> i32 {
    cell(index, 0, |row| row.spec.is_built().into())
}

/// The texts at `texts`.
///
/// # Safety
/// `texts` is null or valid for reads of `count` pointers to strings that end with NUL.
pub(crate) unsafe fn texts<'a>(
    texts: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<&'a OsStr>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if texts.is_null() {
        return Err(guard::null(name));
    }
    if count.checked_mul(size_of::<*const c_char>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Error::new(ErrorKind::InvalidArgument, format!("the count of `{name}` is too large")));
    }
    // SAFETY: not null; the caller promises the rest.
    let pointers = unsafe { std::slice::from_raw_parts(texts, count) };
    // SAFETY: the caller's promise.
    pointers.iter().map(|&one| unsafe { text(one, name) }).collect()
}

/// A list of texts.
pub struct syncline_strings(Vec<CString>);

impl syncline_strings {
    pub(crate) fn new<T: AsRef<OsStr>>(texts: impl IntoIterator<Item = T>) -> syncline_strings {
        let string = |text: T| CString::new(text.as_ref().as_bytes()).unwrap_or_default();
        syncline_strings(texts.into_iter().map(string).collect())
    }
}

/// How many texts there are. 0 for NULL.
///
/// # Safety
/// `strings` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_strings_count(strings: *const syncline_strings) -> usize {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { strings.as_ref() }.map_or(0, |strings| strings.0.len()))
}

/// Text `index`, from 0 up; NULL beyond the last. Lives as long as the list.
///
/// # Safety
/// `strings` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_strings_get(
    strings: *const syncline_strings,
    index: usize,
) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let strings = unsafe { strings.as_ref() };
        strings.and_then(|strings| strings.0.get(index)).map_or(std::ptr::null(), |text| text.as_ptr())
    })
}

/// Frees a list of texts. NULL is fine.
///
/// # Safety
/// `strings` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_strings_free(strings: *mut syncline_strings) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(strings) }
}
