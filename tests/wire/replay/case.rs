//! A recorded session as `tests/vectors/wire` holds it (`README.md` there). Out: command lines, trees, bytes.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::wire::End;

pub(crate) struct Case {
    pub(crate) name: String,
    folder: PathBuf,
    facts: Value,
}

impl Case {
    /// Every one there is, by name.
    pub(crate) fn all(folder: &Path) -> Vec<Case> {
        let mut cases: Vec<Case> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|folder| Case {
                name: folder.file_name().unwrap().to_string_lossy().into_owned(),
                facts: serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap(),
                folder,
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    pub(crate) fn fact(&self, name: &str) -> &Value {
        &self.facts[name]
    }

    /// All that `end` wrote.
    pub(crate) fn bytes(&self, end: End) -> Vec<u8> {
        let name = match end {
            End::Client => "c2s.bin",
            End::Server => "s2c.bin",
        };
        fs::read(self.folder.join(name)).unwrap()
    }

    /// Who wrote, and how much that one had written before; in the order of time.
    pub(crate) fn timeline(&self) -> Vec<(End, usize)> {
        let chunk = |chunk: &Value| {
            let end = if chunk[0] == "c2s" { End::Client } else { End::Server };
            (end, chunk[1].as_u64().unwrap() as usize)
        };
        self.facts["timeline"].as_array().unwrap().iter().map(chunk).collect()
    }

    pub(crate) fn status(&self, end: End) -> u8 {
        let name = match end {
            End::Client => "exit_status",
            End::Server => "server_exit",
        };
        self.facts[name].as_u64().unwrap() as u8
    }

    /// Whether its words alone say what `end` did: some were changed on their way, or the environment said more.
    pub(crate) fn can_be_played(&self, end: End) -> bool {
        let server = &self.facts["server_argv"];
        let environment = self.facts["environment"].as_object().is_some_and(|names| !names.is_empty());
        !environment && (end == End::Client || server[0] == "rsync") && server[0] != "env"
    }

    pub(crate) fn client_pulls(&self) -> bool {
        self.server_words().iter().any(|word| word == "--sender")
    }

    /// The client's words without the program, and without the remote shell.
    pub(crate) fn client_words(&self) -> Vec<OsString> {
        let words = words(&self.facts["client_argv"]);
        let shell = words.iter().position(|word| word == "wiretap").unwrap();
        let keep = |at: usize| at != 0 && at != shell && at + 1 != shell;
        words.into_iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, word)| word).collect()
    }

    pub(crate) fn server_words(&self) -> Vec<OsString> {
        words(&self.facts["server_argv"]).split_off(1)
    }

    /// The seed that the server chose.
    pub(crate) fn seed(&self) -> i64 {
        self.facts["agreed"]["seed"].as_i64().unwrap()
    }
}

fn words(list: &Value) -> Vec<OsString> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().into()).collect()
}
