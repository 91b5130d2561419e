//! Names in a file list: made plain, and refused when they lead out of the tree (`docs/spec/wire-2-filelist.md` §1.10).

use crate::wire::error::WireError;

/// The name that a wire name stands for: runs of slashes become one, `.` components inside go, a slash at the end goes.
///
/// # Errors
/// [`WireError::UnsafeName`] for a `..` component, a NUL, an empty name, or a leading slash unless `may_be_absolute`.
pub(super) fn accept(wire: &[u8], may_be_absolute: bool) -> Result<Box<[u8]>, WireError> {
    let refuse = || Err(WireError::UnsafeName(wire.to_vec()));
    let absolute = wire.first() == Some(&b'/');
    if wire.contains(&0) || (absolute && !may_be_absolute) {
        return refuse();
    }
    let mut name = Vec::with_capacity(wire.len());
    if absolute {
        name.push(b'/');
    }
    for component in wire.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return refuse(),
            _ => {
                if !matches!(name.as_slice(), b"" | b"/") {
                    name.push(b'/');
                }
                name.extend_from_slice(component);
            }
        }
    }
    if name.is_empty() || name == b"/" {
        if wire.is_empty() {
            return refuse();
        }
        // `.`, `./`, and the `/.` of an absolute relative transfer are the root.
        name.push(b'.');
    }
    Ok(name.into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_plain() {
        for (wire, name) in [
            ("a", "a"),
            (".", "."),
            ("./", "."),
            ("x//./a", "x/a"),
            ("a/b/", "a/b"),
            ("..a/b..", "..a/b.."),
            ("./x/y", "x/y"),
        ] {
            assert_eq!(*accept(wire.as_bytes(), false).unwrap(), *name.as_bytes(), "{wire}");
        }
        assert_eq!(*accept(b"/t/w", true).unwrap(), *b"/t/w");
        assert_eq!(*accept(b"/.", true).unwrap(), *b"/.");
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for wire in ["..", "../a", "a/../b", "a/..", "/etc", "", "a\0b"] {
            assert!(accept(wire.as_bytes(), false).is_err(), "{wire:?}");
        }
    }
}
