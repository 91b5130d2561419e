//! The escapes of `--out-format` (`docs/spec/wire-1-session.md` §8.8). In: a format and a change. Out: a line.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use syncline::wire::item::ItemFlags;
use syncline::{Change, ItemForm};

use super::clock;
use super::list::permissions;
use super::numbers;

/// A format taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Escape { letter: u8, level: u8, left: bool, width: usize },
}

/// Letters that need what a session does not tell.
const UNTOLD: &[u8] = b"bcCf";
const TOLD: &[u8] = b"BGilLmMnoptU";
/// The widest column.
const MAX_WIDTH: usize = 512;

/// What is told in one line.
pub(super) enum Subject<'a> {
    Change(&'a Change, ItemForm),
    Deletion { name: &'a [u8], is_directory: bool },
}

impl Format {
    /// Takes `text` apart.
    pub(super) fn parse(text: &OsStr) -> Result<Format, String> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            rest = after;
            if *first != b'%' {
                literal.push(*first);
                continue;
            }
            let (mut level, mut left, mut width) = (0u8, false, 0usize);
            let mut spec = after;
            while let [byte @ (b'\'' | b'-' | b'0'..=b'9'), more @ ..] = spec {
                match byte {
                    b'\'' => level = level.saturating_add(1),
                    b'-' => left = true,
                    digit => width = (width * 10 + usize::from(digit - b'0')).min(MAX_WIDTH),
                }
                spec = more;
            }
            match spec {
                [b'%', more @ ..] => {
                    literal.push(b'%');
                    rest = more;
                }
                [letter, _more @ ..] if UNTOLD.contains(letter) => {
                    let letter = char::from(*letter);
                    return Err(format!(
                        "%{letter} in a format is not supported by this version of syncline"
                    ));
                }
                [letter, more @ ..] if TOLD.contains(letter) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Escape { letter: *letter, level, left, width });
                    rest = more;
                }
                // What is not known stays as it is.
                _ => literal.push(b'%'),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Format(pieces))
    }

    /// Whether it has an item string.
    pub(super) fn itemizes(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Escape { letter: b'i', .. }))
    }

    /// Whether deletions have lines of this form, too, and not one of their own.
    pub(super) fn tells_deletions(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Escape { letter: b'i' | b'o', .. }))
    }

    /// The line for `subject`, without its end.
    pub(super) fn line(&self, subject: &Subject<'_>) -> Vec<u8> {
        let mut line = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => line.extend_from_slice(text),
                Piece::Escape { letter, level, left, width } => {
                    let value = subject.value(*letter, *level);
                    let padding = vec![b' '; width.saturating_sub(value.len())];
                    let (first, second) = if *left { (value, padding) } else { (padding, value) };
                    line.extend(first);
                    line.extend(second);
                }
            }
        }
        line
    }
}

impl Subject<'_> {
    fn value(&self, letter: u8, level: u8) -> Vec<u8> {
        match (letter, self) {
            (b'p', _) => std::process::id().to_string().into_bytes(),
            (b't', _) => clock::now("%Y/%m/%d %H:%M:%S").into_bytes(),
            (b'm', _) => Vec::new(),
            (b'o', Subject::Deletion { .. }) => b"del.".to_vec(),
            (b'o', Subject::Change(change, _)) => if change.received { b"recv" } else { b"send" }.to_vec(),
            (b'i', Subject::Deletion { .. }) => b"*deleting  ".to_vec(),
            (b'i', Subject::Change(change, form)) => change.itemized(*form).into_bytes(),
            (b'n', Subject::Deletion { name, is_directory }) => with_slash(name, *is_directory),
            (b'n', Subject::Change(change, _)) => with_slash(&change.entry.name, change.entry.is_directory()),
            (b'L', Subject::Change(change, _)) => arrow(change),
            (b'l', Subject::Change(change, _)) => numbers::integer(change.entry.size, level).into_bytes(),
            (b'B', Subject::Change(change, _)) => permissions(change.entry.mode).as_bytes()[1..].to_vec(),
            (b'U', Subject::Change(change, _)) => change.entry.uid.to_string().into_bytes(),
            (b'G', Subject::Change(change, _)) => change.entry.gid.to_string().into_bytes(),
            (b'M', Subject::Change(change, _)) => {
                clock::local(change.entry.modified, "%Y/%m/%d-%H:%M:%S").into_bytes()
            }
            _ => Vec::new(),
        }
    }
}

fn with_slash(name: &[u8], is_directory: bool) -> Vec<u8> {
    let mut name = name.to_vec();
    if is_directory && !name.ends_with(b"/") {
        name.push(b'/');
    }
    name
}

fn arrow(change: &Change) -> Vec<u8> {
    let target = change.entry.target();
    match &change.other_name {
        Some(other) if change.flags.has(ItemFlags::NAME) && !other.is_empty() => {
            [b" => ", other.as_slice()].concat()
        }
        _ if !target.is_empty() => [b" -> ", target].concat(),
        _ => Vec::new(),
    }
}
