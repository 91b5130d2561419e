//! An error on its way to JavaScript. In: [`syncline::Error`]. Out: a plain object, of which the TypeScript makes a `SynclineError`.

use std::os::unix::ffi::OsStrExt;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use syncline::{Error, ErrorKind, ItemForm, Report};

use crate::summary::ReportObject;

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
    /// rsync's exit status, of a transfer.
    pub exit_status: Option<u32>,
    /// What the other end said.
    pub peer_message: Option<String>,
    /// What a transfer did that went to its end and left something out.
    pub report: Option<ReportObject>,
}

/// Every value of [`Failure::code`].
#[napi]
pub fn error_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            code: error.kind().name().to_owned(),
            message: error.to_string(),
            path: error.path().map(|path| Uint8Array::from(path.as_os_str().as_bytes())),
            errno: error.errno().map(|number| -number),
            exit_status: None,
            peer_message: error.peer_message().map(str::to_owned),
            report: None,
        }
    }
}

/// A transfer that failed, or that left something out.
pub(crate) struct Unfinished {
    error: Error,
    report: Option<Box<ReportObject>>,
}

impl Unfinished {
    /// The report of a transfer that left nothing out.
    pub(crate) fn check(report: Report, form: ItemForm) -> Result<ReportObject, Unfinished> {
        let object = ReportObject::of(&report, form);
        match report.error() {
            None => Ok(object),
            Some(error) => Err(Unfinished { error, report: Some(Box::new(object)) }),
        }
    }
}

impl From<Error> for Unfinished {
    fn from(error: Error) -> Unfinished {
        Unfinished { error, report: None }
    }
}

impl From<Unfinished> for Failure {
    fn from(Unfinished { error, report }: Unfinished) -> Failure {
        Failure {
            exit_status: Some(error.exit_status().into()),
            report: report.map(|report| *report),
            ..error.into()
        }
    }
}
