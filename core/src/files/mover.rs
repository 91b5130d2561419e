//! A patch from a file into a file, long copies moved by the system. In: the old file, the delta. Out: the new file, under its temporary
//! name, and verified.
//!
//! Long copies go by `copy_file_range` (or as a reflink, where the file system can), short ones and literals through a buffer. What has
//! been written is read back and hashed by a second thread, a little behind the first: what is verified is what is in the file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use crate::delta::patch::{check_length, explain, past_the_end, verify};
use crate::delta::{Basis, DeltaDecoder, DeltaFormat, Op, PatchReport};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Control;
use crate::files::source::{CHUNK, FileBasis, Opened};
use crate::files::target::Output;

/// Copies from this many bytes on are moved by the system.
const LONG: u64 = 128 << 10;
/// Bytes moved between two looks at the caller's wish to stop.
const STEP: u64 = 4 << 20;

/// Writes what `delta` makes of `basis` to `output`, a file of its own.
pub(super) fn patch(
    basis: &FileBasis,
    delta: &mut Opened<'_>,
    output: &mut Output<'_>,
    control: &mut Control<'_>,
) -> Result<PatchReport> {
    let mut mover =
        Mover { basis, output, control, buffer: Vec::new(), follower: None, report: PatchReport::default() };
    let mut decoder = DeltaDecoder::new();
    let outcome = delta
        .read_all(CHUNK, &mut Control::new(), &mut |mut bytes| {
            if decoder.format().is_none() || mover.follower.is_none() {
                bytes = decoder.update_head(bytes)?;
                check_length(decoder.basis(), basis.length())?;
                if decoder.format() == Some(DeltaFormat::Native) {
                    mover.follow()?;
                }
            }
            decoder.update(bytes, &mut |op: Op<'_>| mover.op(op))
        })
        .and_then(|_| mover.flush())
        .and_then(|()| basis.check_unchanged(basis.length().unwrap_or(0)));
    let follower = mover.follower.take();
    let report = mover.report;
    let hash = || match follower {
        Some(follower) => follower.hash(),
        // Only now it is known that a librsync delta carries a check.
        None => {
            mover.follow()?;
            mover.mark();
            mover.follower.take().map_or_else(|| Err(ended()), Follower::hash)
        }
    };
    outcome
        .and_then(|()| verify(&decoder, hash, report))
        .map_err(|error| explain(error, decoder.basis(), basis))
}

struct Mover<'a, 'o, 'c> {
    basis: &'a FileBasis,
    output: &'a mut Output<'o>,
    control: &'a mut Control<'c>,
    /// Bytes that are not written yet.
    buffer: Vec<u8>,
    follower: Option<Follower>,
    report: PatchReport,
}

impl Mover<'_, '_, '_> {
    fn op(&mut self, op: Op<'_>) -> Result<()> {
        self.report.new_length += op.length();
        match op {
            Op::Literal(bytes) => {
                self.report.literal_bytes += bytes.len() as u64;
                if bytes.len() >= CHUNK {
                    self.flush()?;
                    self.output.write(bytes)?;
                    return self.written();
                }
                self.buffer.extend_from_slice(bytes);
            }
            Op::Copy { offset, length } => {
                self.report.copied_bytes += length;
                if length >= LONG {
                    self.flush()?;
                    return self.carry(offset, length);
                }
                let start = self.buffer.len();
                self.buffer.resize(start + length as usize, 0);
                let mut filled = start;
                while filled < self.buffer.len() {
                    let from = offset + (filled - start) as u64;
                    match self.basis.read_at(from, &mut self.buffer[filled..])? {
                        0 => return Err(past_the_end(from, length)),
                        count => filled += count,
                    }
                }
            }
        }
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Has the system move `length` bytes of the old file from `offset` on.
    fn carry(&mut self, offset: u64, length: u64) -> Result<()> {
        let mut done = 0;
        while done < length {
            let step = (length - done).min(STEP);
            self.output.reserve(step)?;
            let (file, path) = self.output.file().ok_or_else(ended)?;
            let mut old = &self.basis.file;
            // `io::copy` between files is `copy_file_range` here, and reads and writes where that can't be.
            let moved = old
                .seek(SeekFrom::Start(offset + done))
                .and_then(|_| io::copy(&mut old.take(step), file))
                .map_err(|error| Error::os("write", path, error))?;
            if moved < step {
                return Err(past_the_end(offset + done + moved, length));
            }
            done += step;
            self.written()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.output.write(&self.buffer)?;
        self.buffer.clear();
        self.written()
    }

    /// To be called whenever bytes have been written.
    fn written(&mut self) -> Result<()> {
        self.mark();
        self.control.report(self.output.written, None)
    }

    /// Lets the follower come up.
    fn mark(&mut self) {
        if let Some(follower) = &self.follower {
            // It answers for its failure when it is asked for the hash.
            let _ = follower.marks.send(self.output.written);
        }
    }

    /// Starts hashing what is written.
    fn follow(&mut self) -> Result<()> {
        if self.follower.is_none() {
            let (file, path) = self.output.file().ok_or_else(ended)?;
            let file = file.try_clone().map_err(|error| Error::os("read back", path, error))?;
            self.follower = Some(Follower::start(file)?);
        }
        Ok(())
    }
}

/// Hashes a file on a thread of its own while it is written. Ends when it is dropped.
struct Follower {
    /// How many bytes have been written.
    marks: Sender<u64>,
    thread: JoinHandle<io::Result<blake3::Hash>>,
}

impl Follower {
    fn start(file: File) -> Result<Follower> {
        let (marks, written) = channel::<u64>();
        let hash = move || {
            let mut hasher = blake3::Hasher::new();
            let mut chunk = vec![0; 256 << 10];
            let mut done = 0;
            for mark in written {
                while done < mark {
                    let wanted = chunk.len().min((mark - done) as usize);
                    file.read_exact_at(&mut chunk[..wanted], done)?;
                    hasher.update(&chunk[..wanted]);
                    done += wanted as u64;
                }
            }
            Ok(hasher.finalize())
        };
        let thread = std::thread::Builder::new().name("syncline-hash".into()).spawn(hash);
        let thread = thread.map_err(|error| Error::stream("start a thread", error))?;
        Ok(Follower { marks, thread })
    }

    fn hash(self) -> Result<blake3::Hash> {
        drop(self.marks);
        match self.thread.join() {
            Ok(hash) => hash.map_err(|error| Error::stream("read back the new file", error)),
            Err(_) => Err(ended()),
        }
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Internal, "the new file can't be read back")
}
