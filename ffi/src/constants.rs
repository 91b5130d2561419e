//! Numbers of the interface. Literals, since the header generator drops what it can't evaluate; a test compares them with the library's.

/// Major version of the library.
pub const SYNCLINE_VERSION_MAJOR: i32 = 0;
/// Minor version of the library.
pub const SYNCLINE_VERSION_MINOR: i32 = 1;
/// Patch version of the library.
pub const SYNCLINE_VERSION_PATCH: i32 = 0;

/// Success.
pub const SYNCLINE_OK: i32 = 0;
/// An argument is outside its documented bounds.
pub const SYNCLINE_ERROR_INVALID_ARGUMENT: i32 = -1;
/// The operating system refused an operation for a reason that has no status of its own.
pub const SYNCLINE_ERROR_IO: i32 = -2;
/// A file or directory does not exist.
pub const SYNCLINE_ERROR_NOT_FOUND: i32 = -3;
/// The operating system refused access.
pub const SYNCLINE_ERROR_PERMISSION_DENIED: i32 = -4;
/// The output exists and overwriting was not asked for.
pub const SYNCLINE_ERROR_ALREADY_EXISTS: i32 = -5;
/// The disk or the quota is full.
pub const SYNCLINE_ERROR_NO_SPACE: i32 = -6;
/// The caller asked to stop.
pub const SYNCLINE_ERROR_CANCELLED: i32 = -7;
/// Memory ran out.
pub const SYNCLINE_ERROR_OUT_OF_MEMORY: i32 = -8;
/// A defect in the library: please report it.
pub const SYNCLINE_ERROR_INTERNAL: i32 = -9;
/// A path names a directory, or something else that has no content to work on.
pub const SYNCLINE_ERROR_NOT_A_FILE: i32 = -10;
/// A handle was used in a state that does not allow the call.
pub const SYNCLINE_ERROR_INVALID_STATE: i32 = -11;
/// The input is no signature of any known format.
pub const SYNCLINE_ERROR_NOT_A_SIGNATURE: i32 = -20;
/// The input is no delta of any known format.
pub const SYNCLINE_ERROR_NOT_A_DELTA: i32 = -21;
/// A delta was given where a signature belongs, or the other way round.
pub const SYNCLINE_ERROR_SWAPPED_ARGUMENTS: i32 = -22;
/// The input is of a later version of the format than this library reads.
pub const SYNCLINE_ERROR_UNSUPPORTED_VERSION: i32 = -23;
/// The input ends before its format says it does.
pub const SYNCLINE_ERROR_TRUNCATED: i32 = -24;
/// The input breaks the rules of its format.
pub const SYNCLINE_ERROR_CORRUPT: i32 = -25;
/// A length in the input is over the limit this library accepts.
pub const SYNCLINE_ERROR_LIMIT_EXCEEDED: i32 = -26;
/// The basis is not the file the delta or signature was made from.
pub const SYNCLINE_ERROR_WRONG_BASIS: i32 = -27;
/// The result of a patch does not have the checksum that the delta promises.
pub const SYNCLINE_ERROR_VERIFICATION_FAILED: i32 = -28;
/// A file changed while it was being read.
pub const SYNCLINE_ERROR_FILE_CHANGED: i32 = -29;
/// The other end broke the protocol, or asked for what cannot be.
pub const SYNCLINE_ERROR_PROTOCOL: i32 = -40;
/// The frames or the compressed data from the other end are damaged.
pub const SYNCLINE_ERROR_DAMAGED_STREAM: i32 = -41;
/// The connection ended before the session did.
pub const SYNCLINE_ERROR_CONNECTION_LOST: i32 = -42;
/// Nothing was read or written for as long as the timeout.
pub const SYNCLINE_ERROR_TIMEOUT: i32 = -43;
/// The two ends have no way of doing what was asked, or this one refuses to.
pub const SYNCLINE_ERROR_UNSUPPORTED: i32 = -44;
/// The other end gave up.
pub const SYNCLINE_ERROR_PEER_FAILED: i32 = -45;
/// The sources or the destination are not what the request needs.
pub const SYNCLINE_ERROR_FILE_SELECTION: i32 = -46;
/// Some files or attributes were not transferred.
pub const SYNCLINE_ERROR_PARTIAL_TRANSFER: i32 = -47;
/// Some source files vanished before they could be transferred.
pub const SYNCLINE_ERROR_SOURCE_VANISHED: i32 = -48;
/// The limit on deletions stopped some.
pub const SYNCLINE_ERROR_DELETE_LIMIT: i32 = -49;
/// The other end cannot be reached.
pub const SYNCLINE_ERROR_CONNECT_FAILED: i32 = -50;
/// The other end did not answer a connection in time.
pub const SYNCLINE_ERROR_CONNECT_TIMEOUT: i32 = -51;
/// A daemon does not let this user in, or wants a password that was not given.
pub const SYNCLINE_ERROR_AUTHENTICATION_FAILED: i32 = -52;
/// A daemon refused the request.
pub const SYNCLINE_ERROR_REFUSED: i32 = -53;

/// Syncline's own format: Adler-32 and BLAKE3, every result verified.
pub const SYNCLINE_FORMAT_NATIVE: i32 = 0;
/// librsync with rollsum and MD4: what rdiff-backup and duplicity write.
pub const SYNCLINE_FORMAT_ROLLSUM_MD4: i32 = 1;
/// librsync with rollsum and BLAKE2b.
pub const SYNCLINE_FORMAT_ROLLSUM_BLAKE2: i32 = 2;
/// librsync with RabinKarp and MD4.
pub const SYNCLINE_FORMAT_RABINKARP_MD4: i32 = 3;
/// librsync with RabinKarp and BLAKE2b: rdiff's default.
pub const SYNCLINE_FORMAT_RABINKARP_BLAKE2: i32 = 4;

/// The native delta format.
pub const SYNCLINE_DELTA_NATIVE: i32 = 0;
/// librsync's delta format.
pub const SYNCLINE_DELTA_LIBRSYNC: i32 = 1;

/// The reference's choices, byte for byte.
pub const SYNCLINE_MODE_EXACT: i32 = 0;
/// Bounded work on any input, runs merged, parallel.
pub const SYNCLINE_MODE_COMPACT: i32 = 1;

/// Literal sizes of librsync up to 2.3.2.
pub const SYNCLINE_GENERATION_1: i32 = 1;
/// Literal sizes of librsync from 2.3.3 on.
pub const SYNCLINE_GENERATION_2: i32 = 2;

/// A strong length: the format's default.
pub const SYNCLINE_STRONG_AUTO: i32 = 0;
/// A strong length: what the size calls for.
pub const SYNCLINE_STRONG_MINIMUM: i32 = -1;
/// A strong length: all of it.
pub const SYNCLINE_STRONG_MAX: i32 = -2;

/// An inspected file is a signature.
pub const SYNCLINE_CONTENT_SIGNATURE: i32 = 1;
/// An inspected file is a delta.
pub const SYNCLINE_CONTENT_DELTA: i32 = 2;

/// An entry of a list, when only a list was asked for.
pub const SYNCLINE_EVENT_LISTED: i32 = 1;
/// An entry was transferred, created or changed; in a dry run, it would be.
pub const SYNCLINE_EVENT_CHANGED: i32 = 2;
/// Something was deleted at the destination; in a dry run, it would be.
pub const SYNCLINE_EVENT_DELETED: i32 = 3;
/// A text of the other end.
pub const SYNCLINE_EVENT_MESSAGE: i32 = 4;
/// A file could not be transferred, or not completely.
pub const SYNCLINE_EVENT_FAILED: i32 = 5;
/// How far the transfer has come.
pub const SYNCLINE_EVENT_PROGRESS: i32 = 6;

/// A message says something to know.
pub const SYNCLINE_LEVEL_INFO: i32 = 1;
/// A message says something unusual.
pub const SYNCLINE_LEVEL_WARNING: i32 = 2;
/// A message says that something failed.
pub const SYNCLINE_LEVEL_ERROR: i32 = 3;

/// A regular file.
pub const SYNCLINE_FILE_REGULAR: i32 = 1;
/// A directory.
pub const SYNCLINE_FILE_DIRECTORY: i32 = 2;
/// A symbolic link.
pub const SYNCLINE_FILE_SYMLINK: i32 = 3;
/// A character device.
pub const SYNCLINE_FILE_CHAR_DEVICE: i32 = 4;
/// A block device.
pub const SYNCLINE_FILE_BLOCK_DEVICE: i32 = 5;
/// A FIFO.
pub const SYNCLINE_FILE_FIFO: i32 = 6;
/// A socket.
pub const SYNCLINE_FILE_SOCKET: i32 = 7;
/// A source that does not exist: what is at the destination goes.
pub const SYNCLINE_FILE_MISSING: i32 = 8;

/// A total: entries in the file lists.
pub const SYNCLINE_TOTAL_ENTRIES: i32 = 1;
/// A total: regular files in the file lists.
pub const SYNCLINE_TOTAL_FILES: i32 = 2;
/// A total: directories in the file lists.
pub const SYNCLINE_TOTAL_DIRECTORIES: i32 = 3;
/// A total: entries that did not exist at the destination.
pub const SYNCLINE_TOTAL_CREATED: i32 = 4;
/// A total: entries that were deleted.
pub const SYNCLINE_TOTAL_DELETED: i32 = 5;
/// A total: regular files whose content was transferred.
pub const SYNCLINE_TOTAL_FILES_TRANSFERRED: i32 = 6;
/// A total: bytes in all listed files and links.
pub const SYNCLINE_TOTAL_SIZE: i32 = 7;
/// A total: bytes in the files whose content was transferred.
pub const SYNCLINE_TOTAL_TRANSFERRED_SIZE: i32 = 8;
/// A total: bytes of content that crossed the connection.
pub const SYNCLINE_TOTAL_LITERAL_BYTES: i32 = 9;
/// A total: bytes of content that the destination already had.
pub const SYNCLINE_TOTAL_MATCHED_BYTES: i32 = 10;
/// A total: bytes this side wrote to the connection.
pub const SYNCLINE_TOTAL_BYTES_SENT: i32 = 11;
/// A total: bytes this side read from the connection.
pub const SYNCLINE_TOTAL_BYTES_RECEIVED: i32 = 12;
/// A total: bytes of the file lists.
pub const SYNCLINE_TOTAL_LIST_BYTES: i32 = 13;

/// A client may fetch files.
pub const SYNCLINE_ALLOW_READ: u32 = 1;
/// A client may send files.
pub const SYNCLINE_ALLOW_WRITE: u32 = 2;
/// A client that sends files may delete.
pub const SYNCLINE_ALLOW_DELETE: u32 = 4;

/// The version of the library, for example `0.1.0`. Static.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_version() -> *const std::ffi::c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncline_core::ErrorKind;

    #[test]
    fn literals_are_the_librarys_numbers() {
        let statuses = [
            (SYNCLINE_ERROR_INVALID_ARGUMENT, ErrorKind::InvalidArgument),
            (SYNCLINE_ERROR_IO, ErrorKind::Io),
            (SYNCLINE_ERROR_NOT_FOUND, ErrorKind::NotFound),
            (SYNCLINE_ERROR_PERMISSION_DENIED, ErrorKind::PermissionDenied),
            (SYNCLINE_ERROR_ALREADY_EXISTS, ErrorKind::AlreadyExists),
            (SYNCLINE_ERROR_NO_SPACE, ErrorKind::NoSpace),
            (SYNCLINE_ERROR_CANCELLED, ErrorKind::Cancelled),
            (SYNCLINE_ERROR_OUT_OF_MEMORY, ErrorKind::OutOfMemory),
            (SYNCLINE_ERROR_INTERNAL, ErrorKind::Internal),
            (SYNCLINE_ERROR_NOT_A_FILE, ErrorKind::NotAFile),
            (SYNCLINE_ERROR_INVALID_STATE, ErrorKind::InvalidState),
            (SYNCLINE_ERROR_NOT_A_SIGNATURE, ErrorKind::NotASignature),
            (SYNCLINE_ERROR_NOT_A_DELTA, ErrorKind::NotADelta),
            (SYNCLINE_ERROR_SWAPPED_ARGUMENTS, ErrorKind::SwappedArguments),
            (SYNCLINE_ERROR_UNSUPPORTED_VERSION, ErrorKind::UnsupportedVersion),
            (SYNCLINE_ERROR_TRUNCATED, ErrorKind::Truncated),
            (SYNCLINE_ERROR_CORRUPT, ErrorKind::Corrupt),
            (SYNCLINE_ERROR_LIMIT_EXCEEDED, ErrorKind::LimitExceeded),
            (SYNCLINE_ERROR_WRONG_BASIS, ErrorKind::WrongBasis),
            (SYNCLINE_ERROR_VERIFICATION_FAILED, ErrorKind::VerificationFailed),
            (SYNCLINE_ERROR_FILE_CHANGED, ErrorKind::FileChanged),
            (SYNCLINE_ERROR_PROTOCOL, ErrorKind::Protocol),
            (SYNCLINE_ERROR_DAMAGED_STREAM, ErrorKind::DamagedStream),
            (SYNCLINE_ERROR_CONNECTION_LOST, ErrorKind::ConnectionLost),
            (SYNCLINE_ERROR_TIMEOUT, ErrorKind::Timeout),
            (SYNCLINE_ERROR_UNSUPPORTED, ErrorKind::Unsupported),
            (SYNCLINE_ERROR_PEER_FAILED, ErrorKind::PeerFailed),
            (SYNCLINE_ERROR_FILE_SELECTION, ErrorKind::FileSelection),
            (SYNCLINE_ERROR_PARTIAL_TRANSFER, ErrorKind::PartialTransfer),
            (SYNCLINE_ERROR_SOURCE_VANISHED, ErrorKind::SourceVanished),
            (SYNCLINE_ERROR_DELETE_LIMIT, ErrorKind::DeleteLimit),
            (SYNCLINE_ERROR_CONNECT_FAILED, ErrorKind::ConnectFailed),
            (SYNCLINE_ERROR_CONNECT_TIMEOUT, ErrorKind::ConnectTimeout),
            (SYNCLINE_ERROR_AUTHENTICATION_FAILED, ErrorKind::AuthenticationFailed),
            (SYNCLINE_ERROR_REFUSED, ErrorKind::Refused),
        ];
        assert_eq!(statuses.len(), ErrorKind::ALL.len());
        for (status, kind) in statuses {
            assert_eq!(status, -kind.code(), "{kind:?}");
        }
        let version = format!("{SYNCLINE_VERSION_MAJOR}.{SYNCLINE_VERSION_MINOR}.{SYNCLINE_VERSION_PATCH}");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
