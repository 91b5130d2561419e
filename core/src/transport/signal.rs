//! Writing to a pipe that nobody reads, without the signal. In: a write. Out: its result.
//!
//! A host that embeds this library may not ignore `SIGPIPE`, and the library may not change that for the whole process.
//! The signal goes to the thread that writes; so that thread holds it back, and takes it away before letting it through.

use std::mem::MaybeUninit;
use std::ptr;

use rustix::io::{Errno, Result};

/// Calls `write` with `SIGPIPE` held back from this thread.
pub(super) fn without_pipe_signal(write: impl FnOnce() -> Result<usize>) -> Result<usize> {
    let mut pipe = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    let mut pending = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigemptyset` initialises the set before anything reads it, and `sigpending` and `pthread_sigmask` fill the
    // sets that they are given; all three pointers are to live, writable sets of this frame.
    let was_pending = unsafe {
        libc::sigemptyset(pipe.as_mut_ptr());
        libc::sigaddset(pipe.as_mut_ptr(), libc::SIGPIPE);
        libc::sigemptyset(pending.as_mut_ptr());
        libc::sigpending(pending.as_mut_ptr());
        let was_pending = libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1;
        if libc::pthread_sigmask(libc::SIG_BLOCK, pipe.as_ptr(), before.as_mut_ptr()) != 0 {
            return Err(Errno::INVAL);
        }
        was_pending
    };
    let written = write();
    // SAFETY: `pipe` and `before` were initialised above, where `pthread_sigmask` succeeded; the timeout is a live value
    // and no information about the signal is asked for.
    unsafe {
        if written == Err(Errno::PIPE) && !was_pending {
            let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            libc::sigtimedwait(pipe.as_ptr(), ptr::null_mut(), &raw const at_once);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a process of its own, which such a signal would end: the one that runs the tests ignores it.
    #[test]
    fn a_host_that_does_not_ignore_the_signal_lives() {
        const CHILD: &str = "SYNCLINE_TEST_SIGPIPE";
        if std::env::var_os(CHILD).is_some() {
            // SAFETY: sets the default action; no handler is involved.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            for _ in 0..2 {
                let written = without_pipe_signal(|| rustix::io::write(&writer, b"x"));
                assert_eq!(written, Err(Errno::PIPE));
            }
            // A status that only having come this far gives.
            std::process::exit(42);
        }
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "transport::signal::tests::a_host_that_does_not_ignore_the_signal_lives"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(child.status.code(), Some(42));
    }
}
