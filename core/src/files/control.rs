//! How a caller watches and stops work on files. In: bytes done. Out: progress to the caller, or an error to stop with.

use std::ops::ControlFlow;

use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use crate::event::Progress;

/// Progress and cancellation of one piece of work. The default does neither.
///
/// Both are looked at before the work starts and at least once in every 4 MiB of input. Progress is called on the thread that called the work.
/// Before work ends well, it is told once that all is done, with a total that is final.
#[derive(Default)]
pub struct Control<'a> {
    cancel: Option<CancelToken>,
    progress: Option<&'a mut dyn FnMut(Progress) -> ControlFlow<()>>,
}

impl<'a> Control<'a> {
    /// Neither progress nor cancellation.
    pub fn new() -> Control<'a> {
        Control::default()
    }

    /// Stops the work when `token` is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: &CancelToken) -> Control<'a> {
        self.cancel = Some(token.clone());
        self
    }

    /// Tells `observer` how far the work is; it may break it off, which ends it as cancelled.
    #[must_use]
    pub fn progress(mut self, observer: &'a mut dyn FnMut(Progress) -> ControlFlow<()>) -> Control<'a> {
        self.progress = Some(observer);
        self
    }

    /// Reports that `done` bytes of `total` (`None`: not known) are done.
    pub(crate) fn report(&mut self, done: u64, total: Option<u64>) -> Result<()> {
        if let Some(token) = &self.cancel {
            token.check()?;
        }
        if let Some(observer) = &mut self.progress {
            let progress = Progress::new(done, total.unwrap_or(done).max(done), total.is_some());
            if observer(progress).is_break() {
                return Err(Error::cancelled());
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}
