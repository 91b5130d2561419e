//! The table. In: rows as they are measured. Out: lines on the terminal, and a document.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

/// What the two numbers of a row are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Megabytes (10⁶) of input a second: more is better.
    Speed,
    /// Bytes: less is better.
    Size,
    /// MiB of memory: less is better.
    Memory,
    /// Seconds: less is better.
    Time,
}

pub(crate) struct Table {
    rows: String,
}

pub(crate) const HEAD: &str =
    "| work | how | ours | peer | | ratio | to reach |\n|---|---|---:|---:|---|---:|---|\n";

impl Table {
    pub(crate) fn new(head: &str) -> Table {
        print!("{head}");
        Table { rows: head.to_owned() }
    }

    /// Adds a line as it is.
    pub(crate) fn line(&mut self, line: &str) {
        print!("{line}");
        self.rows.push_str(line);
    }

    /// Adds a row: ours, theirs, and what the ratio should reach.
    pub(crate) fn row(
        &mut self,
        work: &str,
        how: &str,
        unit: Unit,
        ours: f64,
        peer: (&str, f64),
        reach: &str,
    ) {
        let show = |value: f64| match unit {
            Unit::Speed => format!("{value:.0} MB/s"),
            Unit::Size => format!("{value:.0} B"),
            Unit::Memory => format!("{value:.0} MiB"),
            Unit::Time => format!("{value:.2} s"),
        };
        let mut row = String::new();
        let _ = writeln!(
            row,
            "| {work} | {how} | {} | {} | {} | {:.2} | {reach} |",
            show(ours),
            show(peer.1),
            peer.0,
            ours / peer.1
        );
        self.line(&row);
    }

    /// Writes the table into the document at `path`, between the marks called `mark`, after `note`.
    pub(crate) fn write(&self, path: &Path, mark: &str, note: &str) {
        let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->\n"));
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once(&start).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        let note = format!("{note} Processor: {}.\n\n", processor());
        std::fs::write(path, format!("{before}{start}{note}{}{end}{after}", self.rows)).unwrap();
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        text.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("unknown").trim().to_owned()
}

/// The best speed of a few rounds over `bytes`, in MB/s. Work that takes seconds is done twice only.
pub(crate) fn speed<T>(bytes: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    let mut spent = 0.0;
    for round in 0..5 {
        if round >= 2 && spent > 3.0 {
            break;
        }
        let start = Instant::now();
        std::hint::black_box(work());
        let seconds = start.elapsed().as_secs_f64();
        best = best.min(seconds);
        spent += seconds;
    }
    bytes as f64 / best / 1e6
}
