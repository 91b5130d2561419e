//! `--info` and `--debug`: which texts are wanted, and in what detail
//! (`docs/spec/wire-1-session.md` §3.5, §8.10). In: words like `name2,del0`. Out: levels, and the form the server gets.

use super::error::BadValue;

/// The highest level of a flag; larger numbers count as this one.
const MAX_LEVEL: u8 = 4;

macro_rules! flags {
    ($(#[$doc:meta])* $enum:ident, $levels:ident, $option:literal, [$($(#[$name_doc:meta])* $name:ident = $text:literal,)*]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum { $($(#[$name_doc])* $name,)* }

        impl $enum {
            /// Every flag, in alphabetical order.
            pub const ALL: &'static [$enum] = &[$($enum::$name,)*];

            /// The name in capitals.
            pub fn name(self) -> &'static str {
                match self { $($enum::$name => $text,)* }
            }
        }

        #[doc = concat!("The levels that `--", $option, "` set; a flag that was not named has none.")]
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $levels([Option<u8>; $enum::ALL.len()]);

        impl $levels {
            /// The level `flag` was set to, from 0 (silent) to 4.
            pub fn explicit(&self, flag: $enum) -> Option<u8> {
                self.0.get(flag as usize).copied().flatten()
            }

            /// Sets the level of `flag`; what is over 4 counts as 4.
            pub fn set(&mut self, flag: $enum, level: u8) {
                if let Some(slot) = self.0.get_mut(flag as usize) {
                    *slot = Some(level.min(MAX_LEVEL));
                }
            }

            /// Adds comma-separated words: `NAME`, `NAME2`, `ALL`, `NONE`.
            pub(super) fn add(&mut self, text: &[u8], unknown: Unknown) -> Result<(), BadValue> {
                for word in text.split(|byte| *byte == b',').filter(|word| !word.is_empty()) {
                    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                    let (name, digits) = word.split_at(word.len() - digits);
                    let level = if digits.is_empty() { 1 } else {
                        digits.iter().fold(0u8, |level, digit| level.saturating_mul(10).saturating_add(digit - b'0'))
                    };
                    let level = level.min(MAX_LEVEL);
                    match name.to_ascii_uppercase().as_slice() {
                        b"ALL" => self.0 = [Some(level); $enum::ALL.len()],
                        b"NONE" => self.0 = [Some(0); $enum::ALL.len()],
                        upper => match $enum::ALL.iter().find(|flag| flag.name().as_bytes() == upper) {
                            Some(flag) => self.set(*flag, level),
                            None if unknown == Unknown::Ignore => {}
                            None => return Err(BadValue::Unprefixed(format!(
                                concat!("Unknown --", $option, " item: \"{}\""), String::from_utf8_lossy(name)
                            ))),
                        },
                    }
                }
                Ok(())
            }
        }
    };
}

/// What is done about names that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Refuse,
    /// A server may be older than its client.
    Ignore,
}

flags! {
    /// What can be told about a transfer.
    Info, InfoLevels, "info", [
        /// Files backed up.
        Backup = "BACKUP",
        /// Files copied locally on the receiving side.
        Copy = "COPY",
        /// Deletions on the receiving side.
        Del = "DEL",
        /// File lists sent and received (levels 1 and 2).
        Flist = "FLIST",
        /// Miscellaneous (levels 1 and 2).
        Misc = "MISC",
        /// Mount points found or skipped.
        Mount = "MOUNT",
        /// Names: 1 updated, 2 unchanged as well.
        Name = "NAME",
        /// Skipped non-regular files (level 1 unless silenced).
        Nonreg = "NONREG",
        /// Progress: 1 of each file, 2 of the whole transfer.
        Progress = "PROGRESS",
        /// Files removed on the sending side.
        Remove = "REMOVE",
        /// Files skipped because of the options (levels 1 and 2).
        Skip = "SKIP",
        /// Statistics at the end (levels 1 to 3).
        Stats = "STATS",
        /// Unsafe symbolic links.
        Symsafe = "SYMSAFE",
    ]
}

flags! {
    /// What can be told about the work of the program.
    Debug, DebugLevels, "debug", [
        /// ACLs.
        Acl = "ACL",
        /// Backups.
        Backup = "BACKUP",
        /// Sockets bound.
        Bind = "BIND",
        /// Changes of directory.
        Chdir = "CHDIR",
        /// Connections.
        Connect = "CONNECT",
        /// Commands started, with their arguments.
        Cmd = "CMD",
        /// Deletions.
        Del = "DEL",
        /// Block sums and matches.
        Deltasum = "DELTASUM",
        /// Names that were given twice.
        Dup = "DUP",
        /// The end of the program.
        Exit = "EXIT",
        /// Filter decisions.
        Filter = "FILTER",
        /// File lists.
        Flist = "FLIST",
        /// Fuzzy basis files.
        Fuzzy = "FUZZY",
        /// The generator.
        Genr = "GENR",
        /// Hash tables.
        Hash = "HASH",
        /// Hard links.
        Hlink = "HLINK",
        /// Character conversions.
        Iconv = "ICONV",
        /// Input and output.
        Io = "IO",
        /// Negotiated names.
        Nstr = "NSTR",
        /// Owners and groups.
        Own = "OWN",
        /// Protocol versions.
        Proto = "PROTO",
        /// The receiver.
        Recv = "RECV",
        /// The sender.
        Send = "SEND",
        /// Times.
        Time = "TIME",
    ]
}

impl Info {
    /// The level that `-v` given `verbose` times implies (wire-1 §8.10).
    pub(super) fn implied(self, verbose: u8) -> u8 {
        match self {
            Info::Nonreg => 1,
            Info::Copy | Info::Del | Info::Flist | Info::Stats | Info::Symsafe => u8::from(verbose >= 1),
            Info::Misc | Info::Name => verbose.min(2),
            Info::Backup | Info::Mount | Info::Remove | Info::Skip => u8::from(verbose >= 2),
            Info::Progress => 0,
        }
    }
}

impl Debug {
    /// The level that `-v` given `verbose` times implies (wire-1 §8.10).
    pub(super) fn implied(self, verbose: u8) -> u8 {
        let (first, highest) = match self {
            Debug::Bind | Debug::Dup => (2, 1),
            Debug::Connect | Debug::Filter => (2, 2),
            Debug::Del => (2, 3),
            Debug::Deltasum | Debug::Flist => (2, 4),
            Debug::Cmd | Debug::Iconv => return [0, 0, 1, 1, 2][usize::from(verbose.min(4))],
            Debug::Acl | Debug::Backup | Debug::Genr | Debug::Recv | Debug::Send => (3, 1),
            Debug::Exit | Debug::Own | Debug::Time => (3, 2),
            Debug::Fuzzy => return [0, 0, 0, 1, 1, 2][usize::from(verbose.min(5))],
            Debug::Proto => (4, 1),
            Debug::Chdir | Debug::Hash | Debug::Hlink => (5, 1),
            Debug::Io | Debug::Nstr => (u8::MAX, 0),
        };
        (verbose.min(5) + 1).saturating_sub(first).min(highest)
    }
}

impl InfoLevels {
    /// What a server is told of these levels: the flags that matter there and were set, or nothing.
    ///
    /// Where all of them were set and at least five agree, `ALLn` or `NONE` stands for the most common (or higher) level
    /// and the exceptions follow.
    pub(super) fn forwarded(&self, to_receiver: bool) -> Option<String> {
        let relevant: &[Info] = if to_receiver {
            &[
                Info::Backup,
                Info::Copy,
                Info::Del,
                Info::Misc,
                Info::Mount,
                Info::Name,
                Info::Nonreg,
                Info::Skip,
                Info::Stats,
                Info::Symsafe,
            ]
        } else {
            &[Info::Misc, Info::Mount, Info::Name, Info::Remove, Info::Stats, Info::Symsafe]
        };
        let set: Vec<(Info, u8)> =
            relevant.iter().filter_map(|flag| self.explicit(*flag).map(|level| (*flag, level))).collect();
        let mut common = None;
        if set.len() == relevant.len() {
            let mut most = 5;
            for level in 0..=MAX_LEVEL {
                let count = set.iter().filter(|(_, other)| *other == level).count();
                if count >= most {
                    (common, most) = (Some(level), count);
                }
            }
        }
        let word =
            |name: &str, level: u8| if level == 1 { name.to_owned() } else { format!("{name}{level}") };
        let mut words = Vec::new();
        match common {
            Some(0) => words.push("NONE".to_owned()),
            Some(level) => words.push(word("ALL", level)),
            None => {}
        }
        words.extend(
            set.iter()
                .filter(|(_, level)| Some(*level) != common)
                .map(|(flag, level)| word(flag.name(), *level)),
        );
        (!words.is_empty()).then(|| words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> InfoLevels {
        let mut levels = InfoLevels::default();
        levels.add(text.as_bytes(), Unknown::Refuse).unwrap();
        levels
    }

    #[test]
    fn a_server_gets_the_recorded_words() {
        for (text, push, pull) in [
            ("all", Some("ALL"), Some("ALL")),
            ("none", Some("NONE"), Some("NONE")),
            ("NAME,del2", Some("DEL2,NAME"), Some("NAME")),
            ("all3,del", Some("ALL3,DEL"), Some("ALL3")),
            ("name0", Some("NAME0"), Some("NAME0")),
            ("stats9", Some("STATS4"), Some("STATS4")),
            ("progress,flist2", None, None),
            ("", None, None),
            (
                "stats1,backup2,copy,del2,misc2,mount,name,nonreg2,skip2,symsafe",
                Some("ALL2,COPY,MOUNT,NAME,STATS,SYMSAFE"),
                Some("MISC2,MOUNT,NAME,STATS,SYMSAFE"),
            ),
        ] {
            assert_eq!(levels(text).forwarded(true).as_deref(), push, "{text}");
            assert_eq!(levels(text).forwarded(false).as_deref(), pull, "{text}");
        }
    }

    #[test]
    fn unknown_words_are_refused_unless_a_server_reads_them() {
        let mut levels = InfoLevels::default();
        assert!(levels.add(b"name,bogus", Unknown::Refuse).is_err());
        assert_eq!(levels.add(b"bogus3,del2", Unknown::Ignore), Ok(()));
        assert_eq!(levels.explicit(Info::Del), Some(2));
    }

    #[test]
    fn verbosity_implies_what_the_help_lists() {
        assert_eq!([0, 1, 2, 3].map(|verbose| Info::Name.implied(verbose)), [0, 1, 2, 2]);
        assert_eq!([0, 1, 2, 3].map(|verbose| Info::Nonreg.implied(verbose)), [1, 1, 1, 1]);
        assert_eq!([1, 2, 3, 4, 5, 9].map(|verbose| Debug::Flist.implied(verbose)), [0, 1, 2, 3, 4, 4]);
        assert_eq!([1, 2, 3, 4, 5].map(|verbose| Debug::Cmd.implied(verbose)), [0, 1, 1, 2, 2]);
        assert_eq!([2, 3, 4, 5].map(|verbose| Debug::Fuzzy.implied(verbose)), [0, 1, 1, 2]);
        assert_eq!([4, 5].map(|verbose| Debug::Hlink.implied(verbose)), [0, 1]);
        assert_eq!(Debug::Io.implied(9), 0);
    }
}
