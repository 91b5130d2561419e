//! `--progress` and `--info=progress2` (`docs/spec/wire-1-session.md` §8.6). In: progress and the clock. Out: lines that are
//! written over.

use std::time::{Duration, Instant};

use syncline::TransferProgress;

use super::numbers;

/// The least time between two lines about the same file.
const INTERVAL: Duration = Duration::from_secs(1);

/// Which progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// That of each file, on lines of its own.
    EachFile,
    /// That of the whole transfer, on one line.
    Whole,
}

/// Lines of progress as they become due.
#[derive(Debug)]
pub(super) struct Lines {
    scope: Scope,
    /// `-h`'s level.
    level: u8,
    /// When the transfer began, or the current file.
    began: Instant,
    shown_at: Option<Instant>,
    /// The length of the last line's tail, which a shorter one has to cover.
    tail: usize,
    /// Whether the cursor is behind a line of progress.
    is_open: bool,
}

impl Lines {
    pub(super) fn new(scope: Scope, level: u8) -> Lines {
        Lines { scope, level, began: Instant::now(), shown_at: None, tail: 0, is_open: false }
    }

    /// The content of another file is about to be transferred.
    pub(super) fn begin_file(&mut self) {
        if self.scope == Scope::EachFile {
            (self.began, self.shown_at) = (Instant::now(), None);
        }
    }

    /// What to write now, if anything.
    pub(super) fn show(&mut self, progress: &TransferProgress) -> Option<String> {
        let complete = match &progress.file {
            Some(file) => file.is_complete,
            // All is done. What it looks like for each file has been shown.
            None if self.scope == Scope::EachFile => return None,
            None => true,
        };
        if !complete && self.shown_at.is_some_and(|at| at.elapsed() < INTERVAL) {
            return None;
        }
        self.shown_at = Some(Instant::now());
        let (done, total) = match (self.scope, &progress.file) {
            (Scope::EachFile, Some(file)) => (file.bytes_done, file.bytes_total),
            _ => (progress.transferred_bytes, progress.overall.bytes_total),
        };
        let time = if complete && (self.scope == Scope::EachFile || progress.file.is_none()) {
            Time::Taken
        } else {
            Time::Left
        };
        let mut line = line(done, total, self.began.elapsed(), time, self.level);
        let mut tail = String::from("  ");
        if complete {
            let check = if progress.overall.total_is_final { "to-chk" } else { "ir-chk" };
            let position = progress.file.as_ref().map_or(progress.files_done, |file| file.position);
            let left = progress.files_total.saturating_sub(position);
            tail = format!(" (xfr#{}, {check}={left}/{})", progress.files_transferred, progress.files_total);
        }
        let covering = self.tail.saturating_sub(tail.len());
        self.tail = tail.len();
        line.push_str(&tail);
        line.extend(std::iter::repeat_n(' ', covering));
        self.is_open = true;
        if complete && self.scope == Scope::EachFile {
            line.push('\n');
            (self.tail, self.is_open) = (0, false);
        }
        Some(line)
    }

    /// Whether a line has to be ended before something else is written; it counts as ended then.
    pub(super) fn take_open(&mut self) -> bool {
        if self.is_open {
            self.tail = 0;
        }
        std::mem::take(&mut self.is_open)
    }
}

/// What the time in a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    /// What is still needed at this rate.
    Left,
    /// What it took.
    Taken,
}

fn line(done: u64, total: u64, elapsed: Duration, time: Time, level: u8) -> String {
    let share = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { done as f64 / 1024.0 / seconds } else { 0.0 };
    let (shown, unit) = match rate {
        rate if rate > 1024.0 * 1024.0 => (rate / 1024.0 / 1024.0, "GB/s"),
        rate if rate > 1024.0 => (rate / 1024.0, "MB/s"),
        rate => (rate, "kB/s"),
    };
    let time = match time {
        Time::Taken => seconds,
        Time::Left if rate > 0.0 => total.saturating_sub(done) as f64 / 1024.0 / rate,
        Time::Left => 0.0,
    };
    let time = match time as u64 {
        seconds if seconds / 3600 < 10_000 => {
            format!("{:4}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
        _ => "  ??:??:??".to_owned(),
    };
    format!("\r{:>15} {share:3}% {shown:7.2}{unit} {time}", numbers::integer(done, level))
}

#[cfg(test)]
mod tests {
    use syncline::FileProgress;

    use super::*;

    #[test]
    fn the_columns_are_rsyncs() {
        let at = |done, seconds, time| line(done, 1_500_000, Duration::from_secs_f64(seconds), time, 1);
        assert_eq!(at(32_768, 0.0, Time::Left), "\r         32,768   2%    0.00kB/s    0:00:00");
        assert_eq!(at(750_000, 1.0, Time::Left), "\r        750,000  50%  732.42kB/s    0:00:01");
        assert_eq!(at(1_500_000, 0.004, Time::Taken), "\r      1,500,000 100%  357.63MB/s    0:00:00");
        assert_eq!(at(1_500_000, 3_723.0, Time::Taken), "\r      1,500,000 100%    0.39kB/s    1:02:03");
        assert_eq!(at(1, 3_600.0, Time::Left), "\r              1   0%    0.00kB/s   ??:??:??");
    }

    fn seen(done: u64, is_complete: bool) -> TransferProgress {
        let mut progress = TransferProgress::default();
        progress.overall.bytes_total = 200;
        progress.files_total = 7;
        progress.files_transferred = u64::from(is_complete);
        progress.transferred_bytes = done;
        let mut file = FileProgress::default();
        (file.position, file.bytes_done, file.bytes_total, file.is_complete) = (3, done, 100, is_complete);
        progress.file = Some(file);
        progress
    }

    /// The end of a line behind the rate, which depends on the clock.
    fn after_rate(line: Option<String>) -> String {
        line.unwrap().split_once("B/s").unwrap().1.to_owned()
    }

    #[test]
    fn each_file_ends_with_a_line_and_the_whole_stays_on_one() {
        let mut lines = Lines::new(Scope::EachFile, 1);
        assert!(after_rate(lines.show(&seen(10, false))).ends_with("  "));
        assert_eq!(lines.show(&seen(20, false)), None, "twice in a second");
        assert!(lines.take_open());
        assert_eq!(after_rate(lines.show(&seen(100, true))), "    0:00:00 (xfr#1, ir-chk=4/7)\n");
        assert!(!lines.take_open());
        let mut lines = Lines::new(Scope::Whole, 1);
        let first = lines.show(&seen(100, true)).unwrap();
        assert!(first.contains(" 50% ") && first.ends_with(" (xfr#1, ir-chk=4/7)"), "{first}");
        lines.shown_at = None;
        // What was longer is covered.
        assert!(after_rate(lines.show(&seen(100, false))).ends_with(&" ".repeat(20)));
    }
}
