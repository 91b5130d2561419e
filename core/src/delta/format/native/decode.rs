//! Reads a native delta (docs/format.md, "Delta"). In: bytes in pieces of any size. Out: [`Op`]s, and in the end the
//! result's length and hash. Memory is bounded by the limits of one frame.

use crate::delta::format::native::{CheckChain, MAX_FRAME_COMMANDS, MAX_FRAME_LITERALS, VERSION, tag};
use crate::delta::format::reader::{VarintError, unzigzag};
use crate::delta::format::{Reader, corrupt, limit};
use crate::delta::op::{Op, Sink};
use crate::delta::signature::BasisIdentity;
use crate::error::{Error, ErrorKind, Result};

/// What has been read of a delta.
#[derive(Debug, Default)]
pub(crate) struct NativeDecoder {
    state: State,
    /// The basis the delta was made against.
    pub(crate) basis: Option<BasisIdentity>,
    /// Length and hash of the result, once the end has arrived.
    pub(crate) result: Option<BasisIdentity>,
    /// Bytes that the operations so far make.
    produced: u64,
    copied_to: u64,
    checks: CheckChain,
    /// Stored and raw bytes of sections that are compressed.
    pub(crate) compressed: (u64, u64),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Frames,
    Complete,
}

/// A section of a frame: how long it is in the file, and how long when unpacked.
#[derive(Clone, Copy, Debug)]
struct Section {
    stored: usize,
    raw: usize,
    is_compressed: bool,
}

/// A varint that may not have arrived.
macro_rules! varint {
    ($reader:expr) => {
        match $reader.varint() {
            Ok(value) => value,
            Err(VarintError::Incomplete) => return Ok(None),
            Err(VarintError::Malformed) => return Err(corrupt("a number in the delta is malformed")),
        }
    };
}

impl NativeDecoder {
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Decodes the next part of the file and says how long it is; `None` if it has not all arrived, or the end is reached.
    pub(crate) fn step(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<Option<usize>> {
        match self.state {
            State::Head => self.head(bytes),
            State::Frames => match bytes.first() {
                None => Ok(None),
                Some(&tag::END) => self.end(bytes),
                Some(tag) if tag & !(tag::COMMANDS_ZSTD | tag::LITERALS_ZSTD) == tag::FRAME => {
                    self.frame(bytes, *tag, sink)
                }
                Some(other) => Err(corrupt(format!("the delta holds an unknown part (tag {other:#04x})"))),
            },
            State::Complete => Ok(None),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let mut reader = Reader::new(bytes);
        let (Some(_), Some(version)) = (reader.array::<4>(), reader.u8()) else {
            return Ok(None);
        };
        let Some(flags) = reader.u8() else {
            return Ok(None);
        };
        if version != VERSION || flags != 0 {
            return Err(Error::new(
                ErrorKind::UnsupportedVersion,
                format!(
                    "this is a delta of format version {version} (flags {flags:#04x}), and this library reads version \
                     {VERSION}: update it"
                ),
            ));
        }
        let length = varint!(reader);
        let Some(hash) = reader.array() else {
            return Ok(None);
        };
        if !self.checks.verify(bytes, &mut reader)? {
            return Ok(None);
        }
        self.basis = Some(BasisIdentity { length, hash });
        self.state = State::Frames;
        Ok(Some(reader.taken()))
    }

    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let mut reader = Reader::new(bytes);
        let _tag = reader.u8();
        let length = varint!(reader);
        let Some(hash) = reader.array() else {
            return Ok(None);
        };
        if !self.checks.verify(bytes, &mut reader)? {
            return Ok(None);
        }
        if length != self.produced {
            return Err(corrupt(format!(
                "the delta makes {} bytes and says that it makes {length}: it is damaged",
                self.produced
            )));
        }
        self.result = Some(BasisIdentity { length, hash });
        self.state = State::Complete;
        Ok(Some(reader.taken()))
    }

    fn frame(&mut self, bytes: &[u8], tag: u8, sink: &mut dyn Sink) -> Result<Option<usize>> {
        let mut reader = Reader::new(bytes);
        let _tag = reader.u8();
        let Some(commands) = section(&mut reader, tag & tag::COMMANDS_ZSTD != 0, MAX_FRAME_COMMANDS)? else {
            return Ok(None);
        };
        let Some(literals) = section(&mut reader, tag & tag::LITERALS_ZSTD != 0, MAX_FRAME_LITERALS)? else {
            return Ok(None);
        };
        let Some(stored_commands) = reader.take(commands.stored) else {
            return Ok(None);
        };
        let Some(stored_literals) = reader.take(literals.stored) else {
            return Ok(None);
        };
        if !self.checks.verify(bytes, &mut reader)? {
            return Ok(None);
        }
        let (mut command_room, mut literal_room) = (Vec::new(), Vec::new());
        let commands = self.unpack(stored_commands, commands, &mut command_room)?;
        let literals = self.unpack(stored_literals, literals, &mut literal_room)?;
        self.run(commands, literals, sink)?;
        Ok(Some(reader.taken()))
    }

    fn unpack<'a>(&mut self, stored: &'a [u8], section: Section, room: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        if !section.is_compressed {
            return Ok(stored);
        }
        self.compressed.0 += section.stored as u64;
        self.compressed.1 += section.raw as u64;
        // `section` bounds the raw length by a frame's limits.
        *room = zstd::bulk::decompress(stored, section.raw)
            .map_err(|error| corrupt("a compressed part of the delta is damaged").with_source(error))?;
        if room.len() != section.raw {
            return Err(corrupt("a compressed part of the delta is shorter than it says"));
        }
        Ok(room)
    }

    fn run(&mut self, commands: &[u8], literals: &[u8], sink: &mut dyn Sink) -> Result<()> {
        let mut commands = Reader::new(commands);
        let mut literals = Reader::new(literals);
        while let Some(op) = self.command(&mut commands, &mut literals)? {
            self.produced = self.produced.checked_add(op.length()).ok_or_else(too_long)?;
            sink.op(op)?;
        }
        if literals.take(1).is_some() {
            return Err(corrupt("a frame of the delta holds literal bytes that no command uses"));
        }
        Ok(())
    }

    fn command<'a>(
        &mut self,
        commands: &mut Reader<'_>,
        literals: &mut Reader<'a>,
    ) -> Result<Option<Op<'a>>> {
        let at_end = commands.clone().take(1).is_none();
        if at_end {
            return Ok(None);
        }
        let malformed = |_| corrupt("a command of the delta is malformed");
        let head = commands.varint().map_err(malformed)?;
        let length = head >> 1;
        if length == 0 {
            return Err(corrupt("the delta holds an operation of no length"));
        }
        if head & 1 == 0 {
            let bytes = usize::try_from(length).ok().and_then(|length| literals.take(length));
            return match bytes {
                Some(bytes) => Ok(Some(Op::Literal(bytes))),
                None => Err(corrupt("a literal of the delta is longer than its frame")),
            };
        }
        let distance = unzigzag(commands.varint().map_err(malformed)?);
        let offset = self.copied_to.wrapping_add(distance as u64);
        let end = offset.checked_add(length).ok_or_else(too_long)?;
        let basis = self.basis.map_or(0, |basis| basis.length);
        if end > basis {
            return Err(corrupt(format!(
                "the delta copies bytes {offset} to {end} of a basis of {basis}: it is damaged"
            )));
        }
        self.copied_to = end;
        Ok(Some(Op::Copy { offset, length }))
    }
}

fn too_long() -> Error {
    limit("the delta makes a file of more than 2^64 bytes")
}

fn section(reader: &mut Reader<'_>, is_compressed: bool, most: usize) -> Result<Option<Section>> {
    let raw = varint!(reader);
    let stored = if is_compressed { varint!(reader) } else { raw };
    let fits = |length: u64| usize::try_from(length).ok().filter(|&length| length <= most);
    match (fits(raw), fits(stored)) {
        (Some(raw), Some(stored)) if stored <= raw => Ok(Some(Section { stored, raw, is_compressed })),
        _ => Err(limit(format!("a frame of the delta holds a section of {raw} bytes; {most} is the most"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::format::native::{DELTA_MAGIC, NativeEncoder};
    use crate::delta::options::Compression;
    use proptest::prelude::*;

    const BASIS: BasisIdentity = BasisIdentity { length: 1 << 40, hash: [7; 32] };

    /// Offset and length of each copy, and all literal bytes.
    type Decoded = (Vec<(u64, u64)>, Vec<u8>);

    /// The operations of `delta`.
    fn decode(delta: &[u8], cut: usize) -> Result<Decoded> {
        let (mut copies, mut literals) = (Vec::new(), Vec::new());
        let mut decoder = crate::delta::format::DeltaDecoder::new();
        for piece in delta.chunks(cut) {
            decoder.update(piece, &mut |op: Op<'_>| {
                match op {
                    Op::Copy { offset, length } => copies.push((offset, length)),
                    Op::Literal(bytes) => literals.extend_from_slice(bytes),
                }
                Ok(())
            })?;
        }
        decoder.finish()?;
        Ok((copies, literals))
    }

    proptest! {
        #[test]
        fn any_operations_come_back_whatever_the_pieces(
            ops in prop::collection::vec((any::<bool>(), 0u64..1 << 39, 1u64..9000), 0..40), cut in 1usize..5000, level in 0i32..4,
        ) {
            let compression = if level == 0 { Compression::None } else { Compression::Zstd(level) };
            let mut encoder = NativeEncoder::new(BASIS, compression).unwrap();
            let (mut copies, mut literals, mut length) = (Vec::new(), Vec::new(), 0);
            for (is_copy, number, count) in ops {
                length += count;
                if is_copy {
                    copies.push((number, count));
                    encoder.op(Op::Copy { offset: number, length: count }).unwrap();
                } else {
                    let bytes: Vec<u8> = (0..count).map(|i| ((i * number) >> 7) as u8).collect();
                    encoder.op(Op::Literal(&bytes)).unwrap();
                    literals.extend_from_slice(&bytes);
                }
            }
            encoder.finish(length, &[9; 32]).unwrap();
            let mut delta = Vec::new();
            encoder.take_output(&mut delta);
            prop_assert_eq!(decode(&delta, cut).unwrap(), (copies, literals));
        }

        #[test]
        fn hostile_frames_with_a_good_check_do_not_panic(tag in 0u8..0x20, body: Vec<u8>, end in any::<bool>()) {
            let mut bytes = [&DELTA_MAGIC[..], &[VERSION, 0, 0x2c], &[7; 32]].concat();
            let mut checks = CheckChain::default();
            checks.seal(&mut bytes, 0);
            let start = bytes.len();
            bytes.push(tag);
            if end {
                // Sections whose lengths fit, so that the commands themselves are reached.
                bytes.extend_from_slice(&[body.len().min(100) as u8, 0]);
            }
            bytes.extend_from_slice(&body[..body.len().min(100)]);
            checks.seal(&mut bytes, start);
            let _ = decode(&bytes, 64);
        }
    }

    #[test]
    fn a_frame_that_is_missing_or_repeated_is_noticed() {
        let mut encoder = NativeEncoder::new(BASIS, Compression::None).unwrap();
        let mut parts = Vec::new();
        let mut part = |encoder: &mut NativeEncoder| {
            let mut bytes = Vec::new();
            encoder.take_output(&mut bytes);
            parts.push(bytes);
        };
        part(&mut encoder);
        // Two literals of a full frame each, then the end.
        for byte in [1u8, 2] {
            encoder.op(Op::Literal(&vec![byte; MAX_FRAME_LITERALS])).unwrap();
            part(&mut encoder);
        }
        encoder.finish(2 * MAX_FRAME_LITERALS as u64, &[0; 32]).unwrap();
        part(&mut encoder);
        let [head, none, first, rest] = &parts[..] else { panic!("four parts") };
        assert!(none.is_empty() && decode(&[&head[..], first, rest].concat(), 1 << 20).is_ok());
        for wrong in [[&head[..], rest].concat(), [&head[..], first, first, rest].concat()] {
            assert_eq!(decode(&wrong, 1 << 20).unwrap_err().kind(), ErrorKind::Corrupt);
        }
    }
}
