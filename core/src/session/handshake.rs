//! The bytes before the first frame (`docs/spec/wire-1-session.md` §4). In: both ends' offers. Out: [`Agreement`].

use std::io::{Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::checksum::file_sum::BlockSummer;
use crate::error::{Error, ErrorKind, Result};
use crate::session::channel::protocol_error;
use crate::session::farewell::abandoned;
use crate::session::outgoing::closed;
use crate::session::settings::{CompressionWish, Settings};
use crate::wire::compat::CompatFlags;
use crate::wire::negotiation::{self, Checksum, Compression, End};
use crate::wire::{Protocol, Source, WireError, greeting};

/// What both ends speak from here on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement {
    pub(crate) protocol: Protocol,
    pub(crate) compat: CompatFlags,
    /// For blocks and whole files.
    pub(crate) checksum: Checksum,
    /// For `--checksum`.
    pub(crate) list_checksum: Checksum,
    pub(crate) compression: Compression,
    pub(crate) seed: i32,
    /// Whether the digest of a file begins with the seed.
    pub(crate) seeds_files: bool,
}

impl Agreement {
    /// What two ends agree on that cannot negotiate: MD4, and zlib for compression (`docs/spec/wire-4-older-protocols.md` §9, §10).
    fn old(settings: &Settings, protocol: Protocol, seed: i32) -> Agreement {
        let (checksum, list_checksum) = settings.checksums.unwrap_or((Checksum::Md4, Checksum::Md4));
        let compression = match settings.compression {
            CompressionWish::Off => Compression::None,
            CompressionWish::Choice(chosen) => chosen,
            CompressionWish::Negotiate => Compression::Zlib,
        };
        let compat = CompatFlags::default();
        let compression = at_level(compression, settings);
        let seeds_files = settings.checksums.is_none();
        Agreement { protocol, compat, checksum, list_checksum, compression, seed, seeds_files }
    }

    pub(crate) fn is_incremental(&self) -> bool {
        self.compat.has(CompatFlags::INCREMENTAL_RECURSION)
    }

    pub(crate) fn block_summer(&self) -> BlockSummer {
        BlockSummer {
            kind: self.checksum,
            seed: self.seed,
            seed_first: self.compat.has(CompatFlags::SEED_FIRST),
            seeds_files: self.seeds_files,
        }
    }
}

/// The client's half. `receives` says whether this side is the receiving one; `agreed` is the protocol if it is known already.
pub(crate) fn as_client(
    settings: &Settings,
    receives: bool,
    agreed: Option<Protocol>,
    reader: &mut dyn Read,
    writer: &mut dyn Write,
) -> Result<Agreement> {
    let mut source = Unbuffered::new(reader);
    let protocol = match agreed {
        Some(protocol) => protocol,
        None => versions(settings, &mut source, writer)?,
    };
    if !protocol.has_compat_flags() {
        let seed = source.i32().map_err(protocol_error)?;
        return Ok(Agreement::old(settings, protocol, seed));
    }
    let compat = CompatFlags::decode(&mut source).map_err(protocol_error)?;
    if compat.has(CompatFlags::INCREMENTAL_RECURSION) && !settings.may_recurse_incrementally(receives) {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "the other end insists on incremental recursion, which was not offered",
        ));
    }
    let (checksums, compression) = negotiate(End::Client, settings, compat, &mut source, writer)?;
    let seed = source.i32().map_err(protocol_error)?;
    let (checksum, list_checksum) = checksums;
    Ok(Agreement { protocol, compat, checksum, list_checksum, compression, seed, seeds_files: false })
}

/// Says this end's version and hears the other's.
fn versions(settings: &Settings, source: &mut impl Source, writer: &mut dyn Write) -> Result<Protocol> {
    let mut out = Vec::new();
    greeting::encode(settings.protocol, &mut out);
    let sent = send(writer, &mut out);
    // What is there instead of the other end may have said something before it left.
    let protocol = match greeting::decode(settings.protocol, source) {
        Err(WireError::Ended) => return Err(sent.err().unwrap_or_else(abandoned)),
        agreed => agreed.map_err(protocol_error)?,
    };
    sent?;
    Ok(protocol)
}

/// The server's half; `letters` are the client's capabilities, from its arguments.
pub(crate) fn as_server(
    settings: &Settings,
    receives: bool,
    letters: &str,
    reader: &mut dyn Read,
    writer: &mut dyn Write,
) -> Result<Agreement> {
    let mut source = Unbuffered::new(reader);
    let mut out = Vec::new();
    greeting::encode(settings.protocol, &mut out);
    send(writer, &mut out)?;
    let protocol = greeting::decode(settings.protocol, &mut source).map_err(protocol_error)?;
    let seed = match settings.checksum_seed {
        0 => seed_of_the_clock(),
        chosen => chosen,
    };
    if !protocol.has_compat_flags() {
        out.extend_from_slice(&seed.to_le_bytes());
        send(writer, &mut out)?;
        return Ok(Agreement::old(settings, protocol, seed));
    }
    let compat = CompatFlags::grant(letters, settings.may_recurse_incrementally(receives));
    compat.encode(&mut out);
    send(writer, &mut out)?;
    let (checksums, compression) = negotiate(End::Server, settings, compat, &mut source, writer)?;
    out.extend_from_slice(&seed.to_le_bytes());
    send(writer, &mut out)?;
    let (checksum, list_checksum) = checksums;
    Ok(Agreement { protocol, compat, checksum, list_checksum, compression, seed, seeds_files: false })
}

/// Steps 3 and 4: writes this side's lists of names, then reads the other's.
fn negotiate(
    end: End,
    settings: &Settings,
    compat: CompatFlags,
    source: &mut impl Source,
    writer: &mut dyn Write,
) -> Result<((Checksum, Checksum), Compression)> {
    let by_name = compat.has(CompatFlags::VARINT_FLAGS);
    let ask_checksum = by_name && settings.checksums.is_none();
    let ask_compression = by_name && settings.compression == CompressionWish::Negotiate;
    let sums = Offer::checksums(&settings.checksum_list, end);
    let compressions = Offer::compressions(&settings.compress_list, end);
    let mut asked = Vec::new();
    if ask_checksum {
        asked.push(&sums);
    }
    if ask_compression {
        asked.push(&compressions);
    }
    let mut out = Vec::new();
    let mut agreed = Vec::new();
    if end == End::Client && asked.iter().any(|offer| !offer.is_usual) {
        // Some servers choose by their own order: they are left no choice (§10.1).
        for offer in &asked {
            agreed.push(offer.agree(end, source)?);
        }
        agreed.iter().for_each(|name| negotiation::encode(&[name.as_str()], &mut out));
        send(writer, &mut out)?;
    } else {
        asked.iter().for_each(|offer| negotiation::encode(&offer.names, &mut out));
        send(writer, &mut out)?;
        for offer in &asked {
            agreed.push(offer.agree(end, source)?);
        }
    }
    let mut agreed = agreed.into_iter();
    let unknown = |what: &str| Error::new(ErrorKind::Protocol, format!("an unknown {what} was agreed on"));
    let checksums = match settings.checksums {
        Some(chosen) => chosen,
        None if ask_checksum => {
            let name = agreed.next().unwrap_or_default();
            let sum = Checksum::from_name(&name).ok_or_else(|| unknown("checksum"))?;
            (sum, sum)
        }
        None => (Checksum::Md5, Checksum::Md5),
    };
    let compression = match settings.compression {
        CompressionWish::Off => Compression::None,
        CompressionWish::Choice(chosen) => chosen,
        CompressionWish::Negotiate if ask_compression => {
            let name = agreed.next().unwrap_or_default();
            Compression::from_name(&name).ok_or_else(|| unknown("compression"))?
        }
        CompressionWish::Negotiate => Compression::Zlib,
    };
    Ok((checksums, at_level(compression, settings)))
}

/// Level 0 of deflate is no compression at all, at both ends (§4.5).
fn at_level(compression: Compression, settings: &Settings) -> Compression {
    let is_deflate = matches!(compression, Compression::Zlib | Compression::Zlibx);
    if is_deflate && settings.compress_level == Some(0) { Compression::None } else { compression }
}

/// The names of one kind that this end offers.
struct Offer {
    what: &'static str,
    names: Vec<&'static str>,
    /// They have the order that all servers have.
    is_usual: bool,
}

impl Offer {
    fn checksums(list: &str, end: End) -> Offer {
        // A server knows one more, which a client has to ask for by name.
        let more = if end == End::Server { &[Checksum::Blake3, Checksum::None][..] } else { &[] };
        let usual = Checksum::OFFERED.iter().chain(more).map(|sum| sum.name()).collect();
        let known = |name: &str| Checksum::from_name(name).map(Checksum::name);
        Offer::of("checksum", negotiation::offered(list, end, known), usual)
    }

    fn compressions(list: &str, end: End) -> Offer {
        let more = if end == End::Server { &[Compression::None][..] } else { &[] };
        let usual = Compression::OFFERED.iter().chain(more).map(|kind| kind.name()).collect();
        let known = |name: &str| Compression::from_name(name).map(Compression::name);
        Offer::of("compress", negotiation::offered(list, end, known), usual)
    }

    fn of(what: &'static str, chosen: Option<Vec<&'static str>>, usual: Vec<&'static str>) -> Offer {
        let is_usual = chosen.is_none();
        Offer { what, names: chosen.unwrap_or(usual), is_usual }
    }

    /// Reads the other end's names; the one that both ends take.
    fn agree(&self, end: End, source: &mut impl Source) -> Result<String> {
        negotiation::decode(source)
            .and_then(|theirs| negotiation::choose(self.what, end, &self.names, &theirs))
            .map_err(protocol_error)
    }
}

fn send(writer: &mut dyn Write, out: &mut Vec<u8>) -> Result<()> {
    writer.write_all(out).and_then(|()| writer.flush()).map_err(closed)?;
    out.clear();
    Ok(())
}

/// Differs from session to session; nothing secret hangs on it.
fn seed_of_the_clock() -> i32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = (now.as_secs() as i32) ^ (now.subsec_nanos() as i32).rotate_left(8);
    if seed == 0 { 1 } else { seed }
}

/// Reads no byte beyond what is asked for: the frames that follow belong to the reader thread.
struct Unbuffered<'a> {
    reader: &'a mut dyn Read,
    piece: [u8; 64],
}

impl<'a> Unbuffered<'a> {
    fn new(reader: &'a mut dyn Read) -> Unbuffered<'a> {
        Unbuffered { reader, piece: [0; 64] }
    }
}

impl Source for Unbuffered<'_> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        let room = limit.min(self.piece.len());
        let place = self.piece.get_mut(..room).unwrap_or_default();
        loop {
            match self.reader.read(place) {
                Ok(0) => return Err(WireError::Ended),
                Ok(count) => return Ok(self.piece.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(WireError::Ended),
            }
        }
    }
}
