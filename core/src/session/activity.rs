//! How long a session may wait for its other end. In: what is heard and written, and who waits. Out: an error once it has
//! waited too long.
//!
//! # What counts
//! A session is overdue when, for as long as the timeout, every role of this end has waited for the other end, nothing was
//! heard of it, and no write got on. A role that works (hashes a file, lists a directory) does not wait, however long it
//! takes; and this end's own keep-alives are no sign of the other end's life. A trickle of bytes keeps a session alive, as
//! it does with rsync; for the handshake, which is short, there is a deadline that nothing puts off.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// How long the other end may take to say its first byte, where no timeout is set: a person may have to type a password.
const FIRST_BYTE: Duration = Duration::from_secs(300);
/// How long the handshake may take from the first byte on.
const HANDSHAKE: Duration = Duration::from_secs(60);
/// How long a session that has failed may take to tell the other end.
const FAREWELL: Duration = Duration::from_secs(10);
/// A time that has not come.
const NEVER: u64 = u64::MAX;

/// The times of one session. All are milliseconds since it began.
pub(crate) struct Activity {
    began: Instant,
    /// The timeout in milliseconds, 0 for none.
    limit: AtomicU64,
    /// When a sign of the other end's life, or work of this end, was last seen.
    last: AtomicU64,
    /// When anything was last written.
    written: AtomicU64,
    first_heard: AtomicU64,
    framed: AtomicBool,
    failed: AtomicU64,
    /// Roles that do not wait for the other end.
    working: AtomicUsize,
}

impl Activity {
    /// A session that begins now, with one role at work.
    pub(crate) fn new(limit: Option<Duration>) -> Activity {
        Activity {
            began: Instant::now(),
            limit: AtomicU64::new(limit.map_or(0, |limit| limit.as_millis() as u64)),
            last: AtomicU64::new(0),
            written: AtomicU64::new(0),
            first_heard: AtomicU64::new(NEVER),
            framed: AtomicBool::new(false),
            failed: AtomicU64::new(NEVER),
            working: AtomicUsize::new(1),
        }
    }

    /// The timeout.
    pub(crate) fn limit(&self) -> Option<Duration> {
        Some(self.limit.load(Ordering::Relaxed)).filter(|&limit| limit > 0).map(Duration::from_millis)
    }

    /// Takes a timeout of the other end's, where it is shorter than the one there is (`docs/spec/wire-1-session.md` §5.4).
    pub(crate) fn shorten(&self, limit: Duration) {
        if self.limit().is_none_or(|own| limit < own) {
            self.limit.store(limit.as_millis() as u64, Ordering::Relaxed);
        }
    }

    /// Bytes of the other end have arrived.
    pub(crate) fn note_heard(&self) {
        let now = self.now();
        self.last.store(now, Ordering::Relaxed);
        let _ = self.first_heard.compare_exchange(NEVER, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Bytes that carry something have been written.
    pub(crate) fn note_written(&self) {
        let now = self.now();
        self.last.store(now, Ordering::Relaxed);
        self.written.store(now, Ordering::Relaxed);
    }

    /// A keep-alive has been written.
    pub(crate) fn note_keep_alive(&self) {
        self.written.store(self.now(), Ordering::Relaxed);
    }

    /// The handshake is over.
    pub(crate) fn note_framed(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
        self.framed.store(true, Ordering::Release);
    }

    /// The session has failed, and only says so from here on.
    pub(crate) fn note_failure(&self) {
        let _ = self.failed.compare_exchange(NEVER, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// One more role is at work, until the value is dropped.
    pub(crate) fn role(&self) -> Working<'_> {
        self.working.fetch_add(1, Ordering::AcqRel);
        Working(self)
    }

    /// The calling role waits for the other end, until the value is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.last.store(self.now(), Ordering::Relaxed);
        self.working.fetch_sub(1, Ordering::AcqRel);
        Waiting(self)
    }

    /// How long it is until a keep-alive is due, half of the timeout after the last write (§5.8); `None` without a timeout.
    pub(crate) fn until_keep_alive(&self) -> Option<Duration> {
        let limit = self.limit()?;
        Some((limit / 2).saturating_sub(self.since(&self.written)))
    }

    /// What is wrong, if the other end has been waited for too long.
    pub(crate) fn overdue(&self) -> Option<Error> {
        let limit = self.limit();
        let waits = self.working.load(Ordering::Acquire) == 0;
        if self.framed.load(Ordering::Acquire) {
            let limit = limit.filter(|&limit| waits && self.since(&self.last) >= limit)?;
            return Some(silence(limit));
        }
        if let Some(limit) = limit.filter(|&limit| self.since(&self.last) >= limit) {
            return Some(silence(limit));
        }
        if self.first_heard.load(Ordering::Relaxed) == NEVER {
            return (self.began.elapsed() >= FIRST_BYTE).then(|| silence(FIRST_BYTE));
        }
        (self.since(&self.first_heard) >= HANDSHAKE).then(|| {
            let seconds = HANDSHAKE.as_secs();
            Error::new(ErrorKind::Timeout, format!("the handshake took longer than {seconds} seconds"))
        })
    }

    /// Whether a session that has failed has had the time to say so.
    pub(crate) fn farewell_is_overdue(&self) -> bool {
        self.failed.load(Ordering::Relaxed) != NEVER && self.since(&self.failed) >= FAREWELL
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn since(&self, mark: &AtomicU64) -> Duration {
        Duration::from_millis(self.now().saturating_sub(mark.load(Ordering::Relaxed)))
    }
}

fn silence(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("io timeout after {} seconds", limit.as_secs_f64()))
}

/// A role that works, from [`Activity::role`].
pub(crate) struct Working<'a>(&'a Activity);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A role that waits, from [`Activity::wait`].
pub(crate) struct Waiting<'a>(&'a Activity);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.working.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(30);

    fn framed(limit: Option<Duration>) -> Activity {
        let activity = Activity::new(limit);
        activity.note_framed();
        activity
    }

    #[test]
    fn a_role_that_works_is_never_overdue_and_one_that_waits_is() {
        let activity = framed(Some(SHORT));
        std::thread::sleep(SHORT);
        assert!(activity.overdue().is_none());
        let _waiting = activity.wait();
        assert!(activity.overdue().is_none());
        std::thread::sleep(SHORT);
        assert_eq!(activity.overdue().unwrap().kind(), ErrorKind::Timeout);
        activity.note_heard();
        assert!(activity.overdue().is_none());
    }

    #[test]
    fn all_roles_have_to_wait_and_keep_alives_count_for_nothing() {
        let activity = framed(Some(SHORT));
        let other = activity.role();
        let _waiting = activity.wait();
        std::thread::sleep(SHORT);
        assert!(activity.overdue().is_none());
        drop(other);
        activity.note_keep_alive();
        assert!(activity.overdue().is_some());
        activity.note_written();
        assert!(activity.overdue().is_none());
    }

    #[test]
    fn the_other_end_may_shorten_the_timeout_and_never_raise_it() {
        let activity = framed(None);
        assert_eq!(activity.until_keep_alive(), None);
        activity.shorten(Duration::from_secs(9));
        activity.shorten(Duration::from_secs(5));
        activity.shorten(Duration::from_secs(7));
        assert_eq!(activity.limit(), Some(Duration::from_secs(5)));
        assert!(activity.until_keep_alive().unwrap() <= Duration::from_millis(2500));
    }

    #[test]
    fn silence_in_the_handshake_counts_even_while_this_end_works() {
        let activity = Activity::new(Some(SHORT));
        std::thread::sleep(SHORT);
        assert_eq!(activity.overdue().unwrap().exit_status(), 30);
        assert!(Activity::new(None).overdue().is_none());
    }
}
