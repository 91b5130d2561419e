//! Content from one open file to another, without passing through this process where the system can do that.
//! In: two descriptors. Out: equal bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use rustix::fs;
use rustix::io::Errno;

use crate::cancel::CancelToken;

/// Bytes between two looks at the token.
const STEP: usize = 1 << 20;

/// Copies all of `from` to the empty file `to`; `progress` hears of the bytes done so far. A file system that can
/// share blocks shares them.
///
/// Both files are left at an unspecified position.
///
/// # Errors
/// The system's reason; some error once cancelled.
pub fn whole(from: &File, to: &File, cancel: &CancelToken, progress: &mut dyn FnMut(u64)) -> io::Result<u64> {
    if fs::ioctl_ficlone(to, from).is_ok() {
        let length = to.metadata()?.len();
        progress(length);
        return Ok(length);
    }
    let mut position = 0;
    loop {
        check(cancel)?;
        let (mut read_at, mut write_at) = (position, position);
        match fs::copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), STEP) {
            // Some file systems say "nothing copied" for files they cannot copy from; reading tells.
            Ok(0) if position == 0 => return through_memory(from, to, position, cancel, progress),
            Ok(0) => return Ok(position),
            Ok(count) => position += count as u64,
            Err(Errno::INTR) => continue,
            Err(Errno::XDEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => {
                return through_memory(from, to, position, cancel, progress);
            }
            Err(error) => return Err(error.into()),
        }
        progress(position);
    }
}

fn through_memory(
    mut from: &File,
    mut to: &File,
    start: u64,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(u64),
) -> io::Result<u64> {
    let mut buffer = vec![0; STEP / 4];
    let mut position = start;
    from.seek(SeekFrom::Start(start))?;
    to.seek(SeekFrom::Start(start))?;
    loop {
        check(cancel)?;
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(position),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(buffer.get(..count).unwrap_or_default())?;
        position += count as u64;
        progress(position);
    }
}

fn check(cancel: &CancelToken) -> io::Result<()> {
    if cancel.is_cancelled() { Err(io::Error::other("cancelled")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_copying_gives_equal_bytes() {
        let bytes: Vec<u8> = (0..STEP * 2 + 77).map(|i| (i % 251) as u8).collect();
        for content in [&bytes[..], &bytes[..1], &[]] {
            let (mut from, direct, memory) =
                (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
            from.write_all(content).unwrap();
            let mut heard = 0;
            let cancel = CancelToken::new();
            let copied = whole(&from, &direct, &cancel, &mut |done| heard = done).unwrap();
            assert_eq!((copied, heard), (content.len() as u64, content.len() as u64));
            through_memory(&from, &memory, 0, &cancel, &mut |_| {}).unwrap();
            for mut copy in [direct, memory] {
                let mut read = Vec::new();
                copy.rewind().unwrap();
                copy.read_to_end(&mut read).unwrap();
                assert!(read == content);
            }
        }
    }

    #[test]
    fn files_of_the_kernel_that_claim_to_be_empty_are_copied_too() {
        let (from, mut to) = (File::open("/proc/self/stat").unwrap(), tempfile::tempfile().unwrap());
        assert!(whole(&from, &to, &CancelToken::new(), &mut |_| {}).unwrap() > 0);
        assert!(to.seek(SeekFrom::End(0)).unwrap() > 0);
    }

    #[test]
    fn a_cancelled_copy_stops() {
        let (mut from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all(b"content").unwrap();
        let cancel = CancelToken::new();
        cancel.cancel();
        assert!(through_memory(&from, &to, 0, &cancel, &mut |_| {}).is_err());
        assert_eq!(to.metadata().unwrap().len(), 0);
    }
}
