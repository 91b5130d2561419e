//! A peer that speaks protocol 32, correctly until its act says otherwise. In: two directions of a connection, an act.
//! Out: a session that goes wrong in one place.
//!
//! It plays the sender or the receiving side, as the client or as the server. At each [`Point`] of the session it asks the
//! act, whose step does what it likes and then says whether the correct thing still follows.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use syncline::checksum::file_sum::{FileSum, FileSumKind};
use syncline::wire::compat::CompatFlags;
use syncline::wire::file_entry::{Decoded, EntryDecoder, ListForm};
use syncline::wire::index::{Index, IndexCoder};
use syncline::wire::ints::{read_varint, read_varlong, write_varint, write_varlong, write_vstring};
use syncline::wire::item::{Item, ItemFlags};
use syncline::wire::mux::{FrameHead, FrameKind, HEADER};
use syncline::wire::stats::DeleteCounts;
use syncline::wire::{Protocol, Source, WireError};

use crate::acts::{Act, Plays};
use crate::entry::{Entry, in_order};

/// Where an act may step in, in the order they are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Point {
    Version,
    Compat,
    Names,
    Filters,
    List,
    Listed,
    Request,
    Answer,
    Tokens,
    Digest,
    Phase,
    Goodbye,
}

/// What follows an act's step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// What is correct at this point.
    GoOn,
    /// Nothing: the step was in its place.
    Skip,
}

/// The session is over: the act has ended it, or the other side has.
pub(crate) struct Over;

pub(crate) type Step = fn(&mut Peer) -> Result<Then, Over>;

impl From<WireError> for Over {
    fn from(_: WireError) -> Over {
        Over
    }
}

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Over {
        Over
    }
}

const COMPAT: i32 = 0x1fe;
const INCREMENTAL: i32 = 1;
const SEED: i32 = 0x0102_0304;
/// How long something endless goes on.
pub(crate) const ENDLESS: Duration = Duration::from_secs(2);

pub(crate) struct Peer {
    act: &'static Act,
    is_server: bool,
    input: Input,
    output: Box<dyn Write>,
    framed: bool,
    compat: CompatFlags,
    pub(crate) written: IndexCoder,
    requests: IndexCoder,
    /// As sender: the tree in the order of the indexes.
    files: Vec<Entry>,
    /// As sender: what was asked last, with its flags and the head of its sums.
    pub(crate) asked: (i32, u16, Vec<u8>),
    /// As receiving side: the indexes of regular files, and of a directory.
    pub(crate) regular: Vec<i32>,
    pub(crate) directory: i32,
    /// How often a point was reached.
    pub(crate) times: usize,
}

impl Peer {
    pub(crate) fn new(
        act: &'static Act,
        is_server: bool,
        input: Box<dyn Read>,
        output: Box<dyn Write>,
    ) -> Peer {
        let input = Input { stream: input, framed: false, data: VecDeque::new(), piece: Vec::new() };
        Peer {
            act,
            is_server,
            input,
            output,
            framed: false,
            compat: CompatFlags::from_bits(0),
            written: IndexCoder::new(Protocol::NEWEST),
            requests: IndexCoder::new(Protocol::NEWEST),
            files: Vec::new(),
            asked: (0, 0, Vec::new()),
            regular: Vec::new(),
            directory: 0,
            times: 0,
        }
    }

    /// The whole session, to wherever it goes.
    pub(crate) fn run(mut self) {
        // Whichever side ends it: what the other side made of it is what counts.
        let _ = self.session();
    }

    fn session(&mut self) -> Result<(), Over> {
        self.handshake()?;
        match self.act.plays {
            Plays::Sender => self.send(),
            Plays::Receiver => self.receive(),
        }
    }

    // ---- what acts write with

    /// Bytes as they are, whatever state the stream is in.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.output.write_all(bytes)?;
        Ok(self.output.flush()?)
    }

    /// Bytes of the data stream.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> Result<(), Over> {
        if !self.framed {
            return self.raw(bytes);
        }
        for part in bytes.chunks(60_000) {
            self.raw(&[&FrameHead::data(part.len())[..], part].concat())?;
        }
        Ok(())
    }

    /// A message with any code.
    pub(crate) fn message(&mut self, code: u8, payload: &[u8]) -> Result<(), Over> {
        let [low, middle, high, _] = (payload.len() as u32).to_le_bytes();
        self.raw(&[&[low, middle, high, code + 7][..], payload].concat())
    }

    /// Says nothing more, but reads on.
    pub(crate) fn stall(&mut self) -> Result<Then, Over> {
        let mut piece = [0; 4096];
        while self.input.stream.read(&mut piece)? > 0 {}
        Err(Over)
    }

    /// Does `one` over and over for a while.
    pub(crate) fn endless(&mut self, one: impl Fn(&mut Peer) -> Result<(), Over>) -> Result<Then, Over> {
        let start = Instant::now();
        while start.elapsed() < ENDLESS {
            one(self)?;
        }
        Err(Over)
    }

    fn at(&mut self, point: Point) -> Result<Then, Over> {
        if self.act.at != point {
            return Ok(Then::GoOn);
        }
        self.times += 1;
        (self.act.step)(self)
    }

    // ---- the session

    fn handshake(&mut self) -> Result<(), Over> {
        if self.at(Point::Version)? == Then::GoOn {
            self.raw(&32_i32.to_le_bytes())?;
        }
        self.input.i32()?;
        if self.is_server {
            let compat = if self.act.incremental { COMPAT | INCREMENTAL } else { COMPAT };
            self.compat = CompatFlags::from_bits(compat as u32);
            if self.at(Point::Compat)? == Then::GoOn {
                let mut out = Vec::new();
                write_varint(compat, &mut out);
                self.raw(&out)?;
            }
        } else {
            self.compat = CompatFlags::from_bits(read_varint(&mut self.input)? as u32);
        }
        if self.at(Point::Names)? == Then::GoOn {
            let mut out = Vec::new();
            write_vstring(b"md5", &mut out);
            self.raw(&out)?;
        }
        let length = self.input.u8()?;
        self.input.bytes("names", length.into(), 255)?;
        if self.is_server {
            self.raw(&SEED.to_le_bytes())?;
        } else {
            self.input.i32()?;
        }
        (self.framed, self.input.framed) = (true, true);
        Ok(())
    }

    fn send(&mut self) -> Result<(), Over> {
        if self.is_server {
            while let length @ 1.. = self.input.i32()? {
                self.input.bytes("rule", length as usize, 1 << 20)?;
            }
        }
        let files = (self.act.tree)();
        self.files = in_order(&files);
        if self.at(Point::List)? == Then::GoOn {
            let mut out = Vec::new();
            files.iter().for_each(|entry| entry.encode(&mut out));
            out.extend_from_slice(&[0, 0]);
            self.data(&out)?;
        }
        self.at(Point::Listed)?;
        let mut phase = 0;
        while phase < 3 {
            match self.requests.decode(&mut self.input)? {
                Index::Done => {
                    phase += 1;
                    if self.at(Point::Phase)? == Then::GoOn {
                        self.data(&[0])?;
                    }
                }
                Index::DeleteCounts => drop(DeleteCounts::decode(&mut self.input)?),
                Index::Entry(index) => self.answer(index)?,
                _ => return Err(Over),
            }
        }
        if self.is_server {
            let mut out = Vec::new();
            (0..5).for_each(|_| write_varlong(0, 3, &mut out));
            self.data(&out)?;
        }
        while self.requests.decode(&mut self.input)? == Index::DeleteCounts {
            DeleteCounts::decode(&mut self.input)?;
        }
        if self.at(Point::Goodbye)? == Then::GoOn {
            self.data(&[0])?;
        }
        self.requests.decode(&mut self.input)?;
        Ok(())
    }

    fn answer(&mut self, index: i32) -> Result<(), Over> {
        let item = Item::decode(Protocol::NEWEST, &mut self.input)?;
        let is_transfer = item.flags.has(ItemFlags::TRANSFER);
        let mut head = Vec::new();
        if is_transfer {
            head = self.input.bytes("sum head", 16, 16)?;
            let number = |at: usize| i32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let sums = number(0) as usize * (4 + number(8) as usize);
            self.input.bytes("sums", sums, 1 << 20)?;
        }
        self.asked = (index, item.flags.bits(), head.clone());
        if is_transfer && self.at(Point::Answer)? == Then::Skip {
            return Ok(());
        }
        let mut out = Vec::new();
        self.written.encode(Index::Entry(index), &mut out);
        item.encode(Protocol::NEWEST, &mut out);
        out.extend_from_slice(&head);
        self.data(&out)?;
        if !is_transfer {
            return Ok(());
        }
        let base = i32::from(self.compat.has(CompatFlags::INCREMENTAL_RECURSION));
        let file = usize::try_from(index - base).ok().and_then(|position| self.files.get(position));
        let content = file.map(|file| file.content.clone()).unwrap_or_default();
        if self.at(Point::Tokens)? == Then::GoOn {
            let mut out = Vec::new();
            if !content.is_empty() {
                out.extend_from_slice(&(content.len() as i32).to_le_bytes());
                out.extend_from_slice(&content);
            }
            out.extend_from_slice(&[0; 4]);
            self.data(&out)?;
        }
        if self.at(Point::Digest)? == Then::GoOn {
            let mut sum = FileSum::new(FileSumKind::Md5);
            sum.update(&content);
            self.data(&sum.finish()[..16])?;
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<(), Over> {
        if !self.is_server && self.at(Point::Filters)? == Then::GoOn {
            self.data(&[0; 4])?;
        }
        self.at(Point::List)?;
        self.read_list()?;
        self.at(Point::Listed)?;
        if self.at(Point::Request)? == Then::GoOn {
            for index in self.regular.clone() {
                self.request(index, ItemFlags::TRANSFER.bits(), &[0; 16])?;
            }
        }
        for _ in 0..3 {
            if self.at(Point::Phase)? == Then::GoOn {
                self.data(&[0])?;
            }
            self.take_answers()?;
        }
        if !self.is_server {
            for _ in 0..5 {
                read_varlong(&mut self.input, 3)?;
            }
        }
        if self.at(Point::Goodbye)? == Then::GoOn {
            self.data(&[0])?;
        }
        self.requests.decode(&mut self.input)?;
        self.data(&[0])
    }

    /// A request, or something like it.
    pub(crate) fn request(&mut self, index: i32, flags: u16, rest: &[u8]) -> Result<(), Over> {
        let mut out = Vec::new();
        self.written.encode(Index::Entry(index), &mut out);
        out.extend_from_slice(&flags.to_le_bytes());
        out.extend_from_slice(rest);
        self.data(&out)
    }

    fn read_list(&mut self) -> Result<(), Over> {
        let form = ListForm {
            protocol: Protocol::NEWEST,
            compat: self.compat,
            owner: false,
            group: false,
            devices: false,
            specials: false,
            links: false,
            hard_links: false,
            access_times: false,
            creation_times: false,
            checksum_length: None,
            relative: false,
            missing_args: false,
        };
        let mut decoder = EntryDecoder::new(form);
        let mut list = Vec::new();
        while let Decoded::Entry { entry, .. } = decoder.decode(&mut self.input, &list, 0)? {
            list.push(entry);
        }
        let base = i32::from(self.compat.has(CompatFlags::INCREMENTAL_RECURSION));
        let list: Vec<Entry> = list
            .into_iter()
            .map(|entry| Entry { name: entry.name.to_vec(), mode: entry.mode, ..Entry::default() })
            .collect();
        let list = in_order(&list);
        for (position, entry) in list.iter().enumerate() {
            let index = base + position as i32;
            match entry.mode & 0o170000 {
                0o100000 => self.regular.push(index),
                0o040000 => self.directory = index,
                _ => {}
            }
        }
        Ok(())
    }

    fn take_answers(&mut self) -> Result<(), Over> {
        while self.requests.decode(&mut self.input)? != Index::Done {
            let item = Item::decode(Protocol::NEWEST, &mut self.input)?;
            if item.flags.has(ItemFlags::TRANSFER) {
                self.input.bytes("sum head", 16, 16)?;
                while let token @ 1.. = self.input.i32()? {
                    self.input.bytes("literal", token as usize, 1 << 20)?;
                }
                self.input.bytes("digest", 16, 16)?;
            }
        }
        Ok(())
    }
}

/// The direction that is read: messages are passed over.
struct Input {
    stream: Box<dyn Read>,
    framed: bool,
    data: VecDeque<u8>,
    piece: Vec<u8>,
}

impl Input {
    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, WireError> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map_err(|_| WireError::Ended)?;
        Ok(bytes)
    }
}

impl Source for Input {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        if !self.framed {
            self.piece = self.exactly(1)?;
            return Ok(&self.piece);
        }
        while self.data.is_empty() {
            let header: [u8; HEADER] = self.exactly(HEADER)?.try_into().map_err(|_| WireError::Ended)?;
            let head = FrameHead::decode(header)?;
            let payload = self.exactly(head.length)?;
            if head.kind == FrameKind::Data {
                self.data.extend(payload);
            }
        }
        self.piece = self.data.drain(..limit.min(self.data.len())).collect();
        Ok(&self.piece)
    }
}
