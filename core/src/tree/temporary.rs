//! Names of temporary files (`docs/spec/wire-3-transfer.md` §9.2). In: a destination's name. Out: a name beside it.

use std::hash::{BuildHasher, RandomState};

/// Bytes of a temporary name that come from the destination's.
const KEPT: usize = 246;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A name for the file that will replace `name` in the same directory: `.NAME.XXXXXX`.
pub fn temporary_name(name: &[u8]) -> Vec<u8> {
    let mut temporary = vec![b'.'];
    temporary.extend_from_slice(name.strip_prefix(b".").unwrap_or(name));
    if temporary.len() > KEPT + 1 {
        temporary.truncate(KEPT + 1);
        // A multi-byte character may have been cut.
        while temporary.last().is_some_and(|&byte| byte >= 0x80) {
            temporary.pop();
        }
    }
    if temporary.last() == Some(&b'.') {
        temporary.pop();
    }
    temporary.push(b'.');
    let mut random = RandomState::new().hash_one(name);
    for _ in 0..6 {
        let letter = (random % LETTERS.len() as u64) as usize;
        temporary.extend(LETTERS.get(letter));
        random /= LETTERS.len() as u64;
    }
    temporary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_table_of_the_specification() {
        let long = [b'a'; 250];
        let kept = [&[b'.'][..], &[b'a'; 246][..]].concat();
        let accented = "é".repeat(127);
        for (name, before) in [
            (&b"f"[..], &b".f"[..]),
            (b".hidden", b".hidden"),
            (b"..twodots", b"..twodots"),
            (b"trail.", b".trail"),
            (&long, &kept),
            (accented.as_bytes(), b""),
        ] {
            let temporary = temporary_name(name);
            let (kept, random) = temporary.split_at(temporary.len() - 7);
            assert_eq!(kept, before);
            assert_eq!(random[0], b'.');
            assert!(random[1..].iter().all(u8::is_ascii_alphanumeric));
        }
    }
}
