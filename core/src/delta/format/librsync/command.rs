//! The commands of a librsync delta (docs/spec/librsync.md §6). In: bytes. Out: a [`Command`]; and back.

use crate::delta::format::{Reader, corrupt};
use crate::error::Result;

/// Literals up to this length have their length as opcode.
const IMMEDIATE: u64 = 64;

/// One command of a librsync delta, without the bytes that follow a literal.
///
/// ```
/// use syncline::delta::librsync::Command;
///
/// let mut bytes = Vec::new();
/// Command::Copy { offset: 256, length: 10 }.encode(&mut bytes);
/// assert_eq!(bytes, [0x49, 1, 0, 10]);
/// assert_eq!(Command::decode(&bytes)?, Some((Command::Copy { offset: 256, length: 10 }, 4)));
/// assert_eq!(Command::decode(&bytes[..3])?, None);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// The delta is complete.
    End,
    /// `length` bytes follow, at least 1, and belong to the new file.
    Literal {
        /// In bytes, at most 2⁶³ - 1.
        length: u64,
    },
    /// `length` bytes of the basis from `offset` belong to the new file.
    Copy {
        /// In bytes, at most 2⁶³ - 1.
        offset: u64,
        /// In bytes, from 1 to 2⁶³ - 1.
        length: u64,
    },
}

impl Command {
    /// What a delta starts with, before its first command.
    pub const MAGIC: [u8; 4] = [0x72, 0x73, 0x02, 0x36];

    /// The most bytes that a command takes: an opcode and two numbers of eight bytes.
    pub const MAX_LENGTH: usize = 17;

    /// The command at the start of `bytes` and how many of them it takes; `None` if it has not all arrived.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a reserved opcode, and for numbers out of their bounds.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Command, usize)>> {
        let mut reader = Reader::new(bytes);
        let Some(opcode) = reader.u8() else {
            return Ok(None);
        };
        let command = match opcode {
            0 => Command::End,
            1..=0x40 => Command::Literal { length: u64::from(opcode) },
            0x41..=0x44 => {
                let Some(length) = reader.big_endian(1 << (opcode - 0x41)) else {
                    return Ok(None);
                };
                Command::Literal { length: positive(length)? }
            }
            0x45..=0x54 => {
                let code = opcode - 0x45;
                let Some(offset) = reader.big_endian(1 << (code / 4)) else {
                    return Ok(None);
                };
                let Some(length) = reader.big_endian(1 << (code % 4)) else {
                    return Ok(None);
                };
                let length = positive(length)?;
                if i64::try_from(offset).is_err() {
                    return Err(corrupt("the delta copies from a negative offset"));
                }
                Command::Copy { offset, length }
            }
            _ => return Err(corrupt(format!("the delta holds an unknown command ({opcode:#04x})"))),
        };
        Ok(Some((command, reader.taken())))
    }

    /// Adds the command to `out`, in the fewest bytes (docs/spec/librsync.md §6.4).
    pub fn encode(self, out: &mut Vec<u8>) {
        match self {
            Command::End => out.push(0),
            Command::Literal { length } if length <= IMMEDIATE => out.push(length as u8),
            Command::Literal { length } => {
                let (code, width) = width(length);
                out.push(0x41 + code);
                out.extend_from_slice(&length.to_be_bytes()[8 - width..]);
            }
            Command::Copy { offset, length } => {
                let (offset_code, offset_width) = width(offset);
                let (length_code, length_width) = width(length);
                out.push(0x45 + 4 * offset_code + length_code);
                out.extend_from_slice(&offset.to_be_bytes()[8 - offset_width..]);
                out.extend_from_slice(&length.to_be_bytes()[8 - length_width..]);
            }
        }
    }
}

/// What the commands of a delta come to, without the bytes that follow literals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandCounts {
    /// Literal commands.
    pub literals: u64,
    /// Bytes of their opcodes and lengths.
    pub literal_command_bytes: u64,
    /// Copy commands.
    pub copies: u64,
    /// Bytes of their opcodes, offsets and lengths.
    pub copy_command_bytes: u64,
}

impl CommandCounts {
    /// Counts `command`, which takes `length` bytes.
    pub fn add(&mut self, command: Command, length: usize) {
        let (commands, bytes) = match command {
            Command::End => return,
            Command::Literal { .. } => (&mut self.literals, &mut self.literal_command_bytes),
            Command::Copy { .. } => (&mut self.copies, &mut self.copy_command_bytes),
        };
        *commands += 1;
        *bytes += length as u64;
    }

    /// Adds `command` to `out`, and counts it.
    pub fn put(&mut self, command: Command, out: &mut Vec<u8>) {
        let before = out.len();
        command.encode(out);
        self.add(command, out.len() - before);
    }
}

/// The code and the bytes of the smallest width that holds `value`.
fn width(value: u64) -> (u8, usize) {
    match value {
        0..=0xff => (0, 1),
        0x100..=0xffff => (1, 2),
        0x1_0000..=0xffff_ffff => (2, 4),
        _ => (3, 8),
    }
}

/// A length of at least 1 that a signed 64-bit number holds (docs/spec/librsync.md §6.3).
fn positive(length: u64) -> Result<u64> {
    match i64::try_from(length) {
        Ok(1..) => Ok(length),
        _ => Err(corrupt("the delta holds an operation of no or of negative length")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers of every width.
    fn number() -> impl Strategy<Value = u64> {
        (any::<u64>(), 1u32..64).prop_map(|(number, shift)| number >> shift)
    }

    fn command() -> impl Strategy<Value = Command> {
        prop_oneof![
            Just(Command::End),
            number().prop_map(|length| Command::Literal { length: length.max(1) }),
            (number(), number()).prop_map(|(offset, length)| Command::Copy { offset, length: length.max(1) }),
        ]
    }

    proptest! {
        #[test]
        fn commands_come_back_and_are_whole_or_not_there(command in command()) {
            let mut bytes = Vec::new();
            command.encode(&mut bytes);
            prop_assert!(bytes.len() <= Command::MAX_LENGTH);
            for end in 0..bytes.len() {
                prop_assert_eq!(Command::decode(&bytes[..end]).unwrap(), None);
            }
            let length = bytes.len();
            bytes.push(0xff);
            prop_assert_eq!(Command::decode(&bytes).unwrap(), Some((command, length)));
        }

        #[test]
        fn any_bytes_are_a_command_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(Some((_, used))) = Command::decode(&bytes) {
                prop_assert!(used <= bytes.len());
            }
        }
    }
}
