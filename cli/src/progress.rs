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
    started: Instant,
    drawn: Option<Instant>,
    width: usize,
}

const INTERVAL: Duration = Duration::from_millis(100);
/// Work that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const BAR: usize = 24;

impl<'a> Meter<'a> {
    pub(crate) fn new(style: Style, out: &'a mut dyn Write) -> Meter<'a> {
        Meter { style, out, started: Instant::now(), drawn: None, width: 0 }
    }

    /// Shows `progress`, if it is time to. What can't be shown is not worth stopping for.
    pub(crate) fn show(&mut self, progress: Progress) {
        let now = Instant::now();
        let due = match self.drawn {
            None => now - self.started >= if self.style == Style::Bar { PATIENCE } else { Duration::ZERO },
            Some(drawn) => now - drawn >= INTERVAL,
        };
        if !due {
            return;
        }
        self.drawn = Some(now);
        match self.style {
            Style::Hidden => {}
            Style::Json => {
                let mut object = Object::new("progress");
                object
                    .number("bytes_done", progress.bytes_done)
                    .number("bytes_total", progress.bytes_total)
                    .truth("total_is_final", progress.total_is_final);
                let _ = self.out.write_all(object.line().as_bytes());
            }
            Style::Bar => {
                let line = bar(progress, now - self.started);
                let pad = self.width.saturating_sub(line.chars().count());
                self.width = line.chars().count();
                let _ = write!(self.out, "\r{line}{:pad$}", "");
                let _ = self.out.flush();
            }
        }
    }

    /// Wipes the bar.
    pub(crate) fn end(self) {
        if self.style == Style::Bar && self.drawn.is_some() {
            let _ = write!(self.out, "\r{:width$}\r", "", width = self.width);
            let _ = self.out.flush();
        }
    }
}

fn bar(progress: Progress, elapsed: Duration) -> String {
    let done = progress.bytes_done as f64;
    let rate = done / elapsed.as_secs_f64().max(1e-3);
    let mut line = String::new();
    if progress.total_is_final && progress.bytes_total > 0 {
        let fraction = (done / progress.bytes_total as f64).min(1.0);
        let full = (fraction * BAR as f64) as usize;
        let left = (progress.bytes_total as f64 - done).max(0.0) / rate.max(1.0);
        let _ = write!(line, "[{:<BAR$}] {:3.0} %  ", "#".repeat(full), fraction * 100.0);
        let _ = write!(line, "{} of {}  ", bytes(progress.bytes_done), bytes(progress.bytes_total));
        let _ = write!(line, "{}/s  {left:.0} s left", bytes(rate as u64));
    } else {
        let _ = write!(line, "{}  {}/s", bytes(progress.bytes_done), bytes(rate as u64));
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
        let line = bar(Progress::new(500_000, 1_000_000, true), Duration::from_secs(1));
        assert_eq!(line, "[############            ]  50 %  500 kB of 1.00 MB  500 kB/s  1 s left");
        let line = bar(Progress::new(500_000, 500_000, false), Duration::from_secs(1));
        assert_eq!(line, "500 kB  500 kB/s");
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
