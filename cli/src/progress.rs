//! How far the work is, shown while it runs. In: [`Progress`]. Out: a bar on a terminal, or lines of JSON.

use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use syncline::Progress;

use crate::json::Object;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Not at all.
    Hidden,
    /// A bar that is redrawn in place.
    Bar,
    /// An object a line.
    Json,
}

/// Draws at most ten times a second, and only for work that lasts.
pub(crate) struct Meter<'a> {
    style: Style,
    out: &'a mut dyn Write,
    bar: Bar,
    drawn: Option<Instant>,
}

/// A bar on a terminal, redrawn in place.
#[derive(Debug)]
pub(crate) struct Bar {
    started: Instant,
    drawn: Option<Instant>,
    /// Columns that it takes up now.
    width: usize,
}

impl Bar {
    pub(crate) fn new() -> Bar {
        Bar { started: Instant::now(), drawn: None, width: 0 }
    }

    /// Draws it on `out` if it is time to; `files` are those done and those known. What can't be shown is not worth stopping
    /// for.
    pub(crate) fn show(&mut self, progress: Progress, files: Option<(u64, u64)>, out: &mut dyn Write) {
        let now = Instant::now();
        let due = match self.drawn {
            None => now - self.started >= PATIENCE,
            Some(drawn) => now - drawn >= INTERVAL,
        };
        if due {
            self.drawn = Some(now);
            let line = bar(progress, files, now - self.started, columns());
            let pad = self.width.saturating_sub(line.chars().count());
            self.width = line.chars().count();
            let _ = write!(out, "\r{line}{:pad$}", "");
            let _ = out.flush();
        }
    }

    /// Takes it off the terminal, until it is drawn again.
    pub(crate) fn wipe(&mut self, out: &mut dyn Write) {
        let width = std::mem::take(&mut self.width);
        if width > 0 {
            let _ = write!(out, "\r{:width$}\r", "");
            let _ = out.flush();
        }
    }
}

/// Columns that a line may take on the terminal of standard error.
fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    // The last column stays free, so that the cursor does not go to the next line.
    size.ok().map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 1).unwrap_or(80) - 1
}

const INTERVAL: Duration = Duration::from_millis(100);
/// Work that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const BAR: usize = 24;

impl<'a> Meter<'a> {
    pub(crate) fn new(style: Style, out: &'a mut dyn Write) -> Meter<'a> {
        Meter { style, out, bar: Bar::new(), drawn: None }
    }

    /// Shows `progress`, if it is time to. What can't be shown is not worth stopping for.
    pub(crate) fn show(&mut self, progress: Progress) {
        match self.style {
            Style::Hidden => {}
            Style::Json => {
                if self.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL) {
                    return;
                }
                self.drawn = Some(Instant::now());
                let mut object = Object::new("progress");
                object
                    .number("bytes_done", progress.bytes_done)
                    .number("bytes_total", progress.bytes_total)
                    .truth("total_is_final", progress.total_is_final);
                let _ = self.out.write_all(object.line().as_bytes());
            }
            Style::Bar => self.bar.show(progress, None, self.out),
        }
    }

    /// Wipes the bar.
    pub(crate) fn end(mut self) {
        self.bar.wipe(self.out);
    }
}

/// The most of it that fits into `columns`.
fn bar(progress: Progress, files: Option<(u64, u64)>, elapsed: Duration, columns: usize) -> String {
    let done = progress.bytes_done as f64;
    let rate = done / elapsed.as_secs_f64().max(1e-3);
    let mut parts = Vec::new();
    let mut end = format!("{}/s", bytes(rate as u64));
    if progress.total_is_final && progress.bytes_total > 0 {
        let fraction = (done / progress.bytes_total as f64).min(1.0);
        let full = (fraction * BAR as f64) as usize;
        let left = (progress.bytes_total as f64 - done).max(0.0) / rate.max(1.0);
        parts.push(format!("{:3.0} %", fraction * 100.0));
        parts.push(format!("[{:<BAR$}]", "#".repeat(full)));
        parts.push(format!("{} of {}", bytes(progress.bytes_done), bytes(progress.bytes_total)));
        let _ = write!(end, "  {left:.0} s left");
    } else {
        parts.push(bytes(progress.bytes_done));
    }
    parts.push(end);
    parts.extend(files.map(|(done, known)| format!("{done} of {known} files")));
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { "  " };
        if line.chars().count() + gap.len() + part.chars().count() <= columns {
            line.push_str(gap);
            line.push_str(&part);
        }
    }
    line
}

/// A number of bytes for people, in powers of 1000.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_and_a_unit() {
        for (count, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (12_345, "12.3 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn a_bar_says_how_much_of_how_much() {
        let half = Progress::new(500_000, 1_000_000, true);
        let at = |columns| bar(half, Some((1, 2)), Duration::from_secs(1), columns);
        let files = "  1 of 2 files";
        let wide = " 50 %  [############            ]  500 kB of 1.00 MB  500 kB/s  1 s left";
        assert_eq!(at(100), format!("{wide}{files}"));
        assert_eq!(at(80), wide);
        assert_eq!(at(40), " 50 %  [############            ]");
        assert_eq!(at(5), " 50 %");
        assert_eq!(at(1), "");
        let line = bar(Progress::new(500_000, 500_000, false), None, Duration::from_secs(1), 80);
        assert_eq!(line, "500 kB  500 kB/s");
    }

    #[test]
    fn a_bar_is_wiped_before_other_text_and_drawn_again() {
        let (mut bar, mut out) = (Bar::new(), Vec::new());
        bar.started = Instant::now().checked_sub(PATIENCE).unwrap();
        bar.show(Progress::new(1, 1, true), None, &mut out);
        let width = bar.width;
        out.clear();
        bar.wipe(&mut out);
        assert_eq!(out, format!("\r{}\r", " ".repeat(width)).as_bytes());
        out.clear();
        bar.wipe(&mut out);
        assert_eq!(out, b"");
    }

    #[test]
    fn quick_work_draws_no_bar() {
        let mut out = Vec::new();
        let mut meter = Meter::new(Style::Bar, &mut out);
        meter.show(Progress::new(1, 2, true));
        meter.end();
        assert_eq!(out, b"");
    }
}
