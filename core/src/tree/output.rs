//! The content of a file being written (`docs/spec/wire-3-transfer.md` §9.1, §9.3, §9.10). In: bytes and lengths of what
//! stays as it is, strictly forward. Out: a file of exactly these bytes, with holes where that was asked for.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, fallocate};

/// What a file is written over, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// Makes holes of runs of zero bytes (`--sparse`).
    pub sparse: bool,
    /// The file has content already, which is overwritten and partly kept (`--inplace`).
    pub in_place: bool,
}

/// Writes a file from its start to its end.
///
/// Small writes are gathered; [`finish`](Output::finish) writes what is left and sets the length. Dropped before that, the
/// file has some of the bytes, as after any write that failed.
#[derive(Debug)]
pub struct Output<'a> {
    file: &'a File,
    options: OutputOptions,
    gathered: Vec<u8>,
    /// Where in the file `gathered` goes.
    position: u64,
    /// Zero bytes before `gathered` that are not written yet.
    zeros: u64,
}

impl<'a> Output<'a> {
    /// Bytes gathered into one write.
    const GATHERED: usize = 256 * 1024;
    /// Zero bytes that are worth a hole inside of other data; the number is rsync's.
    const HOLE: usize = 1024;

    /// Starts at the start of `file`, which is empty unless the options say otherwise.
    pub fn new(file: &'a File, options: OutputOptions) -> Output<'a> {
        Output { file, options, gathered: Vec::new(), position: 0, zeros: 0 }
    }

    /// Where the next byte goes.
    pub fn position(&self) -> u64 {
        self.position + self.gathered.len() as u64
    }

    /// Leaves the next `length` bytes of a file that is updated in place as they are.
    ///
    /// # Errors
    /// The system's reason for not writing what came before.
    pub fn skip(&mut self, length: u64) -> io::Result<()> {
        self.flush_gathered()?;
        self.flush_zeros()?;
        self.position = self.position.checked_add(length).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(())
    }

    /// Writes everything, gives the file its length, and says what that is.
    ///
    /// # Errors
    /// The system's reason: a full disk shows up here at the latest.
    pub fn finish(mut self) -> io::Result<u64> {
        self.flush_gathered()?;
        if self.options.in_place {
            self.flush_zeros()?;
        }
        if self.options.in_place || self.zeros > 0 {
            self.file.set_len(self.position)?;
        }
        Ok(self.position)
    }

    fn flush_gathered(&mut self) -> io::Result<()> {
        let mut gathered = std::mem::take(&mut self.gathered);
        let written = self.put(&gathered);
        gathered.clear();
        self.gathered = gathered;
        written
    }

    /// Puts bytes at the position.
    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while self.options.sparse && !bytes.is_empty() {
            let (data, zeros) = until_hole(bytes, Self::HOLE);
            if !data.is_empty() {
                self.put_data(data)?;
            }
            self.zeros += zeros as u64;
            self.position += zeros as u64;
            bytes = bytes.get(data.len() + zeros..).unwrap_or_default();
        }
        if bytes.is_empty() { Ok(()) } else { self.put_data(bytes) }
    }

    fn put_data(&mut self, data: &[u8]) -> io::Result<()> {
        self.flush_zeros()?;
        self.file.write_all_at(data, self.position)?;
        self.position += data.len() as u64;
        Ok(())
    }

    /// Makes the zeros before the position true. A new file has a hole there anyway, an old one may have anything.
    fn flush_zeros(&mut self) -> io::Result<()> {
        let (start, length) = (self.position - self.zeros, std::mem::take(&mut self.zeros));
        if length == 0 || !self.options.in_place {
            return Ok(());
        }
        let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        if fallocate(self.file, punch, start, length).is_ok() {
            return Ok(());
        }
        let zeros = [0; 16 * 1024];
        let mut done = 0;
        while done < length {
            let step = (length - done).min(zeros.len() as u64);
            self.file.write_all_at(zeros.get(..step as usize).unwrap_or(&zeros), start + done)?;
            done += step;
        }
        Ok(())
    }
}

/// Splits bytes before the first run of zeros that is worth a hole or reaches the end: the data, and the run's length.
fn until_hole(bytes: &[u8], worth: usize) -> (&[u8], usize) {
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let Some(zero) = rest.iter().position(|&byte| byte == 0) else { break };
        let run = rest.iter().skip(zero).take_while(|&&byte| byte == 0).count();
        if run >= worth || zero + run == rest.len() {
            return (bytes.get(..start + zero).unwrap_or_default(), run);
        }
        start += zero + run;
    }
    (bytes, 0)
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gathered.len() + bytes.len() > Self::GATHERED {
            self.flush_gathered()?;
        }
        if bytes.len() >= Self::GATHERED {
            self.put(bytes)?;
        } else {
            self.gathered.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_gathered()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Read, Seek};
    use std::os::unix::fs::MetadataExt;

    const OLD: u8 = 0xee;

    /// A piece of a file: `length` bytes of `byte`, or `None` for as many that stay.
    type Piece = (Option<u8>, usize);

    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let byte = prop_oneof![Just(Some(0)), Just(Some(0)), Just(Some(7)), Just(None)];
        let length =
            prop_oneof![0..2000_usize, Just(1023), Just(1024), Just(4096), Just(Output::GATHERED + 1)];
        proptest::collection::vec((byte, length), 0..12)
    }

    fn read(mut file: &File) -> Vec<u8> {
        let mut content = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut content).unwrap();
        content
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_file_has_exactly_the_bytes_that_were_written(pieces in pieces(), sparse: bool, in_place: bool) {
            let file = tempfile::tempfile().unwrap();
            let options = OutputOptions { sparse, in_place };
            let total: usize = pieces.iter().map(|piece| piece.1).sum();
            if in_place {
                (&file).write_all(&vec![OLD; total + 5000]).unwrap();
            }
            let mut output = Output::new(&file, options);
            let mut expected = Vec::new();
            for &(byte, length) in &pieces {
                match byte {
                    Some(byte) => {
                        output.write_all(&vec![byte; length]).unwrap();
                        expected.resize(expected.len() + length, byte);
                    }
                    None if in_place => {
                        output.skip(length as u64).unwrap();
                        expected.resize(expected.len() + length, OLD);
                    }
                    None => {}
                }
                prop_assert_eq!(output.position(), expected.len() as u64);
            }
            prop_assert_eq!(output.finish().unwrap(), expected.len() as u64);
            prop_assert!(read(&file) == expected);
        }
    }

    #[test]
    fn zeros_become_holes_in_new_files_and_in_old_ones() {
        let scratch = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        for in_place in [false, true] {
            let path = scratch.path().join(if in_place { "old" } else { "new" });
            if in_place {
                std::fs::write(&path, vec![OLD; 8 << 20]).unwrap();
            }
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
            let mut output = Output::new(&file, OutputOptions { sparse: true, in_place });
            output.write_all(b"start").unwrap();
            for _ in 0..128 {
                output.write_all(&[0; 65536]).unwrap();
            }
            assert_eq!(output.finish().unwrap(), 5 + (8 << 20));
            let metadata = file.metadata().unwrap();
            assert_eq!(metadata.len(), 5 + (8 << 20));
            assert!(metadata.blocks() * 512 < 1 << 20, "{} blocks", metadata.blocks());
            assert!(read(&file)[5..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut output = Output::new(&file, OutputOptions::default());
        output.write_all(b"x").unwrap();
        assert_eq!(output.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
