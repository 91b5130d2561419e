//! Frames: data and messages in one stream (`docs/spec/wire-1-session.md` §5). In: four bytes of header, then a payload.
//! Out: [`FrameHead`], [`Message`], and back.

use super::error::WireError;
use super::limits;
use super::protocol::Protocol;

/// Bytes of a frame's header.
pub const HEADER: usize = 4;
/// What is added to a message's code in the header.
const BASE: u8 = 7;
const DATA: u8 = 0;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// What the payload is.
    pub kind: FrameKind,
    /// Bytes in the payload; at most 2^24 - 1, and at most 5,119 for a message.
    pub length: usize,
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// The next bytes of the data stream.
    Data,
    /// A message with this code.
    Message(u8),
}

impl FrameHead {
    /// Reads a header.
    ///
    /// # Errors
    /// [`WireError::DamagedStream`] for a code that no peer may send, or a message that is too long.
    pub fn decode(header: [u8; HEADER]) -> Result<FrameHead, WireError> {
        let [low, middle, high, tag] = header;
        let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
        let code = tag.checked_sub(BASE).ok_or(WireError::DamagedStream("unexpected tag in the stream"))?;
        if code == DATA {
            return Ok(FrameHead { kind: FrameKind::Data, length });
        }
        if !Message::is_known(code) {
            return Err(WireError::DamagedStream("unexpected tag in the stream"));
        }
        if length > limits::TEXT_MESSAGE {
            return Err(WireError::DamagedStream("a message longer than 5119 bytes"));
        }
        Ok(FrameHead { kind: FrameKind::Message(code), length })
    }

    /// The header of a data frame with `length` bytes, at most 2^24 - 1.
    pub fn data(length: usize) -> [u8; HEADER] {
        header(DATA, length)
    }
}

fn header(code: u8, length: usize) -> [u8; HEADER] {
    debug_assert!(length <= limits::FRAME);
    let [low, middle, high, _] = (length as u32).to_le_bytes();
    [low, middle, high, BASE.saturating_add(code)]
}

/// A message between the frames of data (§5.3, those that may be on the network).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text about a file that could not be transferred; makes the exit status 23.
    TransferError(Vec<u8>),
    /// A text for the user.
    Info(Vec<u8>),
    /// A text about an error.
    Error(Vec<u8>),
    /// A text of warning.
    Warning(Vec<u8>),
    /// I/O error bits of the sending side (`wire-2` §1.9).
    IoError(i32),
    /// A daemon's timeout, in seconds.
    IoTimeout(i32),
    /// Nothing: keeps the connection alive under protocol 30.
    Noop,
    /// The peer ends the session with this exit status; `None` acknowledges.
    ErrorExit(Option<i32>),
    /// The file with this index is in place.
    Success {
        /// Its index.
        index: i32,
        /// In local copies: the file system it is on, and its number there (`wire-3` §14).
        place: Option<(u64, u64)>,
    },
    /// The receiving side deleted this.
    Deleted {
        /// Its path within the transfer.
        name: Vec<u8>,
        /// Whether it was a directory.
        directory: bool,
    },
    /// The file with this index will not be sent.
    NoSend(i32),
}

const ERROR_XFER: u8 = 1;
const INFO: u8 = 2;
const ERROR: u8 = 3;
const WARNING: u8 = 4;
const IO_ERROR: u8 = 22;
const IO_TIMEOUT: u8 = 33;
const NOOP: u8 = 42;
const ERROR_EXIT: u8 = 86;
const SUCCESS: u8 = 100;
const DELETED: u8 = 101;
const NO_SEND: u8 = 102;

impl Message {
    fn is_known(code: u8) -> bool {
        matches!(
            code,
            ERROR_XFER
                | INFO
                | ERROR
                | WARNING
                | IO_ERROR
                | IO_TIMEOUT
                | NOOP
                | ERROR_EXIT
                | SUCCESS
                | DELETED
                | NO_SEND
        )
    }

    /// The message as a peer of an old `protocol` understands it, if it does (`docs/spec/wire-4-older-protocols.md` §4.3).
    pub fn aged(self, protocol: Protocol) -> Option<Message> {
        if protocol.has_all_messages() {
            return Some(self);
        }
        let cut = |mut text: Vec<u8>| {
            text.truncate(limits::OLD_TEXT_MESSAGE);
            text
        };
        match self {
            Message::TransferError(text) | Message::Error(text) => Some(Message::TransferError(cut(text))),
            Message::Info(text) | Message::Warning(text) => Some(Message::Info(cut(text))),
            Message::Deleted { .. } if protocol.has_deletion_messages() => Some(self),
            // Told only where it was asked for.
            Message::Success { .. } => Some(self),
            _ => None,
        }
    }

    /// Reads the payload of a message.
    ///
    /// # Errors
    /// [`WireError::DamagedStream`] for an unknown code or a payload of the wrong length.
    pub fn decode(code: u8, payload: &[u8]) -> Result<Message, WireError> {
        let wrong_length = WireError::DamagedStream("a message with a payload of the wrong length");
        let number =
            || <[u8; 4]>::try_from(payload).map(i32::from_le_bytes).map_err(|_| wrong_length.clone());
        Ok(match code {
            ERROR_XFER => Message::TransferError(payload.to_vec()),
            INFO => Message::Info(payload.to_vec()),
            ERROR => Message::Error(payload.to_vec()),
            WARNING => Message::Warning(payload.to_vec()),
            IO_ERROR => Message::IoError(number()?),
            IO_TIMEOUT => Message::IoTimeout(number()?),
            NOOP if payload.is_empty() => Message::Noop,
            NOOP => return Err(wrong_length),
            ERROR_EXIT if payload.is_empty() => Message::ErrorExit(None),
            ERROR_EXIT => Message::ErrorExit(Some(number()?)),
            SUCCESS => success(payload).ok_or(wrong_length)?,
            DELETED => match payload.split_last() {
                Some((0, name)) => Message::Deleted { name: name.to_vec(), directory: true },
                _ => Message::Deleted { name: payload.to_vec(), directory: false },
            },
            NO_SEND => Message::NoSend(number()?),
            _ => return Err(WireError::DamagedStream("unexpected tag in the stream")),
        })
    }

    /// Writes the message as a whole frame; a text is cut to 5,119 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let number;
        let named;
        let (code, payload): (u8, &[u8]) = match self {
            Message::TransferError(text) => (ERROR_XFER, text),
            Message::Info(text) => (INFO, text),
            Message::Error(text) => (ERROR, text),
            Message::Warning(text) => (WARNING, text),
            Message::Noop => (NOOP, &[]),
            Message::ErrorExit(None) => (ERROR_EXIT, &[]),
            Message::IoError(value)
            | Message::IoTimeout(value)
            | Message::ErrorExit(Some(value))
            | Message::NoSend(value) => {
                number = value.to_le_bytes();
                let code = match self {
                    Message::IoError(_) => IO_ERROR,
                    Message::IoTimeout(_) => IO_TIMEOUT,
                    Message::ErrorExit(_) => ERROR_EXIT,
                    _ => NO_SEND,
                };
                (code, &number)
            }
            Message::Success { index, place } => {
                named = [
                    index.to_le_bytes().as_slice(),
                    &place.map_or(Vec::new(), |(device, number)| {
                        [device.to_le_bytes(), number.to_le_bytes()].concat()
                    }),
                ]
                .concat();
                (SUCCESS, &named)
            }
            Message::Deleted { name, directory } => {
                named = if *directory { [name.as_slice(), &[0]].concat() } else { name.clone() };
                (DELETED, &named)
            }
        };
        let length = payload.len().min(limits::TEXT_MESSAGE);
        out.extend_from_slice(&header(code, length));
        out.extend(payload.iter().take(length));
    }
}

fn success(payload: &[u8]) -> Option<Message> {
    let (index, rest) = payload.split_first_chunk::<4>()?;
    let place = match rest {
        [] => None,
        rest => {
            let (device, number) = rest.split_first_chunk::<8>()?;
            Some((u64::from_le_bytes(*device), u64::from_le_bytes(number.try_into().ok()?)))
        }
    };
    Some(Message::Success { index: i32::from_le_bytes(*index), place })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(frame: &[u8]) -> Result<Message, WireError> {
        let head = FrameHead::decode(frame[..4].try_into().unwrap())?;
        match head.kind {
            FrameKind::Message(code) => Message::decode(code, &frame[4..]),
            FrameKind::Data => panic!("a data frame"),
        }
    }

    #[test]
    fn recorded_frames_are_read_and_written() {
        for (message, frame) in [
            (Message::Success { index: 2, place: None }, b"\x04\0\0\x6b\x02\0\0\0".as_slice()),
            (
                Message::Success { index: 2, place: Some((3, 4)) },
                b"\x14\0\0\x6b\x02\0\0\0\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0".as_slice(),
            ),
            (Message::Deleted { name: b"xd".to_vec(), directory: true }, b"\x03\0\0\x6cxd\0"),
            (Message::Deleted { name: b"xd/y".to_vec(), directory: false }, b"\x04\0\0\x6cxd/y"),
            (Message::IoTimeout(33), b"\x04\0\0\x28\x21\0\0\0"),
            (Message::ErrorExit(Some(1)), b"\x04\0\0\x5d\x01\0\0\0"),
            (Message::ErrorExit(None), b"\0\0\0\x5d"),
            (Message::NoSend(2), b"\x04\0\0\x6d\x02\0\0\0"),
            (Message::IoError(2), b"\x04\0\0\x1d\x02\0\0\0"),
            (Message::TransferError(b"no\n".to_vec()), b"\x03\0\0\x08no\n"),
        ] {
            let mut out = Vec::new();
            message.encode(&mut out);
            assert_eq!(out, frame, "{message:?}");
            assert_eq!(decode(frame), Ok(message));
        }
        assert_eq!(FrameHead::data(0), [0, 0, 0, 7]);
    }

    #[test]
    fn messages_of_one_side_only_and_long_texts_are_refused() {
        for frame in [
            b"\x04\0\0\x10\x02\0\0\0".as_slice(), // redo: only between the halves of one side
            b"\x01\0\0\x6b\x02",                  // success without a whole index
            b"\x01\0\0\x31\x02",
            b"\0\0\0\x02",
        ] {
            assert!(decode(frame).is_err(), "{frame:?}");
        }
        assert!(FrameHead::decode([0x00, 0x14, 0, 9]).is_err());
        assert!(FrameHead::decode([0xff, 0x13, 0, 9]).is_ok());
        assert!(FrameHead::decode([0xff, 0xff, 0xff, 7]).is_ok());
    }

    #[test]
    fn old_peers_get_what_they_know() {
        let old = |message: Message, number| message.aged(Protocol::new(number).unwrap());
        assert_eq!(old(Message::Error(b"x".to_vec()), 29), Some(Message::TransferError(b"x".to_vec())));
        assert_eq!(old(Message::Warning(vec![b'x'; 2000]), 27), Some(Message::Info(vec![b'x'; 1000])));
        assert_eq!(old(Message::NoSend(3), 29), None);
        assert_eq!(old(Message::NoSend(3), 30), Some(Message::NoSend(3)));
        let deleted = Message::Deleted { name: b"d".to_vec(), directory: true };
        assert_eq!(old(deleted.clone(), 29), Some(deleted.clone()));
        assert_eq!(old(deleted, 28), None);
    }

    proptest! {
        #[test]
        fn no_frame_makes_it_panic(frame in proptest::collection::vec(any::<u8>(), 4..40)) {
            let head: [u8; 4] = frame[..4].try_into().unwrap();
            if let Ok(FrameHead { kind: FrameKind::Message(code), .. }) = FrameHead::decode(head) {
                let _ = Message::decode(code, &frame[4..]);
            }
        }
    }
}
