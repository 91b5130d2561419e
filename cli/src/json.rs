//! One JSON object on one line. In: names and values. Out: text.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An object under construction.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    /// An object whose first field says what it tells of.
    pub(crate) fn new(event: &str) -> Object {
        let mut object = Object(String::from("{"));
        object.string("event", event);
        object
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(name, &mut self.0);
        self.0.push(':');
    }

    /// Adds a string.
    pub(crate) fn string(&mut self, name: &str, value: &str) -> &mut Object {
        self.name(name);
        quote(value, &mut self.0);
        self
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, name: &str, value: u64) -> &mut Object {
        self.name(name);
        let _ = write!(self.0, "{value}");
        self
    }

    /// Adds true or false.
    pub(crate) fn truth(&mut self, name: &str, value: bool) -> &mut Object {
        self.name(name);
        let _ = write!(self.0, "{value}");
        self
    }

    /// Adds a path; one that is not UTF-8 is followed by its bytes in base64.
    pub(crate) fn path(&mut self, name: &str, path: &Path) -> &mut Object {
        self.string(name, &path.to_string_lossy());
        if path.to_str().is_none() {
            self.string(&format!("{name}_base64"), &base64(path.as_os_str().as_bytes()));
        }
        self
    }

    /// The finished line.
    pub(crate) fn line(&self) -> String {
        format!("{}}}\n", self.0)
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// RFC 4648 §4, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let six = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit > group.len() { '=' } else { char::from(DIGITS[six]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn names_and_strings_are_escaped_and_odd_paths_carry_their_bytes() {
        let mut object = Object::new("x");
        object.string("a\"b", "c\\d\n\u{1}é").number("n", 7).truth("t", true);
        object.path("path", Path::new(OsStr::from_bytes(b"\xff/f")));
        assert_eq!(
            object.line(),
            "{\"event\":\"x\",\"a\\\"b\":\"c\\\\d\\u000a\\u0001é\",\"n\":7,\"t\":true,\
             \"path\":\"\u{fffd}/f\",\"path_base64\":\"/y9m\"}\n"
        );
    }

    #[test]
    fn base64_is_the_rfcs_examples() {
        // RFC 4648 §10
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
