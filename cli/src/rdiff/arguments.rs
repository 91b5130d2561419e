//! rdiff's command line (docs/spec/librsync.md §10.1). In: words. Out: a [`Request`], or a complaint with rdiff's words.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// What the words ask for.
pub(crate) enum Asked {
    Help,
    Version,
    Work(Request),
}

/// Work to do.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) action: Action,
    /// What follows the action.
    pub(crate) files: Vec<OsString>,
    pub(crate) verbose: bool,
    pub(crate) statistics: bool,
    pub(crate) force: bool,
    pub(crate) magic: u32,
    /// 0: recommended.
    pub(crate) block_length: usize,
    /// 0: all, -1: recommended minimum.
    pub(crate) strong_length: i32,
    /// 0: the usual one.
    pub(crate) input_size: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Action {
    #[default]
    Signature,
    Delta,
    Patch,
}

/// What is wrong with the words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Complaint {
    NoAction,
    NoFile(Action),
    UnknownOption(String),
    NoValue(String),
    UnwantedValue(String),
    NoNumber(String),
    NumberOutOfRange(String),
    UnknownHash(String),
    UnknownRollsum(String),
}

impl Complaint {
    /// The sentence, as rdiff has it.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Complaint::NoAction => "You must specify an action: `signature', `delta', or `patch'.".into(),
            Complaint::NoFile(Action::Delta) => {
                "Usage for delta: rdiff [OPTIONS] delta SIGNATURE [NEWFILE [DELTA]]".into()
            }
            Complaint::NoFile(_) => "Usage for patch: rdiff [OPTIONS] patch BASIS [DELTA [NEW]]".into(),
            Complaint::UnknownOption(word) => format!("unknown option: {word}"),
            Complaint::NoValue(word) => format!("missing argument: {word}"),
            Complaint::UnwantedValue(word) => format!("option does not take an argument: {word}"),
            Complaint::NoNumber(word) => format!("invalid numeric value: {word}"),
            Complaint::NumberOutOfRange(word) => format!("number too large or too small: {word}"),
            Complaint::UnknownHash(name) => format!("Unknown hash algorithm '{name}'."),
            Complaint::UnknownRollsum(name) => format!("Unknown rollsum algorithm '{name}'."),
        }
    }
}

/// An option: its letter, and its names.
struct Flag {
    letter: char,
    names: &'static [&'static str],
    takes_value: bool,
}

const fn flag(letter: char, names: &'static [&'static str], takes_value: bool) -> Flag {
    Flag { letter, names, takes_value }
}

const FLAGS: &[Flag] = &[
    flag('v', &["verbose"], false),
    flag('V', &["version"], false),
    flag('h', &["help"], false),
    flag('?', &[], false),
    flag('s', &["statistics", "stats"], false),
    flag('f', &["force"], false),
    flag('H', &["hash"], true),
    flag('R', &["rollsum"], true),
    flag('b', &["block-size"], true),
    flag('S', &["sum-size"], true),
    flag('I', &["input-size"], true),
    flag('O', &["output-size"], true),
];

/// Reads the words that follow the program's name.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Asked, Complaint> {
    let mut typed = Typed { hash: "blake2".into(), rollsum: "rabinkarp".into(), ..Typed::default() };
    let mut words = words.into_iter();
    let mut places = Vec::new();
    while let Some(word) = words.next() {
        let shown = word.to_string_lossy().into_owned();
        if shown == "--" {
            places.extend(words.by_ref());
        } else if let Some(long) = shown.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let flag = FLAGS.iter().find(|flag| flag.names.contains(&name));
            let flag = flag.ok_or_else(|| Complaint::UnknownOption(shown.clone()))?;
            if let Some(asked) = typed.set(flag, value, &shown, &mut words)? {
                return Ok(asked);
            }
        } else if shown.starts_with('-') && shown.len() > 1 {
            let mut letters = shown.chars();
            letters.next();
            while let Some(letter) = letters.next() {
                let flag = FLAGS.iter().find(|flag| flag.letter == letter);
                let flag = flag.ok_or_else(|| Complaint::UnknownOption(shown.clone()))?;
                let rest = letters.as_str();
                let attached =
                    rest.strip_prefix('=').or((flag.takes_value && !rest.is_empty()).then_some(rest));
                let is_all = attached.is_some();
                if let Some(asked) = typed.set(flag, attached.map(str::to_owned), &shown, &mut words)? {
                    return Ok(asked);
                }
                if is_all {
                    break;
                }
            }
        } else {
            places.push(word);
        }
    }
    typed.request(places).map(Asked::Work)
}

/// The options typed so far.
#[derive(Default)]
struct Typed {
    request: Request,
    hash: String,
    rollsum: String,
}

impl Typed {
    /// Takes an option, whose value is attached or the next of `words`. What asks for text alone ends everything.
    fn set(
        &mut self,
        flag: &Flag,
        attached: Option<String>,
        word: &str,
        words: &mut impl Iterator<Item = OsString>,
    ) -> Result<Option<Asked>, Complaint> {
        // A number that is none is shown as it was typed: with its option where it is attached.
        let (value, shown) = match (flag.takes_value, attached) {
            (true, Some(value)) => (value, word.to_owned()),
            (true, None) => {
                let next = words.next().ok_or_else(|| Complaint::NoValue(word.to_owned()))?;
                let value = next.to_string_lossy().into_owned();
                (value.clone(), value)
            }
            (false, Some(_)) => return Err(Complaint::UnwantedValue(word.to_owned())),
            (false, None) => (String::new(), String::new()),
        };
        let number = || number(&value, &shown);
        // The original ends with a signal where these are negative.
        let size = || usize::try_from(number()?).map_err(|_| Complaint::NumberOutOfRange(shown.clone()));
        let request = &mut self.request;
        match flag.letter {
            'V' => return Ok(Some(Asked::Version)),
            'h' | '?' => return Ok(Some(Asked::Help)),
            'v' => request.verbose = true,
            's' => request.statistics = true,
            'f' => request.force = true,
            'H' => self.hash = value,
            'R' => self.rollsum = value,
            'b' => request.block_length = size()?,
            'S' => request.strong_length = number()?,
            'I' => request.input_size = size()?,
            // What is written does not depend on it.
            _ => drop(size()?),
        }
        Ok(None)
    }

    fn request(mut self, places: Vec<OsString>) -> Result<Request, Complaint> {
        let mut places = places.into_iter();
        let action = places.next().ok_or(Complaint::NoAction)?;
        let action = [("signature", Action::Signature), ("delta", Action::Delta), ("patch", Action::Patch)]
            .into_iter()
            .find(|(name, _)| name.as_bytes().starts_with(action.as_bytes()));
        self.request.action = action.map(|(_, action)| action).ok_or(Complaint::NoAction)?;
        self.request.files = places.collect();
        let strong = match self.hash.as_str() {
            "blake2" => 0x7273_0137,
            "md4" => 0x7273_0136,
            _ => return Err(Complaint::UnknownHash(self.hash)),
        };
        self.request.magic = match self.rollsum.as_str() {
            "rollsum" => strong,
            "rabinkarp" => strong + 0x10,
            _ => return Err(Complaint::UnknownRollsum(self.rollsum)),
        };
        if self.request.action != Action::Signature && self.request.files.is_empty() {
            return Err(Complaint::NoFile(self.request.action));
        }
        Ok(self.request)
    }
}

/// A number as C reads it: in base 8 after `0`, 16 after `0x`; nothing is 0.
fn number(text: &str, shown: &str) -> Result<i32, Complaint> {
    let trimmed = text.trim_start();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (base, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    if text.is_empty() {
        return Ok(0);
    }
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Complaint::NoNumber(shown.to_owned()));
    }
    let number = i64::from_str_radix(digits, base).ok().map(|number| if negative { -number } else { number });
    number
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| Complaint::NumberOutOfRange(shown.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request, Complaint> {
        match parse(line.split(' ').filter(|word| !word.is_empty()).map(OsString::from))? {
            Asked::Work(request) => Ok(request),
            _ => panic!("{line} asks for text"),
        }
    }

    #[test]
    fn options_and_files_mix_and_values_are_attached_or_not() {
        for line in [
            "sig -b128 a b -sf",
            "-sf -b=128 s a b",
            "--block-size=128 --stats -f signature a b",
            "sig -sfb 0200 -- a b",
        ] {
            let request = parsed(line).unwrap();
            assert_eq!((request.action, request.block_length), (Action::Signature, 128), "{line}");
            assert!(request.statistics && request.force, "{line}");
            assert_eq!(request.files, ["a", "b"], "{line}");
        }
        assert_eq!(parsed("d s -S -1").unwrap().strong_length, -1);
        assert_eq!(parsed("p -H md4 -R rollsum b").unwrap().magic, 0x7273_0136);
        assert_eq!(parsed("sig").unwrap().magic, 0x7273_0147);
    }

    #[test]
    fn numbers_are_those_of_c() {
        for (text, value) in [
            ("", 0),
            ("0", 0),
            ("-0", 0),
            ("12", 12),
            ("+12", 12),
            (" 12", 12),
            ("0x100", 256),
            ("0100", 64),
            ("-1", -1),
        ] {
            assert_eq!(number(text, ""), Ok(value), "{text}");
        }
        for text in ["12k", "1e3", "0x", "09", "-", " ", "1 2"] {
            assert_eq!(number(text, text), Err(Complaint::NoNumber(text.into())));
        }
        for text in ["2147483648", "4294967297", "99999999999999999999", "-2147483649"] {
            assert_eq!(number(text, text), Err(Complaint::NumberOutOfRange(text.into())));
        }
    }
}
