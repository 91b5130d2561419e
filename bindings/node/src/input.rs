//! What work reads and writes. In: a path or bytes from JavaScript. Out: [`Source`]s and [`Target`]s that another thread may use.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use syncline::Result;
use syncline::files::{OutputOptions, Source, Target};

use crate::options;

/// A path or content: one of the two.
#[napi(object, object_to_js = false)]
pub struct Input {
    pub path: Option<Uint8Array>,
    pub bytes: Option<Uint8Array>,
}

/// An [`Input`] that JavaScript can no longer change.
pub(crate) enum Content {
    Path(PathBuf),
    Bytes(Vec<u8>),
}

impl Input {
    /// Copied: JavaScript may write to its arrays while another thread works.
    pub(crate) fn copy(&self) -> Content {
        match (&self.path, &self.bytes) {
            (Some(path), _) => Content::Path(path_of(path)),
            (None, bytes) => Content::Bytes(bytes.as_deref().unwrap_or_default().to_vec()),
        }
    }
}

impl Content {
    pub(crate) fn source(&self) -> Source<'_> {
        match self {
            Content::Path(path) => Source::Path(path),
            Content::Bytes(bytes) => Source::Bytes(bytes),
        }
    }
}

/// Where results go: a path, or else memory.
#[napi(object, object_to_js = false)]
pub struct Output {
    pub path: Option<Uint8Array>,
    pub overwrite: Option<bool>,
    pub sparse: Option<bool>,
    /// The most bytes that are written.
    pub limit: Option<f64>,
}

/// An [`Output`] for another thread.
pub(crate) struct Destination {
    path: Option<PathBuf>,
    options: OutputOptions,
    limit: Option<f64>,
}

impl Output {
    pub(crate) fn destination(&self) -> Destination {
        Destination {
            path: self.path.as_deref().map(path_of),
            options: OutputOptions::new()
                .overwrite(self.overwrite.unwrap_or_default())
                .sparse(self.sparse.unwrap_or_default()),
            limit: self.limit,
        }
    }
}

impl Destination {
    /// Runs `make`; with its result come the bytes it wrote, if they went to memory.
    pub(crate) fn write<R>(
        &self,
        make: impl FnOnce(Target<'_>, &OutputOptions) -> Result<R>,
    ) -> Result<(Option<Uint8Array>, R)> {
        let limit = options::whole("maxOutputLength", self.limit)?;
        let options = self.options.limit(limit);
        if let Some(path) = &self.path {
            return Ok((None, make(Target::Path(path), &options)?));
        }
        let mut bytes = Vec::new();
        let result = make(Target::Writer(&mut bytes), &options)?;
        Ok((Some(bytes.into()), result))
    }
}

pub(crate) fn path_of(bytes: impl AsRef<[u8]>) -> PathBuf {
    OsString::from_vec(bytes.as_ref().to_vec()).into()
}
