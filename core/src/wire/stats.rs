//! Numbers at the end of a session: the server's statistics and the counts of deletions
//! (`docs/spec/wire-1-session.md` §7.3, §7.4). In: varlongs and varints. Out: the numbers, and back.

use super::error::WireError;
use super::ints::{read_size, read_varint, write_size, write_varint};
use super::limits;
use super::protocol::Protocol;
use super::source::Source;

/// What a server that sends files reports at the end of a pull, from its own view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerStats {
    /// Bytes it read from the connection.
    pub bytes_read: u64,
    /// Bytes it wrote, without this block.
    pub bytes_written: u64,
    /// Bytes in all listed files.
    pub total_size: u64,
    /// Milliseconds spent on building the file list.
    pub list_build_ms: u64,
    /// Milliseconds spent on sending it.
    pub list_transfer_ms: u64,
}

impl ServerStats {
    /// Reads the block.
    ///
    /// # Errors
    /// Those of [`read_varlong`]; negative numbers are [`WireError::OutOfRange`].
    pub fn decode(protocol: Protocol, source: &mut (impl Source + ?Sized)) -> Result<ServerStats, WireError> {
        let mut field = || {
            let value = read_size(protocol, source)?;
            u64::try_from(value).map_err(|_| WireError::OutOfRange { what: "statistic", value })
        };
        let (bytes_read, bytes_written, total_size) = (field()?, field()?, field()?);
        let (list_build_ms, list_transfer_ms) =
            if protocol.has_list_times() { (field()?, field()?) } else { (0, 0) };
        Ok(ServerStats { bytes_read, bytes_written, total_size, list_build_ms, list_transfer_ms })
    }

    /// Writes the block.
    pub fn encode(&self, protocol: Protocol, out: &mut Vec<u8>) {
        let values =
            [self.bytes_read, self.bytes_written, self.total_size, self.list_build_ms, self.list_transfer_ms];
        for value in values.into_iter().take(if protocol.has_list_times() { 5 } else { 3 }) {
            write_size(protocol, i64::try_from(value).unwrap_or(i64::MAX), out);
        }
    }
}

/// How many objects the receiving side deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteCounts {
    /// Regular files.
    pub files: u32,
    /// Directories.
    pub directories: u32,
    /// Symbolic links.
    pub symlinks: u32,
    /// Character and block devices.
    pub devices: u32,
    /// FIFOs and sockets.
    pub specials: u32,
}

impl DeleteCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        [self.files, self.directories, self.symlinks, self.devices, self.specials]
            .into_iter()
            .map(u64::from)
            .sum()
    }

    /// Reads the five counts that follow [`Index::DeleteCounts`](super::index::Index::DeleteCounts).
    ///
    /// # Errors
    /// [`WireError::OutOfRange`] for a count outside 0 to 2^28.
    pub fn decode(source: &mut (impl Source + ?Sized)) -> Result<DeleteCounts, WireError> {
        let mut count = || {
            let value = read_varint(source)?;
            if (0..=limits::DELETE_COUNT).contains(&value) {
                Ok(value.cast_unsigned())
            } else {
                Err(WireError::OutOfRange { what: "count of deletions", value: i64::from(value) })
            }
        };
        Ok(DeleteCounts {
            files: count()?,
            directories: count()?,
            symlinks: count()?,
            devices: count()?,
            specials: count()?,
        })
    }

    /// Writes the five counts.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for count in [self.files, self.directories, self.symlinks, self.devices, self.specials] {
            let count = count.min(limits::DELETE_COUNT.cast_unsigned());
            write_varint(count.cast_signed(), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Reader;

    #[test]
    fn the_recorded_blocks_are_read_and_written() {
        let block = [0, 0x4d, 0, 0, 0xe0, 0, 0, 0x0f, 0, 0, 1, 0, 0, 0, 0];
        let stats = ServerStats::decode(Protocol::NEWEST, &mut Reader::new(&block)).unwrap();
        assert_eq!((stats.bytes_read, stats.bytes_written), (77, 224));
        assert_eq!((stats.total_size, stats.list_build_ms), (15, 1));
        let mut out = Vec::new();
        stats.encode(Protocol::NEWEST, &mut out);
        assert_eq!(out, block);

        let counts = [2, 1, 1, 0, 0];
        let deleted = DeleteCounts::decode(&mut Reader::new(&counts)).unwrap();
        assert_eq!((deleted.files, deleted.total()), (2, 4));
        out.clear();
        deleted.encode(&mut out);
        assert_eq!(out, counts);
    }

    #[test]
    fn old_protocols_have_fewer_and_plain_numbers() {
        let stats = ServerStats {
            bytes_read: 93,
            bytes_written: 197,
            total_size: 1406,
            list_build_ms: 1,
            list_transfer_ms: 0,
        };
        for (number, length) in [(29, 20), (28, 12)] {
            let protocol = Protocol::new(number).unwrap();
            let mut out = Vec::new();
            stats.encode(protocol, &mut out);
            assert_eq!((out.len(), &out[..8]), (length, b"\x5d\0\0\0\xc5\0\0\0".as_slice()));
            let read = ServerStats::decode(protocol, &mut Reader::new(&out)).unwrap();
            assert_eq!((read.total_size, read.list_build_ms), (1406, u64::from(number == 29)));
        }
    }

    #[test]
    fn a_negative_count_is_refused() {
        assert!(DeleteCounts::decode(&mut Reader::new(&[0xff; 30])).is_err());
        let negative = [0xf0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
        assert!(DeleteCounts::decode(&mut Reader::new(&negative)).is_err());
    }
}
