//! The command's own code on the process's standard streams. In: the words of a command line. Out: its exit status.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdout};
use std::os::unix::ffi::OsStringExt;

use napi::Env;
use napi::bindgen_prelude::{Object, Uint8Array};
use napi_derive::napi;
use syncline_cli::rsync::Surroundings;
use syncline_cli::{Console, Input};

use crate::control::Control;
use crate::work::spawn;

#[napi(object, object_from_js = false)]
pub struct Ended {
    pub exit_status: u32,
}

/// Runs the command line `words`, which do not include the program's name, as the program called `program`.
#[napi]
pub fn command<'env>(
    env: &'env Env,
    control: &Control,
    program: String,
    words: Vec<Uint8Array>,
    umask: u32,
) -> napi::Result<Object<'env>> {
    let words: Vec<OsString> = words.iter().map(|word| OsString::from_vec(word.to_vec())).collect();
    spawn(env, control.share(), move |shared| {
        let cancel = shared.cancel_token();
        let mut input = Input::standard(&cancel);
        let (mut output, mut errors) = (stdout(), stderr());
        let terminal = errors.is_terminal();
        let mut console = Console::new(&mut input, &mut output, &mut errors)
            .terminal(terminal)
            .colour(terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
            .cancel(&cancel);
        let status = syncline_cli::start(&program, words, &Surroundings::from_process(umask), &mut console);
        Ok(Ended { exit_status: status.into() })
    })
}
