//! The contents of a file on the wire: literal data and blocks of the basis, plain or compressed
//! (`docs/spec/wire-3-transfer.md` §6). In: [`Token`]s. Out: bytes, and back.
//!
//! | coding | what is compressed | history |
//! |---|---|---|
//! | plain | nothing | – |
//! | [`deflate`] (`zlib`, `zlibx`) | literals, one stream a file | the file's literals; `zlib` also the matched blocks |
//! | [`zstd`] | literals, one stream a session | all literals of all files |
//! | [`lz4`] | literals, a block a record | none |
//!
//! A session has one [`TokenEncoder`] or [`TokenDecoder`] for all its files, because zstd's history outlives a file: a
//! receiver that has no use for a file decodes it all the same.

mod decode;
mod deflate;
mod encode;
mod lz4;
mod record;
#[cfg(test)]
mod tests;
mod zstd;

pub use decode::TokenDecoder;
pub use encode::{Effort, TokenEncoder};

/// A step in making the new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// These bytes, at least one, come next. Literals that follow each other are one stretch, cut anywhere.
    Literal(&'a [u8]),
    /// Blocks of the basis come next.
    Blocks {
        /// Number of the first; below the number of blocks of the basis, as is that of the last.
        first: u32,
        /// How many, at least one.
        count: u32,
    },
    /// The file is complete; its digest follows.
    End,
}

/// Pieces in which a matched block enters the history of the `zlib` coding (§6.3).
///
/// Up to protocol 30 every piece is taken from the start of the block (`docs/spec/wire-3-transfer.md` §6.3): a defect that both ends
/// have to share.
fn history_pieces(block: &[u8], sound: bool) -> impl Iterator<Item = &[u8]> {
    const PIECE: usize = 65_535;
    block
        .chunks(PIECE)
        .map(move |piece| if sound { piece } else { block.get(..piece.len()).unwrap_or(piece) })
}
