//! Wildcards (`docs/spec/wire-2-filelist.md` §7.3.3): `*`, `**`, `?`, `[…]` and backslashes, byte by byte.

/// Whether `pattern` matches the whole of `text`.
///
/// Takes time proportional to the product of the lengths at most.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*`, and the last `**`, does not match.
    let mut star: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    loop {
        let rest = pattern.get(p..).unwrap_or_default();
        if let [b'*', after @ ..] = rest {
            let more = after.iter().take_while(|byte| **byte == b'*').count();
            p += 1 + more;
            if more > 0 {
                (double, star) = (Some((p, t)), None);
            } else {
                star = Some((p, t));
            }
            continue;
        }
        let step = text.get(t).and_then(|byte| one(rest, *byte));
        match step {
            Some(length) => {
                p += length;
                t += 1;
                continue;
            }
            None if rest.is_empty() && t == text.len() => return true,
            None => {}
        }
        // A `*` takes one more byte unless that is a slash; a `**` takes any.
        if let Some((after, from)) = star
            && text.get(from).is_some_and(|byte| *byte != b'/')
        {
            star = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else if let Some((after, from)) = double
            && from < text.len()
        {
            double = Some((after, from + 1));
            star = None;
            (p, t) = (after, from + 1);
        } else {
            return false;
        }
    }
}

/// How many bytes of `pattern` the element takes that matches `byte`, if it does.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => (byte != b'/').then_some(1),
        [b'[', set @ ..] => {
            let (length, contains) = set_contains(set, byte)?;
            (contains && byte != b'/').then_some(1 + length)
        }
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// The length of the set behind a `[`, its `]` included, and whether `byte` is in it; `None` if it has no end or an unknown class.
fn set_contains(set: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(set.first(), Some(b'!' | b'^'));
    let start = usize::from(negated);
    let mut at = start;
    let mut found = false;
    let mut previous: Option<u8> = None;
    loop {
        let rest = set.get(at..)?;
        match rest {
            [b']', ..] if at > start => return Some((at + 1, found != negated)),
            [b'[', b':', class @ ..] => {
                let end = class.windows(2).position(|pair| pair == b":]")?;
                found |= in_class(class.get(..end)?, byte)?;
                previous = None;
                at += end + 4;
            }
            [b'-', after @ ..] if previous.is_some() && !matches!(after.first(), None | Some(b']')) => {
                let (last, length) = match after {
                    [b'\\', quoted, ..] => (*quoted, 2),
                    [plain, ..] => (*plain, 1),
                    [] => return None,
                };
                found |= previous.is_some_and(|first| (first..=last).contains(&byte));
                previous = None;
                at += 1 + length;
            }
            [b'\\', quoted, ..] => {
                found |= *quoted == byte;
                previous = Some(*quoted);
                at += 2;
            }
            [plain, ..] => {
                found |= *plain == byte;
                previous = Some(*plain);
                at += 1;
            }
            [] => return None,
        }
    }
}

fn in_class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
