//! Files that compression is wasted on, by the ends of their names (`--skip-compress`). In: suffixes between slashes. Out:
//! whether a name has one.

/// The suffixes of `--skip-compress`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipCompress(Vec<Vec<Letter>>);

/// One byte of a suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Letter {
    One(u8),
    /// Any of these, from between brackets.
    AnyOf(Vec<u8>),
}

impl SkipCompress {
    /// Takes suffixes without their dots, separated by slashes; brackets hold the letters that may be in one place, as in
    /// `mp[34]`. Empty suffixes are passed over, and so is a bracket that does not end.
    pub fn parse(list: &[u8]) -> SkipCompress {
        SkipCompress(
            list.split(|&byte| byte == b'/').map(letters).filter(|suffix| !suffix.is_empty()).collect(),
        )
    }

    /// Whether what follows the last dot of `name` is one of the suffixes; case does not matter.
    pub fn matches(&self, name: &[u8]) -> bool {
        let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return false };
        let suffix = name.get(dot + 1..).unwrap_or_default();
        self.0.iter().any(|letters| {
            letters.len() == suffix.len() && letters.iter().zip(suffix).all(|(letter, byte)| letter.is(*byte))
        })
    }
}

impl Letter {
    fn is(&self, byte: u8) -> bool {
        match self {
            Letter::One(letter) => letter.eq_ignore_ascii_case(&byte),
            Letter::AnyOf(letters) => letters.iter().any(|letter| letter.eq_ignore_ascii_case(&byte)),
        }
    }
}

fn letters(mut suffix: &[u8]) -> Vec<Letter> {
    let mut letters = Vec::new();
    while let Some((&first, rest)) = suffix.split_first() {
        suffix = rest;
        let end = rest.iter().position(|&byte| byte == b']');
        match (first, end) {
            (b'[', Some(end)) => {
                letters.push(Letter::AnyOf(rest.get(..end).unwrap_or_default().to_vec()));
                suffix = rest.get(end + 1..).unwrap_or_default();
            }
            _ => letters.push(Letter::One(first)),
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_after_the_last_dot_decides() {
        let skip = SkipCompress::parse(b"gz/jpg//mp[34]/7z");
        for (name, is_skipped) in [
            (&b"a.gz"[..], true),
            (b"dir.x/b.JPG", true),
            (b"song.mp3", true),
            (b"song.mp4", true),
            (b"song.mp5", false),
            (b"x.tar.gz.txt", false),
            (b"gz", false),
            (b"a.gz/file", false),
            (b"a.", false),
            (b"a.agz", false),
        ] {
            assert_eq!(skip.matches(name), is_skipped, "{}", String::from_utf8_lossy(name));
        }
        assert!(!SkipCompress::parse(b"").matches(b"a.gz"));
    }
}
