//! Content from one open file to another, without passing through this process where the system can do that.
//! In: two descriptors. Out: equal bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs;
use rustix::io::Errno;

/// Bytes between two questions whether to go on.
const STEP: usize = 1 << 20;
/// Files of at most this many bytes are copied through memory: the other ways cost more than they save.
const SMALL: u64 = 32 << 10;

/// Why a copy was not completed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The old file could not be read.
    #[error(transparent)]
    Read(io::Error),
    /// The new file could not be written, or the caller did not want to go on.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl From<CopyError> for io::Error {
    fn from(error: CopyError) -> io::Error {
        match error {
            CopyError::Read(error) | CopyError::Write(error) => error,
        }
    }
}

/// Copies the first `limit` bytes of `from`, or all that there are, over those of `to`; how many that were. A file system
/// that can share blocks shares them. `proceed` hears of the bytes done so far, and ends the copy by an error.
///
/// # Errors
/// The system's reason, or what `proceed` said.
pub fn start_of(
    from: &File,
    to: &File,
    limit: u64,
    proceed: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<u64, CopyError> {
    if limit <= SMALL {
        return through_memory(from, to, 0, limit, proceed);
    }
    if fs::ioctl_ficlone(to, from).is_ok() {
        let shared = from.metadata().map_err(CopyError::Read)?.len();
        if shared > limit {
            to.set_len(limit)?;
        }
        proceed(shared.min(limit))?;
        return Ok(shared.min(limit));
    }
    let mut position = 0;
    while position < limit {
        proceed(position)?;
        let (mut read_at, mut write_at) = (position, position);
        let step = usize::try_from(limit - position).unwrap_or(STEP).min(STEP);
        match fs::copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), step) {
            // Some file systems say "nothing copied" for files they cannot copy from; reading tells.
            Ok(0) if position == 0 => return through_memory(from, to, position, limit, proceed),
            Ok(0) => return Ok(position),
            Ok(count) => position += count as u64,
            Err(Errno::INTR) => {}
            // Reading and writing by turns works everywhere, or tells which of the two does not.
            Err(_) => return through_memory(from, to, position, limit, proceed),
        }
    }
    proceed(position)?;
    Ok(position)
}

fn through_memory(
    from: &File,
    to: &File,
    start: u64,
    limit: u64,
    proceed: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<u64, CopyError> {
    let mut buffer = vec![0; usize::try_from(limit - start).unwrap_or(STEP).min(STEP / 4)];
    let mut position = start;
    while position < limit {
        proceed(position)?;
        let wanted = usize::try_from(limit - position).unwrap_or(STEP).min(buffer.len());
        let count = match from.read_at(buffer.get_mut(..wanted).unwrap_or_default(), position) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        to.write_all_at(buffer.get(..count).unwrap_or_default(), position)?;
        position += count as u64;
    }
    proceed(position)?;
    Ok(position)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom, Write};

    use super::*;

    const ALL: u64 = u64::MAX;

    #[test]
    fn every_way_of_copying_gives_equal_bytes() {
        let bytes: Vec<u8> = (0..STEP * 2 + 77).map(|i| (i % 251) as u8).collect();
        for content in [&bytes[..], &bytes[..SMALL as usize], &bytes[..1], &[]] {
            for limit in [ALL, content.len() as u64, content.len() as u64 / 2] {
                let expected = &content[..content.len().min(usize::try_from(limit).unwrap())];
                let [mut from, direct, memory] = [(); 3].map(|()| tempfile::tempfile().unwrap());
                from.write_all(content).unwrap();
                let mut heard = 0;
                let copied = start_of(&from, &direct, limit, &mut |done| {
                    heard = done;
                    Ok(())
                });
                assert_eq!((copied.unwrap(), heard), (expected.len() as u64, expected.len() as u64));
                through_memory(&from, &memory, 0, limit, &mut |_| Ok(())).unwrap();
                for mut copy in [direct, memory] {
                    let mut read = Vec::new();
                    copy.rewind().unwrap();
                    copy.read_to_end(&mut read).unwrap();
                    assert!(read == expected);
                }
            }
        }
    }

    #[test]
    fn files_of_the_kernel_that_claim_to_be_empty_are_copied_too() {
        let (from, mut to) = (File::open("/proc/self/stat").unwrap(), tempfile::tempfile().unwrap());
        assert!(start_of(&from, &to, ALL, &mut |_| Ok(())).unwrap() > 0);
        assert!(to.seek(SeekFrom::End(0)).unwrap() > 0);
    }

    #[test]
    fn errors_say_which_file_they_are_of() {
        let directory = File::open("/").unwrap();
        let (mut from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all(&[1; 100_000]).unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        for length in [100, 100_000] {
            let failed = start_of(&directory, &to, length, &mut |_| Ok(()));
            assert!(matches!(failed, Err(CopyError::Read(_))));
            let failed = start_of(&from, &full, length, &mut |_| Ok(()));
            assert!(matches!(failed, Err(CopyError::Write(_))));
        }
    }

    #[test]
    fn a_copy_that_is_not_wanted_any_more_stops() {
        let (mut from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all(b"content").unwrap();
        assert!(start_of(&from, &to, ALL, &mut |_| Err(io::Error::other("enough"))).is_err());
        assert_eq!(to.metadata().unwrap().len(), 0);
    }
}
