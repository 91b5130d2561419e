//! One JSON object on one line. In: names and values. Out: text.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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

    /// An object that is a part of another.
    pub(crate) fn plain() -> Object {
        Object(String::from("{"))
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
            self.string(&format!("{name}_base64"), &STANDARD.encode(path.as_os_str().as_bytes()));
        }
        self
    }

    /// Adds a time in seconds, to the nanosecond.
    pub(crate) fn seconds(&mut self, name: &str, seconds: i64, nanoseconds: u32) -> &mut Object {
        self.name(name);
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        let (sign, total) = (if total < 0 { "-" } else { "" }, total.unsigned_abs());
        let _ = write!(self.0, "{sign}{}.{:09}", total / 1_000_000_000, total % 1_000_000_000);
        self
    }

    /// Adds an object.
    pub(crate) fn object(&mut self, name: &str, value: &Object) -> &mut Object {
        self.name(name);
        self.0.push_str(&value.0);
        self.0.push('}');
        self
    }

    /// Adds a list of objects.
    pub(crate) fn objects(&mut self, name: &str, values: impl Iterator<Item = Object>) -> &mut Object {
        self.name(name);
        let values: Vec<String> = values.map(|value| value.0 + "}").collect();
        let _ = write!(self.0, "[{}]", values.join(","));
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
}
