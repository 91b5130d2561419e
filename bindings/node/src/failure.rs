//! An error on its way to JavaScript. In: [`syncline::Error`]. Out: a plain object, of which the TypeScript makes a `SynclineError`.

use std::os::unix::ffi::OsStrExt;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use syncline::ErrorKind;

/// What went wrong, in place of a result.
#[napi(object, object_from_js = false)]
pub struct Failure {
    /// The name of the error's kind; no result has such a field.
    pub code: String,
    pub message: String,
    /// The path it concerns, as bytes.
    pub path: Option<Uint8Array>,
    /// The system's error number, negative as everywhere in Node.
    pub errno: Option<i32>,
}

/// Every value of [`Failure::code`].
#[napi]
pub fn error_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

impl From<syncline::Error> for Failure {
    fn from(error: syncline::Error) -> Failure {
        Failure {
            code: error.kind().name().to_owned(),
            message: error.to_string(),
            path: error.path().map(|path| Uint8Array::from(path.as_os_str().as_bytes())),
            errno: error.errno().map(|number| -number),
        }
    }
}
