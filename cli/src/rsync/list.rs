//! Lines of listings (`docs/spec/wire-1-session.md` §8.5). In: an entry. Out: its line.

use syncline::wire::file_entry::{FileEntry, FileKind};

use super::clock;
use super::numbers;

/// Permissions as `ls -l` shows them: 10 characters.
pub(super) fn permissions(mode: u32) -> String {
    let kind = match FileKind::of(mode) {
        Some(FileKind::Directory) => 'd',
        Some(FileKind::Symlink) => 'l',
        Some(FileKind::BlockDevice) => 'b',
        Some(FileKind::CharDevice) => 'c',
        Some(FileKind::Socket) => 's',
        Some(FileKind::Fifo) => 'p',
        Some(FileKind::Regular | FileKind::Missing) | None => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, with_x, without_x) in
        [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => with_x,
            (true, false) => without_x,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The line for `entry` under `-h`'s `level`, without its end; link targets are shown if links are preserved.
pub(super) fn line(entry: &FileEntry, level: u8, links: bool) -> Vec<u8> {
    let size = numbers::integer(entry.size, level);
    let width = if level == 0 { 11 } else { 14 };
    let date = clock::local(entry.modified, "%Y/%m/%d %H:%M:%S");
    let mut line = format!("{} {size:>width$} {date} ", permissions(entry.mode)).into_bytes();
    line.extend_from_slice(&entry.name);
    if links && entry.kind() == FileKind::Symlink {
        line.extend_from_slice(b" -> ");
        line.extend_from_slice(entry.target());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_look_as_in_ls() {
        for (mode, text) in [
            (0o040_755, "drwxr-xr-x"),
            (0o100_644, "-rw-r--r--"),
            (0o120_777, "lrwxrwxrwx"),
            (0o104_755, "-rwsr-xr-x"),
            (0o106_644, "-rwSr-Sr--"),
            (0o041_777, "drwxrwxrwt"),
            (0o041_776, "drwxrwxrwT"),
            (0o010_600, "prw-------"),
        ] {
            assert_eq!(permissions(mode), text);
        }
    }
}
