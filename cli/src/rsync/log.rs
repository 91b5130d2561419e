//! `--log-file` (rsync(1), `docs/spec/wire-1-session.md` §8.8). In: lines. Out: the same, with the time and the process in front,
//! at the end of a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::clock;
use super::format::Format;

/// A log that is being written.
pub(super) struct Log {
    file: File,
    /// The form of the line for each change; none if they are not logged.
    pub(super) format: Option<Format>,
}

impl Log {
    /// Opens the file at `path` for appending.
    pub(super) fn open(path: &Path, format: Option<Format>) -> io::Result<Log> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Log { file, format })
    }

    /// Adds the lines of `text` that are not empty. A log that cannot be written stops nothing.
    pub(super) fn add(&mut self, text: &[u8]) {
        let mut lines = Vec::new();
        for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let start = format!("{} [{}] ", clock::now("%Y/%m/%d %H:%M:%S"), std::process::id());
            lines.extend_from_slice(&[start.as_bytes(), line, b"\n"].concat());
        }
        // One write, so that the lines of several processes do not mix.
        let _ = self.file.write_all(&lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_with_time_and_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for text in ["one\n", "\ntwo\nthree"] {
            Log::open(&path, None).unwrap().add(text.as_bytes());
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let middle = format!(" [{}] ", std::process::id());
        let lines: Vec<&str> = text.lines().map(|line| line.split_once(&middle).unwrap().1).collect();
        assert_eq!(lines, ["one", "two", "three"]);
        assert!(text.lines().all(|line| line.find(&middle) == Some("2026/11/25 14:17:12".len())));
    }
}
