//! The checksums that `-c` compares (`docs/spec/wire-2-filelist.md` §1.6). In: open files. Out: digests.

use std::fs::File;
use std::io::{self, Read};

use crate::checksum::file_sum::{FileDigest, FileSum, FileSumKind};
use crate::session::channel::Link;

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// Reads files, one after another, into the same memory, for as long as the session goes on.
pub(crate) struct ContentSum<'a> {
    link: &'a Link,
    piece: Vec<u8>,
}

impl<'a> ContentSum<'a> {
    pub(crate) fn new(link: &'a Link) -> ContentSum<'a> {
        ContentSum { link, piece: Vec::new() }
    }

    /// The digest of the first `size` bytes of what `file` opens, or of all that there are; zeros if it cannot be read.
    pub(crate) fn of(&mut self, kind: FileSumKind, file: io::Result<File>, size: u64) -> Vec<u8> {
        let mut digest = match file.and_then(|file| self.read(kind, file, size)) {
            Ok(digest) => digest.to_vec(),
            Err(_) => vec![0; kind.digest_length()],
        };
        digest.truncate(kind.digest_length());
        digest
    }

    fn read(&mut self, kind: FileSumKind, mut file: File, size: u64) -> io::Result<FileDigest> {
        self.piece.resize(PIECE, 0);
        let mut sum = None;
        let mut left = size;
        while left > 0 {
            if self.link.was_stopped() {
                return Err(io::Error::other("the session is over"));
            }
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let count = match file.read(self.piece.get_mut(..wanted).unwrap_or_default()) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let bytes = self.piece.get(..count).unwrap_or_default();
            left -= count as u64;
            if sum.is_none() && left == 0 {
                // Most files come in one piece.
                return Ok(FileSum::of(kind, bytes));
            }
            sum.get_or_insert_with(|| FileSum::new(kind)).update(bytes);
        }
        Ok(sum.unwrap_or_else(|| FileSum::new(kind)).finish())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn the_digest_is_that_of_the_bytes_however_they_are_read() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|i| (i % 251) as u8).collect();
        let link = Link::new(std::sync::Arc::new(|| {}), None);
        let mut sums = ContentSum::new(&link);
        let kinds = FileSumKind::OFFERED.iter().chain([&FileSumKind::Blake3]);
        for kind in kinds.copied() {
            for (length, size) in [
                (0, 0),
                (1, 1),
                (300, 300),
                (300, 200),
                (300, 400),
                (PIECE, PIECE),
                (bytes.len(), bytes.len()),
            ] {
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&bytes[..length]).unwrap();
                file.rewind().unwrap();
                let mut expected = FileSum::new(kind);
                expected.update(&bytes[..length.min(size)]);
                let digest = sums.of(kind, Ok(file), size as u64);
                assert_eq!(digest, expected.finish()[..kind.digest_length()], "{kind:?}, {length}, {size}");
            }
        }
        assert_eq!(sums.of(FileSumKind::Md5, File::open("/nowhere"), 5), [0; 16]);
    }
}
