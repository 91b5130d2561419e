//! Filter rules as protocols 27 to 29 have them (`docs/spec/wire-4-older-protocols.md` §5). In: rules of the wire. Out: the
//! same for an old peer, and back.

use crate::options::Direction;
use crate::wire::Protocol;

/// A rule that an old peer has no words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooModern;

/// A rule that goes to a peer of `protocol`; `None` if it is not for that peer.
pub(crate) fn encode(
    rule: Vec<u8>,
    protocol: Protocol,
    direction: Direction,
) -> Result<Option<Vec<u8>>, TooModern> {
    if protocol.has_perishable_rules() {
        return Ok(Some(rule));
    }
    let space = rule.iter().position(|&byte| byte == b' ').unwrap_or(rule.len());
    let (head, pattern) = rule.split_at(space);
    let perishable = head.contains(&b'p');
    // The sending side of an old peer's rules would lose what it says about deletions.
    if perishable && direction == Direction::Push {
        return Err(TooModern);
    }
    let head: Vec<u8> = head.iter().copied().filter(|&byte| byte != b'p').collect();
    if protocol.has_full_filter_rules() {
        return Ok(Some([&head, pattern].concat()));
    }
    let kind = match head.as_slice() {
        [kind @ (b'-' | b'+')] | [kind @ (b'-' | b'+'), b's' | b'r'] => *kind,
        _ => return Err(TooModern),
    };
    Ok(Some([&[kind], pattern].concat()))
}

/// A rule that came from a peer of `protocol`.
pub(crate) fn decode(rule: Vec<u8>, protocol: Protocol) -> Vec<u8> {
    let is_marked = rule.starts_with(b"- ") || rule.starts_with(b"+ ") || rule == b"!";
    if protocol.has_full_filter_rules() || is_marked { rule } else { [b"- ", rule.as_slice()].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(rule: &str, number: u8, direction: Direction) -> Result<String, TooModern> {
        let protocol = Protocol::new(number).unwrap();
        encode(rule.into(), protocol, direction).map(|rule| String::from_utf8(rule.unwrap()).unwrap())
    }

    #[test]
    fn old_peers_get_plain_rules_or_none() {
        for (rule, number, expected) in [
            ("-p *.o", 30, Ok("-p *.o")),
            ("-p *.o", 29, Ok("- *.o")),
            ("-s *.c", 29, Ok("-s *.c")),
            ("-s *.c", 28, Ok("- *.c")),
            ("+ /foo/", 27, Ok("+ /foo/")),
            ("- - x", 27, Ok("- - x")),
            (": /.rsync-filter", 29, Ok(": /.rsync-filter")),
            (": /.rsync-filter", 28, Err(TooModern)),
            ("-! x", 28, Err(TooModern)),
        ] {
            assert_eq!(sent(rule, number, Direction::Pull), expected.map(str::to_owned), "{rule} {number}");
        }
        assert_eq!(sent("-p *.o", 29, Direction::Push), Err(TooModern));
    }

    #[test]
    fn bare_patterns_exclude() {
        let read = |rule: &str, number| decode(rule.into(), Protocol::new(number).unwrap());
        for (rule, expected) in
            [("*.o", "- *.o"), ("- x", "- x"), ("+ y", "+ y"), ("!", "!"), ("P z", "- P z"), ("-x", "- -x")]
        {
            assert_eq!(read(rule, 28), expected.as_bytes(), "{rule}");
        }
        assert_eq!(read("P z", 29), b"P z");
    }
}
